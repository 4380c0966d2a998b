"""Prices by vintage: those of the builds on the day they were told, dearer with memory and haste, cheaper with time and lots."""

import datetime

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.builds import builds, given, tables
from capexmodel.finance.vintage import share_before
from capexmodel.studies.ownership import prices_usd, vintages

YEAR_S = 31557600.0


def test_prices_are_those_of_the_builds():
    for name, told in builds().items():
        spares = 1.0 + float(told.build.spares_share)
        counted = 1.0 + float(told.build.site_share) * (float(told.build.overhead_ratio) - 1.0)
        systems = float(told.build.parts().systems_usd_per_w) * float(told.build.chip_w) * counted / spares
        low, middle, high = prices_usd(told.as_of)[name]
        assert middle == pytest.approx(systems, rel=1e-12)
        assert low <= middle <= high


def test_a_price_falls_by_the_decline_of_a_year():
    day = datetime.date(2026, 6, 1)
    for name, (_, later, _) in prices_usd(day + datetime.timedelta(days=365)).items():
        years = 365.0 * 86400.0 / YEAR_S
        decline = float(builds()[name].build.decline_per_s) * YEAR_S
        assert later == pytest.approx(prices_usd(day)[name][1] * np.exp(-decline * years), rel=1e-12)


def test_memory_before_its_rise_takes_a_rack_back_to_what_it_was():
    rise = given(tables()["vintage"], "memory_rise_ratio").value
    day = builds()["morgan_stanley_vr200"].as_of
    after, before = (prices_usd(day, memory_ratio=ratio)["morgan_stanley_vr200"][1] for ratio in (1.0, 1.0 / rise))
    share = given(tables()["vintage"], "memory_share").value
    assert before / after == pytest.approx(1.0 - share * (1.0 - 1.0 / rise), rel=1e-12)
    earlier = float(share_before(jnp.asarray(share), jnp.asarray(rise)))
    assert after / before == pytest.approx(1.0 + earlier * (rise - 1.0), rel=1e-12)


def test_early_buyers_pay_more_and_large_ones_less():
    made, _ = vintages()
    at_s, one = made.told_at_s, jnp.ones(len(made.names))
    early = made.system_usd(at_s, one, one)
    np.testing.assert_allclose(early, made.price_usd * (1.0 + made.early_share), rtol=1e-12)
    np.testing.assert_allclose(made.system_usd(at_s - YEAR_S, one, one) / early, np.exp(made.decline_per_s * YEAR_S), rtol=1e-12)
    late = made.system_usd(at_s + 20 * YEAR_S, one, one) * jnp.exp(made.decline_per_s * 20 * YEAR_S)
    np.testing.assert_allclose(late, made.price_usd, rtol=1e-6)
    lots = made.system_usd(at_s, one, 2.0 * one) / early
    np.testing.assert_allclose(lots, 2.0 ** -np.asarray(made.volume_exponent), rtol=1e-12)


def test_slopes_are_those_of_differences():
    made, _ = vintages()
    one = jnp.ones(len(made.names))

    def cost(years):
        return jnp.sum(made.system_usd(made.told_at_s + years * YEAR_S, 1.2 * one, 3.0 * one))

    step = 1e-5
    difference = (float(cost(jnp.asarray(0.5 + step))) - float(cost(jnp.asarray(0.5 - step)))) / (2 * step)
    assert float(jax.grad(cost)(jnp.asarray(0.5))) == pytest.approx(difference, rel=1e-7)
    assert eqx.is_array(made.price_usd)
