"""The direction of one iteration, its barrier parameter, and how far it may go: predictor and corrector, or a plain Newton step.

Source: Mehrotra, SIAM Journal on Optimization 2 (1992) (predictor and corrector); Waechter and Biegler, Mathematical Programming 106
(2006), equations 8, 15 and 16.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.barrier import centering
from capexmodel.solvers.iterate import Iterate, mean_product, slacks
from capexmodel.solvers.limits import counted
from capexmodel.solvers.newton import Direction, NewtonSystem, direction
from capexmodel.solvers.scaled import Linearized, ScaledProgram

LEAST_TO_BOUNDARY = 0.99
PRICE_SPREAD = 1e10


class Course(eqx.Module):
    """A direction, its barrier parameter and the longest steps that stay inside; and what the next direction should aim at."""

    targets: Float[Array, " limit"]
    following: Float[Array, ""]
    barrier: Float[Array, ""]
    change: Direction
    length: Float[Array, ""]
    price_length: Float[Array, ""]


def to_boundary(values: Float[Array, " value"], changes: Float[Array, " value"], share: Float[Array, ""]) -> Float[Array, ""]:
    """Longest step, at most 1, that keeps some of the distance to zero unused."""
    falling = changes < 0
    return jnp.min(jnp.where(falling, -share * values / jnp.where(falling, changes, -1.0), 1.0), initial=1.0)


def boundary_share(barrier: Float[Array, ""]) -> Float[Array, ""]:
    """Share of the way to the boundary that a step may go."""
    return jnp.maximum(LEAST_TO_BOUNDARY, 1.0 - barrier)


def gaps(program: ScaledProgram, here: Linearized, point: Iterate) -> Float[Array, " limit"]:
    """Limits minus their slacks; bounds have none."""
    return jnp.concatenate([here.rows - point.slack[: program.row_count], jnp.zeros_like(program.walls)])


def moved(program: ScaledProgram, point: Iterate, change: Direction, length: Array, price_length: Array) -> Iterate:
    """The point after a step of the given lengths."""
    x = point.x + length * change.x
    rows = point.slack[: program.row_count] + length * change.slack[: program.row_count]
    price = point.price + price_length * change.price
    return Iterate(x, slacks(program, x, rows), price, point.equality_price + price_length * change.equality_price)


def course(
    program: ScaledProgram,
    here: Linearized,
    point: Iterate,
    system: NewtonSystem,
    barrier: Array,
    free: Bool[Array, ""] | None,
    floor: Array,
) -> Course:
    """The direction of this iteration: predictor, then corrector, in free steps (None: this is one); one Newton direction towards
    `barrier` otherwise."""
    counts, gap = counted(program), gaps(program, here, point)
    mean = mean_product(program, point)

    def aimed(second: Array, barrier: Array) -> Array:
        return jnp.where(counts, barrier - jnp.clip(second, -mean, mean), 0.0)

    def turn(_: Array, before: Course) -> Course:
        change = direction(program, here, point, system, gap, here.equality, before.targets)
        share = boundary_share(before.following)
        length, price_length = to_boundary(point.slack, change.slack, share), to_boundary(point.price, change.price, share)
        left = (point.slack + length * change.slack) * (point.price + price_length * change.price)
        after = jnp.sum(jnp.where(counts, left, 0.0)) / jnp.maximum(jnp.sum(counts), 1)
        following = jnp.maximum(floor, mean * centering(after, mean))
        return Course(aimed(change.slack * change.price, following), following, before.following, change, length, price_length)

    zero, none = jnp.zeros(()), jnp.zeros_like(gap)
    targets, first, turns = none, jnp.zeros_like(barrier), (0, 2)
    if free is not None:
        targets, first, turns = jnp.where(free, none, aimed(none, barrier)), jnp.where(free, 0.0, barrier), (jnp.where(free, 0, 1), 2)
    still = Direction(jnp.zeros_like(point.x), none, none, jnp.zeros_like(point.equality_price))
    return jax.lax.fori_loop(*turns, turn, Course(targets, first, zero, still, zero, zero))


def clipped(program: ScaledProgram, point: Iterate, barrier: Float[Array, ""]) -> Iterate:
    """Keeps prices within a wide band around barrier / slack, so that the matrix stays a sensible one.

    Source: Waechter and Biegler (2006), equation 16.
    """
    middle = jnp.where(counted(program), barrier / point.slack, 0.0)
    return eqx.tree_at(lambda p: p.price, point, jnp.clip(point.price, middle / PRICE_SPREAD, PRICE_SPREAD * middle))
