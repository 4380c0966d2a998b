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
from capexmodel.solvers.linear_algebra import Factor, factorize, gram, solve
from capexmodel.solvers.scaled import Linearized, ScaledProgram

EQUALITY_WEIGHT = 100.0
EQUALITY_SOFTNESS = 1e-11
ADDED = EQUALITY_WEIGHT / (1.0 + EQUALITY_SOFTNESS * EQUALITY_WEIGHT)
"""Weight of E'E in the matrix: softened by EQUALITY_SOFTNESS, equality rows may depend on each other."""


class Direction(eqx.Module):
    """Changes of x, of the slacks and of all prices."""

    x: Float[Array, " n"]
    slack: Float[Array, " limit"]
    price: Float[Array, " limit"]
    equality_price: Float[Array, " equality"]


class NewtonSystem(eqx.Module):
    """Everything needed to find directions from one point: the factorized matrix and the equality rows' complement."""

    matrix: Float[Array, "n n"]
    factor: Factor
    columns: Float[Array, "n equality"]
    complement: Float[Array, "equality equality"]


def reduced_matrix(
    program: ScaledProgram, here: Linearized, hessian: Float[Array, "n n"], weights: Float[Array, " limit"], equality: float | Array
) -> Float[Array, "n n"]:
    """Hessian plus the weighted outer products of all limits and of the equality rows; fixed variables stay where they are."""
    inequality, rows = here.jacobian.shape[0], program.row_count
    matrix = hessian + program.matrix.gram(weights[inequality:rows])
    if inequality:
        matrix = matrix + gram(here.jacobian, weights[:inequality])
    if here.equality.shape[0]:
        matrix = matrix + gram(here.equality_jacobian, jnp.broadcast_to(equality, here.equality.shape))
    diagonal = jnp.where(program.free, bound_sum(program, weights[rows:], 1.0), 1.0)
    return jnp.where(program.free[:, None] & program.free[None, :], matrix, 0.0) + jnp.diag(diagonal)


def newton_system(program: ScaledProgram, here: Linearized, point: Iterate, last_shift: Float[Array, ""]) -> NewtonSystem:
    """Assembles and factorizes the matrix of a point."""
    inequality = here.jacobian.shape[0]
    hessian = program.hessian(point.x, jnp.concatenate([jnp.ones(1), -point.price[:inequality], -point.equality_price]))
    matrix = reduced_matrix(program, here, hessian, point.price / point.slack, ADDED)
    factor = factorize(matrix, last_shift)
    count = here.equality.shape[0]
    if not count:
        return NewtonSystem(matrix, factor, jnp.zeros((matrix.shape[0], 0)), jnp.zeros((0, 0)))
    equality = jnp.where(program.free[None, :], here.equality_jacobian, 0.0)
    columns = solve(matrix, factor, equality.T)
    complement = EQUALITY_SOFTNESS * jnp.eye(count) + (1.0 - ADDED * EQUALITY_SOFTNESS) * (equality @ columns)
    return NewtonSystem(matrix, factor, columns, complement)


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
        right = right + (point.equality_price - ADDED * equality) @ here.equality_jacobian
    step = solve(system.matrix, system.factor, jnp.where(program.free, right, 0.0))
    equality_price = jnp.zeros_like(equality)
    if equality.shape[0]:
        jacobian = jnp.where(program.free[None, :], here.equality_jacobian, 0.0)
        equality_price = jnp.linalg.solve(system.complement, -equality - jacobian @ step)
        step = step + system.columns @ ((1.0 - ADDED * EQUALITY_SOFTNESS) * equality_price)
    slack = along(program, here, step) + gap
    return Direction(step, slack, wanted - point.price - weights * slack, equality_price)
