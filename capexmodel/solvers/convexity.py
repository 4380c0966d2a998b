"""Tries to refute that a program is convex, by the curvature of its functions at random points of its box.

One point with curvature of the wrong sign refutes a declaration for good; that none was found is evidence, not proof.

Source: Boyd and Vandenberghe, Convex Optimization (2004), sections 3.1.4 (second-order conditions) and 4.2.1 (convex programs).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import NonlinearProgram, bounds
from capexmodel.solvers.lagrangian import objective_value, row_values

SAMPLES = 20
"""Points looked at where nobody asks for more."""
WITHIN = 1.0
"""Distance from the point at hand, in each variable, within which the box is looked at where nobody asks for more."""
ROUNDING = 1e-8
"""Curvature of the wrong sign, relative to slope and curvature of the function, that counts as rounding."""


class ConvexityCheck(eqx.Module):
    """The worst curvature of the wrong sign found in each kind of function, relative to its slope and its largest curvature; whether that
    refutes convexity, and the point where it was found.

    `refuted` False means only that the points looked at say nothing against it.
    """

    objective: Float[Array, ""]
    inequality: Float[Array, ""]
    affine: Float[Array, ""]
    equality: Float[Array, ""]
    refuted: Bool[Array, ""]
    witness: Float[Array, " n"]


@eqx.filter_jit
def check_convexity(
    program: NonlinearProgram,
    x: Float[Array, " n"],
    args: Any = None,
    samples: int = SAMPLES,
    within: float | Float[Array, ""] = WITHIN,
    seed: int = 0,
) -> ConvexityCheck:
    """Looks at the eigenvalues of every function's Hessian at x and at random points of the box, each entry at most `within` from x.

    Convex means: a convex objective, concave inequality rows, affine and equality rows without curvature. Takes a dense Hessian of every
    row, one point at a time.
    """
    lower, upper = bounds(program, x.shape[0])
    low, high = jnp.maximum(lower, x - within), jnp.minimum(upper, x + within)
    draws = jax.random.uniform(jax.random.key(seed), (samples, x.shape[0]), x.dtype)
    points = jnp.concatenate([x[None, :], low[None, :] + draws * (high - low)[None, :]])
    found = jax.lax.map(lambda point: _worst(program, point, args), points)
    worst = jnp.max(found, axis=0)
    witness = points[jnp.argmax(jnp.max(found, axis=1))]
    return ConvexityCheck(*worst, refuted=jnp.any(worst > ROUNDING), witness=witness)


def _worst(program: NonlinearProgram, x: Float[Array, " n"], args: Any) -> Float[Array, " four"]:
    """Worst relative curvature of the wrong sign at a point: of objective, inequality, affine and equality rows."""

    def everything(point: Array) -> tuple[Array, ...]:
        rows = row_values(program, point, args)
        return -objective_value(program, point, args)[None], *(jnp.where(jnp.isposinf(row), 0.0, row) for row in rows)

    slopes, hessians = jax.jacrev(everything)(x), jax.hessian(everything)(x)
    either = (False, False, True, True)
    return jnp.stack([_upward(*both) for both in zip(slopes, hessians, either, strict=True)])


def _upward(slopes: Float[Array, "row n"], hessians: Float[Array, "row n n"], either: bool) -> Float[Array, ""]:
    """Largest relative eigenvalue of any row's Hessian, or largest absolute one where either sign is wrong; zero without rows."""
    values = jnp.linalg.eigvalsh(hessians)
    size = jnp.maximum(jnp.max(jnp.abs(slopes), axis=1), jnp.max(jnp.abs(values), axis=1))
    wrong = jnp.max(jnp.abs(values) if either else values, axis=1)
    return jnp.max(wrong / jnp.where(size > 0.0, size, 1.0), initial=0.0)
