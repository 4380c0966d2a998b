"""Solves with companies bought whole: every combination, each from a plan at hand where there is one."""

import itertools
from collections.abc import Callable, Mapping

import numpy as np

from capexmodel.errors import ModelError
from capexmodel.planner.reduced import same_chart
from capexmodel.planner.search import Found, Prepared, anticipate, prepare, research, search
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Status

TOLERANCE = 1e-6
"""Largest optimality error, in natural units, of a plan that is called optimal."""
MOST_DEALS = 6
"""Companies up to which every combination is tried."""
HOLDING = (Status.OPTIMAL, Status.FEASIBLE_NOT_PROVEN, Status.MAX_ITER)
"""How a search may end at a point that holds every limit."""
NO_COMPANY = "none"
"""What the combination is called in which no company is bought."""


def combinations(problem: Problem) -> list[np.ndarray]:
    """Which companies to buy, whole: every combination that the money for companies allows, all of them first.

    Raises: ModelError when there are too many companies to try every combination.
    """
    deal, envelope = problem.scenario.deal, problem.scenario.envelope
    if len(deal.names) > MOST_DEALS:
        raise ModelError(
            f"{problem.scenario.name} offers {len(deal.names)} companies: every combination is tried, and {MOST_DEALS} is the most"
        )
    combos = [np.asarray(c, float) for c in itertools.product((1.0, 0.0), repeat=len(deal.names))]
    afford = float(np.sum(np.asarray(envelope.acquisition_usd)))
    held = any(c.name == "acquisitions" for c in problem.limits)
    return [c for c in combos if not held or float(c @ np.asarray(deal.price_usd)) <= afford] or [np.zeros(len(deal.names))]


def names_of(problem: Problem, taken: np.ndarray) -> str:
    """Name a combination of companies."""
    return " + ".join(n for n, t in zip(problem.scenario.deal.names, taken, strict=True) if t > 0) or NO_COMPANY


def solve_each(
    problem: Problem,
    combos: list[np.ndarray],
    progress: Callable[[str], None],
    known: Mapping[str, Found] | None = None,
    shared: SharedChart | None = None,
) -> dict[str, Found]:
    """Solve with each combination of companies, by their names: from the plan that is `known` for the combination, if any, else from the
    plan of the combination before it; on a `shared` chart, or else on one of their own: one program serves them as long as none opens
    what is shut in those before."""
    found: dict[str, Found] = {}
    shared = SharedChart() if shared is None else shared
    for taken in combos:
        name = names_of(problem, taken)
        progress(f"solving with {name.replace('+', 'and') if name != NO_COMPANY else 'no company bought'}")
        near = (known or {}).get(name) or next(reversed(found.values()), None)
        prepared = prepare(problem, taken, shared)
        if prepared[2].broken.size:
            continue
        one = None if near is None else follow(problem, near, taken, prepared)
        if one is None:
            anticipate(problem, prepared)
            one = held(search(problem, prepared))
        if one is not None:
            found[name] = one
    return found


def follow(problem: Problem, near: Found, taken: np.ndarray, prepared: Prepared) -> Found | None:
    """Solve what is prepared from a plan nearby; None where that fails, or where its chart, on which other choices or limits are left, is
    another one."""
    fresh, old = prepared[2], near.reduced
    if not same_chart(fresh, old):
        return None
    if np.array_equal(fresh.open, old.open) and np.array_equal(fresh.on, old.on):
        return held(research(problem, near, taken))
    return held(search(problem, prepared, warm=near.solution))


def held(found: Found) -> Found | None:
    """A point that the solver thinks holds every limit."""
    return found if int(found.solution.status) in HOLDING and float(found.solution.errors.primal) <= TOLERANCE else None


def sound(found: Found) -> bool:
    """Whether a point does hold every limit, as the judge sees it; that it is optimal is for the certificate."""
    return int(found.solution.status) in HOLDING and found.verdict.primal <= TOLERANCE


def aim(found: Found) -> float:
    """The aim of a plan, in its own unit."""
    return found.problem.minimize.value(found.verdict.aim)
