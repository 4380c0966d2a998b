"""Writes files whole or not at all: each beside its place under another name first, then all of them renamed. And knows its own source.

Who writes holds a lock on the file beside until it has its name: what lies there unlocked was left by somebody killed, and is taken away
before the next result is made.
"""

import contextlib
import errno
import functools
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from capexmodel.errors import ConfigError

try:
    import fcntl
except ImportError:  # not on this system: nothing is locked, and nothing taken away
    fcntl = None

SUFFIX = ".capexmodel.part"
"""What the name of a file ends in before it is renamed; it begins with a dot."""
_LONGEST = 40
"""Letters of a file's name that stand in that of the file beside it."""
_UMASK = os.umask(0)
os.umask(_UMASK)
_MODE = (stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH) & ~_UMASK
"""Who may read what is written: everybody whom the user does not keep out."""
_UNFOLLOWED = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def check_file(path: Path) -> None:
    """Make sure, before anything is computed, that a file can be written; take away what somebody killed while writing it left.

    Raises: ConfigError when its folder is missing or closed, when something that is no file stands there, or its name cannot be one.
    """
    _check_name(path)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ConfigError(f"{path}: something that is not a plain file stands there: name another file")
    folder = path.parent
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder: create it first, or name another file")
    _check_open(folder)
    clear(folder, path.name)


def check_folder(path: Path) -> None:
    """Make sure, before anything is computed, that a folder is there or can be made; take away what somebody killed left in it.

    Raises: ConfigError when it cannot.
    """
    _check_name(path)
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise ConfigError(f"{path}: {nearest} is not a folder: name another one")
    _check_open(nearest)
    clear(path)


def _check_name(path: Path) -> None:
    """Refuse what no file can be called."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise ConfigError(f"{str(path)[:100]}: cannot be written: {reason}") from None


def _check_open(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{folder}: this folder cannot be written to: choose another one")


def write(contents: Mapping[Path, bytes]) -> None:
    """Write files, none of them half. Their folders are made; what stood in their place is replaced.

    Raises: OSError when the disk does not take them; then nothing is left behind.
    """
    waiting: dict[Path, str] = {}
    try:
        with contextlib.ExitStack() as held:
            for path, content in contents.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                file, waiting[path] = _beside(path)
                held.enter_context(file)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.chmod(waiting[path], _MODE)
            for path in waiting:
                if path.is_dir():  # before any of them is replaced
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            for path in list(waiting):
                os.replace(waiting[path], path)
                del waiting[path]
    finally:
        for name in waiting.values():
            with contextlib.suppress(OSError):
                os.unlink(name)
    _settle({path.parent for path in contents})


def _beside(path: Path) -> tuple[BinaryIO, str]:
    """An open file beside a place, and its name, locked unless locks are not to be had."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:_LONGEST]}.", suffix=SUFFIX, dir=path.parent)
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return os.fdopen(handle, "wb"), name
        os.close(handle)  # somebody took it for one that was left, before it was locked


def _settle(folders: Iterable[Path]) -> None:
    """Have the disk keep new names, where it can be told to: a file without its name is lost when the power goes."""
    for folder in folders:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def clear(folder: Path, name: str = "") -> None:
    """Take away what killed writers left half done in a folder, of one file or of any. What somebody is writing now stays."""
    if fcntl is None or not folder.is_dir():
        return
    start = f".{name[:_LONGEST]}." if name else "."
    with contextlib.suppress(OSError):
        for left in [entry for entry in folder.iterdir() if half_done(entry, start)]:
            with contextlib.suppress(OSError):
                handle = os.open(left, _UNFOLLOWED)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(left)
                finally:
                    os.close(handle)


def half_done(path: Path, start: str = ".") -> bool:
    """Whether a file is what a writer leaves that was killed before it renamed it."""
    return path.name.startswith(start) and path.name.endswith(SUFFIX) and path.is_file() and not path.is_symlink()


@functools.cache
def source_version() -> str:
    """SHA-256 of the package's source: a program is as good as the source it was traced from."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}{os.linesep}".encode() + content)
    return digest.hexdigest()
