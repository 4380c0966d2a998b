"""One proposed move of the interior point: matrix, direction, step lengths, line search.

Source: Mehrotra, SIAM Journal on Optimization 2 (1992) (predictor and corrector); Waechter and Biegler, Mathematical Programming 106
(2006), equations 8, 15 and 16, and section 2.4 (second-order correction).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.barrier import centering
from capexmodel.solvers.direction import Direction, NewtonSystem, Targets, direction, newton_system, still
from capexmodel.solvers.iterate import Iterate, Room, products, room
from capexmodel.solvers.line_search import Found, Step, Trial, search
from capexmodel.solvers.scaled import ScaledProgram, Values
from capexmodel.solvers.state import FREE, LARGEST_VIOLATION, RESTORE, Aim, State, aim_of, measured, repaired

LEAST_TO_BOUNDARY = 0.99
DUAL_SPREAD = 1e10
SMALL_VIOLATION = 1e-4
FLOOR_SHARE = 0.1
FREE_FLOOR_SHARE = 0.01


class Move(eqx.Module):
    """A proposed iteration: the point it leads to, its barrier parameter, what the line search began at and said, and the inertia shift."""

    target: Iterate
    barrier: Float[Array, ""]
    found: Found
    start: Trial
    shift: Float[Array, ""]
    sound: Bool[Array, ""]


class Course(eqx.Module):
    """A direction, its barrier parameter and the longest steps that stay inside; and what the next direction should aim at."""

    targets: Targets
    following: Float[Array, ""]
    barrier: Float[Array, ""]
    change: Direction
    length: Float[Array, ""]
    dual_length: Float[Array, ""]


def _to_boundary(values: Array, changes: Array, share: Array) -> Array:
    """Longest step, at most 1, that keeps some of the distance to zero unused."""
    falling = changes < 0
    return jnp.min(jnp.where(falling, -share * values / jnp.where(falling, changes, -1.0), 1.0), initial=1.0)


def _lengths(point: Iterate, space: Room, change: Direction, share: Array, restoring: Array) -> tuple[Array, Array]:
    """Longest primal and dual steps that stay strictly inside."""
    walls = jnp.where(space.has_lower, change.x, 0.0), jnp.where(space.has_upper, -change.x, 0.0)
    elastics = change.elastic, change.equality_slack, change.equality_elastic
    own_elastics = point.elastic, point.equality_slack, point.equality_elastic
    primal_values = jnp.concatenate([point.slack, space.below, space.above, *own_elastics])
    primal_changes = jnp.concatenate([change.slack, *walls, *elastics])
    capped = [1.0 - point.dual, 1.0 - point.equality_dual, 1.0 + point.equality_dual]
    caps = jnp.concatenate([-change.dual, -change.equality_dual, change.equality_dual])
    dual_values = jnp.concatenate([point.dual, point.lower_dual, point.upper_dual, *capped])
    dual_changes = jnp.concatenate([change.dual, change.lower_dual, change.upper_dual, jnp.where(restoring, caps, 0.0)])
    return _to_boundary(primal_values, primal_changes, share), _to_boundary(dual_values, dual_changes, share)


def moved(point: Iterate, change: Direction, length: Array, dual_length: Array) -> Iterate:
    """The point after a step of the given primal and dual lengths."""
    return Iterate(
        x=point.x + length * change.x,
        slack=point.slack + length * change.slack,
        elastic=point.elastic + length * change.elastic,
        dual=point.dual + dual_length * change.dual,
        equality_slack=point.equality_slack + length * change.equality_slack,
        equality_elastic=point.equality_elastic + length * change.equality_elastic,
        equality_dual=point.equality_dual + dual_length * change.equality_dual,
        lower_dual=point.lower_dual + dual_length * change.lower_dual,
        upper_dual=point.upper_dual + dual_length * change.upper_dual,
    )


def _course(program: ScaledProgram, state: State, aim: Aim, system: NewtonSystem, floor: Array) -> Course:
    """The direction of this iteration: predictor, then corrector, in free steps; one Newton direction otherwise."""
    point, values = state.point, state.values
    restoring, free = state.phase == RESTORE, state.phase == FREE
    space = room(program, point.x)
    gap = jnp.where(restoring, 0.0, values.rows - point.slack)
    product, counts = products(point, space, restoring)
    count = jnp.maximum(jnp.sum(counts), 1)
    mean = jnp.sum(jnp.where(counts, product, 0.0)) / count

    def aimed(second: Direction, barrier: Array) -> Targets:
        def target(product: Array) -> Array:
            return barrier - jnp.clip(product, -mean, mean)

        lower = jnp.where(space.has_lower, target(second.x * second.lower_dual), 0.0)
        upper = jnp.where(space.has_upper, target(-second.x * second.upper_dual), 0.0)
        return Targets(target(second.slack * second.dual), lower, upper)

    def turn(_: Array, course: Course) -> Course:
        targets, barrier = course.targets, course.following
        change = direction(program, state.gradients, point, space, system, aim.slope, gap, values.equality, targets, barrier, restoring)
        share = jnp.maximum(LEAST_TO_BOUNDARY, 1.0 - barrier)
        length, dual_length = _lengths(point, space, change, share, restoring)
        after = moved(point, change, length, dual_length)
        left, _ = products(after, room(program, after.x), restoring)
        following = jnp.maximum(floor, mean * centering(jnp.sum(jnp.where(counts, left, 0.0)) / count, mean))
        return Course(aimed(change, following), following, barrier, change, length, dual_length)

    zero = jnp.zeros(())
    none = Targets(jnp.zeros_like(gap), jnp.zeros_like(point.x), jnp.zeros_like(point.x))
    targets = jax.tree.map(lambda zeros, plain: jnp.where(free, zeros, plain), none, aimed(still(point), state.barrier))
    begin = Course(targets, jnp.where(free, 0.0, state.barrier), zero, still(point), zero, zero)
    return jax.lax.fori_loop(jnp.where(free, 0, 1), 2, turn, begin)


def propose(program: ScaledProgram, state: State, tolerance: Array) -> Move:
    """Builds and factorizes the matrix at the present point, finds the direction, and searches along it."""
    point, gradients, values = state.point, state.gradients, state.values
    restoring, free = state.phase == RESTORE, state.phase == FREE
    space, aim = room(program, point.x), aim_of(program, state)
    weights = jnp.concatenate([aim.weight[None], -point.dual[: gradients.inequality.shape[0]], -point.equality_dual])
    hessian = program.hessian(point.x, weights)
    system = newton_system(program, gradients, point, space, hessian, aim.pull, restoring, state.shift)
    course = _course(program, state, aim, system, tolerance * jnp.where(free, FREE_FLOOR_SHARE, FLOOR_SHARE))
    change, barrier = course.change, course.barrier
    start = measured(program, state, aim.pull, point, values, barrier)

    def evaluate(length: Array, step: Step) -> tuple[Trial, Values]:
        there = program.values(point.x + length * step.x)
        trial = moved(point, _along(change, step), length, course.dual_length)
        trial = repaired(trial, there, restoring)
        return measured(program, state, aim.pull, trial, there, barrier), there

    def correct(length: Array, there: Values) -> Step:
        return _second_order(program, state, aim, system, course, length, there)

    slope = _descent(state, aim, space, change, barrier)
    small = SMALL_VIOLATION / LARGEST_VIOLATION * state.filters.violation[0]
    step = Step(change.x, change.slack)
    found = search(evaluate, correct, step, start, slope, course.length, state.filters, small, free, ~restoring)
    target = moved(point, _along(change, found.step), found.length, course.dual_length)
    return Move(target, barrier, found, start, system.factor.shift, system.factor.sound)


def _along(change: Direction, step: Step) -> Direction:
    """A direction whose primal part is the given step."""
    return eqx.tree_at(lambda d: (d.x, d.slack), change, (step.x, step.slack))


def _descent(state: State, aim: Aim, space: Room, change: Direction, barrier: Array) -> Float[Array, ""]:
    """Slope of the barrier value along a direction, the price of elastics included while restoring."""
    point = state.point
    walls = jnp.where(space.has_upper, 1.0 / space.above, 0.0) - jnp.where(space.has_lower, 1.0 / space.below, 0.0)
    slacks = jnp.concatenate([point.elastic, point.equality_slack, point.equality_elastic])
    changes = jnp.concatenate([change.elastic, change.equality_slack, change.equality_elastic])
    elastic = jnp.where(state.phase == RESTORE, jnp.sum((1.0 - barrier / slacks) * changes), 0.0)
    return (aim.slope + barrier * walls) @ change.x - barrier * jnp.sum(change.slack / point.slack) + elastic


def _second_order(
    program: ScaledProgram, state: State, aim: Aim, system: NewtonSystem, course: Course, length: Array, there: Values
) -> Step:
    """The step that also closes the gaps a full step left behind, scaled so that the same length is its longest."""
    point, values, space = state.point, state.values, room(program, state.point.x)
    restoring = state.phase == RESTORE
    gap = length * (values.rows - point.slack) + there.rows - (point.slack + length * course.change.slack)
    equality = length * values.equality + there.equality
    walls = jnp.where(space.has_lower, course.barrier, 0.0), jnp.where(space.has_upper, course.barrier, 0.0)
    targets = Targets(jnp.broadcast_to(course.barrier, gap.shape), *walls)
    better = direction(program, state.gradients, point, space, system, aim.slope, gap, equality, targets, course.barrier, restoring)
    share = jnp.maximum(LEAST_TO_BOUNDARY, 1.0 - course.barrier)
    ratio = _lengths(point, space, better, share, restoring)[0] / length
    return Step(better.x * ratio, better.slack * ratio)


def clip_duals(program: ScaledProgram, point: Iterate, barrier: Array, restoring: Array) -> Iterate:
    """Keeps prices within a wide band around barrier / slack, so that the matrix stays a sensible one.

    Source: Waechter and Biegler (2006), equation 16.
    """
    space = room(program, point.x)

    def banded(price: Array, slack: Array) -> Array:
        return jnp.clip(price, barrier / (DUAL_SPREAD * slack), DUAL_SPREAD * barrier / slack)

    top = jnp.where(restoring, 1.0 - 1e-12, jnp.inf)
    return eqx.tree_at(
        lambda p: (p.dual, p.lower_dual, p.upper_dual),
        point,
        (
            jnp.minimum(banded(point.dual, point.slack), top),
            jnp.where(space.has_lower, banded(point.lower_dual, space.below), 0.0),
            jnp.where(space.has_upper, banded(point.upper_dual, space.above), 0.0),
        ),
    )
