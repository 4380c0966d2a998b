"""Calls taken apart into what is traced and what is compared: arrays on one side, everything else, hashable, on the other.

What `equinox.filter_jit` does with the same split takes milliseconds a call where arguments have hundreds of parts; a small solve takes
less. Leaves out: arguments that can be neither traced nor hashed.
"""

import functools
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import jax
import numpy as np

from capexmodel import compiler

Result = TypeVar("Result")


class Signature(NamedTuple):
    """Everything of a tree but its arrays, in whose places stands `HERE`."""

    structure: Any
    rest: tuple[Any, ...]


class _Here:
    """The place of an array."""


HERE = _Here()
_ARRAYS = (np.ndarray, np.generic, jax.Array)  # what is quick to tell comes first


def is_array(leaf: Any) -> bool:
    """Whether a leaf is traced."""
    return isinstance(leaf, _ARRAYS)


def taken_apart(tree: Any) -> tuple[Signature, list[Any]]:
    """The signature of a tree and its arrays."""
    leaves, structure = jax.tree.flatten(tree)
    rest = tuple(HERE if is_array(leaf) else leaf for leaf in leaves)
    return Signature(structure, rest), [leaf for leaf, other in zip(leaves, rest, strict=True) if other is HERE]


def put_together(signature: Signature, arrays: list[Any] | tuple[Any, ...]) -> Any:
    """The tree of a signature with these arrays."""
    arrays_left = iter(arrays)
    leaves = [next(arrays_left) if leaf is HERE else leaf for leaf in signature.rest]
    return jax.tree.unflatten(signature.structure, leaves)


class Compiled(Generic[Result]):
    """A function whose programs are compiled once a signature."""

    def __init__(self, function: Callable[..., Result]) -> None:
        """Stand for a function."""

        def flat(signature: Signature, *arrays: Any) -> Result:
            args, kwargs = put_together(signature, arrays)
            return function(*args, **kwargs)

        flat.__name__ = flat.__qualname__ = getattr(function, "__name__", "compiled")
        self._flat = flat

    @functools.cached_property
    def _alone(self) -> Callable[..., Result]:
        return jax.jit(self._flat, static_argnums=0, compiler_options=compiler.options())

    @functools.cached_property
    def _within(self) -> Callable[..., Result]:
        return jax.jit(self._flat, static_argnums=0)

    def __call__(self, *args: Any, **kwargs: Any) -> Result:
        """Compute."""
        signature, arrays = taken_apart((args, kwargs))
        return (self._within if compiler.tracing() else self._alone)(signature, *arrays)
