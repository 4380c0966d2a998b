"""Keeps traced programs between processes: what took seconds to trace is read back as bytes and compiled from there.

Nothing here touches a file: whoever wants programs kept lends a mapping from keys to bytes, for as long as `keeping` lasts. A key spells
out everything a trace may depend on; arguments that cannot be spelled and functions that cannot be exported are computed in the ordinary
way, damaged bytes are replaced, always with the same numbers. Leaves out: what a function returns besides arrays, so each function that
is kept says what its result looks like.

Source: a program is the StableHLO module that jax.export makes, which later versions of it read too; nothing is unpickled.
"""

import contextlib
import dataclasses
import enum
import functools
import hashlib
import json
import types
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, Generic, ParamSpec, TypeVar, cast

import equinox as eqx
import jax
import jax.export
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from capexmodel.errors import SolveError
from capexmodel.model.evidence import Evidence

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Program = Callable[..., list[Any]]

SPOILED = (KeyError, TypeError, ValueError, jax.errors.JaxRuntimeError)
"""What reading bytes from a shelf raises where there are none, or they are no program: it is traced anew."""
UNEXPORTED = (ValueError, NotImplementedError)
"""What jax.export raises for a program that it has no lasting form for, such as one that calls back to Python."""


@dataclasses.dataclass
class Shelf:
    """Where programs are kept, the version of the source they were traced from, those on their way, those in use, and the hand that takes
    programs down ahead of time."""

    programs: MutableMapping[str, bytes]
    version: str
    coming: dict[str, Future[Program | None]] = dataclasses.field(default_factory=dict)
    used: dict[str, Program | None] = dataclasses.field(default_factory=dict)
    hand: ThreadPoolExecutor = dataclasses.field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))

    def fetch(self, key: str, taken_down: Callable[[], Program | None]) -> None:
        """Have a program taken down while something else is done."""
        if key not in self.coming and key not in self.used:
            self.coming[key] = self.hand.submit(taken_down)

    def take(self, key: str, taken_down: Callable[[], Program | None]) -> Program | None:
        """A program: the one that was fetched, or taken down now."""
        if key not in self.used:
            fetched = self.coming[key].result() if key in self.coming else None
            self.used[key] = taken_down() if fetched is None else fetched
        return self.used[key]


_SHELF: ContextVar[Shelf | None] = ContextVar("shelf", default=None)


@contextlib.contextmanager
def keeping(programs: MutableMapping[str, bytes], version: str, occasion: str | None = None) -> Iterator[None]:
    """Keep programs in a mapping while this lasts. `version` must change whenever the source of the package does. On an `occasion` that
    was there before, the programs that were used then are fetched at once."""
    shelf, trail = Shelf(programs, version), _digest(["trail", version, str(occasion)])
    for key in programs.get(trail, b"").decode(errors="replace").split():
        shelf.fetch(key, functools.partial(_stored, programs, key))
    token = _SHELF.set(shelf)
    try:
        yield
    finally:
        _SHELF.reset(token)
        shelf.hand.shutdown(wait=True, cancel_futures=True)
        if occasion is not None:
            programs[trail] = " ".join(shelf.used).encode()


class Kept(Generic[Parameters, Result]):
    """A compiled function that is read back from a shelf where there is one. `like` gives a tree shaped as the result."""

    def __init__(self, function: Callable[Parameters, Result], like: Callable[..., Any]) -> None:
        """Stand for a function."""
        functools.update_wrapper(self, function)
        self._function: Callable[..., Result] = function
        self._ordinary: Callable[..., Result] = eqx.filter_jit(function)
        self._like, self._name = like, f"{function.__module__}.{function.__qualname__}"

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """Compute: from the shelf if possible, else as `equinox.filter_jit` does.

        Raises: SolveError when `like` does not look like the result.
        """
        shelf = _SHELF.get()
        if shelf is None or kwargs or any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(args)):
            return self._ordinary(*args, **kwargs)
        try:
            key, taken_down, leaves, shape = self._order(shelf, args)
        except SolveError:
            return self._ordinary(*args)
        program = shelf.take(key, taken_down)
        return self._ordinary(*args) if program is None else jax.tree.unflatten(shape, program(*leaves))

    def ahead(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        """Have the program for arguments like these taken down while something else is computed. Without a shelf nothing happens."""
        shelf = _SHELF.get()
        if shelf is None or kwargs:
            return
        with contextlib.suppress(SolveError):
            shelf.fetch(*self._order(shelf, args)[:2])

    def _order(self, shelf: Shelf, args: tuple[Any, ...]) -> tuple[str, Callable[[], Program | None], list[Any], Any]:
        """The key of a call, how to take its program down, its arrays, and the shape of its result.

        Raises: SolveError when an argument cannot be spelled.
        """
        key = _key(shelf.version, self._name, args)
        arrays, rest = eqx.partition(args, _is_array)
        leaves, structure = jax.tree.flatten(arrays)
        shape = jax.tree.structure(self._like(*args))

        def taken_down() -> Program | None:
            return _taken_down(shelf.programs, key, leaves, lambda *flat: self._flat(structure, rest, shape, flat))

        return key, taken_down, leaves, shape

    def _flat(self, structure: Any, rest: Any, shape: Any, flat: tuple[Any, ...]) -> list[Any]:
        """The function from arrays to arrays.

        Raises: SolveError when its result does not look as was said.
        """
        result = self._function(*eqx.combine(jax.tree.unflatten(structure, flat), rest))
        leaves, found = jax.tree.flatten(result)
        if found != shape:
            raise SolveError(f"{self._name} gives {found}, not {shape}")
        return leaves


def kept(like: Callable[..., Any]) -> Callable[[Callable[Parameters, Result]], Kept[Parameters, Result]]:
    """Compile a function, and keep its program where somebody lends a place. Of the tree that `like` gives for the same arguments only the
    structure counts."""

    def wrap(function: Callable[Parameters, Result]) -> Kept[Parameters, Result]:
        return Kept(function, like)

    return wrap


def blank(kind: type[Result]) -> Result:
    """An instance of a module whose fields are all arrays, with nothing in them."""
    empty = object.__new__(kind)
    for field in dataclasses.fields(cast(Any, kind)):
        object.__setattr__(empty, field.name, 0.0)
    return empty


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _taken_down(programs: MutableMapping[str, bytes], key: str, leaves: list[Any], flat: Callable[..., list[Any]]) -> Program | None:
    """The program of a key, traced and put on the shelf if it is not there yet; None where it cannot be exported.

    Raises: SolveError when its result is not shaped as was said; whatever the function itself raises but what `UNEXPORTED` lists, which
    comes up again on the ordinary way.
    """
    found = _stored(programs, key)
    if found is not None:
        return found
    try:
        traced = jax.export.export(jax.jit(flat))(*(jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in leaves))
        programs[key] = content = _written(traced)
    except UNEXPORTED:
        return None
    return _compiled(content)


def _stored(programs: MutableMapping[str, bytes], key: str) -> Program | None:
    """The program of a key if it is on the shelf, sound; what is spoiled is thrown away."""
    try:
        return _compiled(programs[key])
    except SPOILED:
        programs.pop(key, None)
        return None


def _written(program: jax.export.Exported) -> bytes:
    """A program as bytes: one line that describes its inputs and outputs and names the inputs it uses, then its module."""
    inputs, outputs = ([(list(aval.shape), str(aval.dtype)) for aval in avals] for avals in (program.in_avals, program.out_avals))
    head = json.dumps({"inputs": inputs, "outputs": outputs, "used": list(program.module_kept_var_idx)})
    return head.encode() + b"\n" + program.mlir_module_serialized


def _compiled(content: bytes) -> Program:
    """A program from its bytes: one of the same inputs and outputs that does nothing, with the module put in its place.

    Raises: one of `SPOILED` where the bytes are no program.
    """
    head, _, module = content.partition(b"\n")
    told = json.loads(head)
    inside = [jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in told["inputs"]]

    def idle(*flat: Any) -> list[Any]:
        return [jnp.zeros(shape, dtype) for shape, dtype in told["outputs"]]

    nothing = jax.export.export(jax.jit(idle))(*inside)
    program = dataclasses.replace(nothing, mlir_module_serialized=module, module_kept_var_idx=tuple(told["used"]))
    return jax.jit(program.call).lower(*inside).compile()


def _key(version: str, name: str, args: Any) -> str:
    """SHA-256 of everything a trace may depend on.

    Raises: SolveError when an argument cannot be spelled.
    """
    makers = [f"{module.__name__} {module.__version__}" for module in (jax, eqx, np)]
    told = [version, name, *makers, jax.default_backend(), str(jax.config.read("jax_enable_x64")), *_spelled(args)]
    return _digest(told)


def _digest(words: list[str]) -> str:
    """SHA-256 of some words."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _spelled(thing: Any) -> Iterator[str]:
    """Spell a value out, arrays by their shape only; where numbers come from changes no computation."""
    if isinstance(thing, Evidence):
        return
    if _is_array(thing):
        yield f"{thing.dtype}{thing.shape}{getattr(thing, 'weak_type', False)}"
    elif thing is None or isinstance(thing, enum.Enum | str | bytes | bool | int | float | complex):
        yield f"{type(thing).__qualname__} {thing!r}"
    elif isinstance(thing, type) or (isinstance(thing, types.FunctionType) and "<" not in thing.__qualname__):
        yield f"{thing.__module__}.{thing.__qualname__}"
    elif isinstance(thing, tuple | list | dict):
        yield f"{type(thing).__qualname__} {len(thing)}"
        for part in thing.items() if isinstance(thing, dict) else thing:
            yield from _spelled(part)
    elif dataclasses.is_dataclass(thing):
        yield f"{type(thing).__module__}.{type(thing).__qualname__}"
        for field in dataclasses.fields(thing):
            yield field.name
            yield from _spelled(getattr(thing, field.name))
    else:
        raise SolveError(f"a program that depends on a {type(thing).__qualname__} cannot be kept")
