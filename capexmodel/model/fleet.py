"""Orders to stock: what stands at each site at each period edge, and the part of it that has a hall, power and a network."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.asset import Flows, balance, capacity, load
from capexmodel.components.facility import Hall
from capexmodel.components.power import Source
from capexmodel.model import timing
from capexmodel.model.allocation import Orders
from capexmodel.model.housing import Housing, housing
from capexmodel.model.scenario import Scenario

BALANCES = ("it_power_w", "site_power_w", "network_ports_count")
"""What a chip needs to run, each with a balance of its own at every site and period edge."""
NEEDS = (*BALANCES, "rack_density")
"""The same, and a hall that takes its rack."""


class Stock(eqx.Module):
    """What stands where and when, and the flows it gives rise to."""

    chips_count: Float[Array, "accelerator site edge"]
    ports_count: Float[Array, "site edge"]
    rented_count: Float[Array, "rental edge"]
    heads_count: Float[Array, "edge"]
    parts: tuple[Flows, ...]
    rented_eflops: Float[Array, "site edge"]
    housing: Housing
    sources_w: Float[Array, "source site edge"]
    connection_w: Float[Array, "site edge"]

    def balance(self, quantity: str) -> Float[Array, "site edge"]:
        """What is left of a quantity when every load is served; negative: a shortfall. Of power it is that of the site's own overhead,
        with what better halls spare when they are full: affine in orders.
        """
        spared = self.housing.spared_w[0] if quantity == "site_power_w" else 0.0
        return balance(self.parts, quantity) + spared

    def mixed_balance(self) -> Float[Array, "hall site edge"]:
        """The same for power, seen from the overhead of each kind of hall: the least of all is what is left."""
        held = self.housing
        return self.capacity("site_power_w")[None] - held.overhead[1:, :, None] * self.load("it_power_w")[None] + held.spared_w[1:]

    def capacity(self, quantity: str) -> Float[Array, "site edge"]:
        """What is there of a quantity."""
        return capacity(self.parts, quantity)

    def load(self, quantity: str) -> Float[Array, "site edge"]:
        """What is drawn of a quantity; of power by the most efficient halls first."""
        if quantity != "site_power_w":
            return load(self.parts, quantity)
        return jnp.max(self.housing.overhead[:, :, None] * self.load("it_power_w")[None] - self.housing.spared_w, axis=0)

    def served(self, quantities: tuple[str, ...] = NEEDS) -> Float[Array, "site edge"]:
        """Share of the chips that can run: the scarcest of hall, power and network. Kink: where the scarcest one changes."""
        shares = [self._share(q) for q in BALANCES if q in quantities]
        return jnp.min(jnp.stack([jnp.ones_like(self.ports_count), *shares]), axis=0)

    def _share(self, quantity: str) -> Float[Array, "site edge"]:
        if quantity != "site_power_w":
            return _share(self.capacity(quantity), self.load(quantity))
        held, load = self.housing, self.load("it_power_w")
        shares = _share(self.capacity(quantity)[None] + held.spared_w, held.overhead[:, :, None] * load[None])
        return jnp.min(shares, axis=0)

    def installed_eflops(self) -> Float[Array, "site edge"]:
        """Peak compute that stands at each site, own and rented, powered or not."""
        return self.balance("compute_eflops") + self.rented_eflops

    def usable_eflops(self, quantities: tuple[str, ...] = NEEDS) -> Float[Array, "site edge"]:
        """Peak compute of the chips that run."""
        unfit = self.housing.unfit_eflops if "rack_density" in quantities else 0.0
        return (self.balance("compute_eflops") - unfit) * self.served(quantities) + self.rented_eflops


def _share(capacity: Array, load: Array) -> Array:
    wanted = load > 0
    return jnp.where(wanted, jnp.minimum(capacity / jnp.where(wanted, load, 1.0), 1.0), 1.0)


def fleet(scenario: Scenario, orders: Orders) -> Stock:
    """Carry orders through their lead times to the stock at every period edge.

    Leaves out: retirement, and transfers between sites.
    """
    edges_s, order_edges_s = scenario.calendar.period_edges_s, scenario.calendar.decision_edges_s
    chip, site = scenario.accelerator, scenario.site
    arrived = timing.delivered(edges_s, order_edges_s, chip.install_s, chip.install_spread)
    chips = site.fleet_count.T[:, :, None] + jnp.einsum("asd,aed->ase", orders.chips_count, arrived)
    kinds = site.network_index(scenario.network.names)
    wired = timing.delivered(edges_s, order_edges_s, scenario.network.install_s, scenario.network.install_spread)[kinds]
    ports = jnp.sum(site.fleet_count, axis=1)[:, None] + jnp.einsum("sd,sed->se", orders.ports_count, wired)
    rented = _rented(scenario, orders)
    halls_w = _built(scenario.hall, edges_s, order_edges_s, orders.hall_w)
    sources_w = _built(scenario.source, edges_s, order_edges_s, orders.source_w)
    promised = _promised(scenario)
    parts = flows(scenario, chips, ports, halls_w, sources_w, promised)
    housed = housing(scenario, chips, halls_w, promised[0])
    rented_eflops = _rented_eflops(scenario, rented)
    return Stock(chips, ports, rented, _heads(scenario, orders), parts, rented_eflops, housed, sources_w, promised[1])


def flows(
    scenario: Scenario, chips_count: Array, ports_count: Array, halls_w: Array, sources_w: Array, promised_w: tuple[Array, Array]
) -> tuple[Flows, ...]:
    """What everything that stands gives and takes."""
    used = scenario.accelerator.flows(chips_count)
    return (
        used,
        scenario.network.flows(ports_count),
        scenario.hall.flows(halls_w),
        scenario.source.flows(sources_w),
        scenario.site.flows(promised_w),
        scenario.site.overhead(used.takes["it_power_w"]),
    )


def _built(kind: Hall | Source, edges_s: Array, order_edges_s: Array, orders_w: Array) -> Array:
    ready = timing.delivered(edges_s, order_edges_s, kind.build_s, kind.build_spread)
    return jnp.einsum("ksd,ked->kse", orders_w, ready)


def _promised(scenario: Scenario) -> tuple[Array, Array]:
    """Halls and power in place or promised, each stage as late as the site's slip; power also by a slip of its own."""
    edges_s, site = scenario.calendar.period_edges_s, scenario.site
    late = site.slip_s[:, None]
    halls = timing.level(edges_s, site.hall_at_s + late, site.hall_power_w)
    return halls, timing.level(edges_s, site.site_at_s + late + site.power_slip_s[:, None], site.site_power_w)


def _rented(scenario: Scenario, orders: Orders) -> Float[Array, "rental edge"]:
    edges_s, market = scenario.calendar.period_edges_s, scenario.rental
    ready = timing.delivered(edges_s, scenario.calendar.decision_edges_s, market.install_s, market.install_spread)
    return timing.level(edges_s, market.contracted_at_s, market.contracted_count) + jnp.einsum("rd,red->re", orders.rented_count, ready)


def _rented_eflops(scenario: Scenario, rented: Float[Array, "rental edge"]) -> Float[Array, "site edge"]:
    market = scenario.rental
    peaks = [scenario.accelerator.peak_eflops[scenario.accelerator.names.index(name)] for name in market.accelerator]
    total = jnp.zeros((len(scenario.site.names), scenario.calendar.period_edges_s.size))
    for row, (place, peak) in enumerate(zip(market.site, peaks, strict=True)):
        total = total.at[scenario.site.names.index(place)].add(rented[row] * peak)
    return total


def _heads(scenario: Scenario, orders: Orders) -> Float[Array, "edge"]:
    """Research staff: those who stay, those hired since, and those who came with a company."""
    edges_s, staff, deal = scenario.calendar.period_edges_s, scenario.staff, scenario.deal
    stayed = staff.headcount_count * jnp.exp(-staff.attrition_per_s * edges_s)
    hired = timing.surviving(edges_s, scenario.calendar.decision_edges_s, staff.attrition_per_s) @ orders.hires_count
    joined = jnp.clip((edges_s[:, None] - deal.close_s[None, :]) / deal.integration_s[None, :], 0.0, 1.0)
    brought = joined @ (orders.taken * deal.heads_count * deal.retention * deal.clearance)
    return stayed + hired + brought


def equivalents(scenario: Scenario, chips_count: Float[Array, "accelerator *rest"], name: str) -> Float[Array, "*rest"]:
    """A fleet counted in chips of one type, by peak compute in the scenario's precision. Leaves out memory and bandwidth."""
    peak = scenario.accelerator.peak_eflops
    return jnp.tensordot(peak / peak[scenario.accelerator.names.index(name)], chips_count, axes=1)
