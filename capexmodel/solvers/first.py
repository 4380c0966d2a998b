"""The state before the first iteration, cold or from an earlier solution."""

import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.solvers.base import Solution, Status
from capexmodel.solvers.scaled import ScaledProgram
from capexmodel.solvers.start import PUSH, cold, inside, warmed
from capexmodel.solvers.state import State, fresh_filter, slack_violation

HISTORY = 4
WARM_PUSH_SHARE = 0.1


def first_state(program: ScaledProgram, x0: Array, warm: Solution | None, cold_barrier: Array, warm_barrier: Array) -> State:
    """The state before the first iteration, cold or warm."""
    barrier = cold_barrier if warm is None else warm_barrier
    push = jnp.asarray(PUSH) if warm is None else WARM_PUSH_SHARE * jnp.sqrt(warm_barrier)
    x = inside(program, x0 if warm is None else warm.x, push)
    values, gradients = program.linearized(x)
    point = cold(program, values, gradients, x, barrier, push)
    if warm is not None:
        prices = warm.multipliers
        rows, equality = program.scaled_duals(prices.inequality, prices.affine, prices.equality)
        scale = program.scale[0]
        point = warmed(program, point, rows, equality, prices.lower * scale, prices.upper * scale, barrier)
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
        entry_violation=zero,
        entry_barrier=zero,
        first_objective=values.objective,
        status=status.astype(jnp.int32),
        steps=none,
        errors=jnp.full(3, jnp.inf),
        inner_error=jnp.asarray(jnp.inf),
        mean_product=barrier,
    )
