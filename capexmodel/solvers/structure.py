"""Structure a program may declare, so that a solver pays for what is there: an affine map that the curved functions look through, and the
columns that each affine row touches.

Both are callables of (x, args) like any other function of a program; a solver that does not know them loses nothing but time.

Source: Griewank and Toint, in Nonlinear Optimization 1981 (1982) (partial separability: curvature lives in few affine combinations).
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from capexmodel.solvers.base import Function
from capexmodel.solvers.curvature import Curvature
from capexmodel.solvers.linear_algebra import gram


class Piece(eqx.Module):
    """Some rows of a matrix, and the columns in which they are not zero. The first so many are its `own`: no other piece has them, and
    together they make a front."""

    rows: Int[Array, " row"]
    columns: Int[Array, " column"]
    own: int = eqx.field(static=True, default=0)


class Border(eqx.Module):
    """Columns that are no piece's own, in order; and of each piece, where the rest of its columns are among them."""

    columns: Int[Array, " border"]
    places: tuple[Int[Array, " _"], ...]


class Through(eqx.Module):
    """outer(inner(x, args), args) + ridge(args) x'x, with `inner` affine in x and much shorter than x: all curvature is in `outer`.

    The second derivatives of all functions that look through it are those of its `curvature`, where that is given with the objective.
    """

    outer: Function
    inner: Function
    ridge: Callable[[Any], Any] | None = None
    curvature: Curvature | None = None

    def __call__(self, x: Any, args: Any) -> Any:
        """The function of x."""
        value = self.outer(self.inner(x, args), args)
        return value if self.ridge is None else value + self.ridge(args) * jnp.dot(x, x)


class Pieced(eqx.Module):
    """A function whose Jacobian is zero outside of its pieces; together they hold every row once. With a `border` they are fronts: second
    derivatives too are zero outside of the pieces and of the border."""

    function: Function
    pieces: tuple[Piece, ...]
    border: Border | None = None

    def __call__(self, x: Any, args: Any) -> Any:
        """The function of x."""
        return self.function(x, args)


class Rows(eqx.Module):
    """A matrix, whole for products with a vector and in pieces for products that are as large as x is long both ways."""

    whole: Float[Array, "row n"]
    pieces: tuple[Piece, ...]
    parts: tuple[Float[Array, "_ _"], ...]
    border: Border | None = None

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


def rows_of(matrix: Float[Array, "row n"], pieces: tuple[Piece, ...], border: Border | None = None) -> Rows:
    """Keep a matrix with its pieces."""
    return Rows(matrix, pieces, tuple(matrix[piece.rows[:, None], piece.columns[None, :]] for piece in pieces), border)


def structure_of(affine: Function | None) -> tuple[tuple[Piece, ...], Border | None]:
    """The pieces of the affine rows, and their border where they are fronts."""
    return (affine.pieces, affine.border) if isinstance(affine, Pieced) else ((), None)
