"""Stands between a writer and the system: counts what it asks of the disk, and at one point kills the process or refuses.

Asked are: a folder, a file, its content (which may come half through), to keep it, its mode, its name, and to take it away.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

ASKED = ("mkdir", "open", "fsync", "chmod", "replace", "unlink")
BEFORE, AFTER, HALF = HOWS = ("before", "after", "half")


class Shim:
    """Counts; at the `when`-th thing asked, counted from one, does `act` before it, after it, or when half of it is done."""

    def __init__(self, when: int = 0, how: str = BEFORE, act: Callable[[], None] = lambda: None) -> None:
        """Count only, unless told when."""
        self.when, self.how, self.act, self.count = when, how, act, 0
        self.asked: list[str] = []

    def install(self) -> None:
        """Stand in the way, until the process ends: for a process of its own."""
        for name in ASKED:
            setattr(os, name, self._standing(name, getattr(os, name)))
        fdopen = os.fdopen
        os.fdopen = lambda *given, **named: _File(fdopen(*given, **named), self)

    def _standing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any, **named: Any) -> Any:
            here = self.arrived(name)
            if here and self.how in (BEFORE, HALF):
                self.act()
            try:
                return real(*given, **named)
            finally:
                if here and self.how == AFTER:
                    self.act()

        return asked

    def arrived(self, name: str) -> bool:
        """Count one thing; whether it is the one."""
        self.count += 1
        self.asked.append(name)
        return self.count == self.when


class _File:
    """A file whose content comes through the shim."""

    def __init__(self, file: Any, shim: Shim) -> None:
        self._file, self._shim = file, shim

    def write(self, content: bytes) -> int:
        """Write, perhaps half."""
        here = self._shim.arrived("write")
        if here and self._shim.how == BEFORE:
            self._shim.act()
        if here and self._shim.how == HALF:
            self._file.write(content[: len(content) // 2])
            self._file.flush()
            self._shim.act()
        written = self._file.write(content)
        if here and self._shim.how == AFTER:
            self._file.flush()
            self._shim.act()
        return written

    def __getattr__(self, name: str) -> Any:
        """Everything else is the file's own."""
        return getattr(self._file, name)

    def __enter__(self) -> "_File":
        """Open as it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self._file.close()


def die() -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(number: int) -> Callable[[], None]:
    """Refuse what is asked with an error of the system."""

    def refused() -> None:
        raise OSError(number, os.strerror(number))

    return refused
