"""What is left of a problem for a solver: small rows made by hand."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.pace import Pace
from capexmodel.planner import reduced as module
from capexmodel.planner.chart import Chart, Linear, Survey
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.constraint import AbstractCurved
from capexmodel.planning.limits import Envelope
from capexmodel.planning.physics import Work
from capexmodel.planning.problem import Form, Problem
from capexmodel.planning.totals import TotalCost
from capexmodel.solvers.kept import blank
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town


def opened(matrix, offset, dates=(), soft=(), mine=None) -> list[int]:
    """Which of some choices stay open."""
    matrix = np.array(matrix, float)
    rows, count = matrix.shape
    own = np.ones(count, bool) if mine is None else np.array(mine)
    left = module.still_open(matrix, np.array(offset, float), np.isin(np.arange(count), dates), np.isin(np.arange(rows), soft), own)
    return np.flatnonzero(left).tolist()


def test_a_row_without_room_or_help_shuts_what_it_takes() -> None:
    """And what is shut helps no other row."""
    matrix = [[-1.0, 0.0, 0.0, 0.0], [2.0, -3.0, 0.0, 0.0], [0.0, 0.0, 4.0, -1.0]]
    assert opened(matrix, [0.0, 0.0, 0.0]) == [2, 3]
    assert opened(matrix, [1e-9, 1e-9, 0.0]) == [2, 3]
    assert opened(matrix, [0.5, 0.0, 0.0]) == [0, 1, 2, 3]
    assert opened(matrix, [2e-9, 0.0, 0.0]) == [0, 1, 2, 3]
    assert opened(matrix, [0.0, 0.5, 0.0]) == [1, 2, 3]
    assert opened(matrix, [0.0, 0.0, 0.0], soft=(0,)) == [0, 1, 2, 3]
    assert opened(matrix, [0.0, 0.0, 0.0], dates=(0,)) == [0, 1, 2, 3]
    assert opened(matrix, [0.0, 0.0, 0.0], mine=[True, True, False, True]) == []
    assert opened([[-1.0, -1.0]], [0.0]) == []


def parts(matrix, offset, pace=None) -> Linear:
    """Rows over some choices, with one sum of all and one of the first."""
    matrix = jnp.asarray(matrix, float)
    sums = jnp.ones((2, matrix.shape[1])).at[1, 1:].set(0.0)
    coupled = jnp.array([[False, False], [False, True]])
    return fake(
        Linear,
        matrix=matrix,
        offset=jnp.asarray(offset, float),
        sums_matrix=sums,
        sums_offset=jnp.array([0.5, 0.25]),
        coupled=coupled,
        pace=pace,
    )


def test_rounding_is_no_entry() -> None:
    assert module.clean(parts([[0.9e-9, -0.9e-9, 1.1e-9, -2.0]], [0.0])).tolist() == [[0.0, 0.0, 1.1e-9, -2.0]]


def test_a_mask_is_spread_over_all_choices() -> None:
    wide = module._spread(np.array([[True, False], [True, True]]), np.array([3, 1]), 5)
    assert wide.tolist() == [[False, False, False, True, False], [False, True, False, True, False]]


def reduced(monkeypatch, matrix, offset, shared=None, gives=None, possible=(1.0, 0.0, 1.0, 1.0, 1.0)) -> Reduced:
    """Reduce a problem of five choices, of which the second can do nothing and the last two are dates."""
    monkeypatch.setattr(module, "paced", lambda scenario: None)
    monkeypatch.setattr(module, "linear", lambda scenario, pace, size, form, whole: parts(matrix, offset))
    monkeypatch.setattr(module, "_curved_rows", lambda scenario, form: [True, False, True])
    monkeypatch.setattr(module, "_filled", lambda draft, linear: draft)
    seen = Survey(sizes(), jnp.arange(5.0), jnp.arange(5.0) + 2.0, jnp.asarray(possible))
    return module.reduce(town(), Problem(town()).form, seen, shared, gives)


MATRIX = [
    [-1.0, 0.0, 0.0, 0.0],
    [0.0, 3.0, 0.0, 0.0],
    [0.0, 2.0, 0.0, 0.0],
    [0.0, 0.0, 0.0, 0.0],
    [0.0, 0.0, -1.0, 0.0],
    [0.0, 0.0, 0.0, 0.0],
]
OFFSET = [0.0, 5.0, -0.5, -0.1, 4.0, -0.5e-7]
"""The first row shuts the first choice; the second always holds; the third needs help; the fourth cannot be mended."""


def test_what_is_shut_or_cannot_bind_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = reduced(monkeypatch, MATRIX, OFFSET)
    assert (found.whole.free.tolist(), found.chart.free.tolist(), found.kept.tolist()) == (
        [0, 2, 3, 4],
        [2, 3, 4],
        [False, True, True, True],
    )
    assert (found.chart.affine_rows.tolist(), found.chart.curved_rows.tolist()) == ([2, 4], [0, 2])
    assert (found.open.tolist(), found.on.tolist(), found.broken.tolist()) == ([True] * 3, [True] * 2, [3])
    assert (found.row_counts, found.gives.shape, found.fixed) == ((6, 3), (6, 0), None)
    assert (found.chart.base.tolist(), found.chart.unit.tolist()) == ([0.0, 1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 5.0, 6.0])


def test_rows_that_may_be_broken_shut_nothing_and_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    gives = np.zeros((6, 2), bool)
    gives[0, 1] = gives[3, 0] = gives[5, 0] = True
    found = reduced(monkeypatch, MATRIX, OFFSET, gives=gives)
    assert (found.chart.free.tolist(), found.chart.affine_rows.tolist(), found.broken.tolist()) == ([0, 2, 3, 4], [0, 2, 3, 4], [])


def test_a_shared_chart_keeps_what_others_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what could be moved, though it always holds here; what others may choose is not this problem's."""
    shared = SharedChart()
    reduced(monkeypatch, [[1.0, -9.0, 0.0, 0.0, 0.0]] * 6, [5.0] * 6, shared, possible=(1.0, 1.0, 1.0, 1.0, 1.0))
    wide = np.insert(np.array(MATRIX), 1, 0.0, axis=1)
    found = reduced(monkeypatch, wide, OFFSET, shared)
    assert found.chart.free.tolist() == [0, 1, 2, 3, 4]
    assert found.open.tolist() == [False, False, True, True, True]
    assert found.fixed.tolist() == [True, True, False, False, False]
    assert found.chart.affine_rows.tolist() == [0, 1, 2, 3, 4, 5]
    assert found.on.tolist() == [False, False, True, False, True, False]


def test_rows_that_are_off_have_all_the_slack_there_is() -> None:
    left = module._restrict(parts(MATRIX, OFFSET, blank(Pace)), np.array([2, 0, 4]), np.array([1, 2]), np.array([True, False, True]))
    assert (left.matrix.tolist(), left.offset.tolist()) == ([[2.0, 0.0], [0.0, 0.0], [0.0, -1.0]], [-0.5, np.inf, 4.0])
    assert (left.sums_matrix.tolist(), left.sums_offset.tolist()) == ([[1.0, 1.0], [0.0, 0.0]], [0.5, 0.25])


def chart(free=(0, 2), affine=(1,), curved=(0,)) -> Chart:
    return Chart(jnp.zeros(4), jnp.ones(4), *(jnp.array(index) for index in (free, affine, curved)))


def test_two_charts_are_the_same_where_all_of_them_is() -> None:
    one = fake(Reduced, whole=chart(), chart=chart())
    assert module.same_chart(one, fake(Reduced, whole=chart(), chart=chart()))
    for other in (chart(free=(0, 3)), chart(affine=(2,)), chart(curved=(1,))):
        assert not module.same_chart(one, fake(Reduced, whole=chart(), chart=other))
    assert not module.same_chart(one, fake(Reduced, whole=chart(free=(0, 1, 2)), chart=chart()))


def test_the_envelope_binds_at_its_ends_and_jobs_where_they_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(Work(), ("first",)), (Work(), ("second",)), (Envelope(), ("high", "FY2026")), (Envelope(), ("low", "FY2026"))]
    rows += [(Envelope(), ("low", "FY2027")), (TotalCost(), ("high",))]
    monkeypatch.setattr(Form, "rows", lambda self, scenario, kind: rows if kind is AbstractCurved else [])
    form = dataclasses.replace(Problem(town()).form, timed=(False, True))
    given = changed(town(), envelope__low_usd=[0.0, 5.0])
    assert module._curved_rows(given, form) == [False, True, True, False, True, True]
