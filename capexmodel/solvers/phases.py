"""One iteration of the interior point and the change between its three phases.

Free steps go on while the optimality error falls; a refused one leads to monotone steps under a filter; a failed line search leads to
restoration, which lessens the violation tenfold and returns, or ends at a point of least violation: the program is then locally infeasible.

Source: Nocedal, Waechter and Waltz, SIAM Journal on Optimization 19 (2009), section 4; Waechter and Biegler, Mathematical Programming 106
(2006), algorithm A and section 3.3.
"""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.barrier import decreased
from capexmodel.solvers.base import Status
from capexmodel.solvers.iterate import Residuals, residuals, room
from capexmodel.solvers.line_search import empty_filter, grown
from capexmodel.solvers.move import FLOOR_SHARE, Move, clip_duals, propose
from capexmodel.solvers.scaled import ScaledProgram
from capexmodel.solvers.start import PUSH, cold
from capexmodel.solvers.state import (
    FREE,
    MONOTONE,
    RESTORE,
    State,
    aim_of,
    choose,
    fresh_filter,
    opened,
    repaired,
    slack_violation,
    true_violation,
)

ERROR_DECREASE = 0.9999
BACKOFF_SHARE = 0.8
MOST_SWITCHES = 8
MOST_RESTORATIONS = 12
MOST_STUCK = 4
SOLVED_WITHIN = 10.0
RESTORED_SHARE = 0.1
PATIENCE_STEPS = 20
CRAWLING_SHARE = 0.7
CRAWLING_VIOLATION = 1e-6
STATIONARY_WITHIN = 1e-5
UNBOUNDED_BELOW = 1e11
UNBOUNDED_VIOLATION = 1e-6
HARMLESS_VIOLATION = 10.0


class Verdict(NamedTuple):
    """What the phases decide by: the move, whether it was taken, whether the error fell, the violation, the lowest barrier, the
    tolerance."""

    move: Move
    taken: Bool[Array, ""]
    worth: Bool[Array, ""]
    merit: Float[Array, ""]
    violation: Float[Array, ""]
    slack_violation: Float[Array, ""]
    floor: Float[Array, ""]
    tolerance: Float[Array, ""]


def advance(program: ScaledProgram, state: State, tolerance: Float[Array, ""]) -> State:
    """One iteration: propose a move, take it or refuse it, and decide on the next phase."""
    restoring, free = state.phase == RESTORE, state.phase == FREE
    move = propose(program, state, tolerance)
    found = move.found.accepted & move.sound
    values, gradients = program.linearized(jnp.where(found, move.target.x, state.point.x))
    target = clip_duals(program, repaired(move.target, values, restoring), move.barrier, restoring)
    tried = eqx.tree_at(lambda s: (s.point, s.values, s.gradients, s.barrier), state, (target, values, gradients, move.barrier))
    plain = residuals(program, gradients, values, target, aim_of(program, tried).slope, restoring)
    tried = eqx.tree_at(lambda s: (s.inner_error, s.mean_product), tried, (plain.error_at(move.barrier), plain.mean_product))
    converged = plain.error_at(jnp.zeros(())) <= tolerance
    finite = jnp.isfinite(plain.merit)
    worth = finite & ((plain.merit <= ERROR_DECREASE * jnp.max(state.history)) | converged)
    taken = found & finite & (worth | ~free)
    after = choose(taken, tried, state)
    after = eqx.tree_at(lambda s: (s.shift, s.steps), after, (move.shift, state.steps + 1))
    verdict = Verdict(
        move,
        taken,
        worth,
        plain.merit,
        true_violation(after.values),
        slack_violation(after.point, after.values),
        FLOOR_SHARE * tolerance,
        tolerance,
    )
    restored, entered = _after_restore(program, after, verdict), _enter_restoration(program, after, verdict)
    following = choose(restoring, restored, _after_monotone(after, verdict, entered))
    following = choose(free, _after_free(after, verdict), following)
    following = _hurried(following, after, verdict, entered, restoring)
    return _judged(following, after, verdict, plain, converged & taken & ~restoring, restoring)


def _hurried(following: State, after: State, verdict: Verdict, entered: State, restoring: Array) -> State:
    """Goes over to restoration when the violation has hardly fallen for a while: an infeasible program is then recognized in time."""
    due = ~restoring & (after.steps - after.checked_step >= PATIENCE_STEPS)
    slow = verdict.violation > jnp.maximum(CRAWLING_VIOLATION, CRAWLING_SHARE * after.checked_violation)
    following = choose(due & slow, entered, following)
    renewed = due | restoring
    violation = jnp.where(renewed, verdict.violation, after.checked_violation)
    return eqx.tree_at(
        lambda s: (s.checked_violation, s.checked_step), following, (violation, jnp.where(renewed, after.steps, after.checked_step))
    )


def _judged(following: State, after: State, verdict: Verdict, plain: Residuals, optimal: Array, restoring: Array) -> State:
    """The next state with its status and errors."""
    deep = after.values.objective < -UNBOUNDED_BELOW * jnp.maximum(1.0, jnp.abs(after.first_objective))
    clean = verdict.violation <= UNBOUNDED_VIOLATION * jnp.maximum(1.0, jnp.max(jnp.abs(after.point.x)))
    status = jnp.where(verdict.taken & ~restoring & deep & clean, Status.UNBOUNDED, following.status)
    status = jnp.where(optimal, Status.OPTIMAL, status)
    status = jnp.where(~verdict.move.sound & restoring, Status.NUMERIC, status)
    errors = jnp.stack([plain.primal_error, plain.dual_error, plain.complementarity_error(jnp.zeros(()))])
    errors = jnp.where(verdict.taken & ~restoring, errors, after.errors)
    return eqx.tree_at(lambda s: (s.status, s.errors), following, (status.astype(after.status.dtype), errors))


def _remembered(history: Float[Array, " recent"], merit: Float[Array, ""]) -> Float[Array, " recent"]:
    """The last few merits, newest first; places that held nothing yet (inf) take the newest, so that only one step goes unjudged."""
    return jnp.concatenate([merit[None], jnp.where(jnp.isinf(history[:-1]), merit, history[:-1])])


def _phase(state: State, phase: int) -> Array:
    """A phase as the state stores it."""
    return jnp.full_like(state.phase, phase)


def _status(state: State, condition: Array, status: Status) -> Array:
    """The given status where the condition holds, else the state's own."""
    return jnp.where(condition, int(status), state.status).astype(state.status.dtype)


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


def _after_monotone(state: State, verdict: Verdict, entered: State) -> State:
    """Lowers the barrier parameter once its problem is solved; goes back to free steps on progress; to restoration when the search
    failed."""
    filters = grown(state.filters, verdict.move.start, verdict.taken & verdict.move.found.grow)
    solved = state.inner_error <= SOLVED_WITHIN * state.barrier
    lower = jnp.where(solved, decreased(state.barrier, verdict.floor), state.barrier)
    filters = choose(lower < state.barrier, fresh_filter(verdict.slack_violation), filters)
    freed = verdict.worth & (state.switches <= MOST_SWITCHES)
    history = jnp.where(freed, _remembered(state.history, verdict.merit), state.history)
    phase = jnp.where(freed, _phase(state, FREE), _phase(state, MONOTONE))
    went_on = eqx.tree_at(lambda s: (s.filters, s.barrier, s.phase, s.history), state, (filters, lower, phase, history))
    nearly = verdict.violation <= verdict.tolerance
    nearly = nearly & (verdict.move.start.violation <= HARMLESS_VIOLATION * verdict.tolerance)
    failed = choose(nearly, _unstick(state, verdict), entered)
    return choose(verdict.taken, went_on, failed)


def _unstick(state: State, verdict: Verdict) -> State:
    """At a feasible point where rounding stops the search: lowers the barrier parameter and allows any free step; gives up after a few."""
    return eqx.tree_at(
        lambda s: (s.barrier, s.filters, s.phase, s.history, s.stuck, s.status),
        state,
        (
            decreased(state.barrier, verdict.floor),
            fresh_filter(verdict.slack_violation),
            _phase(state, FREE),
            jnp.full_like(state.history, jnp.inf),
            state.stuck + 1,
            _status(state, state.stuck >= MOST_STUCK, Status.FEASIBLE_NOT_PROVEN),
        ),
    )


def _enter_restoration(program: ScaledProgram, state: State, verdict: Verdict) -> State:
    """Switches the objective off and makes every row elastic, at the present x, with prices on the barrier; each restoration must beat the
    last."""
    barrier = jnp.maximum(state.barrier, jnp.minimum(1.0, verdict.violation))
    point = opened(state.point, state.values, barrier)
    space = room(program, point.x)
    prices = (
        barrier / point.slack,
        barrier / point.equality_slack - 1.0,
        jnp.where(space.has_lower, barrier / space.below, 0.0),
        jnp.where(space.has_upper, barrier / space.above, 0.0),
    )
    point = eqx.tree_at(lambda p: (p.dual, p.equality_dual, p.lower_dual, p.upper_dual), point, prices)
    entry = jnp.minimum(verdict.violation, state.entry_violation)
    begun = eqx.tree_at(
        lambda s: (s.point, s.phase, s.reference, s.entry_violation, s.entry_barrier, s.barrier, s.filters),
        state,
        (point, _phase(state, RESTORE), point.x, entry, state.barrier, barrier, empty_filter(jnp.asarray(jnp.inf))),
    )
    status = _status(state, state.restorations >= MOST_RESTORATIONS, Status.NUMERIC)
    return eqx.tree_at(lambda s: (s.restorations, s.status), begun, (state.restorations + 1, status))


def _after_restore(program: ScaledProgram, state: State, verdict: Verdict) -> State:
    """Goes on restoring, returns once the violation has fallen tenfold, or ends as infeasible at a point of least violation."""
    solved = (state.inner_error <= SOLVED_WITHIN * state.barrier) | ~verdict.taken
    lower = jnp.where(solved, decreased(state.barrier, verdict.floor), state.barrier)
    at_floor = solved & (state.barrier <= verdict.floor)
    clean = verdict.violation <= verdict.tolerance
    stationary = state.inner_error <= STATIONARY_WITHIN
    status = _status(state, at_floor & ~clean & ~stationary, Status.NUMERIC)
    status = jnp.where(at_floor & ~clean & stationary, int(Status.INFEASIBLE), status).astype(state.status.dtype)
    went_on = eqx.tree_at(lambda s: (s.barrier, s.status, s.filters), state, (lower, status, empty_filter(jnp.asarray(jnp.inf))))
    back = (verdict.taken & (verdict.violation <= RESTORED_SHARE * state.entry_violation)) | ((verdict.taken | at_floor) & clean)
    return choose(back, _leave_restoration(program, state, verdict), went_on)


def _leave_restoration(program: ScaledProgram, state: State, verdict: Verdict) -> State:
    """Takes the objective up again at the restored point, with prices on the barrier."""
    barrier = jnp.maximum(state.entry_barrier, verdict.floor)
    push = jnp.minimum(PUSH, jnp.maximum(barrier, state.entry_violation))
    point = cold(program, state.values, state.gradients, state.point.x, barrier, push)
    filters = fresh_filter(slack_violation(point, state.values))
    return eqx.tree_at(
        lambda s: (s.point, s.phase, s.barrier, s.filters, s.history),
        state,
        (point, _phase(state, MONOTONE), barrier, filters, jnp.full_like(state.history, jnp.inf)),
    )
