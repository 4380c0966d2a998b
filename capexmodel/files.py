"""Writes files whole or not at all: each beside its place under another name first, then all of them renamed. And knows its own source."""

import contextlib
import functools
import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from capexmodel.errors import ConfigError

SUFFIX = ".part"
"""What the name of a file ends in before it is renamed; it begins with a dot."""


def check_file(path: Path) -> None:
    """Make sure, before anything is computed, that a file can be written.

    Raises: ConfigError when its folder is missing or closed, or when something that is no file stands there.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ConfigError(f"{path}: something that is not a plain file stands there: name another file")
    folder = path.parent
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder: create it first, or name another file")
    _check_open(folder)


def check_folder(path: Path) -> None:
    """Make sure, before anything is computed, that a folder is there or can be made.

    Raises: ConfigError when it cannot.
    """
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise ConfigError(f"{path}: {nearest} is not a folder: name another one")
    _check_open(nearest)


def _check_open(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{folder}: this folder cannot be written to: choose another one")


def write(contents: Mapping[Path, bytes]) -> None:
    """Write files, none of them half. Their folders are made; what stood in their place is replaced.

    Raises: OSError when the disk does not take them; then nothing is left behind.
    """
    waiting: dict[Path, str] = {}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=SUFFIX, dir=path.parent)
            waiting[path] = name
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
        for path in list(waiting):
            os.replace(waiting[path], path)
            del waiting[path]
    finally:
        for name in waiting.values():
            with contextlib.suppress(OSError):
                os.unlink(name)


@functools.cache
def source_version() -> str:
    """SHA-256 of the package's source: a program is as good as the source it was traced from."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}{os.linesep}".encode() + content)
    return digest.hexdigest()
