"""The network of a cluster: how many switches, cables and optics so many chips need, what they cost, and what a chip sees of it.

A fat tree (folded Clos) of any number of tiers, each of its own switch and oversubscription, above domains of chips that talk much faster
(scale-up). Its switches may be cabled node by node or rail by rail: the same bill, but a group with one chip of each node meets lower
down. Counts come smooth, by endpoint, for planning and slopes, and whole, for a purchase. Leaves out: congestion and uneven hashing,
links that are down, more bandwidth above than below (undersubscription), management and storage networks, and network cards.

Source: Leiserson, IEEE Transactions on Computers C-34 (1985) (fat trees); Al-Fares, Loukissas and Vahdat, SIGCOMM 2008, section 3 (of
equal switches); NVIDIA, DGX SuperPOD reference architecture (rails); Grattafiori et al. 2024, arXiv 2407.21783, section 3.3.1 (an example).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar

_WITHIN = 1e-9
"""Of a whole port: rounding of ratios such as five to three must not lose one."""


class ScaleUp(eqx.Module):
    """The domain beneath the tree: chips that see each other at a bandwidth of their own, such as a node or a rack."""

    chips_count: Scalar = param("chips of one domain", gt=0)
    chip_gb_per_s: Scalar = param("bandwidth of a chip inside its domain, each way", gt=0)
    latency_s: Scalar = param("time of the smallest message inside a domain", ge=0)


class Bill(eqx.Module):
    """What a network is built of, by tier; the cables of a tier are those beneath its switches."""

    switches_count: Float[Array, "tier"] = param("switches of a tier", ge=0)
    ports_count: Float[Array, "tier"] = param("switch ports of a tier that hold a cable", ge=0)
    cables_count: Float[Array, "tier"] = param("cables into a tier from beneath", ge=0)
    transceivers_count: Float[Array, "tier"] = param("optical transceivers at the ends of those cables", ge=0)


class Ladder(eqx.Module):
    """What collectives need to know of a network: by tier, from the nearest chips to the farthest, how many there are and how they talk."""

    reach_count: Float[Array, "tier"] = param("chips that meet at a tier or below", gt=0)
    chip_gb_per_s: Float[Array, "tier"] = param("bandwidth of a chip to chips it meets at a tier while all talk, each way", gt=0)
    latency_s: Float[Array, "tier"] = param("time of the smallest message to chips met at a tier", ge=0)

    def apart(self, chips_count: Scalar) -> "Ladder":
        """The same network as a group sees it whose members are so many chips apart: one chip of each node, or of each model replica."""
        return Ladder(jnp.maximum(self.reach_count / chips_count, 1.0), self.chip_gb_per_s, self.latency_s)

    def all_reduce_s(self, data_gb: Scalar, members_count: Scalar) -> Array:
        """Time until all members of a group hold the sum of what each held: tier by tier up, each with the part that is left, and back.

        Members sit as near each other as they can; those beyond the last tier are not there. A kink where a group begins to need a tier.
        """
        met = jnp.minimum(members_count, self.reach_count)
        before = jnp.concatenate([jnp.ones(1), met[:-1]])
        return jnp.sum(all_reduce_s(data_gb / before, met / before, self.chip_gb_per_s, self.latency_s))


class FatTree(eqx.Module):
    """A fat tree, from the leaf switches up. A chip has one port on each of a number of equal planes."""

    radix_count: Float[Array, "tier"] = param("ports of a switch of a tier", gt=0)
    oversubscription_ratio: Float[Array, "tier-1"] = param("bandwidth into a tier's switches from beneath over that upward", ge=1)
    planes_count: Scalar = param("equal trees side by side, each with one port of every chip", gt=0, default=1.0)
    port_gb_per_s: Scalar = param("bandwidth of a port, each way", gt=0)
    switch_s: Float[Array, "tier"] = param("time a message takes through a switch of a tier", ge=0)
    cable_s: Float[Array, "tier"] = param("time a message takes through a cable beneath a tier, transceivers included", ge=0)
    card_s: Scalar = param("time a message takes through the network cards and software of both ends", ge=0)
    switch_usd: Float[Array, "tier"] = param("price of a switch of a tier", ge=0)
    switch_w: Float[Array, "tier"] = param("power of a switch of a tier, without transceivers", ge=0)
    cable_transceivers_count: Float[Array, "tier"] = param("optical transceivers of a cable beneath a tier: 2, or none of copper", ge=0)
    cable_usd: Float[Array, "tier"] = param("price of a cable beneath a tier, without transceivers", ge=0)
    transceiver_usd: Float[Array, "tier"] = param("price of a transceiver beneath a tier", ge=0)
    transceiver_w: Float[Array, "tier"] = param("power of a transceiver beneath a tier", ge=0)

    @property
    def up_count(self) -> Float[Array, "tier"]:
        """Ports of a switch that lead up: none at the top."""
        return jnp.append(self.radix_count[:-1] / (1.0 + self.oversubscription_ratio), 0.0)

    @property
    def down_count(self) -> Float[Array, "tier"]:
        """Ports of a switch that lead down."""
        return self.radix_count - self.up_count

    @property
    def links_share(self) -> Float[Array, "tier"]:
        """Cables beneath a tier for one at the bottom; so also the share of its port that a chip has there while all talk."""
        return jnp.cumprod(jnp.append(1.0, 1.0 / self.oversubscription_ratio))

    @property
    def reach_count(self) -> Float[Array, "tier"]:
        """Most chips that meet at a tier or below; the last is the largest tree: k^3 / 4 of three tiers, k^2 / 2 of two.

        Source: Al-Fares et al. 2008, section 3.
        """
        return jnp.cumprod(self.down_count)

    @property
    def chip_gb_per_s(self) -> Float[Array, "tier"]:
        """Bandwidth of a chip, all planes together, to chips it meets at a tier while all others talk that far."""
        return self.planes_count * self.port_gb_per_s * self.links_share

    @property
    def latency_s(self) -> Float[Array, "tier"]:
        """Time of the smallest message to a chip met at a tier: up and down all cables and switches, once through the highest."""
        passed = 2.0 * jnp.cumsum(self.cable_s + self.switch_s) - self.switch_s
        return passed + self.card_s

    def bisection_gb_per_s(self, chips_count: Scalar) -> Array:
        """Bandwidth between one half of the chips and the other, each way, where the tree is as high as they need."""
        return 0.5 * chips_count * self.chip_gb_per_s[-1]

    def bill(self, chips_count: Scalar) -> Bill:
        """The share of a tree that so many chips use: smooth, and exact where they fill whole switches.

        Source: Al-Fares et al. 2008, section 3: 5 k^2 / 4 switches for k^3 / 4 hosts; of two tiers 3 k / 2 for k^2 / 2.
        """
        cables = chips_count * self.links_share
        return self._planes(cables / self.down_count, cables)

    def whole_bill(self, chips_count: Scalar) -> Bill:
        """Whole switches for so many chips, with all cables of a switch that is there; parallel cables where a tree is not full.

        Ports are whole too: where a ratio does not divide a switch, the ports left over stay empty. Has no slopes.
        """
        up = jnp.floor(self.up_count + _WITHIN)
        down = jnp.floor(jnp.append(up[:-1] * self.oversubscription_ratio, self.radix_count[-1]) + _WITHIN)
        switches, cables = [], [jnp.ceil(chips_count)]
        for tier in range(self.radix_count.size):
            switches.append(jnp.ceil(cables[tier] / down[tier]))
            cables.append(switches[tier] * up[tier])
        return self._planes(jnp.stack(switches), jnp.stack(cables[:-1]))

    def _planes(self, switches_count: Array, cables_count: Array) -> Bill:
        """The bill of all planes from switches and cables of one."""
        ports = cables_count + jnp.append(cables_count[1:], 0.0)
        counts = (switches_count, ports, cables_count, cables_count * self.cable_transceivers_count)
        return Bill(*(self.planes_count * count for count in counts))

    def cost_usd(self, bill: Bill) -> Array:
        """Price of what is on a bill."""
        cables = bill.cables_count * self.cable_usd + bill.transceivers_count * self.transceiver_usd
        return jnp.sum(bill.switches_count * self.switch_usd + cables)

    def power_w(self, bill: Bill) -> Array:
        """Power of what is on a bill."""
        return jnp.sum(bill.switches_count * self.switch_w + bill.transceivers_count * self.transceiver_w)

    def ladder(self, domain: ScaleUp) -> Ladder:
        """The network of a chip where nodes are cabled one by one, all chips of a node to the same leaf switch."""
        return self._ladder(domain, jnp.maximum(self.reach_count, domain.chips_count))

    def rail_ladder(self, domain: ScaleUp) -> Ladder:
        """The network of a chip where the first chips of nodes share a leaf switch, the second another, and so on, one rail each.

        As many nodes as a leaf switch has ports down meet there, each with all its chips: chips of the same rank one switch apart, others
        by way of the domain. Above the leaves a tree is what it is. Source: NVIDIA, DGX SuperPOD, "compute fabric".
        """
        return self._ladder(domain, jnp.maximum(self.reach_count, self.down_count[0] * domain.chips_count))

    def _ladder(self, domain: ScaleUp, reach_count: Array) -> Ladder:
        """The domain beneath the tiers of the tree."""
        return Ladder(
            jnp.append(domain.chips_count, reach_count),
            jnp.append(domain.chip_gb_per_s, self.chip_gb_per_s),
            jnp.append(domain.latency_s, self.latency_s),
        )


def all_reduce_s(
    data_gb: Float[Array, "*#tier"],
    members_count: Float[Array, "*#tier"],
    gb_per_s: Float[Array, "*#tier"],
    latency_s: Float[Array, "*#tier"],
) -> Array:
    """Time until each of p members holds the sum of V bytes of each: 2 (1 - 1/p) V / bandwidth + 2 log2(p) latency; nothing for one.

    Leaves out the time of adding. Source: Thakur, Rabenseifner and Gropp, International Journal of High Performance Computing Applications
    19 (2005), section 4.5 (reduce-scatter by halving, then all-gather by doubling).
    """
    moved = 2.0 * (1.0 - 1.0 / members_count) * data_gb
    return moved / gb_per_s + 2.0 * jnp.log2(members_count) * latency_s
