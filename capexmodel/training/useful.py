"""Useful compute of a run by the peak compute it is given: its utilization, measured or timed, and the goodput that failures leave.

Both are worked out at several sizes of cluster; between them the logarithm of the share that is useful follows a natural cubic spline in
the logarithm of the size, twice differentiable, so that a plan sees how a larger run wastes more. Far below the smallest size the share
stays as it is there; beyond the largest it goes on falling as it last did. From the size that yields most a run yields as much, however
large: there the slope is nothing already, so that the curve has a corner only where a still larger size yields more again. No more than
all of a run is useful, however far a spline between sizes of little and of much use swings beyond them.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.param import param
from capexmodel.training.goodput import Reliability
from capexmodel.training.utilization import Utilization
from capexmodel.types import Scalar

_APART = 4.0
"""Ratio of the sizes at which a measured utilization is looked at."""
_SIZES = 13
"""How many there are: from one chip to sixteen million."""


class Spline(eqx.Module):
    """A natural cubic spline: a line, and a cube from each knot on. Source: de Boor, A Practical Guide to Splines (1978), chapter IV."""

    knots: Float[Array, "size"] = param("places of the points it goes through, each the logarithm of a ratio")
    cubes: Float[Array, "size"] = param("weight of the cube that begins at each")
    line: Float[Array, "2"] = param("level and slope of the line, ratios")

    @classmethod
    def through(cls, knots: Float[Array, "size"], values: Float[Array, "size"]) -> "Spline":
        """The spline through points; straight beyond its ends. One point alone gives a level."""
        ends = jnp.stack([jnp.ones_like(knots), knots])
        if knots.size == 1:
            return cls(knots, jnp.zeros(1), jnp.concatenate([values, jnp.zeros(1)]))
        beyond = jnp.maximum(knots[:, None] - knots[None, :], 0.0)
        rows = jnp.block([[ends.T, beyond * beyond * beyond], [jnp.zeros((2, 2)), ends]])
        found = jnp.linalg.solve(rows, jnp.concatenate([values, jnp.zeros(2)]))
        return cls(knots, found[2:], found[:2])

    def at(self, place: Float[Array, "*place"]) -> Float[Array, "*place"]:
        """Its value."""
        beyond = jnp.maximum(place[..., None] - beside(self.knots, place), 0.0)
        return self.line[0] + self.line[1] * place + (beyond * beyond * beyond) @ self.cubes

    def crests(self, rise: float) -> tuple[Float[Array, "interval"], Bool[Array, "interval"]]:
        """Where the spline and a line that rises, together, turn from rising to falling, by interval between knots; and whether they do.

        Source: within an interval the slope is a + b t + c t^2; it falls through nothing at 2 a / (sqrt(b^2 - 4 a c) - b),
        where its own slope is -sqrt(b^2 - 4 a c). What falls from the first knot on has its crest there.
        """
        beyond = jnp.maximum(self.knots[:, None] - self.knots[None, :], 0.0)
        slope, bend = rise + self.line[1] + 3.0 * (beyond * beyond) @ self.cubes, 6.0 * beyond @ self.cubes
        width, start, bent = jnp.diff(self.knots), slope[:-1], bend[:-1]
        under = bent * bent - 2.0 * start * jnp.diff(bend) / width
        root = jnp.sqrt(jnp.where(under > 0, under, 1.0)) - bent
        far = 2.0 * start / jnp.where(root == 0, 1.0, root)
        falls = (under > 0) & (root != 0) & (far >= 0) & (far < width)
        at_once = (jnp.arange(start.size) == 0) & (start < 0)
        return self.knots[:-1] + jnp.where(falls, far, 0.0), falls | at_once


def beside(row: Float[Array, " row"], place: Float[Array, "*place"]) -> Float[Array, "*one row"]:
    """A row with an axis of one for each of a place's, so that the two can be held against each other."""
    return jnp.expand_dims(row, tuple(range(place.ndim)))


class Useful(eqx.Module):
    """What of the compute of a run is useful, by its size."""

    share: Spline
    crest_at: Float[Array, "interval"] = param("sizes beyond which more yields less, each the logarithm of a ratio")
    crest: Float[Array, "interval"] = param("useful chips there, each the logarithm of a ratio; minus infinity where there is none")
    smallest_count: Scalar = param("chips of the smallest size that was looked at", gt=0)
    chip_eflops: Scalar = param("peak of one chip of the run", gt=0)
    small_mfu: Scalar = param("model FLOP utilization of the smallest size, without failures", gt=0)

    @classmethod
    def of(cls, chips_count: Float[Array, "size"], mfu: Float[Array, "size"], chip_eflops: Scalar, reliability: Reliability) -> "Useful":
        """From the utilization at several sizes and what fails. A run takes no more chips than help it: where more yield less, because
        failures cost more than they add, the rest stands idle. How deep the yield falls there is drawn nearer, so that the curve does not
        swing elsewhere."""
        sizes = jnp.log(chips_count)
        yielded = sizes + jnp.log(mfu) + reliability.log_goodput(chips_count)
        most = jax.lax.associative_scan(jnp.maximum, yielded)
        share = Spline.through(sizes, most - (most - yielded) / (1.0 + most - yielded) - sizes)
        at, there = share.crests(1.0)
        at = jax.lax.stop_gradient(at)
        return cls(share, at, jnp.where(there, at + share.at(at), -jnp.inf), chips_count[0], chip_eflops, mfu[0])

    @classmethod
    def measured(cls, utilization: Utilization, reliability: Reliability) -> "Useful":
        """From a measured utilization and its fall with scale."""
        sizes = jnp.exp(jnp.log(_APART) * jnp.arange(_SIZES, dtype=float))
        return cls.of(sizes, utilization.mfu_at(sizes * utilization.chip_eflops), utilization.chip_eflops, reliability)

    def log_share_at(self, run_eflops: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Logarithm of the share of the peak compute of a run that is useful; smooth down to a run of nothing."""
        chips_count = run_eflops / self.chip_eflops
        size = 0.5 * jnp.log(chips_count * chips_count + self.smallest_count * self.smallest_count)
        before = jnp.where(size[..., None] > beside(self.crest_at, size), beside(self.crest, size), -jnp.inf)
        yielded = jnp.maximum(size + self.share.at(size), jnp.max(before, axis=-1, initial=-jnp.inf))
        return jnp.minimum(yielded - size, 0.0)

    def share_at(self, run_eflops: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Share of the peak compute of a run that is useful."""
        return jnp.exp(self.log_share_at(run_eflops))

    def useful_eflops(self, run_eflops: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Useful compute of a run given its peak compute."""
        return run_eflops * self.share_at(run_eflops)
