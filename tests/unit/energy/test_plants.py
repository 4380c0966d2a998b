"""What plants, contracts and cells cost by watt and joule, by hand."""

import jax.numpy as jnp
import numpy as np

from capexmodel.energy.plants import Cells, Fuel, Plants


def plants() -> Plants:
    """Two kinds, each with a bit of everything."""
    rows = {
        "capital_usd_per_w": [3.0, 5.0], "recovery_per_s": [0.1, 0.3], "fixed_per_s": [0.04, 0.06], "contract_usd_per_j": [7.0, 11.0],
        "energy_usd_per_j": [0.6, 0.9], "heat_ratio": [2.5, 1.5], "carbon_kg_per_j": [13.0, 17.0], "clean_share": [0.3, 0.8],
        "build_s": [19.0, 23.0],
    }  # fmt: skip
    return Plants(names=("gas", "wind"), **{name: jnp.asarray(row) for name, row in rows.items()})


def fuel() -> Fuel:
    """Heat at 0.2 dollars and 0.7 kilograms."""
    return Fuel(heat_usd_per_j=jnp.asarray(0.2), heat_kg_per_j=jnp.asarray(0.7))


AVAILABLE = [[[0.2, 0.4, 0.9], [0.1, 0.6, 0.8]], [[0.3, 0.3, 0.6], [0.7, 0.9, 0.5]]]
"""Means of days: 0.5 and 0.5, 0.4 and 0.7; of the year 0.5 and 0.625, where the second day stands for three quarters."""


def test_having_a_watt_is_capital_by_time_and_all_that_a_contract_yields() -> None:
    sources = plants().sources(fuel(), jnp.asarray(AVAILABLE), jnp.asarray([0.25, 0.75]))
    np.testing.assert_allclose(sources.capacity_usd_per_w_per_s, [3.0 * 0.14 + 3.5, 5.0 * 0.36 + 6.875])


def test_a_joule_is_its_price_and_the_heat_it_burns() -> None:
    sources = plants().sources(fuel(), jnp.asarray(AVAILABLE), jnp.asarray([0.25, 0.75]))
    np.testing.assert_allclose(sources.energy_usd_per_j, [1.1, 1.2])
    np.testing.assert_allclose(sources.carbon_kg_per_j, [14.75, 18.05])


def test_names_shares_and_hours_stay_as_they_are() -> None:
    sources = plants().sources(fuel(), jnp.asarray(AVAILABLE), jnp.asarray([0.25, 0.75]))
    assert sources.names == ("gas", "wind")
    np.testing.assert_array_equal(sources.clean_share, [0.3, 0.8])
    np.testing.assert_array_equal(sources.available_share, AVAILABLE)


def test_a_battery_is_paid_by_its_recovery_and_fixed_cost() -> None:
    """A quarter of its capital by time."""
    found = Cells(*(jnp.asarray(number) for number in (3.0, 5.0, 0.2, 0.05, 0.9, 0.7, 31.0))).battery()
    np.testing.assert_allclose(found.power_usd_per_w_per_s, 0.75)
    np.testing.assert_allclose(found.store_usd_per_j_per_s, 1.25)
    assert (float(found.charge_share), float(found.discharge_share)) == (0.9, 0.7)
