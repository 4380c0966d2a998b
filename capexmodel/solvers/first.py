"""The state before the first iteration, cold or from an earlier solution."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import Solution, Status
from capexmodel.solvers.limits import counted
from capexmodel.solvers.scaled import ScaledProgram
from capexmodel.solvers.start import PUSH, cold, warmed
from capexmodel.solvers.state import FREE, MONOTONE, State, choose, fresh_filter, slack_violation, true_violation

HISTORY = 4
WARM_PUSH_SHARE = 0.1


def push_of(warm: Bool[Array, ""], warm_barrier: Float[Array, ""]) -> Float[Array, ""]:
    """How far from its bounds a start is pushed: little where it is warm."""
    return jnp.where(warm, WARM_PUSH_SHARE * jnp.sqrt(warm_barrier), PUSH)


def first_state(
    program: ScaledProgram, x: Float[Array, " n"], begin: Solution, warm: Bool[Array, ""], barrier: Array, push: Array
) -> State:
    """The state before the first iteration at x, a point inside; where warm, begin's prices are used."""
    here = program.linearize(x)
    point = cold(program, here, x, barrier, push)
    point = choose(warm, warmed(program, point, begin.multipliers, barrier), point)
    finite = jnp.isfinite(here.objective) & jnp.all(jnp.isfinite(here.rows)) & jnp.all(jnp.isfinite(here.equality))
    status = jnp.where(finite, int(Status.RUNNING), int(Status.NUMERIC))
    zero, none = jnp.zeros(()), jnp.zeros((), jnp.int32)
    return State(
        point=point,
        here=here,
        barrier=barrier,
        phase=jnp.where(jnp.any(counted(program)) | (program.counts[2] > 0), FREE, MONOTONE).astype(jnp.int32),
        filters=fresh_filter(slack_violation(program, here, point.slack)),
        shift=zero,
        history=jnp.full(HISTORY, jnp.inf),
        switches=none,
        stuck=none,
        restorations=none,
        entry_violation=jnp.asarray(jnp.inf),
        first_objective=here.objective,
        status=jnp.where(program.empty, int(Status.INFEASIBLE), status).astype(jnp.int32),
        steps=none,
        errors=jnp.full(3, jnp.inf),
        inner_error=jnp.asarray(jnp.inf),
        checked_violation=true_violation(here),
        checked_step=none,
        mean_product=barrier,
    )
