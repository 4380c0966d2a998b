"""The program as the solver sees it: rows and objective divided by their gradients, the affine rows as one matrix.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 3.8 (gradient-based scaling), here for every row and both ways.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import Function, NonlinearProgram, bounds
from capexmodel.solvers.coloring import Map, staged_hessian, staged_slopes
from capexmodel.solvers.dense import Dense
from capexmodel.solvers.fronts import fronted
from capexmodel.solvers.lens import Lens, inner_of, lens_of
from capexmodel.solvers.linear_algebra import AbstractSymmetric
from capexmodel.solvers.staged_rows import StagedRows
from capexmodel.solvers.stages import Stages
from capexmodel.solvers.structure import Rows, rows_of, structure_of

LEAST_GRADIENT = 1e-2
LARGEST_OBJECTIVE_GRADIENT = 100.0
FIXED_WIDTH = 1e-12
HESSIAN_CHUNK = 1024


class Linearized(eqx.Module):
    """Values and first derivatives of everything at a point, scaled; `rows` are the nonlinear inequality rows, then the affine ones."""

    objective: Float[Array, ""]
    rows: Float[Array, " row"]
    equality: Float[Array, " equality"]
    slope: Float[Array, " n"]
    jacobian: Float[Array, "inequality n"] | StagedRows
    equality_jacobian: Float[Array, "equality n"]


class ScaledProgram(eqx.Module):
    """A nonlinear program in scaled rows, with everything that stays the same during one solve.

    `stacked` gives [objective, inequality, equality] unscaled, as functions of what is seen of x through the lens;
    `ridge` x'x is added to the objective. Rows that are switched off (+inf at the start) read 1 and have no gradient. `lower` and `upper`
    have no entries where a program has no bounds of the kind; `bounded` says which entries of both are bounds (zero where not), `empty`
    whether some variable has none to choose from.
    """

    stacked: Callable[[Any, Any], Any] = eqx.field(static=True)
    counts: tuple[int, int, int] = eqx.field(static=True)
    stages: Stages | None = eqx.field(static=True)
    dynamic: Any
    args: Any
    lens: Lens | None
    ridge: Float[Array, ""]
    free: Bool[Array, " n"]
    lower: Float[Array, " lower"]
    upper: Float[Array, " upper"]
    bounded: Bool[Array, " bound"]
    empty: Bool[Array, ""]
    scale: Float[Array, " stack"]
    on: Bool[Array, " stack"]
    matrix: Rows
    offset: Float[Array, " affine"]
    affine_scale: Float[Array, " affine"]
    affine_on: Bool[Array, " affine"]

    @property
    def walls(self) -> Float[Array, " bound"]:
        """All bounds, the lower ones first."""
        return jnp.concatenate([self.lower, self.upper])

    @property
    def row_count(self) -> int:
        """Inequality rows, nonlinear and affine."""
        return self.counts[0] + self.counts[1]

    def look(self, x: Float[Array, " n"]) -> Float[Array, " inner"]:
        """What the curved functions see of x."""
        return x if self.lens is None else self.lens(x)

    def seen(self, y: Float[Array, " inner"]) -> Float[Array, " stack"]:
        """Scaled values of [objective, inequality, equality] without the ridge, of what is seen of x."""
        return jnp.where(self.on, self.stacked(self.dynamic, (y, self.args)) * self.scale, 1.0)

    def split(self, stack: Float[Array, "stack *rest"]) -> tuple[Array, Array, Array]:
        """Cuts a stack into its objective, inequality and equality parts."""
        inequality = self.counts[0]
        return stack[0], stack[1 : 1 + inequality], stack[1 + inequality :]

    def linearize(self, x: Float[Array, " n"]) -> Linearized:
        """Values and first derivatives of everything at x."""
        if self.stages is not None:
            found = staged_slopes(self.seen, x, self.stages, self.counts[0])
            return Linearized(*self.split(found.stack), found.slope, found.jacobian, found.equality_jacobian)
        stack, pullback = jax.vjp(self.seen, self.look(x))
        (slopes,) = jax.vmap(pullback)(jnp.eye(stack.shape[0]))
        slopes = slopes if self.lens is None else slopes @ self.lens.matrix
        objective, inequality, equality = self.split(stack)
        slope, jacobian, equality_jacobian = self.split(slopes)
        if self.lens is not None:
            weight = self.scale[0] * self.ridge
            objective, slope = objective + weight * (x @ x), slope + 2.0 * weight * x
        rows = jnp.concatenate([inequality, self.matrix.whole @ x + self.offset])
        return Linearized(objective, rows, equality, slope, jacobian, equality_jacobian)

    def hessian(self, x: Float[Array, " n"], weights: Float[Array, " stack"]) -> AbstractSymmetric:
        """Second derivative of the weighted stack at x. Forward over reverse, one direction of what is seen a lane."""
        if self.stages is not None:
            return staged_hessian(lambda point: jnp.dot(weights, self.seen(point)), x, self.stages)
        y = self.look(x)
        gradient = jax.grad(lambda point: jnp.dot(weights, self.seen(point)))

        def column(direction: Array) -> Array:
            return jax.jvp(gradient, (y,), (direction,))[1]

        ridge = jnp.full(x.shape, 2.0 * weights[0] * self.scale[0] * self.ridge)
        if self.lens is not None and self.lens.curvature is not None:
            known, seen = self.lens.curvature, jax.vmap(column)(self.lens.curvature.directions)
            if self.lens.places is None or self.matrix.border is None:
                return Dense(known.congruence(seen, self.lens.matrix)).plus_diagonal(ridge)
            products = known.products(seen, self.lens.matrix)
            return fronted(products, self.lens.places, self.matrix.pieces, self.matrix.border).plus_diagonal(ridge)
        size = y.shape[0]
        basis = jnp.eye(size)
        dense = jax.vmap(column)(basis) if size <= HESSIAN_CHUNK else jax.lax.map(column, basis, batch_size=HESSIAN_CHUNK // 2)
        dense = 0.5 * (dense + dense.T)
        if self.lens is None:
            return Dense(dense)
        return Dense(self.lens.matrix.T @ (dense @ self.lens.matrix)).plus_diagonal(ridge)

    def unscaled(self, row_prices: Array, equality_prices: Array) -> tuple[Array, Array, Array]:
        """Prices of the rows in the program's own units: inequality, affine, equality."""
        inequality = self.counts[0]
        objective_scale, inequality_scale, equality_scale = self.split(self.scale)
        return (
            row_prices[:inequality] * inequality_scale / objective_scale,
            row_prices[inequality:] * self.affine_scale / objective_scale,
            equality_prices * equality_scale / objective_scale,
        )

    def scaled_prices(self, inequality: Array, affine: Array, equality: Array) -> tuple[Array, Array]:
        """The reverse of `unscaled`: prices of all inequality rows, and of the equality rows."""
        objective_scale, inequality_scale, equality_scale = self.split(self.scale)
        rows = jnp.concatenate([inequality / inequality_scale, affine / self.affine_scale]) * objective_scale
        return rows, equality * objective_scale / equality_scale


def _counts(program: NonlinearProgram, x: Array, args: Any) -> tuple[int, int, int]:
    """How many inequality, affine and equality rows there are."""

    def count(rows: Function | None) -> int:
        return 0 if rows is None else jax.eval_shape(lambda point: jnp.ravel(rows(point, args)), x).shape[0]

    return count(program.inequality), count(program.affine), count(program.equality)


def _stacker(program: NonlinearProgram, inner: Function | None) -> tuple[Any, Callable[[Any, Any], Any]]:
    """Splits the program's functions into arrays and one pure function of (arrays, (y, args)) that is traced once."""
    functions = [f.outer if inner is not None else f for f in (program.objective, program.inequality, program.equality) if f is not None]
    dynamic, static = eqx.partition(functions, eqx.is_array)

    def stacked(arrays: Any, point: Any) -> Any:
        objective, *rows = eqx.combine(arrays, static)
        y, args = point
        parts = [jnp.reshape(objective(y, args), (1,)), *(jnp.ravel(row(y, args)) for row in rows)]
        return jnp.concatenate([jnp.asarray(part, jnp.float64) for part in parts])

    return dynamic, jax.jit(stacked)


def _row_scale(size: Float[Array, " row"]) -> Float[Array, " row"]:
    """One over the largest entry of each row's gradient; gradients that are nearly zero or not finite are left nearly alone."""
    return 1.0 / jnp.where(jnp.isfinite(size), jnp.maximum(size, LEAST_GRADIENT), 1.0)


def _objective_scale(size: Float[Array, ""]) -> Float[Array, ""]:
    """Scale of the objective, from its largest slope: small gradients are brought to one, large ones to a hundred, so that a steep start
    does not loosen the tolerance."""
    wanted = jnp.where(size < 1.0, jnp.maximum(size, LEAST_GRADIENT), jnp.maximum(1.0, size / LARGEST_OBJECTIVE_GRADIENT))
    return 1.0 / jnp.where(jnp.isfinite(size), wanted, 1.0)


def _sizes(gradients: Float[Array, "row n"], free: Bool[Array, " n"]) -> Float[Array, " row"]:
    """Largest entry of each gradient, in the free variables."""
    return jnp.max(jnp.abs(jnp.where(free[None, :], gradients, 0.0)), axis=1, initial=0.0)


def _opened(function: Map, x: Array, lens: Lens | None, ridge: Array, free: Array) -> tuple[Array, Array]:
    """The stack at x and the sizes of its gradients."""
    stack, pullback = jax.vjp(function, x if lens is None else lens(x))
    (slopes,) = jax.vmap(pullback)(jnp.eye(stack.shape[0]))
    slopes = slopes if lens is None else (slopes @ lens.matrix).at[0].add(2.0 * ridge * x)
    return stack, _sizes(slopes, free)


def _opened_by_stages(function: Map, x: Array, stages: Stages, counts: tuple[int, int, int], free: Array) -> tuple[Array, Array]:
    """The same of a program with stages.

    Raises: SolveError when the stages do not fit.
    """
    stages.fits(x.shape[0], counts[0], counts[1])
    found = staged_slopes(function, x, stages, counts[0])
    sizes = [_sizes(found.slope[None, :], free), found.jacobian.confined(free).largest(), _sizes(found.equality_jacobian, free)]
    return found.stack, jnp.concatenate(sizes)


def _affine_rows(program: NonlinearProgram, x: Array, args: Any) -> tuple[Array, Array]:
    """Values and Jacobian of the affine rows, differentiated along their shorter side."""
    if program.affine is None:
        return jnp.zeros(0), jnp.zeros((0, x.shape[0]))
    affine = program.affine
    function = jax.jit(lambda point: jnp.ravel(affine(point, args)))
    value = function(x)
    jacobian = (jax.jacrev if value.shape[0] < x.shape[0] else jax.jacfwd)(function)(x)
    return value, jacobian


def _bounds(program: NonlinearProgram, size: int) -> tuple[Array, Array, Array, Array, Array]:
    """Which variables are free, lower and upper bounds that bind something, which of them are bounds, whether any pair excludes all."""
    lower, upper = bounds(program, size)
    free = upper - lower > FIXED_WIDTH * jnp.maximum(1.0, jnp.abs(jnp.where(jnp.isfinite(lower), lower, 0.0)))
    sides, bounded = [], []
    for kind, given in ((lower, program.lower), (upper, program.upper)):
        there = jnp.zeros(0, bool) if given is None else jnp.isfinite(kind) & free
        bounded.append(there)
        sides.append(jnp.where(there, kind[: there.shape[0]], 0.0))
    return free, sides[0], sides[1], jnp.concatenate(bounded), jnp.any(lower > upper)


def scale_program(program: NonlinearProgram, x0: Float[Array, " n"], args: Any) -> ScaledProgram:
    """Prepares a program for one solve: bounds, masks, the affine matrix, and the scaling found at x0, which must be between its bounds."""
    free, lower, upper, bounded, empty = _bounds(program, x0.shape[0])
    x, stages = x0, program.stages
    inner = inner_of(program)
    dynamic, stacked = _stacker(program, inner)
    lens = None if inner is None else lens_of(program, x, args)
    ridge = jnp.zeros(()) if inner is None or program.objective.ridge is None else program.objective.ridge(args)
    value, matrix = _affine_rows(program, x, args)
    counts = _counts(program, x, args)
    both = (lambda point: stacked(dynamic, (point, args))), x
    stack, size = _opened(*both, lens, ridge, free) if stages is None else _opened_by_stages(*both, stages, counts, free)
    on, affine_on = ~jnp.isposinf(stack).at[0].set(False), ~jnp.isposinf(value)
    affine_scale = jnp.where(affine_on, _row_scale(_sizes(matrix, free)), 1.0)
    kept = jnp.where(affine_on[:, None], matrix * affine_scale[:, None], 0.0)
    return ScaledProgram(
        stacked=stacked,
        counts=counts,
        stages=stages,
        dynamic=dynamic,
        args=args,
        lens=lens,
        ridge=ridge,
        free=free,
        lower=lower,
        upper=upper,
        bounded=bounded,
        empty=empty,
        scale=jnp.where(on, _row_scale(size), 1.0).at[0].set(_objective_scale(size[0])),
        on=on,
        matrix=rows_of(kept, *structure_of(program.affine)),
        offset=jnp.where(affine_on, (value - matrix @ x) * affine_scale, 1.0),
        affine_scale=affine_scale,
        affine_on=affine_on,
    )
