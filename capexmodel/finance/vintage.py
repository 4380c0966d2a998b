"""The price of a chip's system by vintage and day: it declines, memory makes it dearer, early buyers pay more and large ones less.

Leaves out: bargaining beyond the discount by volume, and a supplier's allocation.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param


class Vintage(eqx.Module):
    """Systems by vintage. Each price was told on a day, for one buyer of one lot, with memory at its price of that day."""

    names: tuple[str, ...] = eqx.field(static=True)
    price_usd: Float[Array, "vintage"] = param("price of one chip in its system on the day it was told", gt=0)
    told_at_s: Float[Array, "vintage"] = param("day on which the price was told", dates=True)
    decline_per_s: Float[Array, "vintage"] = param("rate at which the price falls, as a power of e", ge=0)
    memory_share: Float[Array, "vintage"] = param("share of memory in the price that was told", ge=0, lt=1)
    early_share: Float[Array, "vintage"] = param("what the first buyers pay above the price, as a share of it", ge=0)
    early_at_s: Float[Array, "vintage"] = param("day of the first deliveries", dates=True)
    early_s: Float[Array, "vintage"] = param("time in which what early buyers pay more falls to a power of e less", gt=0)
    volume_exponent: Float[Array, "vintage"] = param("power of the lot by which the price falls: none, no discount", ge=0, lt=1)

    def system_usd(
        self, at_s: Float[Array, "vintage"], memory_ratio: Float[Array, "vintage"], lots_ratio: Float[Array, "vintage"]
    ) -> Float[Array, "vintage"]:
        """Price on a day, with memory at some price over that of the day on which the system's was told, for a purchase of so many lots.

        Source: p0 exp(-k (t - t0)) (1 + s (m - 1)) (1 + a exp(-(t - t1) / T)) n^-v. Nobody pays early prices before the first
        deliveries: until then the premium is whole.
        """
        fallen = jnp.exp(-self.decline_per_s * (at_s - self.told_at_s))
        memory = 1.0 + self.memory_share * (memory_ratio - 1.0)
        early = 1.0 + self.early_share * jnp.exp(-jnp.maximum(at_s - self.early_at_s, 0.0) / self.early_s)
        return self.price_usd * fallen * memory * early * jnp.exp(-self.volume_exponent * jnp.log(lots_ratio))


def share_before(share_after: Array, memory_ratio: Array) -> Array:
    """Share of memory in a system's price before memory rose by a factor, from its share after: s / (s + (1 - s) m)."""
    return share_after / (share_after + (1.0 - share_after) * memory_ratio)
