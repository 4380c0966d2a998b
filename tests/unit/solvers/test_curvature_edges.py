"""Directions of a few inner numbers, worked out by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import curvature as module
from capexmodel.solvers.curvature import Curvature, _colors, _directions, _without, coupled, curvature_of


def pattern_of(size: int, *pairs: tuple[int, int]) -> np.ndarray:
    """Entries on and above the diagonal."""
    found = np.zeros((size, size), bool)
    for one, other in pairs:
        found[one, other] = found[other, one] = True
    return found


def test_products_are_seen_entries_times_two_of_the_inner_map() -> None:
    seen, matrix = np.array([[2.0, 3.0], [5.0, 7.0], [11.0, 13.0]]), np.array([[1.5, 2.5, 4.5], [0.5, 0.3, 0.7]])
    pick = [jnp.asarray(numbers) for numbers in ([2, 0], [1, 0], [1, 0, 0])]
    ends = [(jnp.asarray(rows), jnp.asarray(columns)) for rows, columns in (([0, 1, 1], [2, 0, 1]), ([1, 0, 1], [1, 2, 2]))]
    known = Curvature(jnp.zeros((3, 2)), *pick, *ends)
    told = [2.0 * 4.5 * 0.3, 13.0 * 0.5 * 4.5, 13.0 * 0.3 * 0.7]
    np.testing.assert_allclose(known.products(jnp.asarray(seen), jnp.asarray(matrix)), told)
    whole = np.zeros((3, 3))
    whole[2, 1], whole[0, 2], whole[1, 2] = told
    np.testing.assert_allclose(known.congruence(jnp.asarray(seen), jnp.asarray(matrix)), whole)


def test_inputs_are_coupled_where_a_slope_is_no_number_once_another_is_none() -> None:
    found = coupled(lambda y: y[0] * y[2] + 3.0 * y[1] + jnp.exp(y[3]), jnp.asarray([0.4, 0.9, 1.7, 0.2]))
    np.testing.assert_array_equal(found, pattern_of(4, (0, 2), (3, 3)))


def test_columns_that_meet_in_a_row_have_colors_of_their_own() -> None:
    # columns 0 and 2 meet in row 1, 2 and 4 in row 3; column 3 alone; column 5 has no entries
    pattern = np.zeros((4, 6), bool)
    for row, columns in enumerate([(1,), (0, 2), (3,), (2, 4)]):
        pattern[row, list(columns)] = True
    np.testing.assert_array_equal(_colors(pattern), [0, 0, 1, 0, 0, -1])
    np.testing.assert_array_equal(_colors(np.ones((1, 3), bool)), [0, 1, 2])


def test_without_long_rows_the_rest_stays_as_it_is() -> None:
    pattern = np.ones((3, 3), bool)
    np.testing.assert_array_equal(_without(pattern, np.array([1])), [[True, False, True], [False] * 3, [True, False, True]])
    assert pattern.all()


def test_a_long_row_is_a_direction_of_its_own_and_the_rest_share_one() -> None:
    """Input 2 is coupled with all, each with itself, input 4 with nothing."""
    pattern = pattern_of(6, (0, 0), (1, 1), (3, 3), (5, 5), (2, 0), (2, 1), (2, 3), (2, 5))
    direction, directions, long = _directions(pattern)
    np.testing.assert_array_equal(long, [2])
    np.testing.assert_array_equal(direction, [1, 1, 0, 1, -1, 1])
    np.testing.assert_array_equal(directions, [[0, 0, 1, 0, 0, 0], [1, 1, 0, 1, 0, 1]])


def test_where_no_row_is_long_none_is_taken_apart() -> None:
    direction, directions, long = _directions(pattern_of(4, (0, 0), (1, 1), (3, 3)))
    assert long.size == 0
    np.testing.assert_array_equal(direction, [0, 0, -1, 0])
    np.testing.assert_array_equal(directions, [[1, 1, 0, 1]])
    direction, directions, long = _directions(np.zeros((3, 3), bool))
    assert (list(direction), directions.shape, long.size) == ([-1, -1, -1], (0, 3), 0)


def test_no_more_long_rows_are_tried_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two long rows over six inputs: with both apart three directions, with one or none of them more."""
    pattern = pattern_of(8, *((one, one) for one in range(8)), *((long, one) for long in (2, 5) for one in range(8)))
    assert len(_directions(pattern)[1]) == 3
    monkeypatch.setattr(module, "MOST_LONG", 2)
    assert len(_directions(pattern)[1]) == 3
    monkeypatch.setattr(module, "MOST_LONG", 1)
    assert len(_directions(pattern)[1]) == 8
    assert list(_directions(pattern)[2]) == []


def seen_as(known: Curvature, middle: np.ndarray, inner: np.ndarray) -> np.ndarray:
    return np.asarray(known.congruence(known.directions @ jnp.asarray(middle), jnp.asarray(inner)))


def test_second_derivatives_in_x_come_from_a_half_of_the_entries() -> None:
    pattern = pattern_of(5, (0, 0), (1, 1), (3, 3), (2, 0), (2, 1), (2, 3), (4, 3))
    random = np.random.default_rng(3)
    middle = random.uniform(1.0, 2.0, (5, 5)) * pattern
    middle = middle + middle.T
    inner = random.uniform(1.0, 2.0, (5, 30)) * (np.arange(30) % 5 == np.arange(5)[:, None]) * (np.arange(30) < 17)
    for told in (pattern, np.triu(pattern), np.tril(pattern)):
        known = curvature_of(told, inner != 0)
        assert known is not None
        assert known.place.size == 7
        np.testing.assert_allclose(seen_as(known, middle, inner), inner.T @ middle @ inner, atol=1e-12)


def test_two_long_rows_that_meet_are_seen_once() -> None:
    pattern = pattern_of(6, *((one, one) for one in range(6)), *((long, one) for long in (2, 5) for one in range(6)))
    middle = np.random.default_rng(4).uniform(1.0, 2.0, (6, 6)) * pattern
    middle, inner = middle + middle.T, np.diag(np.arange(1.5, 7.0)) @ np.eye(6, 12)
    known = curvature_of(pattern, inner != 0)
    assert known is not None
    assert known.directions.shape == (3, 6)
    np.testing.assert_allclose(seen_as(known, middle, inner), inner.T @ middle @ inner, atol=1e-12)


def test_a_long_row_is_worth_a_direction_where_nothing_else_is_left() -> None:
    direction, directions, long = _directions(pattern_of(3, (2, 0), (2, 1)))
    assert (list(direction), directions.shape, list(long)) == ([-1, -1, 0], (1, 3), [2])


@pytest.mark.parametrize(("first", "second", "size", "gained"), [(1, 4, 4, True), (2, 4, 5, False), (2, 4, 6, True), (3, 3, 5, False)])
def test_nothing_is_gained_above_half_of_all_second_derivatives(first: int, second: int, size: int, gained: bool) -> None:
    """Two inner numbers that are coupled with each other alone: twice the product of their inputs, against half of all squared."""
    touched = np.zeros((2, size), bool)
    touched[0, :first] = touched[1, -second:] = True
    assert (curvature_of(pattern_of(2, (0, 1)), touched) is not None) is gained
