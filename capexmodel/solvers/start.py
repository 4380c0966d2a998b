"""Where an interior point begins: inside its bounds, with slacks and prices on the barrier, cold or from an earlier solution.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 3.6 (start inside the bounds, least-squares prices).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import Multipliers, NonlinearProgram, bounds
from capexmodel.solvers.iterate import Iterate, slacks
from capexmodel.solvers.limits import counted, pulled
from capexmodel.solvers.scaled import Linearized, ScaledProgram

PUSH = 1e-2
SLACK_SHARE = 0.1
LARGEST_START_PRICE = 1e3


def inside(program: NonlinearProgram, x: Float[Array, " n"], push: Float[Array, ""]) -> Float[Array, " n"]:
    """x moved strictly between its bounds by `push`, absolute or relative to the width, whichever is less; fixed variables at their
    value."""
    lower, upper = bounds(program, x.shape[0])
    width = upper - lower
    low = lower + jnp.minimum(push * jnp.maximum(1.0, jnp.abs(jnp.where(jnp.isfinite(lower), lower, 0.0))), push * width)
    high = upper - jnp.minimum(push * jnp.maximum(1.0, jnp.abs(jnp.where(jnp.isfinite(upper), upper, 0.0))), push * width)
    return jnp.where(width > 0, jnp.clip(x, low, jnp.maximum(low, high)), lower)


def least_squares_prices(program: ScaledProgram, here: Linearized, point: Iterate) -> Float[Array, " equality"]:
    """Prices of the equality rows that best balance the gradients at the start."""
    if here.equality.shape[0] == 0:
        return point.equality_price
    slope = here.slope - pulled(program, here, point.price)
    product = here.equality_jacobian @ here.equality_jacobian.T + 1e-8 * jnp.eye(here.equality.shape[0])
    guess = jnp.linalg.solve(product, here.equality_jacobian @ slope)
    return jnp.where(jnp.max(jnp.abs(guess)) <= LARGEST_START_PRICE, guess, 0.0)


def cold(program: ScaledProgram, here: Linearized, x: Float[Array, " n"], barrier: Float[Array, ""], push: Float[Array, ""]) -> Iterate:
    """A first point whose products all equal the barrier parameter; slacks are at least `push` and a share of the worst violation."""
    rows = jnp.maximum(here.rows, jnp.maximum(push, SLACK_SHARE * jnp.max(-here.rows, initial=0.0)))
    slack = slacks(program, x, rows)
    price = jnp.where(counted(program), barrier / slack, 0.0)
    point = Iterate(x, slack, price, jnp.zeros_like(here.equality))
    return eqx.tree_at(lambda p: p.equality_price, point, least_squares_prices(program, here, point))


def warmed(program: ScaledProgram, point: Iterate, prices: Multipliers, barrier: Float[Array, ""]) -> Iterate:
    """A cold point with the prices of an earlier solution, none so small that its product falls below the barrier parameter."""
    rows, equality = program.scaled_prices(prices.inequality, prices.affine, prices.equality)
    scale = program.scale[0]
    walls = [prices.lower[: program.lower.shape[0]] * scale, prices.upper[: program.upper.shape[0]] * scale]
    price = jnp.maximum(jnp.concatenate([rows, *walls]), barrier / point.slack)
    return eqx.tree_at(lambda p: (p.price, p.equality_price), point, (jnp.where(counted(program), price, 0.0), equality))
