"""Useful compute of a run by the peak compute it is given: its utilization, measured or timed, and the goodput that failures leave.

Both are worked out at several sizes of cluster; between them the logarithm of the share that is useful follows a natural cubic spline in
the logarithm of the size, twice differentiable, so that a plan sees how a larger run wastes more. Far below the smallest size the share
stays as it is there; beyond the largest it goes on falling as it last did.
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
        beyond = jnp.maximum(place[..., None] - jnp.expand_dims(self.knots, tuple(range(place.ndim))), 0.0)
        return self.line[0] + self.line[1] * place + (beyond * beyond * beyond) @ self.cubes


class Useful(eqx.Module):
    """What of the compute of a run is useful, by its size."""

    share: Spline
    smallest_count: Scalar = param("chips of the smallest size that was looked at", gt=0)
    chip_eflops: Scalar = param("peak of one chip of the run", gt=0)
    small_mfu: Scalar = param("model FLOP utilization of the smallest size, without failures", gt=0)

    @classmethod
    def of(cls, chips_count: Float[Array, "size"], mfu: Float[Array, "size"], chip_eflops: Scalar, reliability: Reliability) -> "Useful":
        """From the utilization at several sizes and what fails. A run takes no more chips than help it: beyond the size that yields most
        the rest stands idle, for failures would cost more than they add."""
        yielded = jax.lax.associative_scan(jnp.maximum, chips_count * mfu * reliability.goodput(chips_count))
        spline = Spline.through(jnp.log(chips_count), jnp.log(yielded / chips_count))
        return cls(spline, chips_count[0], chip_eflops, mfu[0])

    @classmethod
    def measured(cls, utilization: Utilization, reliability: Reliability) -> "Useful":
        """From a measured utilization and its fall with scale."""
        sizes = jnp.exp(jnp.log(_APART) * jnp.arange(_SIZES, dtype=float))
        return cls.of(sizes, utilization.mfu_at(sizes * utilization.chip_eflops), utilization.chip_eflops, reliability)

    def share_at(self, run_eflops: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Share of the peak compute of a run that is useful; smooth down to a run of nothing."""
        chips_count = run_eflops / self.chip_eflops
        return jnp.exp(self.share.at(0.5 * jnp.log(chips_count * chips_count + self.smallest_count * self.smallest_count)))

    def useful_eflops(self, run_eflops: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Useful compute of a run given its peak compute."""
        return run_eflops * self.share_at(run_eflops)
