"""Useful compute of a run by the peak compute it is given: its utilization, measured or timed, and the goodput that failures leave.

Both are worked out at several sizes of cluster; between them the logarithm of what is useful follows a spline in the logarithm of the size,
twice differentiable, so that a plan sees how a larger run wastes more, and never falling: more compute is never less useful compute. Far
below the smallest size the share stays as it is there; beyond the largest it goes on falling as it last did.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.training.goodput import Reliability
from capexmodel.training.utilization import Utilization
from capexmodel.types import Scalar

_APART = 4.0
"""Ratio of the sizes at which a measured utilization is looked at."""
_SIZES = 13
"""How many there are: from one chip to sixteen million."""


class Rise(eqx.Module):
    """A curve through points that never falls where they do not, twice differentiable: from knot to knot the integral of a polynomial of
    four degrees, given by its five Bernstein weights, none of them below nothing. Straight beyond the last knot.

    It is the natural cubic spline wherever that rises; at a knot beside which it would fall, slope and curvature are led towards those
    that cannot.
    """

    knots: Float[Array, "size"] = param("places of the points it goes through, each the logarithm of a ratio")
    start: Scalar = param("where it begins, the logarithm of a ratio")
    end_slope: Scalar = param("slope beyond the last knot, a ratio")
    weights: Float[Array, "5 interval"] = param("Bernstein weights of the slope between knots, ratios")

    @classmethod
    def through(cls, knots: Float[Array, "size"], values: Float[Array, "size"]) -> "Rise":
        """The curve through points of which none is below the one before. One point alone gives a line of slope one.

        Source: de Boor, A Practical Guide to Splines (1978), chapter IV, on slopes; Farouki, Comput. Aided Geom. Design 29 (2012), on the
        weights: a polynomial lies between the least and the largest of them, and its mean is theirs.
        """
        if knots.size == 1:
            return cls(knots, values[0], jnp.ones(()), jnp.zeros((5, 0)))
        width, mean = jnp.diff(knots), jnp.diff(values) / jnp.diff(knots)
        curvature = natural(width, mean)
        ends = mean - width * (2.0 * curvature[:-1] + curvature[1:]) / 6.0
        slope = jnp.append(ends, mean[-1] + width[-1] * (curvature[-2] + 2.0 * curvature[-1]) / 6.0)
        still = jnp.minimum(jnp.append(mean, mean[-1]), jnp.append(mean[:1], mean))
        turn = 0.25 * width
        left = _allowed(slope[:-1], slope[:-1] + turn * curvature[:-1], still[:-1], mean)
        right = _allowed(slope[1:], slope[1:] - turn * curvature[1:], still[1:], mean)
        kept = jnp.minimum(jnp.append(left, 1.0), jnp.append(1.0, right))
        slope, curvature = kept * slope + (1.0 - kept) * still, kept * curvature
        first, last = slope[:-1], slope[1:]
        second, fourth = first + turn * curvature[:-1], last - turn * curvature[1:]
        weights = jnp.stack([first, second, 5.0 * mean - first - second - fourth - last, fourth, last])
        return cls(knots, values[0], slope[-1], weights)

    def at(self, place: Float[Array, "*place"]) -> Float[Array, "*place"]:
        """Its value at or beyond the first knot. Every term rises: nothing cancels."""
        knots = self.knots.reshape(*(1,) * place.ndim, -1)
        apart = place[..., None] - knots
        part = jnp.clip(apart[..., :-1] / jnp.diff(knots), 0.0, 1.0)
        risen = _integrals(part, self.weights) @ jnp.diff(self.knots)
        return self.start + risen + self.end_slope * jnp.maximum(apart[..., -1], 0.0)


def natural(width: Float[Array, "interval"], mean: Float[Array, "interval"]) -> Float[Array, "size"]:
    """Second derivatives at the knots of a natural cubic spline. Source: de Boor (1978), chapter IV, the tridiagonal system."""
    if width.size == 1:
        return jnp.zeros(2)
    inner = jnp.zeros((width.size - 1, width.size - 1))
    rows = jnp.arange(width.size - 1)
    inner = inner.at[rows, rows].set(2.0 * (width[:-1] + width[1:]))
    inner = inner.at[rows[1:], rows[:-1]].set(width[1:-1]).at[rows[:-1], rows[1:]].set(width[1:-1])
    return jnp.pad(jnp.linalg.solve(inner, 6.0 * jnp.diff(mean)), 1)


def _allowed(slope: Array, second: Array, still: Array, mean: Array) -> Array:
    """How much of the spline's slope and second weight at one end of each interval may be kept, beside the slope that is safe without any
    curvature: both weights stay above nothing, and their sum leaves the middle weight its half of what is left.

    Source: five weights have the mean of the interval; half of five is two and a half.
    """

    def most(own: Array, safe: Array) -> Array:
        falls = own < 0.0
        return jnp.where(falls, safe / jnp.where(falls, safe - own, 1.0), 1.0)

    half = 2.5 * mean
    parts = most(slope, still), most(second, still), most(half - slope - second, half - 2.0 * still)
    return jnp.minimum(jnp.minimum(parts[0], parts[1]), parts[2])


def _integrals(part: Float[Array, "*place interval"], weights: Float[Array, "5 interval"]) -> Float[Array, "*place interval"]:
    """Integrals of the slope from nothing to a part of each interval: Bernstein polynomials of five degrees, of the sums of its weights.

    Source: Farouki (2012), section 3: weights of an integral are sums of weights, over its degree.
    """
    one, two, three, four, five = (sums.reshape(*(1,) * (part.ndim - 1), -1) for sums in 0.2 * jnp.cumsum(weights, axis=0))
    rest = 1.0 - part
    low, high = rest * rest, part * part
    early = 5.0 * low * low * one + 10.0 * part * low * rest * two + 10.0 * high * low * three
    return part * (early + 5.0 * high * part * rest * four + high * high * five)


class Useful(eqx.Module):
    """What of the compute of a run is useful, by its size."""

    risen: Rise
    smallest_count: Scalar = param("chips of the smallest size that was looked at", gt=0)
    chip_eflops: Scalar = param("peak of one chip of the run", gt=0)
    small_mfu: Scalar = param("model FLOP utilization of the smallest size, without failures", gt=0)

    @classmethod
    def of(cls, chips_count: Float[Array, "size"], mfu: Float[Array, "size"], chip_eflops: Scalar, reliability: Reliability) -> "Useful":
        """From the utilization at several sizes and what fails. A run takes no more chips than help it: beyond the size that yields most
        the rest stands idle, for failures would cost more than they add."""
        yielded = jax.lax.associative_scan(jnp.maximum, chips_count * mfu * reliability.goodput(chips_count))
        return cls(Rise.through(jnp.log(chips_count), jnp.log(yielded)), chips_count[0], chip_eflops, mfu[0])

    @classmethod
    def measured(cls, utilization: Utilization, reliability: Reliability) -> "Useful":
        """From a measured utilization and its fall with scale."""
        sizes = jnp.exp(jnp.log(_APART) * jnp.arange(_SIZES, dtype=float))
        return cls.of(sizes, utilization.mfu_at(sizes * utilization.chip_eflops), utilization.chip_eflops, reliability)

    def share_at(self, run_eflops: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Share of the peak compute of a run that is useful; smooth down to a run of nothing."""
        chips_count = run_eflops / self.chip_eflops
        size = 0.5 * jnp.log(chips_count * chips_count + self.smallest_count * self.smallest_count)
        return jnp.exp(self.risen.at(size) - size)

    def useful_eflops(self, run_eflops: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Useful compute of a run given its peak compute."""
        return run_eflops * self.share_at(run_eflops)
