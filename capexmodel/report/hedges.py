"""Hedges for people: what each costs, what it buys, and what a billion dollars of it buys."""

from typing import Any

from capexmodel.report.document import finite
from capexmodel.report.page import page
from capexmodel.report.prices import goal
from capexmodel.report.text import heading, paragraph, safe, show, size, table
from capexmodel.studies.hedges import MORE, SOONER, Bought, Ranked


def hedges_page(found: Ranked) -> str:
    """Write hedges as a table, what a dollar buys most first; where the scenario has no plan, why."""
    if found.base is None:
        return page(found.bench.nominal)
    scenario, base = found.bench.problem.scenario, found.base
    name, late = f"P{100.0 * found.share:.0f}", base.quantile_s(found.share)
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}"]
    lines += paragraph(f"What makes {goal(found.bench.problem)} surer, in {base.date_s.size:,} futures, the same with each hedge.")
    told = f"Without any, {name} is {scenario.calendar.date(late).isoformat() if late < float('inf') else 'not reached'}"
    if found.deadline_s is not None:
        chance, low, high = base.probability(found.deadline_s)
        day = scenario.calendar.date(found.deadline_s).isoformat()
        told += f"; by {day}: {100.0 * chance:.1f} % ({100.0 * low:.1f} to {100.0 * high:.1f} %, 95 % confidence)"
    lines += [*paragraph(f"{told}."), *heading("hedges", "what a billion dollars buys most first")]
    head = ["hedge", "price", *([] if found.deadline_s is None else ["probability", "for $1B"]), f"{name} earlier", "for $1B"]
    lines += table(head, [_row(found, one) for one in found.bought])
    return "\n".join([*lines, *_note(found)]) + "\n"


def _row(found: Ranked, one: Bought) -> list[str]:
    price, billion = show(one.hedge.price_usd, "usd"), size("busd")
    if one.plan is None:
        return [one.hedge.name, price, *(["no plan", "-"] if found.deadline_s is not None else []), "no plan", "-"]
    chance, days = (rate * billion for rate in one.per_usd)
    likely = [
        f"{100.0 * one.probability:+.2f} ± {196.0 * one.error:.2f} points",
        f"{100.0 * chance:+.2f} points" if one.sure else "unclear",
    ]
    later = [f"{one.earlier_s / size('day'):,.1f} days", f"{days / size('day'):,.2f} days"]
    return [one.hedge.name, price, *([] if found.deadline_s is None else likely), *later]


def _note(found: Ranked) -> list[str]:
    return paragraph(
        f"Sizes: {100.0 * MORE:g} % of a year's money, of a site's largest power and of a fleet; {100.0 * SOONER:g} % of the horizon "
        "sooner. "
        "Prices are the scenario's own: halls and generation by the watt at the cheapest kind, a sooner connection by the generation "
        "that bridges its largest gap, rent to the horizon. Each is paid outside of the envelope and is there from the dates of the "
        "scenario. Plans are made anew for the scenario as it stands, each kept to, with its runs going on. A gain that chance could make "
        "is unclear."
    )


def hedges_document(found: Ranked) -> dict[str, Any]:
    """Write hedges as a dictionary that JSON can hold; every value in base units, which are named beside it."""
    base, deadline_s = found.base, found.deadline_s
    body: dict[str, Any] = {
        "schema_version": 1, "scenario": found.bench.problem.scenario.name, "share": found.share, "deadline_s": deadline_s,
        "futures": 0 if base is None else base.date_s.size, "seed": found.bench.drawn.seed,
        "without": None if base is None else {
            "quantile_s": base.quantile_s(found.share),
            "probability": None if deadline_s is None else list(base.probability(deadline_s)),
        },
        "hedges": [
            {
                "name": one.hedge.name, "kind": one.hedge.kind, "price_usd": one.hedge.price_usd, "added": one.hedge.added,
                "planned": one.plan is not None, "probability": None if deadline_s is None else one.probability, "error": one.error,
                "earlier_s": one.earlier_s, "probability_per_usd": one.per_usd[0], "earlier_s_per_usd": one.per_usd[1],
            }
            for one in found.bought
        ],
    }  # fmt: skip
    return finite(body)
