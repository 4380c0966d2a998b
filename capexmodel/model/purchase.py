"""Dollars to orders and back: list prices, and the premium a vendor asks beyond its offer."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model import timing
from capexmodel.model.scenario import Scenario


def vendor_matrix(scenario: Scenario) -> Float[Array, "vendor accelerator"]:
    """Which vendor makes which chip, as ones and zeros."""
    makers = scenario.accelerator.vendor
    return jnp.asarray(np.array([[float(v == maker) for maker in makers] for v in scenario.supply.names]).reshape(-1, len(makers)))


def offered_count(scenario: Scenario) -> Float[Array, "vendor decision"]:
    """Chips each vendor offers at list price in each decision interval."""
    return timing.volume(scenario.calendar.decision_edges_s, scenario.supply.offered_at_s, scenario.supply.offered_count_per_s)


def available_count(scenario: Scenario) -> Float[Array, "accelerator decision"]:
    """Most chips of each type that can be had in each decision interval, at any price: none before a chip is built."""
    edges_s = scenario.calendar.decision_edges_s
    share = timing.volume(edges_s, scenario.accelerator.share_at_s, scenario.accelerator.share) / jnp.diff(edges_s)[None]
    most = offered_count(scenario) * (1.0 + scenario.supply.stretch[:, None])
    return share * jnp.einsum("vd,va->ad", most, vendor_matrix(scenario))


def list_usd(scenario: Scenario) -> Float[Array, "vendor one"]:
    """Mean list price of each vendor's chips: the price its premium is reckoned on."""
    makers = vendor_matrix(scenario)
    return (makers @ scenario.accelerator.price_usd / jnp.maximum(jnp.sum(makers, axis=1), 1.0))[:, None]


def bought_count(scenario: Scenario, chips_count: Float[Array, "accelerator site decision"]) -> Float[Array, "vendor decision"]:
    """Chips bought of each vendor in each decision interval."""
    return vendor_matrix(scenario) @ jnp.sum(chips_count, axis=1)


def premium_usd(scenario: Scenario, bought: Float[Array, "vendor decision"]) -> Float[Array, "vendor decision"]:
    """Dollars paid above list price."""
    return scenario.supply.premium_usd(bought, offered_count(scenario), list_usd(scenario))


def chips_usd(scenario: Scenario, chips_count: Float[Array, "accelerator site decision"]) -> Float[Array, "accelerator site decision"]:
    """What chips cost: list price, and a share of the vendor's premium in proportion to it."""
    makers = vendor_matrix(scenario)
    at_list = chips_count * scenario.accelerator.price_usd[:, None, None]
    total = makers @ jnp.sum(at_list, axis=1)
    extra = premium_usd(scenario, bought_count(scenario, chips_count)) / jnp.where(total > 0, total, 1.0)
    return at_list * (1.0 + jnp.einsum("vd,va->ad", extra, makers)[:, None, :])


def chips_count(scenario: Scenario, spend_usd: Float[Array, "accelerator site decision"]) -> Float[Array, "accelerator site decision"]:
    """What dollars buy: the inverse of `chips_usd`."""
    makers = vendor_matrix(scenario)
    at_list = spend_usd / scenario.accelerator.price_usd[:, None, None]
    wanted = makers @ (jnp.sum(spend_usd, axis=1) / scenario.accelerator.price_usd[:, None])
    had = scenario.supply.count(makers @ jnp.sum(spend_usd, axis=1), wanted, offered_count(scenario), list_usd(scenario))
    kept = had / jnp.where(wanted > 0, wanted, 1.0)
    return at_list * jnp.einsum("vd,va->ad", kept, makers)[:, None, :]


def port_price_usd(scenario: Scenario) -> Float[Array, "site"]:
    """Price of a network port at each site, by the kind of network it has."""
    return scenario.network.price_usd[scenario.site.network_index(scenario.network.names)]
