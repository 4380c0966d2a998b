"""What one iteration of the interior point hands to the next, and the objective of its phase."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.barrier import barrier_value, elastic_pair
from capexmodel.solvers.iterate import Iterate, room
from capexmodel.solvers.line_search import Filter, Trial, empty_filter
from capexmodel.solvers.scaled import Gradients, ScaledProgram, Values

FREE, MONOTONE, RESTORE = 0, 1, 2
LARGEST_VIOLATION = 1e4


class State(eqx.Module):
    """Everything one iteration hands to the next."""

    point: Iterate
    values: Values
    gradients: Gradients
    barrier: Float[Array, ""]
    phase: Int[Array, ""]
    filters: Filter
    shift: Float[Array, ""]
    history: Float[Array, " recent"]
    switches: Int[Array, ""]
    stuck: Int[Array, ""]
    restorations: Int[Array, ""]
    reference: Float[Array, " n"]
    entry_violation: Float[Array, ""]
    entry_barrier: Float[Array, ""]
    first_objective: Float[Array, ""]
    status: Int[Array, ""]
    steps: Int[Array, ""]
    errors: Float[Array, " three"]
    inner_error: Float[Array, ""]
    checked_violation: Float[Array, ""]
    checked_step: Int[Array, ""]
    mean_product: Float[Array, ""]


class Aim(eqx.Module):
    """The objective of the present phase at a point: its slope, the diagonal of its proximal term, and the weight of the program's
    objective."""

    slope: Float[Array, " n"]
    pull: Float[Array, " n"]
    weight: Float[Array, ""]


def choose(condition: Bool[Array, ""], yes: Any, no: Any) -> Any:
    """Picks one of two trees of the same shape."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)


def aim_of(program: ScaledProgram, state: State) -> Aim:
    """The program's objective, or, while restoring, only a weak pull towards the point where restoration began.

    Source: Waechter and Biegler, Mathematical Programming 106 (2006), equation 30.
    """
    restoring = state.phase == RESTORE
    weight = jnp.where(restoring, 0.0, 1.0)
    pull = jnp.where(restoring & program.free, state.barrier / jnp.maximum(1.0, jnp.abs(state.reference)) ** 2, 0.0)
    return Aim(weight * state.gradients.objective + pull * (state.point.x - state.reference), pull, weight)


def opened(point: Iterate, values: Values, barrier: Float[Array, ""]) -> Iterate:
    """The point with the best slacks and elastics for its values, as restoration begins."""
    slack, elastic = elastic_pair(values.rows, 1.0, barrier)
    equality_slack, equality_elastic = elastic_pair(values.equality, 2.0, barrier)
    changed = (slack, elastic, equality_slack, equality_elastic)
    return eqx.tree_at(lambda p: (p.slack, p.elastic, p.equality_slack, p.equality_elastic), point, changed)


def repaired(point: Iterate, values: Values, restoring: Bool[Array, ""]) -> Iterate:
    """While restoring, the point with curved rows' slacks or elastics enlarged so that value + elastic = slack holds exactly."""
    gap = values.rows - point.slack + point.elastic
    equality_gap = values.equality - point.equality_slack + point.equality_elastic
    changed = (
        point.slack + jnp.maximum(gap, 0.0),
        point.elastic + jnp.maximum(-gap, 0.0),
        point.equality_slack + jnp.maximum(equality_gap, 0.0),
        point.equality_elastic + jnp.maximum(-equality_gap, 0.0),
    )
    mended = eqx.tree_at(lambda p: (p.slack, p.elastic, p.equality_slack, p.equality_elastic), point, changed)
    return choose(restoring, mended, point)


def measured(program: ScaledProgram, state: State, pull: Array, point: Iterate, values: Values, barrier: Array) -> Trial:
    """Violation (of rows with their slacks, and of equalities) and barrier value of a point in the state's phase."""
    restoring = state.phase == RESTORE
    violation = jnp.where(restoring, 0.0, slack_violation(point, values))
    value = jnp.where(restoring, 0.0, values.objective) + 0.5 * jnp.sum(pull * (point.x - state.reference) ** 2)
    return Trial(violation, value + barrier_value(point, room(program, point.x), barrier, restoring))


def slack_violation(point: Iterate, values: Values) -> Float[Array, ""]:
    """Sum of the distances of rows from their slacks and of equalities from zero."""
    return jnp.sum(jnp.abs(jnp.concatenate([values.rows - point.slack, values.equality])))


def true_violation(values: Values) -> Float[Array, ""]:
    """Largest violation of any scaled row."""
    return jnp.max(jnp.concatenate([jnp.maximum(-values.rows, 0.0), jnp.abs(values.equality)]), initial=0.0)


def fresh_filter(violation: Float[Array, ""]) -> Filter:
    """An empty filter whose largest violation is well above the present one."""
    return empty_filter(LARGEST_VIOLATION * jnp.maximum(1.0, violation))
