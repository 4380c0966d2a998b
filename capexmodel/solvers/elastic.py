"""A program whose rows may be violated at a price: finds the least violation and so names the rows that conflict.

Each row gets one more variable, its violation >= 0, added to the row and priced in the objective; a row of infinite price stays hard (its
violation is fixed at zero). With the objective's weight at zero the solution is the least priced violation. Leaves out: elastic equality
rows and bounds.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., equation 17.26 (elastic mode); Chinneck, Feasibility and Infeasibility in
Optimization (2008), section 6.1 (elastic filter).
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import Function, NonlinearProgram, bounds

SPARE_VIOLATION = 1.0


class _Objective(eqx.Module):
    """Weighted objective plus the price of all violations."""

    inner: Function
    weight: Float[Array, ""]
    prices: Float[Array, " row"]

    def __call__(self, x: Any, args: Any) -> Any:
        """The objective at x with violations appended."""
        size = x.shape[0] - self.prices.shape[0]
        return self.weight * jnp.reshape(self.inner(x[:size], args), ()) + jnp.dot(self.prices, x[size:])


class _Rows(eqx.Module):
    """Rows plus their violations."""

    inner: Function
    first: int = eqx.field(static=True)
    count: int = eqx.field(static=True)
    total: int = eqx.field(static=True)

    def __call__(self, x: Any, args: Any) -> Any:
        """The rows at x with violations appended."""
        size = x.shape[0] - self.total
        return jnp.ravel(self.inner(x[:size], args)) + x[size + self.first : size + self.first + self.count]


class Parts(NamedTuple):
    """A softened point taken apart: the original variables, and the violation bought in each row."""

    x: Float[Array, " n"]
    inequality: Float[Array, " inequality"]
    affine: Float[Array, " affine"]


class Softened(eqx.Module):
    """A program with elastic rows, and the way there and back."""

    program: NonlinearProgram
    original: NonlinearProgram
    size: int = eqx.field(static=True)
    inequality_count: int = eqx.field(static=True)

    def lift(self, x: Float[Array, " n"], args: Any = None) -> Float[Array, " lifted"]:
        """A start for the softened program: x with violations large enough for every elastic row, kept within their bounds."""
        values = [jnp.ravel(rows(x, args)) for rows in (self.original.inequality, self.original.affine) if rows is not None]
        values = jnp.concatenate([jnp.zeros(0), *values])
        lower, upper = bounds(self.program, self.size + values.shape[0])
        return jnp.concatenate([x, jnp.clip(jnp.maximum(-values, 0.0) + SPARE_VIOLATION, lower[self.size :], upper[self.size :])])

    def split(self, x: Float[Array, " lifted"]) -> Parts:
        """The original variables and the violations of a point of the softened program."""
        first = self.size + self.inequality_count
        return Parts(x[: self.size], x[self.size : first], x[first:])


def soften(
    program: NonlinearProgram,
    size: int,
    weights_inequality: Float[Array, " inequality"] | None = None,
    weights_affine: Float[Array, " affine"] | None = None,
    objective_weight: float | Float[Array, ""] = 0.0,
) -> Softened:
    """Makes the rows of a program of `size` variables elastic at the given prices (inf: hard; None: the program has no such rows)."""
    prices = [jnp.zeros(0) if weights is None else jnp.asarray(weights, jnp.float64) for weights in (weights_inequality, weights_affine)]
    inequality_count, affine_count = prices[0].shape[0], prices[1].shape[0]
    price = jnp.concatenate(prices)
    soft = jnp.isfinite(price)
    total = inequality_count + affine_count
    lower, upper = bounds(program, size)

    def first_of(function: Function | None) -> Any:
        return None if function is None else _First(function, total)

    lifted = NonlinearProgram(
        objective=_Objective(program.objective, jnp.asarray(objective_weight, jnp.float64), jnp.where(soft, price, 0.0)),
        inequality=None if program.inequality is None else _Rows(program.inequality, 0, inequality_count, total),
        affine=None if program.affine is None else _Rows(program.affine, inequality_count, affine_count, total),
        equality=first_of(program.equality),
        lower=jnp.concatenate([lower, jnp.zeros(total)]),
        upper=jnp.concatenate([upper, jnp.where(soft, jnp.inf, 0.0)]),
        convex=program.convex,
    )
    return Softened(lifted, program, size, inequality_count)


class _First(eqx.Module):
    """A function of the original variables only."""

    inner: Function
    total: int = eqx.field(static=True)

    def __call__(self, x: Any, args: Any) -> Any:
        """The function at x without its violations."""
        return self.inner(x[: x.shape[0] - self.total], args)
