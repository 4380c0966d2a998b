"""From the last state of the loop to a solution in the program's own units."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import Errors, Multipliers, Solution, Status
from capexmodel.solvers.iterate import stationarity
from capexmodel.solvers.scaled import ScaledProgram
from capexmodel.solvers.state import RESTORE, State, true_violation


def solution_of(program: ScaledProgram, state: State, tolerance: Float[Array, ""]) -> Solution:
    """Unscales the point and its prices, prices fixed variables, and names how the search ended.

    A search that ran out of steps or precision at a feasible point is FEASIBLE_NOT_PROVEN. The prices of an infeasible program are those
    of its least violation.
    """
    point, size, rows = state.point, state.point.x.shape[0], program.row_count
    normal = state.phase != RESTORE
    rest = stationarity(program, state.here, point) - jnp.where(normal, 0.0, state.here.slope)
    scale = program.scale[0]
    lower, upper = (
        jnp.where(program.free, jnp.zeros(size) if wall.shape[0] == 0 else wall, fixed)
        for wall, fixed in (
            (point.price[rows : rows + program.lower.shape[0]], jnp.maximum(rest, 0.0)),
            (point.price[rows + program.lower.shape[0] :], jnp.maximum(-rest, 0.0)),
        )
    )
    on = jnp.concatenate([program.on[1 : 1 + program.counts[0]], program.affine_on])
    inequality, affine, equality = program.unscaled(jnp.where(on, point.price[:rows], 0.0), point.equality_price)
    feasible = true_violation(state.here) <= tolerance
    running = jnp.where(feasible, int(Status.FEASIBLE_NOT_PROVEN), int(Status.MAX_ITER))
    ended = jnp.where(state.status == Status.RUNNING, running, state.status)
    ended = jnp.where((ended == Status.NUMERIC) & feasible, int(Status.FEASIBLE_NOT_PROVEN), ended)
    return Solution(
        x=point.x,
        value=state.here.objective / scale,
        multipliers=Multipliers(inequality, affine, equality, lower / scale, upper / scale),
        status=ended.astype(jnp.int32),
        steps=state.steps,
        errors=Errors(*state.errors),
    )
