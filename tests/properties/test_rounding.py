"""Laws of rounding: racks and halls are whole, every limit holds, and it costs no more than a rack is worth."""

import functools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.leaves import leaf
from capexmodel.planner.rounding import nearest, racks_down, round_plan, up
from capexmodel.planner.search import search
from capexmodel.planning.objective import PresentCost, TimeToModel
from capexmodel.planning.problem import Problem
from tests.draws import shipped

WHOLE = 1e-9
CURVED = 1.05
"""Value is convex in money: a rack less costs a little more than the first dollar's worth of it."""


def quiet(text):
    """Say nothing."""


@functools.cache
def rounded(name, aim):
    """A plan, and the same in racks of 72 and halls of 5 MW where the scenario has none."""
    scenario = shipped(name)
    if name == "one_period":
        sizes = jnp.asarray([72.0]), jnp.asarray([5e6])
        scenario = eqx.tree_at(lambda s: (s.accelerator.rack_count, s.hall.block_w), scenario, sizes)
    found = search(Problem(scenario, aim()))
    return found, *round_plan(found.problem, found, quiet)


CASES = [("one_period", TimeToModel), pytest.param("one_period", PresentCost, marks=pytest.mark.long), ("greenfield", TimeToModel)]

ONE_RACK = 3.6e-3
"""One rack in the 277 of `one_period`, the smallest fleet here: no plan may lose more than that."""


@pytest.mark.parametrize(("name", "aim"), CASES)
def test_racks_and_halls_are_whole_and_every_limit_holds(name, aim):
    _, whole, rounding = rounded(name, aim)
    scenario, orders = whole.problem.scenario, whole.choice.orders
    for bought, unit in ((orders.chips_count, scenario.accelerator.rack_count), (orders.hall_w, scenario.hall.block_w)):
        units = np.asarray(bought) / np.asarray(unit)[:, None, None]
        np.testing.assert_allclose(units, np.round(units), atol=1e-6)
    assert sum(rounding.racks.values()) > 0
    assert max(rounding.primal, whole.verdict.primal) <= 1e-6
    assert rounding.kkt_error <= 1e-6  # the best plan with these racks and halls


@pytest.mark.parametrize(("name", "aim"), CASES)
def test_whole_is_never_better_and_little_worse(name, aim):
    found, _, rounding = rounded(name, aim)
    scale = float(found.problem.minimize.size(found.size))
    assert -1e-6 * scale <= rounding.gap <= ONE_RACK * abs(rounding.relaxed)


def test_the_gap_is_less_than_the_worth_of_a_rack():
    found, _, rounding = rounded("one_period", TimeToModel)
    scenario = found.problem.scenario
    rack_usd = 72.0 * float(scenario.accelerator.price_usd[0] + scenario.network.price_usd[0])
    price = -float(leaf(scenario, "envelope.high_usd").read(found.verdict.gradient)) * float(found.size.s)
    assert 0.0 < rounding.gap <= CURVED * rack_usd * price
    assert rounding.way == "down"


def test_a_target_is_met_by_rounding_up():
    found, whole, rounding = rounded("one_period", PresentCost)
    scenario = found.problem.scenario
    rack_usd = 72.0 * float(scenario.accelerator.price_usd[0] + scenario.network.price_usd[0])
    assert rounding.way == "up"
    assert 0.0 < rounding.gap <= CURVED * rack_usd
    assert np.sum(whole.choice.orders.chips_count) >= np.sum(found.choice.orders.chips_count) - 1e-3


def test_what_stands_stays_within_a_unit():
    rng = np.random.default_rng(0)
    orders, unit = rng.uniform(0.0, 300.0, (2, 3, 8)), np.array([72.0, 8.0])[:, None, None]
    total = np.cumsum(orders, axis=2)
    above, near = np.cumsum(up(orders, unit), axis=2), np.cumsum(nearest(orders, unit, np.full((3, 8), np.inf)), axis=2)
    assert (above >= total - 1e-6).all()
    assert (above - total <= unit).all()
    assert (np.abs(near - total) <= 0.5 * unit + 1e-6).all()


@pytest.mark.long
@pytest.mark.parametrize("carried", [True, False])
def test_racks_down_are_never_above(carried):
    scenario = shipped("greenfield")
    found, _, _ = rounded("greenfield", TimeToModel)
    orders = np.asarray(found.choice.orders.chips_count)
    rack = np.asarray(scenario.accelerator.rack_count)[:, None, None]
    down = racks_down(scenario, orders, carried)
    assert (np.cumsum(down, axis=2) <= np.cumsum(orders, axis=2) + 1e-4 * rack).all()
    assert carried == bool((down > orders + 1e-4 * rack).any())
