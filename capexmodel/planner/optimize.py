"""Finds the best plan of a problem, proves it, and prices its limits."""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from capexmodel.model.simulate import Outcome
from capexmodel.planner.conflict import explain_conflict, rescue
from capexmodel.planner.deals import TOLERANCE, aim, combinations, names_of, solve_each, sound
from capexmodel.planner.follow import follow_orders
from capexmodel.planner.price import bindings, dollar_days, explore, priced, shadow_prices
from capexmodel.planner.rounding import round_plan
from capexmodel.planner.search import Found, search, start_point
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planner.swing import swings
from capexmodel.planner.tail import balances_of
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.plan import Certificate, Plan
from capexmodel.planning.problem import Problem

AGREE = 1e-6
"""Relative difference of value within which two starts agree."""

Progress = Callable[[str], None]


def _quiet(text: str) -> None:
    """Say nothing."""


def optimize(
    problem: Problem,
    *,
    starts: int = 2,
    ranges: bool = True,
    swing: bool = False,
    whole: bool = False,
    shared: SharedChart | None = None,
    progress: Progress = _quiet,
) -> Plan:
    """Solve a problem from several starts, with every combination of companies bought, and judge the best plan independently.

    `starts` solves from as many points; `ranges` re-solves round the shadow prices that matter most; `swing` re-solves at both ends of
    every figure that the world does not disclose and that has a range and a slope; without it swings are of first order. With `whole` the
    allocation is the nearest one of whole racks and halls. Problems that are solved on one `shared` chart share compiled programs,
    also where their lead times differ. Where the wishes conflict the plan holds the conflict and no allocation.

    Raises: ModelError when the scenario offers too many companies to try every combination; SolveError when no plan of whole racks and
    halls was found.
    """
    progress("reading the scenario")
    combos = combinations(problem)
    chart = SharedChart() if shared is None else shared
    found = solve_each(problem, combos, progress, shared=chart) or _rescued(problem, combos[0], progress, chart)
    if not found:
        return _without_plan(problem, combos[0], progress, chart)
    best = min(found.values(), key=lambda f: f.value)
    good = [f for f in (best, *(_again(problem, best, seed, progress) for seed in range(1, starts))) if sound(f)]
    if not good:
        return _without_plan(problem, combos[0], progress, chart)
    chosen = min(good, key=lambda f: f.value)
    agreement = sum(abs(f.value - chosen.value) <= AGREE * abs(chosen.value) for f in good), max(starts, 1)
    progress("pricing")
    plan = _plan(problem, chosen, agreement, {name: aim(f) for name, f in found.items() if sound(f)})
    worthy = priced(problem, chosen.verdict, chosen.size)
    solved = explore(problem, chosen, worthy, ranges, progress)
    days, prices = dollar_days(problem, chosen, solved), shadow_prices(problem, chosen, worthy, solved)
    plan = dataclasses.replace(plan, dollar_days=days, shadow_prices=prices, swings=swings(problem, chosen, swing, progress))
    return _wholly(plan, chosen, progress) if whole else plan


def _rescued(problem: Problem, taken: np.ndarray, progress: Progress, chart: SharedChart) -> dict[str, Found]:
    progress("looking for a plan from one that breaks as little as possible")
    found = rescue(problem, taken, chart)
    return {} if found is None else {names_of(problem, taken): found}


def _wholly(plan: Plan, relaxed: Found, progress: Progress) -> Plan:
    """The same plan with whole racks and halls."""
    found, rounding = round_plan(plan.problem, relaxed, progress)
    allocation, outcome = follow_orders(plan.problem.scenario, found.reduced.linear.pace, found.choice.orders, balances_of(plan.problem))
    return dataclasses.replace(plan, value=rounding.value, allocation=allocation, outcome=outcome, rounding=rounding, whole=found.choice)


def _again(problem: Problem, best: Found, seed: int, progress: Progress) -> Found:
    progress(f"solving from start {seed + 1}")
    prepared = best.form, best.size, best.reduced
    return search(problem, prepared, start=start_point(best.reduced, problem, seed))


def _plan(problem: Problem, found: Found, agreement: tuple[int, int], others: dict[str, float]) -> Plan:
    allocation, outcome = follow_orders(problem.scenario, found.reduced.linear.pace, found.choice.orders, balances_of(problem))
    certificate = _certificate(problem, found, outcome, agreement)
    status = "OPTIMAL" if certificate.holds else "FEASIBLE_NOT_PROVEN"
    return Plan(
        problem, status, aim(found), allocation, outcome, certificate,
        binding=bindings(problem, found), alternatives=others, solution=found,
    )  # fmt: skip


def _certificate(problem: Problem, found: Found, outcome: Outcome, agreement: tuple[int, int]) -> Certificate:
    verdict = found.verdict
    violation, units, active = {}, {}, {}
    for slack, price, (constraint, _) in _every_row(problem, found):
        size = float(constraint.size(found.size))
        violation[constraint.name] = max(violation.get(constraint.name, 0.0), -slack * size)
        active[constraint.name] = active.get(constraint.name, 0) + int(price > slack)
        units[constraint.name] = constraint.unit
    timed = np.asarray(found.form.timed)
    promised_s = np.asarray(problem.scenario.job.release_lag_s) + np.asarray(found.choice.end_s)
    gap = np.abs(np.asarray(outcome.training.date_s) - promised_s)[timed]
    return Certificate(
        TOLERANCE, verdict.kkt_error, verdict.stationarity, verdict.primal, verdict.dual_sign, verdict.complementarity,
        violation, units, active, verdict.strictness, "local", agreement, float(np.max(gap, initial=0.0)),
    )  # fmt: skip


def _every_row(problem: Problem, found: Found) -> Iterator[tuple[float, float, tuple[AbstractConstraint, tuple[str, ...]]]]:
    for kind, slack, price in (
        (AbstractAffine, found.verdict.affine, found.prices.affine),
        (AbstractCurved, found.verdict.curved, found.prices.curved),
    ):
        yield from zip(slack, np.asarray(price), found.form.rows(problem.scenario, kind), strict=True)


def _without_plan(problem: Problem, taken: np.ndarray, progress: Progress, chart: SharedChart) -> Plan:
    """No combination gave a plan: explain why, or say that the solver failed."""
    conflict = explain_conflict(problem, taken, progress, chart)
    status = "INFEASIBLE_EXPLAINED" if conflict is not None else "NUMERIC"
    return Plan(problem, status, None, None, None, None, conflict=conflict)
