"""Amortized cost of a run against its closed form, and its slopes against finite differences."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.training_cost import Amortization, chip_time_s

YEAR_S = 365.25 * 86400.0


def method() -> Amortization:
    """A server loses 0.14 orders of magnitude of its value a year; 19 parts of a hundred are network."""
    return Amortization(jnp.asarray(0.14 * math.log(10.0) / YEAR_S), jnp.asarray(0.19))


def test_a_run_of_a_year_by_hand() -> None:
    """One chip worth 10,000 for a year: 3,223.6 of the server, 19 parts to 81 of network, and 8,766 kWh at 0.1 dollars."""
    one = [jnp.asarray([number]) for number in (YEAR_S, 10_000.0, 1000.0, 0.1 / 3.6e6)]
    spent = method().spent(*one)
    assert float(spent.servers_usd[0]) == pytest.approx(3223.62, abs=0.01)
    assert float(spent.network_usd[0]) == pytest.approx(3223.62 * 19 / 81, abs=0.01)
    assert float(spent.energy_usd[0]) == pytest.approx(876.6, abs=1e-9)
    assert float(spent.total_usd[0]) == pytest.approx(3223.62 / 0.81 + 876.6, abs=0.02)


def test_values_fall_by_the_same_ratio_every_year() -> None:
    """0.14 orders of magnitude a year: to 72.4 % after one, to a hundredth of that ratio's power after many."""
    worth = np.asarray(method().value_usd(jnp.full(3, 1000.0), YEAR_S * jnp.asarray([0.0, 1.0, 10.0])))
    np.testing.assert_allclose(worth, [1000.0, 1000.0 * 10**-0.14, 1000.0 * 10**-1.4], rtol=1e-12)


def test_chip_time_of_a_published_run() -> None:
    """3.8e25 FLOP at 400 of 989.4 TFLOP/s take 26.4 million hours of an H100."""
    time_s = chip_time_s(jnp.asarray(3.8e7), jnp.asarray(989.4e-6), jnp.asarray(400.0 / 989.4))
    assert float(time_s) / 3600.0 == pytest.approx(26.39e6, rel=1e-3)


def test_slopes_equal_finite_differences() -> None:
    """Every number of the cost, the method's included."""

    def total(decline: jax.Array, share: jax.Array, numbers: jax.Array) -> jax.Array:
        return Amortization(decline, share).spent(*(number[None] for number in numbers)).total_usd[0]

    numbers = jnp.asarray([3e9, 3e4, 1.2e3, 2e-8])
    given = (method().decline_per_s, method().network_share, numbers)
    slopes = jax.grad(total, argnums=(0, 1, 2))(*given)
    for place in (0, 1):
        step = 1e-5 * given[place]
        up, down = ([*given[:place], given[place] + side * step, *given[place + 1 :]] for side in (1.0, -1.0))
        assert float(slopes[place]) == pytest.approx(float((total(*up) - total(*down)) / (2 * step)), rel=1e-7)
    for place in range(4):
        step = jnp.zeros(4).at[place].set(1e-5 * numbers[place])
        by_hand = (total(*given[:2], numbers + step) - total(*given[:2], numbers - step)) / (2 * step[place])
        assert float(slopes[2][place]) == pytest.approx(float(by_hand), rel=1e-7)
