"""What the equations miss, carried from published runs to runs like them: a Gaussian process on the logarithm of the miss.

Two runs share a miss as far as they belong to the same groups (software, model, chip and precision, and joint ones) and as far as their
traits (sizes, layout, age of the software) are near. A run unlike any published one keeps the equations' answer, with the full spread of
their misses. Leaves out: misses that are skewed or come in two kinds.

Source: Krige 1951; Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, sections 2.2 (prediction) and 5.4.2 (leaving
one out).
"""

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Float, Int

from capexmodel.param import param
from capexmodel.types import Scalar

Groups = Int[Array, "run grouping"]
"""Which group of each grouping a run belongs to; a negative number is a group that no other run is in."""
JOINT = 3
"""The grouping, counted from none, whose members share a trend of their own: one model on one chip."""
OUTER = 0
"""The grouping beyond which a trend holds only in part: a family of software."""
_TINY = 1e-12


class Miss(eqx.Module):
    """How misses are shared: typical sizes, in the logarithm of throughput, and the ranges of traits over which they change."""

    group_spread: Float[Array, "grouping"] = param("typical miss that runs of one group share, a ratio", gt=0)
    trend_spread: Scalar = param("typical miss that changes with traits, a ratio", gt=0)
    own_trend_spread: Scalar = param("typical miss that changes with traits within one model on one chip, a ratio", gt=0)
    foreign_share: Scalar = param("share of a trend that holds for other families of software too", gt=0, lt=1)
    noise_spread: Scalar = param("typical miss of a single run, a ratio", gt=0)
    trait_range: Float[Array, "trait"] = param("change of a trait over which a trend fades, as a power of e, a ratio", gt=0)


class Places(eqx.Module):
    """Where runs stand: their traits and their groups."""

    groups: Groups
    traits: Float[Array, "run trait"] = param("sizes and layout of a run, as logarithms; each a ratio")

    def __len__(self) -> int:
        return self.traits.shape[0]


def covariance(miss: Miss, one: Places, other: Places) -> Float[Array, "one other"]:
    """How much of the variance of their misses runs share."""
    joined = (one.groups[:, None, :] == other.groups[None, :, :]) & (one.groups[:, None, :] >= 0)
    joined = joined.astype(miss.group_spread.dtype)
    here, there = (places.traits / miss.trait_range[None, :] for places in (one, other))
    apart = here[:, None, :] - there[None, :, :]
    near = jnp.exp(-jnp.sqrt(jnp.sum(apart * apart, axis=-1) + _TINY))
    kin = miss.foreign_share + (1.0 - miss.foreign_share) * joined[..., OUTER]
    trend = miss.trend_spread**2 * kin + miss.own_trend_spread**2 * joined[..., JOINT]
    return joined @ miss.group_spread**2 + trend * near


def _alone(miss: Miss) -> Array:
    """Variance of one run's miss, but for its noise."""
    return jnp.sum(miss.group_spread**2) + miss.trend_spread**2 + miss.own_trend_spread**2


def noisy(miss: Miss, places: Places) -> Float[Array, "run run"]:
    """Covariance of what is seen of runs: their misses and the noise of each; who is alone in a group has that group's miss too."""
    shared = covariance(miss, places, places)
    alone = jnp.full(len(places), _alone(miss) + miss.noise_spread**2) - jnp.diagonal(shared)
    return shared + jnp.diag(alone)


def improbability(miss: Miss, places: Places, missed: Float[Array, "run"]) -> Array:
    """Minus the logarithm of how probable misses are, up to a constant.

    Source: Rasmussen and Williams 2006, equation 2.30.
    """
    factor = jnp.linalg.cholesky(noisy(miss, places))
    return 0.5 * missed @ cho_solve((factor, True), missed) + jnp.sum(jnp.log(jnp.diagonal(factor)))


class Kriged(eqx.Module):
    """Misses of known runs, ready to be carried to others."""

    miss: Miss
    places: Places
    factor: Float[Array, "run run"] = param("lower triangle whose square is the covariance, a factor")
    weight: Float[Array, "run"] = param("weight of each known run")

    @classmethod
    def of(cls, miss: Miss, places: Places, missed: Float[Array, "run"]) -> "Kriged":
        """Learn from the misses of known runs."""
        factor = jnp.linalg.cholesky(noisy(miss, places))
        return cls(miss, places, factor, cho_solve((factor, True), missed))

    def at(self, places: Places) -> tuple[Float[Array, "run"], Float[Array, "run"]]:
        """Expected miss of other runs, and its standard deviation. Source: Rasmussen and Williams 2006, equations 2.25 and 2.26."""
        shared = covariance(self.miss, places, self.places)
        explained = jnp.sum(shared * cho_solve((self.factor, True), shared.T).T, axis=1)
        variance = _alone(self.miss) + self.miss.noise_spread**2 - explained
        return shared @ self.weight, jnp.sqrt(jnp.maximum(variance, self.miss.noise_spread**2))

    def leaving_one_out(self, missed: Float[Array, "run"]) -> tuple[Float[Array, "run"], Float[Array, "run"]]:
        """Expected miss of each known run from all others, and its standard deviation.

        Source: Rasmussen and Williams 2006, equation 5.12.
        """
        precision = jnp.diagonal(cho_solve((self.factor, True), jnp.eye(len(self.places))))
        return missed - self.weight / precision, jnp.sqrt(1.0 / precision)
