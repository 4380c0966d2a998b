"""What a site waits for, in small numbers: three channels as lognormals, two stages, the date by hand and what a channel is worth."""

import math
from statistics import NormalDist

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.lead_time import BuildOut, Channels, one_stage

LEAD, SPREAD, ORDER = (3.0, 10.0, 4.0), (0.4, 0.25, 0.7), (1.5, 0.5, 2.5)
BEGUN, WATTS = (2.0, 6.0), (30.0, 70.0)
NORMAL = NormalDist()


def channels(*which: int) -> Channels:
    which = which or (0, 1, 2)
    rows = [jnp.asarray([row[k] for k in which]) for row in (LEAD, SPREAD, ORDER)]
    return Channels(tuple(f"channel{k}" for k in which), *rows)


def site() -> BuildOut:
    return BuildOut(channels(), jnp.asarray(BEGUN), jnp.asarray(WATTS))


def score(k: int, after: float) -> float:
    return (math.log(after - ORDER[k]) - math.log(LEAD[k])) / SPREAD[k]


def there(k: int, after: float) -> float:
    """Share of a channel that has come."""
    return 0.5 * math.erfc(-score(k, after) / math.sqrt(2.0)) if after > ORDER[k] else 0.0


def all_there(after: float) -> float:
    return math.prod(there(k, after) for k in range(3))


def online(at: float) -> float:
    """Watts of both stages."""
    return sum(watts * all_there(at - begun) for begun, watts in zip(BEGUN, WATTS, strict=True))


AFTER = (4.0, 7.0, 11.0, 19.0)


@pytest.mark.parametrize("k", range(3))
def test_a_channel_arrives_as_a_lognormal(k):
    found = channels().log_arrived(jnp.asarray(AFTER))
    np.testing.assert_allclose(found[k], [math.log(there(k, after)) for after in AFTER], rtol=1e-11)


def test_nothing_arrives_before_its_order_or_on_its_day():
    found = channels().log_arrived(jnp.asarray([0.25, 0.5, 1.5, 2.5]))
    no, some = -math.inf, math.isfinite
    assert found[0, :3].tolist() == [no, no, no]
    assert found[1, :2].tolist() == [no, no]
    assert found[2].tolist() == [no, no, no, no]
    assert some(found[0, 3])
    assert some(found[1, 2])


@pytest.mark.parametrize("after", [0.5, 1.5, 2.5])
def test_slopes_on_the_day_of_an_order_and_before_it_are_finite(after):
    slopes = jax.grad(lambda lead: jnp.sum(eqx.tree_at(lambda c: c.lead_s, channels(), lead).online(jnp.asarray([after]))))(
        jnp.asarray(LEAD)
    )
    assert slopes.tolist() == [0.0, 0.0, 0.0]


def test_slopes_of_arrival_on_the_day_of_an_order_are_nothing():
    """In the time, where the logarithm itself has no slope."""

    def arrived(after):
        return jnp.exp(channels(0).log_arrived(after)[0, 0])

    assert float(jax.grad(arrived)(jnp.asarray([1.5]))[0]) == 0.0


def test_online_is_all_of_them():
    np.testing.assert_allclose(channels().online(jnp.asarray(AFTER)), [all_there(after) for after in AFTER], rtol=1e-11)


def quantiles(share: float) -> list[float]:
    return [ORDER[k] + LEAD[k] * math.exp(SPREAD[k] * NORMAL.inv_cdf(share)) for k in range(3)]


@pytest.mark.parametrize("share", [0.03, 0.3, 0.96])
def test_when_a_share_is_there(share):
    np.testing.assert_allclose(channels().quantile_s(jnp.asarray(share)), quantiles(share), rtol=1e-12)


@pytest.mark.parametrize("share", [0.03, 0.3, 0.96])
def test_a_share_is_online_between_the_latest_and_the_latest_cube_root(share):
    low, high = channels().bounds_s(jnp.asarray(share))
    assert float(low) == pytest.approx(max(quantiles(share)), rel=1e-12)
    assert float(high) == pytest.approx(max(quantiles(share ** (1.0 / 3.0))), rel=1e-12)


def test_watts_online_are_those_of_both_stages():
    at = (6.5, 9.0, 13.0, 27.0)
    np.testing.assert_allclose(site().online_w(jnp.asarray(at)), [online(each) for each in at], rtol=1e-11)


@pytest.fixture(scope="module")
def date_s():
    return eqx.filter_jit(lambda site, wanted: site.date_s(wanted))


@pytest.mark.parametrize("wanted", [0.3, 20.0, 55.0, 99.0])
def test_the_date_is_when_as_many_are_online(date_s, wanted):
    at = float(date_s(site(), jnp.asarray(wanted)))
    assert online(at) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize(("begun", "scale"), [((2.0, 6.0), 1e-3), ((40.0, 43.0), 1.0)])
def test_the_date_of_a_site_that_takes_no_time_or_begins_late(date_s, begun, scale):
    times = [jnp.asarray(row) * scale for row in (LEAD, ORDER, begun)]
    late = BuildOut(Channels(("a", "b", "c"), times[0], jnp.asarray(SPREAD), times[1]), times[2], jnp.asarray(WATTS))
    at = float(date_s(late, jnp.asarray(55.0))) / scale
    assert sum(watts * all_there(at - start) for start, watts in zip(begun, WATTS, strict=True)) == pytest.approx(55.0, rel=1e-9)


def test_a_late_stage_makes_the_last_watts_late_and_the_first_ones_not(date_s):
    """The second stage begins long after the first is done: the first watts are those of one, the last those of the other."""
    apart = BuildOut(channels(1), jnp.asarray([2.0, 5000.0]), jnp.asarray([30.0, 70.0]))
    first = 2.5 + 10.0 * math.exp(0.25 * NORMAL.inv_cdf(12.0 / 30.0))
    last = 5000.5 + 10.0 * math.exp(0.25 * NORMAL.inv_cdf((80.0 - 30.0) / 70.0))
    assert float(date_s(apart, jnp.asarray(12.0))) == pytest.approx(first, rel=1e-11)
    assert float(date_s(apart, jnp.asarray(80.0))) == pytest.approx(last, rel=1e-11)


@pytest.mark.parametrize("wanted", [0.0, -20.0, 100.0, 130.0])
def test_watts_that_never_come_have_no_date_and_no_slope(date_s, wanted):
    assert float(date_s(site(), jnp.asarray(wanted))) == math.inf
    slopes = eqx.filter_jit(eqx.filter_grad(lambda one, watts: one.date_s(watts)))(site(), jnp.asarray(wanted))
    assert all(np.all(np.asarray(leaf) == 0.0) for leaf in jax.tree.leaves(slopes))


def test_a_date_of_one_channel_is_its_quantile_and_its_slope_by_hand(date_s):
    alone, z = one_stage(channels(2), jnp.asarray(50.0)), NORMAL.inv_cdf(0.3)
    assert float(date_s(alone, jnp.asarray(15.0))) == pytest.approx(2.5 + 4.0 * math.exp(0.7 * z), rel=1e-11)
    slopes = eqx.filter_jit(eqx.filter_grad(lambda one, watts: one.date_s(watts)))(alone, jnp.asarray(15.0))
    assert float(slopes.channels.lead_s[0]) == pytest.approx(math.exp(0.7 * z), rel=1e-9)
    assert float(slopes.channels.spread[0]) == pytest.approx(4.0 * z * math.exp(0.7 * z), rel=1e-9)
    assert float(slopes.channels.order_s[0]) == pytest.approx(1.0, rel=1e-9)
    assert float(slopes.begun_s[0]) == pytest.approx(1.0, rel=1e-9)


def rate(k: int, after: float) -> float:
    """How fast a channel comes, over what has come."""
    return NORMAL.pdf(score(k, after)) / (SPREAD[k] * (after - ORDER[k]) * there(k, after))


def test_a_channel_is_worth_what_of_the_watts_that_come_waits_for_it(date_s):
    at = float(date_s(site(), jnp.asarray(55.0)))
    coming = [sum(watts * all_there(at - begun) * rate(k, at - begun) for begun, watts in zip(BEGUN, WATTS, strict=True)) for k in range(3)]
    found = eqx.filter_jit(lambda one, watts: one.worth(watts))(site(), jnp.asarray(55.0))
    np.testing.assert_allclose(found, np.asarray(coming) / sum(coming), rtol=1e-8)


def test_one_stage_begins_at_once_and_is_the_whole():
    whole = one_stage(channels(), jnp.asarray(50.0))
    assert whole.begun_s.tolist() == [0.0]
    assert whole.stage_w.tolist() == [50.0]
    assert whole.channels.names == ("channel0", "channel1", "channel2")


@pytest.mark.declarations
def test_names_are_no_numbers():
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(channels()))
