"""The same program from several starts, and how many of them agree.

Evidence, not proof, that a local minimum is the global one; a convex program needs one start only.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from jaxtyping import Array, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.base import AbstractSolver, NonlinearProgram, Solution, Status
from capexmodel.solvers.minimize import minimize

AGREE_WITHIN = 1e-6


class Agreement(NamedTuple):
    """Solutions in the order of their starts, the best of the optimal ones, and how many starts reached its value."""

    solutions: list[Solution]
    best: Solution
    agreeing_count: int
    start_count: int


def multi_start(
    program: NonlinearProgram,
    starts: Sequence[Float[Array, " n"]] | Float[Array, "start n"],
    args: Any = None,
    solver: AbstractSolver | None = None,
    agree_within: float = AGREE_WITHIN,
) -> Agreement:
    """Solves from each start with one compiled program; starts agree when optimal within a relative distance of the best optimal value.

    When no start ends optimal, the best is the first solution and nothing agrees.

    Raises: SolveError when there are no starts.
    """
    solutions = [minimize(program, start, args, solver) for start in starts]
    if not solutions:
        raise SolveError("several starts were asked for and none was given: give at least one")
    optimal = [solution for solution in solutions if int(solution.status) == Status.OPTIMAL]
    if not optimal:
        return Agreement(solutions, solutions[0], 0, len(solutions))
    best = min(optimal, key=lambda solution: float(solution.value))
    reach = agree_within * max(1.0, abs(float(best.value)))
    agreeing = sum(float(solution.value) - float(best.value) <= reach for solution in optimal)
    return Agreement(solutions, best, agreeing, len(solutions))
