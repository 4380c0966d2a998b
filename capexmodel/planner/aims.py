"""One aim against another: the best of one at each bound on the other, as a frontier whose slope is what one is worth in the other.

The date against cost, power or carbon: the earliest date at most so much of the other, from what the plan that knows no such bound takes
downwards. Cost against the date: the least cost at each deadline, from the earliest date that there is.

Source: Haimes, Lasdon and Wismer, IEEE Transactions on Systems, Man, and Cybernetics 1 (1971) (the bound on one aim, or epsilon
constraint); Miettinen, Nonlinear Multiobjective Optimization (1999), section 3.2 (its multiplier is the trade-off).
"""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from capexmodel.errors import ModelError
from capexmodel.model.leaves import leaf
from capexmodel.planner.deals import combinations, solve_each, sound
from capexmodel.planner.frontier import Frontier, frontier
from capexmodel.planner.search import Found
from capexmodel.planning.choice import view
from capexmodel.planning.objective import PresentCost, TimeToModel
from capexmodel.planning.problem import Problem
from capexmodel.planning.totals import carbon_kg, power_w

DATE, COST, POWER, CARBON = "date", "cost", "power", "carbon"
BOUNDED = {COST: "preference.most_usd", POWER: "preference.most_w", CARBON: "preference.most_kg"}
"""The number that bounds each aim, where the date is minimized."""
PAIRS = (*((DATE, other) for other in BOUNDED), (COST, DATE))
"""Which aims can be weighed: what is minimized, and what is bounded."""
DEPTH = 0.3
"""Share of what the unbounded plan takes that the tightest bound leaves out."""
REACH = 0.25
"""Share of the time from the earliest date to the horizon over which deadlines go."""
MARGIN = 1e-3
"""Share of that time by which the first deadline is later than the earliest date: at the date itself a plan has no room."""


def weigh(problem: Problem, first: str, second: str, points: int, *, progress: Callable[[str], None]) -> Frontier:
    """The best of the first aim at so many bounds on the second.

    Raises: ModelError where the two cannot be weighed, where there is no plan, or where cost is weighed for a job that has no deadline.
    """
    if (first, second) not in PAIRS:
        raise ModelError(f"no frontier of {first} and {second}: known are {', '.join(','.join(pair) for pair in PAIRS)}")
    dated = dataclasses.replace(problem, minimize=TimeToModel(job=_job(problem)))
    if first == COST:
        return _deadlines(dated, points, progress)
    best = _best(dated, progress)
    most = taken(best, second)
    return frontier(dated, BOUNDED[second], np.linspace((1.0 - DEPTH) * most, most, points).tolist(), progress=progress)


def taken(found: Found, aim: str) -> float:
    """What a plan takes of an aim, in base units."""
    seen = view(found.problem.scenario, found.choice, found.reduced.linear.pace)
    amounts = {
        COST: lambda: seen.gist().present_usd(),
        POWER: lambda: jnp.max(power_w(seen)),
        CARBON: lambda: carbon_kg(seen),
    }
    return float(amounts[aim]())


def _deadlines(problem: Problem, points: int, progress: Callable[[str], None]) -> Frontier:
    """The least cost at each deadline of a job."""
    scenario, names = problem.scenario, problem.scenario.job.names
    job = _job(problem) or next((name for name, due in zip(names, scenario.job.deadlined, strict=True) if due), names[0])
    if not scenario.job.deadlined[names.index(job)]:
        raise ModelError(f"the cost of a date needs a deadline: {job} has none in {scenario.name}")
    where, horizon_s = leaf(scenario, f"job.{job}.deadline_s"), float(scenario.calendar.horizon_s)
    free = dataclasses.replace(problem, scenario=where.write(scenario, 2.0 * horizon_s), minimize=TimeToModel(job=job))
    best = _best(free, progress)
    at_s = float((best.choice.end_s + scenario.job.release_lag_s)[names.index(job)])
    left_s = max(horizon_s - at_s, MARGIN * horizon_s)
    deadlines = np.linspace(at_s + MARGIN * left_s, at_s + REACH * left_s, points).tolist()
    return frontier(dataclasses.replace(problem, minimize=PresentCost(job=job)), where.path, deadlines, progress=progress)


def _job(problem: Problem) -> str | None:
    return problem.minimize.job


def _best(problem: Problem, progress: Callable[[str], None]) -> Found:
    """The plan that knows no bound on the other aim."""
    combos = combinations(problem)
    found = [one for one in solve_each(problem, combos, progress).values() if sound(one)]
    if not found:
        raise ModelError(f"{problem.scenario.name} has no plan to weigh aims round: see `capexmodel optimize`")
    return min(found, key=lambda one: one.value)
