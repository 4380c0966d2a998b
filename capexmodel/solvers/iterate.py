"""The point of a primal-dual interior point: variables, slacks, prices; its residuals and its distance from optimality.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), equations 4 to 6.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.scaled import Gradients, ScaledProgram, Values

LARGEST_MEAN_DUAL = 100.0
ROUNDING = 1e-16


class Iterate(eqx.Module):
    """A strictly interior point. `elastic` and the equality pair are in use only while feasibility is being restored."""

    x: Float[Array, " n"]
    slack: Float[Array, " row"]
    elastic: Float[Array, " row"]
    dual: Float[Array, " row"]
    equality_slack: Float[Array, " equality"]
    equality_elastic: Float[Array, " equality"]
    equality_dual: Float[Array, " equality"]
    lower_dual: Float[Array, " n"]
    upper_dual: Float[Array, " n"]


class Room(eqx.Module):
    """Distances to the bounds (1 where there is none) and which bounds there are."""

    below: Float[Array, " n"]
    above: Float[Array, " n"]
    has_lower: Bool[Array, " n"]
    has_upper: Bool[Array, " n"]


class Residuals(eqx.Module):
    """How far a point is from each optimality condition."""

    dual_error: Float[Array, ""]
    primal_error: Float[Array, ""]
    product: Float[Array, " product"]
    counts: Bool[Array, " product"]
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


def room(program: ScaledProgram, x: Float[Array, " n"]) -> Room:
    """Distances from x to its bounds, never zero; fixed variables count as having no bounds."""
    has_lower, has_upper = jnp.isfinite(program.lower) & program.free, jnp.isfinite(program.upper) & program.free
    lower, upper = jnp.where(has_lower, program.lower, 0.0), jnp.where(has_upper, program.upper, 0.0)
    below = jnp.where(has_lower, jnp.maximum(x - lower, ROUNDING * jnp.maximum(1.0, jnp.abs(lower))), 1.0)
    above = jnp.where(has_upper, jnp.maximum(upper - x, ROUNDING * jnp.maximum(1.0, jnp.abs(upper))), 1.0)
    return Room(below, above, has_lower, has_upper)


def times(program: ScaledProgram, gradients: Gradients, direction: Float[Array, " n"]) -> Float[Array, " row"]:
    """Change of all inequality rows along a direction."""
    return jnp.concatenate([gradients.inequality @ direction, program.matrix.whole @ direction])


def transposed(program: ScaledProgram, gradients: Gradients, prices: Float[Array, " row"]) -> Float[Array, " n"]:
    """Sum of the gradients of all inequality rows, weighted by prices."""
    inequality = gradients.inequality.shape[0]
    return prices[:inequality] @ gradients.inequality + prices[inequality:] @ program.matrix.whole


def stationarity(program: ScaledProgram, gradients: Gradients, point: Iterate, slope: Float[Array, " n"]) -> Float[Array, " n"]:
    """Gradient of the Lagrangian whose objective has the given slope."""
    rows = transposed(program, gradients, point.dual) + point.equality_dual @ gradients.equality
    return slope - rows - point.lower_dual + point.upper_dual


def products(point: Iterate, space: Room, restoring: Bool[Array, ""]) -> tuple[Array, Array]:
    """All complementarity products of a point, and a mask of those that count."""
    pieces = [
        (point.slack * point.dual, jnp.ones(point.slack.shape, bool)),
        (point.elastic * (1.0 - point.dual), jnp.broadcast_to(restoring, point.slack.shape)),
        (point.equality_slack * (1.0 + point.equality_dual), jnp.broadcast_to(restoring, point.equality_slack.shape)),
        (point.equality_elastic * (1.0 - point.equality_dual), jnp.broadcast_to(restoring, point.equality_slack.shape)),
        (space.below * point.lower_dual, space.has_lower),
        (space.above * point.upper_dual, space.has_upper),
    ]
    return jnp.concatenate([value for value, _ in pieces]), jnp.concatenate([mask for _, mask in pieces])


def residuals(
    program: ScaledProgram, gradients: Gradients, values: Values, point: Iterate, slope: Float[Array, " n"], restoring: Bool[Array, ""]
) -> Residuals:
    """Residuals of the optimality conditions at a point. The merit is not scaled: prices that run away must not make it look small.

    Source: Waechter and Biegler (2006), equations 5 and 6 (scaling of the errors by the mean size of the prices).
    """
    dual = jnp.where(program.free, stationarity(program, gradients, point, slope), 0.0)
    rows = values.rows - point.slack + jnp.where(restoring, point.elastic, 0.0)
    primal = jnp.concatenate([rows, jnp.where(restoring, 0.0, values.equality)])
    product, counts = products(point, room(program, point.x), restoring)
    product = jnp.where(counts, product, 0.0)
    count = jnp.maximum(jnp.sum(counts), 1)
    prices = jnp.concatenate([point.dual, point.equality_dual, point.lower_dual, point.upper_dual])
    mean_dual = jnp.sum(jnp.abs(prices)) / (count + point.equality_dual.shape[0])
    scale = jnp.maximum(LARGEST_MEAN_DUAL, mean_dual) / LARGEST_MEAN_DUAL
    everything = jnp.concatenate([dual, primal, product])
    return Residuals(
        dual_error=jnp.max(jnp.abs(dual), initial=0.0) / scale,
        primal_error=jnp.max(jnp.abs(primal), initial=0.0),
        product=product,
        counts=counts,
        scale=scale,
        mean_product=jnp.sum(product) / count,
        merit=jnp.linalg.norm(everything),
    )
