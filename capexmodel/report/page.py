"""The first page of a plan, as plain text for a terminal: what is bought, when models are out, what binds, and what that is worth."""

from collections.abc import Mapping

import numpy as np

from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.planning.limits import LIMITS
from capexmodel.planning.plan import Conflict, Plan
from capexmodel.planning.scale import sizes
from capexmodel.report import binding, books, bought, evidence
from capexmodel.report.footprint import footprint
from capexmodel.report.prices import amount, goal, price_lines
from capexmodel.report.rows import date_rows, envelope_rows, horizon_s, plain
from capexmodel.report.text import billions, heading, paragraph, safe, show, significant, size, table

MOVES = 0.01
"""Days per billion dollars below which money counts as moving nothing."""
SHOWN = 10
"""Shadow prices on the first page besides those of money; `explain` has them all."""
BROKEN = 1e-6
"""Natural units by which an allocation may miss a limit before the page says that it breaks it."""


def page(plan: Plan) -> str:
    """Write the first page of a plan."""
    scenario = plan.problem.scenario
    lines = [*_title(scenario), *_status(plan)]
    if plan.outcome is None or plan.allocation is None:
        return "\n".join([*lines, *conflict_lines(plan.conflict)]) + "\n"
    lines += models(scenario, plan.outcome)
    lines += envelope(scenario, plan.outcome) + worth_of_money(plan)
    lines += bought.money(scenario, plan.outcome)
    lines += bought.purchases(scenario, plan.outcome, plan.allocation)
    lines += bought.power(scenario, plan.outcome) + footprint(scenario, plan.outcome)
    lines += binding.timeline(plan)
    lines += price_lines(plan, SHOWN)
    lines += evidence.undisclosed(plan) + evidence.summary(scenario)
    return "\n".join(lines) + "\n"


def simulation(scenario: Scenario, allocation: Allocation, outcome: Outcome) -> str:
    """Write what follows from a given allocation, and which limits it breaks."""
    lines = _title(scenario)
    lines += models(scenario, outcome) + envelope(scenario, outcome) + bought.money(scenario, outcome)
    lines += bought.purchases(scenario, outcome, allocation) + bought.power(scenario, outcome)
    lines += books.idle(scenario, outcome) + books.depreciation(scenario, outcome)
    lines += footprint(scenario, outcome)
    lines += binding.broken(scenario, outcome, LIMITS, sizes(scenario), BROKEN)
    lines += evidence.summary(scenario)
    return "\n".join(lines) + "\n"


def _title(scenario: Scenario) -> list[str]:
    calendar = scenario.calendar
    horizon = calendar.date(horizon_s(scenario) - 1.0).isoformat()
    named = f"{safe(scenario.name)}: {safe(scenario.title)}"
    return [named, f"  as of {calendar.as_of}, to {horizon}; configuration {scenario.evidence.config_hash[:12]}"]


def _status(plan: Plan) -> list[str]:
    """Say in one line how far the plan can be trusted, and in one what was aimed at."""
    proof = plan.certificate
    if proof is None:
        return [f"  {plan.status}"]
    agree, tried = proof.agreement
    found = f"{plan.status}, {proof.scope} optimum; {agree} of {tried} starts agree"
    proven = f"optimality error {proof.kkt_error:.1e} (tolerance {proof.tolerance:g})"
    return [f"  {found}; {proven}", *paragraph(_aim(plan)), *_wholeness(plan), *_freedom(plan)]


def _aim(plan: Plan) -> str:
    """Say the aim and its value."""
    scenario, value = plan.problem.scenario, plan.value
    if value is None:
        return f"aim: {goal(plan.problem)}"
    if plan.problem.minimize.unit == "s":
        when = scenario.calendar.date(value).isoformat()
        return f"aim: {goal(plan.problem)}, {when}, {value / size('day'):.1f} days from the as-of date, the preference for cost left out"
    return f"aim: {goal(plan.problem)}, {show(value, plan.problem.minimize.unit)}"


def _wholeness(plan: Plan) -> list[str]:
    """Say what it costs that racks and halls are whole, where they are."""
    rounding, unit = plan.rounding, plan.problem.minimize.unit
    if rounding is None:
        return []
    counts = [
        f"{sum(found.values()):,} {what} ({_by_kind(found)})"
        for what, found in (("racks", rounding.racks), ("halls", rounding.halls))
        if found
    ]
    gap = amount(plan, plan.problem.minimize.value(rounding.gap) / size({"s": "day", "usd": "busd", "eflop": "yflop"}[unit]))
    share = f"{rounding.gap / abs(rounding.relaxed):.1e} of it" if rounding.relaxed else "of nothing"
    return [
        *paragraph(f"whole: {' and '.join(counts) or 'nothing is ordered'}, rounded {rounding.way}"),
        *paragraph(f"{gap} than the relaxed plan ({share}), itself a local optimum; proof, prices and swings are of that plan", indent=4),
        *paragraph("not rounded: ports, generators, people, rentals", indent=4),
    ]


def _by_kind(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _freedom(plan: Plan) -> list[str]:
    """Name the limits that were lifted, and what buying a company changes."""
    lines = []
    if plan.problem.lifted:
        lines += paragraph("limits lifted: " + ", ".join(limit.name for limit in plan.problem.lifted))
    best = plan.value
    for names, value in plan.alternatives.items():
        if best is not None and abs(value - best) > 1e-9 * abs(best):
            change = amount(plan, (value - best) / size({"s": "day", "usd": "busd", "eflop": "yflop"}[plan.problem.minimize.unit]))
            lines += paragraph(f"with {'no company bought' if names == 'none' else names + ' bought'}: {change}")
    return lines


def models(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Set each model's date, deadline and slack, and what decides the date."""
    calendar, end_of_grid_s = scenario.calendar, horizon_s(scenario)
    run_end_s, research_end_s, work_eflop = plain((outcome.training.run_end_s, outcome.training.research_end_s, scenario.job.work_eflop))
    body = []
    for j, row in enumerate(date_rows(scenario, outcome)):
        ends = [float(run_end_s[j]), float(research_end_s[j])]
        days = [calendar.date(end).isoformat() if end <= end_of_grid_s else "later" for end in ends]
        decides = "run" if ends[0] >= ends[1] else "research"
        slack = "" if row["slack_days"] is None else f"{row['slack_days']:+.1f} days"
        out = row["date"] or "not reached"
        work = f"{float(work_eflop[j]) / size('flop'):.2g}"
        body.append([row["model"], out, row["deadline"] or "none", slack, work, *days, decides if row["date"] else ""])
    header = ["model", "out", "deadline", "slack", "FLOP", "run ends", "research ends", "decided by"]
    late = [row[0] for row in body if row[1] == "not reached"]
    note = paragraph(f"{' and '.join(late)}: not reached within the horizon.") if late else []
    return [*heading("models"), *table(header, body, left=2), *note]


def envelope(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Set capex against its envelope by fiscal year, and the other accounts against their limits."""
    limits, money = scenario.envelope, outcome.money
    spent_usd, most_usd = plain((money.operating_usd, limits.operating_usd))
    bought_usd, allowed_usd = plain((money.acquisition_usd, limits.acquisition_usd))
    body = []
    for y, row in enumerate(envelope_rows(scenario, outcome)):
        opex = f"{billions(float(spent_usd[y]))} of {billions(float(most_usd[y]))}"
        deals = f"{billions(float(bought_usd[y]))} of {billions(float(allowed_usd[y]))}"
        usd = [billions(row[key]) for key in ("low_usd", "high_usd", "spent_usd", "unspent_usd")]
        body.append([row["fiscal_year"], *usd, opex, deals])
    return [*heading("envelope", "$B"), *table(["year", "low", "high", "spent", "unspent", "operating cost", "acquisitions"], body)]


def worth_of_money(plan: Plan) -> list[str]:
    """Say of each model what one more billion of the first fiscal year does to its own date; above all where it does nothing."""
    year, lines = plan.problem.scenario.calendar.years[0], []
    still = [name for name, days in plan.dollar_days.items() if abs(days) < MOVES]
    if still:
        lines += paragraph(f"No {year} dollar moves {' or '.join(still)}.")
    for name, days in plan.dollar_days.items():
        if name not in still:
            lines += paragraph(f"One more {year} billion moves {name} {significant(abs(days))} days {'earlier' if days < 0 else 'later'}.")
    return lines


def conflict_lines(conflict: Conflict | None) -> list[str]:
    """Name the wishes that cannot hold together, and the least change of each that lets the others hold."""
    if conflict is None:
        return paragraph("No plan was found, and no conflict either: the solver failed. Try other starts (--starts).")
    lines = paragraph("These wishes cannot hold together: " + ", ".join(conflict.members) + ".")
    alone = any(np.isfinite(change) for change in conflict.relaxations.values())
    asked = "Any one of these changes lets the others hold" if alone else "No change of one alone lets the others hold; these together do"
    lines += paragraph(f"{asked}: {relief(conflict)}." if alone or conflict.together else "No change was found that lets them hold.")
    return lines


def relief(conflict: Conflict) -> str:
    """Write the changes of which each alone lets the other wishes hold: "+$9.2B (envelope.FY2026.high_usd), or +41 days (...)"; or those
    that do so together."""
    alone = {member: change for member, change in conflict.relaxations.items() if np.isfinite(change)}
    changes, word = (alone, ", or ") if alone else (conflict.together, ", and ")
    said = [
        f"{'+' if change > 0 else '-'}{_step_of(abs(change), conflict.units[member])} ({conflict.leaves.get(member, member)})"
        + ("" if conflict.works.get(member, True) or not alone else " [not confirmed by solving again]")
        for member, change in changes.items()
    ]
    return word.join(said) or "none: relaxing one alone does not help"


def _step_of(change: float, unit: str) -> str:
    """Write a change with its unit; one of time in days, for dates are read in days."""
    if unit != "s":
        return show(change, unit)
    days = f"{change / size('day'):.4g}"
    return f"{days} day" if days == "1" else f"{days} days"
