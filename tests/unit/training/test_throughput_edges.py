"""Forecasts of two runs by hand, from misses of 0.7 and -0.4 and a simple stand-in for a step."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training import calibration
from capexmodel.training.calibration import Runs, efficiency_of, miss_of
from capexmodel.training.kriging import Kriged
from capexmodel.training.throughput import Estimator, Forecast
from tests.believed import believed, moved, places, scalar, two_runs

MISSED = (0.7, -0.4)
WIDTH = 1.7


@pytest.fixture(autouse=True)
def simple(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch and peak stand in for the equations of a step."""
    monkeypatch.setattr(calibration, "tokens_per_s_per_chip", lambda job, chip, efficiency: job.batch_count * chip.peak_eflops)


PLAIN = (64e-3, 96 * 2.5e-3)
"""What the stand-in says of the two runs."""


def estimator() -> Estimator:
    """Two runs, seen to be e to the 0.7 above and e to the 0.4 below what the stand-in says."""
    seen = jnp.asarray([math.log(plain) + missed for plain, missed in zip(PLAIN, MISSED, strict=True)])
    return Estimator.of(believed(), moved(), two_runs(), seen, scalar(WIDTH))


def kriged() -> Kriged:
    """The misses alone."""
    return Kriged.of(miss_of(believed(), moved()), places(), jnp.asarray(MISSED))


def elsewhere() -> Runs:
    """The same steps at other places, in the other order."""
    two, far = two_runs(), places([[0, 3, -1, 2, 4], [5, 1, 0, 3, -1]], [[1.3, 3.1, 7.0], [2.0, 3.6, 10.0]])
    return Runs(*(jax.tree.map(lambda leaf: leaf[::-1], part) for part in (two.jobs, two.chips, two.kinds)), far)


def check(found: Forecast, plain: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> None:
    """The four rows of a forecast, each by its own exponential."""
    np.testing.assert_allclose(found.plain_count_per_s, plain, rtol=1e-12)
    np.testing.assert_allclose(found.expected_count_per_s, plain * np.exp(middle), rtol=1e-12)
    np.testing.assert_allclose(found.low_count_per_s, plain * np.exp(middle) / np.exp(WIDTH * spread), rtol=1e-12)
    np.testing.assert_allclose(found.high_count_per_s, plain * np.exp(middle) * np.exp(WIDTH * spread), rtol=1e-12)
    assert np.all(np.abs(middle) > 0.01)


def test_what_was_missed_is_seen_less_said() -> None:
    """0.7 and -0.4, and what is learned of them."""
    found = estimator()
    np.testing.assert_allclose(found.missed, MISSED, rtol=1e-12)
    np.testing.assert_allclose(found.kriged.weight, kriged().weight, rtol=1e-10)
    assert float(found.width_factor) == WIDTH


def test_other_runs_are_the_equations_and_the_misses_of_their_like() -> None:
    """Each from its place among the known ones."""
    middle, spread = map(np.asarray, kriged().at(elsewhere().places))
    check(estimator().predict(elsewhere()), np.array(PLAIN[::-1]), middle, spread)


def test_known_runs_are_foretold_from_the_others_alone() -> None:
    """Each without its own miss."""
    middle, spread = map(np.asarray, kriged().leaving_one_out(jnp.asarray(MISSED)))
    check(estimator().predict_known(two_runs()), np.array(PLAIN), middle, spread)


def test_what_software_reaches_is_that_of_the_unknowns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The equations are told the share that was learned, not the one believed."""
    monkeypatch.setattr(calibration, "tokens_per_s_per_chip", lambda job, chip, efficiency: efficiency.memory_share)
    wanted = float(efficiency_of(believed(), moved(), jax.tree.map(lambda index: index[0], two_runs().kinds)).memory_share)
    np.testing.assert_allclose(estimator().predict(two_runs()).plain_count_per_s, [wanted, wanted], rtol=1e-12)
