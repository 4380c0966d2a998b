"""From the last state of the loop to a solution in the program's own units."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import Errors, Multipliers, Solution, Status
from capexmodel.solvers.iterate import stationarity
from capexmodel.solvers.scaled import ScaledProgram
from capexmodel.solvers.state import RESTORE, State, true_violation


def solution_of(program: ScaledProgram, state: State, tolerance: Float[Array, ""]) -> Solution:
    """Unscales the point and its prices, prices fixed variables, and names how the search ended.

    A search that ran out of steps or precision at a feasible point is FEASIBLE_NOT_PROVEN.
    """
    point = state.point
    normal = state.phase != RESTORE
    rest = stationarity(program, state.gradients, point, jnp.where(normal, 1.0, 0.0) * state.gradients.objective)
    scale = program.scale[0]
    lower_dual = jnp.where(program.free, point.lower_dual, jnp.maximum(rest, 0.0))
    upper_dual = jnp.where(program.free, point.upper_dual, jnp.maximum(-rest, 0.0))
    duals = jnp.where(jnp.concatenate([program.on[1 : 1 + program.counts[0]], program.affine_on]), point.dual, 0.0)
    inequality, affine, equality = program.unscaled(duals, point.equality_dual)
    feasible = true_violation(state.values) <= tolerance
    ended = state.status
    running = jnp.where(feasible, Status.FEASIBLE_NOT_PROVEN, Status.MAX_ITER)
    ended = jnp.where(ended == Status.RUNNING, running, ended)
    ended = jnp.where((ended == Status.NUMERIC) & feasible, Status.FEASIBLE_NOT_PROVEN, ended)
    return Solution(
        x=point.x,
        value=state.values.objective / scale,
        multipliers=Multipliers(inequality, affine, equality, lower_dual / scale, upper_dual / scale),
        status=ended.astype(jnp.int32),
        steps=state.steps,
        errors=Errors(*state.errors),
    )
