"""The one call that finds the solution of a nonlinear program, whatever solver stands behind it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.base import AbstractSolver, NonlinearProgram, Solution
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.types import require_x64


def minimize(
    program: NonlinearProgram,
    x0: Float[Array, " n"],
    args: Any = None,
    solver: AbstractSolver | None = None,
    warm: Solution | None = None,
) -> Solution:
    """Finds a local minimum of the program from x0, or from the point and prices of `warm` (x0 then only says the shape).

    Works under jit and vmap; one compiled program serves every args, bounds and start of the same shapes. A local minimum is the global one
    only where the program is convex. Never reports OPTIMAL for an infeasible program.

    Raises: SolveError when x0 is not a vector; ModelError when 64-bit floats are switched off.
    """
    require_x64()
    start = jnp.asarray(x0, jnp.float64)
    if start.ndim != 1:
        raise SolveError(f"the start of a solve must be a vector, not an array of shape {start.shape}: flatten it first")
    chosen = InteriorPoint() if solver is None else solver
    return _solve(program, start, args, jax.tree.map(jnp.asarray, chosen), warm)


@eqx.filter_jit
def _solve(program: NonlinearProgram, start: Array, args: Any, solver: AbstractSolver, warm: Solution | None) -> Solution:
    """The compiled part of `minimize`, kept by the functions of the program and the shapes."""
    return solver.solve(program, start, args, warm)
