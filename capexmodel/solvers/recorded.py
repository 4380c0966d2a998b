"""Functions that a program was given, as the operations that JAX sees in them: what is not ours is known by what it computes, not by name.

A program that is kept between processes must not be found again once a function of its user has changed. Leaves out: what JAX
has no words for (rules of one's own for derivatives, calls back to Python): a function with such stays as it is and is not kept.
"""

import dataclasses
import functools
import hashlib
import types
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, jaxpr_as_fun
from jaxtyping import Array

from capexmodel.solvers.base import Function, NonlinearProgram
from capexmodel.solvers.signature import Signature, put_together, taken_apart
from capexmodel.solvers.structure import Pieced

OURS = "capexmodel."
"""Where functions are told by their names: the version of the source is in every key."""
_BEYOND_WORDS = ("custom", "callback")
"""In JAX's names of operations that have rules of their own for derivatives, or call back to Python."""
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)
_REMEMBERED = 256
Shapes = tuple[tuple[tuple[int, ...], Any], ...]


@dataclasses.dataclass(frozen=True)
class Operations:
    """Operations in words, and as JAX has them: two are the same where the words are."""

    words: str
    jaxpr: Jaxpr = dataclasses.field(compare=False, repr=False)


class Recorded(eqx.Module):
    """A function of (x, args) by its operations, the arrays it has, and those it closes over."""

    operations: Operations = eqx.field(static=True)
    arrays: tuple[Array | np.ndarray, ...]
    closed_over: tuple[Array | np.ndarray, ...]

    def __call__(self, x: Any, args: Any) -> Any:
        """The function of x."""
        whole = ClosedJaxpr(self.operations.jaxpr, self.closed_over)
        (found,) = jaxpr_as_fun(whole)(*self.arrays, *taken_apart((x, args))[1])
        return found


def recorded(program: NonlinearProgram, x: Any, args: Any) -> NonlinearProgram:
    """A program whose functions, where they are not ours, are told by what they compute; as it is where that cannot be told."""
    functions = (program.objective, program.inequality, program.affine, program.equality)
    told = [function if function is None else _told(function, x, args) for function in functions]
    same = all(one is other for one, other in zip(functions, told, strict=True))
    names = ("objective", "inequality", "affine", "equality")
    return program if same else dataclasses.replace(program, **dict(zip(names, told, strict=True)))


def _told(function: Function, x: Any, args: Any) -> Function:
    """One function; of rows in pieces, that of the rows."""
    if isinstance(function, Pieced):
        rows = _told(function.function, x, args)
        return function if rows is function.function else dataclasses.replace(function, function=rows)
    if ours(function):
        return function
    signature, arrays = taken_apart((function, x, args))
    try:
        known = _known(signature, tuple((array.shape, array.dtype) for array in arrays))
    except TypeError:  # something that cannot be hashed
        return function
    return function if known is None else Recorded(known[0], tuple(taken_apart(function)[1]), known[1])


def ours(function: object) -> bool:
    """Whether the version of our source says what a function, or what is called like one, computes."""
    home = getattr(function, "__module__", None) if callable(getattr(function, "__code__", None)) else type(function).__module__
    return str(home).startswith(OURS)


@functools.lru_cache(maxsize=_REMEMBERED)
def _known(signature: Signature, shapes: Shapes) -> tuple[Operations, tuple[np.ndarray, ...]] | None:
    """The operations of a function and what it closes over; none where JAX cannot write them all down."""

    def flat(*arrays: Array) -> Any:
        function, x, args = put_together(signature, arrays)
        return function(x, args)

    closed = jax.make_jaxpr(flat)(*(jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in shapes))
    if len(closed.out_avals) != 1 or not all(map(_in_words, _equations(closed.jaxpr))):
        return None
    digest = hashlib.sha256()
    for number in _numbers(closed.jaxpr):
        digest.update(f"{number.dtype}{number.shape}".encode() + number.tobytes())
    return Operations(f"{closed.jaxpr} {digest.hexdigest()}", closed.jaxpr), tuple(map(np.asarray, closed.consts))


def _in_words(equation: JaxprEqn) -> bool:
    """Whether words say all of an operation: not where it holds functions, such as a derivative of its own, or does more than compute."""
    functions = (isinstance(part, _FUNCTIONS) for part in jax.tree.leaves(list(equation.params.values())))
    return not (any(word in equation.primitive.name for word in _BEYOND_WORDS) or equation.effects or any(functions))


def _equations(jaxpr: Jaxpr) -> Iterator[JaxprEqn]:
    """All operations, those within others too."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in _within(equation):
            yield from _equations(inner.jaxpr if isinstance(inner, ClosedJaxpr) else inner)


def _numbers(jaxpr: Jaxpr) -> Iterator[np.ndarray]:
    """What words leave out or shorten: numbers beside variables, and what inner operations close over."""
    for equation in _equations(jaxpr):
        yield from (np.asarray(each.val) for each in equation.invars if isinstance(each, Literal))
        yield from (np.asarray(one) for inner in _within(equation) if isinstance(inner, ClosedJaxpr) for one in inner.consts)


def _within(equation: JaxprEqn) -> list[Jaxpr | ClosedJaxpr]:
    kinds = (Jaxpr, ClosedJaxpr)
    parts = jax.tree.leaves(list(equation.params.values()), is_leaf=lambda part: isinstance(part, kinds))
    return [part for part in parts if isinstance(part, kinds)]
