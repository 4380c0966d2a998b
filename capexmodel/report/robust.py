"""Plans for many futures, for people: dates with their chances beside those of the plan as it stands, and where the money goes instead."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.planner.follow import follow_allocation
from capexmodel.planner.robust import RADIUS
from capexmodel.report.document import finite, simulation_document
from capexmodel.report.page import page
from capexmodel.report.prices import goal
from capexmodel.report.text import heading, paragraph, safe, show, size, table
from capexmodel.studies.robust import AS_IT_STANDS, KEPT_GOING, ROBUST, Judged, Robust

MIDDLE, WORST = 0.5, 0.1
LEAST_SHARE = 0.005
"""Share of all spending from which an item is told."""


def robust_page(found: Robust) -> str:
    """Write what was found as tables; where there is no plan at all, why."""
    if not found.plans:
        return page(found.nominal)
    scenario = found.problem.scenario
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}", *paragraph(_asked(found)), *_answered(found)]
    count = next(iter(found.plans.values())).date_s.size
    lines += heading("plans", f"{count:,} fresh futures, the same for all; 95 % confidence in brackets; as of {scenario.calendar.as_of}")
    percent = f"P{100.0 * found.share:.0f}"
    due = _deadlines(found)
    head = ["plan", "as planned", "P50", percent, "of it", f"worst {100.0 * WORST:.0f} %", *(f"by {_day(found, at)}" for at in due)]
    rows = [_row(found, one, due) for one in found.plans.values()]
    lines += table([*head, "in the envelope", "present cost"], rows)
    lines += paragraph(
        f"{AS_IT_STANDS}: the best plan of the scenario without surprises, kept to; {KEPT_GOING}: the same orders, compute going on with "
        "what it last ran beyond the planned dates; the others: orders placed here and now for all futures. All keep every limit of the "
        "scenario as it stands; in the envelope: in how many futures the money drawn there is enough."
    )
    if found.chosen is not None and found.answer != KEPT_GOING:
        lines += _instead(scenario, found.plans[AS_IT_STANDS].allocation, found.chosen.allocation)
    return "\n".join([*lines, *_search(found)]) + "\n"


def _asked(found: Robust) -> str:
    what = f"{found.sample} futures to plan on, the same for all plans"
    if found.deadline is None:
        return f"The plan whose P{100.0 * found.share:.0f} of {goal(found.problem)} is earliest. {what}."
    job, at_s = found.deadline
    return f"The cheapest plan by which {job} is out by {_day(found, at_s)} with a probability of {100.0 * found.share:.0f} %. {what}."


def _answered(found: Robust) -> list[str]:
    """The answer in a sentence; where there is none, how near any plan came."""
    if found.chosen is None:
        return _beyond(found)
    nominal, best = found.plans[AS_IT_STANDS], found.chosen
    if found.deadline is not None:
        chance, low, high = best.probability(found.deadline[1])
        return paragraph(f"Its probability is {_percent(chance)} ({_percent(low)} to {_percent(high)}), at {show(best.cost_usd, 'usd')}.")
    gains = [(plan.quantile_s(found.share) - best.quantile_s(found.share)) / size("day") for plan in (nominal, found.plans[KEPT_GOING])]
    said = [f"{gain:,.1f} days earlier than" if np.isfinite(gain) else "reached, unlike" for gain in gains]
    if found.answer == KEPT_GOING:
        return paragraph(
            "No plan made for these futures is better than the plan as it stands with its runs kept going: that is the answer."
        )
    costs = f"as planned it is {(best.planned_s - nominal.planned_s) / size('day'):,.1f} days later"
    return paragraph(f"Its P{100.0 * found.share:.0f} is {said[0]} that of the plan as it stands, {said[1]} that plan kept going; {costs}.")


def _beyond(found: Robust) -> list[str]:
    """Why a wish is out of reach: the soonest plan that was found, and what would do."""
    assert found.deadline is not None
    soonest = next(plan for name, plan in found.plans.items() if name not in (AS_IT_STANDS, KEPT_GOING))
    (job, at_s), reach_s = found.deadline, soonest.quantile_s(found.share)
    chance, low, high = soonest.probability(at_s)
    need = f"a deadline of {_day(found, reach_s)}" if np.isfinite(reach_s) else "fewer futures in which it is never reached"
    return paragraph(
        f"No plan was found that meets this wish: the one whose late dates come soonest has {job} out by {_day(found, at_s)} in "
        f"{_percent(chance)} of futures ({_percent(low)} to {_percent(high)}). A probability up to that can be asked for, or {need}; "
        "`capexmodel hedges` says what else buys probability."
    )


def _deadlines(found: Robust) -> list[float]:
    """The instants by which a share is told: the one asked for, else that of the job whose date counts."""
    if found.deadline is not None:
        return [found.deadline[1]]
    job = found.problem.scenario.job
    due = [place for place, has in enumerate(job.deadlined) if has and found.problem.minimize.job in (job.names[place], None)]
    return [float(job.deadline_s[place]) for place in due] if len(job.names) == 1 or found.problem.minimize.job is not None else []


def _row(found: Robust, plan: Judged, due: Sequence[float]) -> list[str]:
    low, high = plan.quantile_interval_s(found.share)
    chances = [plan.probability(at_s) for at_s in due]
    told = [f"{_percent(chance)} ({_percent(least)} to {_percent(most)})" for chance, least, most in chances]
    dates = [_day(found, at_s) for at_s in (plan.planned_s, plan.quantile_s(MIDDLE), plan.quantile_s(found.share))]
    late = _day(found, plan.worst_s(WORST))
    return [
        plan.name,
        *dates,
        f"({_day(found, low)} to {_day(found, high)})",
        late,
        *told,
        _percent(plan.within),
        show(plan.cost_usd, "usd"),
    ]


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"


def _day(found: Robust, at_s: float) -> str:
    return found.problem.scenario.calendar.date(at_s).isoformat() if np.isfinite(at_s) else "not reached"


def _items(scenario: Scenario, plan: Allocation) -> dict[str, float]:
    """Dollars of a plan by item and site."""
    named = {"chips": (scenario.accelerator.names, plan.chips_usd), "halls": (scenario.hall.names, plan.hall_usd)}
    named["power"] = (scenario.source.names, plan.source_usd)
    found = {}
    for kind, (names, dollars) in named.items():
        spent = np.asarray(dollars).sum(axis=2)
        found |= {
            f"{kind}: {name} at {site}": float(spent[k, s]) for k, name in enumerate(names) for s, site in enumerate(scenario.site.names)
        }
    ports = np.asarray(plan.ports_usd).sum(axis=1)
    return found | {f"network at {site}": float(ports[s]) for s, site in enumerate(scenario.site.names)}


def _instead(scenario: Scenario, before: Allocation, after: Allocation) -> list[str]:
    """What is bought more and less of."""
    old, new = _items(scenario, before), _items(scenario, after)
    least = LEAST_SHARE * sum(old.values())
    moved = sorted((name for name in old if abs(new[name] - old[name]) > least), key=lambda name: old[name] - new[name])
    rows = [[name, *(f"{number / size('busd'):,.2f}" for number in (old[name], new[name], new[name] - old[name]))] for name in moved]
    lines = heading("where the money goes instead", "$B over the horizon")
    return [*lines, *table(["item", AS_IT_STANDS, ROBUST, "change"], rows)] if rows else [*lines, *paragraph("nowhere else.")]


def _search(found: Robust) -> list[str]:
    if found.reached is None:
        return []
    unit = float(found.nominal.solution.size.s) / size("day") if found.deadline is None else 1.0
    name = "days" if found.deadline is None else "natural units"
    return paragraph(
        f"The search ended after {found.reached.steps} steps; straight lines promise {found.reached.promised * unit:.2g} {name} more at "
        f"most, within {RADIUS:g} natural units of every choice. That no plan elsewhere is better is not proven."
    )


def robust_document(found: Robust) -> dict[str, Any]:
    """Write what was found as a dictionary that JSON can hold; every value in base units, which are named beside it. Its allocation is that
    of the answer, as `simulate`, `sweep` and `uncertainty` follow it."""
    scenario, best = found.problem.scenario, found.chosen or (list(found.plans.values()) or [None])[-1]
    body: dict[str, Any] = {"schema_version": 1}
    if best is not None:
        body |= simulation_document(scenario, best.allocation, follow_allocation(scenario, best.allocation))
    body |= {
        "status": "NO_PLAN" if not found.plans else "OUT_OF_REACH" if found.answer is None else "FOUND",
        "share": found.share,
        "deadline": None if found.deadline is None else {"job": found.deadline[0], "at_s": found.deadline[1]},
        "futures": {"planned_on": found.sample, "seed": found.drawn.seed, "drawn": [leaf.path for leaf in found.drawn.leaves]},
        "answer": found.answer,
        "plans": [_told(found, plan) for plan in found.plans.values()],
        "promised": None if found.reached is None else found.reached.promised,
    }
    return finite(body)


def _told(found: Robust, plan: Judged) -> dict[str, Any]:
    chances = {_day(found, at_s): dict(zip(("share", "low", "high"), plan.probability(at_s), strict=True)) for at_s in _deadlines(found)}
    return {
        "name": plan.name, "futures": plan.date_s.size, "planned_s": plan.planned_s, "median_s": plan.quantile_s(MIDDLE),
        "quantile_s": plan.quantile_s(found.share), "quantile_confidence_95_s": list(plan.quantile_interval_s(found.share)),
        "worst_tenth_s": plan.worst_s(WORST), "by": chances, "within_envelope": plan.within, "present_cost_usd": plan.cost_usd,
    }  # fmt: skip
