"""Scores against their closed forms for a normal distribution, and what makes them proper."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from capexmodel.studies.scores import crps, log_score, place, quantiles, standard
from capexmodel.studies.self_check import unevenness

COUNT = 20_001
NORMAL = ndtri((np.arange(COUNT) + 0.5) / COUNT)


def test_quantiles_place_and_half_widths_of_a_normal() -> None:
    assert quantiles(NORMAL) == pytest.approx((-1.6449, 0.0, 1.6449), abs=1e-3)
    assert place(NORMAL, 0.0) == pytest.approx(0.5)
    assert place(NORMAL, 9.0) == 1.0
    assert standard(2.0 + 3.0 * NORMAL, 5.0) == pytest.approx(1.0, abs=1e-3)
    assert standard(2.0 + 3.0 * NORMAL, -4.0) == pytest.approx(-2.0, abs=1e-3)


@pytest.mark.parametrize("seen", [0.0, 1.0, -2.5])
def test_crps_of_a_normal(seen: float) -> None:
    """Closed form: y (2 Phi(y) - 1) + 2 phi(y) - 1 / sqrt(pi)."""
    below, density = 0.5 * math.erfc(-seen / math.sqrt(2.0)), math.exp(-0.5 * seen * seen) / math.sqrt(2.0 * math.pi)
    wanted = seen * (2.0 * below - 1.0) + 2.0 * density - 1.0 / math.sqrt(math.pi)
    assert crps(NORMAL, seen) == pytest.approx(wanted, abs=1e-3)
    assert crps(10.0 * NORMAL, 10.0 * seen) == pytest.approx(10.0 * wanted, abs=1e-2)


def test_crps_of_a_sure_prediction_is_its_error() -> None:
    assert crps(np.full(7, 3.0), 5.0) == pytest.approx(2.0)


@pytest.mark.parametrize("seen", [0.0, 1.0, -2.0])
def test_log_score_of_a_normal(seen: float) -> None:
    assert log_score(NORMAL, seen) == pytest.approx(-0.5 * seen * seen - 0.5 * math.log(2.0 * math.pi), abs=0.03)
    assert log_score(4.0 * NORMAL, 4.0 * seen) == pytest.approx(log_score(NORMAL, seen) - math.log(4.0), abs=1e-9)


def test_scores_prefer_the_truth_to_the_sure_and_to_the_vague() -> None:
    """Proper: over outcomes of a normal distribution none does better than itself."""
    outcomes = np.random.default_rng(0).standard_normal(400)

    def mean(spread: float) -> tuple[float, float]:
        drawn = spread * NORMAL[::20]
        return float(np.mean([crps(drawn, y) for y in outcomes])), -float(np.mean([log_score(drawn, y) for y in outcomes]))

    right = mean(1.0)
    for spread in (0.4, 2.5):
        assert all(own < other for own, other in zip(right, mean(spread), strict=True))


def test_even_places_pass_and_uneven_ones_do_not() -> None:
    """Places of truths in posteriors that are right, too sure, and off."""
    shares = np.random.default_rng(1).random(300)
    assert unevenness(shares) < 1.95
    assert unevenness(np.where(shares < 0.5, shares**2, 1.0 - (1.0 - shares) ** 2)) > 1.95
    assert unevenness(shares**1.5) > 1.95
