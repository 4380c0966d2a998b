"""Heat that is sold, in watts and dollars a person can add up: the lift, the months, the best size, and each line of the account."""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.heat import HeatNetwork, HeatPump, Sold, Source, performance, profit_usd_per_s, sell

DEMAND = (0.0, 0.4, 3.0, 5.5)
"""Mean of what a pump of some size delivers: of 0.4 W: 0.3; of 3 W: 1.6; of 5.5 W: 2.225."""


def number(value: float):
    """A number as it is read from a file."""
    return jnp.asarray(value)


def pump(pinch: float = 1.65, share: float = 0.5, cost: float = 0.01) -> HeatPump:
    return HeatPump(number(share), number(pinch), number(cost))


def network(price: float = 0.2, supply: float = 83.0, demand: tuple[float, ...] = DEMAND) -> HeatNetwork:
    return HeatNetwork(number(supply), jnp.asarray(demand), number(price))


def source(**changed: float) -> Source:
    numbers = {"it_w": 20.0, "grade_celsius": 28.5, "captured_share": 0.7, "average_pue": 1.3, "spared_share": 0.25} | changed
    return Source(**{name: number(value) for name, value in ({"energy_price_usd_per_j": 0.12} | numbers).items()})


@pytest.mark.parametrize(
    ("cold", "warm", "pinch", "lift"),
    [(28.5, 83.0, 1.65, 57.8), (50.0, 75.0, 4.0, 33.0), (60.0, 50.0, 3.0, math.log1p(math.exp(-4.0))), (60.0, 54.0, 3.0, math.log(2.0))],
)
def test_performance_is_a_share_of_what_the_lift_allows(cold, warm, pinch, lift):
    found = float(performance(pump(pinch, share=0.4), jnp.asarray(cold), jnp.asarray(warm)))
    assert found == pytest.approx(1.0 + 0.4 * (cold - pinch + 273.15) / lift, rel=1e-13)


COP = 1.0 + 0.5 * 300.0 / 57.8
"""Refrigerant of 300 K, 54.5 degrees and twice the pinch to lift."""
POWER = 0.12 * (1.0 / COP - 0.25 * (COP - 1.0) / COP)
"""Dollars of power for a joule delivered."""


@pytest.mark.parametrize(("size", "mean"), [(0.0, 0.0), (0.4, 0.3), (2.0, 1.1), (3.0, 1.6), (7.0, 2.225)])
def test_profit_of_a_size(size, mean):
    """A month takes what it needs, or what the pump gives."""
    found = float(profit_usd_per_s(source(), pump(), network(), jnp.asarray(size)))
    assert found == pytest.approx((0.2 - POWER) * mean - 0.01 * size, rel=1e-12)


def sold(price: float, cost: float, it_w: float = 20.0) -> Sold:
    """The best, where having a watt costs a part of what a joule brings beyond its power."""
    return sell(source(it_w=it_w), pump(cost=cost * (price - POWER)), network(price))


@pytest.mark.parametrize(("cost", "size"), [(0.8, 0.0), (0.6, 0.4), (0.4, 3.0), (0.2, 5.5)])
def test_the_best_size_is_where_another_watt_serves_too_few_months(cost, size):
    """Of four months, three need a first watt, two another beyond 0.4, one beyond 3: it pays where that part is above the cost."""
    assert float(sold(0.2, cost).capacity_w) == pytest.approx(size, rel=1e-15)


def test_nothing_is_sold_at_a_loss_though_every_month_needs_heat():
    found = sell(source(), pump(cost=2.0), network(0.2, demand=(0.4, 3.0, 5.5)))
    assert float(found.capacity_w) == 0.0
    assert float(found.profit_usd_per_s) == 0.0


def test_no_more_is_sold_than_the_hall_gives():
    """Of 5 W, 0.7 are carried; with the work of the pump that is more, and less than the coldest month needs."""
    most = 3.5 * COP / (COP - 1.0)
    found = sold(0.2, 0.2, it_w=5.0)
    assert 3.0 < most < 5.5
    assert float(found.capacity_w) == pytest.approx(most, rel=1e-13)
    np.testing.assert_allclose(found.source_w, [0.0, 0.4 * 3.5 / most, 3.0 * 3.5 / most, 3.5], rtol=1e-13)


def test_no_more_is_sold_than_the_hall_gives_though_all_need_more():
    """Of 1 W, 0.7 are carried: each of two months takes all."""
    found = sell(source(it_w=1.0), pump(cost=1e-4), network(0.2, demand=(3.0, 5.5)))
    np.testing.assert_allclose(found.source_w, [0.7, 0.7], rtol=1e-13)


def test_the_account_of_what_is_sold():
    """The pump has 3 W: 0, 0.4, 3 and 3 are delivered, 1.6 on average."""
    found, cost = sold(0.2, 0.4), 0.4 * (0.2 - POWER)
    taken = (COP - 1.0) / COP
    delivered = np.asarray([0.0, 0.4, 3.0, 3.0])
    assert float(found.cop) == pytest.approx(COP, rel=1e-13)
    np.testing.assert_allclose(found.delivered_w, delivered, rtol=1e-15)
    np.testing.assert_allclose(found.source_w, taken * delivered, rtol=1e-13)
    np.testing.assert_allclose(found.work_w, delivered / COP, rtol=1e-12)
    by_hand = {
        "share": 1.6 * taken / 20.0,
        "ere": 1.3 - 1.6 * taken / 20.0,
        "revenue_usd_per_s": 0.32,
        "power_usd_per_s": 1.6 * POWER,
        "having_usd_per_s": 3.0 * cost,
        "least_price_usd_per_j": POWER + cost * 4.0 / 3.0,
        "profit_usd_per_s": 0.32 - 1.6 * POWER - 3.0 * cost,
    }
    assert {name: float(getattr(found, name)) for name in by_hand} == pytest.approx(by_hand, rel=1e-12)


def test_profit_is_revenue_less_power_less_the_pump():
    found = dataclasses.replace(
        sold(0.2, 0.4), revenue_usd_per_s=jnp.asarray(31.0), power_usd_per_s=jnp.asarray(7.0), having_usd_per_s=jnp.asarray(5.0)
    )
    assert float(found.profit_usd_per_s) == 19.0


@pytest.mark.parametrize(("sign", "size"), [(-1e-9, 0.0), (1e-9, 0.4)])
def test_it_pays_from_its_least_price_on(sign, size):
    least = float(sold(0.2, 0.4).least_price_usd_per_j)
    cost = 0.4 * (0.2 - POWER)
    assert float(sell(source(), pump(cost=cost), network(least + sign)).capacity_w) == pytest.approx(size, abs=1e-15)


@pytest.mark.parametrize(("changed", "power"), [({"spared_share": 0.0}, 0.12 / COP), ({"energy_price_usd_per_j": 0.0}, 0.0)])
def test_power_of_a_joule(changed, power):
    found = sell(source(**changed), pump(cost=1e-4), network())
    assert float(found.power_usd_per_s) == pytest.approx(2.225 * power, rel=1e-12)
