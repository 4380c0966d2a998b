"""What was predicted, and what came: facts beside their distributions, and what they taught, for people and for programs."""

import datetime
from typing import Any

import numpy as np

from capexmodel import units
from capexmodel.config.facts import DATE, EVENT, FEEDS, PRIOR, SHARE, Fact, as_of, facts, in_base
from capexmodel.report.document import finite
from capexmodel.report.text import heading, paragraph, safe, significant, table
from capexmodel.studies.backtest import Backtest, Scored
from capexmodel.studies.calibration import Posterior
from capexmodel.studies.learned import Learned
from capexmodel.studies.scores import HIGH, LOW, quantiles

SCHEMA_VERSION = 1
HUNDRED = 100.0
HEAD = ("fact", "what", "about", "5", "50", "95", "by the prior", "seen", "place", "source")


def backtest_page(found: Backtest) -> str:
    """Every fact with what was predicted of it; coverage, misses, and what facts taught."""
    lines = [f"{safe(found.scenario)}: what was predicted by {as_of()}, and what came"]
    lines += heading("known by then, and learned from", "the same distribution after learning: a check of the fit, no score")
    lines += table(HEAD, [_row(row) for row in found.rows if not row.scored], left=3)
    lines += heading("known later: scored", "place: share of the distribution below what was seen, in percent")
    lines += table(HEAD, [_row(row) for row in found.rows if row.scored], left=3)
    lines += heading("scores", "z: half-widths off the middle; CRPS in the unit of the fact; logarithm of the density in that unit")
    lines += table(["fact", "z", "CRPS", "log score"], [_scores(row) for row in found.rows if row.scored])
    lines += heading("misses", f"outside {HUNDRED * LOW:.0f} to {HUNDRED * HIGH:.0f} %")
    lines += [f"  {row.fact.name}: {safe(row.fact.what)}, {safe(row.fact.about)}" for row in found.missed] or ["  none"]
    share = f"{HUNDRED * found.inside_share:.0f} % of {len(found.counted)} facts lie between the ends"
    lines += heading("goals", "missed" if found.failed else "met")
    lines += paragraph(f"{share}; {HUNDRED * found.wanted_share:.0f} % are wanted. Several facts are about one thing, and miss together.")
    return "\n".join(lines) + "\n"


def calibration_page(found: Learned) -> str:
    """What facts taught: every uncertain figure before and after, how it was found, and what the sampler says of it."""
    lines = [f"{safe(found.scenario)}: what the facts known by {as_of()} teach"]
    for question, before, after in zip(found.titles, found.before, found.after, strict=True):
        lines += heading(question, f"worth {after.effective:.0f} independent draws of {after.figures.shape[0]}")
        head = ["figure", "5", "50", "95", "after: 5", "50", "95"]
        lines += table(head, [[name, *_three(before, name), *_three(after, name)] for name in (*before.names, *before.quantities)])
    for title, one in found.checks.items():
        lines += heading(f"the sampler beside it: {title}", f"{one.draws} draws, {one.diverged} steps diverged")
        head = ["figure", "middle off, in standard deviations", "standard deviation over that of the sampler"]
        lines += table(head, [[name, f"{off:+.2f}", f"{ratio:.2f}"] for name, off, ratio in one.rows])
    lines += heading("facts", "those that fed; those that rest in the priors or the scenario already are not learned from twice")
    shown = [fact for fact in facts().values() if fact.use in (FEEDS, PRIOR)]
    lines += table(["fact", "what", "seen", "published", "use", "source"], [_fact(fact) for fact in shown], left=2)
    return "\n".join(lines) + "\n"


def _fact(fact: Fact) -> list[str]:
    return [fact.name, safe(fact.what), written(fact, fact.value), str(fact.published), fact.use, safe(fact.source)]


def _three(known: Posterior, name: str) -> list[str]:
    drawn = quantiles(known.of(name))
    if name.endswith("date_s"):
        return [_day(each) for each in drawn]
    return [units.show(each, name.rpartition(".")[2]) for each in drawn]


def _day(after_s: float) -> str:
    """A day by the seconds from the as-of date."""
    return str(as_of() + datetime.timedelta(seconds=round(after_s)))


def written(fact: Fact, value: float) -> str:
    """A number in the unit of a fact; a day as a date."""
    if fact.unit == DATE:
        return _day(value)
    if fact.unit == SHARE:
        return significant(value)
    return units.show(value, in_base(f"x_{fact.unit}"))


def _row(row: Scored) -> list[str]:
    fact = row.fact
    ends = [written(fact, each) for each in (row.low, row.middle, row.high)]
    place = "-" if row.place is None else f"{HUNDRED * row.place:.0f} %"
    what = f"{fact.what}: a chance of {significant(row.middle)}" if fact.scale == EVENT else fact.what
    return [
        fact.name, safe(what), safe(fact.about), *ends, written(fact, row.before[1]), written(fact, fact.value), place, safe(fact.source)
    ]  # fmt: skip


def _scores(row: Scored) -> list[str]:
    off = "-" if row.standard is None else f"{row.standard:+.2f}"
    size = _unit(row.fact)
    log = row.log_score + (0.0 if row.fact.scale == EVENT else float(np.log(size)))
    return [row.fact.name, off, significant(row.crps / (1.0 if row.fact.scale == EVENT else size)), f"{log:.2f}"]


def _unit(fact: Fact) -> float:
    """Size of a fact's unit; a day for a date."""
    return float(units.scale("day" if fact.unit == DATE else "" if fact.unit == SHARE else fact.unit))


def backtest_document(found: Backtest) -> dict[str, Any]:
    """The whole back-test; numbers in the unit named beside them, scores too, dates as days."""
    return finite({
        "schema_version": SCHEMA_VERSION, "kind": "backtest", "scenario": found.scenario, "as_of": str(as_of()),
        "facts": [_record(row) for row in found.rows],
        "coverage": {
            "facts": len(found.counted), "inside_share": found.inside_share, "wanted_share": found.wanted_share,
            "missed": [row.fact.name for row in found.missed],
        },
        "goal_missed": found.failed,
    })  # fmt: skip


def _record(row: Scored) -> dict[str, Any]:
    fact, size = row.fact, _unit(row.fact)
    score = 1.0 if fact.scale == EVENT else size

    def told(value: float) -> float | str:
        return written(fact, value) if fact.unit == DATE else value / size

    return {
        "fact": fact.name, "what": fact.what, "quantity": fact.quantity, "about": fact.about, "published": str(fact.published),
        "use": fact.use, "unit": fact.unit, "seen": told(fact.value), "p5": told(row.low), "p50": told(row.middle), "p95": told(row.high),
        "by_the_prior": {name: told(each) for name, each in zip(("p5", "p50", "p95"), row.before, strict=True)},
        "place": row.place, "inside": row.inside, "standard": row.standard, "crps": row.crps / score,
        "log_score": row.log_score + (0.0 if fact.scale == EVENT else float(np.log(size))), "counts": row.counts,
        "status": fact.status, "source": fact.source,
    }  # fmt: skip


def calibration_document(found: Learned) -> dict[str, Any]:
    """Every uncertain figure and what follows from it, before and after, in base units."""
    return finite({
        "schema_version": SCHEMA_VERSION, "kind": "calibration", "scenario": found.scenario, "as_of": str(as_of()),
        "chains": [
            {
                "title": title, "effective_draws": after.effective,
                "figures": [
                    {"name": name, "before": dict(zip(("p5", "p50", "p95"), quantiles(before.of(name)), strict=True)),
                     "after": dict(zip(("p5", "p50", "p95"), quantiles(after.of(name)), strict=True))}
                    for name in (*before.names, *before.quantities)
                ],
            }
            for title, before, after in zip(found.titles, found.before, found.after, strict=True)
        ],
        "sampler": {
            title: {"draws": one.draws, "diverged": one.diverged,
                    "figures": [{"name": name, "off": off, "ratio": ratio} for name, off, ratio in one.rows]}
            for title, one in found.checks.items()
        },
        "fed": [fact.name for fact in facts().values() if fact.use == FEEDS],
    })  # fmt: skip
