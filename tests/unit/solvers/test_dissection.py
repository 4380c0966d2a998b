"""Groups of columns, the border between them, and what the work of either is taken to be, worked out by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import dissection as module
from capexmodel.solvers.dissection import _cut, _eliminated, _groups, _merged, _pieces, _taken_in, _work, covers, dissect
from capexmodel.solvers.structure import Border, Piece


def joined(size: int, *pairs: tuple[int, int]) -> np.ndarray:
    """Columns that touch themselves and, pair by pair, each other."""
    found = np.eye(size, dtype=bool)
    for one, other in pairs:
        found[one, other] = found[other, one] = True
    return found


def chosen(size: int, *places: int) -> np.ndarray:
    """True at some places."""
    return np.isin(np.arange(size), places)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A front costs five multiplications, a place three; groups of one column are not cut."""
    for name, value in {"FRONT_COST": 5, "PLACE_COST": 3, "LEAST_GROUP": 1, "CUT_SHARE": 4, "WORTH": 0.9}.items():
        monkeypatch.setattr(module, name, value)


def test_the_work_of_groups_and_their_border() -> None:
    # 4^3 / 3 of the factor, 4 x 4 x 3 of what it is solved with, and 3^2 places times (4 + 10)
    assert _eliminated(4, 3) == pytest.approx(64 / 3 + 48 + 9 * 14)
    np.testing.assert_allclose(_eliminated(np.array([1, 4]), np.array([5, 3])), [1 / 3 + 5 + 25 * 11, 64 / 3 + 48 + 126])
    groups = [(np.arange(4), chosen(5, 0, 2, 3)), (np.arange(1), np.ones(5, bool))]
    assert _work(np.ones(5, bool), groups) == pytest.approx(125 / 3 + 64 / 3 + 48 + 126 + 1 / 3 + 5 + 275)
    assert _work(np.ones(5, bool), []) == pytest.approx(125 / 3)


def test_members_that_touch_across_others_are_one_group() -> None:
    coupled = joined(7, (0, 4), (4, 6), (1, 3), (2, 5), (5, 0))
    assert [list(group) for group in _groups(coupled, np.arange(7))] == [[0, 2, 4, 5, 6], [1, 3]]
    assert [list(group) for group in _groups(coupled, np.array([1, 2, 3, 4, 6]))] == [[1, 3], [2], [4, 6]]
    assert _groups(coupled, np.arange(0)) == []


def test_the_column_that_touches_most_is_cut_out_first() -> None:
    """Two groups that meet in column 3 alone, as long as a border costs less than a group."""
    spokes = [(3, other) for other in range(9) if other != 3]
    ring = [(0, 1), (1, 2), (0, 2), (4, 5), (5, 6), (6, 7), (7, 8), (4, 8)]
    border, groups = _cut(joined(9, *spokes, *ring))
    assert list(np.flatnonzero(border)) == [3]
    assert sorted(list(group) for group in groups) == [[0, 1, 2], [4, 5, 6, 7, 8]]


def test_of_no_columns_there_is_nothing_to_cut() -> None:
    border, groups = _cut(joined(0))
    assert (border.size, groups) == (0, [])


def test_a_group_as_small_as_the_least_is_not_cut() -> None:
    hub = joined(8, *((3, other) for other in range(8) if other != 3))
    border, groups = _cut(hub)
    assert not border.any()
    assert [list(group) for group in groups] == [list(range(8))]


def test_of_a_large_group_a_share_of_its_columns_is_cut_at_a_time() -> None:
    """32 columns: two at a time, the two that touch all others."""
    pairs = [(hub, other) for hub in (9, 20) for other in range(32) if other != hub]
    border, groups = _cut(joined(32, *pairs))
    assert list(np.flatnonzero(border)) == [9, 20]
    assert len(groups) == 30


def test_a_column_of_the_border_that_touches_one_group_goes_back_into_it(cheap: None) -> None:
    """Column 4 touches the first group and column 5 both; column 6 nothing but the border."""
    coupled = joined(7, (0, 1), (2, 3), (4, 0), (5, 1), (5, 2), (6, 5), (4, 5))
    border, groups = _taken_in(coupled, chosen(7, 4, 5, 6), [np.array([0, 1]), np.array([2, 3])])
    assert list(np.flatnonzero(border)) == [5, 6]
    assert [list(group) for group in groups] == [[0, 1, 4], [2, 3]]


def test_a_column_stays_in_the_border_where_its_group_would_cost_more(cheap: None) -> None:
    """Column 3 would bring four others of the border before the group that touches it alone."""
    more = [(3, other) for other in (4, 5, 6, 7)]
    far = [(1, other) for other in (4, 5, 6, 7)]
    border, groups = _taken_in(joined(8, (0, 3), (0, 2), *more, *far), chosen(8, 3, 4, 5, 6, 7), [np.array([0, 2]), np.array([1])])
    # before: 8/3 + 4 x 1 + 5 x 1; after: 27/3 + 9 x 4 + 6 x 16: more than 5 x 5
    assert 3 in np.flatnonzero(border)
    assert [list(group) for group in groups] == [[0, 2], [1]]


def test_two_groups_are_merged_where_a_front_less_is_worth_what_fills_in(cheap: None) -> None:
    alike, apart = chosen(6, 0, 1), chosen(6, 3, 4, 5)
    groups = [(np.array([7]), alike), (np.array([8]), apart), (np.array([6]), alike)]
    # alone 1/3 + 2 + 4 x 4 each; together 8/3 + 8 + 5 x 4 = 30.7: six less, and a front's five.
    found = _merged(groups)
    assert [list(own) for own, _ in found] == [[8], [6, 7]]
    np.testing.assert_array_equal(found[1][1], alike)
    assert len(groups) == 3


def test_groups_whose_borders_lie_apart_are_merged_only_if_fronts_are_dear(cheap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [(np.array([7]), chosen(6, 0, 1)), (np.array([8]), chosen(6, 1, 4, 5))]
    # alone 1/3 + 2 + 4 x 4 and 1/3 + 3 + 4 x 9; together 8/3 + 4 x 4 + 5 x 16 = 98.67: 41 more.
    assert len(_merged(groups)) == 2
    monkeypatch.setattr(module, "FRONT_COST", 41)
    assert len(_merged(groups)) == 2
    monkeypatch.setattr(module, "FRONT_COST", 41.1)
    ((own, touched),) = _merged(groups)
    assert list(own) == [7, 8]
    assert list(np.flatnonzero(touched)) == [0, 1, 4, 5]


def test_each_row_goes_with_the_group_that_it_touches() -> None:
    pattern = np.zeros((6, 7), bool)
    for row, columns in enumerate([(1, 5), (0, 2), (5,), (3, 6), (4,), (5, 6)]):
        pattern[row, list(columns)] = True
    groups = [(np.array([1, 4]), chosen(7, 5)), (np.array([0, 2, 3]), chosen(7, 6))]
    pieces = _pieces(pattern, np.array([5, 6]), groups)
    told = [([0, 4], [1, 4, 5], 2), ([1, 3], [0, 2, 3, 6], 3), ([2, 5], [5, 6], 0)]
    for piece, (rows, columns, own) in zip(pieces, told, strict=True):
        assert (list(piece.rows), list(piece.columns), piece.own) == (rows, columns, own)
    assert list(_pieces(pattern[:3], np.array([5, 6]), groups)[-1].columns) == [5]


def two_blocks() -> np.ndarray:
    """Rows of two groups of nine columns that have the last column in common, and one row of the last alone."""
    found = np.zeros((3, 19), bool)
    found[0, :9] = found[1, 9:18] = found[:, 18] = True
    return found


def test_two_blocks_with_a_column_in_common_are_two_fronts(cheap: None) -> None:
    pattern = two_blocks()
    pieces, border = dissect(pattern, np.zeros((19, 19), bool))
    assert border is not None
    assert list(border.columns) == [18]
    assert sorted(list(np.asarray(piece.columns)) for piece in pieces) == [[*range(9), 18], [*range(9, 18), 18], [18]]
    assert [list(place) for place in border.places] == [[0], [0], [0]]
    assert covers(pieces, border, pattern, np.zeros((19, 19), bool))


@pytest.mark.parametrize("pair", [(2, 13), (13, 2)])
def test_curvature_joins_groups_whichever_way_it_is_told(cheap: None, monkeypatch: pytest.MonkeyPatch, pair: tuple[int, int]) -> None:
    monkeypatch.setattr(module, "WORTH", 9.0)
    curved = np.zeros((19, 19), bool)
    curved[pair] = True
    pieces, border = dissect(two_blocks(), curved)
    assert covers(pieces, border, two_blocks(), curved)


def test_fronts_are_worth_it_below_a_share_of_the_whole_work(cheap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fronts of nine columns and a border of one: 1/3 + 2 (243 + 81 + 12) + 2 x 5 against a share of 19^3 / 3."""
    share = (1 / 3 + 2 * (243 + 81 + 12) + 2 * 5) / (19**3 / 3)
    none = np.zeros((19, 19), bool)
    monkeypatch.setattr(module, "WORTH", share * 1.001)
    assert dissect(two_blocks(), none)[1] is not None
    monkeypatch.setattr(module, "WORTH", share * 0.999)
    assert dissect(two_blocks(), none) == ((), None)


def test_what_lies_outside_of_pieces_and_border_is_not_covered() -> None:
    pieces = (Piece(jnp.asarray([0, 2]), jnp.asarray([1, 3]), 1), Piece(jnp.asarray([1]), jnp.asarray([0, 2]), 1))
    border = Border(jnp.asarray([2, 3]), (jnp.asarray([1]), jnp.asarray([0])))
    rows, curved = np.zeros((3, 4), bool), np.zeros((4, 4), bool)
    rows[0, [1, 3]] = rows[2, 3] = rows[1, 0] = True
    curved[1, 3] = curved[2, 0] = curved[3, 2] = True
    kept = rows.copy(), curved.copy()
    assert covers(pieces, border, rows, curved)
    assert (rows == kept[0]).all()
    assert (curved == kept[1]).all()
    assert not covers((), None, np.zeros_like(rows), np.zeros_like(curved))
    wider, bent, back = rows.copy(), curved.copy(), curved.copy()
    wider[0, 2] = bent[0, 1] = back[3, 0] = True
    assert not covers(pieces, border, wider, curved)
    assert not covers(pieces, border, rows, bent)
    assert not covers(pieces, border, rows, back)
