"""The one call that finds the solution of a nonlinear program, whatever solver stands behind it."""

import functools
import operator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

from capexmodel.errors import SolveError
from capexmodel.programs import lent
from capexmodel.solvers.base import AbstractSolver, Errors, Multipliers, NonlinearProgram, Solution
from capexmodel.solvers.certificate import judged
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.kept import kept, uncompiled
from capexmodel.solvers.recorded import recorded
from capexmodel.solvers.sensitivity import Tangent, plan_derivative
from capexmodel.solvers.signature import Signature, put_together, taken_apart
from capexmodel.types import require_x64

REMEMBERED = 1024
"""Programs whose numbers of rows are remembered."""
WARM, COLD = np.asarray(True), np.asarray(False)


def minimize(
    program: NonlinearProgram,
    x0: Float[ArrayLike, " *n"],
    args: Any = None,
    solver: AbstractSolver | None = None,
    warm: Solution | None = None,
    certified: bool = True,
) -> Solution:
    """Finds a local minimum of the program from x0, or from the point and prices of `warm` (x0 then only says the shape).

    Works under jit and vmap; one compiled program serves every args, bounds and start of the same shapes. A local minimum is the global one
    only where the program is convex. Never reports OPTIMAL for an infeasible program. Unless the caller has a judge of its own and asks for
    a solution that is not `certified`, it carries what the independent judge says of it.

    Under grad and jvp, x, value and multipliers have derivatives in the arrays of `program` and `args`, by the implicit function theorem
    (`sensitivity`); x0, warm and the solver's settings have none. Arrays that a function closes over are not seen: hand them over in `args`
    or as fields of a function that is an equinox module.

    Raises: SolveError when x0 is not a vector; ModelError when 64-bit floats are switched off.
    """
    require_x64()
    start = floats(x0)
    if start.ndim != 1:
        raise SolveError(f"the start of a solve must be a vector, not an array of shape {start.shape}: flatten it first")
    (program, args, warm, settings), traced = _readied((program, args, warm, solver or USUAL))
    begin = unpriced(program, start, args) if warm is None else warm
    warmed = COLD if warm is None else WARM
    if traced or isinstance(start, Tracer):
        return _differentiable(program, begin, warmed, args, settings, certified)
    if lent() is not None and not uncompiled():
        program, args = recorded(program, start, args)
    return _solve(program, begin, warmed, args, settings, certified)


def _readied(tree: Any) -> tuple[Any, bool]:
    """A tree with plain leaves, and whether any of them is being traced; in one pass, for small solves take less than a millisecond."""
    leaves, structure = jax.tree.flatten(tree)
    ready = [leaf if type(leaf) is np.ndarray else plain(leaf) for leaf in leaves]
    traced = any(isinstance(leaf, Tracer) for leaf in leaves)
    return tree if all(map(operator.is_, ready, leaves)) else jax.tree.unflatten(structure, ready), traced


def floats(values: Any) -> Array:
    """Values as an array of 64-bit floats that is not weakly typed."""
    ready = isinstance(values, jax.Array) and values.dtype == np.float64 and not values.weak_type
    return values if ready else jnp.asarray(values, jnp.float64)


def plain(leaf: Any) -> Any:
    """A leaf with Python floats as arrays and no weak type, so that equal shapes never compile twice."""
    if isinstance(leaf, float):
        return np.asarray(leaf)
    return jnp.asarray(leaf, leaf.dtype) if isinstance(leaf, jax.Array) and leaf.weak_type else leaf


def unpriced(program: NonlinearProgram, start: Float[Array, " n"], args: Any) -> Solution:
    """A start in the form of a solution, so that cold and warm solves are one compiled program."""
    counts = program.row_counts
    if counts is None:
        signature, arrays = taken_apart((program, start, args))
        counts = _row_counts(signature, tuple((array.shape, array.dtype) for array in arrays))
    (_, *rest), structure = _nothing(counts, start.shape[-1])
    return jax.tree.unflatten(structure, (start, *rest))


USUAL = jax.tree.map(plain, InteriorPoint())
"""The solver where none is asked for, made once."""


@functools.lru_cache(maxsize=REMEMBERED)
def _nothing(counts: tuple[int, int, int], size: int) -> tuple[list[Array], Any]:
    """A solution with nothing in it, taken apart, x first: to put one together from its parts is fast."""
    with jax.ensure_compile_time_eval():
        inequality, affine, equality = (jnp.zeros(count) for count in counts)
        none, zero, count = jnp.zeros(size), jnp.zeros(()), jnp.zeros((), jnp.int32)
        prices = Multipliers(inequality, affine, equality, none, none)
        return jax.tree.flatten(Solution(none, zero, prices, count, count, Errors(zero, zero, zero)))


@functools.lru_cache(maxsize=REMEMBERED)
def _row_counts(signature: Signature, shapes: tuple[tuple[tuple[int, ...], Any], ...]) -> tuple[int, int, int]:
    """How many inequality, affine and equality rows a program has."""

    def rows(*arrays: Array) -> list[Array]:
        program, x, args = put_together(signature, arrays)
        functions = (program.inequality, program.affine, program.equality)
        return [jnp.zeros(0) if function is None else jnp.ravel(function(x, args)) for function in functions]

    found = jax.eval_shape(rows, *(jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in shapes))
    inequality, affine, equality = (row.shape[0] for row in found)
    return inequality, affine, equality


@kept(like=lambda program, begin, *rest: begin)
def _solve(program: NonlinearProgram, begin: Solution, warm: Any, args: Any, solver: AbstractSolver, certified: bool) -> Solution:
    """The compiled part of `minimize`, kept by the functions of the program and the shapes."""
    found = solver.solve(program, begin, warm, args)
    return judged(program, found, args) if certified else found


@eqx.filter_custom_jvp
def _differentiable(program: NonlinearProgram, begin: Solution, warm: Any, args: Any, solver: AbstractSolver, certified: bool) -> Solution:
    """The same with derivatives."""
    return _solve(program, begin, warm, args, solver, certified)


@_differentiable.def_jvp
def _implicit(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Solution, Solution]:
    """The solution, and how it moves with the arrays of the program and of its args."""
    solution = _differentiable(*primals)
    moved = plan_derivative(primals[0], solution, primals[3], Tangent(tangents[0], tangents[3]))
    still = jax.tree.map(lambda _: None, solution)
    parts = (moved.x, moved.value, moved.multipliers)
    return solution, eqx.tree_at(lambda s: (s.x, s.value, s.multipliers), still, parts, is_leaf=lambda leaf: leaf is None)
