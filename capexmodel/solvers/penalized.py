"""A nonlinear program as its augmented Lagrangian: rows and objective in scaled units, prices and penalty as arguments.

Shares no code with the interior point, so that the two can bear witness for one another.
Leaves out: structure of the rows; every row is differentiated as if it were dense.

Source: Birgin and Martinez, Practical Augmented Lagrangian Methods for Constrained Optimization (2014), equation (4.3) (after Powell,
Hestenes and Rockafellar); Nocedal and Wright, Numerical Optimization, 2nd ed., section 17.4.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import Multipliers, NonlinearProgram, Solution, bounds

LEAST_GRADIENT = 1e-6
"""Size at the start below which a gradient says nothing about the scale of its row."""
LEAST_LENGTH = 1e-3
"""Length of a scaled row's gradient below which its value is no longer a distance."""
UNIT_GRADIENT = 1.0
"""Gradients of the objective are measured against this, or against the one at the start where that is smaller."""


class Rows(eqx.Module):
    """Something of every row: all inequality rows (nonlinear first, then affine), and the equality rows."""

    one_sided: Float[Array, "row *n"]
    equality: Float[Array, "equality *n"]


class Terms(eqx.Module):
    """What the augmented Lagrangian depends on besides the point. `weight` 0 leaves the objective out."""

    prices: Rows
    penalty: Float[Array, ""]
    weight: Float[Array, ""]


class Penalized(eqx.Module):
    """A program in scaled rows. One-sided rows that were +inf at the start are off: they read 1 and have no gradient.

    `start` is where the search begins, between the bounds; `curved` gives [objective, inequality, equality] unscaled as one function that
    is traced once; `least_gradient` is the size, in scaled units, below which a gradient of the Lagrangian counts as nothing.
    """

    curved: Callable[[Any, Any, Any], Any] = eqx.field(static=True)
    counts: tuple[int, int] = eqx.field(static=True)
    dynamic: Any
    args: Any
    start: Float[Array, " n"]
    lower: Float[Array, " n"]
    upper: Float[Array, " n"]
    matrix: Float[Array, "affine n"]
    offset: Float[Array, " affine"]
    on: Bool[Array, " row"]
    scale: Rows
    objective_scale: Float[Array, ""]
    least_gradient: Float[Array, ""]

    def values(self, x: Float[Array, " n"]) -> tuple[Float[Array, ""], Rows]:
        """The scaled objective and rows."""
        objective, one_sided, equality = _split(self.curved(self.dynamic, x, self.args), self.matrix @ x + self.offset, self.counts)
        one_sided = jnp.where(self.on, one_sided * self.scale.one_sided, 1.0)
        return self.objective_scale * objective, Rows(one_sided, self.scale.equality * equality)

    def lagrangian(self, x: Float[Array, " n"], terms: Terms) -> Float[Array, ""]:
        """The augmented Lagrangian, up to a constant. Its gradient is that of the Lagrangian at the prices of `repriced`."""
        objective, rows = self.values(x)
        pressed = self.repriced(rows, terms)
        squares = jnp.sum(pressed.one_sided**2) + jnp.sum(pressed.equality**2)
        return jnp.where(terms.weight > 0, objective, 0.0) + 0.5 * squares / terms.penalty

    def repriced(self, rows: Rows, terms: Terms) -> Rows:
        """Prices after one minimization: first-order update, never negative for one-sided rows."""
        one_sided = jnp.maximum(terms.prices.one_sided - terms.penalty * rows.one_sided, 0.0)
        return Rows(jnp.where(self.on, one_sided, 0.0), terms.prices.equality - terms.penalty * rows.equality)

    def priced(self, given: Multipliers) -> Rows:
        """Prices in the program's own units as scaled ones."""
        one_sided = jnp.concatenate([given.inequality, given.affine]) / self.scale.one_sided
        return Rows(jnp.maximum(one_sided * self.objective_scale, 0.0), given.equality / self.scale.equality * self.objective_scale)

    def unpriced(self, prices: Rows, gradient: Float[Array, " n"], x: Float[Array, " n"]) -> Multipliers:
        """Scaled prices in the program's own units; the gradient of the Lagrangian prices the bounds that hold."""
        one_sided = prices.one_sided * self.scale.one_sided / self.objective_scale
        count = one_sided.shape[0] - self.offset.shape[0]
        slope = gradient / self.objective_scale
        return Multipliers(
            inequality=one_sided[:count],
            affine=one_sided[count:],
            equality=prices.equality * self.scale.equality / self.objective_scale,
            lower=jnp.where(x <= self.lower, jnp.maximum(slope, 0.0), 0.0),
            upper=jnp.where(x >= self.upper, jnp.maximum(-slope, 0.0), 0.0),
        )


def _stacker(program: NonlinearProgram) -> tuple[Any, Callable[[Any, Any, Any], Any]]:
    """Splits the program's curved functions into their arrays and one pure function that is traced once."""
    functions = [function for function in (program.objective, program.inequality, program.equality) if function is not None]
    dynamic, static = eqx.partition(functions, eqx.is_array)

    def curved(arrays: Any, x: Any, args: Any) -> Any:
        return jnp.concatenate([jnp.asarray(jnp.ravel(function(x, args)), jnp.float64) for function in eqx.combine(arrays, static)])

    return dynamic, jax.jit(curved)


def _split(curved: Array, affine: Array, counts: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Objective, all one-sided rows, equality rows; of values or of their gradients."""
    inequality = counts[0]
    return curved[0], jnp.concatenate([curved[1 : 1 + inequality], affine]), curved[1 + inequality :]


def _length(slopes: Array) -> Array:
    """Lengths of gradients."""
    return jnp.sqrt(jnp.sum(slopes**2, axis=-1))


def _scale(length: Array) -> Array:
    """One over a length; one where there is none to speak of."""
    return jnp.where((length > LEAST_GRADIENT) & jnp.isfinite(length), 1.0 / length, 1.0)


def _affine(program: NonlinearProgram, x: Array, args: Any) -> tuple[Array, Array]:
    """Values and matrix of the affine rows."""
    affine = program.affine
    if affine is None:
        return jnp.zeros(0), jnp.zeros((0, x.shape[0]))
    return jnp.ravel(affine(x, args)), jax.jacrev(lambda point: jnp.ravel(affine(point, args)))(x)


def penalize(program: NonlinearProgram, begin: Solution, args: Any) -> Penalized:
    """Prepares a program for one solve, with the scaling found at the start moved between the bounds."""
    lower, upper = bounds(program, begin.x.shape[0])
    x = jnp.clip(begin.x, lower, jnp.maximum(lower, upper))
    dynamic, curved = _stacker(program)
    counts = begin.multipliers.inequality.shape[0], begin.multipliers.equality.shape[0]
    affine, matrix = _affine(program, x, args)
    _, one_sided, _ = _split(curved(dynamic, x, args), affine, counts)
    slopes = _split(jax.jacrev(lambda point: curved(dynamic, point, args))(x), matrix, counts)
    slope, *row_slopes = (jnp.where(lower < upper, slope, 0.0) for slope in slopes)
    on, affine_on = ~jnp.isposinf(one_sided), ~jnp.isposinf(affine)
    scale = Rows(*(_scale(_length(slopes)) for slopes in row_slopes))
    objective_scale = _scale(jnp.max(jnp.abs(slope), initial=0.0))
    return Penalized(
        curved=curved,
        counts=counts,
        dynamic=dynamic,
        args=args,
        start=x,
        lower=lower,
        upper=upper,
        matrix=jnp.where(affine_on[:, None], matrix, 0.0),
        offset=jnp.where(affine_on, affine - matrix @ x, 1.0),
        on=on,
        scale=Rows(jnp.where(on, scale.one_sided, 1.0), scale.equality),
        objective_scale=objective_scale,
        least_gradient=jnp.minimum(UNIT_GRADIENT * objective_scale, 1.0),
    )


class Look(eqx.Module):
    """Everything at a point to first order: scaled objective and rows, their gradients, and the lengths of the rows' gradients."""

    objective: Float[Array, ""]
    rows: Rows
    slope: Float[Array, " n"]
    slopes: Rows
    lengths: Rows

    def gradient(self, prices: Rows, weight: Float[Array, ""]) -> Float[Array, " n"]:
        """Gradient of the Lagrangian."""
        return weight * self.slope - prices.one_sided @ self.slopes.one_sided - prices.equality @ self.slopes.equality


def look(program: Penalized, x: Float[Array, " n"]) -> Look:
    """Values and gradients at a point. No length is below a least one: a row divided by its length is about a distance."""
    (slope, slopes), (objective, rows) = jax.jacrev(lambda point: (program.values(point),) * 2, has_aux=True)(x)
    lengths = jax.tree.map(lambda one: jnp.maximum(_length(one), LEAST_LENGTH), slopes)
    return Look(objective, rows, slope, slopes, lengths)
