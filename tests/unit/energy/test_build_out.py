"""Plants and contracts by hand, the column of a plan, how clean power is, and a portfolio that arrives over the years."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.build_out import build_out, mean_arrived
from capexmodel.energy.clean import matching
from capexmodel.energy.column import firm_column
from capexmodel.energy.plants import Cells, Fuel, Plants
from capexmodel.energy.portfolio import Capacity, Draw, Sources, operate

MWH_J, YEAR_S, MONTH_S = 3.6e9, 365.25 * 86400.0, 365.25 * 7200.0
HOURS = 6
AVAILABLE = np.stack([np.ones((1, HOURS)), np.ones((1, HOURS)), [[0.0, 0.5, 1.0, 1.0, 0.5, 0.0]]])
OPERATE = eqx.filter_jit(operate)


def plants() -> Plants:
    """The grid at 70 dollars, gas at 40 (half of its heat lost), and sun for a contract of 30 a MWh it yields."""
    rows = {
        "capital_usd_per_w": [0.0, 1.0, 0.0], "recovery_per_s": [0.0, 0.09 / YEAR_S, 0.0], "fixed_per_s": [0.0, 0.01 / YEAR_S, 0.0],
        "contract_usd_per_j": [0.0, 0.0, 30 / MWH_J], "energy_usd_per_j": [70 / MWH_J, 0.0, 0.0], "heat_ratio": [0.0, 2.0, 0.0],
        "carbon_kg_per_j": [350 / MWH_J, 0.0, 0.0], "clean_share": [0.4, 0.0, 1.0], "build_s": [0.0, 24 * MONTH_S, 12 * MONTH_S],
    }  # fmt: skip
    return Plants(names=("grid", "gas", "sun"), **{name: jnp.asarray(row) for name, row in rows.items()})


def cells() -> Cells:
    """A battery that loses nothing."""
    return Cells(*(jnp.asarray(n) for n in (0.5, 0.3 / 3600, 0.1 / YEAR_S, 0.01 / YEAR_S, 1.0, 1.0, 6 * MONTH_S)))


@pytest.fixture(scope="module")
def sources() -> Sources:
    """The plants over a day of six hours, with fuel at 20 dollars a MWh."""
    return plants().sources(Fuel(jnp.asarray(20.0 / MWH_J), jnp.asarray(200.0 / MWH_J)), jnp.asarray(AVAILABLE), jnp.ones(1))


@pytest.fixture(scope="module")
def draw() -> Draw:
    """One gigawatt all day."""
    return Draw(jnp.full((1, HOURS), 1e9), jnp.ones(1), *(jnp.asarray(n) for n in (3600.0, 5000 / MWH_J, 0.0)))


def at(grid_gw: float, gas_gw: float, sun_gw: float) -> Capacity:
    """So much of each, and no battery."""
    return Capacity(1e9 * jnp.asarray([grid_gw, gas_gw, sun_gw]), jnp.asarray(0.0), jnp.asarray(0.0))


def test_sources_by_hand(sources: Sources) -> None:
    """Gas costs its heat twice, a contract all that it yields, and capital its payment with a fixed part."""
    np.testing.assert_allclose(np.asarray(sources.energy_usd_per_j) * MWH_J, [70.0, 40.0, 0.0])
    np.testing.assert_allclose(np.asarray(sources.carbon_kg_per_j) * MWH_J, [350.0, 400.0, 0.0])
    np.testing.assert_allclose(np.asarray(sources.capacity_usd_per_w_per_s) * YEAR_S, [0.0, 0.1, 30e-6 * 0.5 * 8766], rtol=1e-12)


@pytest.mark.long
def test_scores_and_column_by_hand(sources: Sources, draw: Draw) -> None:
    """Half a gigawatt of gas, the sun, and the grid for the rest; the sun is thrown away where it is more than is left."""
    found = OPERATE(sources, cells().battery(), draw, at(1.0, 0.5, 1.2))
    score = matching(sources, draw, found)
    sun = np.minimum(1.2 * np.asarray(AVAILABLE[2, 0]), 1.0)
    gas = np.minimum(1.0 - sun, 0.5)
    grid = 1.0 - sun - gas
    assert float(score.annual_share) == pytest.approx((sun.sum() + 0.4 * grid.sum()) / HOURS, abs=1e-6)
    assert float(score.hourly_share) == pytest.approx(float(score.annual_share), abs=1e-6)
    assert float(score.thrown_share) == pytest.approx(1.0 - sun.sum() / 3.6, abs=1e-6)
    assert float(score.paper_share) == pytest.approx((3.6 + 0.4 * grid.sum()) / HOURS, abs=1e-6)
    column = firm_column(plants(), cells(), sources, draw, found)
    assert float(column.capital_usd_per_w) == pytest.approx(0.5)
    running = (70 * grid.sum() + 40 * gas.sum() + 30 * 3.6) / HOURS + 0.01 * 0.5e6 / 8766
    assert float(column.running_usd_per_j) * MWH_J == pytest.approx(running, rel=1e-6)
    assert float(column.carbon_kg_per_j) * MWH_J == pytest.approx((350 * grid.sum() + 400 * gas.sum()) / HOURS, rel=1e-6)
    assert float(column.build_s) == pytest.approx(24 * MONTH_S)


def test_what_is_stored_is_as_clean_as_what_was_taken_in(sources: Sources, draw: Draw) -> None:
    """A battery that carries the sun into the dark: all of it clean, though gas runs beside it."""
    there = Capacity(1e9 * jnp.asarray([0.0, 1.0, 3.0]), jnp.asarray(1e9), jnp.asarray(3600e9))
    found = OPERATE(sources, cells().battery(), draw, there)
    score = matching(sources, draw, found)
    assert float(score.cycled_share) > 0.05
    assert float(score.hourly_share) == pytest.approx(float(score.annual_share), abs=1e-6)
    assert float(score.hourly_share) < float(score.paper_share)


def test_arrival_is_the_mean_of_a_ramp() -> None:
    """From one to three years: nothing in the first, a quarter of it in the second on average, all in the fourth."""
    share = mean_arrived(jnp.arange(5.0), jnp.asarray([1.0]), jnp.asarray([3.0]))
    np.testing.assert_allclose(np.asarray(share[:, 0]), [0.0, 0.25, 0.75, 1.0])


def test_the_grid_shrinks_as_sources_arrive(sources: Sources, draw: Draw) -> None:
    """Year by year: less of the grid, less cost by energy, and capital paid once."""
    target, edges = at(1.0, 1.0, 1.0), YEAR_S * jnp.arange(5.0)
    standing = 1e9 * jnp.asarray([1.0, 0.0, 0.0])
    built = eqx.filter_jit(build_out)(plants(), cells(), sources, cells().battery(), draw, target, standing, edges, 0.25)
    grid = np.asarray(built.taken_share[:, 0])
    assert grid[0] == pytest.approx(1.0, abs=0.05)
    assert (np.diff(grid) <= 1e-6).all()
    assert grid[-1] == pytest.approx(0.0, abs=1e-6)
    assert float(jnp.sum(built.capital_usd)) == pytest.approx(1e9)
    np.testing.assert_allclose(np.asarray(built.unmet_share), 0.0, atol=1e-7)
    whole = OPERATE(sources, cells().battery(), draw, target)
    having = float(jnp.sum(sources.capacity_usd_per_w_per_s * target.source_w))
    assert float(built.cost_usd_per_s[-1]) == pytest.approx(float(whole.running_usd_per_s) + having, rel=1e-6)
    assert float(built.carbon_kg_per_s[-1]) == pytest.approx(float(whole.carbon_kg_per_s), rel=1e-6)
    taken = np.asarray(built.taken_share)
    carbon = np.asarray(built.carbon_kg_per_s) / 1e9 * MWH_J
    np.testing.assert_allclose(carbon, 350 * taken[:, 0] + 400 * taken[:, 1], rtol=1e-9)
