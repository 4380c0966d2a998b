"""Solves a plan's problem again with one number changed, to see what that number does."""

import dataclasses
from collections.abc import Callable

from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planner.search import Found, research
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Status

SLACK = 1e-6
"""Natural units of violation a re-solve may have."""

Solved = dict[tuple[str, float], Found | None]
"""Re-solves of one plan, by the path of the leaf that was changed and its new value; None where no plan was found."""


def solve_again(problem: Problem, found: Found, changes: list[tuple[Leaf, float]], progress: Callable[[str], None]) -> Solved:
    """Solve again with each one number changed."""
    solved: Solved = {}
    for done, (leaf, value) in enumerate(changes):
        progress(f"solving again ({done + 1} of {len(changes)}) with another {leaf.path}")
        solved[leaf.path, value] = resolve(problem, found, leaf, value)
    return solved


def resolve(problem: Problem, found: Found, leaf: Leaf, value: float) -> Found | None:
    """Solve again with one number changed, from the plan at hand; None where that fails or no plan exists."""
    return resolved(problem, found, leaf.write(problem.scenario, value))


def resolved(problem: Problem, found: Found, scenario: Scenario) -> Found | None:
    """Solve again in another scenario of the same structure; None where that fails or no plan exists."""
    other = research(dataclasses.replace(problem, scenario=scenario), found)
    good = int(other.solution.status) in (Status.OPTIMAL, Status.FEASIBLE_NOT_PROVEN)
    return other if good and other.verdict.primal <= SLACK else None
