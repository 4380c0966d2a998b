"""A nonlinear program taken apart for solvers that are told about it in NumPy: start, bounds, affine rows as a matrix, curved rows.

Rows that are switched off (+inf at the start) are left out, as our own solver does.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.solvers import NonlinearProgram
from capexmodel.solvers.base import Function, bounds


@dataclasses.dataclass(frozen=True)
class Parts:
    """A program in parts: functions of (x, args), and the numbers read off it with the args it was taken apart with."""

    objective: Function
    inequality: Function
    equality: Function
    counts: tuple[int, int]
    matrix: np.ndarray
    offset: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    start: np.ndarray


def parts(program: NonlinearProgram, x0: Any, args: Any, varied: bool = False) -> Parts:
    """Take a program apart. Its functions know these args and look at no other, unless args are `varied`.

    Raises: ValueError when args are varied and rows are affine: they are read off only once.
    """
    start = jnp.asarray(x0, jnp.float64)
    lower, upper = bounds(program, start.size)
    (inequality, unequal), (equality, equal) = (standing(rows, start, args) for rows in (program.inequality, program.equality))
    affine, _ = standing(program.affine, start, args)
    matrix, offset = affine_map(lambda x: affine(x, args), start)
    if varied and offset.size:
        raise ValueError("other args would change the affine rows, which are read only once: declare them as curved")

    def told(function: Function) -> Function:
        return function if varied else lambda x, _: function(x, args)

    return Parts(
        objective=told(lambda x, given: jnp.reshape(program.objective(x, given), ())),
        inequality=told(inequality),
        equality=told(equality),
        counts=(unequal.size, equal.size),
        matrix=matrix,
        offset=offset,
        lower=np.asarray(lower),
        upper=np.asarray(upper),
        start=np.clip(np.asarray(start), lower, upper),
    )


def standing(rows: Function | None, x: Any, args: Any) -> tuple[Function, np.ndarray]:
    """The rows that are not switched off, as a function that leaves the others out, and where they stand."""
    if rows is None:
        return lambda x, args: jnp.zeros(0), np.arange(0)
    on = np.flatnonzero(~np.isposinf(np.asarray(jax.jit(lambda x: jnp.ravel(rows(x, args)))(x))))
    return lambda x, args: jnp.ravel(rows(x, args))[on], on


def affine_map(function: Callable[[Any], Any], x: Any) -> tuple[np.ndarray, np.ndarray]:
    """An affine function as a matrix and an offset."""
    value, matrix = jax.jit(lambda point: (function(point), jax.jacfwd(function)(point)))(x)
    return np.asarray(matrix), np.asarray(value - matrix @ x)
