"""Laws of outcomes, each held against what it must tell apart: work against its rate, open sites from closed ones, and what moves."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.testing import LAWS, check
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import draw
from capexmodel.testing.laws.bounds import _done_eflop
from capexmodel.testing.laws.monotone import BETTER, TIMED, WORSE, swings
from capexmodel.testing.readings import BETWEEN, BEYOND, Readings, _log_share
from capexmodel.training.useful import Useful
from tests.bare import bare

EDGES_S = np.asarray([0.0, 2.0, 4.0])


@pytest.mark.parametrize(("end_s", "eflop"), [
    (0.0, 0.0), (1.0, 3.0), (2.0, 6.5), (3.0, 11.0), (4.0, 16.0), (10.0, 46.0),
])  # fmt: skip
def test_work_is_flat_before_the_first_middle_straight_between_and_goes_on_at_the_last_rate(end_s, eflop):
    rate = np.asarray([[[3.0, 5.0], [0.0, 0.0]]])
    np.testing.assert_allclose(_done_eflop(EDGES_S, rate, np.asarray([[end_s, end_s]])), [[eflop, 0.0]])


def law_of(title):
    return next(one for one in LAWS if one.title == title)


@pytest.fixture
def seen(monkeypatch):
    """A bench that keeps what it is asked to observe, and some cases with what follows from them."""
    bench = Bench(load("one_period"))
    cases, asked = draw(bench.base, range(4)), []
    before = bench.observe(cases)
    monkeypatch.setattr(bench, "observe", lambda other, needs=True: asked.append(other) or before)
    return bench, cases, before, asked


def test_a_share_that_grows_stops_at_all_and_the_law_is_off_where_it_stands_there(seen):
    bench, cases, before, asked = seen
    reach = cases.numbers["job", "reach"]
    reach[:] = np.asarray([1.0, 0.999, 0.9, 0.0]).reshape(-1, *(1,) * (reach.ndim - 1))
    cases.chance[:] = 1.0
    verdict = law_of("L11 reach").body(bench, cases, before)
    np.testing.assert_array_equal(verdict.applies, [False, True, True, False])
    np.testing.assert_allclose(asked[0].numbers["job", "reach"].reshape(4, -1)[:, 0], [1.0, 1.0, 0.945, 0.0])


@pytest.mark.parametrize(("title", "place"), [
    ("L11 speed of a chip", ("accelerator", "peak_eflops")), ("L11 chips in place", ("site", "fleet_count")),
])  # fmt: skip
def test_a_larger_fleet_of_today_leaves_the_core_asking_for_as_much(seen, title, place):
    bench, cases, before, asked = seen
    cases.numbers["core", "share"][:] = 0.4
    law_of(title).body(bench, cases, before)
    grown = asked[-1].numbers[place].reshape(4, -1)[:, 0] / cases.numbers[place].reshape(4, -1)[:, 0]
    assert (grown > 1.0).all()
    np.testing.assert_allclose(asked[-1].numbers["core", "share"] * grown, 0.4)


def test_a_model_that_is_trained_already_has_not_jumped():
    """All is done, at the end of what is declared, and it is out at once: a date of nothing."""
    base = load("one_period")
    done = eqx.tree_at(lambda s: (s.job.done, s.job.release_lag_s), base, (jnp.ones(1), jnp.zeros(1)))
    fared = check(done, [law_of("L45 small changes do little")]).fared[0]
    assert (fared.broken, fared.examples) == ((), 50)


def test_what_is_no_longer_reached_has_jumped_unless_it_ends_beyond_the_horizon(seen, monkeypatch):
    bench, cases, before, _ = seen
    horizon_s = float(bench.base.calendar.horizon_s)
    ends_s = horizon_s * np.asarray([[0.5], [0.5], [2.0], [2.0]])
    before = eqx.tree_at(lambda r: (r.run_end_s, r.research_end_s), before, (ends_s, 0.0 * ends_s))
    after = eqx.tree_at(lambda r: r.reached, before, np.asarray([[True], [False], [False], [True]]))
    monkeypatch.setattr(bench, "observe", lambda other: after)
    found = law_of("L45 small changes do little").body(bench, cases, before)
    np.testing.assert_array_equal(found.tolerances, [0.0, np.inf, 0.0, 0.0])


def test_a_date_beyond_the_horizon_may_move_by_as_much_more_as_its_last_rate_is_slower(seen, monkeypatch):
    """By twice what is allowed; the last rate of the second example is a quarter of its fastest."""
    bench, cases, before, _ = seen
    horizon_s = float(bench.base.calendar.horizon_s)
    rates = np.ones((4, 1, 2))
    rates[1::2, :, -1] = 0.25
    ends_s = horizon_s * np.asarray([[2.0], [2.0], [0.5], [0.5]])
    before = eqx.tree_at(
        lambda r: (r.run_end_s, r.research_end_s, r.date_s, r.run_useful_eflops), before, (ends_s, 0.0 * ends_s, ends_s + horizon_s, rates)
    )
    after = eqx.tree_at(lambda r: r.date_s, before, before.date_s * (1.0 + 2e-5))
    monkeypatch.setattr(bench, "observe", lambda other: after)
    found = law_of("L45 small changes do little").body(bench, cases, before)
    np.testing.assert_array_equal(found.tolerances > 1.0, [True, False, True, True])


def test_what_stands_alone_is_told_of_sites_that_are_open(monkeypatch):
    """Of the five of this scenario three are: what is ordered there is more, and nothing is at the others."""
    bench = Bench(load("meta_2026"))
    cases, asked = draw(bench.base, range(24)), []
    monkeypatch.setattr(bench, "observe", lambda other: asked.append(other) or before)
    before = Bench(bench.base).observe(cases)
    law_of("L26 sites stand alone").body(bench, cases, before)
    more = (asked[1].plan["chips_usd"] > cases.plan["chips_usd"]).any(axis=(1, 3))
    np.testing.assert_array_equal(more.sum(axis=1), 1)
    assert set(np.flatnonzero(more.any(axis=0))) == set(np.flatnonzero(bench.base.site.open))


def test_without_its_one_kind_of_chip_nothing_is_left_to_compare():
    fared = check(load("one_period"), [law_of("L46 a chip that nobody has")]).fared[0]
    assert (fared.examples, fared.skipped) == (0, 50)


@pytest.mark.parametrize(("curve", "timed", "sign", "swung"), [
    ([0.1, 0.1], [0.1, 0.1], -1.0, False),  # faster everywhere
    ([0.1, -1e-6], [0.1, 0.0], -1.0, True),  # slower between sizes that are no slower
    ([0.1, -1e-6], [0.1, -1e-6], -1.0, False),  # slower where it is timed: no swing
    ([0.1, -1e-6], [0.1, -1e-10], -1.0, True),  # rounding of what was solved for
    ([-0.1, 1e-6], [-0.1, 0.0], 1.0, True),  # what makes runs slower makes some faster
    ([-0.1, 0.0], [-0.1, 0.0], 1.0, False),
])  # fmt: skip
def test_a_curve_swings_where_it_turns_against_all_that_it_goes_through(curve, timed, sign, swung):
    one, other = ({"log_share": np.asarray([c]), "timed_log_share": np.asarray([t])} for c, t in ((curve, timed), ([0.0, 0.0], [0.0, 0.0])))
    np.testing.assert_array_equal(swings(bare(Readings, **one), bare(Readings, **other), sign), [swung])


def test_the_share_that_is_useful_is_read_at_every_size_between_and_beyond():
    """A share that falls as a tenth of the logarithm of the size, which the spline goes through as it is."""
    sizes = jnp.asarray([10.0, 100.0, 1000.0])
    given = Useful.of(sizes, 0.5 * (sizes / 10.0) ** -0.1, jnp.asarray(2.0), load("one_period").reliability)
    found = np.asarray(_log_share(given))
    assert found.size == 3 * BETWEEN
    places = np.concatenate([np.log(10.0) * np.linspace(0.0, 2.0, 2 * BETWEEN, endpoint=False),
                             2.0 * np.log(10.0) + np.log(BEYOND) * np.linspace(0.0, 1.0, BETWEEN, endpoint=False)])  # fmt: skip
    np.testing.assert_allclose(found, np.log(0.5) - 0.1 * places, rtol=1e-12)


def test_what_steps_are_timed_with_is_tried_with_networks_as_fast_as_chips_own_links(monkeypatch):
    assert {*WORSE, *BETTER} > TIMED
    base = load("greenfield")
    bench = Bench(base)
    cases, asked = draw(base, range(4)), []
    before = Bench(base).observe(cases)
    monkeypatch.setattr(bench, "observe", lambda other, needs=True: asked.append(other) or before)
    law_of("L11 bandwidth beyond it").body(bench, cases, before)
    assert [(one.numbers["network", "chip_gb_per_s"] == 0.0).all() for one in asked] == [True, True]
