"""Backtracking along a direction under a filter, with one second-order correction.

Every trial is linearized, so that an accepted one is ready for the next iteration; nearly always the first is.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 2.3 and algorithm A, steps 5.1 to 5.10; section 2.4 (correction).
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.filters import VALUE_MARGIN, VIOLATION_MARGIN, Filter, Trial, permits
from capexmodel.solvers.scaled import Linearized

ARMIJO = 1e-4
SWITCH_VALUE_POWER = 2.3
SWITCH_VIOLATION_POWER = 1.1
SMALLEST_STEP_SHARE = 0.05
SMALLEST_STEP = 1e-12
VALUE_ROUNDING = 1e-14
CONTRACTION = 0.5


class Step(eqx.Module):
    """The part of a direction a line search moves along."""

    x: Float[Array, " n"]
    slack: Float[Array, " limit"]


class Found(eqx.Module):
    """Where a line search ended: step length, the step it was taken along, what is there, whether it succeeded, whether the filter must
    grow."""

    length: Float[Array, ""]
    step: Step
    there: Linearized
    accepted: Bool[Array, ""]
    grow: Bool[Array, ""]


class Descent(eqx.Module):
    """What a trial is compared with: the start and its slope, the filter, the violation below which the value decides, whether any finite
    point will do."""

    start: Trial
    slope: Float[Array, ""]
    filters: Filter
    small: Float[Array, ""]
    free: Bool[Array, ""]

    def smallest_length(self) -> Float[Array, ""]:
        """The share of the longest step below which a search is given up.

        Source: Waechter and Biegler (2006), equation 23.
        """
        fall = jnp.maximum(-self.slope, 1e-300)
        by_value = jnp.minimum(VIOLATION_MARGIN, VALUE_MARGIN * self.start.violation / fall)
        switching = self.start.violation**SWITCH_VIOLATION_POWER / fall**SWITCH_VALUE_POWER
        bound = jnp.where(self.start.violation <= self.small, jnp.minimum(by_value, switching), by_value)
        least = jnp.maximum(SMALLEST_STEP, SMALLEST_STEP_SHARE * jnp.where(self.slope < 0, bound, VIOLATION_MARGIN))
        return jnp.where(self.free, SMALLEST_STEP, least)

    def judge(self, trial: Trial, length: Float[Array, ""]) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
        """Whether a trial point is accepted, and whether the filter must then grow.

        Source: Waechter and Biegler (2006), equations 18 to 20.
        """
        start = self.start
        rounding = VALUE_ROUNDING * jnp.maximum(1.0, jnp.abs(start.value))
        finite = jnp.isfinite(trial.violation) & jnp.isfinite(trial.value)
        fall = length * jnp.maximum(-self.slope, 0.0) ** SWITCH_VALUE_POWER
        value_step = (start.violation <= self.small) & (self.slope < 0) & (fall > start.violation**SWITCH_VIOLATION_POWER)
        armijo = trial.value <= start.value + ARMIJO * length * self.slope + rounding
        less_violation = trial.violation <= (1.0 - VIOLATION_MARGIN) * start.violation
        less_value = trial.value <= start.value - VALUE_MARGIN * start.violation + rounding
        progress = jnp.where(value_step, armijo, less_violation | less_value) & permits(self.filters, trial)
        return finite & (self.free | progress), ~(value_step & armijo) & ~self.free


def search(
    descent: Descent,
    evaluate: Callable[[Float[Array, ""], Step], tuple[Trial, Linearized]],
    correct: Callable[[Float[Array, ""], Linearized], Step],
    step: Step,
    largest: Float[Array, ""],
    begin: Linearized,
) -> Found:
    """Shortens the step until the filter accepts it; a free step only until the trial point is finite.

    `evaluate(length, step)` measures and linearizes a trial point; `correct(length, there)` makes the second-order correction, tried once,
    after a full step that did not lessen the violation. The plain step is taken up again if the corrected one fails. `begin` is what the
    search starts from.
    """
    smallest = descent.smallest_length() * largest

    def body(state: tuple[Array, Array, Array, Found]) -> tuple[Array, Array, Array, Found]:
        length, corrected, turn, before = state
        trial, there = evaluate(length, before.step)
        accepted, grow = descent.judge(trial, length)
        mend = (turn == 0) & ~descent.free & ~accepted & (trial.violation >= descent.start.violation)
        plain = jax.tree.map(lambda old, now: jnp.where(corrected & ~accepted, old, now), step, before.step)
        following = _once(mend, lambda: correct(length, there), plain)
        shorter = jnp.where(mend | accepted, length, CONTRACTION * length)
        return shorter, mend, turn + 1, Found(length, following, there, accepted, grow)

    def unfinished(state: tuple[Array, Array, Array, Found]) -> Array:
        length, corrected, turn, found = state
        return ~found.accepted & ((turn == 0) | corrected | (length >= smallest))

    no = jnp.zeros((), bool)
    first = (largest, no, jnp.zeros((), jnp.int32), Found(jnp.zeros(()), step, begin, no, no))
    return jax.lax.while_loop(unfinished, body, first)[3]


def first_finite(
    evaluate: Callable[[Float[Array, ""], Step], tuple[Trial, Linearized]], step: Step, largest: Float[Array, ""], begin: Linearized
) -> Found:
    """Shortens the step until the trial point is finite."""
    no = jnp.zeros((), bool)

    def body(state: tuple[Array, Found]) -> tuple[Array, Found]:
        length = state[0]
        trial, there = evaluate(length, step)
        accepted = jnp.isfinite(trial.violation) & jnp.isfinite(trial.value)
        return CONTRACTION * length, Found(length, step, there, accepted, no)

    def unfinished(state: tuple[Array, Found]) -> Array:
        return ~state[1].accepted & (state[0] >= SMALLEST_STEP * largest)

    return jax.lax.while_loop(unfinished, body, (largest, Found(jnp.zeros(()), step, begin, no, no)))[1]


def _once(wanted: Bool[Array, ""], made: Callable[[], Step], otherwise: Step) -> Step:
    """What is made where it is wanted. A loop of at most one turn: of many lanes, it costs nothing while none wants it."""
    return jax.lax.while_loop(lambda state: state[0], lambda state: (jnp.zeros_like(wanted), made()), (wanted, otherwise))[1]
