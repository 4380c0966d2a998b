"""Newton directions of the perturbed optimality conditions, all from one factorization of the reduced symmetric matrix.

Slacks and prices are eliminated by hand, so the matrix is as large as x; equality rows are added by a Schur complement after a term E'E
that leaves the solution unchanged and makes the matrix positive definite wherever the reduced Hessian is.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., equations 19.11 to 19.16; Golub and Greif, SIAM Journal on Scientific
Computing 24 (2003) (the added E'E).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.iterate import Iterate
from capexmodel.solvers.limits import along, bound_sum, pulled
from capexmodel.solvers.linear_algebra import AbstractSymmetric, Factor, definite, factorize, solve
from capexmodel.solvers.scaled import Linearized, ScaledProgram

EQUALITY_WEIGHT = 100.0
"""Weight of E'E in the matrix."""
HEAVY_EQUALITY_WEIGHT = 1e4
"""The same, relative to the largest entry of the rest, where the light weight leaves the matrix indefinite."""
EQUALITY_SOFTNESS = 1e-11
"""So softened, equality rows may depend on each other."""


class Direction(eqx.Module):
    """Changes of x, of the slacks and of all prices."""

    x: Float[Array, " n"]
    slack: Float[Array, " limit"]
    price: Float[Array, " limit"]
    equality_price: Float[Array, " equality"]


class NewtonSystem(eqx.Module):
    """Everything needed to find directions from one point: the factorized matrix and the equality rows' complement."""

    matrix: AbstractSymmetric
    factor: Factor
    added: Float[Array, ""]
    columns: Float[Array, "n equality"]
    complement: Float[Array, "equality equality"]


def reduced_matrix(
    program: ScaledProgram, here: Linearized, hessian: AbstractSymmetric, weights: Float[Array, " limit"], equality: Array | None = None
) -> AbstractSymmetric:
    """Hessian plus the weighted outer products of all limits and, given their weights, of the equality rows; fixed variables stay where
    they are."""
    inequality, rows = here.jacobian.shape[0], program.row_count
    matrix = hessian
    if rows > inequality:
        matrix = matrix.plus_rows(program.matrix, weights[inequality:rows])
    if inequality:
        matrix = matrix.plus_rows(here.jacobian, weights[:inequality])
    if equality is not None and here.equality.shape[0]:
        matrix = matrix.plus_rows(here.equality_jacobian, equality)
    diagonal = jnp.where(program.free, bound_sum(program, weights[rows:], 1.0), 1.0)
    return matrix.confined(program.free).plus_diagonal(diagonal)


def newton_system(program: ScaledProgram, here: Linearized, point: Iterate, last_shift: Float[Array, ""]) -> NewtonSystem:
    """Assembles and factorizes the matrix of a point."""
    inequality = here.jacobian.shape[0]
    hessian = program.hessian(point.x, jnp.concatenate([jnp.ones(1), -point.price[:inequality], -point.equality_price]))
    matrix, count = reduced_matrix(program, here, hessian, point.price / point.slack), here.equality.shape[0]
    if not count:
        return NewtonSystem(matrix, factorize(matrix, last_shift), jnp.zeros(()), jnp.zeros((point.x.shape[0], 0)), jnp.zeros((0, 0)))
    equality = jnp.where(program.free[None, :], here.equality_jacobian, 0.0)
    added = _weight(matrix, equality)
    matrix = matrix.plus_rows(equality, added)
    factor = factorize(matrix, last_shift)
    columns = solve(matrix, factor, equality.T)
    complement = EQUALITY_SOFTNESS * jnp.eye(count) + (1.0 - added * EQUALITY_SOFTNESS) * (equality @ columns)
    return NewtonSystem(matrix, factor, added, columns, complement)


def _weight(matrix: AbstractSymmetric, equality: Float[Array, "equality n"]) -> Float[Array, ""]:
    """The light weight of E'E if it makes the matrix positive definite, else the heavy one.

    The reduced Hessian is positive definite exactly where some weight makes the whole positive definite; a shift that a heavier weight
    spares would turn Newton's method into slow descent.

    Source: Nocedal and Wright, Numerical Optimization, 2nd ed., theorem 17.5 (in its proof).
    """
    heavy = HEAVY_EQUALITY_WEIGHT * jnp.maximum(1.0, matrix.largest())
    weight = jnp.where(definite(matrix.plus_rows(equality, jnp.asarray(EQUALITY_WEIGHT))), EQUALITY_WEIGHT, heavy)
    return weight / (1.0 + EQUALITY_SOFTNESS * weight)


def direction(
    program: ScaledProgram,
    here: Linearized,
    point: Iterate,
    system: NewtonSystem,
    gap: Float[Array, " limit"],
    equality: Float[Array, " equality"],
    targets: Float[Array, " limit"],
) -> Direction:
    """Newton direction that closes the gaps between limits and slacks and the equality values, and brings the products to their
    targets."""
    weights, wanted = point.price / point.slack, targets / point.slack
    right = pulled(program, here, wanted - weights * gap) - here.slope
    if equality.shape[0]:
        right = right + (point.equality_price - system.added * equality) @ here.equality_jacobian
    step = solve(system.matrix, system.factor, jnp.where(program.free, right, 0.0))
    equality_price = jnp.zeros_like(equality)
    if equality.shape[0]:
        jacobian = jnp.where(program.free[None, :], here.equality_jacobian, 0.0)
        equality_price = jnp.linalg.solve(system.complement, -equality - jacobian @ step)
        step = step + system.columns @ ((1.0 - system.added * EQUALITY_SOFTNESS) * equality_price)
    slack = along(program, here, step) + gap
    return Direction(step, slack, wanted - point.price - weights * slack, equality_price)
