"""What follows from orders, and from an allocation, by programs that are kept between processes."""

import equinox as eqx

from capexmodel.model.allocation import Allocation, Orders
from capexmodel.model.carbon import Carbon
from capexmodel.model.compute import Compute
from capexmodel.model.express import express
from capexmodel.model.fleet import NEEDS, Stock, flows
from capexmodel.model.money import Money
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome, place, simulate
from capexmodel.model.training import Training
from capexmodel.solvers.kept import blank, kept


def _like(scenario: Scenario, orders: Orders) -> Outcome:
    """Something shaped as an outcome: only the flows of a stock depend on more than its class."""
    ports, chips = orders.ports_count, orders.chips_count
    parts = eqx.filter_eval_shape(flows, scenario, chips, ports, orders.hall_w, orders.source_w, (ports, ports))
    stock = eqx.tree_at(lambda s: s.parts, blank(Stock), parts)
    return Outcome(blank(Orders), stock, blank(Compute), blank(Training), blank(Money), blank(Carbon))


@kept(like=lambda scenario, speed, orders, balances: (blank(Allocation), _like(scenario, orders)))
def follow_orders(scenario: Scenario, speed: Pace, orders: Orders, balances: tuple[str, ...]) -> tuple[Allocation, Outcome]:
    """Express orders as dollars and shares, and simulate those."""
    allocation = express(scenario, orders, balances)
    return allocation, simulate(scenario, allocation, balances, speed)


@kept(like=lambda scenario, allocation, *rest: _like(scenario, eqx.filter_eval_shape(place, scenario, allocation)))
def follow_allocation(scenario: Scenario, allocation: Allocation, balances: tuple[str, ...] = NEEDS) -> Outcome:
    """Simulate an allocation. Run as it stands, `simulate` has each of its operations compiled apart, which takes longer."""
    return simulate(scenario, allocation, balances)
