"""Keeps compiled and traced programs between runs, in a folder of the user's own.

The folder behaves like a mapping: what is damaged counts as missing, what cannot be written is not kept, what is old is thrown away.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import jax

from capexmodel.files import source_version, write
from capexmodel.programs import keeping
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


def keep_compiled() -> None:
    """Keep compiled programs between runs."""
    folder = place()
    if folder is not None:
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def keep_traced(occasion: str) -> contextlib.AbstractContextManager[None]:
    """Keep traced programs between runs too, and fetch at once what was used on this occasion before."""
    keep_compiled()
    folder = place()
    if folder is None:
        return contextlib.nullcontext()
    throw_away_old(folder)
    return keeping(Folder(folder), source_version(), occasion)


def throw_away_old(folder: Path) -> None:
    """Delete files that were written long ago, whatever wrote them: the folder is ours alone."""
    oldest = time.time() - KEPT_DAYS * float(scale("days"))
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
