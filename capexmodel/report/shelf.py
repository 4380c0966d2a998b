"""Keeps compiled and traced programs between runs, in a folder of the user's own.

The folder behaves like a mapping: what is damaged counts as missing, what cannot be written is not kept, what is old is thrown away.
"""

import contextlib
import hashlib
import os
import time
import warnings
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import jax
from jax.experimental.compilation_cache.compilation_cache import reset_cache

from capexmodel.files import clear, source_version, write
from capexmodel.programs import keeping, lent
from capexmodel.units import scale

DIGEST_BYTES = 32
SUFFIX = ".program"
KEPT_DAYS = 30.0
"""Age at which a program is thrown away; where it is still wanted it is made anew."""


class Folder(MutableMapping[str, bytes]):
    """Contents by key, each in a file of its own behind its SHA-256. The folder must be private: what it holds is executed."""

    def __init__(self, place: Path) -> None:
        """Keep contents in a folder that is there."""
        self._place = place

    def _path(self, key: str) -> Path:
        return self._place / f"{key}{SUFFIX}"

    def __getitem__(self, key: str) -> bytes:
        """Read a content. Raises: KeyError when there is none, or a damaged one."""
        try:
            whole = self._path(key).read_bytes()
        except OSError:
            raise KeyError(key) from None
        digest, content = whole[:DIGEST_BYTES], whole[DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            raise KeyError(key)
        return content

    def __setitem__(self, key: str, content: bytes) -> None:
        """Write a content, whole or not at all."""
        with contextlib.suppress(OSError):
            write({self._path(key): hashlib.sha256(content).digest() + content})
            self._path(key).chmod(0o600)

    def __delitem__(self, key: str) -> None:
        """Forget a content. Raises: KeyError when there is none."""
        try:
            self._path(key).unlink()
        except OSError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        """List the keys."""
        return (path.name.removesuffix(SUFFIX) for path in self._place.glob(f"*{SUFFIX}"))

    def __len__(self) -> int:
        """Count the contents."""
        return sum(1 for _ in self)


def place() -> Path | None:
    """A folder nobody else can write to; None with CAPEXMODEL_CACHE=off, or where there cannot be one."""
    if os.environ.get("CAPEXMODEL_CACHE", "").lower() == "off":
        return None
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home, "capexmodel", "jax")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        owned = folder.stat().st_uid == os.getuid()
    except OSError:
        return None
    return folder if owned and os.path.isabs(home) else None


_WHERE = "jax_compilation_cache_dir"
_KEEP = {"jax_persistent_cache_min_compile_time_secs": 0, "jax_persistent_cache_min_entry_size_bytes": -1}
"""What JAX is told so that it keeps every program, however small."""


def keep_compiled() -> None:
    """Keep compiled programs between runs, from now on: for a process that is ours alone."""
    folder = place()
    if folder is not None:
        _configure({_WHERE: str(folder), **_KEEP})


@contextlib.contextmanager
def keep_traced(occasion: str) -> Iterator[None]:
    """Keep compiled and traced programs while this lasts, and fetch at once what was used on this occasion before. JAX is left as it was;
    where somebody lends programs already, or has JAX keep its own elsewhere, they are left in peace."""
    folder = place()
    if folder is None or lent() is not None:
        yield
        return
    throw_away_old(folder)
    with _compiled_kept(folder), keeping(Folder(folder), source_version(), occasion):
        yield


@contextlib.contextmanager
def _compiled_kept(folder: Path) -> Iterator[None]:
    """Have JAX keep what it compiles while this lasts, unless it does so anyway."""
    before = {name: getattr(jax.config, name) for name in (_WHERE, *_KEEP)}
    if before[_WHERE] is not None:
        yield
        return
    _configure({_WHERE: str(folder), **_KEEP})
    try:
        yield
    finally:
        _configure(before)
        reset_cache()  # JAX goes on writing to the folder it knew first, whatever it is told afterwards


def _configure(wanted: dict[str, Any]) -> None:
    """Tell JAX what to keep. What it cannot read again it compiles, what it cannot keep it leaves: without a word."""
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry", UserWarning)
    for name, value in wanted.items():
        jax.config.update(name, value)


def throw_away_old(folder: Path) -> None:
    """Delete files that were written long ago, whatever wrote them, and what killed writers left: the folder is ours alone."""
    clear(folder)
    oldest = time.time() - KEPT_DAYS * float(scale("days"))
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
