"""A symmetric matrix in fronts: groups of variables that touch each other only across a common border, and a few long rows.

    [ A   B' ]
    [ B   C  ] + long' long,    A block-diagonal, each block touching a part of the border

Factorized front by front: a block is eliminated, and what that does to the part of the border it touches is added up. The outer products of
the long rows are never formed: a long row is a variable more, eliminated before the border. So every block must be positive definite
without them, and is shifted where it is not.

Source: Duff and Reid, ACM Transactions on Mathematical Software 9 (1983) (fronts); Vanderbei, SIAM Journal on Optimization 5 (1995)
(quasidefinite systems: a row kept as a variable of its own).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.linear_algebra import AbstractInverse, AbstractLower, AbstractSymmetric, gram
from capexmodel.solvers.structure import Border, Piece, Rows


class FrontedLower(AbstractLower):
    """Factors of the blocks; what each leaves of its front's part of the border and of the long rows; factors of the long rows' block and
    of the border, and what ties them."""

    blocks: tuple[Float[Array, "_ _"], ...]
    beside: tuple[Float[Array, "_ _"], ...]
    along: tuple[Float[Array, "_ long"], ...]
    rows: Float[Array, "long long"]
    ties: Float[Array, "long border"]
    corner: Float[Array, "border border"]

    @property
    def sound(self) -> Bool[Array, ""]:
        """Whether the last number of every factor is one: where a factorization fails, none is."""
        last = [block[-1, -1] for block in (*self.blocks, self.rows, self.corner) if block.size]
        return jnp.all(jnp.isfinite(jnp.stack(last)))


class FrontedInverse(AbstractInverse):
    """The factor, and the variables that it is of."""

    lower: FrontedLower
    pieces: tuple[Piece, ...]
    border: Border

    def solve(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """Down the fronts, through the long rows and the border, and up again."""
        lower, columns = self.lower, right[:, None] if right.ndim == 1 else right
        fronts = list(zip(_own(self.pieces), self.border.places, lower.blocks, lower.beside, lower.along, strict=True))
        border, rows, halves = columns[self.border.columns], jnp.zeros((lower.rows.shape[0], columns.shape[1])), []
        for own, places, block, beside, along in fronts:
            halves.append(_down(block, columns[own]))
            border = border.at[places].add(-beside.T @ halves[-1], unique_indices=True)
            rows = rows - along.T @ halves[-1]
        rows = _down(lower.rows, rows)
        border = _up(lower.corner, _down(lower.corner, border + lower.ties.T @ rows))
        rows = _up(lower.rows, lower.ties @ border - rows)
        found = jnp.zeros_like(columns).at[self.border.columns].set(border, unique_indices=True)
        for (own, places, block, beside, along), half in zip(fronts, halves, strict=True):
            found = found.at[own].set(_up(block, half - beside @ border[places] - along @ rows), unique_indices=True)
        return jnp.reshape(found, right.shape)


class Fronted(AbstractSymmetric):
    """The matrix: of each piece the square of its columns, the square of the border, and the long rows times the roots of their weights.
    What two columns of the border have in common is the sum over all that hold both."""

    pieces: tuple[Piece, ...]
    border: Border
    squares: tuple[Float[Array, "_ _"], ...]
    corner: Float[Array, "border border"]
    long: Float[Array, "long n"]

    def plus_rows(self, rows: Rows | Float[Array, "row n"], weights: Float[Array, "*row"]) -> "Fronted":
        """With the outer products of rows added, one weight each or one for all; rows without pieces become long ones."""
        if not isinstance(rows, Rows):
            scaled = jnp.sqrt(jnp.broadcast_to(weights, rows.shape[:1]))[:, None] * rows
            return Fronted(self.pieces, self.border, self.squares, self.corner, jnp.concatenate([self.long, scaled]))
        each = zip(self.squares, self.pieces, rows.parts, strict=True)
        squares = tuple(square + gram(part, weights[piece.rows]) for square, piece, part in each)
        return Fronted(self.pieces, self.border, squares, self.corner, self.long)

    def plus_diagonal(self, diagonal: Float[Array, " n"]) -> "Fronted":
        """With a diagonal added."""
        squares = tuple(
            square + jnp.diag(jnp.pad(diagonal[own], (0, square.shape[0] - own.size)))
            for square, own in zip(self.squares, _own(self.pieces), strict=True)
        )
        return Fronted(self.pieces, self.border, squares, self.corner + jnp.diag(diagonal[self.border.columns]), self.long)

    def confined(self, free: Bool[Array, " n"]) -> "Fronted":
        """With nothing in the rows and columns of variables that are not free."""

        def within(square: Array, columns: Array) -> Array:
            return jnp.where(free[columns][:, None] & free[columns][None, :], square, 0.0)

        squares = tuple(within(square, piece.columns) for square, piece in zip(self.squares, self.pieces, strict=True))
        corner, long = within(self.corner, self.border.columns), jnp.where(free[None, :], self.long, 0.0)
        return Fronted(self.pieces, self.border, squares, corner, long)

    def largest(self) -> Float[Array, ""]:
        """The largest absolute entry of any square; the long rows are not looked at."""
        return jnp.max(jnp.stack([jnp.max(jnp.abs(square), initial=0.0) for square in (*self.squares, self.corner)]))

    def __matmul__(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """The product with a vector or with columns, square by square."""
        found = self.long.T @ (self.long @ right)
        places = (*(piece.columns for piece in self.pieces), self.border.columns)
        for columns, square in zip(places, (*self.squares, self.corner), strict=True):
            found = found.at[columns].add(square @ right[columns], unique_indices=True)
        return found

    def cholesky(self, shift: Float[Array, ""]) -> FrontedLower:
        """The factor of matrix + shift * identity, front by front."""
        corner, ties = self.corner + shift * jnp.eye(self.corner.shape[0]), self.long[:, self.border.columns]
        complement, blocks, beside, along = jnp.eye(self.long.shape[0]), [], [], []
        for piece, square, own, places in zip(self.pieces, self.squares, _own(self.pieces), self.border.places, strict=True):
            count, width = piece.own, piece.columns.size - piece.own
            block = _root(square[:count, :count] + shift * jnp.eye(count))
            half = _down(block, jnp.concatenate([square[:count, count:], self.long[:, own].T], axis=1))
            mine, rows = half[:, :width], half[:, width:]
            corner = corner.at[places[:, None], places[None, :]].add(square[count:, count:] - mine.T @ mine, unique_indices=True)
            ties = ties.at[:, places].add(-rows.T @ mine, unique_indices=True)
            complement = complement + rows.T @ rows
            blocks, beside, along = [*blocks, block], [*beside, mine], [*along, rows]
        root = _root(complement)
        ties = _down(root, ties)
        return FrontedLower(tuple(blocks), tuple(beside), tuple(along), root, ties, _root(corner + ties.T @ ties))

    def inverse(self, lower: Any) -> FrontedInverse:
        """The factor made ready for solves."""
        return FrontedInverse(lower, self.pieces, self.border)


def places_of(pieces: tuple[Piece, ...], border: Border, rows: Int[Array, " entry"], columns: Int[Array, " entry"]) -> Int[Array, " entry"]:
    """Where `fronted` takes entries of a matrix: piece by piece, then in the border's square. One outside of the fronts has no place."""
    owner, within = jnp.full(_size(pieces, border), len(pieces)), jnp.zeros((len(pieces) + 1, _size(pieces, border)), int)
    for number, (piece, own) in enumerate(zip(pieces, _own(pieces), strict=True)):
        owner = owner.at[own].set(number, unique_indices=True)
        within = within.at[number, piece.columns].set(jnp.arange(piece.columns.size), unique_indices=True)
    within = within.at[-1, border.columns].set(jnp.arange(border.columns.size), unique_indices=True)
    widths = [*(piece.columns.size for piece in pieces), border.columns.size]
    begins = jnp.asarray([sum(width**2 for width in widths[:number]) for number in range(len(widths))])
    front = jnp.minimum(owner[rows], owner[columns])
    return begins[front] + within[front, rows] * jnp.asarray(widths)[front] + within[front, columns]


def fronted(entries: Float[Array, " entry"], places: Int[Array, " entry"], pieces: tuple[Piece, ...], border: Border) -> Fronted:
    """The matrix whose entries are sums of these, by place."""
    widths = [*(piece.columns.size for piece in pieces), border.columns.size]
    whole, squares = jnp.zeros(sum(width**2 for width in widths)).at[places].add(entries), []
    for number, width in enumerate(widths):
        begin = sum(other**2 for other in widths[:number])
        squares.append(jnp.reshape(whole[begin : begin + width**2], (width, width)))
    return Fronted(pieces, border, tuple(squares[:-1]), squares[-1], jnp.zeros((0, _size(pieces, border))))


def _size(pieces: tuple[Piece, ...], border: Border) -> int:
    """How many variables there are."""
    return sum(piece.own for piece in pieces) + border.columns.size


def _own(pieces: tuple[Piece, ...]) -> list[Array]:
    """Of each piece its own columns."""
    return [piece.columns[: piece.own] for piece in pieces]


def _root(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Lower Cholesky factor."""
    return jax.lax.linalg.cholesky(matrix, symmetrize_input=False) if matrix.size else matrix


def _down(lower: Float[Array, "n n"], right: Float[Array, "n column"]) -> Float[Array, "n column"]:
    """Solve with a lower factor."""
    return jax.lax.linalg.triangular_solve(lower, right, left_side=True, lower=True) if right.size else right


def _up(lower: Float[Array, "n n"], right: Float[Array, "n column"]) -> Float[Array, "n column"]:
    """Solve with its transpose."""
    return jax.lax.linalg.triangular_solve(lower, right, left_side=True, lower=True, transpose_a=True) if right.size else right
