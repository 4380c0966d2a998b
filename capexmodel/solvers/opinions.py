"""The same program by several algorithms, and how far they agree: evidence that an answer is no artifact of the code that found it.

Evidence, not proof: algorithms that begin at one point may end at the same local minimum (`multi_start` tries several points).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.augmented_lagrangian import AugmentedLagrangian
from capexmodel.solvers.base import AbstractSolver, NonlinearProgram, Solution, Status
from capexmodel.solvers.certificate import certify
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.multi_start import AGREE_WITHIN

SOLVERS = (InteriorPoint(), AugmentedLagrangian())
"""Two algorithms that share no code."""


class Opinions(NamedTuple):
    """Solutions in the order of their solvers, and the largest differences between any two of them.

    `value_difference` is relative to the value and `price_difference` to the largest price, or absolute where those are below one.
    `exchange_error` is the largest certified error of one solution's point with another's prices. Where more limits hold than choices
    move, prices are not unique: they may then differ and all be right, which a small exchange error shows.
    """

    solutions: list[Solution]
    all_optimal: bool
    value_difference: float
    price_difference: float
    exchange_error: float

    def agree(self, within: float = AGREE_WITHIN) -> bool:
        """Whether all are optimal, with equal values and with prices that hold at one another's points."""
        return self.all_optimal and max(self.value_difference, self.exchange_error) <= within


def second_opinion(
    program: NonlinearProgram, x0: Float[Array, " n"], args: Any = None, solvers: Sequence[AbstractSolver] = SOLVERS
) -> Opinions:
    """Solves from x0 with each solver and compares the answers.

    Raises: SolveError when there are fewer than two solvers.
    """
    if len(solvers) < 2:
        raise SolveError("an opinion takes two: give at least two solvers")
    found = [minimize(program, x0, args, solver) for solver in solvers]
    pairs = [(one, other) for one in found for other in found if one is not other]
    return Opinions(
        solutions=found,
        all_optimal=all(int(solution.status) == Status.OPTIMAL for solution in found),
        value_difference=max(_apart(jnp.atleast_1d(one.value), jnp.atleast_1d(other.value)) for one, other in pairs),
        price_difference=max(_apart(_prices(one), _prices(other)) for one, other in pairs),
        exchange_error=max(float(certify(program, one.x, other.multipliers, args).kkt_error) for one, other in pairs),
    )


def _prices(solution: Solution) -> Float[Array, " price"]:
    """All prices in a row."""
    return jnp.concatenate(jax.tree.leaves(solution.multipliers))


def _apart(one: Array, other: Array) -> float:
    """Largest difference, divided by the largest entry of either or by one."""
    return float(jnp.max(jnp.abs(one - other), initial=0.0) / jnp.max(jnp.abs(jnp.concatenate([one, other])), initial=1.0))
