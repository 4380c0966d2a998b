"""What a plan costs: when each dollar is paid, in which account, and the present cost of it all.

Capex, operating cost and acquisitions are three accounts and never mix. Chips and ports are paid as they ship, halls and generation
evenly while they are built.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model import carbon, purchase, timing
from capexmodel.model.allocation import Orders
from capexmodel.model.carbon import Carbon
from capexmodel.model.fleet import Stock
from capexmodel.model.housing import overheads
from capexmodel.model.scenario import Scenario


class Money(eqx.Module):
    """Dollars by period for what the plan decides, by year for what is spoken for, and the totals of each account.

    Chips stand at list price; what is paid above it to have more of them is an item of its own, by vendor. Energy stands at the site's
    price; what a source's costs above or below that is `mix_usd`.
    """

    chips_usd: Float[Array, "accelerator site period"]
    premium_usd: Float[Array, "vendor period"]
    hall_usd: Float[Array, "hall site period"]
    source_usd: Float[Array, "source site period"]
    ports_usd: Float[Array, "site period"]
    committed_usd: Float[Array, "year"]
    reserve_usd: Float[Array, "year"]
    pay_usd: Float[Array, "period"]
    rent_usd: Float[Array, "rental period"]
    energy_usd: Float[Array, "site period"]
    mix_usd: Float[Array, "source site year"]
    carbon_usd: Float[Array, "site year"]
    deals_usd: Float[Array, "deal year"]
    list_capex_usd: Float[Array, "year"]
    premium_capex_usd: Float[Array, "year"]
    operating_usd: Float[Array, "year"]
    acquisition_usd: Float[Array, "year"]

    @property
    def capex_usd(self) -> Float[Array, "year"]:
        """All capital expenditure of a year, premiums above list price included."""
        return self.list_capex_usd + self.premium_capex_usd


def _paid(scenario: Scenario, share: Float[Array, "... edge decision"]) -> Float[Array, "... period decision"]:
    return jnp.diff(share, axis=-2)


def by_year(scenario: Scenario) -> Float[Array, "period year"]:
    """Which share of each period falls in which fiscal year."""
    edges_s, years_s = scenario.calendar.period_edges_s, scenario.calendar.year_edges_s
    start = jnp.maximum(edges_s[:-1, None], years_s[None, :-1])
    end = jnp.minimum(edges_s[1:, None], years_s[None, 1:])
    return jnp.maximum(end - start, 0.0) / jnp.diff(edges_s)[:, None]


def by_year_ordered(scenario: Scenario) -> Float[Array, "decision year"]:
    """Which share of what is paid as it ships falls in which fiscal year, by decision."""
    placed = timing.placed(scenario.calendar.year_edges_s, scenario.calendar.decision_edges_s)
    return jnp.diff(placed, axis=0).T


def committed_usd(scenario: Scenario) -> Float[Array, "year"]:
    """Capex spoken for: what is spent already, halls to complete, and what serves other ends."""
    envelope = scenario.envelope
    return envelope.spent_usd + envelope.completion_usd + envelope.other_share * envelope.high_usd


def average_power_w(scenario: Scenario, stock: Stock) -> Float[Array, "site edge"]:
    """Mean power at the meter: IT load times load factor times annual PUE. The other PUE, of design peak, sizes capacity.

    Halls that are built and have an overhead of their own are taken as full, at the mean load factor of the chips: affine in orders, and
    exact once they are.
    """
    chip, site = scenario.accelerator, scenario.site
    busy = _busy_w(scenario, stock)
    apart = overheads(scenario, site.average_pue, scenario.hall.average_pue)[1:] - site.average_pue[None]
    return busy * site.average_pue[:, None] + jnp.mean(chip.load) * jnp.einsum("ks,kse->se", apart, stock.housing.hall_w[1:])


def _busy_w(scenario: Scenario, stock: Stock) -> Float[Array, "site edge"]:
    chip = scenario.accelerator
    return jnp.sum(stock.chips_count * (chip.it_power_w * chip.load)[:, None, None], axis=0)


def energy_j(scenario: Scenario, stock: Stock) -> Float[Array, "site period"]:
    """Energy billed in each period, of the chips installed."""
    return timing.mean(average_power_w(scenario, stock)) * jnp.diff(scenario.calendar.period_edges_s)[None]


def _year_j(scenario: Scenario, power_w: Float[Array, "*kind site edge"]) -> Float[Array, "*kind site year"]:
    return timing.mean(power_w) @ (by_year(scenario) * jnp.diff(scenario.calendar.period_edges_s)[:, None])


def drawn_j(scenario: Scenario, stock: Stock) -> Float[Array, "site year"]:
    """Energy drawn at each site in each fiscal year, of the chips installed."""
    return energy_j(scenario, stock) @ by_year(scenario)


def footprint(scenario: Scenario, orders: Orders, stock: Stock) -> Carbon:
    """Carbon and water of what stands and what is bought."""
    it_j = _year_j(scenario, _busy_w(scenario, stock))
    return carbon.account(scenario, orders, it_j, drawn_j(scenario, stock))


def source_most_j(scenario: Scenario, stock: Stock) -> Float[Array, "source site year"]:
    """Most energy that sources standing by themselves can give at a site in a year."""
    source = scenario.source
    return (source.use_share * (1.0 - source.site_share))[:, None, None] * _year_j(scenario, stock.sources_w)


def grid_most_j(scenario: Scenario, stock: Stock) -> Float[Array, "site year"]:
    """Most energy in a year that comes through the connection a site has or was promised, and from sources that are like it."""
    source = scenario.source
    alike_w = jnp.sum(stock.sources_w * (source.use_share * source.site_share)[:, None, None], axis=0)
    return _year_j(scenario, stock.connection_w + alike_w)


def _mix_usd(scenario: Scenario, orders: Orders) -> Float[Array, "source site year"]:
    """What energy of sources that stand by themselves costs above the site's price."""
    extra = scenario.source.energy_price_usd_per_j[:, None] - scenario.site.energy_price_usd_per_j[None]
    return orders.energy_j * extra[:, :, None]


def account(scenario: Scenario, orders: Orders, stock: Stock) -> Money:
    """Book every dollar in its account, site, period and year."""
    edges_s, order_edges_s = scenario.calendar.period_edges_s, scenario.calendar.decision_edges_s
    duration_s, year = jnp.diff(edges_s), by_year(scenario)
    shipped = _paid(scenario, timing.placed(edges_s, order_edges_s))
    hall_paid = _paid(scenario, timing.paid_while_building(edges_s, order_edges_s, scenario.hall.build_s))
    source_paid = _paid(scenario, timing.paid_while_building(edges_s, order_edges_s, scenario.source.build_s))
    price_usd = scenario.accelerator.price_usd
    premium = purchase.premium_usd(scenario, purchase.bought_count(scenario, orders.chips_count)) @ shipped.T
    halls_usd = orders.hall_w * scenario.hall.price_usd_per_w[:, None, None]
    sources_usd = orders.source_w * scenario.source.price_usd_per_w[:, None, None]
    ports_usd = orders.ports_count * purchase.port_price_usd(scenario)[:, None]
    shipping_usd = price_usd @ jnp.sum(orders.chips_count, axis=1) + jnp.sum(ports_usd, axis=0)
    pay = timing.mean(stock.heads_count) * duration_s * scenario.staff.pay_usd_per_s
    rent = timing.mean(stock.rented_count) * duration_s[None] * scenario.rental.price_usd_per_s[:, None]
    energy = energy_j(scenario, stock) * scenario.site.energy_price_usd_per_j[:, None]
    deals = (orders.taken * scenario.deal.price_usd)[:, None] * _year_of(scenario, scenario.deal.close_s)
    built = shipped @ shipping_usd + _paid_usd(halls_usd, hall_paid) + _paid_usd(sources_usd, source_paid)
    committed, put_by = committed_usd(scenario), jnp.diff(orders.reserve_usd, prepend=0.0)
    mix, priced = _mix_usd(scenario, orders), carbon.paid_usd(scenario, footprint(scenario, orders, stock))
    operating = (pay + jnp.sum(rent, 0) + jnp.sum(energy, 0)) @ year + jnp.sum(mix, (0, 1)) + jnp.sum(priced, 0)
    return Money(
        chips_usd=jnp.einsum("asd,pd->asp", orders.chips_count * price_usd[:, None, None], shipped),
        premium_usd=premium,
        hall_usd=jnp.einsum("ksd,kpd->ksp", halls_usd, hall_paid),
        source_usd=jnp.einsum("ksd,kpd->ksp", sources_usd, source_paid),
        ports_usd=jnp.einsum("sd,pd->sp", ports_usd, shipped),
        committed_usd=committed,
        reserve_usd=put_by,
        pay_usd=pay,
        rent_usd=rent,
        energy_usd=energy,
        mix_usd=mix,
        carbon_usd=priced,
        deals_usd=deals,
        list_capex_usd=built @ year + committed + put_by,
        premium_capex_usd=jnp.sum(premium, 0) @ year,
        operating_usd=operating,
        acquisition_usd=jnp.sum(deals, 0),
    )


def _paid_usd(ordered_usd: Float[Array, "kind site decision"], paid: Float[Array, "kind period decision"]) -> Float[Array, "period"]:
    return jnp.einsum("kd,kpd->p", jnp.sum(ordered_usd, axis=1), paid)


def _year_of(scenario: Scenario, time_s: Float[Array, "deal"]) -> Float[Array, "deal year"]:
    edges_s = scenario.calendar.year_edges_s
    return ((time_s[:, None] >= edges_s[None, :-1]) & (time_s[:, None] < edges_s[None, 1:])).astype(float)


def discount(scenario: Scenario) -> Float[Array, "year"]:
    """Present worth of a dollar of each year, discounted from the middle of the year."""
    edges_s = scenario.calendar.year_edges_s
    return jnp.exp(-scenario.preference.discount_per_s * 0.5 * (edges_s[1:] + edges_s[:-1]))
