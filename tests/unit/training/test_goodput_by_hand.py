"""Goodput by closed forms: rates, shares and intervals of a few numbers, each end and each guard."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import poisson

from capexmodel.training.goodput import Reliability, Reserve, best_interval_s, log_share_useful, share_useful

CHIP, RUN, WRITE_S, RESTART_S = 3e-8, 7e-6, 20.0, 300.0


def fleet(**changed: float) -> Reliability:
    """Chips that fail once in a year, runs once in forty hours."""
    numbers = {"chip_failures_per_s": CHIP, "run_failures_per_s": RUN, "checkpoint_s": WRITE_S, "restart_s": RESTART_S} | changed
    return Reliability(**{name: jnp.asarray(number) for name, number in numbers.items()})


def best_s(rate: float, write_s: float = WRITE_S) -> float:
    """The root y of (1 - y) exp(y + r w) = 1 over the rate, by bisection."""
    return brentq(lambda y: math.log1p(-y) + y + rate * write_s, 1e-12, 1.0 - 1e-15, xtol=1e-15, rtol=1e-14) / rate


def share(rate: float, interval_s: float, write_s: float = WRITE_S, restart_s: float = RESTART_S) -> float:
    """Work over the time it takes, as published: a r exp(-r R) / (exp(r (a + w)) - 1)."""
    return interval_s * rate * math.exp(-rate * restart_s) / math.expm1(rate * (interval_s + write_s))


@pytest.mark.parametrize("chips", [0.0, 700.0, 90000.0])
def test_failures_are_those_of_chips_and_those_of_the_run(chips):
    assert float(fleet().failures_per_s(jnp.asarray(chips))) == pytest.approx(chips * CHIP + RUN, rel=1e-14)


@pytest.mark.parametrize("chips", [700.0, 90000.0, 5e6])
def test_a_run_is_at_its_best_interval(chips):
    rate, one = chips * CHIP + RUN, jnp.asarray(chips)
    assert float(fleet().interval_s(one)) == pytest.approx(best_s(rate), rel=1e-9)
    assert float(fleet().goodput(one)) == pytest.approx(share(rate, best_s(rate)), rel=1e-9)
    assert float(fleet().log_goodput(one)) == pytest.approx(math.log(share(rate, best_s(rate))), rel=1e-9)


@pytest.mark.parametrize("rate", [3e-4, 2e-2, 0.3, 2.5])
def test_the_useful_share_is_as_published(rate):
    numbers = [jnp.asarray(each) for each in (rate, 55.0, 6.0, 9.0)]
    assert float(share_useful(*numbers)) == pytest.approx(share(rate, 55.0, 6.0, 9.0), rel=1e-12)
    assert float(log_share_useful(*numbers)) == pytest.approx(math.log(share(rate, 55.0, 6.0, 9.0)), rel=1e-12)


def test_without_failures_only_checkpoints_cost_time():
    numbers = [jnp.asarray(each) for each in (0.0, 55.0, 6.0, 9.0)]
    assert float(share_useful(*numbers)) == pytest.approx(55 / 61, rel=1e-14)
    slopes = jax.grad(log_share_useful, argnums=(1, 2))(*numbers)
    np.testing.assert_allclose(slopes, [6.0 / (55.0 * 61.0), -1.0 / 61.0], rtol=1e-12)


def test_without_failures_no_checkpoint_is_ever_written():
    still = fleet(chip_failures_per_s=0.0, run_failures_per_s=0.0)
    assert float(still.interval_s(jnp.asarray(5.0))) == math.inf
    assert float(still.goodput(jnp.asarray(5.0))) == 1.0
    np.testing.assert_allclose(best_interval_s(jnp.asarray([0.0, 1e-3]), jnp.asarray(4.0)), [math.inf, best_s(1e-3, 4.0)], rtol=1e-12)


@pytest.mark.parametrize("rate", [1e-9, 1e-6, 1e-3, 0.05, 0.15, 0.2])
def test_the_best_interval_is_the_root_of_its_equation(rate):
    """Up to four failures while one checkpoint is written."""
    found = float(best_interval_s(jnp.asarray(rate), jnp.asarray(WRITE_S)))
    assert found == pytest.approx(best_s(rate), rel=1e-8)
    if rate > 1e-6:
        y = found * rate
        assert (1.0 - y) * math.exp(y + rate * WRITE_S) == pytest.approx(1.0, rel=1e-9)


def test_the_best_interval_moves_as_its_equation_says():
    """y + log(1 - y) + w = 0, so dy/dw = (1 - y) / y; of a = y(r w) / r, by the checkpoint (1 - y) / y, by the rate (that w - a) / r."""
    rate, write_s = 0.004, 30.0
    y = best_s(rate, write_s) * rate
    slopes = jax.grad(best_interval_s, argnums=(0, 1))(jnp.asarray(rate), jnp.asarray(write_s))
    assert float(slopes[1]) == pytest.approx((1 - y) / y, rel=1e-10)
    assert float(slopes[0]) == pytest.approx(((1 - y) / y * write_s - y / rate) / rate, rel=1e-10)


def reserve() -> Reserve:
    """Nodes of eight chips, half an hour away when broken."""
    return Reserve(fleet(), jnp.asarray(1800.0), jnp.asarray(8.0))


def test_broken_nodes_are_those_that_fail_while_one_is_away():
    assert float(reserve().broken_count(jnp.asarray(90000.0))) == pytest.approx(90000 * CHIP * 1800, rel=1e-14)


@pytest.mark.parametrize("spares", [0.0, 3.0, 7.0])
def test_a_run_is_whole_while_no_more_are_broken_than_spare(spares):
    chips, held = jnp.asarray(90000.0), jnp.asarray(spares)
    whole = poisson.cdf(spares, 4.86)
    assert float(reserve().availability(chips, held)) == pytest.approx(whole, rel=1e-12)
    rate = 90000 * CHIP + RUN
    expected = whole * share(rate, best_s(rate)) * 90000 / (90000 + 8 * spares)
    assert float(reserve().useful_share(chips, held)) == pytest.approx(expected, rel=1e-9)


def test_without_failures_slopes_are_finite():
    slopes = jax.grad(lambda one: one.log_goodput(jnp.asarray(5.0)))(fleet(chip_failures_per_s=0.0, run_failures_per_s=0.0))
    assert all(bool(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(slopes))
