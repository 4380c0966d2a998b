"""Restoration: the objective switched off, every row elastic at price one, until the violation has fallen tenfold.

An infeasible program ends here, at a point of least violation, with prices that prove it where its rows are concave. Equality rows are two
inequality rows each.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 3.3, equations 29 to 33.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.barrier import decreased, elastic_pair
from capexmodel.solvers.base import Status
from capexmodel.solvers.course import PRICE_SPREAD, boundary_share, to_boundary
from capexmodel.solvers.iterate import Iterate
from capexmodel.solvers.limits import bound_sum, distances
from capexmodel.solvers.line_search import ARMIJO, CONTRACTION, SMALLEST_STEP, VALUE_ROUNDING
from capexmodel.solvers.linear_algebra import factorize, solve
from capexmodel.solvers.newton import reduced_matrix
from capexmodel.solvers.phases import FLOOR_SHARE, SOLVED_WITHIN
from capexmodel.solvers.scaled import Linearized, ScaledProgram
from capexmodel.solvers.start import PUSH, cold
from capexmodel.solvers.state import MONOTONE, State, choose, fresh_filter, slack_violation, true_violation

MOST_RESTORATIONS = 12
RESTORED_SHARE = 0.1
STATIONARY_WITHIN = 1e-5
VIOLATION_ROUNDING = 1e-14
"""Violation, by the size of x, that rounding may make: far out on a ray along which the objective falls for ever, a program is not called
infeasible for it."""
GAP_SHARE = 0.01
"""Share of the total violation by which it may exceed the least: what is left is above nothing, so the rows conflict."""
TOP_PRICE = 1.0 - 1e-12


class Elastics(eqx.Module):
    """Slacks, violations and prices of all rows: value + violation = slack. Inequality rows, then equality rows, then those reversed."""

    slack: Float[Array, " elastic"]
    violation: Float[Array, " elastic"]
    price: Float[Array, " elastic"]


class Recovery(eqx.Module):
    """Everything one iteration of restoration hands to the next."""

    x: Float[Array, " n"]
    rows: Elastics
    distance: Float[Array, " bound"]
    bound_price: Float[Array, " bound"]
    here: Linearized
    barrier: Float[Array, ""]
    shift: Float[Array, ""]
    reference: Float[Array, " n"]
    entry_violation: Float[Array, ""]
    steps: Int[Array, ""]
    status: Int[Array, ""]
    restored: Bool[Array, ""]


def restore(program: ScaledProgram, state: State, tolerance: Float[Array, ""], most_steps: Array) -> State:
    """Restores feasibility as far as it can be, and takes the objective up again, or ends at a point of least violation."""
    begun = _begun(program, state)

    def unfinished(recovery: Recovery) -> Array:
        return (recovery.status == Status.RUNNING) & ~recovery.restored & (recovery.steps < most_steps)

    end = jax.lax.while_loop(unfinished, lambda recovery: _advance(program, recovery, tolerance), begun)
    return _ended(program, state, end, tolerance)


def _values(here: Linearized) -> Float[Array, " elastic"]:
    return jnp.concatenate([here.rows, here.equality, -here.equality])


def _along(program: ScaledProgram, here: Linearized, step: Float[Array, " n"]) -> Float[Array, " elastic"]:
    """Change of all rows along a step."""
    equality = here.equality_jacobian @ step
    return jnp.concatenate([here.jacobian @ step, program.matrix.whole @ step, equality, -equality])


def _netted(program: ScaledProgram, weights: Float[Array, " elastic"], sign: float) -> tuple[Array, Array]:
    """Weights of the inequality rows, and those of the equality rows together with `sign` times those of their reverse."""
    rows, count = program.row_count, program.counts[2]
    return weights[:rows], weights[rows : rows + count] + sign * weights[rows + count :]


def _pulled(program: ScaledProgram, here: Linearized, prices: Float[Array, " elastic"]) -> Float[Array, " n"]:
    """Sum of the gradients of all rows, weighted by prices."""
    rows, equality = _netted(program, prices, -1.0)
    inequality = here.jacobian.shape[0]
    return rows[:inequality] @ here.jacobian + rows[inequality:] @ program.matrix.whole + equality @ here.equality_jacobian


def _begun(program: ScaledProgram, state: State) -> Recovery:
    """The objective off and every row elastic, at the present x, with prices on the barrier; each restoration must beat the last."""
    violation = true_violation(state.here)
    barrier = jnp.clip(state.barrier, jnp.minimum(1.0, violation), jnp.maximum(1.0, violation))
    slack, elastic = elastic_pair(_values(state.here), 1.0, barrier)
    distance = distances(program, state.point.x)
    status = jnp.where(state.restorations >= MOST_RESTORATIONS, int(Status.NUMERIC), state.status).astype(state.status.dtype)
    return Recovery(
        x=state.point.x,
        rows=Elastics(slack, elastic, barrier / slack),
        distance=distance,
        bound_price=jnp.where(program.bounded, jnp.minimum(1.0, barrier / distance), 0.0),
        here=state.here,
        barrier=barrier,
        shift=state.shift,
        reference=state.point.x,
        entry_violation=jnp.minimum(violation, state.entry_violation),
        steps=state.steps,
        status=status,
        restored=jnp.zeros((), bool),
    )


def _pull(program: ScaledProgram, recovery: Recovery) -> Float[Array, " n"]:
    """Weight of the pull towards the point where restoration began.

    Source: Waechter and Biegler (2006), equation 30.
    """
    return jnp.where(program.free, recovery.barrier / jnp.maximum(1.0, jnp.abs(recovery.reference)) ** 2, 0.0)


def _value(program: ScaledProgram, recovery: Recovery, x: Array, slack: Array, violation: Array, distance: Array) -> Float[Array, ""]:
    """Total violation with its barrier and the pull."""
    logs = jnp.sum(jnp.log(slack)) + jnp.sum(jnp.log(violation)) + jnp.sum(jnp.log(distance))
    pull = 0.5 * jnp.sum(_pull(program, recovery) * (x - recovery.reference) ** 2)
    return jnp.sum(violation) - recovery.barrier * logs + pull


class _Change(eqx.Module):
    """A direction of restoration and how far it may go."""

    x: Float[Array, " n"]
    rows: Elastics
    distance: Float[Array, " bound"]
    bound_price: Float[Array, " bound"]
    length: Float[Array, ""]
    price_length: Float[Array, ""]


def _changed(program: ScaledProgram, recovery: Recovery) -> tuple[_Change, Array, Array]:
    """The Newton direction, slacks and violations eliminated by hand; the shift it needed, and whether a factor was found."""
    here, rows, barrier = recovery.here, recovery.rows, recovery.barrier
    slack, violation, price, rest = rows.slack, rows.violation, rows.price, 1.0 - rows.price
    weight = 1.0 / (slack / price + violation / rest)
    bound_weight = recovery.bound_price / recovery.distance
    inequality, equality = _netted(program, price, -1.0)
    nonlinear = jnp.concatenate([jnp.zeros(1), -inequality[: here.jacobian.shape[0]], -equality])
    pull = _pull(program, recovery)
    hessian = program.hessian(recovery.x, nonlinear).plus_diagonal(pull)
    row_weight, equality_weight = _netted(program, weight, 1.0)
    matrix = reduced_matrix(program, here, hessian, jnp.concatenate([row_weight, bound_weight]), equality_weight)
    factor = factorize(matrix, recovery.shift)
    push = barrier / price - slack - barrier / rest + violation
    wall = jnp.where(program.bounded, barrier / recovery.distance, 0.0)
    right = _pulled(program, here, price + weight * push) + bound_sum(program, wall, -1.0) - pull * (recovery.x - recovery.reference)
    step = solve(matrix, factor, jnp.where(program.free, right, 0.0))
    price_change = weight * (push - _along(program, here, step))
    slack_change = (barrier - slack * price_change) / price - slack
    violation_change = (barrier + violation * price_change) / rest - violation
    sides = jnp.concatenate([step[: program.lower.shape[0]], -step[: program.upper.shape[0]]])
    sides = jnp.where(program.bounded, sides, 0.0)
    bound_change = wall - recovery.bound_price - bound_weight * sides
    share = boundary_share(barrier)
    length = to_boundary(
        jnp.concatenate([slack, violation, recovery.distance]), jnp.concatenate([slack_change, violation_change, sides]), share
    )
    price_length = to_boundary(
        jnp.concatenate([price, rest, recovery.bound_price]), jnp.concatenate([price_change, -price_change, bound_change]), share
    )
    change = _Change(step, Elastics(slack_change, violation_change, price_change), sides, bound_change, length, price_length)
    return change, factor.shift, factor.sound


def _searched(program: ScaledProgram, recovery: Recovery, change: _Change) -> tuple[Recovery, Bool[Array, ""]]:
    """Shortens the step until the total violation with its barrier falls enough; slacks and violations always fit the values."""
    rows, barrier = recovery.rows, recovery.barrier
    start = _value(program, recovery, recovery.x, rows.slack, rows.violation, recovery.distance)
    slope = (_pull(program, recovery) * (recovery.x - recovery.reference)) @ change.x - barrier * (
        jnp.sum(change.rows.slack / rows.slack) + jnp.sum(change.distance / recovery.distance)
    )
    slope = slope + jnp.sum((1.0 - barrier / rows.violation) * change.rows.violation)
    enough = VALUE_ROUNDING * jnp.maximum(1.0, jnp.abs(start))

    def trial(state: tuple[Array, Recovery, Array]) -> tuple[Array, Recovery, Array]:
        length = state[0]
        x = recovery.x + length * change.x
        here = program.linearize(x)
        slack, violation = rows.slack + length * change.rows.slack, rows.violation + length * change.rows.violation
        gap = _values(here) + violation - slack
        slack, violation = slack + jnp.maximum(gap, 0.0), violation + jnp.maximum(-gap, 0.0)
        distance = distances(program, x)
        value = _value(program, recovery, x, slack, violation, distance)
        accepted = jnp.isfinite(value) & (value <= start + ARMIJO * length * jnp.minimum(slope, 0.0) + enough)
        price = _banded(rows.price + change.price_length * change.rows.price, barrier / slack)
        bound_price = jnp.where(
            program.bounded, _banded(recovery.bound_price + change.price_length * change.bound_price, barrier / distance), 0.0
        )
        elastics = Elastics(slack, violation, jnp.minimum(price, TOP_PRICE))
        there = eqx.tree_at(
            lambda r: (r.x, r.rows, r.distance, r.bound_price, r.here), recovery, (x, elastics, distance, bound_price, here)
        )
        return CONTRACTION * length, there, accepted

    def unfinished(state: tuple[Array, Recovery, Array]) -> Array:
        return ~state[2] & (state[0] >= SMALLEST_STEP * change.length)

    _, there, accepted = jax.lax.while_loop(unfinished, trial, (change.length, recovery, jnp.zeros((), bool)))
    return there, accepted


def _banded(price: Array, middle: Array) -> Array:
    return jnp.clip(price, middle / PRICE_SPREAD, PRICE_SPREAD * middle)


class _Errors(eqx.Module):
    """Distance from the conditions of least violation: stationarity of the violation alone and together with the pull, all conditions for
    the present barrier parameter, and by how much the total violation may exceed the least if rows are concave (the sum of all products).
    Far from where restoration began, the pull alone can hold the search back: there the violation is not stationary."""

    violation: Float[Array, ""]
    dual: Float[Array, ""]
    largest: Float[Array, ""]
    gap: Float[Array, ""]


def _errors(program: ScaledProgram, recovery: Recovery) -> _Errors:
    rows, pull = recovery.rows, _pull(program, recovery)
    slope = _pulled(program, recovery.here, rows.price) + bound_sum(program, recovery.bound_price, -1.0)
    pulled = slope - pull * (recovery.x - recovery.reference)
    alone, dual = (jnp.max(jnp.abs(jnp.where(program.free, part, 0.0)), initial=0.0) for part in (slope, pulled))
    bounds = jnp.where(program.bounded, recovery.distance * recovery.bound_price, recovery.barrier)
    products = jnp.concatenate([rows.slack * rows.price, rows.violation * (1.0 - rows.price), bounds])
    off = jnp.max(jnp.abs(products - recovery.barrier), initial=0.0)
    return _Errors(alone, dual, jnp.maximum(dual, off), jnp.sum(products))


def _advance(program: ScaledProgram, recovery: Recovery, tolerance: Float[Array, ""]) -> Recovery:
    """One iteration: a step, a lower barrier where its problem is solved, and whether to go on."""
    change, shift, sound = _changed(program, recovery)
    there, accepted = _searched(program, recovery, change)
    taken = accepted & sound
    after = choose(taken, there, recovery)
    errors, violation, floor = _errors(program, after), true_violation(after.here), FLOOR_SHARE * tolerance
    solved = (errors.largest <= SOLVED_WITHIN * after.barrier) | ~taken
    at_floor, clean = solved & (after.barrier <= floor), violation <= tolerance
    restored = (taken & (violation <= RESTORED_SHARE * after.entry_violation)) | ((taken | at_floor) & clean)
    stationary, total = errors.violation <= STATIONARY_WITHIN, jnp.sum(jnp.maximum(-_values(after.here), 0.0))
    close = taken & (errors.gap <= GAP_SHARE * total)
    real = violation > VIOLATION_ROUNDING * jnp.max(jnp.abs(after.x), initial=0.0)
    least = stationary & ~clean & real & (at_floor | close)
    status = jnp.where((at_floor & ~clean) | ~sound, int(Status.NUMERIC), int(Status.RUNNING))
    status = jnp.where(restored, int(Status.RUNNING), jnp.where(least, int(Status.INFEASIBLE), status)).astype(after.status.dtype)
    held_back = (errors.dual <= STATIONARY_WITHIN) & ~stationary
    barrier = jnp.where(solved & (~close | held_back), decreased(after.barrier, floor), after.barrier)
    return eqx.tree_at(
        lambda r: (r.barrier, r.shift, r.steps, r.status, r.restored), after, (barrier, shift, recovery.steps + 1, status, restored)
    )


def _ended(program: ScaledProgram, state: State, end: Recovery, tolerance: Float[Array, ""]) -> State:
    """The objective taken up again at the restored point, with prices on the barrier; or the point of least violation with its prices."""
    barrier = jnp.maximum(state.barrier, FLOOR_SHARE * tolerance)
    push = jnp.minimum(PUSH, jnp.maximum(barrier, end.entry_violation))
    fresh = cold(program, end.here, end.x, barrier, push)
    rows, equality = _netted(program, end.rows.price, -1.0)
    proof = Iterate(
        end.x,
        jnp.concatenate([end.rows.slack[: program.row_count], end.distance]),
        jnp.concatenate([rows, end.bound_price]),
        equality,
    )
    point = choose(end.restored, fresh, proof)
    phase = jnp.where(end.restored, MONOTONE, state.phase).astype(state.phase.dtype)
    return eqx.tree_at(
        lambda s: (
            s.point, s.here, s.phase, s.barrier, s.filters, s.history, s.shift, s.restorations, s.entry_violation, s.status, s.steps,
            s.checked_violation, s.checked_step,
        ),
        state,
        (
            point, end.here, phase, barrier, fresh_filter(slack_violation(program, end.here, point.slack)),
            jnp.full_like(state.history, jnp.inf), end.shift, state.restorations + 1, end.entry_violation, end.status, end.steps,
            true_violation(end.here), end.steps,
        ),
    )  # fmt: skip
