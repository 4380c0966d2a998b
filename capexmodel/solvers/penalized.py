"""A nonlinear program as its augmented Lagrangian: rows and objective in scaled units, prices and penalty as arguments.

Shares no code with the interior point, so that the two can bear witness for one another.
Leaves out: structure of the rows; every row is differentiated as if it were dense.

Source: Birgin and Martinez, Practical Augmented Lagrangian Methods for Constrained Optimization (2014), equation (4.3) (after Powell,
Hestenes and Rockafellar); Nocedal and Wright, Numerical Optimization, 2nd ed., section 17.4.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import Function, Multipliers, NonlinearProgram, bounds

LEAST_GRADIENT = 1e-6
"""Size at the start below which a gradient says nothing about the scale of its row."""
LEAST_LENGTH = 1e-3
"""Length of a scaled row's gradient below which its value is no longer a distance."""
UNIT_GRADIENT = 1.0
"""Gradients of the objective are measured against this, or against the one at the start where that is smaller."""


class Rows(eqx.Module):
    """Scaled rows at a point, or their prices: all inequality rows (nonlinear first, then affine), and the equality rows."""

    one_sided: Float[Array, " row"]
    equality: Float[Array, " equality"]


class Terms(eqx.Module):
    """What the augmented Lagrangian depends on besides the point. `weight` 0 leaves the objective out."""

    prices: Rows
    penalty: Float[Array, ""]
    weight: Float[Array, ""]


class Penalized(eqx.Module):
    """A program in scaled rows. Rows that were +inf at the start are off: they read 1 and have no gradient.

    `least_gradient` is the size, in scaled units, below which a gradient of the Lagrangian counts as nothing.
    """

    program: NonlinearProgram
    args: Any
    lower: Float[Array, " n"]
    upper: Float[Array, " n"]
    matrix: Float[Array, "affine n"]
    offset: Float[Array, " affine"]
    on: Rows
    scale: Rows
    objective_scale: Float[Array, ""]
    least_gradient: Float[Array, ""]

    def objective(self, x: Float[Array, " n"]) -> Float[Array, ""]:
        """The scaled objective."""
        return self.objective_scale * _objective(self.program, x, self.args)

    def rows(self, x: Float[Array, " n"]) -> Rows:
        """The scaled rows."""
        curved = _curved(self.program.inequality, x, self.args)
        one_sided = jnp.concatenate([curved, self.matrix @ x + self.offset])
        equality = _curved(self.program.equality, x, self.args)
        return Rows(
            jnp.where(self.on.one_sided > 0, one_sided * self.scale.one_sided, 1.0),
            jnp.where(self.on.equality > 0, equality * self.scale.equality, 0.0),
        )

    def lengths(self, x: Float[Array, " n"]) -> Rows:
        """Lengths of the gradients of the scaled rows, none below a least one: a row divided by it is about a distance."""
        slopes = jax.jacrev(self.rows)(x)
        return jax.tree.map(lambda slope: jnp.maximum(jnp.sqrt(jnp.sum(slope**2, axis=-1)), LEAST_LENGTH), slopes)

    def lagrangian(self, x: Float[Array, " n"], terms: Terms) -> Float[Array, ""]:
        """The augmented Lagrangian, up to a constant. Its gradient is that of the Lagrangian at the prices of `repriced`."""
        pressed = self.repriced(self.rows(x), terms)
        squares = jnp.sum(pressed.one_sided**2) + jnp.sum(pressed.equality**2)
        return jnp.where(terms.weight > 0, self.objective(x), 0.0) + 0.5 * squares / terms.penalty

    def repriced(self, rows: Rows, terms: Terms) -> Rows:
        """Prices after one minimization: first-order update, never negative for one-sided rows."""
        one_sided = terms.prices.one_sided - terms.penalty * rows.one_sided
        equality = terms.prices.equality - terms.penalty * rows.equality
        return Rows(jnp.where(self.on.one_sided > 0, jnp.maximum(one_sided, 0.0), 0.0), equality)

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


def _objective(program: NonlinearProgram, x: Array, args: Any) -> Float[Array, ""]:
    """The objective as a scalar of 64 bits."""
    return jnp.asarray(jnp.reshape(program.objective(x, args), ()), jnp.float64)


def _curved(function: Function | None, x: Array, args: Any) -> Float[Array, " row"]:
    """Rows as a vector of 64 bits."""
    return jnp.zeros(0) if function is None else jnp.asarray(jnp.ravel(function(x, args)), jnp.float64)


def _rows(function: Function | None, x: Array, args: Any) -> tuple[Array, Array]:
    """Values and Jacobian of a block of rows."""
    if function is None:
        return jnp.zeros(0), jnp.zeros((0, x.shape[0]))
    return _curved(function, x, args), jax.jacrev(lambda point: _curved(function, point, args))(x)


def _scale(jacobian: Array, free: Bool[Array, " n"]) -> Array:
    """One over the length of each row's gradient in the free variables; rows without a gradient stay as they are."""
    length = jnp.sqrt(jnp.sum(jnp.where(free, jacobian, 0.0) ** 2, axis=-1))
    return jnp.where((length > LEAST_GRADIENT) & jnp.isfinite(length), 1.0 / length, 1.0)


def penalize(program: NonlinearProgram, x0: Float[Array, " n"], args: Any) -> Penalized:
    """Prepares a program for one solve, with the scaling found at x0 moved between its bounds."""
    lower, upper = bounds(program, x0.shape[0])
    x, free = jnp.clip(x0, lower, jnp.maximum(lower, upper)), lower < upper
    inequality, curved_slopes = _rows(program.inequality, x, args)
    affine, matrix = _rows(program.affine, x, args)
    equality, equality_slopes = _rows(program.equality, x, args)
    one_sided = jnp.concatenate([inequality, affine])
    on, affine_on = Rows(1.0 - jnp.isposinf(one_sided), 1.0 - jnp.isposinf(equality)), ~jnp.isposinf(affine)
    slope = jax.grad(lambda point: _objective(program, point, args))(x)
    size = jnp.max(jnp.where(free, jnp.abs(slope), 0.0), initial=0.0)
    objective_scale = jnp.where((size > LEAST_GRADIENT) & jnp.isfinite(size), 1.0 / size, 1.0)
    scale = Rows(_scale(jnp.concatenate([curved_slopes, matrix]), free), _scale(equality_slopes, free))
    return Penalized(
        program=program,
        args=args,
        lower=lower,
        upper=upper,
        matrix=jnp.where(affine_on[:, None], matrix, 0.0),
        offset=jnp.where(affine_on, affine - matrix @ x, 1.0),
        on=on,
        scale=Rows(jnp.where(on.one_sided > 0, scale.one_sided, 1.0), jnp.where(on.equality > 0, scale.equality, 1.0)),
        objective_scale=objective_scale,
        least_gradient=jnp.minimum(UNIT_GRADIENT * objective_scale, 1.0),
    )
