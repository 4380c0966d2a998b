"""The whole chain on one screen: dollars -> orders -> stock -> compute -> models, and the books."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model.allocation import Allocation, Followed, Orders
from capexmodel.model.carbon import Carbon
from capexmodel.model.compute import Compute, share_out
from capexmodel.model.fleet import NEEDS, Stock, fleet
from capexmodel.model.going import go_on
from capexmodel.model.money import Money, account, drawn_j, footprint, source_most_j
from capexmodel.model.pace import Pace, pace
from capexmodel.model.purchase import chips_count, port_price_usd
from capexmodel.model.scenario import Scenario
from capexmodel.model.training import Training, train


class Outcome(eqx.Module):
    """Everything that follows from a scenario and an allocation."""

    orders: Orders
    stock: Stock
    compute: Compute
    training: Training
    money: Money
    carbon: Carbon


def simulate(
    scenario: Scenario, allocation: Allocation | Followed, balances: tuple[str, ...] = NEEDS, speed: Pace | None = None
) -> Outcome:
    """Follow an allocation from dollars to dates, energy and carbon. Pure and differentiable in every number of both.

    Asks nothing about limits: an allocation that breaks the envelope or the supply is simulated all the same (`planning` judges it), but
    chips without a hall, power or a network stand idle. `balances` says which of these three are looked at; `speed` is the pace of runs
    where it is at hand. Of an allocation that is followed late runs go on until they are done.
    """
    plan = allocation.plan if isinstance(allocation, Followed) else allocation
    orders = place(scenario, plan)
    stock = fleet(scenario, orders)
    orders = eqx.tree_at(lambda o: o.energy_j, orders, _given_j(scenario, plan, stock))
    compute = share_out(scenario, stock, plan, balances)
    at = pace(scenario) if speed is None else speed
    runs_eflops = compute.run_eflops
    if isinstance(allocation, Followed):
        compute, runs_eflops = go_on(scenario, at, compute, allocation)
    training = train(scenario, at, stock, runs_eflops, compute.experiment_eflops)
    money = account(scenario, orders, stock)
    return Outcome(_with_compute(orders, compute), stock, compute, training, money, footprint(scenario, orders, stock))


def place(scenario: Scenario, allocation: Allocation) -> Orders:
    """Turn dollars into orders at the prices of the scenario. Compute and energy are not known yet: they are zero here."""
    return Orders(
        chips_count=chips_count(scenario, allocation.chips_usd),
        hall_w=allocation.hall_usd / scenario.hall.price_usd_per_w[:, None, None],
        source_w=allocation.source_usd / scenario.source.price_usd_per_w[:, None, None],
        energy_j=0.0 * allocation.energy_share,
        ports_count=allocation.ports_usd / port_price_usd(scenario)[:, None],
        reserve_usd=allocation.reserve_usd,
        rented_count=allocation.rented_count,
        hires_count=allocation.hires_count,
        taken=allocation.taken,
        run_eflops=0.0 * allocation.run_share,
        experiment_eflops=0.0 * allocation.experiment_share,
    )


def _given_j(scenario: Scenario, allocation: Allocation, stock: Stock) -> Float[Array, "source site year"]:
    """Energy that sources give, cut back evenly where a site draws less. Kink: where it draws just that."""
    asked, drawn = allocation.energy_share * source_most_j(scenario, stock), drawn_j(scenario, stock)
    total = jnp.sum(asked, axis=0)
    over = total > drawn
    return asked * jnp.where(over, drawn / jnp.where(over, total, 1.0), 1.0)[None]


def _with_compute(orders: Orders, compute: Compute) -> Orders:
    chosen = (compute.run_eflops, compute.experiment_eflops)
    return eqx.tree_at(lambda o: (o.run_eflops, o.experiment_eflops), orders, chosen)
