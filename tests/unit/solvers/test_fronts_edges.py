"""Fronts of a few columns do what the whole matrix does."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.fronts import Fronted, fronted, places_of
from capexmodel.solvers.structure import Border, Piece, rows_of

COLUMNS = ((4, 1, 3, 7), (0, 5, 2, 6, 7), (3, 6))
OWN = (2, 3, 0)
ROWS = ((5, 0, 2), (1, 6), (3, 4))
BORDER = (3, 6, 7)
ALL, LONG = 8, 2
FREE = np.array([True, True, False, True, True, True, False, True])
RIGHT = np.random.default_rng(4).normal(size=(ALL, 3))
SHIFT = 0.7


def structure() -> tuple[tuple[Piece, ...], Border]:
    """Two pieces with columns of their own, one with none, and the border."""
    pieces = tuple(Piece(jnp.asarray(rows), jnp.asarray(columns), own) for rows, columns, own in zip(ROWS, COLUMNS, OWN, strict=True))
    places = tuple(jnp.asarray([BORDER.index(one) for one in columns[own:]]) for columns, own in zip(COLUMNS, OWN, strict=True))
    return pieces, Border(jnp.asarray(BORDER), places)


def whole_of(fronts: Fronted) -> np.ndarray:
    """The sum of all squares in their places and of the long rows."""
    found = np.asarray(fronts.long).T @ np.asarray(fronts.long)
    for columns, square in zip((*COLUMNS, BORDER), (*fronts.squares, fronts.corner), strict=True):
        found[np.ix_(columns, columns)] += np.asarray(square)
    return found


def fronts_at_random(long: int = LONG, least: float = 6.0) -> Fronted:
    """Squares at random, positive definite together and with long rows beside them."""
    draw = np.random.default_rng(3).normal
    squares = [draw(size=(len(columns),) * 2) for columns in (*COLUMNS, BORDER)]
    squares = [jnp.asarray(square + square.T + least * np.eye(len(square))) for square in squares]
    return Fronted(*structure(), tuple(squares[:-1]), squares[-1], jnp.asarray(draw(size=(long, ALL))))


def matrix_of_pieces() -> np.ndarray:
    """Rows that are zero outside of their pieces."""
    found, random = np.zeros((7, ALL)), np.random.default_rng(5)
    for rows, columns in zip(ROWS, COLUMNS, strict=True):
        found[np.ix_(rows, columns)] = random.normal(size=(len(rows), len(columns)))
    return found


def test_fronts_multiply_a_vector_and_columns_as_the_whole_matrix_does() -> None:
    fronts = fronts_at_random()
    np.testing.assert_allclose(fronts @ jnp.asarray(RIGHT), whole_of(fronts) @ RIGHT, atol=1e-12)
    np.testing.assert_allclose(fronts @ jnp.asarray(RIGHT[:, 1]), whole_of(fronts) @ RIGHT[:, 1], atol=1e-12)


def test_rows_in_pieces_are_added_with_their_weights_to_their_squares() -> None:
    fronts, matrix, weights = fronts_at_random(), matrix_of_pieces(), np.linspace(0.3, 2.9, 7)
    found = fronts.plus_rows(rows_of(jnp.asarray(matrix), *structure()), jnp.asarray(weights))
    np.testing.assert_allclose(whole_of(found), whole_of(fronts) + (matrix.T * weights) @ matrix, atol=1e-12)
    np.testing.assert_array_equal(found.corner, fronts.corner)
    np.testing.assert_array_equal(found.long, fronts.long)


def test_rows_without_pieces_become_long_ones_times_the_roots_of_their_weights() -> None:
    fronts, rows = fronts_at_random(), np.random.default_rng(6).normal(size=(2, ALL))
    found = fronts.plus_rows(jnp.asarray(rows), jnp.asarray([4.0, 0.25]))
    np.testing.assert_allclose(found.long, np.concatenate([fronts.long, [2.0 * rows[0], 0.5 * rows[1]]]))
    np.testing.assert_allclose(fronts.plus_rows(jnp.asarray(rows), jnp.asarray(9.0)).long[LONG:], 3.0 * rows)
    np.testing.assert_array_equal(found.squares[1], fronts.squares[1])


def test_a_diagonal_is_added_once_to_every_column() -> None:
    fronts, diagonal = fronts_at_random(), np.linspace(0.2, 3.0, ALL)
    found = fronts.plus_diagonal(jnp.asarray(diagonal))
    np.testing.assert_allclose(whole_of(found), whole_of(fronts) + np.diag(diagonal), atol=1e-12)
    np.testing.assert_allclose(found.corner, fronts.corner + np.diag(diagonal[list(BORDER)]), atol=1e-12)


def test_confined_fronts_have_nothing_where_variables_are_not_free() -> None:
    fronts = fronts_at_random()
    found = fronts.confined(jnp.asarray(FREE))
    np.testing.assert_allclose(whole_of(found), whole_of(fronts) * np.outer(FREE, FREE), atol=1e-12)
    np.testing.assert_allclose(found.long, np.asarray(fronts.long) * FREE)


def test_the_largest_entry_is_looked_for_in_every_square_but_not_in_long_rows() -> None:
    fronts = fronts_at_random()
    squares = (fronts.squares[0], fronts.squares[1].at[0, 3].set(-77.0), fronts.squares[2])
    assert float(dataclasses.replace(fronts, squares=squares, long=jnp.full((1, ALL), 99.0)).largest()) == 77.0
    assert float(dataclasses.replace(fronts, corner=fronts.corner.at[2, 1].set(-88.0)).largest()) == 88.0


@pytest.mark.parametrize("long", [0, LONG])
def test_factored_fronts_solve_what_the_shifted_matrix_does(long: int) -> None:
    fronts = fronts_at_random(long)
    lower = fronts.cholesky(jnp.asarray(SHIFT))
    told = np.linalg.solve(whole_of(fronts) + SHIFT * np.eye(ALL), RIGHT)
    np.testing.assert_allclose(fronts.inverse(lower).solve(jnp.asarray(RIGHT)), told, atol=1e-12)
    np.testing.assert_allclose(fronts.inverse(lower).solve(jnp.asarray(RIGHT[:, 2])), told[:, 2], atol=1e-12)
    assert bool(lower.sound)


def test_of_a_fronts_own_square_only_the_lower_half_is_read() -> None:
    fronts = fronts_at_random()
    squares = (fronts.squares[0].at[0, 1].add(5.0), fronts.squares[1], fronts.squares[2])
    bent = dataclasses.replace(fronts, squares=squares, corner=fronts.corner.at[0, 2].add(5.0))
    found, told = (one.inverse(one.cholesky(jnp.asarray(SHIFT))).solve(jnp.asarray(RIGHT)) for one in (bent, fronts))
    np.testing.assert_allclose(found, told, atol=1e-12)


@pytest.mark.parametrize("column", [4, 1, 0, 2, 3, 6, 7])
def test_fronts_that_are_not_positive_anywhere_have_no_sound_factor(column: int) -> None:
    bent = fronts_at_random().plus_diagonal(jnp.zeros(ALL).at[column].set(-60.0))
    assert not bool(bent.cholesky(jnp.zeros(())).sound)


def test_a_long_row_that_is_no_number_has_no_sound_factor() -> None:
    fronts = fronts_at_random()
    assert not bool(dataclasses.replace(fronts, long=fronts.long.at[1, 0].set(jnp.nan)).cholesky(jnp.zeros(())).sound)


def test_entries_are_summed_by_their_places() -> None:
    pieces, border = structure()
    rows = jnp.asarray([4, 3, 7, 2, 7, 6, 3, 2, 4])
    columns = jnp.asarray([1, 1, 4, 6, 5, 3, 3, 6, 7])
    places = places_of(pieces, border, rows, columns)
    # Squares of 4, 5, 2 and 3 columns begin at 0, 16, 41 and 45.
    np.testing.assert_array_equal(places, [1, 9, 12, 16 + 13, 16 + 21, 45 + 3, 45, 16 + 13, 3])
    entries = np.array([1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5])
    found = fronted(jnp.asarray(entries), places, pieces, border)
    told = np.zeros((ALL, ALL))
    np.add.at(told, (np.asarray(rows), np.asarray(columns)), entries)
    np.testing.assert_allclose(whole_of(found), told)
    assert [square.shape for square in found.squares] == [(4, 4), (5, 5), (2, 2)]
    assert (found.corner.shape, found.long.shape) == ((3, 3), (0, ALL))


def test_the_last_piece_may_have_columns_of_its_own() -> None:
    pieces, border = structure()
    border = Border(border.columns, border.places[:2])
    # Squares of 4 and 5 columns come before the border's.
    np.testing.assert_array_equal(places_of(pieces[:2], border, jnp.asarray([5, 6, 7]), jnp.asarray([7, 6, 0])), [16 + 9, 41 + 4, 16 + 20])


@pytest.mark.parametrize("part", ["blocks", "rows", "corner"])
def test_a_last_number_that_is_none_is_unsound(part: str) -> None:
    lower = fronts_at_random().cholesky(jnp.zeros(()))
    whole = getattr(lower, part)
    bad = (whole[0].at[-1, -1].set(jnp.nan), *whole[1:]) if part == "blocks" else whole.at[-1, -1].set(jnp.nan)
    assert not bool(dataclasses.replace(lower, **{part: bad}).sound)
