"""Symmetric matrices that the solver factorizes, and the inertia correction built on that.

A matrix is dense (`dense`) or has the shape of an arrow (`arrow`); here is what both can do, and what is done with either. A factorization
is tried more than once where the matrix is not positive definite, and serves four to six solves where it is. Leaves out: pivoting (an
indefinite matrix is shifted until it is positive definite instead) and sparsity other than the arrow's.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 3.1 (inertia correction, algorithm IC).
"""

import abc
from typing import Any, NamedTuple

import equinox as eqx
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


class AbstractLower(eqx.Module):
    """A triangular factor; NaN where the matrix was not positive definite."""

    @property
    @abc.abstractmethod
    def sound(self) -> Bool[Array, ""]:
        """Whether the factorization succeeded."""


class AbstractInverse(eqx.Module):
    """A factorization made ready for solves."""

    @abc.abstractmethod
    def solve(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """Solves for one right-hand side or several columns, without refinement."""


class AbstractSymmetric(eqx.Module):
    """A symmetric matrix that grows by rows and by a diagonal, is factorized, and multiplies columns."""

    @abc.abstractmethod
    def plus_rows(self, rows: Any, weights: Float[Array, "*row"]) -> "AbstractSymmetric":
        """With the outer products of rows added, one weight each or one for all; none may be negative."""

    @abc.abstractmethod
    def plus_diagonal(self, diagonal: Float[Array, " n"]) -> "AbstractSymmetric":
        """With a diagonal added."""

    @abc.abstractmethod
    def confined(self, free: Bool[Array, " n"]) -> "AbstractSymmetric":
        """With nothing in the rows and columns of variables that are not free."""

    @abc.abstractmethod
    def largest(self) -> Float[Array, ""]:
        """About the largest absolute entry."""

    @abc.abstractmethod
    def __matmul__(self, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
        """The product with a vector or with columns."""

    @abc.abstractmethod
    def cholesky(self, shift: Float[Array, ""]) -> AbstractLower:
        """The factor of matrix + shift * identity."""

    @abc.abstractmethod
    def inverse(self, lower: AbstractLower) -> AbstractInverse:
        """A sound factor of this matrix made ready for solves."""


class Factor(NamedTuple):
    """Matrix + shift * identity, ready for solves if the factorization is sound."""

    inverse: AbstractInverse
    shift: Float[Array, ""]
    sound: Bool[Array, ""]


def gram(rows: Float[Array, "row n"], weights: Float[Array, "*row"]) -> Float[Array, "n n"]:
    """Sum of weighted outer products of the rows, J' diag(weights) J, with one weight each or one for all."""
    return (rows * weights[:, None]).T @ rows if weights.ndim else weights * (rows.T @ rows)


def solve(matrix: AbstractSymmetric, factor: Factor, right: Float[Array, "n *column"]) -> Float[Array, "n *column"]:
    """Solves with the shifted matrix, for one right-hand side or several columns, with two steps of iterative refinement."""
    found = factor.inverse.solve(right)
    for _ in range(REFINEMENTS):
        found = found + factor.inverse.solve(right - matrix @ found - factor.shift * found)
    return found


def definite(matrix: AbstractSymmetric) -> Bool[Array, ""]:
    """Whether a symmetric matrix is positive definite."""
    return matrix.cholesky(jnp.zeros(())).sound


def factorize(matrix: AbstractSymmetric, last_shift: Float[Array, ""]) -> Factor:
    """Factorizes the matrix, adding a multiple of the identity only where it is not positive definite, and then as little as a few trials
    find.

    `last_shift` is the last shift that was needed (zero: none yet); the first trial starts near it.
    Leaves out: the smallest such multiple (trials grow geometrically). Gives an unsound factor when even the largest shift fails (NaN in
    the matrix).

    Source: Waechter and Biegler (2006), algorithm IC.
    """
    start = jnp.where(last_shift > 0, jnp.maximum(LEAST_SHIFT, SHIFT_DECAY * last_shift), FIRST_SHIFT)
    growth = jnp.where(last_shift > 0, NEXT_GROWTH, FIRST_GROWTH)

    def unfinished(state: tuple[AbstractLower, Array, Array]) -> Array:
        lower, _, following = state
        return ~lower.sound & (following < LARGEST_SHIFT)

    def attempt(state: tuple[AbstractLower, Array, Array]) -> tuple[AbstractLower, Array, Array]:
        following = state[2]
        after = jnp.where(following == 0, start, growth * following)
        return matrix.cholesky(following), following, after

    zero = jnp.zeros(())
    none = jax.tree.map(lambda leaf: jnp.full(leaf.shape, jnp.nan, leaf.dtype), jax.eval_shape(matrix.cholesky, zero))
    lower, shift, _ = jax.lax.while_loop(unfinished, attempt, (none, zero, zero))
    return Factor(matrix.inverse(lower), shift, lower.sound)
