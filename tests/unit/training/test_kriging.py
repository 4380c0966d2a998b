"""Misses carried from run to run: against a refit without each, and in the limits."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.training import prior
from capexmodel.training.kriging import Kriged, Places, covariance, improbability, noisy
from tests.runs import changed


def places(count: int, least: int = -1) -> Places:
    """Runs with random traits in a few groups; some of them alone, unless the least group is none."""
    draw = np.random.default_rng(0)
    groups = np.stack([draw.integers(least, 3, count) for _ in range(6)], axis=1)
    return Places(jnp.asarray(groups), jnp.asarray(draw.normal(size=(count, 16))))


def take(some: Places, chosen: np.ndarray) -> Places:
    """Some of the runs."""
    return Places(some.groups[chosen], some.traits[chosen])


@pytest.mark.long
def test_leaving_one_out_is_learning_without_it() -> None:
    """The closed form is what a kriging without the run says of it, mean and deviation."""
    some, missed = places(12), jnp.asarray(np.random.default_rng(1).normal(size=12) * 0.1)
    miss = prior().miss
    middle, spread = Kriged.of(miss, some, missed).leaving_one_out(missed)
    for out in range(12):
        rest = np.delete(np.arange(12), out)
        one, by = Kriged.of(miss, take(some, rest), missed[rest]).at(take(some, np.asarray([out])))
        assert float(middle[out]) == pytest.approx(float(one[0]), abs=1e-12)
        assert float(spread[out]) == pytest.approx(float(by[0]), rel=1e-9)


def test_a_run_unlike_all_others_keeps_the_whole_spread() -> None:
    """Far away and of no group, nothing is carried over."""
    miss = prior().miss
    known = Kriged.of(miss, places(8), jnp.full(8, 0.3))
    stranger = Places(jnp.full((1, 6), -1), jnp.full((1, 16), 1e3))
    middle, spread = known.at(stranger)
    whole = float(jnp.sum(miss.group_spread**2) + miss.trend_spread**2 + miss.own_trend_spread**2 + miss.noise_spread**2)
    assert float(middle[0]) == pytest.approx(0.0, abs=1e-12)
    assert float(spread[0]) == pytest.approx(whole**0.5)


def test_a_run_seen_without_noise_is_met() -> None:
    """With next to no noise a known run is what was seen of it, and a near one nearly."""
    miss = changed(prior().miss, noise_spread=1e-6)
    some, missed = places(8, least=0), jnp.asarray(np.linspace(-0.2, 0.2, 8))
    middle, spread = Kriged.of(miss, some, missed).at(some)
    assert np.asarray(middle) == pytest.approx(np.asarray(missed), abs=1e-6)
    assert float(spread.max()) < 1e-3


def test_covariance_is_one() -> None:
    """Symmetric, and no combination of runs has a negative variance."""
    shared = np.asarray(covariance(prior().miss, places(40), places(40)))
    assert shared == pytest.approx(shared.T)
    assert np.linalg.eigvalsh(shared).min() > -1e-10


def test_improbability_is_that_of_a_normal_draw() -> None:
    """Half the squared length and the logarithm of the determinant, up to a constant."""
    some, missed = places(6), jnp.asarray(np.random.default_rng(2).normal(size=6))
    shared = np.asarray(noisy(prior().miss, some))
    wanted = 0.5 * missed @ np.linalg.solve(shared, missed) + 0.5 * np.linalg.slogdet(shared)[1]
    assert float(improbability(prior().miss, some, missed)) == pytest.approx(float(wanted))
