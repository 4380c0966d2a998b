"""Keeps compiled functions between processes, and fetches ahead what a process of the same kind used last time.

Nothing here touches a file: whoever wants programs kept lends a mapping from keys to bytes, for as long as `keeping` lasts. Damaged bytes
are replaced; what cannot be exported is left to the ordinary way.

Source: a program is the StableHLO module that jax.export makes, which later versions of it read too; nothing is unpickled.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Hashable, Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import jax
import jax.export
import jax.numpy as jnp
import numpy as np

from capexmodel import compiler
from capexmodel.types import require_x64

Program = Callable[..., list[Any]]

SPOILED = (KeyError, TypeError, ValueError, jax.errors.JaxRuntimeError)
"""What reading bytes from a shelf raises where there are none, or they are no program: it is traced anew."""
UNEXPORTED = (ValueError, NotImplementedError)
"""What jax.export raises for a program that it has no lasting form for, such as one that calls back to Python. It has no class of its own
for that; what a traced function itself raises is not lost, for the ordinary way raises it again."""


@dataclasses.dataclass
class Shelf:
    """Where programs are kept, the version of the source they were traced from, those on their way, those in use, what keys were worked
    out, and the two hands that take programs down ahead of time."""

    programs: MutableMapping[str, bytes]
    version: str
    coming: dict[str, Future[Program | None]] = dataclasses.field(default_factory=dict)
    used: dict[str, Program | None] = dataclasses.field(default_factory=dict)
    known: dict[Hashable, Any] = dataclasses.field(default_factory=dict)
    hands: ThreadPoolExecutor = dataclasses.field(default_factory=lambda: ThreadPoolExecutor(max_workers=2))

    def fetch(self, key: str, taken_down: Callable[[], Program | None]) -> None:
        """Have a program taken down while something else is done."""
        if key not in self.coming and key not in self.used:
            self.coming[key] = self.hands.submit(taken_down)

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
    was there before, the programs that were used then are fetched at once, by two threads.

    Raises: ModelError when 64-bit floats are switched off: programs are compiled for them.
    """
    require_x64()
    shelf, trail = Shelf(programs, version), digest(version, "trail", str(occasion))
    for key in _longest_first(programs, programs.get(trail, b"").decode(errors="replace").split()):
        shelf.fetch(key, functools.partial(_stored, programs, key))
    token = _SHELF.set(shelf)
    try:
        yield
        if occasion is not None and shelf.used:
            programs[trail] = " ".join(shelf.used).encode()
    finally:
        _SHELF.reset(token)
        shelf.hands.shutdown(wait=True, cancel_futures=True)


def _longest_first(programs: MutableMapping[str, bytes], keys: list[str]) -> list[str]:
    """In order of use, but that of most bytes, which takes longest, before all: one hand is busy with it while the other takes down the
    rest."""
    longest = max(keys, key=lambda key: len(programs.get(key, b"")), default=None)
    return sorted(keys, key=lambda key: key != longest)


def lent() -> Shelf | None:
    """The shelf that somebody lends at the moment."""
    return _SHELF.get()


def taken_down(
    programs: MutableMapping[str, bytes], key: str, leaves: list[Any], count: int, flat: Callable[..., list[Any]]
) -> Program | None:
    """The program of a key with `count` results, traced and put on the shelf if it is not there yet; None where it cannot be exported.

    Raises: whatever the function itself raises but what `UNEXPORTED` lists, which comes up again on the ordinary way.
    """
    found = _stored(programs, key, count)
    if found is not None:
        return found
    try:
        traced = jax.export.export(jax.jit(flat))(*(jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in leaves))
        programs[key] = content = _written(traced)
    except UNEXPORTED:
        return None
    return _compiled(content, count)


def _stored(programs: MutableMapping[str, bytes], key: str, count: int | None = None) -> Program | None:
    """The program of a key, if it is on the shelf and sound."""
    try:
        return _compiled(programs[key], count)
    except SPOILED:
        return None


def _written(program: jax.export.Exported) -> bytes:
    """A program as bytes: one line that describes its inputs and outputs and names the inputs it uses, then its module."""
    inputs, outputs = ([(list(aval.shape), str(aval.dtype)) for aval in avals] for avals in (program.in_avals, program.out_avals))
    head = json.dumps({"inputs": inputs, "outputs": outputs, "used": list(program.module_kept_var_idx)})
    return head.encode() + b"\n" + program.mlir_module_serialized


def _compiled(content: bytes, count: int | None) -> Program:
    """A program from its bytes: one of the same inputs and outputs that does nothing, with the module put in its place. How many results
    it must have is `count`, where that is known.

    Raises: one of `SPOILED` where the bytes are no program.
    """
    head, _, module = content.partition(b"\n")
    told = json.loads(head)
    if count not in (None, len(told["outputs"])):
        raise ValueError(f"a kept program gives {len(told['outputs'])} arrays, not {count}")
    inside = [jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in told["inputs"]]

    def idle(*flat: Any) -> list[Any]:
        return [jnp.zeros(shape, dtype) for shape, dtype in told["outputs"]]

    nothing = jax.export.export(jax.jit(idle))(*inside)
    program = dataclasses.replace(nothing, mlir_module_serialized=module, module_kept_var_idx=tuple(told["used"]))
    return jax.jit(program.call).lower(*inside).compile(compiler.options())


def digest(version: str, *words: str) -> str:
    """SHA-256 of some words, the version of the source, and everything outside of it that makes a program what it is."""
    makers = [f"{module.__name__} {module.__version__}" for module in (jax, np)]
    told = [version, *makers, jax.default_backend(), str(jax.config.read("jax_enable_x64")), *words]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
