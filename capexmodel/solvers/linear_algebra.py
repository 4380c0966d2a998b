"""Dense symmetric factorization, and the inertia correction built on it.

A factorization is tried more than once where the matrix is not positive definite, and serves four to six solves where it is. Small factors
are inverted, which turns each solve into two products; large ones are not, for an inverse costs as much as many solves. Leaves out:
pivoting (an indefinite matrix is shifted until it is positive definite instead) and sparsity.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 3.1 (inertia correction, algorithm IC).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

REFINEMENTS = 2
FIRST_SHIFT = 1e-4
LEAST_SHIFT = 1e-12
LARGEST_SHIFT = 1e24
FIRST_GROWTH = 100.0
NEXT_GROWTH = 8.0
SHIFT_DECAY = 1.0 / 3.0
INVERTED_SIZE = 48
"""Size up to which a factor is inverted: about where a triangular solve of one column begins to cost less than its call."""


class Factor(NamedTuple):
    """Lower Cholesky factor of matrix + shift * identity, or its inverse if the matrix is small; it holds NaN where that was not positive
    definite."""

    lower: Float[Array, "n n"]
    shift: Float[Array, ""]

    @property
    def sound(self) -> Bool[Array, ""]:
        """Whether the factorization succeeded."""
        return jnp.all(jnp.isfinite(self.lower[-1]))


def gram(rows: Float[Array, "row n"], weights: Float[Array, " row"]) -> Float[Array, "n n"]:
    """Sum of weighted outer products of the rows, J' diag(weights) J."""
    return (rows * weights[:, None]).T @ rows


def solve(matrix: Float[Array, "n n"], factor: Factor, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
    """Solves with the shifted matrix, for one right-hand side or several columns, with two steps of iterative refinement."""

    def rough(rest: Array) -> Array:
        if matrix.shape[0] <= INVERTED_SIZE:
            return factor.lower.T @ (factor.lower @ rest)
        columns = rest[:, None] if rest.ndim == 1 else rest
        half = jax.lax.linalg.triangular_solve(factor.lower, columns, left_side=True, lower=True)
        whole = jax.lax.linalg.triangular_solve(factor.lower, half, left_side=True, lower=True, transpose_a=True)
        return jnp.reshape(whole, rest.shape)

    found = rough(right)
    for _ in range(REFINEMENTS):
        found = found + rough(right - matrix @ found - factor.shift * found)
    return found


def definite(matrix: Float[Array, "n n"]) -> Bool[Array, ""]:
    """Whether a symmetric matrix is positive definite."""
    return Factor(jax.lax.linalg.cholesky(matrix, symmetrize_input=False), jnp.zeros(())).sound


def factorize(matrix: Float[Array, "n n"], last_shift: Float[Array, ""]) -> Factor:
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
        lower = jax.lax.linalg.cholesky(matrix + following * identity, symmetrize_input=False)
        return Factor(lower, following), after

    zero = jnp.zeros((), matrix.dtype)
    factor = jax.lax.while_loop(unfinished, attempt, (Factor(jnp.full_like(matrix, jnp.nan), zero), zero))[0]
    if matrix.shape[0] > INVERTED_SIZE:
        return factor
    return Factor(jax.lax.linalg.triangular_solve(factor.lower, identity, left_side=True, lower=True), factor.shift)
