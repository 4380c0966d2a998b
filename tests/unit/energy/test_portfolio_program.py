"""The program of a site, number by number: prices, bounds, capacities and limits in the units it is solved in."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.portfolio import Capacity, program_of
from capexmodel.solvers.hourly_program import Hourly
from tests import hours

LOAD_W = np.array([[10.0, 30.0, 20.0], [40.0, 60.0, 50.0]])
"""60 W at most; 42.5 W on average, where the first day stands for a quarter of the year."""
THERE = np.array([[[0.5, 0.25, 0.8], [0.6, 0.0, 0.7]], [[0.9, 0.75, 0.5], [0.3, 0.4, 0.35]]])
HAVING, ENERGY, CARBON, CLEAN = [0.4, 0.3], [2.0, 3.0], [5.0, 7.0], [0.25, 0.9]


def program(capacity: Capacity | None = None, having: Any = HAVING, **limits: float) -> Hourly:
    """Two sources and a battery, hours of 300 seconds, what is unmet at 11 dollars and carbon at 0.4."""
    sources = hours.sources(THERE, having, ENERGY, CARBON, CLEAN)
    draw = hours.draw(LOAD_W, [0.25, 0.75], 300.0, 11.0, 0.4)
    asked = {name: jnp.asarray(limit) for name, limit in limits.items()}
    given = (sources, hours.battery(0.6, 0.02, 0.9, 0.8), draw, capacity)
    return eqx.filter_jit(lambda known: program_of(*known, asked))(given)


def test_a_way_costs_its_energy_and_carbon_over_the_hours_it_stands_for() -> None:
    """4 and 5.8 dollars a joule, 11 where the load is not met, of 60 W through a twelfth and a quarter of the year."""
    by_way = np.array([4.0, 5.8, 0.0, 0.0, 11.0, 0.0])
    np.testing.assert_allclose(program().cost, by_way[:, None, None] * np.array([[5.0], [15.0]]) * np.ones(3), rtol=1e-12)


def test_a_source_reaches_what_is_there_and_all_else_its_whole_capacity() -> None:
    reach = np.asarray(program().reach)
    np.testing.assert_allclose(reach[:2], np.where(THERE > 0, THERE, 1e-9), rtol=1e-12)
    np.testing.assert_array_equal(reach[2:], np.ones((4, 2, 3)))


def test_both_ways_of_the_battery_share_its_power_and_what_is_stored_has_room_of_its_own() -> None:
    """Sources, charge, discharge, unmet, stored; what is unmet has the last capacity."""
    np.testing.assert_array_equal(program().owner, [0, 1, 2, 2, 4, 3])


def test_load_and_losses_are_as_given() -> None:
    found = program()
    np.testing.assert_allclose(found.load * 60.0, LOAD_W, rtol=1e-12)
    assert (float(found.charge), float(found.discharge)) == (0.9, 0.8)


def test_given_capacities_are_over_the_largest_load_and_never_quite_nothing() -> None:
    """Room for 7200 J is that for 24 W through an hour; what is unmet may be twice the load."""
    given = program(hours.capacity([12.0, 30.0], 6.0, 7200.0))
    np.testing.assert_allclose(given.capacity, [0.2, 0.5, 0.1, 0.4, 2.0], rtol=1e-12)
    assert given.choose == 0
    np.testing.assert_allclose(program(hours.capacity([12.0, 0.0])).capacity, [0.2, 1e-9, 1e-9, 1e-9, 2.0], rtol=1e-12)


def test_all_capacities_but_what_is_unmet_are_chosen_where_none_are_given() -> None:
    assert program().choose == 4
    np.testing.assert_allclose(program().capacity, [1e-9, 1e-9, 1e-9, 1e-9, 2.0], rtol=1e-12)


def test_having_a_capacity_costs_by_the_largest_load_and_by_the_hour() -> None:
    """60 W at 0.4, 0.3 and 0.6, 18,000 J at 0.02; a free watt costs a ten-millionth of what is unmet; to leave load unmet takes nothing."""
    np.testing.assert_allclose(program().price, [24.0, 18.0, 36.0, 360.0, 0.0], rtol=1e-12)
    np.testing.assert_allclose(program(having=[0.0, 0.3]).price, [6.6e-5, 18.0, 36.0, 360.0, 0.0], rtol=1e-12)


def test_without_limits_there_are_no_rows() -> None:
    found = program()
    assert (found.weight.shape, found.hold.shape, found.limit.shape) == ((0, 6, 2, 3), (0, 5), (0,))


LASTING = np.array([[0.25 / 3.0], [0.75 / 3.0]]) * np.ones(3)
UNCLEAN, CARBON_OF_LOAD = np.array([0.75, 0.1, 0.0, 0.0, 0.0, 0.0]), np.array([300.0, 420.0, 0.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(("name", "asked", "by_way", "by_capacity", "limit"), [
    ("clean", 0.3, UNCLEAN, [0.0] * 5, 0.7 * 42.5 / 60.0),
    ("carbon", 13.0, CARBON_OF_LOAD, [0.0] * 5, 13.0),
    ("source 0", 9.0, np.zeros(6), [1.0, 0.0, 0.0, 0.0, 0.0], 0.15),
    ("source 1", 9.0, np.zeros(6), [0.0, 1.0, 0.0, 0.0, 0.0], 0.15),
    ("battery", 4.5, np.zeros(6), [0.0, 0.0, 1.0, 0.0, 0.0], 0.075),
    ("source 1", 0.0, np.zeros(6), [0.0, 1.0, 0.0, 0.0, 0.0], 1e-9),
])  # fmt: skip
def test_a_limit_by_hand(name: str, asked: float, by_way: np.ndarray, by_capacity: list[float], limit: float) -> None:
    """What is not clean is at most the rest; carbon at most so much; a capacity at most so many watts, and never quite nothing."""
    found = program(**{name: asked})
    np.testing.assert_allclose(found.weight, by_way[None, :, None, None] * LASTING, rtol=1e-12)
    np.testing.assert_allclose(found.hold, [by_capacity])
    np.testing.assert_allclose(found.limit, [limit], rtol=1e-12)


def test_limits_stand_in_the_order_they_are_asked_in() -> None:
    found = program(carbon=13.0, battery=4.5, clean=0.3)
    np.testing.assert_allclose(found.limit, [13.0, 0.075, 0.7 * 42.5 / 60.0], rtol=1e-12)
    np.testing.assert_allclose(found.weight[:, 0, 0, 0], [25.0, 0.0, 0.0625], rtol=1e-12)
    np.testing.assert_allclose(found.hold[:, 2], [0.0, 1.0, 0.0])
