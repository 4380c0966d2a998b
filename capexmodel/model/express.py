"""Orders to an allocation: the same plan in dollars and shares, so that simulating it gives the same orders back."""

import jax.numpy as jnp

from capexmodel.model import timing
from capexmodel.model.allocation import Allocation, Orders
from capexmodel.model.compute import core_eflops
from capexmodel.model.fleet import NEEDS, fleet
from capexmodel.model.money import source_most_j
from capexmodel.model.purchase import chips_usd, port_price_usd
from capexmodel.model.scenario import Scenario


def express(scenario: Scenario, orders: Orders, balances: tuple[str, ...] = NEEDS) -> Allocation:
    """Price orders and turn compute into shares of what runs. A share of nothing is zero."""
    stock = fleet(scenario, orders)
    usable = timing.mean(stock.usable_eflops(balances))
    free = jnp.sum(usable, axis=0) - core_eflops(scenario) - jnp.sum(orders.run_eflops, axis=(0, 1))
    most = source_most_j(scenario, stock)
    return Allocation(
        chips_usd=chips_usd(scenario, orders.chips_count),
        hall_usd=orders.hall_w * scenario.hall.price_usd_per_w[:, None, None],
        source_usd=orders.source_w * scenario.source.price_usd_per_w[:, None, None],
        energy_share=jnp.where(most > 0, orders.energy_j / jnp.where(most > 0, most, 1.0), 0.0),
        ports_usd=orders.ports_count * port_price_usd(scenario)[:, None],
        reserve_usd=orders.reserve_usd,
        rented_count=orders.rented_count,
        hires_count=orders.hires_count,
        taken=orders.taken,
        run_share=jnp.where(usable > 0, orders.run_eflops / jnp.where(usable > 0, usable, 1.0)[None], 0.0),
        experiment_share=jnp.where(free > 0, orders.experiment_eflops / jnp.where(free > 0, free, 1.0), 0.0),
    )
