"""Halls that wait for many things at once: the smooth latest, its slopes, and how far it is from the hard one."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.lead_time import BuildOut, Channels, one_stage

MONTH_S = 2629800.0
GW = 1e9


def channels(leads=(4.0, 18.0, 15.0), spreads=(0.4, 0.28, 0.12), orders=(0.0, 0.0, 2.0)) -> Channels:
    month = MONTH_S * jnp.asarray([leads, orders])
    return Channels(("chips", "shell", "engines"), month[0], jnp.asarray(spreads), month[1])


@eqx.filter_jit
def date_s(site: BuildOut, wanted_w: jax.Array) -> jax.Array:
    return site.date_s(wanted_w)


def when(site: BuildOut, share: float) -> float:
    return float(date_s(site, share * jnp.sum(site.stage_w)))


SHARES = (0.02, 0.2, 0.5, 0.8, 0.98)


def test_the_date_is_when_so_many_watts_are_online():
    site = BuildOut(channels(), jnp.asarray([0.0, 6.0 * MONTH_S]), jnp.asarray([0.4 * GW, 0.6 * GW]))
    for share in SHARES:
        at = when(site, share)
        assert float(site.online_w(jnp.asarray([at]))[0]) == pytest.approx(share * GW, rel=1e-9)
    assert when(site, 1.0) == when(site, 1.5) == np.inf
    dates = [when(site, share) for share in SHARES]
    assert dates == sorted(dates)


def test_one_channel_is_a_lognormal():
    alone = Channels(("shell",), jnp.asarray([18.0 * MONTH_S]), jnp.asarray([0.3]), jnp.asarray([1.0 * MONTH_S]))
    site = one_stage(alone, jnp.asarray(GW))
    assert when(site, 0.5) == pytest.approx(19.0 * MONTH_S, rel=1e-9)
    assert when(site, 0.9) == pytest.approx((1.0 + 18.0 * np.exp(0.3 * 1.2815515655446004)) * MONTH_S, rel=1e-9)


def test_what_is_online_is_the_product_and_never_above_the_scarcest():
    at, there = MONTH_S * jnp.asarray([0.0, 1.0, 2.0, 6.0, 12.0, 18.0, 30.0]), channels()
    arrived = np.exp(np.asarray(there.log_arrived(at)))
    online = np.asarray(there.online(at))
    np.testing.assert_allclose(online, arrived.prod(axis=0), rtol=1e-12)
    assert np.all(online <= arrived.min(axis=0))
    assert np.all(arrived[2, :3] == 0.0)
    assert np.all(np.diff(online) >= 0)


@pytest.mark.parametrize("share", SHARES)
def test_it_lies_between_its_bounds_and_is_the_hard_latest_without_spread(share):
    site = one_stage(channels(), jnp.asarray(GW))
    low, high = (float(end) for end in site.channels.bounds_s(jnp.asarray(share)))
    assert low <= when(site, share) <= high
    sharp = one_stage(channels(spreads=(1e-5, 1e-5, 1e-5)), jnp.asarray(GW))
    assert when(sharp, share) == pytest.approx(18.0 * MONTH_S, rel=1e-4)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_longer_channel_or_a_later_order_is_never_earlier(channel):
    rng = np.random.default_rng(channel)
    for _ in range(20):
        leads, orders = rng.uniform(1.0, 40.0, 3), rng.uniform(0.0, 10.0, 3)
        spreads = rng.uniform(0.05, 0.6, 3)
        longer, later = leads.copy(), orders.copy()
        longer[channel] *= 1.3
        later[channel] += 3.0
        for share in (0.1, 0.9):
            base = when(one_stage(channels(leads, spreads, orders), jnp.asarray(GW)), share)
            assert when(one_stage(channels(longer, spreads, orders), jnp.asarray(GW)), share) >= base * (1 - 1e-12)
            assert when(one_stage(channels(leads, spreads, later), jnp.asarray(GW)), share) >= base * (1 - 1e-12)


def test_an_earlier_stage_is_never_later():
    stages = [BuildOut(channels(), MONTH_S * jnp.asarray([0.0, begun]), jnp.asarray([0.4 * GW, 0.6 * GW])) for begun in (12.0, 6.0, 0.0)]
    for share in SHARES:
        dates = [when(site, share) for site in stages]
        assert dates == sorted(dates, reverse=True)
    assert when(stages[-1], 0.5) == pytest.approx(when(one_stage(channels(), jnp.asarray(GW)), 0.5), rel=1e-9)


def test_slopes_are_those_of_differences():
    site = BuildOut(channels(), jnp.asarray([0.0, 6.0 * MONTH_S]), jnp.asarray([0.4 * GW, 0.6 * GW]))
    wanted = jnp.asarray(0.7 * GW)
    slopes = eqx.filter_grad(lambda s: s.date_s(wanted))(site)
    for pick in (lambda s: s.channels.lead_s, lambda s: s.channels.spread, lambda s: s.channels.order_s, lambda s: s.stage_w):
        whole = pick(site)
        for k in range(whole.size):
            step = 1e-5 * float(jnp.max(whole))
            ends = [float(date_s(eqx.tree_at(pick, site, whole.at[k].add(sign * step)), wanted)) for sign in (1, -1)]
            assert float(pick(slopes)[k]) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-9 * ends[0] / step)


def test_what_a_week_of_each_channel_is_worth_adds_up_to_a_week():
    site = one_stage(channels(), jnp.asarray(GW))
    worth = site.worth(jnp.asarray(0.5 * GW))
    slopes = eqx.filter_grad(lambda s: s.date_s(jnp.asarray(0.5 * GW)))(site).channels.order_s
    np.testing.assert_allclose(worth, slopes, rtol=1e-8)
    assert float(jnp.sum(worth)) == pytest.approx(1.0, rel=1e-12)
    alike = one_stage(channels(spreads=(0.2, 0.2, 0.2)), jnp.asarray(GW)).worth(jnp.asarray(0.5 * GW))
    assert site.channels.names[int(jnp.argmax(alike))] == "shell"
