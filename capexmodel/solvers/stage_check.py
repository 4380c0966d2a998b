"""Whether the stages that a program declares are there, by its dense derivatives at a random point.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., section 7.1 (sparsity patterns).
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.base import NonlinearProgram
from capexmodel.solvers.lagrangian import objective_value, row_values
from capexmodel.solvers.stages import Stages

NEARBY = 1e-2
"""How far from the given point, relative or absolute, the random point of a check lies: near enough for the functions to exist."""
ROUNDING = 1e-10
"""Share of a function's largest derivative below which another counts as none."""


def check_stages(program: NonlinearProgram, x: Float[Array, " n"], args: Any = None, seed: int = 0) -> None:
    """Compares the declared stages with dense derivatives at a random point near x: takes the work that stages save.

    Leaves out: proof; a function may reach further at other points.

    Raises: SolveError that names the first row or term that reaches beyond its stage, or what else does not fit.
    """
    stages = program.stages
    if stages is None:
        raise SolveError("the program declares no stages: nothing to check")
    point = _nearby(program, x, seed)
    rows = jax.eval_shape(lambda at: row_values(program, at, args), point)
    stages.fits(point.size, rows.inequality.size, rows.affine.size)
    owner = np.append(np.repeat(np.arange(stages.count), stages.size), np.full(stages.border, -1))
    slopes = np.asarray(jax.jit(jax.jacfwd(lambda at: row_values(program, at, args).inequality))(point))
    for row, slope in enumerate(slopes[: stages.count * stages.rows]):
        mine = row // stages.rows
        beyond = _large(slope) & (owner >= 0) & (owner != mine) & (owner != mine - 1)
        if beyond.any():
            far = int(np.argmax(beyond))
            raise SolveError(
                f"inequality row {row} (number {row % stages.rows} of stage {mine}) touches {_named(stages, far)}, "
                f"but may touch only stages {mine - 1} and {mine} and the border"
            )
    _check_curvature(program, stages, point, args, owner)


def _nearby(program: NonlinearProgram, x: Float[Array, " n"], seed: int) -> Float[Array, " n"]:
    """A random point near x, between the bounds."""
    moved = np.asarray(x) + NEARBY * np.maximum(1.0, np.abs(x)) * np.random.default_rng(seed).uniform(0.0, 1.0, np.shape(x))
    low, high = (bound if bound is None else np.asarray(bound) for bound in (program.lower, program.upper))
    return jnp.asarray(np.clip(moved, low, high))


def _check_curvature(program: NonlinearProgram, stages: Stages, x: Float[Array, " n"], args: Any, owner: np.ndarray) -> None:
    """Looks for stages that are not neighbors and that the objective, a long row or an equality row couples."""
    first = stages.count * stages.rows

    def functions(at: Array) -> Array:
        rows = row_values(program, at, args)
        return jnp.concatenate([objective_value(program, at, args)[None], rows.inequality[first:], rows.equality])

    apart = (np.abs(owner[:, None] - owner[None, :]) > 1) & (owner[:, None] >= 0) & (owner[None, :] >= 0)
    rest = jax.eval_shape(lambda at: row_values(program, at, args), x).inequality.size - first
    names = ["the objective", *(f"inequality row {first + row}" for row in range(rest))]
    for index, curvature in enumerate(np.asarray(jax.jit(jax.hessian(functions))(x))):
        coupled = _large(curvature) & apart
        if coupled.any():
            name = names[index] if index < len(names) else f"equality row {index - len(names)}"
            one, other = np.argwhere(coupled)[0]
            raise SolveError(f"{name} has a term of {_named(stages, int(one))} and {_named(stages, int(other))}, which are not neighbors")


def _large(derivatives: np.ndarray) -> np.ndarray:
    """Which derivatives are more than rounding."""
    return np.abs(derivatives) > ROUNDING * np.max(np.abs(derivatives), initial=0.0)


def _named(stages: Stages, variable: int) -> str:
    """A variable by its stage."""
    return f"variable {variable} (number {variable % stages.size} of stage {variable // stages.size})"
