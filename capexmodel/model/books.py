"""The books of a plan: what is in service when, what is written off of it by year, what that does to the result, and idle chips.

Leaves out: what stood before the plan began, whose age is not known, and what the plan does not decide (land, offices, what is committed).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.finance.depreciation import StraightLine
from capexmodel.model import purchase, timing
from capexmodel.model.allocation import Orders
from capexmodel.model.fleet import BALANCES, Stock
from capexmodel.model.money import Money
from capexmodel.model.scenario import Scenario
from capexmodel.types import Scalar


class InService(eqx.Module):
    """Cost of what a plan bought that is in service at each period edge, and of what it ordered in all, by class: servers with their
    network and premiums, and buildings with their generation."""

    edges_usd: Float[Array, "class edge"]
    ordered_usd: Float[Array, "class"]

    @property
    def later_usd(self) -> Float[Array, "class"]:
        """What is in service only after the horizon."""
        return self.ordered_usd - self.edges_usd[:, -1]


def in_service(scenario: Scenario, orders: Orders) -> InService:
    """Carry what was paid for through lead times to the day from which it serves. A premium serves with its vendor's chips."""
    edges_s, order_edges_s, chip = scenario.calendar.period_edges_s, scenario.calendar.decision_edges_s, scenario.accelerator
    chips_usd = jnp.sum(orders.chips_count, axis=1) * chip.price_usd[:, None]
    premium_usd = purchase.premium_usd(scenario, purchase.bought_count(scenario, orders.chips_count))
    vendors = purchase.vendor_matrix(scenario)
    bought_usd = vendors @ chips_usd
    lift = jnp.where(bought_usd > 0, premium_usd / jnp.where(bought_usd > 0, bought_usd, 1.0), 0.0)
    systems_usd = chips_usd * (1.0 + vendors.T @ lift)
    arrived = timing.delivered(edges_s, order_edges_s, chip.install_s, chip.install_spread)
    kinds = scenario.site.network_index(scenario.network.names)
    wired = timing.delivered(edges_s, order_edges_s, scenario.network.install_s, scenario.network.install_spread)[kinds]
    ports_usd = orders.ports_count * purchase.port_price_usd(scenario)[:, None]
    servers = jnp.einsum("ad,aed->e", systems_usd, arrived) + jnp.einsum("sd,sed->e", ports_usd, wired)
    buildings, ordered = jnp.zeros_like(servers), jnp.zeros(())
    for kind, orders_w in ((scenario.hall, orders.hall_w), (scenario.source, orders.source_w)):
        usd = jnp.sum(orders_w, axis=1) * kind.price_usd_per_w[:, None]
        ready = timing.delivered(edges_s, order_edges_s, kind.build_s, kind.build_spread)
        buildings, ordered = buildings + jnp.einsum("kd,ked->e", usd, ready), ordered + jnp.sum(usd)
    return InService(jnp.stack([servers, buildings]), jnp.stack([jnp.sum(systems_usd) + jnp.sum(ports_usd), ordered]))


def depreciate(
    scenario: Scenario, held: InService, server_life_s: Scalar, building_life_s: Scalar, at_s: Float[Array, "time"]
) -> Float[Array, "class time"]:
    """Depreciation charged up to some times, straight from the day in service, within each period evenly."""
    whole, none = jnp.ones(1), jnp.zeros(1)
    charged = [
        StraightLine(whole, none, jnp.reshape(life_s, (1,))).charged_usd(jnp.diff(usd), scenario.calendar.period_edges_s, at_s)[0]
        for usd, life_s in zip(held.edges_usd, (server_life_s, building_life_s), strict=True)
    ]
    return jnp.stack(charged)


class Accounts(eqx.Module):
    """What a plan does to a company's accounts by fiscal year, for several lives of servers. There is no revenue: a result is a cost.

    Leaves out: revenue, taxes and interest, acquisitions, what is committed whatever is chosen, and depreciation of what stood before.
    """

    depreciation_usd: Float[Array, "life class year"]
    ordered_usd: Float[Array, "class"]
    later_usd: Float[Array, "class"]
    capex_usd: Float[Array, "year"]
    operating_usd: Float[Array, "year"]

    @property
    def left_usd(self) -> Float[Array, "life class"]:
        """What is written off only after the horizon, of what is ordered."""
        return self.ordered_usd[None] - jnp.sum(self.depreciation_usd, axis=2)

    @property
    def result_usd(self) -> Float[Array, "life year"]:
        """Effect on the operating result: less operating cost, less depreciation."""
        return -self.operating_usd[None] - jnp.sum(self.depreciation_usd, axis=1)

    @property
    def free_cash_usd(self) -> Float[Array, "year"]:
        """Effect on free cash flow: less operating cost, less capex as it is paid. No life of anything changes it."""
        return -self.operating_usd - self.capex_usd


def accounts(scenario: Scenario, orders: Orders, money: Money, lives_s: Float[Array, "life"], building_life_s: Scalar) -> Accounts:
    """Write the books of a plan for several lives of servers.

    Money set aside for the next year is no cash out: capex here is what is paid for chips, premiums, ports, halls and generation.
    """
    held, at_s = in_service(scenario, orders), scenario.calendar.year_edges_s
    charged = jax.vmap(lambda life_s: depreciate(scenario, held, life_s, building_life_s, at_s))(lives_s)
    paid = money.capex_usd - money.committed_usd - money.reserve_usd
    return Accounts(jnp.diff(charged, axis=2), held.ordered_usd, held.later_usd, paid, money.operating_usd)


class Stranded(eqx.Module):
    """Chips that stand idle at each site and period edge for want of a hall, power or a network, and what they cost by time."""

    chips_count: Float[Array, "site edge"]
    scarcest: Array
    cost_usd_per_s: Float[Array, "site edge"]


def stranded(scenario: Scenario, stock: Stock, server_life_s: Scalar) -> Stranded:
    """Chips without what they need, priced at list over their life; `scarcest` numbers what is shortest among the balances.

    Source: idle share = 1 - served; cost = idle share x list price / life (straight line).
    """
    idle = 1.0 - stock.served()
    cover = jnp.stack([_covered(stock, quantity) for quantity in BALANCES])
    value_usd = jnp.sum(stock.chips_count * scenario.accelerator.price_usd[:, None, None], axis=0)
    return Stranded(idle * jnp.sum(stock.chips_count, axis=0), jnp.argmin(cover, axis=0), idle * value_usd / server_life_s)


def _covered(stock: Stock, quantity: str) -> Float[Array, "site edge"]:
    load = stock.load(quantity)
    return jnp.where(load > 0, stock.capacity(quantity) / jnp.where(load > 0, load, 1.0), jnp.inf)
