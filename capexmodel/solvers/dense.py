"""A symmetric matrix with all its entries.


Source: Golub and Van Loan, Matrix Computations, 4th ed., section 4.2 (Cholesky factorization).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.linear_algebra import AbstractInverse, AbstractLower, AbstractSymmetric, gram
from capexmodel.solvers.structure import Rows


class DenseLower(AbstractLower):
    """Lower Cholesky factor."""

    matrix: Float[Array, "n n"]

    @property
    def sound(self) -> Bool[Array, ""]:
        """Whether the last row holds numbers: where a factorization fails, none does."""
        return jnp.all(jnp.isfinite(self.matrix[-1]))


class DenseInverse(AbstractInverse):
    """Lower Cholesky factor."""

    lower: Float[Array, "n n"]

    def solve(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """Solves with the factor and with its transpose."""
        columns = right[:, None] if right.ndim == 1 else right
        half = jax.lax.linalg.triangular_solve(self.lower, columns, left_side=True, lower=True)
        whole = jax.lax.linalg.triangular_solve(self.lower, half, left_side=True, lower=True, transpose_a=True)
        return jnp.reshape(whole, right.shape)


class Dense(AbstractSymmetric):
    """A symmetric matrix as one array."""

    whole: Float[Array, "n n"]

    def plus_rows(self, rows: Float[Array, "row n"] | Rows, weights: Float[Array, "*row"]) -> "Dense":
        """With the outer products of rows added, one weight each or one for all."""
        return Dense(self.whole + (rows.gram(weights) if isinstance(rows, Rows) else gram(rows, weights)))

    def plus_diagonal(self, diagonal: Float[Array, " n"]) -> "Dense":
        """With a diagonal added."""
        return Dense(self.whole + jnp.diag(diagonal))

    def confined(self, free: Bool[Array, " n"]) -> "Dense":
        """With nothing in the rows and columns of variables that are not free."""
        return Dense(jnp.where(free[:, None] & free[None, :], self.whole, 0.0))

    def largest(self) -> Float[Array, ""]:
        """The largest absolute entry."""
        return jnp.max(jnp.abs(self.whole))

    def __matmul__(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """The product with a vector or with columns."""
        return self.whole @ right

    def cholesky(self, shift: Float[Array, ""]) -> DenseLower:
        """The factor of matrix + shift * identity."""
        identity = jnp.eye(self.whole.shape[0], dtype=self.whole.dtype)
        return DenseLower(jax.lax.linalg.cholesky(self.whole + shift * identity, symmetrize_input=False))

    def inverse(self, lower: Any) -> DenseInverse:
        """The factor made ready for solves."""
        return DenseInverse(lower.matrix)
