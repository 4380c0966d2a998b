"""Cumulative work of a rate known at the middle of each period, and the first instant at which it reaches a demand.

The rate is a straight line between the middles of periods and flat outside them, so that the work done has a continuous slope. It goes on
at the last rate beyond the horizon.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.model import timing
from capexmodel.types import Scalar

PATIENCE = 100.0
"""Horizons after which a demand counts as never reached: the slowest rate that is extrapolated does the whole work in that time."""

TINY = 1e-300
"""What keeps a division by a rate of zero finite where its result is not used."""


class Curve(eqx.Module):
    """Knots with the rate there and the work done until there."""

    knots_s: Float[Array, "knot"]
    rate: Float[Array, "knot"]
    work: Float[Array, "knot"]

    def done(self, time_s: Scalar) -> Scalar:
        """Work done until an instant: the integral of the rate."""
        width_s = jnp.diff(self.knots_s)
        past_s = jnp.minimum(jnp.maximum(time_s - self.knots_s[:-1], 0.0), width_s)
        inside = past_s * (self.rate[:-1] + 0.5 * past_s * jnp.diff(self.rate) / width_s)
        return jnp.sum(inside) + self.rate[-1] * jnp.maximum(time_s - self.knots_s[-1], 0.0)

    def rate_at(self, time_s: Scalar) -> Scalar:
        """Rate at an instant inside the horizon."""
        return timing.level(time_s[None], self.knots_s[None], self.rate[None])[0, 0]

    def first(self, demand: Scalar) -> tuple[Scalar, Bool[Array, ""]]:
        """First instant at which the work done reaches a demand, and whether it does. Never inf or NaN.

        Source: the instant solves a quadratic within one interval; its derivatives follow from the implicit function theorem,
        dT = (d demand - d work) / rate. Kinks: where the instant meets a knot only the second derivative jumps; at zero demand it is 0.
        """
        asked = demand > 0.0
        wanted = jnp.where(asked, demand, 1.0)
        horizon_s, total = self.knots_s[-1], self.work[-1]
        slowest = wanted / (PATIENCE * horizon_s)
        beyond = horizon_s + (wanted - total) / jnp.maximum(self.rate[-1], slowest)
        time_s = jnp.where(wanted <= total, self._implicit(wanted), beyond)
        reached = (wanted <= total) | (self.rate[-1] > slowest) | ~asked
        return jnp.where(asked, time_s, 0.0), reached

    def _implicit(self, demand: Scalar) -> Scalar:
        """Find the instant without derivatives, then attach those of one Newton step. Source: T = 2 c / (r + sqrt(r^2 + 2 s c))."""
        frozen = jax.lax.stop_gradient(self)
        target = jax.lax.stop_gradient(demand)
        k = jnp.clip(jnp.searchsorted(frozen.work, target, side="left", method="compare_all") - 1, 0, frozen.work.size - 2)
        slope = (frozen.rate[k + 1] - frozen.rate[k]) / (frozen.knots_s[k + 1] - frozen.knots_s[k])
        missing = jnp.maximum(target - frozen.work[k], 0.0)
        speed = jnp.sqrt(jnp.maximum(jnp.square(frozen.rate[k]) + 2.0 * slope * missing, 0.0))
        step_s = 2.0 * missing / jnp.maximum(frozen.rate[k] + speed, TINY)
        root_s = frozen.knots_s[k] + jnp.minimum(step_s, frozen.knots_s[k + 1] - frozen.knots_s[k])
        rate = frozen.rate_at(root_s)
        used = (target <= frozen.work[-1]) & (rate > 0.0)
        return root_s - (self.done(root_s) - demand) / jnp.where(used, rate, jnp.inf)


def curve(period_edges_s: Float[Array, "edge"], rate: Float[Array, "period"]) -> Curve:
    """Lay a curve through rates at the middles of periods."""
    middles_s = 0.5 * (period_edges_s[1:] + period_edges_s[:-1])
    knots_s = jnp.concatenate([period_edges_s[:1], middles_s, period_edges_s[-1:]])
    rates = jnp.concatenate([rate[:1], rate, rate[-1:]])
    steps = 0.5 * (rates[1:] + rates[:-1]) * jnp.diff(knots_s)
    return Curve(knots_s, rates, jnp.concatenate([jnp.zeros_like(steps[:1]), timing.running(steps)]))
