"""Where an interior point begins: inside its bounds, with slacks and prices on the barrier, cold or from an earlier solution.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 3.6 (start inside the bounds, least-squares prices).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import Multipliers
from capexmodel.solvers.iterate import Iterate, room, transposed
from capexmodel.solvers.scaled import Gradients, ScaledProgram, Values

PUSH = 1e-2
SLACK_SHARE = 0.1
LARGEST_START_DUAL = 1e3


def inside(program: ScaledProgram, x: Float[Array, " n"], push: Float[Array, ""]) -> Float[Array, " n"]:
    """x moved strictly between its bounds by `push`, absolute or relative to the width, whichever is less; fixed variables at their
    value."""
    width = program.upper - program.lower
    size_lower = jnp.maximum(1.0, jnp.abs(jnp.where(jnp.isfinite(program.lower), program.lower, 0.0)))
    size_upper = jnp.maximum(1.0, jnp.abs(jnp.where(jnp.isfinite(program.upper), program.upper, 0.0)))
    low = program.lower + jnp.minimum(push * size_lower, push * width)
    high = program.upper - jnp.minimum(push * size_upper, push * width)
    return jnp.where(program.free, jnp.clip(x, low, jnp.maximum(low, high)), program.lower)


def least_squares_duals(program: ScaledProgram, gradients: Gradients, point: Iterate) -> Float[Array, " equality"]:
    """Prices of the equality rows that best balance the gradients at the start."""
    if gradients.equality.shape[0] == 0:
        return point.equality_dual
    slope = gradients.objective - transposed(program, gradients, point.dual) - point.lower_dual + point.upper_dual
    product = gradients.equality @ gradients.equality.T + 1e-8 * jnp.eye(gradients.equality.shape[0])
    guess = jnp.linalg.solve(product, gradients.equality @ slope)
    return jnp.where(jnp.max(jnp.abs(guess)) <= LARGEST_START_DUAL, guess, 0.0)


def cold(
    program: ScaledProgram, values: Values, gradients: Gradients, x: Float[Array, " n"], barrier: Float[Array, ""], push: Float[Array, ""]
) -> Iterate:
    """A first point whose products all equal the barrier parameter; slacks are at least `push` and a share of the worst violation."""
    space = room(program, x)
    slack = jnp.maximum(values.rows, jnp.maximum(push, SLACK_SHARE * jnp.max(-values.rows, initial=0.0)))
    zero = jnp.zeros_like(values.equality)
    point = Iterate(
        x=x,
        slack=slack,
        elastic=jnp.ones_like(slack),
        dual=barrier / slack,
        equality_slack=zero + 1.0,
        equality_elastic=zero + 1.0,
        equality_dual=zero,
        lower_dual=jnp.where(space.has_lower, barrier / space.below, 0.0),
        upper_dual=jnp.where(space.has_upper, barrier / space.above, 0.0),
    )
    return eqx.tree_at(lambda p: p.equality_dual, point, least_squares_duals(program, gradients, point))


def warmed(program: ScaledProgram, point: Iterate, prices: Multipliers, barrier: Float[Array, ""]) -> Iterate:
    """A cold point with the prices of an earlier solution, none so small that its product falls below the barrier parameter."""
    space = room(program, point.x)
    rows, equality = program.scaled_duals(prices.inequality, prices.affine, prices.equality)
    scale = program.scale[0]
    changed = (
        jnp.maximum(rows, barrier / point.slack),
        equality,
        jnp.where(space.has_lower, jnp.maximum(prices.lower * scale, barrier / space.below), 0.0),
        jnp.where(space.has_upper, jnp.maximum(prices.upper * scale, barrier / space.above), 0.0),
    )
    return eqx.tree_at(lambda p: (p.dual, p.equality_dual, p.lower_dual, p.upper_dual), point, changed)
