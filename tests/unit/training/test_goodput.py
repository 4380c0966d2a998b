"""Goodput against a simulation of the process it describes, against a scan of intervals, and at its ends."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import poisson

from capexmodel.training.goodput import Reliability, Reserve, best_interval_s, share_useful

MINUTE, DAY = 60.0, 86400.0


def made_up(**changed: float) -> Reliability:
    """A fleet whose chips fail once in about six years."""
    numbers = {
        "chip_failures_per_s": 5e-9, "run_failures_per_s": 1e-6, "checkpoint_s": 20.0, "restart_s": 300.0,
    } | changed  # fmt: skip
    return Reliability(**{name: jnp.asarray(number) for name, number in numbers.items()})


def lived(failures_per_s: float, interval_s: float, checkpoint_s: float, restart_s: float, cycles: int) -> float:
    """Share of useful time of a simulated run: intervals and restarts are begun anew until one ends before the next failure."""
    random, time_s = np.random.default_rng(0), 0.0

    def spent_until_done(span_s: float) -> tuple[float, bool]:
        until_failure_s = random.exponential(1.0 / failures_per_s)
        return min(until_failure_s, span_s), until_failure_s >= span_s

    for _ in range(cycles):
        done = False
        while not done:
            spent_s, done = spent_until_done(interval_s + checkpoint_s)
            time_s += spent_s
            back = done
            while not back:
                spent_s, back = spent_until_done(restart_s)
                time_s += spent_s
    return cycles * interval_s / time_s


@pytest.mark.parametrize("chips", [1e4, 1e5, 1e6])
def test_the_share_is_that_of_the_process(chips: float) -> None:
    """From one failure in five hours to one in three minutes, at the best interval."""
    fleet = made_up()
    rate, interval_s = float(fleet.failures_per_s(jnp.asarray(chips))), float(fleet.interval_s(jnp.asarray(chips)))
    seen = lived(rate, interval_s, 20.0, 300.0, 20_000)
    assert float(fleet.goodput(jnp.asarray(chips))) == pytest.approx(seen, rel=0.02)


@pytest.mark.parametrize("rate", [1e-9, 1e-6, 1e-4, 1e-2, 1.0])
def test_no_other_interval_is_better(rate: float) -> None:
    """The closed condition against a scan, from a failure in decades to one a second."""
    checkpoint = jnp.asarray(20.0)
    best = best_interval_s(jnp.asarray(rate), checkpoint)
    others = best * jnp.exp(jnp.linspace(-1.0, 1.0, 2001))
    shares = share_useful(jnp.full(others.shape, rate), others, checkpoint, jnp.asarray(0.0))
    assert int(jnp.argmax(shares)) == pytest.approx(1000, abs=1)
    assert bool(jnp.isfinite(best))


def test_rare_failures_leave_youngs_interval() -> None:
    """sqrt(2 w / r) where failures are rare; without failures nothing but nothing is lost."""
    assert float(best_interval_s(jnp.asarray(1e-10), jnp.asarray(20.0))) == pytest.approx((2 * 20.0 / 1e-10) ** 0.5, rel=1e-4)
    assert float(made_up(run_failures_per_s=0.0, chip_failures_per_s=0.0).goodput(jnp.asarray(1e5))) == 1.0


def test_slopes_are_those_of_the_interval_found_anew() -> None:
    """d goodput / d (failures, checkpoint, restart) by central differences: the best interval moves, and costs nothing to first order."""
    fleet, chips = made_up(), jnp.asarray(2e5)
    slopes = jax.grad(lambda one: one.goodput(chips))(fleet)
    for name in ("chip_failures_per_s", "run_failures_per_s", "checkpoint_s", "restart_s"):
        number = float(getattr(fleet, name))
        ends = [float(made_up(**{name: number * (1.0 + side)}).goodput(chips)) for side in (1e-4, -1e-4)]
        slope = float(getattr(slopes, name))
        assert slope == pytest.approx((ends[0] - ends[1]) / (2e-4 * number), rel=1e-5)
        assert slope < 0


def test_spares_cover_what_is_being_repaired() -> None:
    """The share of time with no more nodes broken than spares, by the Poisson distribution; and some spares are worth their chips."""
    fleet, chips = Reserve(made_up(), jnp.asarray(DAY), jnp.asarray(8.0)), jnp.asarray(1e5)
    mean = float(fleet.broken_count(chips))
    for spares in (20, 40, 60):
        assert float(fleet.availability(chips, jnp.asarray(float(spares)))) == pytest.approx(poisson.cdf(spares, mean), rel=1e-9)
    worth = [float(fleet.useful_share(chips, jnp.asarray(float(spares)))) for spares in (20, 70, 2000)]
    assert worth[1] > worth[0]
    assert worth[1] > worth[2]


def test_where_hardly_any_time_is_left_its_logarithm_is_a_number_with_a_slope() -> None:
    """Three hundred million chips fail every second, and need an hour each time: the share is too small to be written down."""
    fleet, chips = made_up(restart_s=3600.0), jnp.asarray(3e8)
    rate, interval_s = float(fleet.failures_per_s(chips)), float(fleet.interval_s(chips))
    spent = rate * (interval_s + 20.0)
    wanted = math.log(rate * interval_s) - rate * 3600.0 - spent - math.log1p(-math.exp(-spent))
    assert float(fleet.goodput(chips)) == 0.0
    assert float(fleet.log_goodput(chips)) == pytest.approx(wanted, rel=1e-12)
    assert float(jax.grad(fleet.log_goodput)(chips)) == pytest.approx(-5e-9 * 3620.0, rel=1e-6)
