"""Structure a program may declare, so that a solver pays for what is there: an affine map that the curved functions look through, and the
columns that each affine row touches.

Both are callables of (x, args) like any other function of a program; a solver that does not know them loses nothing but time.

Source: Griewank and Toint, in Nonlinear Optimization 1981 (1982) (partial separability: curvature lives in few affine combinations).
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.base import Function
from capexmodel.solvers.curvature import Curvature
from capexmodel.solvers.linear_algebra import gram

PIECE_COST = 100_000
"""Multiplications that one more piece must save."""
PLACE_COST = 10
"""Multiplications that cost as much as adding one number in place."""


class Piece(eqx.Module):
    """Some rows of a matrix, and the columns in which they are not zero."""

    rows: Int[Array, " row"]
    columns: Int[Array, " column"]


class Through(eqx.Module):
    """outer(inner(x, args), args) + ridge(args) x'x, with `inner` affine in x and much shorter than x: all curvature is in `outer`.

    The Jacobian of `inner` is zero outside of its pieces, where they are given: then they hold every row of it once. The second
    derivatives of all functions that look through it are those of its `curvature`, where that is given with the objective.
    """

    outer: Function
    inner: Function
    ridge: Callable[[Any], Any] | None = None
    pieces: tuple[Piece, ...] = ()
    curvature: Curvature | None = None

    def __call__(self, x: Any, args: Any) -> Any:
        """The function of x."""
        value = self.outer(self.inner(x, args), args)
        return value if self.ridge is None else value + self.ridge(args) * jnp.dot(x, x)


class Pieced(eqx.Module):
    """A function whose Jacobian is zero outside of its pieces; together they hold every row once."""

    function: Function
    pieces: tuple[Piece, ...]

    def __call__(self, x: Any, args: Any) -> Any:
        """The function of x."""
        return self.function(x, args)


class Rows(eqx.Module):
    """A matrix, whole for products with a vector and in pieces for products that are as large as x is long both ways."""

    whole: Float[Array, "row n"]
    pieces: tuple[Piece, ...]
    parts: tuple[Float[Array, "_ _"], ...]

    def gram(self, weights: Float[Array, " row"]) -> Float[Array, "n n"]:
        """Sum of weighted outer products of the rows."""
        if not self.pieces:
            return gram(self.whole, weights)
        size = self.whole.shape[1]
        product = jnp.zeros((size, size))
        for piece, part in zip(self.pieces, self.parts, strict=True):
            block = gram(part, weights[piece.rows])
            product = product.at[piece.columns[:, None], piece.columns[None, :]].add(block, unique_indices=True)
        return product

    def congruence(self, middle: Float[Array, "row row"]) -> Float[Array, "n n"]:
        """J' middle J."""
        if not self.pieces:
            return self.whole.T @ (middle @ self.whole)
        half = jnp.zeros_like(self.whole)
        for piece, part in zip(self.pieces, self.parts, strict=True):
            half = half.at[:, piece.columns].add(middle[:, piece.rows] @ part, unique_indices=True)
        product = jnp.zeros((self.whole.shape[1], self.whole.shape[1]))
        for piece, part in zip(self.pieces, self.parts, strict=True):
            product = product.at[piece.columns, :].add(part.T @ half[piece.rows, :], unique_indices=True)
        return product


def rows_of(matrix: Float[Array, "row n"], pieces: tuple[Piece, ...]) -> Rows:
    """Keep a matrix with its pieces."""
    return Rows(matrix, pieces, tuple(matrix[piece.rows[:, None], piece.columns[None, :]] for piece in pieces))


def pieces_of(pattern: Bool[np.ndarray, "row n"]) -> tuple[Piece, ...]:
    """Sort rows into pieces so that their outer products take little work: each row goes where it adds least, the longest first.

    Leaves out: the best partition, which is a hard problem; measured on shipped scenarios, this one needs a twentieth of the dense work.
    """
    touched = np.asarray(pattern, float)
    lengths = touched.sum(axis=1)
    rows: list[list[int]] = []
    columns = np.zeros((0, pattern.shape[1]))
    counts = widths = np.zeros(0)
    for row in np.argsort(-lengths, kind="stable"):
        union = widths + lengths[row] - columns @ touched[row]
        extra = _cost(counts + 1, union) - _cost(counts, widths)
        best = int(np.argmin(extra)) if rows else -1
        if best < 0 or extra[best] > PIECE_COST + _cost(1, lengths[row]):
            rows.append([int(row)])
            columns = np.vstack([columns, touched[row]])
            counts, widths = np.append(counts, 1), np.append(widths, lengths[row])
        else:
            rows[best].append(int(row))
            np.maximum(columns[best], touched[row], out=columns[best])
            counts[best], widths[best] = counts[best] + 1, union[best]
    return tuple(Piece(jnp.asarray(np.sort(r), int), jnp.asarray(np.flatnonzero(c), int)) for r, c in zip(rows, columns, strict=True))


def _cost(rows: Any, columns: Any) -> Any:
    """Multiplications that a piece takes."""
    return (rows + PLACE_COST) * columns**2


def covers(pieces: tuple[Piece, ...], pattern: Bool[np.ndarray, "row n"]) -> bool:
    """Whether a matrix of this pattern is zero outside of the pieces."""
    rest = pattern.copy()
    for piece in pieces:
        rest[np.ix_(np.asarray(piece.rows), np.asarray(piece.columns))] = False
    return not rest.any()
