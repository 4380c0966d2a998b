"""Everything that writes files, each as a job that can be killed: what stands there before, and the work."""

import dataclasses
import hashlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from capexmodel.files import SUFFIX, check_file, check_folder, write
from capexmodel.report.shelf import Folder, throw_away_old
from capexmodel.studies.store import ROWS, SUMS, Store

PARTS = 5
RECIPE = {"schema_version": 1, "rows": PARTS}
DRAWINGS = ("spend.svg", "spend.png", "work.svg", "work.png")
KEYS = tuple(hashlib.sha256(word.encode()).hexdigest() for word in ("one", "two", "three"))
Tree = dict[str, bytes]


@dataclasses.dataclass(frozen=True)
class Job:
    """One writer. `before` is what stands there when it begins, `after` when it is done."""

    name: str
    before: Mapping[str, bytes]
    work: Callable[[Path], None]

    def prepare(self, folder: Path) -> Path:
        """Lay out what stands there."""
        folder.mkdir(parents=True)
        for name, content in self.before.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder


def content(word: str) -> bytes:
    """Bytes that are told apart by a word."""
    return b"".join(hashlib.sha256(f"{word} {k}".encode()).digest() for k in range(9)) + word.encode()


def _result(folder: Path) -> None:
    check_file(folder / "plan.json")
    write({folder / "plan.json": content("new plan")})


def _figures(folder: Path) -> None:
    check_file(folder / "plan.json")
    check_folder(folder / "figures")
    write({folder / "plan.json": content("new plan")} | {folder / "figures" / name: content(f"new {name}") for name in DRAWINGS})


def _sweep(folder: Path) -> None:
    store = Store(folder / "sweep", RECIPE)
    store.clear()
    there = set(store.there(ROWS)) & set(store.there(SUMS))
    for number in (number for number in range(PARTS) if number not in there):
        store.put(ROWS, number, content(f"rows {number}"))
        store.put(SUMS, number, content(f"sums {number}"))
    assert len(store.there(ROWS)) == len(store.there(SUMS)) == PARTS


def _shelf(folder: Path) -> None:
    throw_away_old(folder)
    shelf = Folder(folder)
    for key in KEYS:
        if key not in shelf:
            shelf[key] = content(key)


JOBS = (
    Job("a result that replaces one", {"plan.json": content("old plan")}, _result),
    Job("a result with its figures", {f"figures/{name}": content(f"old {name}") for name in DRAWINGS}, _figures),
    Job("the parts of a sweep", {}, _sweep),
    Job("the shelf of kept programs", {}, _shelf),
)


def tree(folder: Path) -> Tree:
    """Every file below a folder, but for those beside."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(SUFFIX))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def left(folder: Path) -> list[Path]:
    """What writers left half done."""
    return [path for path in folder.rglob(f"*{SUFFIX}") if path.is_file()]


def begun(work: Callable[[], None]) -> int:
    """Begin work in a process of its own: its number."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - whatever comes up ends this process, not the one that asked for it
            os._exit(1)
        os._exit(0)
    return child


def forked(work: Callable[[], None]) -> int:
    """Work in a process of its own: what it ended with, -9 where it was killed, 1 where something was raised."""
    return os.waitstatus_to_exitcode(os.waitpid(begun(work), 0)[1])


def ended(child: int) -> int:
    """Wait for a process that was begun."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_after(child: int, seconds: float) -> int:
    """Kill a process after a while, if it still lives."""
    time.sleep(seconds)
    os.kill(child, 9)
    return ended(child)
