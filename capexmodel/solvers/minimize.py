"""The one call that finds the solution of a nonlinear program, whatever solver stands behind it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Bool, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.base import AbstractSolver, Errors, Multipliers, NonlinearProgram, Solution
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.kept import kept
from capexmodel.solvers.sensitivity import Tangent, plan_derivative
from capexmodel.types import require_x64


def minimize(
    program: NonlinearProgram,
    x0: Float[ArrayLike, " *n"],
    args: Any = None,
    solver: AbstractSolver | None = None,
    warm: Solution | None = None,
) -> Solution:
    """Finds a local minimum of the program from x0, or from the point and prices of `warm` (x0 then only says the shape).

    Works under jit and vmap; one compiled program serves every args, bounds and start of the same shapes. A local minimum is the global one
    only where the program is convex. Never reports OPTIMAL for an infeasible program.

    Under grad and jvp, x, value and multipliers have derivatives in the arrays of `program` and `args`, by the implicit function theorem
    (`sensitivity`); x0, warm and the solver's settings have none. Arrays that a function closes over are not seen: hand them over in `args`
    or as fields of a function that is an equinox module.

    Raises: SolveError when x0 is not a vector; ModelError when 64-bit floats are switched off.
    """
    require_x64()
    start = jnp.asarray(x0, jnp.float64)
    program, args, warm = _plain(program), _plain(args), _plain(warm)
    if start.ndim != 1:
        raise SolveError(f"the start of a solve must be a vector, not an array of shape {start.shape}: flatten it first")
    begin = _unpriced(program, start, args) if warm is None else warm
    settings = InteriorPoint() if solver is None else solver
    chosen = jax.tree.map(lambda setting: _plain(setting if eqx.is_array(setting) else np.asarray(setting)), settings)
    everything = (program, begin, _plain(np.asarray(warm is not None)), args, chosen)
    traced = any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(everything))
    return _differentiable(*everything) if traced else _solve(*everything)


def _plain(tree: Any) -> Any:
    """The same tree with Python floats as arrays and no weak types, so that equal shapes never compile twice.

    An explicit type keeps JAX from compiling a program for each shape that it copies.
    """

    def leaf(value: Any) -> Any:
        if isinstance(value, float):
            return jnp.asarray(value, jnp.float64)
        return jnp.asarray(value, value.dtype) if eqx.is_array(value) or isinstance(value, np.ndarray) else value

    return jax.tree.map(leaf, tree)


def _unpriced(program: NonlinearProgram, start: Float[Array, " n"], args: Any) -> Solution:
    """The start in the form of a solution, so that cold and warm solves are one compiled program."""
    counts = program.row_counts or _row_counts(program, start, args)
    inequality, affine, equality = (_plain(np.zeros(count)) for count in counts)
    none, zero, count = _plain((np.zeros(start.shape), np.zeros(()), np.zeros((), np.int32)))
    return Solution(start, zero, Multipliers(inequality, affine, equality, none, none), count, count, Errors(zero, zero, zero))


def _row_counts(program: NonlinearProgram, start: Float[Array, " n"], args: Any) -> tuple[int, int, int]:
    """How many inequality, affine and equality rows a program has."""

    def rows(program: NonlinearProgram, x: Array, args: Any) -> list[Array]:
        functions = (program.inequality, program.affine, program.equality)
        return [jnp.zeros(0) if function is None else jnp.ravel(function(x, args)) for function in functions]

    inequality, affine, equality = (row.shape[0] for row in eqx.filter_eval_shape(rows, program, start, args))
    return inequality, affine, equality


@kept(like=lambda program, begin, *rest: begin)
def _solve(program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any, solver: AbstractSolver) -> Solution:
    """The compiled part of `minimize`, kept by the functions of the program and the shapes."""
    return solver.solve(program, begin, warm, args)


@eqx.filter_custom_jvp
def _differentiable(program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any, solver: AbstractSolver) -> Solution:
    """The same with derivatives."""
    return _solve(program, begin, warm, args, solver)


@_differentiable.def_jvp
def _implicit(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Solution, Solution]:
    """The solution, and how it moves with the arrays of the program and of its args."""
    solution = _differentiable(*primals)
    moved = plan_derivative(primals[0], solution, primals[3], Tangent(tangents[0], tangents[3]))
    still = jax.tree.map(lambda _: None, solution)
    parts = (moved.x, moved.value, moved.multipliers)
    return solution, eqx.tree_at(lambda s: (s.x, s.value, s.multipliers), still, parts, is_leaf=lambda leaf: leaf is None)
