"""Laws of outcomes, each held against what it must tell apart: work against its rate, open sites from closed ones, and what moves."""

import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.testing import LAWS
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import draw
from capexmodel.testing.laws.bounds import _done_eflop

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
