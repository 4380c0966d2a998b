"""JAX functions written as CasADi expressions have the same values, gradients and second derivatives."""

from collections.abc import Callable
from typing import Any

import casadi
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.case import ready
from benchmarks.expressions import UntranslatableError, expressions
from capexmodel.config import load

SIZE = 6
ROUNDING = 1e-12
"""Relative; both sides do the same arithmetic in another order."""
POINTS = [np.linspace(0.3, 1.7, SIZE), np.array([0.9, 0.2, 1.4, 0.7, 1.1, 0.5])]
TABLE = np.arange(12.0).reshape(3, 4) + 0.5


def decay(x: Any) -> Any:
    """A stock that decays and is added to, through a scan that runs backwards and keeps what it saw."""
    last, seen = jax.lax.scan(lambda c, u: (0.9 * c + u**1.5, (jnp.sum(c), u[0])), jnp.zeros(2), x.reshape(3, 2), reverse=True)
    return jnp.concatenate([last, *seen])


def chosen(x: Any) -> Any:
    """Branches by a number, by an index, and by the variables."""
    branch = jax.lax.cond(jnp.asarray(2) > 1, jnp.sin, jnp.cos, x)
    switched = jax.lax.switch(jnp.asarray(1), [jnp.exp, jnp.log, jnp.sqrt], x)
    return branch + switched + jnp.where(x > 0.8, x**2, jnp.log(x)) + jnp.clip(x, 0.4, 1.2)


def placed(x: Any) -> Any:
    """Rows gathered, scattered, added twice in one place, sliced at an index, updated, padded and turned round."""
    index = jnp.array([4, 0, 4])
    added = x.at[index].add(x[:3] ** 2).at[1].set(x[5])
    moved = jax.lax.dynamic_update_slice(added, x[:2] * 3.0, (jnp.asarray(2),))
    edge = jnp.pad(x[index], (1, 2)) * jax.lax.dynamic_slice(moved, (jnp.asarray(0),), (6,))
    outside = x.at[jnp.array([2, 9])].get(mode="fill", fill_value=0.5)
    return jnp.concatenate([jnp.flip(moved), edge, jnp.split(x, 2)[1], jnp.stack([x, moved]).T.ravel(), outside])


def summed(x: Any) -> Any:
    """Products over one, two and batch axes, and every kind of running total."""
    square = x.reshape(2, 3)
    batch = jnp.einsum("bi,bj->bij", square, square + 1.0)
    products = [square @ TABLE, jnp.einsum("bij,bi->bj", batch, square), (x @ x)[None], batch]
    totals = [jnp.cumsum(square, axis=1), jnp.cumprod(x), jax.lax.cummax(x, reverse=True), jnp.max(square, 0), jnp.min(x)[None]]
    return jnp.concatenate([jnp.ravel(part) for part in [*products, *totals, jnp.prod(square, 1), jnp.sum(batch, (0, 2))]])


def bent(x: Any) -> Any:
    """Functions of single numbers."""
    named = [jnp.tanh, jax.nn.sigmoid, jax.scipy.special.erf, jax.nn.softplus, jax.lax.rsqrt, jnp.log1p, jnp.expm1, jnp.cbrt, jnp.exp2]
    other = [jnp.square, jnp.abs, jnp.sign, jnp.arctan, jnp.sinh, jax.nn.relu, jax.checkpoint(jnp.cos), lambda a: a**-3, lambda a: 2.0**a]
    return jnp.concatenate(
        [function(x - 0.1) for function in [*named, *other]] + [x**0.7 / (1.0 + x), jnp.maximum(x, 1.0), jnp.minimum(x, x[::-1])]
    )


def looped(x: Any) -> Any:
    """Loops whose length is a number."""
    return (
        jax.lax.fori_loop(0, 3, lambda i, a: a * x[i] + 1.0, x)
        + jax.lax.while_loop(lambda c: c[0] < 4, lambda c: (c[0] + 1, c[1] * x), (0, x))[1]
    )


def assert_alike(function: Callable[[Any], Any], points: list[np.ndarray]) -> None:
    """Values, Jacobian and a second derivative, CasADi beside JAX."""
    symbols = casadi.SX.sym("x", points[0].size)
    rows = expressions(function, symbols)
    weights = np.cos(np.arange(rows.numel()))
    both = casadi.Function("both", [symbols], [rows, casadi.jacobian(rows, symbols), casadi.hessian(casadi.dot(rows, weights), symbols)[0]])

    def flat(x: Any) -> Any:
        return jnp.ravel(function(x))

    wanted = jax.jit(lambda x: (flat(x), jax.jacfwd(flat)(x), jax.jacfwd(jax.jacfwd(lambda y: flat(y) @ weights))(x)))
    for point in points:
        value, jacobian, hessian = (np.asarray(part) for part in both(point))
        for found, want in zip((value[:, 0], jacobian, hessian), wanted(jnp.asarray(point)), strict=True):
            np.testing.assert_allclose(found, want, rtol=ROUNDING, atol=ROUNDING * max(1.0, float(jnp.max(jnp.abs(want)))))


@pytest.mark.parametrize("function", [decay, chosen, placed, summed, bent, looped])
def test_expressions_have_the_values_and_derivatives_of_the_function(function: Callable[[Any], Any]) -> None:
    assert_alike(function, POINTS)


@pytest.mark.long
@pytest.mark.parametrize("name", ["one_period", "meta_2026"])
def test_the_curved_rows_of_shipped_scenarios_are_written_exactly(name: str) -> None:
    case = ready(load(name))
    program, given = case.program, case.given
    sums = np.asarray(program.objective.inner(jnp.asarray(case.start), given))
    assert_alike(lambda y: jnp.append(program.inequality.outer(y, given), program.objective.outer(y, given)), [sums, 1.1 * sums])


@pytest.mark.parametrize(
    ("function", "primitive"),
    [
        (lambda x: jnp.sort(x), "sort"),
        (lambda x: jax.lax.stop_gradient(x), "stop_gradient"),
        (lambda x: x[jnp.argmax(x)], "argmax"),
        (lambda x: jax.lax.while_loop(lambda a: a[0] < 2.0, lambda a: a * 1.5, x), "while"),
        (lambda x: jax.lax.cond(x[0] > 1.0, jnp.sin, jnp.cos, x), "cond"),
        (lambda x: jax.scipy.special.gammaln(x), "lgamma"),
    ],
)
def test_what_cannot_be_written_is_named(function: Callable[[Any], Any], primitive: str) -> None:
    with pytest.raises(UntranslatableError, match=f"primitive '{primitive}'"):
        expressions(function, casadi.SX.sym("x", SIZE))
