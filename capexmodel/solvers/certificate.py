"""Judges a point and its prices against the optimality conditions, trusting no solver.

Shares no search with any solver: its own Jacobians, its own residuals, its own scaling, straight from the program's functions; of a
program with stages, row gradients are measured by them (`check_stages` tells whether they are there). A certificate
of a first-order point proves a local candidate: `second_order` tells whether it is a strict local minimum, `duality_gap` how far it may be
from the global one.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., theorem 12.1 (Karush-Kuhn-Tucker conditions) and definition 12.5 (strict
complementarity).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.solvers.base import Certificate, Function, Multipliers, NonlinearProgram, Solution
from capexmodel.solvers.coloring import staged_rows
from capexmodel.solvers.stages import Stages

LEAST_ROW_GRADIENT = 1e-2
ACTIVE_WITHIN = 1e-6


class _Block(eqx.Module):
    """One block of rows: values, prices, the size of each row's gradient, and the rows' share of the Lagrangian's gradient."""

    value: Float[Array, " row"]
    price: Float[Array, " row"]
    gradient_size: Float[Array, " row"]
    pull: Float[Array, " n"]


def _block(function: Function | None, x: Array, price: Array, args: Any) -> _Block:
    """Values and gradients of one block of rows; rows that are switched off (+inf) count as satisfied and without gradient."""
    if function is None:
        return _Block(jnp.zeros(0), jnp.zeros(0), jnp.zeros(0), jnp.zeros_like(x))
    value = jnp.ravel(function(x, args))
    jacobian = jax.jacrev(lambda point: jnp.ravel(function(point, args)))(x)
    jacobian = jnp.where(jnp.isposinf(value)[:, None], 0.0, jacobian)
    return _Block(value, price, jnp.max(jnp.abs(jacobian), axis=1, initial=0.0), price @ jacobian)


def _staged_block(function: Function, x: Array, price: Array, args: Any, stages: Stages) -> _Block:
    """The same for rows that come stage by stage: the pull by one reverse pass, whatever was declared; only sizes trust the stages."""
    value, pullback = jax.vjp(lambda point: jnp.ravel(function(point, args)), x)
    rest = jax.jacrev(lambda point: jnp.ravel(function(point, args))[stages.count * stages.rows :])(x)
    sizes = staged_rows(lambda point: jnp.ravel(function(point, args)), x, stages, rest).largest()
    off = jnp.isposinf(value)
    return _Block(value, price, jnp.where(off, 0.0, sizes), pullback(jnp.where(off, 0.0, price))[0])


def _bound_block(distance: Array, price: Array, sign: float) -> _Block:
    """A block of bounds: distances, prices, gradients of size one."""
    return _Block(distance, price, jnp.ones_like(price), sign * price)


def _blocks(program: NonlinearProgram, x: Array, multipliers: Multipliers, args: Any) -> tuple[_Block, _Block, _Block, _Block, _Block]:
    """Inequality, affine and equality rows, lower and upper bounds."""
    lower = jnp.broadcast_to(-jnp.inf if program.lower is None else program.lower, x.shape)
    upper = jnp.broadcast_to(jnp.inf if program.upper is None else program.upper, x.shape)
    rows, stages = program.inequality, program.stages
    if rows is not None and stages is not None:
        inequality = _staged_block(rows, x, multipliers.inequality, args, stages)
    else:
        inequality = _block(rows, x, multipliers.inequality, args)
    return (
        inequality,
        _block(program.affine, x, multipliers.affine, args),
        _block(program.equality, x, multipliers.equality, args),
        _bound_block(x - lower, multipliers.lower, 1.0),
        _bound_block(upper - x, multipliers.upper, -1.0),
    )


def _largest(values: Array) -> Array:
    """Largest entry that is not negative; zero for none; NaN stays NaN."""
    return jnp.max(jnp.maximum(values, 0.0), initial=0.0)


def _scaled_values(block: _Block) -> Array:
    """Row values divided by the size of their gradients: about the distance to the row's surface."""
    return block.value / jnp.maximum(LEAST_ROW_GRADIENT, block.gradient_size)


def _product(block: _Block) -> Array:
    """Price times value, zero where a row or bound is infinitely far away and has no price."""
    return jnp.where(block.price == 0.0, 0.0, jnp.abs(block.price * block.value))


def _margins(block: _Block, size: Array) -> Array:
    """The larger of scaled slack and scaled price of each row."""
    return jnp.maximum(_scaled_values(block), block.price * block.gradient_size / size)


def _active_count(block: _Block) -> Array:
    """Number of rows that hold with equality."""
    return jnp.sum(jnp.abs(_scaled_values(block)) <= ACTIVE_WITHIN)


@eqx.filter_jit
def certify(
    program: NonlinearProgram,
    x: Float[Array, " n"],
    multipliers: Multipliers,
    args: Any = None,
    least_gradient: float | Float[Array, ""] = 1.0,
) -> Certificate:
    """Recomputes every optimality condition at x. `least_gradient` is the size below which a gradient of the objective counts as
    nothing."""
    value, slope = jax.value_and_grad(lambda point: jnp.reshape(program.objective(point, args), ()))(x)
    inequality, affine, equality, below, above = _blocks(program, x, multipliers, args)
    one_sided = (inequality, affine, below, above)
    blocks = (*one_sided, equality)
    rest = slope - sum((block.pull for block in blocks), jnp.zeros_like(x))
    terms = [_largest(jnp.abs(block.price) * block.gradient_size) for block in blocks]
    size = jnp.max(jnp.stack([jnp.asarray(least_gradient, x.dtype), jnp.max(jnp.abs(slope)), *terms]))
    stationarity = jnp.max(jnp.abs(rest)) / size
    sign = _largest(jnp.concatenate([-block.price * block.gradient_size for block in one_sided])) / size
    complementarity = _largest(jnp.concatenate([_product(block) for block in one_sided])) / size
    scaled = _largest(jnp.concatenate([*(-_scaled_values(block) for block in one_sided), jnp.abs(_scaled_values(equality))]))
    margins = [_margins(block, size) for block in (inequality, affine)]
    fixed = below.value + above.value == 0.0
    margins += [jnp.where(fixed, jnp.inf, _margins(block, size)) for block in (below, above)]
    return Certificate(
        value=value,
        kkt_error=jnp.max(jnp.stack([stationarity, scaled, sign, complementarity])),
        stationarity=stationarity,
        inequality_violation=_largest(-inequality.value),
        affine_violation=_largest(-affine.value),
        equality_violation=_largest(jnp.abs(equality.value)),
        bound_violation=jnp.maximum(_largest(-below.value), _largest(-above.value)),
        scaled_violation=scaled,
        dual_sign_violation=sign,
        complementarity=complementarity,
        active_inequality_count=_active_count(inequality),
        active_affine_count=_active_count(affine),
        active_bound_count=_active_count(below) + _active_count(above),
        strict_complementarity_margin=jnp.min(jnp.concatenate(margins), initial=jnp.inf),
    )


def judged(program: NonlinearProgram, found: Solution, args: Any) -> Solution:
    """A solution with its certificate."""
    return eqx.tree_at(lambda solution: solution.certificate, found, certify(program, found.x, found.multipliers, args))
