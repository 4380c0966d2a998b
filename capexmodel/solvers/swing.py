"""How far figures that the world does not disclose move the aim: to first order, or by solving again at both ends of their ranges."""

from collections.abc import Callable

from capexmodel.model.evidence import Figure
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.planning.plan import Swing
from capexmodel.planning.problem import Problem
from capexmodel.solvers.again import solve_again
from capexmodel.solvers.search import Found

NEGLIGIBLE = 1e-6
"""Natural units of the aim below which a first-order swing counts as none, and nothing is solved again."""
OPEN = ("scenario", "recalled")
"""Statuses of figures that the world does not disclose, or that nobody has checked."""


def swings(problem: Problem, found: Found, again: bool, progress: Callable[[str], None]) -> tuple[Swing, ...]:
    """Swing of every open figure that has a range, widest first: by the slope of the best value, or, with `again`, by solving again at both
    ends wherever that slope is not nothing."""
    aim = float(problem.minimize.size(found.size))
    by_path = {leaf.path: leaf for leaf in leaves(problem.scenario)}
    figures = [figure for status in OPEN for figure in problem.scenario.evidence.with_status(status)]
    rows = [
        _first_order(figure, by_path[figure.path], found, aim) for figure in figures if figure.low is not None and figure.high is not None
    ]
    if again:
        wide = [row for row in rows if _width(row) > NEGLIGIBLE * aim]
        solved = solve_again(problem, found, [(by_path[row.leaf], end) for row in wide for end in (row.low, row.high)], progress)

        def moved(row: Swing, end: float) -> float | None:
            other = solved[row.leaf, end]
            return None if other is None else (other.value - found.value) * aim

        redone = {row.leaf: Swing(row.leaf, row.status, row.low, row.high, moved(row, row.low), moved(row, row.high)) for row in wide}
        rows = [redone.get(row.leaf, row) for row in rows]
    return tuple(sorted(rows, key=lambda row: -_width(row)))


def _first_order(figure: Figure, leaf: Leaf, found: Found, aim: float) -> Swing:
    slope = float(leaf.read(found.verdict.gradient)) * aim
    low, high = float(figure.low or 0.0), float(figure.high or 0.0)
    return Swing(figure.path, figure.status, low, high, slope * (low - figure.value), slope * (high - figure.value), first_order=True)


def _width(row: Swing) -> float:
    return max(abs(row.at_low or 0.0), abs(row.at_high or 0.0))
