"""One iteration of the interior point, and the change between its phases.

Free steps go on while the optimality error falls; a refused one leads to monotone steps under a filter; a failed line search, or a
violation that hardly falls, leads to restoration. Without rows or bounds there is nothing to find freely, and all steps are monotone:
a falling error alone might lead to a point that is no minimum.

Source: Nocedal, Waechter and Waltz, SIAM Journal on Optimization 19 (2009), section 4; Waechter and Biegler, Mathematical Programming 106
(2006), algorithm A.
"""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.barrier import decreased
from capexmodel.solvers.base import Status
from capexmodel.solvers.course import Course, boundary_share, clipped, course, gaps, moved, to_boundary
from capexmodel.solvers.filters import Trial, grown
from capexmodel.solvers.iterate import Residuals, residuals, slacks
from capexmodel.solvers.limits import counted
from capexmodel.solvers.line_search import Descent, Found, Step, first_finite, search
from capexmodel.solvers.newton import NewtonSystem, direction, newton_system
from capexmodel.solvers.scaled import Linearized, ScaledProgram
from capexmodel.solvers.state import (
    FREE,
    LARGEST_VIOLATION,
    MONOTONE,
    RESTORE,
    State,
    choose,
    fresh_filter,
    measured,
    slack_violation,
    true_violation,
)

ERROR_DECREASE = 0.9999
BACKOFF_SHARE = 0.8
MOST_SWITCHES = 8
MOST_STUCK = 4
SOLVED_WITHIN = 10.0
SMALL_VIOLATION = 1e-4
FLOOR_SHARE = 0.1
FREE_FLOOR_SHARE = 0.01
PATIENCE_STEPS = 20
CRAWLING_SHARE = 0.7
LARGEST_BARRIER = 1e3
"""Barrier parameter that only prices running away can reach: rows conflict, at least near here."""
CRAWLING_VIOLATION = 1e-6
UNBOUNDED_BELOW = 1e11
UNBOUNDED_VIOLATION = 1e-6
UNBOUNDED_ROUNDING = 1e-13
"""What rounding may leave of a violation, by the size of x. With more of it, programs that are infeasible would be called unbounded."""
HARMLESS_VIOLATION = 10.0


class Verdict(NamedTuple):
    """What the phases decide by: whether a step was taken, where the search began and whether the filter grows, whether the error fell and
    to what, the violations, the lowest barrier, the tolerance, whether there are rows or bounds."""

    taken: Bool[Array, ""]
    start: Trial
    grow: Bool[Array, ""]
    worth: Bool[Array, ""]
    merit: Float[Array, ""]
    violation: Float[Array, ""]
    slack_violation: Float[Array, ""]
    floor: Float[Array, ""]
    tolerance: Float[Array, ""]
    limited: Bool[Array, ""]


def advance(program: ScaledProgram, state: State, tolerance: Float[Array, ""], easy: bool = False) -> State:
    """One iteration: find a direction, search along it, take the step or refuse it, and decide on the next phase.

    An `easy` one is of a state that is known to be in free steps: a smaller program, with the same result.
    """
    free, here, point = jnp.asarray(True) if easy else state.phase == FREE, state.here, state.point
    system = newton_system(program, here, point, state.shift)
    lowest = tolerance * jnp.where(free, FREE_FLOOR_SHARE, FLOOR_SHARE)
    way = course(program, here, point, system, state.barrier, None if easy else free, lowest)
    start = measured(program, here, point.slack, way.barrier)
    found = _searched(program, state, system, way, start, easy)
    change = eqx.tree_at(lambda c: (c.x, c.slack), way.change, (found.step.x, found.step.slack))
    target = clipped(program, moved(program, point, change, found.length, way.price_length), way.barrier)
    tried = eqx.tree_at(lambda s: (s.point, s.here, s.barrier), state, (target, found.there, way.barrier))
    plain = residuals(program, found.there, target)
    tried = eqx.tree_at(lambda s: (s.inner_error, s.mean_product), tried, (plain.error_at(way.barrier), plain.mean_product))
    converged = plain.error_at(jnp.zeros(())) <= tolerance
    finite = jnp.isfinite(plain.merit)
    worth = finite & ((plain.merit <= ERROR_DECREASE * jnp.max(state.history)) | converged)
    taken = found.accepted & system.factor.sound & finite & (worth | ~free)
    after = choose(taken, tried, state)
    after = eqx.tree_at(lambda s: (s.shift, s.steps), after, (system.factor.shift, state.steps + 1))
    violation = true_violation(after.here)
    slack = slack_violation(program, after.here, after.point.slack)
    floor, limited = FLOOR_SHARE * tolerance, jnp.any(plain.counts) | (state.here.equality.shape[0] > 0)
    verdict = Verdict(taken, start, found.grow, worth, plain.merit, violation, slack, floor, tolerance, limited)
    following = _after_free(after, verdict) if easy else choose(free, _after_free(after, verdict), _after_monotone(after, verdict))
    return _judged(_hurried(following, after, verdict), after, verdict, plain, converged & taken)


def _searched(program: ScaledProgram, state: State, system: NewtonSystem, way: Course, start: Trial, easy: bool) -> Found:
    """Searches along a course; an easy search is content with any finite point."""
    here, point, rows = state.here, state.point, program.row_count

    def evaluate(length: Array, step: Step) -> tuple[Trial, Linearized]:
        x = point.x + length * step.x
        there = program.linearize(x)
        slack = slacks(program, x, point.slack[:rows] + length * step.slack[:rows])
        return measured(program, there, slack, way.barrier), there

    def correct(length: Array, there: Linearized) -> Step:
        return _second_order(program, state, system, way, length, there)

    step = Step(way.change.x, way.change.slack)
    if easy:
        return first_finite(evaluate, step, way.length, here)
    slope = here.slope @ way.change.x - way.barrier * jnp.sum(way.change.slack / point.slack)
    small = SMALL_VIOLATION / LARGEST_VIOLATION * state.filters.violation[0]
    descent = Descent(start, slope, state.filters, small, state.phase == FREE)
    return search(descent, evaluate, correct, step, way.length, here)


def _second_order(program: ScaledProgram, state: State, system: NewtonSystem, way: Course, length: Array, there: Linearized) -> Step:
    """The step that also closes the gaps a full step left behind, scaled so that the same length is its longest.

    Source: Waechter and Biegler (2006), section 2.4.
    """
    here, point, rows = state.here, state.point, program.row_count
    left = there.rows - (point.slack[:rows] + length * way.change.slack[:rows])
    gap = length * gaps(program, here, point) + jnp.concatenate([left, jnp.zeros_like(program.walls)])
    targets = jnp.where(counted(program), way.barrier, 0.0)
    better = direction(program, here, point, system, gap, length * here.equality + there.equality, targets)
    ratio = to_boundary(point.slack, better.slack, boundary_share(way.barrier)) / length
    return Step(better.x * ratio, better.slack * ratio)


def _hurried(following: State, after: State, verdict: Verdict) -> State:
    """Goes over to restoration when the violation has hardly fallen for a while, or prices run away: an infeasible program is then
    recognized in time."""
    due = after.steps - after.checked_step >= PATIENCE_STEPS
    slow = due & (verdict.violation > jnp.maximum(CRAWLING_VIOLATION, CRAWLING_SHARE * after.checked_violation))
    away = (after.barrier > LARGEST_BARRIER) & (verdict.violation > CRAWLING_VIOLATION)
    return eqx.tree_at(
        lambda s: (s.phase, s.checked_violation, s.checked_step),
        following,
        (
            jnp.where(slow | away, _phase(after, RESTORE), following.phase),
            jnp.where(due, verdict.violation, after.checked_violation),
            jnp.where(due, after.steps, after.checked_step),
        ),
    )


def _judged(following: State, after: State, verdict: Verdict, plain: Residuals, optimal: Array) -> State:
    """The next state with its status and errors."""
    deep = after.here.objective < -UNBOUNDED_BELOW * jnp.maximum(1.0, jnp.abs(after.first_objective))
    rounding = UNBOUNDED_ROUNDING * jnp.max(jnp.abs(after.point.x))
    clean = verdict.violation <= jnp.maximum(UNBOUNDED_VIOLATION, rounding)
    status = jnp.where(verdict.taken & deep & clean, Status.UNBOUNDED, following.status)
    status = jnp.where(optimal, Status.OPTIMAL, status)
    errors = jnp.stack([plain.primal_error, plain.dual_error, plain.complementarity_error(jnp.zeros(()))])
    errors = jnp.where(verdict.taken, errors, after.errors)
    return eqx.tree_at(lambda s: (s.status, s.errors), following, (status.astype(after.status.dtype), errors))


def _remembered(history: Float[Array, " recent"], merit: Float[Array, ""]) -> Float[Array, " recent"]:
    """The last few merits, newest first; places that held nothing yet (inf) take the newest, so that only one step goes unjudged."""
    return jnp.concatenate([merit[None], jnp.where(jnp.isinf(history[:-1]), merit, history[:-1])])


def _phase(state: State, phase: int) -> Array:
    """A phase as the state stores it."""
    return jnp.full_like(state.phase, phase)


def _after_free(state: State, verdict: Verdict) -> State:
    """Goes on freely after a taken step; after a refused one goes over to monotone steps from the same point."""
    kept = eqx.tree_at(lambda s: s.history, state, _remembered(state.history, verdict.merit))
    refused = eqx.tree_at(
        lambda s: (s.phase, s.barrier, s.filters, s.switches),
        state,
        (
            _phase(state, MONOTONE),
            jnp.maximum(verdict.floor, BACKOFF_SHARE * state.mean_product),
            fresh_filter(verdict.slack_violation),
            state.switches + 1,
        ),
    )
    return choose(verdict.taken, kept, refused)


def _after_monotone(state: State, verdict: Verdict) -> State:
    """Lowers the barrier parameter once its problem is solved; goes back to free steps on progress; to restoration when the search
    failed."""
    filters = grown(state.filters, verdict.start, verdict.taken & verdict.grow)
    solved = state.inner_error <= SOLVED_WITHIN * state.barrier
    lower = jnp.where(solved, decreased(state.barrier, verdict.floor), state.barrier)
    filters = choose(lower < state.barrier, fresh_filter(verdict.slack_violation), filters)
    freed = verdict.worth & (state.switches <= MOST_SWITCHES) & verdict.limited
    history = jnp.where(freed, _remembered(state.history, verdict.merit), state.history)
    phase = jnp.where(freed, _phase(state, FREE), _phase(state, MONOTONE))
    went_on = eqx.tree_at(lambda s: (s.filters, s.barrier, s.phase, s.history), state, (filters, lower, phase, history))
    nearly = verdict.violation <= verdict.tolerance
    nearly = nearly & (verdict.start.violation <= HARMLESS_VIOLATION * verdict.tolerance)
    failed = choose(nearly, _unstick(state, verdict), eqx.tree_at(lambda s: s.phase, state, _phase(state, RESTORE)))
    return choose(verdict.taken, went_on, failed)


def _unstick(state: State, verdict: Verdict) -> State:
    """At a feasible point where rounding stops the search: lowers the barrier parameter and allows any free step; gives up after a few."""
    given_up = jnp.where(state.stuck >= MOST_STUCK, int(Status.FEASIBLE_NOT_PROVEN), state.status).astype(state.status.dtype)
    return eqx.tree_at(
        lambda s: (s.barrier, s.filters, s.phase, s.history, s.stuck, s.status),
        state,
        (
            decreased(state.barrier, verdict.floor),
            fresh_filter(verdict.slack_violation),
            _phase(state, FREE),
            jnp.full_like(state.history, jnp.inf),
            state.stuck + 1,
            given_up,
        ),
    )
