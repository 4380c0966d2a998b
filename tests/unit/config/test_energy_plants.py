"""Figures of sources side by side, of the grid of a place, and of the battery: each number of its own in its own column."""

import jax.numpy as jnp
import pytest

from capexmodel.config.energy import Market, Place, SourceOfPower, cells, plants
from capexmodel.config.figures import Given
from capexmodel.energy.profiles import Weather


def source(name, gas=False, **figures):
    """A source of some figures in base units."""
    return SourceOfPower(name, name, gas, "", {word: Given(value) for word, value in figures.items()})


def place(**figures):
    """A place whose grid has some figures."""
    weather = Weather(*(jnp.asarray(0.5) for _ in range(6)))
    return Place("here", "here", weather, {word: Given(value) for word, value in figures.items()})


GRID = source(
    "grid", capital_usd_per_kw=2.0, fixed_per_year=3.0, contract_usd_per_mwh=4.0, energy_usd_per_mwh=5.0, wear_usd_per_mwh=6.0,
    carbon_g_per_kwh=7.0, clean_share=0.25, build_months=8.0, efficiency_share=0.5,
)  # fmt: skip
ENGINE = source(
    "engine", True, efficiency_share=0.4, energy_usd_per_mwh=11.0, wear_usd_per_mwh=13.0, carbon_g_per_kwh=17.0, build_months=9.0
)
BARE = source("bare", wear_usd_per_mwh=19.0)
ALIKE = source("engine", True)


def columns(chosen, where, recovery=None):
    """Every column of the sources, by name."""
    found = plants(chosen, recovery or {}, where)
    names = (
        "capital_usd_per_w", "recovery_per_s", "fixed_per_s", "contract_usd_per_j", "energy_usd_per_j", "heat_ratio", "carbon_kg_per_j",
        "clean_share", "build_s",
    )  # fmt: skip
    return found.names, {name: getattr(found, name).tolist() for name in names}


def test_each_figure_stands_in_its_column_and_what_is_missing_is_nothing():
    names, found = columns((GRID, ENGINE, BARE), place(), {"bare": 21.0, "grid": 22.0, "other": 23.0})
    assert names == ("grid", "engine", "bare")
    assert found == {
        "capital_usd_per_w": [2.0, 0.0, 0.0], "recovery_per_s": [22.0, 0.0, 21.0], "fixed_per_s": [3.0, 0.0, 0.0],
        "contract_usd_per_j": [4.0, 0.0, 0.0], "energy_usd_per_j": [11.0, 24.0, 19.0], "heat_ratio": [0.0, 2.5, 0.0],
        "carbon_kg_per_j": [7.0, 17.0, 0.0], "clean_share": [0.25, 0.0, 0.0], "build_s": [8.0, 9.0, 0.0],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("where", "energy", "carbon"),
    [
        ({"grid_usd_per_mwh": 100.0, "grid_g_per_kwh": 200.0}, [24.0, 106.0], [17.0, 200.0]),
        ({"grid_usd_per_mwh": 100.0}, [24.0, 106.0], [17.0, 7.0]),
        ({"grid_g_per_kwh": 0.0}, [24.0, 11.0], [17.0, 0.0]),
        ({"wind_share": 0.5}, [24.0, 11.0], [17.0, 7.0]),
    ],
)
def test_a_place_has_a_price_and_a_carbon_of_the_grid_alone(where, energy, carbon):
    _, found = columns((ENGINE, GRID), place(**where))
    assert (found["energy_usd_per_j"], found["carbon_kg_per_j"]) == (energy, carbon)
    assert (found["clean_share"], found["build_s"], found["capital_usd_per_w"]) == ([0.0, 0.25], [9.0, 8.0], [0.0, 2.0])
    assert GRID.figures["energy_usd_per_mwh"].value == 5.0


def test_gas_of_which_no_efficiency_is_said_is_all_heat():
    assert columns((ALIKE, ENGINE), place())[1]["heat_ratio"] == [1.0, 2.5]


def test_the_battery_is_told_by_its_own_figures():
    words = ("life_years", "build_months", "discharge_share", "charge_share", "fixed_per_year", "store_usd_per_kwh", "power_usd_per_kw")
    common = {f"battery.{word}": Given(0.125 * place) for place, word in enumerate(words, 1)} | {"fuel.build_months": Given(99.0)}
    found = cells(Market({}, {}, common), 77.0)
    assert [float(one) for one in (found.power_usd_per_w, found.store_usd_per_j, found.recovery_per_s, found.fixed_per_s)] == [
        0.875, 0.75, 77.0, 0.625,
    ]  # fmt: skip
    assert [float(one) for one in (found.charge_share, found.discharge_share, found.build_s)] == [0.5, 0.375, 0.25]
