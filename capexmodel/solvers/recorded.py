"""Functions that a program was given, as the operations that JAX sees in them: what is not ours is known by what it computes, not by name.

A program that is kept between processes must not be found again once a function of its user has changed. Leaves out: what JAX has no words
for, such as rules of one's own for derivatives, operations of one's own and calls back to Python. A program with such is not kept.
"""

import dataclasses
import functools
import hashlib
import operator
import types
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, jaxpr_as_fun, primitives
from jaxtyping import Array

from capexmodel.named import known_by_name
from capexmodel.solvers.base import Function, NonlinearProgram
from capexmodel.solvers.signature import Signature, put_together, taken_apart
from capexmodel.solvers.structure import Pieced

_OWN_RULES = "custom"
"""In JAX's names of operations whose derivatives have rules of their own."""
_CALLED = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)
_SHORTENED = (np.ndarray, jax.Array, jax.tree_util.PyTreeDef)
"""What an operation may hold of which its words do not say all."""
_FUNCTIONS = ("objective", "inequality", "affine", "equality")
_REMEMBERED = 256


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
        """The function of x; of args only the arrays count."""
        whole = ClosedJaxpr(self.operations.jaxpr, self.closed_over)
        (found,) = jaxpr_as_fun(whole)(*self.arrays, *taken_apart((x, args))[1])
        return found


def recorded(program: NonlinearProgram, x: Any, args: Any) -> tuple[NonlinearProgram, Any]:
    """A program and its args by what functions that are not ours compute; as they are where not all of those can be told."""
    functions = {name: getattr(program, name) for name in _FUNCTIONS}
    told = {name: function if function is None else _told(function, x, args) for name, function in functions.items()}
    if any(function is None and functions[name] is not None for name, function in told.items()):
        return program, args
    if all(map(operator.is_, told.values(), functions.values())):
        return program, args
    alone = not any(map(operator.is_, filter(None, told.values()), filter(None, functions.values())))
    return dataclasses.replace(program, **told), tuple(taken_apart(args)[1]) if alone else args


def _told(function: Function, x: Any, args: Any) -> Function | None:
    """One function; of rows in pieces, that of the rows. None where it cannot be told."""
    if isinstance(function, Pieced):
        rows = _told(function.function, x, args)
        return None if rows is None else function if rows is function.function else dataclasses.replace(function, function=rows)
    if known_by_name(function):
        return function
    signature, arrays = taken_apart((function, x, args))
    kinds = tuple(map(type, signature.rest))
    try:
        hash(signature)
    except TypeError:
        return None
    known = _written(_flat.trace((signature, kinds), *arrays).jaxpr)
    return None if known is None else Recorded(known[0], tuple(taken_apart(function)[1]), known[1])


@functools.partial(jax.jit, static_argnums=0)
def _flat(told: tuple[Signature, tuple[type, ...]], *arrays: Array) -> Any:
    """A call by its arrays. JAX remembers what it traced, by all that a trace depends on."""
    function, x, args = put_together(told[0], arrays)
    return function(x, args)


@functools.lru_cache(maxsize=_REMEMBERED)
def _written(closed: ClosedJaxpr) -> tuple[Operations, tuple[np.ndarray, ...]] | None:
    """Operations in words, and what they close over; none where there are no words for all of it."""
    if len(closed.out_avals) != 1 or not all(map(_in_words, _equations(closed.jaxpr))):
        return None
    within = list(_numbers(closed.jaxpr))
    if any(jnp.issubdtype(number.dtype, jax.dtypes.extended) for number in (*closed.consts, *within)):
        return None
    digest = hashlib.sha256()
    for number in map(np.asarray, within):
        digest.update(f"{number.dtype}{number.shape}".encode() + number.tobytes())
    settings = sorted({repr(equation.ctx) for equation in _equations(closed.jaxpr)})
    words = "\n".join((closed.jaxpr.pretty_print(use_color=False), *settings, digest.hexdigest()))
    return Operations(words, closed.jaxpr), tuple(map(np.array, closed.consts))


def _in_words(equation: JaxprEqn) -> bool:
    """Whether words say all of an operation: one of JAX's own that computes, and nothing else, by no rule or function of a user's."""
    parts = jax.tree.leaves(list(equation.params.values()))
    known = equation.primitive in _jax_operations() and _OWN_RULES not in equation.primitive.name
    return known and not equation.effects and all(map(_said, parts))


def _said(part: Any) -> bool:
    """Whether words say what an operation holds; of functions, only JAX's own are known by their names."""
    return known_by_name(part, ("jax", "jaxlib")) if isinstance(part, _CALLED) else not isinstance(part, _SHORTENED)


@functools.cache
def _jax_operations() -> frozenset[Any]:
    """Operations of JAX's own: those that it names in public, and those by which public functions work that it does not name."""

    def unnamed(x: Array) -> list[Array]:
        return [*jax.lax.split(x, (1, 1)), jnp.stack([x, x]), *jnp.unstack(x)]

    named = [one for name, one in vars(primitives).items() if name.endswith("_p")]
    return frozenset((*named, *(equation.primitive for equation in _equations(jax.make_jaxpr(unnamed)(jnp.zeros(2)).jaxpr))))


def _equations(jaxpr: Jaxpr) -> Iterator[JaxprEqn]:
    """All operations, those within others too."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in _within(equation):
            yield from _equations(_opened(inner))


def _numbers(jaxpr: Jaxpr) -> Iterator[np.ndarray | Array]:
    """What words leave out or shorten: numbers in the places of variables, and what inner operations close over."""
    inner = [one for equation in _equations(jaxpr) for one in _within(equation)]
    for one in (jaxpr, *map(_opened, inner)):
        places = (*one.outvars, *(place for equation in one.eqns for place in equation.invars))
        yield from (np.asarray(place.val) for place in places if isinstance(place, Literal))
    yield from (number for one in inner if isinstance(one, ClosedJaxpr) for number in one.consts)


def _within(equation: JaxprEqn) -> list[Jaxpr | ClosedJaxpr]:
    kinds = (Jaxpr, ClosedJaxpr)
    parts = jax.tree.leaves(list(equation.params.values()), is_leaf=lambda part: isinstance(part, kinds))
    return [part for part in parts if isinstance(part, kinds)]


def _opened(jaxpr: Jaxpr | ClosedJaxpr) -> Jaxpr:
    return jaxpr.jaxpr if isinstance(jaxpr, ClosedJaxpr) else jaxpr
