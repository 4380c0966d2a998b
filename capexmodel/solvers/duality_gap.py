"""How far a plan may be from the best one: a lower bound on the value of a convex program, from its prices alone.

The Lagrangian of a convex program lies above its tangent everywhere, so the least value of the tangent on the box is a bound that nobody
need trust a solver for. Leaves out: a bound for programs that are not convex, where the same number says nothing about far away plans.

Source: Boyd and Vandenberghe, Convex Optimization (2004), sections 5.1.3 (lower bounds by duality) and 3.1.3 (tangents).
"""

from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import NonlinearProgram, Solution, bounds
from capexmodel.solvers.lagrangian import lagrangian

WITHIN = 1e3
"""Distance from the plan, in each variable, up to which a bound is asked for where the program itself sets none."""


class DualityGap(eqx.Module):
    """Value, the bound below which no feasible plan's value lies, and their difference, for plans that differ by at most `within` in each
    variable. From a plan within that box the gap to any plan of a convex program further away is at most its distance over `within` times
    larger.
    """

    value: Float[Array, ""]
    bound: Float[Array, ""]
    gap: Float[Array, ""]
    within: Float[Array, ""]
    convex: bool = eqx.field(static=True)

    @property
    def claim(self) -> Literal["global", "local"]:
        """What the gap is about: all feasible plans of a program that is declared convex, or nothing but this neighborhood."""
        return "global" if self.convex else "local"


@eqx.filter_jit
def duality_gap(program: NonlinearProgram, solution: Solution, args: Any = None, within: float | Float[Array, ""] = WITHIN) -> DualityGap:
    """Bounds the least value from below by the prices of a solution; prices of the wrong sign count as none, those of bounds are not
    used."""
    x, prices = solution.x, solution.multipliers
    none = jnp.zeros_like(x)
    rows = [jnp.maximum(price, 0.0) for price in (prices.inequality, prices.affine)]
    sound = eqx.tree_at(lambda p: (p.inequality, p.affine, p.lower, p.upper), prices, (*rows, none, none))
    value, slope = jax.value_and_grad(lambda point: lagrangian(program, point, sound, args))(x)
    far = jnp.asarray(within, x.dtype)
    bound = value + least_change(program, x, slope, far)
    plain = lagrangian(program, x, jax.tree.map(jnp.zeros_like, prices), args)
    return DualityGap(plain, bound, plain - bound, far, program.convex)


def least_change(program: NonlinearProgram, x: Float[Array, " n"], slope: Float[Array, " n"], within: Float[Array, ""]) -> Float[Array, ""]:
    """Least value of slope.(y - x) over all y between the bounds, each entry at most `within` from x."""
    lower, upper = bounds(program, x.shape[0])
    down, up = jnp.maximum(lower - x, -within), jnp.minimum(upper - x, within)
    return jnp.sum(jnp.where(slope == 0.0, 0.0, jnp.minimum(slope * down, slope * up)))
