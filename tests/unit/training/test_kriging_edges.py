"""Misses of two runs and of others like them, with groups and distances worked out pair by pair."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.kriging import Kriged, Places, covariance, improbability, noisy
from tests.believed import miss, places

ALL = 2.04
"""Variance of one run's miss, noise included."""
NEAR = math.exp(-1e-6)
"""What is left of a trend between runs that stand at the same place."""
TWO = 0.09 + 0.49 + 0.73 * math.exp(-0.5)
"""What the two known runs share: model and joint group, and the joint trend with what strangers have of the common one."""
MISSED = (0.7, -0.4)


def others() -> Places:
    """A relative, a stranger of the same few groups, and one of the same model and chip alone."""
    groups = [[0, 3, -1, 2, 4], [5, 1, 0, 3, -1], [7, 8, 9, 2, -3]]
    return places(groups, [[1.6, 3.2, 8.0], [2.0, 3.6, 10.0], [1.0, 3.0, 8.0]])


def shared() -> np.ndarray:
    """What each of the two known runs shares with the others."""
    first = (0.69 + math.exp(-0.5), 0.09 + 0.09 * math.exp(-math.sqrt(1.94)), 0.49 + 0.73 * NEAR)
    second = (0.49 + 0.73 * NEAR, 0.38 + 0.36 * math.exp(-math.sqrt(0.93)), 0.49 + 0.73 * math.exp(-0.5))
    return np.array([first, second])


def known() -> Kriged:
    """Learned from the two."""
    return Kriged.of(miss(), places(), jnp.asarray(MISSED))


def undone(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One row times the inverse of the two runs' covariance times another."""
    return (ALL * (one[0] * other[0] + one[1] * other[1]) - TWO * (one[0] * other[1] + one[1] * other[0])) / (ALL**2 - TWO**2)


def test_runs_share_by_groups_and_nearness() -> None:
    """Variances of the groups in common, and of trends by distance; a quarter of the common trend where software is foreign."""
    assert len(others()) == 3
    np.testing.assert_allclose(covariance(miss(), places(), others()), shared(), rtol=1e-10)


def test_what_is_seen_of_a_run_has_all_of_its_variance() -> None:
    """Also of one that is alone in a group; apart they share what they share."""
    np.testing.assert_allclose(noisy(miss(), places()), [[ALL, TWO], [TWO, ALL]], rtol=1e-10)


def test_improbability_of_two_misses() -> None:
    """Half of the squared length, and half of the logarithm of the determinant."""
    missed = np.array(MISSED)
    wanted = 0.5 * undone(missed, missed) + 0.5 * math.log(ALL**2 - TWO**2)
    assert float(improbability(miss(), places(), jnp.asarray(missed))) == pytest.approx(wanted, rel=1e-10)


def test_misses_are_carried_to_others() -> None:
    """The mean and the deviation of three other runs."""
    middle, spread = known().at(others())
    np.testing.assert_allclose(middle, undone(shared(), np.array(MISSED)), rtol=1e-10)
    np.testing.assert_allclose(spread, np.sqrt(ALL - undone(shared(), shared())), rtol=1e-10)


def test_each_run_from_the_other() -> None:
    """Of two the one says so much of the other as they share."""
    middle, spread = known().leaving_one_out(jnp.asarray(MISSED))
    np.testing.assert_allclose(middle, [TWO / ALL * -0.4, TWO / ALL * 0.7], rtol=1e-10)
    np.testing.assert_allclose(spread, [math.sqrt(ALL - TWO**2 / ALL)] * 2, rtol=1e-10)


def test_no_run_is_known_better_than_its_noise() -> None:
    """All in groups, hardly a trend and hardly noise: what is left of a known run is its noise, not a rounding."""
    sure = miss(group_spread=[1.0, 1.0, 1.0, 1.0], trend_spread=1e-12, own_trend_spread=1e-12, noise_spread=1e-9)
    one = places([[0, 1, 2, 3]], [[1.0, 3.0, 8.0]])
    _, spread = Kriged.of(sure, one, jnp.asarray([0.5])).at(one)
    assert float(spread[0]) == pytest.approx(1e-9, rel=1e-12)
