"""Compute by period: what stands and runs, what the core takes, and what is left for runs and experiments."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model import timing
from capexmodel.model.allocation import Allocation
from capexmodel.model.fleet import NEEDS, Stock
from capexmodel.model.scenario import Scenario


class Compute(eqx.Module):
    """Peak compute in the mean of each period."""

    usable_eflops: Float[Array, "site period"]
    core_eflops: Float[Array, "period"]
    run_eflops: Float[Array, "job site period"]
    experiment_eflops: Float[Array, "period"]


def core_eflops(scenario: Scenario) -> Float[Array, "period"]:
    """What core demand takes of the fleet: the core may run at any site, so only the total counts."""
    edges_s, core = scenario.calendar.period_edges_s, scenario.core
    fleet_eflops = jnp.sum(scenario.site.fleet_count @ scenario.accelerator.peak_eflops)
    relief = timing.level(edges_s, core.relief_at_s[None], core.relief_eflops[None])[0]
    return timing.mean(core.demand_eflops(fleet_eflops, edges_s, relief))


def share_out(scenario: Scenario, stock: Stock, allocation: Allocation, quantities: tuple[str, ...] = NEEDS) -> Compute:
    """Give each job its share of every site, and experiments their share of what core and runs leave.

    The core comes first: where it leaves too little, runs shrink in proportion (a kink where that begins).
    """
    usable = timing.mean(stock.usable_eflops(quantities))
    core = core_eflops(scenario)
    wanted = allocation.run_share * usable[None]
    total = jnp.sum(wanted, axis=(0, 1))
    free = jnp.maximum(jnp.sum(usable, axis=0) - core, 0.0)
    asked = total > free
    runs = wanted * jnp.where(asked, free / jnp.where(asked, total, 1.0), 1.0)[None, None]
    experiments = allocation.experiment_share * jnp.maximum(free - total, 0.0)
    return Compute(usable, core, runs, experiments)
