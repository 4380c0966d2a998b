"""Scores of predictions, of draws few enough to add up by hand."""

import math

import numpy as np
import pytest

from capexmodel.studies.scores import crps, log_score, place, quantiles, standard

Z = 1.6448536269514722
DRAWS = np.array([7.0, 3.0, 12.0, 5.0, 3.0])


def test_quantiles_are_those_of_nine_tenths_and_the_middle() -> None:
    assert quantiles(np.arange(101.0)) == pytest.approx((5.0, 50.0, 95.0))


@pytest.mark.parametrize(("seen", "share"), [(2.0, 0.0), (3.0, 0.2), (4.0, 0.4), (7.0, 0.7), (13.0, 1.0)])
def test_a_place_is_the_share_below_and_half_of_what_is_equal(seen: float, share: float) -> None:
    assert place(DRAWS, seen) == pytest.approx(share)


@pytest.mark.parametrize("seen", [1.0, 6.5, 20.0])
def test_the_ranked_score_is_the_mean_error_less_half_the_mean_distance(seen: float) -> None:
    pairs = np.abs(DRAWS[:, None] - DRAWS[None]).mean()
    assert crps(DRAWS, seen) == pytest.approx(np.abs(DRAWS - seen).mean() - 0.5 * pairs)


def density(draws: np.ndarray, band: float, seen: float) -> float:
    """Logarithm of a mean of bells."""
    return math.log(np.mean([math.exp(-0.5 * ((x - seen) / band) ** 2) / (band * math.sqrt(2.0 * math.pi)) for x in draws]))


@pytest.mark.parametrize("seen", [2.0, 6.0])
def test_the_density_has_silvermans_bandwidth(seen: float) -> None:
    """Quartiles 3 and 7: 4 over 1.34 is less than the standard deviation; with quartiles far apart it is the deviation."""
    assert log_score(DRAWS, seen) == pytest.approx(density(DRAWS, 0.9 * 4.0 / 1.34 * 5**-0.2, seen))
    wide = np.array([1.0, 1.0, 5.0, 9.0, 9.0])
    assert log_score(wide, seen) == pytest.approx(density(wide, 0.9 * wide.std() * 5**-0.2, seen))


def test_draws_that_are_mostly_equal_have_the_bandwidth_of_their_deviation() -> None:
    some = np.array([4.0, 4.0, 4.0, 4.0, 9.0])
    assert log_score(some, 6.0) == pytest.approx(density(some, 0.9 * 2.0 * 5**-0.2, 6.0))
    assert log_score(DRAWS, 1e4) < -1e5


def test_an_outcome_lies_so_many_half_widths_off_the_middle() -> None:
    """Of 0 to 100 with squares above the middle: 45 below, and the upper end at 95 by its own distance."""
    draws = np.concatenate([np.arange(51.0), 50.0 + 3.0 * np.arange(1.0, 51.0)])
    assert standard(draws, 30.0) == pytest.approx(-20.0 * Z / 45.0)
    assert standard(draws, 110.0) == pytest.approx(60.0 * Z / 135.0)
    assert (standard(draws, 50.0), standard(np.full(5, 3.0), 9.0)) == (0.0, 0.0)
