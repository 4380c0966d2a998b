"""Sobol indices: Ishigami's function by its closed form, the same samples by SALib, errors that cover, groups that move together."""

import jax.numpy as jnp
import numpy as np
import pytest
from SALib.analyze import sobol as salib

from capexmodel.config import load
from capexmodel.errors import ModelError
from capexmodel.studies.draws import draws
from capexmodel.studies.sobol import indices, name_of
from capexmodel.studies.tornado import moved_figure
from tests import studied

SINE, PEAK = 7.0, 0.1


def ishigami(share: np.ndarray) -> np.ndarray:
    """Source: Ishigami and Homma, ISUMA (1990): sin x + a sin^2 y + b z^4 sin x, each evenly from -pi to pi."""
    x, y, z = np.pi * (2.0 * share.T - 1.0)
    return np.sin(x) + SINE * np.sin(y) ** 2 + PEAK * z**4 * np.sin(x)


def sampled(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outputs at the points, at their twins, and with one number of the twin."""
    drawn = draws(studied.scenario(), count, seed)
    one, other = map(np.asarray, drawn.twins(jnp.arange(count)))
    mixed = []
    for place in range(3):
        swapped = one.copy()
        swapped[:, place] = other[:, place]
        mixed.append(ishigami(swapped))
    return ishigami(one), ishigami(other), np.stack(mixed)


def closed() -> tuple[list[float], list[float]]:
    """First order and total. Source: Saltelli et al., Global Sensitivity Analysis: The Primer (2008), section 4.3."""
    alone = [0.5 * (1.0 + PEAK * np.pi**4 / 5.0) ** 2, SINE**2 / 8.0, 0.0]
    both = PEAK**2 * np.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = sum(alone) + both
    return [part / whole for part in alone], [(alone[0] + both) / whole, alone[1] / whole, both / whole]


def test_ishigami() -> None:
    found = indices(*sampled(8192))
    first, total = closed()
    np.testing.assert_allclose(found.first, first, atol=0.01)
    np.testing.assert_allclose(found.total, total, atol=0.01)
    assert found.variance == pytest.approx(SINE**2 / 8 + PEAK * np.pi**4 / 5 + PEAK**2 * np.pi**8 / 18 + 0.5, rel=0.01)


def test_the_same_samples_give_what_salib_gives() -> None:
    one, other, mixed = sampled(512)
    rows = np.concatenate([one[None], mixed, other[None]]).T.ravel()
    told = salib.analyze({"num_vars": 3, "names": list("xyz"), "bounds": [[0, 1]] * 3}, rows, calc_second_order=False, seed=1)
    found = indices(one, other, mixed)
    np.testing.assert_allclose(found.first, told["S1"], atol=1e-12)
    np.testing.assert_allclose(found.total, told["ST"], atol=1e-12)
    z_95 = 1.959963984540054
    np.testing.assert_allclose(found.first_error * z_95, told["S1_conf"], rtol=0.3)
    np.testing.assert_allclose(found.total_error * z_95, told["ST_conf"], rtol=0.3)


def test_errors_are_not_too_small() -> None:
    """Over many seeds the spread of the indices is no larger than the errors that are told."""
    found = [indices(*sampled(256, seed)) for seed in range(16)]
    for index, error in (("first", "first_error"), ("total", "total_error")):
        spread = np.std([getattr(one, index) for one in found], axis=0)
        assert (spread < 1.5 * np.mean([getattr(one, error) for one in found], axis=0)).all()


def test_what_does_not_vary_is_refused() -> None:
    with pytest.raises(ModelError, match="does not vary"):
        indices(np.full(16, 3.0), np.full(16, 3.0), np.full((2, 16), 3.0))


def test_twins_are_independent_and_stand_alone() -> None:
    three = draws(studied.scenario(), 4096)
    one, other = map(np.asarray, three.twins(jnp.arange(4096)))
    assert np.abs(np.corrcoef(np.concatenate([one, other], axis=1).T) - np.eye(6)).max() < 0.05
    alone = three.twins(jnp.asarray([4000]))
    np.testing.assert_array_equal(np.asarray(alone[1])[0], other[4000])
    np.testing.assert_allclose(np.asarray(three.numbers(three.shares(jnp.arange(3)))), np.asarray(three.rows(jnp.arange(3))), rtol=0)


def test_what_is_correlated_is_one_group() -> None:
    """Prices of chips by a copula, stages of a series as one; every figure in one group, every group independent of the others."""
    scenario = load("meta_2026")
    drawn = draws(scenario, 1)
    groups = drawn.apart()
    assert sorted(place for group in groups for place in group) == list(range(drawn.steps.size))
    mixing = np.asarray(drawn.mixing)
    holds = np.array([[np.any(row[list(group)]) for group in groups] for row in mixing])
    assert (holds.sum(axis=1) == 1).all()
    prices = [place for place, leaf in enumerate(drawn.leaves) if leaf.table == "accelerator" and leaf.field == "price_usd"]
    assert len(prices) > 1
    assert len({int(np.flatnonzero(holds[place])[0]) for place in prices}) == 1
    assert name_of(tuple(moved_figure(scenario, [drawn.leaves[place]]) for place in prices)) == "accelerator.*.price_usd"
    series = next(group for group in drawn.series() if drawn.leaves[group[0]].path.startswith("site.other.hall_power_w"))
    assert len(series) > 5
