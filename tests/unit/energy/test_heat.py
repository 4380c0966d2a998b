"""Heat that is sold: first law, bounds, the best size, slopes."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capexmodel.config import siting
from capexmodel.energy.heat import HeatNetwork, HeatPump, Source, performance, profit_usd_per_s, sell

MWH_J = 3.6e9
SELL = jax.jit(sell)
PROFIT = jax.jit(profit_usd_per_s)
SOURCES = st.tuples(st.floats(1e6, 5e8), st.floats(25, 70), st.floats(0, 1), st.floats(1.02, 1.5), st.floats(0, 0.1), st.floats(10, 150))
PRICES = st.floats(0, 100)


def source(it_w: float, grade: float, captured: float, pue: float, spared: float, power_usd_per_mwh: float) -> Source:
    """A data center."""
    return Source(*(jnp.asarray(number) for number in (it_w, grade, captured, pue, spared, power_usd_per_mwh / MWH_J)))


def network(price_usd_per_mwh: float = 30.0) -> HeatNetwork:
    """The shipped network at another price."""
    return dataclasses.replace(siting.heat_network("nordic"), price_usd_per_j=jnp.asarray(price_usd_per_mwh / MWH_J))


@given(SOURCES, PRICES)
def test_the_first_law_and_its_bounds(numbers: tuple[float, ...], price: float) -> None:
    """Delivered is heat and work; no more heat than there is; reuse leaves an effectiveness between PUE - 1 and PUE."""
    given_source = source(*numbers)
    sold = SELL(given_source, siting.heat_pump("large"), network(price))
    np.testing.assert_allclose(sold.delivered_w, sold.source_w + sold.work_w, rtol=1e-12)
    np.testing.assert_allclose(sold.work_w * sold.cop, sold.delivered_w, rtol=1e-9)
    carried = float(given_source.captured_share * given_source.it_w)
    assert float(jnp.max(sold.source_w)) <= carried * (1 + 1e-12)
    assert bool(jnp.all(sold.delivered_w <= network().demand_w))
    pue = float(given_source.average_pue)
    assert pue - 1.0 - 1e-12 <= float(sold.ere) <= pue
    assert float(sold.share) == pytest.approx(pue - float(sold.ere), abs=1e-12)
    assert float(sold.profit_usd_per_s) >= 0.0


@given(SOURCES, PRICES, st.floats(0, 1))
def test_no_other_size_earns_more(numbers: tuple[float, ...], price: float, part: float) -> None:
    """The best of a concave function against any size that the heat allows."""
    given_source, pump = source(*numbers), siting.heat_pump("large")
    sold = SELL(given_source, pump, network(price))
    most = float(given_source.captured_share * given_source.it_w / (1.0 - 1.0 / sold.cop))
    size = part * min(most, float(jnp.max(network().demand_w)))
    earned = float(sold.profit_usd_per_s)
    assert float(PROFIT(given_source, pump, network(price), jnp.asarray(size))) <= earned + 1e-12 * (1 + abs(earned))
    at_best = float(PROFIT(given_source, pump, network(price), sold.capacity_w))
    assert at_best == pytest.approx(earned, rel=1e-9, abs=1e-9)


@given(SOURCES)
def test_it_pays_above_the_least_price_only(numbers: tuple[float, ...]) -> None:
    """A little above it something is sold, a little below nothing."""
    given_source, pump = source(*numbers), siting.heat_pump("large")
    least = float(SELL(given_source, pump, network()).least_price_usd_per_j) * MWH_J
    if least > 0.2 and float(given_source.captured_share) > 1e-3:
        assert float(SELL(given_source, pump, network(least - 0.1)).capacity_w) == 0.0
        assert float(SELL(given_source, pump, network(least + 0.1)).capacity_w) > 0.0


@given(st.floats(20, 70), st.floats(0.5, 10))
def test_warmer_coolant_takes_less_work(grade: float, warmer: float) -> None:
    """Performance rises with the grade, and is above one."""
    pump, warm = siting.heat_pump("large"), jnp.asarray(75.0)
    one, other = (float(performance(pump, jnp.asarray(cold), warm)) for cold in (grade, grade + warmer))
    assert 1.0 < one < other


def test_performance_by_hand() -> None:
    """From 50 to 75 degrees with 4 of pinch each: 33 to lift from 319.15 K, half of Carnot's limit."""
    assert float(performance(siting.heat_pump("large"), jnp.asarray(50.0), jnp.asarray(75.0))) == pytest.approx(1 + 0.5 * 319.15 / 33.0)


def test_slopes_against_differences() -> None:
    """Profit in grade, prices, cost of the pump and demand, at a size that some month decides."""
    base = source(1e8, 50.0, 0.85, 1.1, 0.03, 60.0)

    def profit(given_source: Source, pump: HeatPump, taker: HeatNetwork) -> jax.Array:
        return sell(given_source, pump, taker).profit_usd_per_s

    parts = (base, siting.heat_pump("large"), network())
    slopes, value = jax.jit(jax.grad(profit, argnums=(0, 1, 2)))(*parts), jax.jit(profit)
    fields = {
        0: ("grade_celsius", "energy_price_usd_per_j", "spared_share"),
        1: ("capacity_usd_per_w_per_s",),
        2: ("price_usd_per_j", "demand_w"),
    }
    for place, names in fields.items():
        for name in names:
            number = getattr(parts[place], name)
            step = 1e-6 * jnp.max(jnp.abs(number))
            ends = []
            for sign in (1, -1):
                moved = list(parts)
                moved[place] = dataclasses.replace(parts[place], **{name: number + sign * step})
                ends.append(float(value(*moved)))
            told = float(jnp.sum(getattr(slopes[place], name)))
            assert told == pytest.approx((ends[0] - ends[1]) / (2 * float(step)), rel=1e-5), name


def test_what_the_largest_in_service_sells_is_within_reach() -> None:
    """A hall of 30 MW, half of it carried by the coolant at 35 degrees, delivers what the first stage of Odense does or more."""
    told = siting.file("heat")["reported"]["odense"]["delivered_gwh_per_year"]
    sold = SELL(source(3e7, 35.0, 0.5, 1.1, 0.03, 40.0), siting.heat_pump("large"), network(45.0))
    year_gwh = float(jnp.mean(sold.delivered_w)) * 31557600.0 / 3.6e12
    assert float(told["low"]) < year_gwh < float(told["high"])
