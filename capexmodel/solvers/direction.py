"""Newton directions of the perturbed optimality conditions, all from one factorization of the reduced symmetric matrix.

Slacks, prices of rows and prices of bounds are eliminated by hand, so the matrix is as large as x; equality rows are added by a Schur
complement after a term E'E that leaves the solution unchanged and makes the matrix positive definite wherever the reduced Hessian is.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., equations 19.11 to 19.16; Golub and Greif, SIAM Journal on Scientific
Computing 24 (2003) (the added E'E).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.iterate import Iterate, Room, times, transposed
from capexmodel.solvers.linear_algebra import Factor, factorized, gram, shifted_cholesky, solve
from capexmodel.solvers.scaled import Gradients, ScaledProgram

EQUALITY_WEIGHT = 100.0
"""Weight of the added E'E."""
HEAVY_EQUALITY_WEIGHT = 1e4
"""The same, relative to the size of the rest, where the light weight leaves the matrix indefinite."""
EQUALITY_SOFTNESS = 1e-11


class Direction(eqx.Module):
    """Changes of x, of the slacks and of all prices; elastics change only while restoring."""

    x: Float[Array, " n"]
    slack: Float[Array, " row"]
    elastic: Float[Array, " row"]
    dual: Float[Array, " row"]
    equality_slack: Float[Array, " equality"]
    equality_elastic: Float[Array, " equality"]
    equality_dual: Float[Array, " equality"]
    lower_dual: Float[Array, " n"]
    upper_dual: Float[Array, " n"]


def still(point: Iterate) -> Direction:
    """A direction that changes nothing."""
    return Direction(**{name: jnp.zeros_like(getattr(point, name)) for name in Direction.__dataclass_fields__})


class Targets(eqx.Module):
    """What the complementarity products of rows, lower and upper bounds should become."""

    rows: Float[Array, " row"]
    lower: Float[Array, " n"]
    upper: Float[Array, " n"]


class NewtonSystem(eqx.Module):
    """Everything needed to find directions from one point: the factorized matrix and the eliminated diagonals."""

    matrix: Float[Array, "n n"]
    factor: Factor
    row_weight: Float[Array, " row"]
    softness: Float[Array, " equality"]
    added: Float[Array, " equality"]
    lower_weight: Float[Array, " n"]
    upper_weight: Float[Array, " n"]
    equality_columns: Float[Array, "n equality"]
    schur: Float[Array, "equality equality"]


def newton_system(
    program: ScaledProgram,
    gradients: Gradients,
    point: Iterate,
    space: Room,
    hessian: Float[Array, "n n"],
    pull: Float[Array, " n"],
    restoring: Bool[Array, ""],
    last_shift: Float[Array, ""],
) -> NewtonSystem:
    """Assembles and factorizes the reduced matrix; `pull` is the diagonal of the proximal term used while restoring."""
    lower_weight, upper_weight = point.lower_dual / space.below, point.upper_dual / space.above
    give = jnp.where(restoring, point.elastic / (1.0 - point.dual), 0.0)
    row_weight = 1.0 / (point.slack / point.dual + give)
    soft = point.equality_slack / (1.0 + point.equality_dual) + point.equality_elastic / (1.0 - point.equality_dual)
    softness = jnp.where(restoring, soft, EQUALITY_SOFTNESS)
    diagonal = jnp.where(program.free, lower_weight + upper_weight + pull, 1.0)
    equality = jnp.where(program.free[None, :], gradients.equality, 0.0)
    inequality = gradients.inequality.shape[0]
    matrix = hessian + program.matrix.gram(row_weight[inequality:])
    if inequality:
        matrix = matrix + gram(gradients.inequality, row_weight[:inequality])
    matrix = jnp.where(program.free[:, None] & program.free[None, :], matrix, 0.0) + jnp.diag(diagonal)
    matrix, factor, added = _convexified(matrix, equality, softness, last_shift)
    columns = solve(matrix, factor, equality.T) if equality.shape[0] else jnp.zeros((diagonal.shape[0], 0))
    schur = jnp.diag(softness) + (equality @ columns) * (1.0 - added * softness)[None, :]
    return NewtonSystem(matrix, factor, row_weight, softness, added, lower_weight, upper_weight, columns, schur)


def _convexified(
    matrix: Float[Array, "n n"], equality: Float[Array, "equality n"], softness: Float[Array, " equality"], last_shift: Float[Array, ""]
) -> tuple[Float[Array, "n n"], Factor, Float[Array, " equality"]]:
    """The matrix with the weighted E'E added, factorized, and the weights: light ones if they do, else heavy ones, then a shift as well.

    The reduced Hessian is positive definite exactly where some weight makes the whole positive definite, so a shift that a heavier weight
    spares would only have slowed Newton's method down.

    Source: Nocedal and Wright, Numerical Optimization, 2nd ed., theorem 17.5 (in its proof).
    """
    if not equality.shape[0]:
        return matrix, shifted_cholesky(matrix, last_shift), softness
    light = 1.0 / (softness + 1.0 / EQUALITY_WEIGHT)
    heavy = 1.0 / (softness + 1.0 / (HEAVY_EQUALITY_WEIGHT * jnp.maximum(1.0, jnp.max(jnp.abs(matrix)))))
    added = jnp.where(factorized(matrix + gram(equality, light)).sound, light, heavy)
    matrix = matrix + gram(equality, added)
    return matrix, shifted_cholesky(matrix, last_shift), added


def direction(
    program: ScaledProgram,
    gradients: Gradients,
    point: Iterate,
    space: Room,
    system: NewtonSystem,
    slope: Float[Array, " n"],
    gap: Float[Array, " row"],
    equality: Float[Array, " equality"],
    targets: Targets,
    barrier: Float[Array, ""],
    restoring: Bool[Array, ""],
) -> Direction:
    """Newton direction that closes the row gaps and the equality values and brings the products to their targets."""
    push = -gap + targets.rows / point.dual - point.slack
    push = push - jnp.where(restoring, barrier / (1.0 - point.dual) - point.elastic, 0.0)
    spread = (barrier / (1.0 + point.equality_dual) - point.equality_slack) - (
        barrier / (1.0 - point.equality_dual) - point.equality_elastic
    )
    equality_push = jnp.where(restoring, spread, -equality)
    prices = point.dual + system.row_weight * push
    right = transposed(program, gradients, prices) + point.equality_dual @ gradients.equality - slope
    right = right + targets.lower / space.below - targets.upper / space.above + (system.added * equality_push) @ gradients.equality
    right = jnp.where(program.free, right, 0.0)
    step = solve(system.matrix, system.factor, right)
    equality_dual = jnp.zeros_like(equality)
    if equality.shape[0]:
        equality_dual = jnp.linalg.solve(system.schur, equality_push - gradients.equality @ step)
        step = step + system.equality_columns @ ((1.0 - system.added * system.softness) * equality_dual)
    return _expanded(program, gradients, point, space, system, step, push, gap, equality_dual, targets, barrier, restoring)


def _expanded(
    program: ScaledProgram,
    gradients: Gradients,
    point: Iterate,
    space: Room,
    system: NewtonSystem,
    step: Float[Array, " n"],
    push: Float[Array, " row"],
    gap: Float[Array, " row"],
    equality_dual: Float[Array, " equality"],
    targets: Targets,
    barrier: Float[Array, ""],
    restoring: Bool[Array, ""],
) -> Direction:
    """The eliminated parts of a direction, from its step in x and in the prices of the equality rows."""
    change = times(program, gradients, step)
    dual = system.row_weight * (push - change)
    slack = jnp.where(restoring, (targets.rows - point.slack * dual) / point.dual - point.slack, change + gap)
    equality_slack = (barrier - point.equality_slack * equality_dual) / (1.0 + point.equality_dual) - point.equality_slack
    return Direction(
        x=step,
        slack=slack,
        elastic=jnp.where(restoring, slack - change, 0.0),
        dual=dual,
        equality_slack=jnp.where(restoring, equality_slack, 0.0),
        equality_elastic=jnp.where(restoring, equality_slack - gradients.equality @ step, 0.0),
        equality_dual=equality_dual,
        lower_dual=targets.lower / space.below - point.lower_dual - system.lower_weight * step,
        upper_dual=targets.upper / space.above - point.upper_dual + system.upper_weight * step,
    )
