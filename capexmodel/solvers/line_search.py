"""Backtracking along a direction: a filter of (violation, barrier value) pairs, with one second-order correction.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 2.3 and algorithm A, steps 5.1 to 5.10; section 2.4 (correction).
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

FILTER_SIZE = 48
VIOLATION_MARGIN = 1e-5
VALUE_MARGIN = 1e-8
ARMIJO = 1e-4
SWITCH_VALUE_POWER = 2.3
SWITCH_VIOLATION_POWER = 1.1
SMALLEST_STEP_SHARE = 0.05
SMALLEST_STEP = 1e-12
VALUE_ROUNDING = 1e-14
CONTRACTION = 0.5


class Filter(eqx.Module):
    """Pairs of violation and barrier value no later point may fail to improve on; the oldest pair is overwritten when it is full."""

    violation: Float[Array, " entry"]
    value: Float[Array, " entry"]
    count: Int[Array, ""]


class Trial(eqx.Module):
    """A trial point's measures."""

    violation: Float[Array, ""]
    value: Float[Array, ""]


class Step(eqx.Module):
    """The part of a direction a line search moves along."""

    x: Float[Array, " n"]
    slack: Float[Array, " row"]


class Found(eqx.Module):
    """Where a line search ended: step length, the step it was taken along, whether it succeeded, whether the filter must grow."""

    length: Float[Array, ""]
    step: Step
    accepted: Bool[Array, ""]
    grow: Bool[Array, ""]


def empty_filter(largest_violation: Float[Array, ""]) -> Filter:
    """A filter that only forbids violations above the given one."""
    violation = jnp.full(FILTER_SIZE, jnp.inf).at[0].set(largest_violation)
    value = jnp.full(FILTER_SIZE, jnp.inf).at[0].set(-jnp.inf)
    return Filter(violation, value, jnp.ones((), jnp.int32))


def grown(filters: Filter, start: Trial, wanted: Bool[Array, ""]) -> Filter:
    """The filter with the start of an accepted step added where wanted; the largest-violation entry is never overwritten."""
    place = 1 + (filters.count - 1) % (FILTER_SIZE - 1)
    violation = filters.violation.at[place].set((1.0 - VIOLATION_MARGIN) * start.violation)
    value = filters.value.at[place].set(start.value - VALUE_MARGIN * start.violation)
    larger = Filter(violation, value, filters.count + 1)
    return jax.tree.map(lambda new, old: jnp.where(wanted, new, old), larger, filters)


def _permits(filters: Filter, trial: Trial) -> Bool[Array, ""]:
    """Whether the filter lets a trial point pass."""
    return jnp.all((trial.violation < filters.violation) | (trial.value < filters.value))


def _smallest_length(start: Trial, slope: Array, small: Array) -> Array:
    """The step length below which a search is given up.

    Source: Waechter and Biegler (2006), equation 23.
    """
    fall = jnp.maximum(-slope, 1e-300)
    by_value = jnp.minimum(VIOLATION_MARGIN, VALUE_MARGIN * start.violation / fall)
    switching = start.violation**SWITCH_VIOLATION_POWER / fall**SWITCH_VALUE_POWER
    bound = jnp.where(start.violation <= small, jnp.minimum(by_value, switching), by_value)
    return jnp.maximum(SMALLEST_STEP, SMALLEST_STEP_SHARE * jnp.where(slope < 0, bound, VIOLATION_MARGIN))


def _judge(
    trial: Trial, start: Trial, length: Array, slope: Array, filters: Filter, small: Array, free: Array
) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
    """Whether a trial point is accepted, and whether the filter must then grow.

    Source: Waechter and Biegler (2006), equations 18 to 20.
    """
    rounding = VALUE_ROUNDING * jnp.maximum(1.0, jnp.abs(start.value))
    finite = jnp.isfinite(trial.violation) & jnp.isfinite(trial.value)
    fall = length * jnp.maximum(-slope, 0.0) ** SWITCH_VALUE_POWER
    value_step = (start.violation <= small) & (slope < 0) & (fall > start.violation**SWITCH_VIOLATION_POWER)
    armijo = trial.value <= start.value + ARMIJO * length * slope + rounding
    less_violation = trial.violation <= (1.0 - VIOLATION_MARGIN) * start.violation
    less_value = trial.value <= start.value - VALUE_MARGIN * start.violation + rounding
    progress = jnp.where(value_step, armijo, less_violation | less_value) & _permits(filters, trial)
    return finite & (free | progress), ~(value_step & armijo) & ~free


def search(
    evaluate: Callable[[Float[Array, ""], Step], tuple[Trial, Any]],
    correct: Callable[[Float[Array, ""], Any], Step],
    step: Step,
    start: Trial,
    slope: Float[Array, ""],
    largest: Float[Array, ""],
    filters: Filter,
    small_violation: Float[Array, ""],
    free: Bool[Array, ""],
    may_correct: Bool[Array, ""],
) -> Found:
    """Shortens the step until the filter accepts it; a free step only until the trial point is finite.

    `evaluate(length, step)` measures a trial point and hands out its values; `correct(length, values)` makes the second-order correction,
    tried once, after a full step that did not lessen the violation. The plain step is taken up again if the corrected one fails.
    """
    smallest = jnp.where(free, SMALLEST_STEP, _smallest_length(start, slope, small_violation))

    def body(state: tuple[Array, Array, Array, Found]) -> tuple[Array, Array, Array, Found]:
        length, corrected, turn, before = state
        trial, values = evaluate(length, before.step)
        accepted, grow = _judge(trial, start, length, slope, filters, small_violation, free)
        correct_next = (turn == 0) & may_correct & ~free & ~accepted & (trial.violation >= start.violation)
        plain = jax.tree.map(lambda old, now: jnp.where(corrected & ~accepted, old, now), step, before.step)
        following = jax.lax.cond(correct_next, lambda: correct(length, values), lambda: plain)
        shorter = jnp.where(correct_next | accepted, length, CONTRACTION * length)
        return shorter, correct_next, turn + 1, Found(length, following, accepted, grow)

    def unfinished(state: tuple[Array, Array, Array, Found]) -> Array:
        length, corrected, turn, found = state
        return ~found.accepted & ((turn == 0) | corrected | (length >= smallest * largest))

    no = jnp.zeros((), bool)
    begin = (largest, no, jnp.zeros((), jnp.int32), Found(jnp.zeros(()), step, no, no))
    return jax.lax.while_loop(unfinished, body, begin)[3]
