"""A plan under uncertainty for people: dates with their chances, what the year costs, and the figures that it hangs on."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.config import dump
from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.report.document import finite
from capexmodel.report.leaf import meaning
from capexmodel.report.sweep import SCHEMA_VERSION, told
from capexmodel.report.text import heading, paragraph, safe, table
from capexmodel.studies.chance import interval
from capexmodel.studies.draws import Draws
from capexmodel.studies.swept import Sweep
from capexmodel.studies.uncertainty import LOOKED, Weight, tail_mean, weights
from capexmodel.units import show

SHARES = (0.05, 0.1, 0.5, 0.9, 0.95)
WORST = 0.1
"""Share of scenarios whose mean is told as the worst."""
MOST_WEIGHTS = 12


def uncertainty_page(found: Sweep) -> str:
    """Write what is known as tables."""
    scenario, summary = found.task.scenario, found.summary
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}"]
    drawn = found.engine.grid
    assert isinstance(drawn, Draws)
    figures = f"{int(np.sum(np.asarray(drawn.down + drawn.up) > 0))} figures with a range"
    lines += paragraph(
        f"{found.size:,} scenarios, each following one plan; {figures} drawn from it, its ends the 5th and 95th percentile; "
        f"{len(drawn.events)} sites that may be late by an event."
    )
    lines += heading("dates and money", f"as of {scenario.calendar.as_of}; of the scenarios that reach a date")
    quantiles = [summary.quantile(found.at, share) for share in SHARES]
    rows = []
    for k, output in enumerate(found.outputs):
        spread = [told(found, output, float(one[k])) for one in quantiles]
        rows += [] if output.share else [[output.name, f"{100.0 * summary.count[k] / found.size:.1f} %", *spread, _worst(found, k)]]
    lines += table(["output", "have it", *(f"P{100 * share:.0f}" for share in SHARES), f"worst {100 * WORST:.0f} %"], rows)
    lines += heading("chances")
    chances = [[o.name, told(found, o, _chance(found, k)), _between(found, k)] for k, o in enumerate(found.outputs) if o.share]
    lines += table(["what", "probability", "95 % confidence"], chances)
    lines += _events(drawn, scenario)
    for output in ("mean_date_s", *(f"{job}.date_s" for job in scenario.job.names)):
        lines += _weights(found, output)
    return "\n".join(lines) + "\n"


def _chance(found: Sweep, place: int) -> float:
    """Share of all scenarios in which something is so: one without a date is not on time."""
    return float(found.summary.mean(found.at)[place] * found.summary.count[place] / found.size)


def _between(found: Sweep, place: int) -> str:
    low, high = interval(_chance(found, place) * found.size, found.size)
    return f"{100.0 * low:.1f} to {100.0 * high:.1f} %"


def _events(drawn: Draws, scenario: Scenario) -> list[str]:
    """The sites that may be late by an event of their own."""
    if not drawn.events:
        return []
    counted = np.asarray(drawn.late(jnp.arange(min(drawn.size, LOOKED)))).mean(axis=0)
    figures = scenario.evidence.figures
    rows = [
        [event.site, f"{100.0 * event.probability:.0f} %", show(event.late_s, "late_s"), f"{100.0 * share:.1f} %", status]
        for event, share in zip(drawn.events, counted, strict=True)
        for status in [figures[f"site.{event.site}.late_probability"].status]
    ]
    head = ["site", "chance", "late by", "late in", "status"]
    return [*heading("sites that may be late", "each by itself, besides its slip"), *table(head, rows)]


def _worst(found: Sweep, place: int) -> str:
    return told(found, found.outputs[place], tail_mean(found, place, WORST))


def _listed(found: Sweep, output: str) -> list[Weight]:
    try:
        return weights(found, output)[:MOST_WEIGHTS]
    except ModelError:
        return []


def _weights(found: Sweep, output: str) -> list[str]:
    listed = _listed(found, output)
    if not listed:
        return [*heading(f"what {output} hangs on"), *paragraph("it does not vary over the scenarios that have it.")]
    rows = [
        [one.path, f"{100.0 * one.share:.1f} %", "later" if one.rises else "earlier", one.status, meaning(found.task.scenario, one.path)]
        for one in listed
    ]
    head = ["figure", "of the spread", "more of it", "status", "what it is"]
    return [*heading(f"what {output} hangs on", "share of the spread that a figure explains by itself"), *table(head, rows)]


def uncertainty_document(found: Sweep) -> dict[str, Any]:
    """Write what is known as a dictionary that JSON can hold; every value in base units, which are named beside it."""
    scenario, summary = found.task.scenario, found.summary
    drawn, mean = found.engine.grid, summary.mean(found.at)
    assert isinstance(drawn, Draws)
    quantiles = {f"p{100 * share:.0f}": summary.quantile(found.at, share) for share in SHARES}
    dates = [output.name for output in found.outputs if output.instant]
    body = {
        "schema_version": SCHEMA_VERSION,
        "scenario": {"name": scenario.name, "toml": dump(scenario)},
        "config_hash": scenario.evidence.config_hash,
        "scenarios": found.size,
        "seed": drawn.seed,
        "drawn": [leaf.path for leaf in drawn.leaves],
        "outputs": [
            {
                "name": output.name, "unit": output.unit, "scenarios": int(summary.count[k]), "mean": float(mean[k]),
                **{name: float(values[k]) for name, values in quantiles.items()}, "worst_tenth": tail_mean(found, k, WORST),
                "confidence_95": list(interval(_chance(found, k) * found.size, found.size)) if output.share else None,
            }
            for k, output in enumerate(found.outputs)
        ],
        "late": [{"site": one.site, "probability": one.probability, "late_s": one.late_s} for one in drawn.events],
        "weights": {name: [vars(one) for one in _listed(found, name)] for name in dates},
    }  # fmt: skip
    return finite(body)
