"""The point of a primal-dual interior point: variables, slacks, prices; its residuals and its distance from optimality.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), equations 4 to 6.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.limits import counted, distances, pulled
from capexmodel.solvers.scaled import Linearized, ScaledProgram

LARGEST_MEAN_PRICE = 100.0


class Iterate(eqx.Module):
    """A strictly interior point: x, the slack and the price of every limit, the prices of the equality rows."""

    x: Float[Array, " n"]
    slack: Float[Array, " limit"]
    price: Float[Array, " limit"]
    equality_price: Float[Array, " equality"]


class Residuals(eqx.Module):
    """How far a point is from each optimality condition."""

    dual_error: Float[Array, ""]
    primal_error: Float[Array, ""]
    product: Float[Array, " limit"]
    counts: Bool[Array, " limit"]
    scale: Float[Array, ""]
    mean_product: Float[Array, ""]
    merit: Float[Array, ""]

    def complementarity_error(self, barrier: Float[Array, ""]) -> Float[Array, ""]:
        """Largest distance of a complementarity product from the barrier parameter, scaled."""
        return jnp.max(jnp.where(self.counts, jnp.abs(self.product - barrier), 0.0), initial=0.0) / self.scale

    def error_at(self, barrier: Float[Array, ""]) -> Float[Array, ""]:
        """The largest of the three scaled errors for a barrier parameter.

        Source: Waechter and Biegler (2006), equation 5.
        """
        return jnp.maximum(jnp.maximum(self.dual_error, self.primal_error), self.complementarity_error(barrier))


def slacks(program: ScaledProgram, x: Float[Array, " n"], row_slack: Float[Array, " row"]) -> Float[Array, " limit"]:
    """Slacks of all limits: those of the rows as given, those of bounds as x has them."""
    return jnp.concatenate([row_slack, distances(program, x)])


def stationarity(program: ScaledProgram, here: Linearized, point: Iterate) -> Float[Array, " n"]:
    """Gradient of the Lagrangian."""
    return here.slope - pulled(program, here, point.price) - point.equality_price @ here.equality_jacobian


def mean_product(program: ScaledProgram, point: Iterate) -> Float[Array, ""]:
    """Mean complementarity product of the limits there are."""
    counts = counted(program)
    return jnp.sum(jnp.where(counts, point.slack * point.price, 0.0)) / jnp.maximum(jnp.sum(counts), 1)


def residuals(program: ScaledProgram, here: Linearized, point: Iterate) -> Residuals:
    """Residuals of the optimality conditions at a point. The merit is not scaled: prices that run away must not make it look small.

    Source: Waechter and Biegler (2006), equations 5 and 6 (scaling of the errors by the mean size of the prices).
    """
    dual = jnp.where(program.free, stationarity(program, here, point), 0.0)
    primal = jnp.concatenate([here.rows - point.slack[: program.row_count], here.equality])
    counts = counted(program)
    product = jnp.where(counts, point.slack * point.price, 0.0)
    count = jnp.maximum(jnp.sum(counts), 1)
    total = jnp.sum(point.price) + jnp.sum(jnp.abs(point.equality_price))
    scale = jnp.maximum(LARGEST_MEAN_PRICE, total / (count + here.equality.shape[0])) / LARGEST_MEAN_PRICE
    return Residuals(
        dual_error=jnp.max(jnp.abs(dual), initial=0.0) / scale,
        primal_error=jnp.max(jnp.abs(primal), initial=0.0),
        product=product,
        counts=counts,
        scale=scale,
        mean_product=jnp.sum(product) / count,
        merit=jnp.sqrt(jnp.sum(dual**2) + jnp.sum(product**2) + jnp.sum(primal**2)),
    )
