"""The column of a plan by hand: capital, running cost and carbon of a firm watt, and when the last of it is there."""

from typing import Any

import jax.numpy as jnp
import pytest

from capexmodel.energy.column import FirmColumn, firm_column
from capexmodel.energy.plants import Cells, Plants
from tests import hours

LOAD_W = [[10.0, 30.0, 20.0], [40.0, 60.0, 50.0]]
"""42.5 W on average, where the first day stands for a quarter of the year; 60 W at most."""
TAKEN_W = [[[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]], [[2.0, 4.0, 3.0], [6.0, 10.0, 5.0]], [[1.0, 3.0, 2.0], [5.0, 2.0, 5.0]]]
"""On average 3.5, 6 and 3.5 W of the three sources."""


def plants() -> Plants:
    """Three kinds, with what a column asks of them."""
    none = jnp.zeros(3)
    return Plants(
        ("a", "b", "c"), capital_usd_per_w=jnp.asarray([3.0, 5.0, 7.0]), recovery_per_s=jnp.asarray([0.1, 0.2, 0.05]), fixed_per_s=none,
        contract_usd_per_j=none, energy_usd_per_j=none, heat_ratio=none, carbon_kg_per_j=none, clean_share=none,
        build_s=jnp.asarray([20.0, 90.0, 50.0]),
    )  # fmt: skip


def column(
    source_w: Any = (8.0, 4.0, 16.0), battery_w: float = 6.0, build_s: Any = (20.0, 90.0, 50.0), cells_s: float = 30.0
) -> FirmColumn:
    """Having a watt costs 0.4, 0.3 and 0.25 a second beside its capital; a battery 2.5 by watt, 0.5 by joule and 0.03 of that a second."""
    sources = hours.sources([[[1.0] * 3] * 2] * 3, [0.7, 1.3, 0.6], [2.0, 3.0, 11.0], [0.0] * 3, [0.0] * 3)
    cells = Cells(*(jnp.asarray(number) for number in (2.5, 0.5, 0.4, 0.03, 0.9, 0.8, cells_s)))
    found = hours.operation(hours.capacity(source_w, battery_w, 14.0), TAKEN_W, carbon=17.0)
    return firm_column(plants(), cells, sources, hours.draw(LOAD_W, [0.25, 0.75]), found)


def test_capital_is_that_of_all_parts_over_the_largest_load() -> None:
    """Plants 24, 20 and 112; the battery's 6 W and 14 J 15 and 7."""
    assert float(column().capital_usd_per_w) == pytest.approx(178.0 / 60.0)


def test_running_is_what_is_taken_and_the_cost_beside_capital_over_what_is_drawn() -> None:
    """Fixed costs 3.2, 1.2 and 4, of the battery 3% of 22; energy 7, 18 and 38.5."""
    assert float(column().running_usd_per_j) == pytest.approx((8.4 + 0.66 + 63.5) / 42.5)


def test_carbon_is_that_of_what_is_drawn() -> None:
    """17 kg a second over 42.5 W."""
    assert float(column().carbon_kg_per_j) == pytest.approx(0.4)


def test_it_is_built_when_the_last_part_is_there() -> None:
    """The second source takes longest; without it the third does, then the battery."""
    assert float(column().build_s) == 90.0
    assert float(column((8.0, 0.0, 16.0)).build_s) == 50.0
    assert float(column((8.0, 0.0, 0.0)).build_s) == 30.0
    assert float(column((8.0, 0.0, 0.0), 0.0).build_s) == 20.0
    assert float(column((8.0, 0.0, 0.0), cells_s=10.0).build_s) == 20.0
    assert float(column((0.0, 0.0, 0.0), 0.0).build_s) == 0.0


def test_a_part_of_a_ten_thousandth_of_the_load_is_not_there() -> None:
    """0.006 W of 60 W is nothing, a little more is something."""
    limit = 1e-4 * 60.0
    assert float(column((limit, 0.0, 0.0), 0.0).build_s) == 0.0
    assert float(column((1.01 * limit, 0.0, 0.0), 0.0).build_s) == 20.0
    assert float(column((0.0, 0.0, 0.0), limit).build_s) == 0.0
    assert float(column((0.0, 0.0, 0.0), 1.01 * limit).build_s) == 30.0
