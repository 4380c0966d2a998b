"""How a solution moves when the numbers behind it do: the derivative of value, plan and prices by the implicit function theorem.

The optimality conditions at the solution are differentiated, never the search. Each row and bound has a share between 0 (it holds with
equality: it must go on holding) and 1 (it is slack: its price stays zero); shares in between, of rows that are hardly either, weigh both.
Leaves out: whether the derivative exists. It does where the active gradients are independent, the curvature is positive on what they leave
free, and every active row has a price (`second_order`); elsewhere this is one sensible direction and `one_sided` tells both sides. Of a
search that did not end OPTIMAL a derivative means as little as the point itself.

Source: Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming (1983), theorem 3.2.2 (plan and prices) and
corollary 3.2.3 (value); Blondel et al., NeurIPS 35 (2022) (implicit differentiation as one linear solve).
"""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import Multipliers, NonlinearProgram, Solution, bounds
from capexmodel.solvers.lagrangian import finite, lagrangian, row_values
from capexmodel.solvers.scaled import ScaledProgram, scale_program

UNDECIDED = 0.1
"""Shares nearer than this to 0 or 1 count as 0 or 1. With slack times price near 1e-10, only rows with both from 3e-6 to 3e-5 remain."""
SOFTNESS = 1e-12
"""Added to the diagonal, against equal rows and flat directions; moves what is well determined by about as much."""


class Tangent(eqx.Module):
    """One number for each array of a program and of its args: a direction in which they move, or the slope in each.

    Shaped as they are, with None for what is no array of floats; None anywhere stands for a part that does not move.
    """

    program: Any = None
    args: Any = None


class Response(eqx.Module):
    """How fast plan, value and prices move along a direction."""

    x: Float[Array, " n"]
    value: Float[Array, ""]
    multipliers: Multipliers


class Rates(eqx.Module):
    """How fast the Lagrangian, its slope in x, the rows and the bounds move while plan and prices stand still."""

    value: Float[Array, ""]
    slope: Float[Array, " n"]
    inequality: Float[Array, " inequality"]
    affine: Float[Array, " affine"]
    equality: Float[Array, " equality"]
    lower: Float[Array, " n"]
    upper: Float[Array, " n"]


class _Pins(eqx.Module):
    """How each variable is held: the weights of its lower and upper bound and of its own stationarity; whether its lower bound takes the
    price."""

    lower: Float[Array, " n"]
    upper: Float[Array, " n"]
    loose: Float[Array, " n"]
    below: Bool[Array, " n"]


@eqx.filter_jit
def value_gradient(program: NonlinearProgram, solution: Solution, args: Any = None) -> Tangent:
    """Slope of the best value in every array of the program and of its args: that of the Lagrangian, plan and prices held.

    Source: Fiacco (1983), corollary 3.2.3 (envelope theorem).
    """

    def worth(numbers: tuple[NonlinearProgram, Any]) -> Array:
        return lagrangian(numbers[0], solution.x, solution.multipliers, numbers[1])

    return Tangent(*eqx.filter_grad(worth)((program, args)))


@eqx.filter_jit
def plan_derivative(program: NonlinearProgram, solution: Solution, args: Any, tangent: Tangent) -> Response:
    """How fast value, plan and prices move along a direction of the program's arrays and its args: one linear solve.

    Leaves out: stages; the matrix is dense, whatever the program declares.
    """
    x = solution.x
    rates = rates_along(program, solution, args, tangent)
    scaled = scale_program(dataclasses.replace(program, stages=None), x, args)
    here = scaled.linearize(x)
    prices, equality_prices = _scaled_prices(scaled, solution.multipliers)
    hessian = scaled.hessian(x, jnp.concatenate([jnp.ones(1), -prices[: scaled.counts[0]], -equality_prices]))
    hessian, curved = hessian @ jnp.eye(x.shape[0]), here.jacobian @ jnp.eye(x.shape[0])
    jacobian = jnp.concatenate([curved, scaled.matrix.whole, here.equality_jacobian])
    share = jnp.concatenate([_share(here.rows, prices), jnp.zeros_like(here.equality)])
    pins = _pins(program, scaled, x, solution.multipliers)

    left = jnp.concatenate(
        [
            jnp.concatenate([pins.loose[:, None] * hessian, -pins.loose[:, None] * jacobian.T], axis=1),
            jnp.concatenate([(1.0 - share)[:, None] * jacobian, jnp.diag(share)], axis=1),
        ]
    )
    left = left + jnp.diag(jnp.concatenate([pins.lower + pins.upper, jnp.zeros_like(share)]) + SOFTNESS)
    slope, moved_rows = scaled.scale[0] * rates.slope, _scaled_rates(scaled, rates)
    right = pins.lower * rates.lower + pins.upper * rates.upper - pins.loose * slope
    right = jnp.concatenate([right, -(1.0 - share) * moved_rows])
    import lineax as lx  # here, for it takes a tenth of a second to import and only derivatives need it

    found = lx.linear_solve(lx.MatrixLinearOperator(left), right, lx.LU()).value

    moved, dearer = found[: x.shape[0]], found[x.shape[0] :]
    rest = (hessian @ moved - dearer @ jacobian + slope) / scaled.scale[0]
    count = here.rows.shape[0]
    held = pins.lower + pins.upper > 0
    lower, upper = jnp.where(held & pins.below, rest, 0.0), jnp.where(held & ~pins.below, -rest, 0.0)
    return Response(moved, rates.value, Multipliers(*scaled.unscaled(dearer[:count], dearer[count:]), lower, upper))


def rates_along(program: NonlinearProgram, solution: Solution, args: Any, tangent: Tangent) -> Rates:
    """What a direction does to the optimality conditions by itself."""
    x, prices = solution.x, solution.multipliers
    directions = (tangent.program, tangent.args)
    moving, still = eqx.partition((program, args), jax.tree.map(lambda part: part is not None, directions, is_leaf=lambda p: p is None))
    leaves, structure = jax.tree.flatten(moving)

    def conditions(*numbers: Array) -> Rates:
        there, given = eqx.combine(jax.tree.unflatten(structure, numbers), still)
        value, slope = jax.value_and_grad(lambda point: lagrangian(there, point, prices, given))(x)
        limits = (jnp.where(jnp.isfinite(bound), bound, 0.0) for bound in bounds(there, x.shape[0]))
        return Rates(value, slope, *(finite(rows) for rows in row_values(there, x, given)), *limits)

    directions = [jnp.asarray(direction, leaf.dtype) for direction, leaf in zip(jax.tree.leaves(directions), leaves, strict=True)]
    return jax.jvp(conditions, leaves, directions)[1]


def _share(slack: Float[Array, " row"], price: Float[Array, " row"]) -> Float[Array, " row"]:
    """Where a row stands between holding with equality (0) and being slack (1)."""
    slack, price = jax.lax.stop_gradient((jnp.maximum(slack, 0.0), jnp.maximum(price, 0.0)))
    nothing = slack + price <= 0.0
    share = jnp.where(jnp.isposinf(slack), 1.0, jnp.where(nothing, 0.5, slack / jnp.where(nothing, 1.0, slack + price)))
    return jnp.where(share < UNDECIDED, 0.0, jnp.where(share > 1.0 - UNDECIDED, 1.0, share))


def _pins(program: NonlinearProgram, scaled: ScaledProgram, x: Float[Array, " n"], prices: Multipliers) -> _Pins:
    """How each variable is held by its bounds; a fixed one by both alike."""
    scale = jax.lax.stop_gradient(scaled.scale[0])
    floor, ceiling = bounds(program, x.shape[0])
    slack_below = _share(x - floor, scale * prices.lower)
    slack_above = _share(ceiling - x, scale * prices.upper)
    lower = jnp.where(scaled.free, (1.0 - slack_below) * slack_above, 0.5)
    upper = jnp.where(scaled.free, (1.0 - slack_above) * slack_below, 0.5)
    below = jnp.where(scaled.free, lower >= upper, prices.lower >= prices.upper)
    return _Pins(lower, upper, jnp.where(scaled.free, slack_below * slack_above, 0.0), below)


def _scaled_prices(scaled: ScaledProgram, prices: Multipliers) -> tuple[Array, Array]:
    """Prices of the inequality rows, curved then affine, and of the equality rows, in the solver's scaling."""
    return scaled.scaled_prices(prices.inequality, prices.affine, prices.equality)


def _scaled_rates(scaled: ScaledProgram, rates: Rates) -> Float[Array, " row"]:
    """How fast all rows move by themselves, scaled; rows that are switched off do not."""
    rate = jnp.concatenate([rates.inequality, rates.equality])
    _, inequality, equality = scaled.split(jnp.zeros_like(scaled.scale).at[1:].set(jnp.where(scaled.on[1:], scaled.scale[1:] * rate, 0.0)))
    return jnp.concatenate([inequality, jnp.where(scaled.affine_on, scaled.affine_scale * rates.affine, 0.0), equality])
