"""What a watt of AI data center costs, from its parts: chips in their systems, network, storage, spares, halls, generation.

Published figures of dollars a gigawatt differ in what a gigawatt is (IT load, or all a site draws), in which parts they count, and in
the day of their prices. Each is a `Build` here, so that the walk from one to another can be made assumption by assumption.
Leaves out: land, soft cost, contingency, and financing during construction.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Parts(eqx.Module):
    """Cost by part of one watt."""

    systems_usd_per_w: Array = param("chips in their servers and racks, spares and installation included", ge=0)
    network_usd_per_w: Array = param("switches, cables and optics between systems", ge=0)
    storage_usd_per_w: Array = param("storage beside the systems", ge=0)
    halls_usd_per_w: Array = param("shell, cooling and electrical plant", ge=0)
    generation_usd_per_w: Array = param("generation on the site", ge=0)

    @property
    def cost_usd_per_w(self) -> Array:
        """All of it."""
        return self.it_usd_per_w + self.halls_usd_per_w + self.generation_usd_per_w

    @property
    def it_usd_per_w(self) -> Array:
        """What stands in the halls."""
        return self.systems_usd_per_w + self.network_usd_per_w + self.storage_usd_per_w


class Build(eqx.Module):
    """What one watt of a data center is built of, and which watt that is."""

    system_usd: Scalar = param("price of one chip in its system on the day it was told", gt=0)
    system_at_s: Scalar = param("day on which the price of systems was told", dates=True)
    network_usd: Scalar = param("price of the network for one chip on the day it was told", ge=0)
    network_at_s: Scalar = param("day on which the price of the network was told", dates=True)
    built_at_s: Scalar = param("day for whose prices it is built", dates=True)
    decline_per_s: Scalar = param("rate at which prices of systems and network fall, as a power of e", ge=0)
    storage_usd: Scalar = param("storage for one chip", ge=0)
    spares_share: Scalar = param("spares and installation as a share of systems", ge=0)
    chip_w: Scalar = param("peak IT power of one chip with its share of host, rack and network", gt=0)
    hall_usd_per_w: Scalar = param("construction cost of one watt of IT load", ge=0)
    generation_usd_per_w: Scalar = param("generation on the site for one watt of what it draws", ge=0)
    overhead_ratio: Scalar = param("site over IT power at peak", ge=1)
    site_share: Scalar = param(
        "share of the overhead that is counted: none where a watt is one of IT, all where it is one of site", ge=0, le=1
    )

    def parts(self) -> Parts:
        """Cost of one counted watt, by part."""
        counted = 1.0 + self.site_share * (self.overhead_ratio - 1.0)
        chips = 1.0 / (self.chip_w * counted)
        systems = self.system_usd * (1.0 + self.spares_share) * jnp.exp(-self.decline_per_s * (self.built_at_s - self.system_at_s))
        network = self.network_usd * jnp.exp(-self.decline_per_s * (self.built_at_s - self.network_at_s))
        generation = self.generation_usd_per_w * self.overhead_ratio / counted
        return Parts(chips * systems, chips * network, chips * self.storage_usd, self.hall_usd_per_w / counted, generation)

    def cost_usd_per_w(self) -> Array:
        """Cost of one counted watt."""
        return self.parts().cost_usd_per_w


ASSUMPTIONS = {
    "price of systems": ("system_usd", "system_at_s"),
    "price of the network": ("network_usd", "network_at_s"),
    "day of prices": ("built_at_s", "decline_per_s"),
    "storage": ("storage_usd",),
    "spares and installation": ("spares_share",),
    "power of a chip": ("chip_w",),
    "price of halls": ("hall_usd_per_w",),
    "generation": ("generation_usd_per_w",),
    "overhead of the site": ("overhead_ratio",),
    "which watt is counted": ("site_share",),
}
"""What two builds may differ in, by the fields that say it."""


def walk(start: Build, end: Build) -> Float[Array, "assumption"]:
    """What each assumption adds on the way from the cost of one build to that of another; the sum is the whole difference."""
    count = len(ASSUMPTIONS)
    owner = {field: bit for bit, fields in enumerate(ASSUMPTIONS.values()) for field in fields}

    def cost(subset: Array) -> Array:
        taken = {field: (subset >> bit) & 1 for field, bit in owner.items()}
        mixed = {field: jnp.where(taken[field] == 1, getattr(end, field), getattr(start, field)) for field in owner}
        return Build(**mixed).cost_usd_per_w()

    return shapley(jax.vmap(cost)(jnp.arange(1 << count)), count)


def shapley(totals: Float[Array, "subset"], count: int) -> Float[Array, "{count}"]:
    """What each of some changes does to a total, on average over all orders in which they may be made: the parts add up to the whole.

    `totals` is the total after each subset of changes, the subset with change k being numbered with bit k. Source: Shapley 1953, A value
    for n-person games: a change that joins a subset of s others of n weighs s! (n - s - 1)! / n!.
    """
    subsets, changes = jnp.arange(1 << count)[:, None], jnp.arange(count)[None, :]
    outside = (subsets >> changes) & 1 == 0
    size = jnp.sum(~outside, axis=1)
    log_factorial = jnp.concatenate([jnp.zeros(1), jnp.cumsum(jnp.log(jnp.arange(1.0, count + 1.0)))])
    weight = jnp.exp(log_factorial[size] + log_factorial[jnp.maximum(count - size - 1, 0)] - log_factorial[count])
    gains = totals[subsets | (1 << changes)] - totals[:, None]
    return jnp.sum(jnp.where(outside, weight[:, None] * gains, 0.0), axis=0)
