"""A folder of kept programs that behaves like a mapping: what is damaged counts as missing, what cannot be written is not kept."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from capexmodel.report.files import write

DIGEST_BYTES = 32
SUFFIX = ".program"


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


def source_version() -> str:
    """SHA-256 of the package's source: a program is as good as the source it was traced from."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}{os.linesep}".encode() + content)
    return digest.hexdigest()
