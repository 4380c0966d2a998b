"""A symmetric matrix in the shape of an arrow: blocks along the diagonal, each coupled to the next, a border, and a few long rows.

    [ A  B' ]
    [ B  C  ] + long' long,    A block-tridiagonal

Factorized block after block, so that the work grows with the number of blocks and not with its cube; on the blocks of an optimal-control
problem this is the Riccati recursion. The outer products of the long rows are never formed: they enter through a Schur complement. So the
rest must be positive definite without them, and is shifted where it is not.
Inverses of the diagonal factors are kept, which makes solves products.

Source: Golub and Van Loan, Matrix Computations, 4th ed., section 4.5 (block-tridiagonal systems); Wright, Journal of Optimization Theory
and Applications 77 (1993) and Rao, Wright and Rawlings, Journal of Optimization Theory and Applications 99 (1998) (interior points and the
Riccati recursion); Golub and Van Loan, section 2.1.4 (Sherman-Morrison-Woodbury formula).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.linear_algebra import AbstractInverse, AbstractLower, AbstractSymmetric
from capexmodel.solvers.staged_rows import StagedRows, joined, later, parted


class ArrowLower(AbstractLower):
    """Cholesky factor without the long rows: inverses of the diagonal blocks, blocks left of them, rows of the border, its corner's
    inverse."""

    inverses: Float[Array, "stage size size"]
    links: Float[Array, "stage size size"]
    border: Float[Array, "stage border size"]
    corner: Float[Array, "border border"]

    @property
    def sound(self) -> Bool[Array, ""]:
        """Whether the last blocks hold numbers: a failure spreads to all that come after it."""
        return jnp.all(jnp.isfinite(self.inverses[-1])) & jnp.all(jnp.isfinite(self.corner))


class ArrowInverse(AbstractInverse):
    """The factor with the products that solves need, and the complement of the long rows."""

    lower: ArrowLower
    down: Float[Array, "stage size size"]
    up: Float[Array, "stage size size"]
    half: Float[Array, "n long"]
    complement: Float[Array, "long long"]

    def forward(self, right: Float[Array, "n column"]) -> Float[Array, "n column"]:
        """Solves with the lower factor."""
        stages, border = parted(right, self.lower.inverses.shape[0], self.lower.inverses.shape[1])
        found = _chain(self.down, self.lower.inverses @ stages)
        return joined(found, self.lower.corner @ (border - jnp.einsum("tbs,tsc->bc", self.lower.border, found)))

    def backward(self, right: Float[Array, "n column"]) -> Float[Array, "n column"]:
        """Solves with its transpose."""
        stages, below = parted(right, self.lower.inverses.shape[0], self.lower.inverses.shape[1])
        border = self.lower.corner.T @ below
        rest = stages - jnp.einsum("tbs,bc->tsc", self.lower.border, border)
        return joined(_chain(self.up, jnp.swapaxes(self.lower.inverses, 1, 2) @ rest, reverse=True), border)

    def solve(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """Solves with the factor, with the complement of the long rows, and with the transposed factor."""
        half = self.forward(right[:, None] if right.ndim == 1 else right)
        if self.half.shape[1]:
            half = half - self.half @ (self.complement.T @ (self.complement @ (self.half.T @ half)))
        return jnp.reshape(self.backward(half), right.shape)


class Arrow(AbstractSymmetric):
    """The blocks of the matrix: on the diagonal, left of the diagonal (the first one is zero), the border's, its corner, and the long rows
    times the roots of their weights."""

    diagonal: Float[Array, "stage size size"]
    below: Float[Array, "stage size size"]
    border: Float[Array, "stage border size"]
    corner: Float[Array, "border border"]
    long: Float[Array, "long n"]

    def plus_rows(self, rows: StagedRows | Float[Array, "row n"], weights: Float[Array, "*row"]) -> "Arrow":
        """With the outer products of rows added, one weight each or one for all; rows without stages become long ones."""
        if not isinstance(rows, StagedRows):
            return Arrow(self.diagonal, self.below, self.border, self.corner, self._longer(rows, weights))
        own, before, border = rows.own, rows.before, rows.border
        count, each = own.shape[:2]
        weight = jnp.broadcast_to(weights, rows.shape[:1])
        first = jnp.reshape(weight[: count * each], (count, each, 1))
        mine, theirs = _transposed(first * own), _transposed(first * before)
        ahead = jnp.concatenate([(theirs @ before)[1:], jnp.zeros_like(self.diagonal[:1])])
        ahead_border = jnp.concatenate([(_transposed(first * border) @ before)[1:], jnp.zeros_like(self.border[:1])])
        return Arrow(
            self.diagonal + mine @ own + ahead,
            self.below + mine @ before,
            self.border + _transposed(first * border) @ own + ahead_border,
            self.corner + jnp.einsum("tri,trj->ij", first * border, border),
            self._longer(rows.rest, weight[count * each :]),
        )

    def _longer(self, rows: Float[Array, "row n"], weights: Float[Array, "*row"]) -> Float[Array, "long n"]:
        return jnp.concatenate([self.long, jnp.sqrt(jnp.broadcast_to(weights, rows.shape[:1]))[:, None] * rows])

    def plus_diagonal(self, diagonal: Float[Array, " n"]) -> "Arrow":
        """With a diagonal added."""
        stages, border = parted(diagonal, *self.diagonal.shape[:2])
        return Arrow(
            self.diagonal + stages[:, :, None] * jnp.eye(self.diagonal.shape[1])[None, :, :],
            self.below,
            self.border,
            self.corner + jnp.diag(border),
            self.long,
        )

    def confined(self, free: Bool[Array, " n"]) -> "Arrow":
        """With nothing in the rows and columns of variables that are not free."""
        stages, border = parted(free, *self.diagonal.shape[:2])
        before = later(stages)
        return Arrow(
            jnp.where(stages[:, :, None] & stages[:, None, :], self.diagonal, 0.0),
            jnp.where(stages[:, :, None] & before[:, None, :], self.below, 0.0),
            jnp.where(border[None, :, None] & stages[:, None, :], self.border, 0.0),
            jnp.where(border[:, None] & border[None, :], self.corner, 0.0),
            jnp.where(free[None, :], self.long, 0.0),
        )

    def largest(self) -> Float[Array, ""]:
        """The largest absolute entry of any block; the long rows are not looked at."""
        parts = (self.diagonal, self.below, self.border, self.corner)
        return jnp.max(jnp.stack([jnp.max(jnp.abs(part), initial=0.0) for part in parts]))

    def __matmul__(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """The product with a vector or with columns, block by block."""
        columns = right[:, None] if right.ndim == 1 else right
        stages, border = parted(columns, *self.diagonal.shape[:2])
        above = _transposed(self.below) @ stages
        found = self.diagonal @ stages + self.below @ later(stages) + jnp.concatenate([above[1:], jnp.zeros_like(above[:1])])
        found = found + jnp.einsum("tbs,bc->tsc", self.border, border)
        product = joined(found, jnp.einsum("tbs,tsc->bc", self.border, stages) + self.corner @ border)
        return jnp.reshape(product + self.long.T @ (self.long @ columns), right.shape)

    def cholesky(self, shift: Float[Array, ""]) -> ArrowLower:
        """The factor of matrix + shift * identity, without the long rows, block after block."""
        size, width = self.diagonal.shape[1], self.corner.shape[0]
        identity = jnp.eye(size)

        def block(carry: tuple[Array, Array], parts: tuple[Array, Array, Array]) -> tuple[tuple[Array, Array], tuple[Array, Array, Array]]:
            inverse, strip = carry
            diagonal, below, border = parts
            link = below @ inverse.T
            lower = jax.lax.linalg.cholesky(diagonal + shift * identity - link @ link.T, symmetrize_input=False)
            inverse = jax.lax.linalg.triangular_solve(lower, identity, left_side=True, lower=True)
            strip = (border - strip @ link.T) @ inverse.T
            return (inverse, strip), (inverse, link, strip)

        start = (jnp.zeros((size, size)), jnp.zeros((width, size)))
        _, (inverses, links, strips) = jax.lax.scan(block, start, (self.diagonal, self.below, self.border))
        corner = self.corner + shift * jnp.eye(width) - jnp.einsum("tis,tjs->ij", strips, strips)
        return ArrowLower(inverses, links, strips, _inverse_root(corner))

    def inverse(self, lower: Any) -> ArrowInverse:
        """The factor made ready for solves, and the long rows' complement with it."""
        down = lower.inverses @ lower.links
        above = jnp.concatenate([lower.links[1:], jnp.zeros_like(lower.links[:1])])
        up = _transposed(above @ lower.inverses)
        count = self.long.shape[0]
        ready = ArrowInverse(lower, down, up, jnp.zeros((self.long.shape[1], 0)), jnp.zeros((0, 0)))
        if not count:
            return ready
        half = ready.forward(self.long.T)
        return ArrowInverse(lower, down, up, half, _inverse_root(jnp.eye(count) + half.T @ half))


def _transposed(blocks: Float[Array, "stage row column"]) -> Float[Array, "stage column row"]:
    return jnp.swapaxes(blocks, 1, 2)


def _inverse_root(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Inverse of the Cholesky factor."""
    if not matrix.shape[0]:
        return matrix
    lower = jax.lax.linalg.cholesky(matrix, symmetrize_input=False)
    return jax.lax.linalg.triangular_solve(lower, jnp.eye(matrix.shape[0]), left_side=True, lower=True)


def _chain(links: Float[Array, "stage size size"], values: Float[Array, "stage size column"], reverse: bool = False) -> Array:
    """Every value less its link times what came out before it."""

    def block(last: Array, parts: tuple[Array, Array]) -> tuple[Array, Array]:
        link, value = parts
        found = value - link @ last
        return found, found

    return jax.lax.scan(block, jnp.zeros_like(values[0]), (links, values), reverse=reverse)[1]
