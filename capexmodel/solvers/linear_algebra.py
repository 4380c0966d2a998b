"""Dense symmetric factorization by recursive matrix products, and the inertia correction built on it.

The inverse of the Cholesky factor is built along with the factor: one factorization serves four to six solves, each then two matrix-vector
products. Everything but small diagonal blocks is a matrix product, which stays fast when cores are shared, while the library's threaded
factorization was seen to take ten times longer. Leaves out: pivoting (an indefinite matrix is shifted until it is positive definite
instead) and sparsity.

Source: Golub and Van Loan, Matrix Computations, 4th ed., sections 3.1.7 and 4.2.9 (recursive inverse and Cholesky); Waechter and Biegler,
Mathematical Programming 106 (2006), section 3.1 (inertia correction, algorithm IC).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

LEAF_ROWS = 192
FIRST_SHIFT = 1e-4
LEAST_SHIFT = 1e-12
LARGEST_SHIFT = 1e24
FIRST_GROWTH = 100.0
NEXT_GROWTH = 8.0
SHIFT_DECAY = 1.0 / 3.0


class Factor(NamedTuple):
    """Inverse of the Cholesky factor of matrix + shift * identity; it holds NaN where that was not positive definite."""

    inverse: Float[Array, "n n"]
    shift: Float[Array, ""]

    @property
    def sound(self) -> Bool[Array, ""]:
        """Whether the factorization succeeded."""
        return jnp.all(jnp.isfinite(self.inverse[-1]))


def gram(rows: Float[Array, "row n"], weights: Float[Array, " row"]) -> Float[Array, "n n"]:
    """Sum of weighted outer products of the rows, J' diag(weights) J."""
    return (rows * weights[:, None]).T @ rows


def inverse_cholesky(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Inverse of the lower Cholesky factor of a symmetric matrix, reading its lower triangle; NaN in its last row where there is none."""
    size = matrix.shape[0]
    if size <= LEAF_ROWS:
        lower = jax.lax.linalg.cholesky(matrix, symmetrize_input=False)
        return jax.lax.linalg.triangular_solve(lower, jnp.eye(size, dtype=matrix.dtype), left_side=True, lower=True)
    half = -(-size // 2)
    first = inverse_cholesky(matrix[:half, :half])
    below = matrix[half:, :half] @ first.T
    last = inverse_cholesky(matrix[half:, half:] - below @ below.T)
    corner = -(last @ (below @ first))
    return jnp.concatenate([jnp.pad(first, ((0, 0), (0, size - half))), jnp.concatenate([corner, last], axis=1)])


def solve(matrix: Float[Array, "n n"], factor: Factor, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
    """Solves with the shifted matrix, for one right-hand side or several columns, with one step of iterative refinement."""

    def rough(rest: Array) -> Array:
        return factor.inverse.T @ (factor.inverse @ rest)

    first = rough(right)
    return first + rough(right - matrix @ first - factor.shift * first)


def shifted_cholesky(matrix: Float[Array, "n n"], last_shift: Float[Array, ""]) -> Factor:
    """Factorizes the matrix, adding a multiple of the identity only where it is not positive definite, and then as little as a few trials
    find.

    `last_shift` is the last shift that was needed (zero: none yet); the first trial starts near it.
    Leaves out: the smallest such multiple (trials grow geometrically). Gives an unsound factor when even the largest shift fails (NaN in
    the matrix).

    Source: Waechter and Biegler (2006), algorithm IC.
    """
    start = jnp.where(last_shift > 0, jnp.maximum(LEAST_SHIFT, SHIFT_DECAY * last_shift), FIRST_SHIFT)
    growth = jnp.where(last_shift > 0, NEXT_GROWTH, FIRST_GROWTH)
    identity = jnp.eye(matrix.shape[0], dtype=matrix.dtype)

    def unfinished(state: tuple[Factor, Array]) -> Array:
        factor, following = state
        return ~factor.sound & (following < LARGEST_SHIFT)

    def attempt(state: tuple[Factor, Array]) -> tuple[Factor, Array]:
        following = state[1]
        after = jnp.where(following == 0, start, growth * following)
        return Factor(inverse_cholesky(matrix + following * identity), following), after

    zero = jnp.zeros((), matrix.dtype)
    return jax.lax.while_loop(unfinished, attempt, (Factor(jnp.full_like(matrix, jnp.nan), zero), zero))[0]
