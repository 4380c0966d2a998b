"""The state before the first iteration, cold or from an earlier solution."""

import jax.numpy as jnp
from jaxtyping import Array, Bool

from capexmodel.solvers.base import Solution, Status
from capexmodel.solvers.scaled import ScaledProgram
from capexmodel.solvers.start import PUSH, cold, inside, warmed
from capexmodel.solvers.state import State, choose, fresh_filter, slack_violation, true_violation

HISTORY = 4
WARM_PUSH_SHARE = 0.1


def first_state(program: ScaledProgram, begin: Solution, warm: Bool[Array, ""], cold_barrier: Array, warm_barrier: Array) -> State:
    """The state before the first iteration; where warm, begin's prices are used and little is pushed away from the bounds."""
    barrier = jnp.where(warm, warm_barrier, cold_barrier)
    push = jnp.where(warm, WARM_PUSH_SHARE * jnp.sqrt(warm_barrier), PUSH)
    x = inside(program, begin.x, push)
    values, gradients = program.linearized(x)
    point = cold(program, values, gradients, x, barrier, push)
    point = choose(warm, warmed(program, point, begin.multipliers, barrier), point)
    finite = jnp.isfinite(values.objective) & jnp.all(jnp.isfinite(values.rows)) & jnp.all(jnp.isfinite(values.equality))
    status = jnp.where(finite, Status.RUNNING, Status.NUMERIC)
    status = jnp.where(jnp.any(program.lower > program.upper), Status.INFEASIBLE, status)
    zero, none = jnp.zeros(()), jnp.zeros((), jnp.int32)
    return State(
        point=point,
        values=values,
        gradients=gradients,
        barrier=barrier,
        phase=none,
        filters=fresh_filter(slack_violation(point, values)),
        shift=zero,
        history=jnp.full(HISTORY, jnp.inf),
        switches=none,
        stuck=none,
        restorations=none,
        reference=x,
        entry_violation=jnp.asarray(jnp.inf),
        entry_barrier=zero,
        first_objective=values.objective,
        status=status.astype(jnp.int32),
        steps=none,
        errors=jnp.full(3, jnp.inf),
        inner_error=jnp.asarray(jnp.inf),
        checked_violation=true_violation(values),
        checked_step=none,
        mean_product=barrier,
    )
