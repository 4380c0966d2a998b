"""The Lagrangian of a program at given prices, straight from the program's functions: what all that is said about a solution is made of.

Shares no code with the interior point.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., equation 12.33, with the signs of `base.Multipliers`.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import Function, Multipliers, NonlinearProgram, bounds


class RowValues(NamedTuple):
    """Values of all rows at a point; a row that is switched off reads +inf."""

    inequality: Float[Array, " inequality"]
    affine: Float[Array, " affine"]
    equality: Float[Array, " equality"]


def row_values(program: NonlinearProgram, x: Float[Array, " n"], args: Any) -> RowValues:
    """Values of all rows at x."""

    def values(function: Function | None) -> Array:
        return jnp.zeros(0) if function is None else jnp.asarray(jnp.ravel(function(x, args)), x.dtype)

    return RowValues(values(program.inequality), values(program.affine), values(program.equality))


def row_slopes(program: NonlinearProgram, x: Float[Array, " n"], args: Any) -> tuple[Array, Array, Array]:
    """Gradients of all rows at x, one below the other; rows that are switched off have none."""
    slopes = jax.jacrev(lambda point: row_values(program, point, args))(x)
    inequality, affine, equality = (
        jnp.where(jnp.isposinf(value)[:, None], 0.0, slope) for value, slope in zip(row_values(program, x, args), slopes, strict=True)
    )
    return inequality, affine, equality


def objective_value(program: NonlinearProgram, x: Float[Array, " n"], args: Any) -> Float[Array, ""]:
    """The objective at x as a scalar."""
    return jnp.asarray(jnp.reshape(program.objective(x, args), ()), x.dtype)


def lagrangian(program: NonlinearProgram, x: Float[Array, " n"], prices: Multipliers, args: Any) -> Float[Array, ""]:
    """Objective less the priced rows and bounds; what is infinitely far away is left out."""
    rows = row_values(program, x, args)
    lower, upper = bounds(program, x.shape[0])
    pairs = [
        (prices.inequality, rows.inequality),
        (prices.affine, rows.affine),
        (prices.equality, rows.equality),
        (prices.lower, x - lower),
        (prices.upper, upper - x),
    ]
    return objective_value(program, x, args) - sum((price @ finite(value) for price, value in pairs), jnp.zeros(()))


def finite(values: Float[Array, " row"]) -> Float[Array, " row"]:
    """The values, zero where they are +inf: a row that is switched off, a bound that is not there."""
    return jnp.where(jnp.isposinf(values), 0.0, values)
