"""What a chart that is shared remembers."""

import numpy as np
import pytest

from capexmodel.planner import shared_chart as module
from capexmodel.planner.shared_chart import SharedChart


def test_what_any_problem_had_is_kept() -> None:
    chart = SharedChart()
    assert chart.having("open", np.array([True, False, False])).tolist() == [True, False, False]
    assert chart.having("open", np.array([False, False, True])).tolist() == [True, False, True]
    assert chart.having("rows", np.array([False, True, False])).tolist() == [False, True, False]


def test_another_chart_is_included() -> None:
    chart, other = SharedChart(), SharedChart()
    chart.having("open", np.array([True, False, False]))
    other.having("open", np.array([False, True, False]))
    other.having("rows", np.array([True]))
    chart.include(other)
    assert chart.having("open", np.zeros(3, bool)).tolist() == [True, True, False]
    assert chart.having("rows", np.zeros(1, bool)).tolist() == [True]


def test_names_keep_their_places() -> None:
    chart = SharedChart()
    assert chart.naming(["b", "a"]) == ["b", "a"]
    names = chart.naming(["a", "c", "b"])
    assert names == ["b", "a", "c"]
    names.append("d")
    assert chart.naming([]) == ["b", "a", "c"]


def test_the_relaxed_chart_is_one_and_another() -> None:
    chart = SharedChart()
    assert chart.relaxed is chart.relaxed is not chart


def test_a_copy_grows_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "dissect", lambda rows, curved: ((), None))
    monkeypatch.setattr(module, "curvature_of", lambda pattern, touched: asked.append(1))
    chart, asked = SharedChart(), []
    chart.having("open", np.array([True, False]))
    chart.naming(["a"])
    chart.relaxed.having("open", np.array([False, True]))
    one = np.ones((1, 1), bool)
    chart.curvature(one, one)
    other = chart.copy()
    other.curvature(one, one)
    assert len(asked) == 1
    other.having("open", np.array([False, True]))
    other.relaxed.having("open", np.array([True, False]))
    assert other.naming(["b"]) == ["a", "b"]
    none = np.zeros(2, bool)
    assert (chart.having("open", none).tolist(), chart.relaxed.having("open", none).tolist(), chart.naming([])) == (
        [True, False],
        [False, True],
        ["a"],
    )
    assert (other.having("open", none).tolist(), other.relaxed.having("open", none).tolist()) == ([True, True], [True, True])
    assert SharedChart().copy()._relaxed is None


def test_fronts_serve_as_long_as_they_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    made, covered = [], [True]
    border = object.__new__(module.Border)

    def dissect(rows, curved):
        made.append(rows.shape)
        return ((), border if rows.shape[0] == 2 else None)

    monkeypatch.setattr(module, "dissect", dissect)
    monkeypatch.setattr(module, "covers", lambda pieces, border, rows, curved: covered[0])
    chart, square = SharedChart(), np.ones((3, 3), bool)
    first = chart.fronts(np.ones((2, 3), bool), square)
    assert chart.fronts(np.ones((2, 3), bool), square) is first
    chart.fronts(np.ones((4, 3), bool), square)
    covered[0] = False
    assert chart.fronts(np.ones((2, 3), bool), square) is not first
    assert made == [(2, 3), (4, 3), (2, 3)]
    chart.fronts(np.ones((4, 3), bool), square)
    assert len(made) == 3
    chart.copy().fronts(np.ones((4, 3), bool), square)
    assert len(made) == 3


def test_directions_serve_as_long_as_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(module, "curvature_of", lambda pattern, touched: made.append((pattern.sum(), touched.sum())))
    chart, pattern, touched = SharedChart(), np.eye(2, dtype=bool), np.ones((2, 3), bool)
    for each in ((pattern, touched), (pattern.copy(), touched.copy()), (~pattern | pattern, touched), (~pattern | pattern, ~touched)):
        assert chart.curvature(*each) is None
    assert made == [(2, 6), (4, 6), (4, 0)]
