"""Newton's method for a smooth function in a box, as an optimistix minimizer: exact second derivatives, damped and projected.

A step minimizes the quadratic model over the variables that are not held at a bound; those that the step carries beyond a bound are held
there and the rest is solved again. Damping grows while a step does not do what the model promised, or the model is not convex, and fades
away otherwise, so that the last steps are Newton's own. The second derivative may jump: an augmented Lagrangian's does.
Leaves out: sparsity, saddle points with a gradient of exactly zero.

Source: Bertsekas, SIAM Journal on Control and Optimization 20 (1982) (projected Newton steps and the variables to hold); Nielsen, Damping
Parameter in Marquardt's Method, IMM-REP-1999-05, equation (2.4) (damping); Conn, Gould and Toint, Trust-Region Methods (2000), section
17.4.2 (rounding in the test of a step).
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.scipy.linalg
import optimistix as optx
from jaxtyping import Array, Bool, Float

FIRST_DAMPING = 1e-10
"""Damping to begin with, as a share of the largest second derivative: next to none. With ten thousand times as much a plan of
315 choices was led astray and took twice the steps; small programs took a tenth fewer."""
GROWTH = 4.0
"""Growth of the damping at the first failure; each further one doubles it."""
FADING = 0.1
"""The least share of the damping that one good step leaves: quick enough for a superlinear end."""
LEAST_DAMPING, MOST_DAMPING = 1e-18, 1e30
"""Range of the damping; beyond the largest one, no step helps."""
GOOD_ENOUGH = 1e-4
"""Share of the promised decrease that a step must reach."""
MOST_PEELS = 25
"""Solves within one step; each holds more variables at their bounds, and a step that holds too few is only clipped."""
ROUNDING = 10.0
"""Units of rounding by which the value of a function is uncertain."""
NEGLIGIBLE = 1e-16
"""Relative length of a step that changes nothing."""


class Local(eqx.Module):
    """A function's value and derivatives at a point."""

    value: Float[Array, ""]
    gradient: Float[Array, " n"]
    hessian: Float[Array, "n n"]


class NewtonState(eqx.Module):
    """What one step hands to the next: where it stands, the move to try, and what the model promises of it."""

    here: Local
    move: Float[Array, " n"]
    promise: Float[Array, ""]
    damping: Float[Array, ""]
    growth: Float[Array, ""]
    first: Bool[Array, ""]
    finished: Bool[Array, ""]


def projected_gradient(x: Array, gradient: Array, lower: Array, upper: Array) -> Float[Array, " n"]:
    """The gradient without the parts that push against a bound: zero at a stationary point of a function in a box."""
    pushed = ((x <= lower) & (gradient > 0)) | ((x >= upper) & (gradient < 0))
    return jnp.where(pushed, 0.0, gradient)


def _step(matrix: Array, gradient: Array, low: Array, high: Array) -> Float[Array, " n"]:
    """About the least of a quadratic model between low <= 0 <= high; NaN where the matrix is not positive definite."""
    pushed = ((low >= 0) & (gradient > 0)) | ((high <= 0) & (gradient < 0))

    def solved(held: Array, step: Array) -> tuple[Array, Array]:
        kept = jnp.where(held[:, None] | held[None, :], jnp.eye(held.size), matrix)
        right = jnp.where(held, step, -gradient - matrix @ jnp.where(held, step, 0.0))
        raw = jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(kept), True), right)
        return held | (raw < low) | (raw > high), jnp.clip(raw, low, high)

    def more(carry: tuple[Array, Array, Array, Array]) -> Array:
        before, held, _, count = carry
        return jnp.any(held != before) & (count < MOST_PEELS)

    def peel(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        _, held, step, count = carry
        return held, *solved(held, step), count + 1

    first = (pushed, *solved(pushed, jnp.zeros_like(gradient)), jnp.zeros((), int))
    return jax.lax.while_loop(more, peel, first)[2]


def _local(function: Callable[[Array], Array], x: Array) -> Local:
    """Value and derivatives, forward over reverse."""

    def slope(point: Array) -> tuple[Array, tuple[Array, Array]]:
        value, gradient = jax.value_and_grad(function)(point)
        return gradient, (value, gradient)

    hessian, (value, gradient) = jax.jacfwd(slope, has_aux=True)(x)
    return Local(value, gradient, 0.5 * (hessian + hessian.T))


class ProjectedNewton(optx.AbstractMinimiser):
    """Minimizes a function of a vector between the `lower` and `upper` of its options.

    Ends where the largest entry of the projected gradient is at most `atol` or no step helps, and at once where the value is below `floor`.
    `rtol` and `norm` belong to every optimistix solver; neither is used.
    """

    atol: Any
    floor: Any = -jnp.inf
    rtol: Any = 0.0
    norm: Callable[[Any], Any] = eqx.field(static=True, default=optx.max_norm)

    def init(self, fn: Any, y: Any, args: Any, options: dict[str, Any], f_struct: Any, aux_struct: Any, tags: Any) -> NewtonState:
        """Nothing known and no move: the first step looks at the start."""
        none, zero, yes = jnp.zeros_like(y), jnp.zeros((), y.dtype), jnp.asarray(True)
        return NewtonState(Local(zero, none, jnp.zeros((y.size, y.size))), none, zero, zero, jnp.asarray(GROWTH), yes, ~yes)

    def step(self, fn: Any, y: Any, args: Any, options: dict[str, Any], state: NewtonState, tags: Any) -> tuple[Any, NewtonState, Any]:
        """Judge the move; take it if it keeps enough of its promise; choose the next."""
        lower, upper, before = options["lower"], options["upper"], state.here
        there = jnp.clip(y + state.move, lower, upper)
        value, aux = fn(there, args)
        fuzz = ROUNDING * jnp.finfo(y.dtype).eps * jnp.maximum(1.0, jnp.abs(before.value))
        ratio = jnp.where(state.promise > -fuzz, (before.value - value + fuzz) / (jnp.maximum(state.promise, 0.0) + fuzz), -1.0)
        taken = state.first | ((ratio > GOOD_ENOUGH) & jnp.isfinite(value))
        y = jnp.where(taken, there, y)
        here = jax.lax.cond(taken, lambda: _local(lambda point: fn(point, args)[0], there), lambda: before)
        fade = jnp.clip(1.0 - (2.0 * ratio - 1.0) ** 3, FADING, 2.0)
        damping = jnp.where(state.first, FIRST_DAMPING * jnp.max(jnp.abs(here.hessian), initial=0.0), state.damping)
        damping = jnp.clip(damping * jnp.where(state.first, 1.0, jnp.where(taken, fade, state.growth)), LEAST_DAMPING, 2 * MOST_DAMPING)
        growth = jnp.where(taken, GROWTH, 2.0 * state.growth)
        move = _step(here.hessian + damping * jnp.eye(y.size), here.gradient, lower - y, upper - y)
        promise = -(here.gradient @ move + 0.5 * move @ (here.hessian @ move))
        still = jnp.max(jnp.abs(move), initial=0.0) <= NEGLIGIBLE * jnp.maximum(1.0, jnp.max(jnp.abs(y), initial=0.0))
        rest = jnp.max(jnp.abs(projected_gradient(y, here.gradient, lower, upper)), initial=0.0)
        finished = still | (damping > MOST_DAMPING) | ~(rest > self.atol) | ~(here.value > self.floor)
        return y, NewtonState(here, move, promise, damping, growth, jnp.asarray(False), finished), aux

    def terminate(self, fn: Any, y: Any, args: Any, options: dict[str, Any], state: NewtonState, tags: Any) -> tuple[Any, Any]:
        """Whether the last step was the last."""
        return state.finished, optx.RESULTS.successful

    def postprocess(self, fn: Any, y: Any, aux: Any, args: Any, options: dict[str, Any], state: Any, tags: Any, result: Any) -> Any:
        """Nothing to add."""
        return y, aux, {}
