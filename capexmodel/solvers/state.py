"""What one iteration of the interior point hands to the next."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.filters import Filter, Trial, empty_filter
from capexmodel.solvers.iterate import Iterate
from capexmodel.solvers.scaled import Linearized, ScaledProgram

FREE, MONOTONE, RESTORE = 0, 1, 2
LARGEST_VIOLATION = 1e4


class State(eqx.Module):
    """Everything one iteration hands to the next. `phase` says what the next one does: a free step, a monotone one, or restoration."""

    point: Iterate
    here: Linearized
    barrier: Float[Array, ""]
    phase: Int[Array, ""]
    filters: Filter
    shift: Float[Array, ""]
    history: Float[Array, " recent"]
    switches: Int[Array, ""]
    stuck: Int[Array, ""]
    restorations: Int[Array, ""]
    entry_violation: Float[Array, ""]
    first_objective: Float[Array, ""]
    status: Int[Array, ""]
    steps: Int[Array, ""]
    errors: Float[Array, " three"]
    inner_error: Float[Array, ""]
    checked_violation: Float[Array, ""]
    checked_step: Int[Array, ""]
    mean_product: Float[Array, ""]


def choose(condition: Bool[Array, ""], yes: Any, no: Any) -> Any:
    """Picks one of two trees of the same shape."""
    return jax.tree.map(lambda a, b: a if a is b else jnp.where(condition, a, b), yes, no)


def measured(program: ScaledProgram, here: Linearized, slack: Float[Array, " limit"], barrier: Float[Array, ""]) -> Trial:
    """Violation (of rows with their slacks, and of equalities) and barrier value of a point."""
    return Trial(slack_violation(program, here, slack), here.objective - barrier * jnp.sum(jnp.log(slack)))


def slack_violation(program: ScaledProgram, here: Linearized, slack: Float[Array, " limit"]) -> Float[Array, ""]:
    """Sum of the distances of rows from their slacks and of equalities from zero."""
    return jnp.sum(jnp.abs(jnp.concatenate([here.rows - slack[: program.row_count], here.equality])))


def true_violation(here: Linearized) -> Float[Array, ""]:
    """Largest violation of any scaled row."""
    return jnp.max(jnp.concatenate([jnp.maximum(-here.rows, 0.0), jnp.abs(here.equality)]), initial=0.0)


def fresh_filter(violation: Float[Array, ""]) -> Filter:
    """An empty filter whose largest violation is well above the present one."""
    return empty_filter(LARGEST_VIOLATION * jnp.maximum(1.0, violation))
