"""Compiled functions whose programs are kept between processes: what took seconds to trace is taken from a shelf, where one is lent.

A key spells out everything a trace may depend on; arguments that cannot be spelled are computed in the ordinary way, with the same numbers.
Leaves out: what a function returns besides arrays, so each function that is kept says what its result looks like.
"""

import contextlib
import dataclasses
import enum
import functools
import types
from collections.abc import Callable, Iterator
from typing import Any, Generic, ParamSpec, TypeVar, cast

import equinox as eqx
import jax
from jax.core import Tracer

from capexmodel.errors import SolveError
from capexmodel.named import OURS, known_by_name
from capexmodel.programs import Program, Shelf, digest, lent, taken_down
from capexmodel.solvers.signature import Compiled, Signature, is_array, put_together, taken_apart

KNOWN = (*OURS, "builtins", "numpy", "jax", "jaxlib")
"""Packages whose versions a key holds."""
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Kept(Generic[Parameters, Result]):
    """A compiled function that is read back from a shelf where there is one. `like` gives a tree shaped as the result."""

    def __init__(self, function: Callable[Parameters, Result], like: Callable[..., Any]) -> None:
        """Stand for a function."""
        functools.update_wrapper(self, function)
        self._function: Callable[..., Result] = function
        self._ordinary: Callable[..., Result] = Compiled(function)
        self._like, self._name = like, f"{function.__module__}.{function.__qualname__}"

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """Compute: from the shelf if possible, else by a program compiled in this process.

        Raises: SolveError when `like` does not look like the result.
        """
        shelf = lent()
        if shelf is None or kwargs or uncompiled() or any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(args)):
            return self._ordinary(*args, **kwargs)
        try:
            key, made, leaves, shape = self._order(shelf, args)
        except SolveError:
            return self._ordinary(*args)
        program = shelf.take(key, made)
        return self._ordinary(*args) if program is None else jax.tree.unflatten(shape, program(*leaves))

    def ahead(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        """Have the program for arguments like these taken down while something else is computed. Without a shelf nothing happens."""
        shelf = lent()
        if shelf is None or kwargs:
            return
        with contextlib.suppress(SolveError):
            shelf.fetch(*self._order(shelf, args)[:2])

    def _order(self, shelf: Shelf, args: tuple[Any, ...]) -> tuple[str, Callable[[], Program | None], list[Any], Any]:
        """The key of a call, how to take its program down, its arrays, and the shape of its result.

        Raises: SolveError when an argument cannot be spelled.
        """
        signature, leaves = taken_apart(args)
        key, shape = self._remembered(shelf, args, signature, leaves)

        def made() -> Program | None:
            return taken_down(shelf.programs, key, leaves, shape.num_leaves, lambda *flat: self._flat(signature, shape, flat))

        return key, made, leaves, shape

    def _remembered(self, shelf: Shelf, args: tuple[Any, ...], signature: Signature, leaves: list[Any]) -> tuple[str, Any]:
        """The key of a call and the shape of its result, worked out once for arguments that JAX takes for alike.

        Raises: SolveError when an argument cannot be spelled.
        """
        kinds = tuple(type(leaf) for leaf in signature.rest)
        told = self._name, signature, kinds, tuple((leaf.dtype, leaf.shape, getattr(leaf, "weak_type", False)) for leaf in leaves)
        try:
            known = shelf.known.get(told)
        except TypeError as unhashable:
            raise SolveError(f"a program of {self._name} cannot be kept: {unhashable}") from None
        if known is None:
            known = shelf.known[told] = _key(shelf.version, self._name, args), jax.tree.structure(self._like(*args))
        return known

    def _flat(self, signature: Signature, shape: Any, flat: tuple[Any, ...]) -> list[Any]:
        """The function from arrays to arrays.

        Raises: SolveError when its result does not look as was said.
        """
        result = self._function(*put_together(signature, flat))
        leaves, found = jax.tree.flatten(result)
        if found != shape:
            raise SolveError(f"{self._name} gives {found}, not {shape}")
        return leaves


def uncompiled() -> bool:
    """Whether somebody looks for something with compilation switched off: kept programs would hide it."""
    return jax.config.jax_disable_jit  # pyright: ignore[reportAttributeAccessIssue]  # JAX adds its flags as it loads


def kept(like: Callable[..., Any]) -> Callable[[Callable[Parameters, Result]], Kept[Parameters, Result]]:
    """Compile a function, and keep its program where somebody lends a place. Of the tree that `like` gives for the same arguments only the
    structure counts."""

    def wrap(function: Callable[Parameters, Result]) -> Kept[Parameters, Result]:
        return Kept(function, like)

    return wrap


def blank(kind: type[Result]) -> Result:
    """An instance of a module whose fields are arrays, or modules of arrays, with nothing in them."""
    empty = object.__new__(kind)
    for field in dataclasses.fields(cast(Any, kind)):
        inner = cast(Any, field.type)
        whole = isinstance(inner, type) and issubclass(inner, eqx.Module)
        object.__setattr__(empty, field.name, blank(inner) if whole else 0.0)
    return empty


def _key(version: str, name: str, args: Any) -> str:
    """SHA-256 of everything a trace may depend on; what is called like a function counts by its name only where it is ours.

    Raises: SolveError when an argument cannot be spelled.
    """
    return digest(version, f"equinox {eqx.__version__}", name, *_spelled(args))


def _spelled(thing: Any) -> Iterator[str]:
    """Spell a value out, arrays by their shape only; a class that says `never_traced` changes no computation."""
    if getattr(type(thing), "never_traced", False):
        return
    if is_array(thing):
        yield f"{thing.dtype}{thing.shape}{getattr(thing, 'weak_type', False)}"
    elif thing is None or isinstance(thing, enum.Enum | str | bytes | bool | int | float | complex):
        yield f"{type(thing).__qualname__} {thing!r}"
    elif isinstance(thing, type | types.FunctionType) and known_by_name(thing, KNOWN):
        yield f"{thing.__module__}.{thing.__qualname__}"
    elif isinstance(thing, tuple | list | dict):
        yield f"{type(thing).__qualname__} {len(thing)}"
        for part in thing.items() if isinstance(thing, dict) else thing:
            yield from _spelled(part)
    elif dataclasses.is_dataclass(thing) and known_by_name(thing):
        yield f"{type(thing).__module__}.{type(thing).__qualname__}"
        for field in dataclasses.fields(thing):
            if field.compare:
                yield field.name
                yield from _spelled(getattr(thing, field.name))
    else:
        raise SolveError(f"a program that depends on a {type(thing).__qualname__} cannot be kept")
