"""Functions that look through an affine map, and rows in pieces."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.structure import Border, Piece, Pieced, Through, rows_of, structure_of

X = np.array([1.5, -0.5, 2.5])


def inner(x: Any, args: Any) -> Any:
    return jnp.stack([x[0] + x[1], args["slope"] * x[2]])


def outer(y: Any, args: Any) -> Any:
    return args["slope"] * y[0] + y[1] ** 2


ARGS = {"slope": 3.0, "ridge": 0.2}


def test_a_function_looks_through_its_inner_map_and_may_have_a_ridge() -> None:
    told = 3.0 * 1.0 + 7.5**2
    assert float(Through(outer, inner)(jnp.asarray(X), ARGS)) == told
    ridged = Through(outer, inner, lambda args: args["ridge"])
    np.testing.assert_allclose(ridged(jnp.asarray(X), ARGS), told + 0.2 * (2.25 + 0.25 + 6.25))


def pieces() -> tuple[Piece, ...]:
    return Piece(jnp.asarray([2, 0]), jnp.asarray([3, 1])), Piece(jnp.asarray([1]), jnp.asarray([0, 1, 2]))


def matrix() -> np.ndarray:
    return np.array([[0.0, 2.0, 0.0, 3.0], [4.0, 5.0, 6.0, 0.0], [0.0, 7.0, 0.0, 8.0]])


def test_rows_are_cut_into_the_columns_of_their_pieces() -> None:
    rows = rows_of(jnp.asarray(matrix()), pieces())
    np.testing.assert_array_equal(rows.parts[0], [[8.0, 7.0], [3.0, 2.0]])
    np.testing.assert_array_equal(rows.parts[1], [[4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(rows.whole, matrix())
    border = Border(jnp.asarray([1]), (jnp.asarray([0]), jnp.asarray([0])))
    assert rows.border is None
    assert rows_of(jnp.asarray(matrix()), pieces(), border).border is border


def test_outer_products_of_pieces_are_those_of_the_whole() -> None:
    weights = np.array([0.5, 1.25, 2.5])
    told = (matrix().T * weights) @ matrix()
    np.testing.assert_allclose(rows_of(jnp.asarray(matrix()), pieces()).gram(jnp.asarray(weights)), told)
    np.testing.assert_allclose(rows_of(jnp.asarray(matrix()), ()).gram(jnp.asarray(weights)), told)
    part = rows_of(jnp.asarray(matrix()), pieces()[:1]).gram(jnp.asarray(weights))
    np.testing.assert_allclose(part, (matrix().T * (weights * [1.0, 0.0, 1.0])) @ matrix())


def test_only_pieced_functions_tell_their_pieces() -> None:
    border = Border(jnp.asarray([1]), (jnp.asarray([0]), jnp.asarray([0])))
    told = Pieced(inner, pieces(), border)
    np.testing.assert_array_equal(told(jnp.asarray(X), ARGS), [1.0, 7.5])
    assert structure_of(told)[0] is told.pieces
    assert structure_of(told)[1] is border
    assert structure_of(Pieced(inner, pieces()))[1] is None
    assert structure_of(inner) == structure_of(None) == ((), None)


def test_a_piece_owns_no_column_unless_it_is_said_and_that_is_no_array() -> None:
    piece = Piece(jnp.asarray([2, 0]), jnp.asarray([3, 1]))
    assert piece.own == 0
    assert len(jax.tree.leaves(piece)) == 2
