"""Rows and bounds as one list of limits, each >= 0: nonlinear rows, affine rows, lower bounds, upper bounds.

A bound that is not there, or of a variable that is fixed, has a distance of 1, no price and no gradient.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), equations 1 to 4 (here with bounds on both sides).
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.scaled import Linearized, ScaledProgram

ROUNDING = 1e-16


def distances(program: ScaledProgram, x: Float[Array, " n"]) -> Float[Array, " bound"]:
    """How far x is from its bounds, never zero."""
    below, above = x[: program.lower.shape[0]] - program.lower, program.upper - x[: program.upper.shape[0]]
    distance = jnp.concatenate([below, above])
    return jnp.where(program.bounded, jnp.maximum(distance, ROUNDING * jnp.maximum(1.0, jnp.abs(program.walls))), 1.0)


def counted(program: ScaledProgram) -> Bool[Array, " limit"]:
    """Which limits there are."""
    return jnp.concatenate([jnp.ones(program.row_count, bool), program.bounded])


def along(program: ScaledProgram, here: Linearized, direction: Float[Array, " n"]) -> Float[Array, " limit"]:
    """Change of all limits along a direction."""
    sides = jnp.concatenate([direction[: program.lower.shape[0]], -direction[: program.upper.shape[0]]])
    rows = [here.jacobian @ direction, program.matrix.whole @ direction]
    return jnp.concatenate([*rows, jnp.where(program.bounded, sides, 0.0)])


def pulled(program: ScaledProgram, here: Linearized, prices: Float[Array, " limit"]) -> Float[Array, " n"]:
    """Sum of the gradients of all limits, weighted by prices; absent limits must have none."""
    inequality, rows = here.jacobian.shape[0], program.row_count
    total = prices[:inequality] @ here.jacobian + prices[inequality:rows] @ program.matrix.whole
    return total + bound_sum(program, prices[rows:], -1.0)


def bound_sum(program: ScaledProgram, weights: Float[Array, " bound"], sign: float) -> Float[Array, " n"]:
    """Weights of lower bounds plus `sign` times those of upper bounds, by variable."""
    lower, size = program.lower.shape[0], program.free.shape[0]
    total = jnp.zeros(size) if lower == 0 else weights[:lower]
    return total if program.upper.shape[0] == 0 else total + sign * weights[lower:]
