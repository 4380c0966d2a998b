"""Prices and counts of chips, by hand: two vendors with chips, one without."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.purchase import (
    available_count,
    bought_count,
    chips_count,
    chips_usd,
    list_usd,
    offered_count,
    port_price_usd,
    premium_usd,
    vendor_matrix,
)
from tests.one_minute import SIZES, two_sites, vendors

OFFERED = [[30.0, 80.0, 150.0], [20.0, 40.0, 160.0], [3.75, 5.0, 7.5]]
BOUGHT = [
    [[10.0, 0.0, 90.0], [15.0, 0.0, 30.0]],
    [[8.0, 11.0, 14.0], [19.0, 36.0, 21.0]],
    [[13.0, 0.0, 17.0], [22.0, 0.0, 43.0]],
]
"""By chip, site and decision: 60, 0 and 180 of the northern vendor, 27, 47 and 35 of the southern one."""
NORTH_USD, SOUTH_USD = 35 * 0.62 * 30**2 / (2 * 31), (50 * 0.21 * 7**2 / (2 * 21), 50 * 0.21 * 7**2 / (2 * 41))
LATE_USD = 35 * 0.62 * 30**2 / (2 * 151)
"""Premiums: 30 chips beyond the offers of 30 and of 150 in the north, 7 beyond 20 and beyond 40 in the south."""


def bought(counts=BOUGHT):
    """Chips by type, site and decision."""
    return jnp.asarray(counts)


def test_each_chip_has_its_maker():
    np.testing.assert_array_equal(vendor_matrix(two_sites()), [[1, 0, 1], [0, 1, 0], [0, 0, 0]])


def test_without_a_vendor_no_chip_has_a_maker(monkeypatch):
    monkeypatch.setitem(SIZES, "vendor", 0)
    none = np.zeros((0, 2))
    nobody = vendors(names=(), offered_count_per_s=none, offered_at_s=none, stretch=[], premium=[])
    assert vendor_matrix(two_sites(supply=nobody)).shape == (0, 3)


def test_an_offer_is_its_rate_times_the_days_it_holds():
    np.testing.assert_allclose(offered_count(two_sites()), OFFERED, rtol=1e-12)


def test_most_of_a_chip_is_its_share_of_the_offer_and_of_what_lies_beyond_it():
    """The offers stretched by 1.5 and 1.25, times the mean share of the chip: 0 before it is built, 0.36 of the time it is half there."""
    most = [[0.2 * 45, 0.5 * 120, 0.6 * 225], [0.0, 0.36 * 50, 0.65 * 200], [0.46 * 45, 0.7 * 120, 0.7 * 225]]
    np.testing.assert_allclose(available_count(two_sites()), most, rtol=1e-12)


def test_the_list_price_of_a_vendor_is_the_mean_of_its_chips():
    np.testing.assert_allclose(list_usd(two_sites()), [[35.0], [50.0], [0.0]], rtol=1e-14)


def test_what_is_bought_of_a_vendor_is_bought_at_all_sites():
    np.testing.assert_allclose(bought_count(two_sites(), bought()), [[60, 0, 180], [27, 47, 35], [0, 0, 0]], rtol=1e-14)


def test_a_premium_is_paid_beyond_the_offer_alone():
    scenario = two_sites()
    found = premium_usd(scenario, bought_count(scenario, bought()))
    np.testing.assert_allclose(found, [[NORTH_USD, 0, LATE_USD], [*SOUTH_USD, 0], [0, 0, 0]], rtol=1e-12)


def test_chips_cost_their_list_price_and_their_part_of_the_premium():
    at_list = np.asarray(BOUGHT) * np.asarray([30.0, 50.0, 40.0])[:, None, None]
    dearer = [
        [1 + NORTH_USD / (25 * 30 + 35 * 40), 1, 1 + LATE_USD / (120 * 30 + 60 * 40)],
        [1 + SOUTH_USD[0] / (27 * 50), 1 + SOUTH_USD[1] / (47 * 50), 1],
    ]
    usd = np.asarray(chips_usd(two_sites(), bought()))
    for chip, vendor in enumerate((0, 1, 0)):
        np.testing.assert_allclose(usd[chip], at_list[chip] * np.asarray(dearer[vendor]), rtol=1e-12)


def test_dollars_buy_the_chips_that_cost_them():
    """Of one vendor's chips in the same proportion as at list price."""
    scenario = two_sites()
    np.testing.assert_allclose(chips_count(scenario, chips_usd(scenario, bought())), BOUGHT, rtol=1e-12)


def test_below_the_offer_dollars_buy_at_list_price():
    usd = [[[60.0, 0.0, 90.0], [150.0, 0.0, 30.0]], [[55.0, 75.0, 110.0], [20.0, 35.0, 65.0]], [[80.0, 0.0, 44.0], [48.0, 0.0, 36.0]]]
    expected = np.asarray(usd) / np.asarray([30.0, 50.0, 40.0])[:, None, None]
    np.testing.assert_allclose(chips_count(two_sites(), jnp.asarray(usd)), expected, rtol=1e-12)


def test_a_fiftieth_of_a_chip_beyond_no_offer_has_its_premium_too():
    """At list price 0.6, and 35 x 0.62 x 0.02^2 / 2 above it; the way back as well."""
    scenario, few = two_sites(supply=vendors(offered_count_per_s=np.zeros((3, 2)))), np.zeros((3, 2, 3))
    few[0, 1, 2] = 0.02
    usd = np.asarray(chips_usd(scenario, bought(few)))
    assert usd.sum() == pytest.approx(0.6 + 35 * 0.31 * 0.0004, rel=1e-12)
    np.testing.assert_allclose(chips_count(scenario, jnp.asarray(usd)), few, rtol=1e-12)


@pytest.mark.parametrize("turned", [chips_usd, chips_count])
def test_nothing_costs_nothing_and_buys_nothing(turned):
    np.testing.assert_array_equal(turned(two_sites(), bought(np.zeros((3, 2, 3)))), np.zeros((3, 2, 3)))


def test_a_port_costs_what_the_network_of_its_site_does():
    np.testing.assert_array_equal(port_price_usd(two_sites()), [9.0, 7.0])
