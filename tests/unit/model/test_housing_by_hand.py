"""Halls by class and what they hold, by hand: promised ones and two kinds at two sites, three chips in racks of 2.8, 3.9 and 9.5."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.facility import Hall
from capexmodel.model.housing import Housing, housing, overheads, spared_w, told_apart, too_dense
from capexmodel.model.scenario import Scenario
from tests.one_minute import chips, sites, table, two_sites

CHIPS = np.asarray([[[10.0, 20.0], [30.0, 40.0]], [[7.0, 9.0], [11.0, 13.0]], [[5.0, 6.0], [8.0, 12.0]]])
BUILT_W = np.asarray([[[3.0, 5.0], [4.0, 7.0]], [[6.0, 8.0], [9.0, 2.0]]])
PROMISED_W = np.asarray([[1.5, 2.5], [10.0, 14.0]])
LIMITS_W = {"own": [3.5, 8.0], "kinds": [6.0, 0.0]}
"""Here the promised halls take only the first chip; there they and the cold ones refuse only the third."""


def limited(own=(3.5, 8.0), kinds=(6.0, 0.0), pue=(1.2, 0.0)) -> Scenario:
    """Halls with limits of a rack."""
    numbers = {"price_usd_per_w": [0.3, 0.7], "build_s": [8.0, 13.0], "build_spread": [0.35, 0.65]}
    halls = table(Hall, names=("cold", "warm"), **numbers, peak_pue=pue, rack_w=kinds)
    return two_sites(site=sites(rack_w=own), hall=halls)


def housed(scenario: Scenario | None = None, built=BUILT_W, counts=CHIPS) -> Housing:
    """What stands, housed."""
    return housing(limited() if scenario is None else scenario, *(jnp.asarray(each) for each in (counts, built, PROMISED_W)))


def test_promised_halls_come_first():
    held = housed()
    np.testing.assert_array_equal(held.hall_w, [PROMISED_W, *BUILT_W])
    np.testing.assert_allclose(held.overhead, [[1.3, 1.15], [1.2, 1.2], [1.3, 1.15]], rtol=1e-14)


def test_a_kind_of_hall_has_its_own_overhead_or_that_of_the_site():
    found = overheads(limited(), jnp.asarray([1.5, 1.7]), jnp.asarray([0.0, 0.6, 1.1]))
    np.testing.assert_allclose(found, [[1.5, 1.7], [1.5, 1.7], [0.6, 0.6], [1.1, 1.1]], rtol=1e-14)


def test_better_halls_spare_the_difference_for_each_watt():
    """Here the cold halls are better by 0.1 than others; there they are worse by 0.05."""
    held = housed()
    spared = [[[0.3, 0.5], [0.0, 0.0]], [[0.0, 0.0], [0.05 * 19, 0.05 * 16]], [[0.3, 0.5], [0.0, 0.0]]]
    np.testing.assert_allclose(held.spared_w, spared, rtol=1e-12, atol=1e-14)
    direct = spared_w(jnp.asarray([[1.9], [1.2], [1.5]]), jnp.asarray([[[3.0]], [[5.0]], [[7.0]]]))
    np.testing.assert_allclose(direct[:, 0, 0], [0.7 * 5 + 0.4 * 7, 0.0, 0.3 * 5], rtol=1e-12)


def test_power_of_racks_too_dense_for_each_class():
    second, third = 1.3 * CHIPS[1], 1.9 * CHIPS[2]
    expected = [[second[0] + third[0], third[1]], third, 0.0 * third]
    np.testing.assert_allclose(housed().dense_w, expected, rtol=1e-12)


def test_what_is_too_dense_for_a_class_is_taken_by_those_of_wider_racks():
    """Here the order is promised, cold, warm; there cold, promised, warm."""
    cold, warm = BUILT_W
    expected = [[cold[0] + warm[0], warm[1]], [warm[0], PROMISED_W[1] + warm[1]], 0.0 * warm]
    np.testing.assert_allclose(housed().taking_w, expected, rtol=1e-12)


def test_compute_that_no_hall_takes():
    """Of each chip what the scarcest class that is too small for it leaves over."""
    cold, warm = BUILT_W
    second, third = 1.3 * CHIPS[1], 1.9 * CHIPS[2]
    first_class = np.minimum((cold[0] + warm[0]) / (second[0] + third[0]), 1.0)
    here = 5 * CHIPS[1, 0] * (1 - first_class) + 11 * CHIPS[2, 0] * (1 - np.minimum(first_class, warm[0] / third[0]))
    left = np.minimum(np.minimum(warm[1], PROMISED_W[1] + warm[1]) / third[1], 1.0)
    there = 11 * CHIPS[2, 1] * (1 - left)
    assert (first_class < 1).all()
    np.testing.assert_allclose(housed().unfit_eflops, [here, there], rtol=1e-12)


def test_with_room_enough_all_compute_is_housed():
    np.testing.assert_array_equal(housed(built=BUILT_W + 1000.0).unfit_eflops, np.zeros((2, 2)))


def test_with_no_hall_that_takes_them_dense_racks_stand_still():
    scenario = limited(own=(8.0, 8.0), kinds=(8.0, 8.0))
    np.testing.assert_allclose(housed(scenario).unfit_eflops, 11.0 * CHIPS[2], rtol=1e-12)


def test_a_rack_as_dense_as_a_hall_takes_fits():
    """Four chips of 0.7 and a limit of 2.8; the others do not."""
    scenario = limited(own=(0.0, 0.0), kinds=(4 * 0.7, 0.0))
    np.testing.assert_allclose(housed(scenario).dense_w[1], 1.3 * CHIPS[1] + 1.9 * CHIPS[2], rtol=1e-12)


def test_where_no_rack_is_too_dense_nothing_is_left_over_and_slopes_are_nothing():
    scenario = limited(own=(0.0, 0.0), kinds=(0.0, 0.0))
    np.testing.assert_array_equal(too_dense(scenario), np.zeros((3, 2), bool))
    slope = jax.grad(lambda built: jnp.sum(housing(scenario, jnp.asarray(CHIPS), built, jnp.asarray(PROMISED_W)).unfit_eflops))
    np.testing.assert_array_equal(slope(jnp.asarray(BUILT_W)), np.zeros((2, 2, 2)))


def test_which_classes_refuse_some_chip():
    np.testing.assert_array_equal(too_dense(limited()), [[True, True], [True, True], [False, False]])
    np.testing.assert_array_equal(too_dense(limited(own=(9.6, 9.4), kinds=(9.5, 2.0))), [[False, True], [False, False], [True, True]])


@pytest.mark.parametrize(("pue", "apart"), [
    ((1.2, 1.1), [[True, True], [True, True]]),
    ((1.2, 1.2), [[True, True], [False, False]]),
    ((0.0, 1.1), [[False, False], [True, True]]),
    ((1.1, 0.0), [[True, True], [False, False]]),
    ((1.3, 1.15), [[False, True], [True, False]]),
])  # fmt: skip
def test_a_kind_of_hall_is_told_apart_where_no_class_before_it_has_its_overhead(pue, apart):
    np.testing.assert_array_equal(told_apart(limited(pue=pue)), apart)


def test_a_kind_of_hall_that_cannot_stand_at_a_site_is_not_told_apart_there():
    scenario = dataclasses.replace(limited(pue=(1.2, 1.1)), site=sites(hall_starts_w_per_s=[0.0, 0.25]))
    np.testing.assert_array_equal(told_apart(scenario), [[False, True], [False, True]])


def test_racks_are_as_dense_as_their_chips_together():
    np.testing.assert_allclose(chips().rack_w, [2.8, 3.9, 9.5], rtol=1e-14)
