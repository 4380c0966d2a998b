"""How far figures that the world does not disclose move the aim: to first order, or by solving again at both ends of their ranges."""

from collections.abc import Callable

from capexmodel.model.leaves import Leaf, leaves
from capexmodel.planner.again import solve_again
from capexmodel.planner.search import Found
from capexmodel.planning.plan import Swing
from capexmodel.planning.problem import Problem

NEGLIGIBLE = 1e-6
"""Natural units of the aim below which a first-order swing counts as none, and nothing is solved again."""


def swings(problem: Problem, found: Found, again: bool, progress: Callable[[str], None]) -> tuple[Swing, ...]:
    """Swing of every open figure that has a range, widest first: by the slope of the best value, or, with `again`, by solving again at both
    ends wherever that slope is not nothing. A figure without slope whose far end would begin to bind is not found so."""
    aim = float(problem.minimize.size(found.size))
    by_path = {leaf.path: leaf for leaf in leaves(problem.scenario)}
    rows = [
        _first_order(problem, found, by_path[figure.path], figure.status, (figure.low, figure.high))
        for figure in problem.scenario.evidence.open
        if figure.low is not None and figure.high is not None
    ]
    if again:
        wide = [row for row in rows if row.width > NEGLIGIBLE * aim]
        solved = solve_again(problem, found, [(by_path[row.leaf], end) for row in wide for end in (row.low, row.high)], progress)

        def moved(row: Swing, end: float) -> float | None:
            other = solved[row.leaf, end]
            return None if other is None else (other.value - found.value) * aim

        redone = {row.leaf: Swing(row.leaf, row.status, row.low, row.high, moved(row, row.low), moved(row, row.high)) for row in wide}
        rows = [redone.get(row.leaf, row) for row in rows]
    return tuple(sorted(rows, key=lambda row: -row.width))


def _first_order(problem: Problem, found: Found, leaf: Leaf, status: str, ends: tuple[float, float]) -> Swing:
    slope = float(leaf.read(found.verdict.gradient)) * float(problem.minimize.size(found.size))
    low, high = (slope * (end - float(leaf.read(problem.scenario))) for end in ends)
    return Swing(leaf.path, status, *ends, low, high, first_order=True)
