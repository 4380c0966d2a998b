"""The program as the solver sees it: rows and objective divided by their gradients, the affine rows as one matrix.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 3.8 (gradient-based scaling), here for every row and both ways.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import NonlinearProgram, bounds

LEAST_GRADIENT = 1e-2
LARGEST_OBJECTIVE_GRADIENT = 100.0
FIXED_WIDTH = 1e-12
HESSIAN_CHUNK = 1024


class Values(eqx.Module):
    """Objective, inequality rows (nonlinear first, then affine) and equality rows at a point, scaled."""

    objective: Float[Array, ""]
    rows: Float[Array, " row"]
    equality: Float[Array, " equality"]


class Gradients(eqx.Module):
    """Derivatives of the objective, the nonlinear inequality rows and the equality rows at a point, scaled."""

    objective: Float[Array, " n"]
    inequality: Float[Array, "inequality n"]
    equality: Float[Array, "equality n"]


class ScaledProgram(eqx.Module):
    """A nonlinear program in scaled rows, with everything that stays the same during one solve.

    `stacked` gives [objective, inequality, equality] unscaled; rows that are switched off (+inf at the start) read 1 and have no gradient.
    """

    stacked: Callable[[Any, Any], Any] = eqx.field(static=True)
    counts: tuple[int, int, int] = eqx.field(static=True)
    dynamic: Any
    args: Any
    lower: Float[Array, " n"]
    upper: Float[Array, " n"]
    free: Bool[Array, " n"]
    scale: Float[Array, " stack"]
    on: Bool[Array, " stack"]
    matrix: Float[Array, "affine n"]
    offset: Float[Array, " affine"]
    affine_scale: Float[Array, " affine"]
    affine_on: Bool[Array, " affine"]

    def curved(self, x: Float[Array, " n"]) -> Float[Array, " stack"]:
        """Scaled values of [objective, inequality, equality] at x."""
        raw = self.stacked(self.dynamic, (x, self.args))
        return jnp.where(self.on, raw * self.scale, 1.0)

    def split(self, stack: Float[Array, "stack *rest"]) -> tuple[Array, Array, Array]:
        """Cuts a stack into its objective, inequality and equality parts."""
        inequality = self.counts[0]
        return stack[0], stack[1 : 1 + inequality], stack[1 + inequality :]

    def values(self, x: Float[Array, " n"]) -> Values:
        """Values of everything at x."""
        objective, inequality, equality = self.split(self.curved(x))
        return Values(objective, jnp.concatenate([inequality, self.matrix @ x + self.offset]), equality)

    def linearized(self, x: Float[Array, " n"]) -> tuple[Values, Gradients]:
        """Values and first derivatives of everything at x."""
        stack, pullback = jax.vjp(self.curved, x)
        (rows,) = jax.vmap(pullback)(jnp.eye(stack.shape[0]))
        objective, inequality, equality = self.split(stack)
        gradients = Gradients(*self.split(rows))
        return Values(objective, jnp.concatenate([inequality, self.matrix @ x + self.offset]), equality), gradients

    def hessian(self, x: Float[Array, " n"], weights: Float[Array, " stack"]) -> Float[Array, "n n"]:
        """Second derivative of the weighted stack at x, symmetrized. Forward over reverse, one basis vector a lane."""
        gradient = jax.grad(lambda point: jnp.dot(weights, self.curved(point)))

        def column(direction: Array) -> Array:
            return jax.jvp(gradient, (x,), (direction,))[1]

        size = x.shape[0]
        basis = jnp.eye(size)
        dense = jax.vmap(column)(basis) if size <= HESSIAN_CHUNK else jax.lax.map(column, basis, batch_size=HESSIAN_CHUNK // 2)
        return 0.5 * (dense + dense.T)

    def unscaled(self, row_duals: Array, equality_duals: Array) -> tuple[Array, Array, Array]:
        """Prices of the rows in the program's own units: inequality, affine, equality."""
        inequality = self.counts[0]
        objective_scale, inequality_scale, equality_scale = self.split(self.scale)
        return (
            row_duals[:inequality] * inequality_scale / objective_scale,
            row_duals[inequality:] * self.affine_scale / objective_scale,
            equality_duals * equality_scale / objective_scale,
        )

    def scaled_duals(self, inequality: Array, affine: Array, equality: Array) -> tuple[Array, Array]:
        """The reverse of `unscaled`: prices of all inequality rows, and of the equality rows."""
        objective_scale, inequality_scale, equality_scale = self.split(self.scale)
        rows = jnp.concatenate([inequality / inequality_scale, affine / self.affine_scale]) * objective_scale
        return rows, equality * objective_scale / equality_scale


def _stacker(program: NonlinearProgram) -> tuple[Any, Callable[[Any, Any], Any]]:
    """Splits the program's functions into arrays and one pure function of (arrays, (x, args)) that is traced once."""
    functions = (program.objective, program.inequality, program.equality)
    dynamic, static = eqx.partition(functions, eqx.is_array)

    def stacked(arrays: Any, point: Any) -> Any:
        objective, inequality, equality = eqx.combine(arrays, static)
        x, args = point
        parts = [jnp.reshape(objective(x, args), (1,))]
        parts += [jnp.ravel(rows(x, args)) for rows in (inequality, equality) if rows is not None]
        return jnp.concatenate([jnp.asarray(part, jnp.float64) for part in parts])

    return dynamic, jax.jit(stacked)


def _row_scale(gradients: Float[Array, "row n"]) -> Float[Array, " row"]:
    """One over the largest entry of each row's gradient; gradients that are nearly zero or not finite are left nearly alone."""
    size = jnp.max(jnp.abs(gradients), axis=1, initial=0.0)
    return 1.0 / jnp.where(jnp.isfinite(size), jnp.maximum(size, LEAST_GRADIENT), 1.0)


def _objective_scale(gradient: Float[Array, " n"]) -> Float[Array, ""]:
    """Scale of the objective: small gradients are brought to one, large ones to a hundred, so that a steep start does not loosen the
    tolerance."""
    size = jnp.max(jnp.abs(gradient))
    wanted = jnp.where(size < 1.0, jnp.maximum(size, LEAST_GRADIENT), jnp.maximum(1.0, size / LARGEST_OBJECTIVE_GRADIENT))
    return 1.0 / jnp.where(jnp.isfinite(size), wanted, 1.0)


def _affine_rows(program: NonlinearProgram, x: Array, args: Any) -> tuple[Array, Array]:
    """Values and Jacobian of the affine rows, differentiated along their shorter side."""
    if program.affine is None:
        return jnp.zeros(0), jnp.zeros((0, x.shape[0]))
    affine = program.affine
    function = jax.jit(lambda point: jnp.ravel(affine(point, args)))
    value = function(x)
    jacobian = (jax.jacrev if value.shape[0] < x.shape[0] else jax.jacfwd)(function)(x)
    return value, jacobian


def _interior(x: Array, lower: Array, upper: Array) -> Array:
    """x moved between its bounds."""
    return jnp.clip(x, lower, jnp.maximum(lower, upper))


def scale_program(program: NonlinearProgram, x0: Float[Array, " n"], args: Any) -> ScaledProgram:
    """Prepares a program for one solve: bounds, masks, the affine matrix, and the scaling found at x0 moved between its bounds."""
    size = x0.shape[0]
    lower, upper = bounds(program, size)
    free = upper - lower > FIXED_WIDTH * jnp.maximum(1.0, jnp.abs(jnp.where(jnp.isfinite(lower), lower, 0.0)))
    x = _interior(x0, lower, upper)
    dynamic, stacked = _stacker(program)
    stack, pullback = jax.vjp(lambda point: stacked(dynamic, (point, args)), x)
    (slopes,) = jax.vmap(pullback)(jnp.eye(stack.shape[0]))
    rows = program.equality
    equality = 0 if rows is None else jax.eval_shape(lambda point: jnp.ravel(rows(point, args)), x).shape[0]
    value, matrix = _affine_rows(program, x, args)
    on, affine_on = ~jnp.isposinf(stack).at[0].set(False), ~jnp.isposinf(value)
    slopes = jnp.where(free[None, :], slopes, 0.0)
    affine_scale = _row_scale(jnp.where(free[None, :], matrix, 0.0))
    affine_scale = jnp.where(affine_on, affine_scale, 1.0)
    offset = jnp.where(affine_on, (value - matrix @ x) * affine_scale, 1.0)
    kept = jnp.where(affine_on[:, None], matrix * affine_scale[:, None], 0.0)
    return ScaledProgram(
        stacked=stacked,
        counts=(stack.shape[0] - 1 - equality, value.shape[0], equality),
        dynamic=dynamic,
        args=args,
        lower=lower,
        upper=upper,
        free=free,
        scale=jnp.where(on, _row_scale(slopes), 1.0).at[0].set(_objective_scale(slopes[0])),
        on=on,
        matrix=kept,
        offset=offset,
        affine_scale=affine_scale,
        affine_on=affine_on,
    )
