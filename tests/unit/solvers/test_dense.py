"""A matrix with all its entries: what is done with it, in numpy."""

import dataclasses

import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.dense import Dense, DenseLower
from capexmodel.solvers.structure import Piece, rows_of

WHOLE = np.array([[7.0, 1.5, -0.5], [1.5, 6.0, 0.7], [-0.5, 0.7, 5.0]])
RIGHT = np.array([[1.3, -0.4], [0.6, 2.2], [-1.7, 0.9]])


def dense() -> Dense:
    return Dense(jnp.asarray(WHOLE))


def test_a_matrix_grows_by_rows_and_by_a_diagonal() -> None:
    rows, weights = np.array([[1.0, 0.0, 3.0], [0.0, 4.0, 0.0]]), np.array([0.5, 1.25])
    told = WHOLE + (rows.T * weights) @ rows
    np.testing.assert_allclose(dense().plus_rows(jnp.asarray(rows), jnp.asarray(weights)).whole, told)
    np.testing.assert_allclose(dense().plus_rows(jnp.asarray(rows), jnp.asarray(0.3)).whole, WHOLE + 0.3 * rows.T @ rows)
    pieces = (Piece(jnp.asarray([1]), jnp.asarray([1])), Piece(jnp.asarray([0]), jnp.asarray([2, 0])))
    np.testing.assert_allclose(dense().plus_rows(rows_of(jnp.asarray(rows), pieces), jnp.asarray(weights)).whole, told)
    np.testing.assert_allclose(dense().plus_diagonal(jnp.asarray([0.3, 0.4, 0.6])).whole, WHOLE + np.diag([0.3, 0.4, 0.6]))


def test_a_confined_matrix_has_nothing_where_variables_are_not_free() -> None:
    np.testing.assert_array_equal(dense().confined(jnp.asarray([True, False, True])).whole, [[7.0, 0, -0.5], [0, 0, 0], [-0.5, 0, 5.0]])


def test_the_largest_entry_counts_whatever_its_sign() -> None:
    assert float(dense().largest()) == 7.0
    assert float(dense().plus_diagonal(jnp.asarray([0.0, -20.0, 0.0])).largest()) == 14.0


def test_a_matrix_multiplies_and_its_shifted_factor_solves() -> None:
    np.testing.assert_allclose(dense() @ jnp.asarray(RIGHT), WHOLE @ RIGHT)
    np.testing.assert_allclose(dense() @ jnp.asarray(RIGHT[:, 0]), WHOLE @ RIGHT[:, 0])
    lower = dense().cholesky(jnp.asarray(0.9))
    np.testing.assert_allclose(lower.matrix, np.linalg.cholesky(WHOLE + 0.9 * np.eye(3)))
    told = np.linalg.solve(WHOLE + 0.9 * np.eye(3), RIGHT)
    np.testing.assert_allclose(dense().inverse(lower).solve(jnp.asarray(RIGHT)), told)
    np.testing.assert_allclose(dense().inverse(lower).solve(jnp.asarray(RIGHT[:, 1])), told[:, 1])


def test_only_the_lower_half_is_factored() -> None:
    bent = dataclasses.replace(dense(), whole=dense().whole.at[0, 2].set(4.0))
    np.testing.assert_allclose(bent.cholesky(jnp.zeros(())).matrix, np.linalg.cholesky(WHOLE))


def test_a_factor_is_sound_where_its_last_row_holds_numbers() -> None:
    assert bool(dense().cholesky(jnp.zeros(())).sound)
    assert not bool(dense().cholesky(jnp.asarray(-7.0)).sound)
    assert not bool(DenseLower(jnp.eye(3).at[2, 0].set(jnp.nan)).sound)
    assert bool(DenseLower(jnp.eye(3).at[1, 0].set(jnp.nan)).sound)
