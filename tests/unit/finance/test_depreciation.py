"""Straight-line depreciation: beside a sum over many small purchases, and its conservation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.depreciation import StraightLine

SPENT = (10.0, 0.0, 30.0)
EDGES = (0.0, 1.0, 2.5, 4.0)


def spells() -> tuple[jax.Array, jax.Array]:
    """Spending by spell, and the edges of spells."""
    return jnp.asarray(SPENT), jnp.asarray(EDGES)


def line(lag: float = 0.75) -> StraightLine:
    """Two kinds: short-lived and long-lived."""
    return StraightLine(jnp.asarray([0.6, 0.4]), jnp.asarray([lag, 2.0 * lag]), jnp.asarray([2.0, 7.0]))


def test_every_dollar_written_off_once() -> None:
    """Nothing before service, all of it in the end, each kind its share."""
    charged = np.asarray(line().charged_usd(*spells(), jnp.asarray([0.0, 0.5, 100.0])))
    np.testing.assert_allclose(charged[:, :2], 0.0, atol=1e-12)
    np.testing.assert_allclose(charged[:, 2], [24.0, 16.0], rtol=1e-12)


def test_as_many_small_purchases() -> None:
    """Each of a hundred thousand purchases written off by itself."""
    times = np.array([1.2, 2.0, 3.7, 5.1, 9.0])
    dates = (np.arange(100_000) + 0.5) * 4.0 / 100_000
    rate = (np.asarray(SPENT) / np.diff(EDGES))[np.searchsorted(EDGES, dates) - 1] * 4.0 / 100_000
    wanted = [
        [share * float(np.sum(rate * np.clip((at - dates - lag) / life, 0.0, 1.0))) for at in times]
        for share, lag, life in ((0.6, 0.75, 2.0), (0.4, 1.5, 7.0))
    ]
    np.testing.assert_allclose(np.asarray(line().charged_usd(*spells(), jnp.asarray(times))), wanted, rtol=1e-4)


def test_expense_is_the_rise_of_what_is_charged() -> None:
    """Never negative, and its sum is the whole."""
    at = jnp.linspace(0.0, 20.0, 41)
    expense = np.asarray(line().expense_usd(*spells(), at))
    assert (expense >= -1e-12).all()
    assert expense.sum() == pytest.approx(40.0, rel=1e-12)


def test_slopes_in_life_and_lag_equal_differences() -> None:
    """A longer life or lag puts charges off."""

    def charged(life: jax.Array, lag: jax.Array) -> jax.Array:
        one = StraightLine(jnp.asarray([1.0]), jnp.reshape(lag, (1,)), jnp.reshape(life, (1,)))
        return one.charged_usd(*spells(), jnp.asarray([3.3]))[0, 0]

    point = jnp.asarray(2.0), jnp.asarray(0.6)
    slopes = jax.grad(charged, argnums=(0, 1))(*point)
    for place, slope in enumerate(slopes):
        up, down = ([number + sign * 1e-6 * (k == place) for k, number in enumerate(point)] for sign in (1, -1))
        assert float(slope) == pytest.approx(float(charged(*up) - charged(*down)) / 2e-6, rel=1e-6)
        assert float(slope) < 0
