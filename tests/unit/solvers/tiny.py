"""A program of five variables in the solver's own scaling, made of numbers that all differ, and what follows from them in plain numpy.

Variables: a lower bound, an upper bound, both, none, and a fixed one. Rows: three curved (the second switched off), four affine (the third
switched off) and two equalities, all quadratic or affine, so that every derivative is known.
"""

import functools
from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.iterate import Iterate
from capexmodel.solvers.scaled import Linearized, ScaledProgram
from capexmodel.solvers.structure import Rows

FACTOR = 1.3
X = np.asarray([1.7, -0.4, 0.35, 2.2, 0.9])
FREE = np.asarray([True, True, True, True, False])
LOWER, UPPER = np.asarray([0.2, 0.0, -0.6, 0.0, 0.0]), np.asarray([0.0, 1.9, 1.1, 0.0, 0.0])
BOUNDED = np.asarray([True, False, True, False, False, False, True, True, False, False])
COUNTED = np.concatenate([np.full(7, True), BOUNDED])
SCALE = np.asarray([0.7, 1.6, 1.0, 0.45, 2.3, 0.8])
ON = np.asarray([True, True, False, True, True, True])
AFFINE_ON = np.asarray([True, True, False, True])
AFFINE_SCALE = np.asarray([0.6, 1.7, 1.0, 2.6])


@functools.cache
def quadratics() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Curvatures, slopes and constants of [objective, three inequality rows, two equality rows]; the objective is convex."""
    rng = np.random.default_rng(3)
    curvature = 0.3 * rng.standard_normal((6, 5, 5))
    curvature = curvature + curvature.transpose(0, 2, 1)
    curvature[0] = curvature[0] @ curvature[0] + 3.0 * np.eye(5)
    return curvature, rng.standard_normal((6, 5)), 0.5 + rng.random(6)


@functools.cache
def affine() -> tuple[np.ndarray, np.ndarray]:
    """Scaled matrix and offset of the affine rows; the one that is off reads 1 and has no gradient."""
    rng = np.random.default_rng(5)
    return np.where(AFFINE_ON[:, None], rng.standard_normal((4, 5)), 0.0), np.where(AFFINE_ON, 0.4 + rng.random(4), 1.0)


def _stacked(arrays: Any, point: Any) -> Any:
    """Unscaled values of the quadratics."""
    (curvature, slope, constant), (y, factor) = arrays, point
    return factor * (0.5 * (curvature @ y) @ y + slope @ y + constant)


@functools.cache
def program() -> ScaledProgram:
    """The program."""
    matrix, offset = affine()
    return ScaledProgram(
        stacked=_stacked,
        counts=(3, 4, 2),
        stages=None,
        dynamic=tuple(jnp.asarray(part) for part in quadratics()),
        args=jnp.asarray(FACTOR),
        lens=None,
        ridge=jnp.zeros(()),
        free=jnp.asarray(FREE),
        lower=jnp.asarray(LOWER),
        upper=jnp.asarray(UPPER),
        bounded=jnp.asarray(BOUNDED),
        empty=jnp.asarray(False),
        scale=jnp.asarray(SCALE),
        on=jnp.asarray(ON),
        matrix=Rows(jnp.asarray(matrix), (), ()),
        offset=jnp.asarray(offset),
        affine_scale=jnp.asarray(AFFINE_SCALE),
        affine_on=jnp.asarray(AFFINE_ON),
    )


@functools.cache
def bare() -> ScaledProgram:
    """The same objective of five free variables without a row or a bound."""
    whole, none = program(), jnp.zeros(0)
    fields = dict(vars(whole)) | {"counts": (0, 0, 0), "dynamic": tuple(part[:1] for part in whole.dynamic)}
    fields |= {"free": jnp.ones(5, bool), "lower": none, "upper": none, "bounded": jnp.zeros(0, bool), "scale": whole.scale[:1]}
    fields |= {"on": whole.on[:1], "matrix": Rows(jnp.zeros((0, 5)), (), ()), "offset": none, "affine_scale": none}
    return ScaledProgram(**fields | {"affine_on": jnp.zeros(0, bool)})


def linearized(x: np.ndarray = X) -> Linearized:
    """Values and first derivatives at x, by hand."""
    curvature, slope, constant = quadratics()
    matrix, offset = affine()
    stack = np.where(ON, SCALE * FACTOR * (0.5 * np.einsum("kij,i,j->k", curvature, x, x) + slope @ x + constant), 1.0)
    slopes = np.where(ON[:, None], SCALE[:, None] * FACTOR * (curvature @ x + slope), 0.0)
    parts = stack[0], np.concatenate([stack[1:4], matrix @ x + offset]), stack[4:], slopes[0], slopes[1:4], slopes[4:]
    return Linearized(*(jnp.asarray(part) for part in parts))


def hessian(weights: np.ndarray) -> np.ndarray:
    """Second derivative of the weighted stack."""
    return np.einsum("k,kij->ij", np.where(ON, weights * SCALE * FACTOR, 0.0), quadratics()[0])


def distances(x: np.ndarray = X) -> np.ndarray:
    """Distances from all bounds, 1 where there is none."""
    return np.where(BOUNDED, np.concatenate([x - LOWER, UPPER - x]), 1.0)


@functools.cache
def point() -> Iterate:
    """A point whose slacks and prices all differ; absent bounds have none."""
    rng = np.random.default_rng(7)
    slack = np.concatenate([0.3 + rng.random(7), distances()])
    price = np.where(COUNTED, 0.2 + rng.random(17), 0.0)
    return Iterate(jnp.asarray(X), jnp.asarray(slack), jnp.asarray(price), jnp.asarray([0.37, -0.62]))


def gradients(here: Linearized) -> np.ndarray:
    """Gradients of all limits, one below the other."""
    sides = np.concatenate([np.eye(5), -np.eye(5)]) * BOUNDED[:, None]
    return np.concatenate([np.asarray(here.jacobian), affine()[0], sides])


def newton_step(targets: np.ndarray, gap: np.ndarray | None = None, equality: np.ndarray | None = None, softness: float = 1e-11) -> tuple:
    """Changes of x, slacks, prices and equality prices that solve the whole linear system of the perturbed optimality conditions."""
    here, at = linearized(), point()
    grads, equal = gradients(here), np.asarray(here.equality_jacobian)
    slack, price, equality_price = (np.asarray(part) for part in (at.slack, at.price, at.equality_price))
    if gap is None:
        gap = np.concatenate([np.asarray(here.rows) - slack[:7], np.zeros(10)])
    equality = np.asarray(here.equality) if equality is None else equality
    whole = np.zeros((41, 41))
    whole[:5, :5] = hessian(np.concatenate([[1.0], -price[:3], -equality_price]))
    whole[:5, 22:39], whole[:5, 39:] = -grads.T, -equal.T
    whole[5:22, :5], whole[5:22, 5:22] = grads, -np.eye(17)
    whole[22:39, 5:22], whole[22:39, 22:39] = np.diag(price), np.diag(slack)
    whole[39:, :5], whole[39:, 39:] = equal, softness * np.eye(2)
    slope = np.asarray(here.slope) - grads.T @ price - equal.T @ equality_price
    right = np.concatenate([-slope, -gap, targets - slack * price, -equality])
    whole[4], right[4] = np.eye(41)[4], 0.0
    found = np.linalg.solve(whole, right)
    return found[:5], found[5:22], found[22:39], found[39:]


def longest(values: np.ndarray, changes: np.ndarray, share: float) -> float:
    """The longest step, at most 1, after which no value is less than 1 - share of itself."""
    return min([1.0, *(share * value / -change for value, change in zip(values, changes, strict=True) if change < 0)])


def predicted(aim: np.ndarray, share: float, floor: float) -> tuple[list, np.ndarray, float]:
    """A direction with its lengths, and the products of changes and the barrier parameter that follow from it."""
    slack, price = np.asarray(point().slack), np.asarray(point().price)
    x, slack_step, price_step, equality = newton_step(aim)
    length, price_length = longest(slack, slack_step, share), longest(price, price_step, share)
    mean = (slack * price)[COUNTED].sum() / 11
    after = ((slack + length * slack_step) * (price + price_length * price_step))[COUNTED].sum() / 11
    following = max(floor, mean * min(1.0, max(1e-6, (after / mean) ** 3)))
    second = np.where(COUNTED, following - np.clip(slack_step * price_step, -mean, mean), 0.0)
    return [x, slack_step, price_step, equality, length, price_length], second, following
