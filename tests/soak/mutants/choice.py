"""Which mutants are tried, and which tests are asked about one: those that reach it, first those of its room and what few others reach."""

import collections
import dataclasses
import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.soak.mutants.sites import Mutant, mutants

QUICK_S = 0.05
"""Seconds below which it is of no consequence how long a test takes."""
Reached = dict[str, dict[str, Any]]
"""By test file: `key`, `sources` (hashes of the package's files it runs) and `tests`; by test: `s` (seconds), `ok`, and `lines` by file."""


def files(root: Path, patterns: Sequence[str]) -> list[str]:
    """The package's files that any of some patterns names."""
    found = {str(path.relative_to(root)) for pattern in patterns for path in root.glob(pattern) if path.suffix == ".py"}
    return sorted(found)


def drawn(root: Path, names: Sequence[str], sample: int | None, seed: int) -> list[Mutant]:
    """The mutants of some files, or a sample of so many: every file gives its share, by its number of mutants."""
    every = {name: mutants(name, (root / name).read_bytes()) for name in names}
    total = sum(map(len, every.values()))
    if sample is None or sample >= total:
        return [one for name in names for one in every[name]]
    parts = {name: sample * len(found) / total for name, found in every.items()}
    counts = {name: int(part) for name, part in parts.items()}
    rest = sorted(names, key=lambda name: (counts[name] - parts[name], name))[: sample - sum(counts.values())]
    picked = []
    for name in names:
        take = counts[name] + (name in rest)
        picked += sorted(random.Random(f"{seed}:{name}").sample(every[name], take), key=lambda one: one.start)
    return picked


def digest(*parts: bytes) -> str:
    """A short hash."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


class Asking:
    """Which tests to ask about a mutant, of those whose reach is known."""

    def __init__(self, reached: Reached) -> None:
        self.reached = reached
        self.seconds = {test: row["s"] for entry in reached.values() for test, row in entry["tests"].items()}
        self._rare: dict[str, dict[str, float]] = {}

    def tests(self, mutant: Mutant, budget_s: float) -> list[str]:
        """Those that run its line, then the others of their files, for what one has compiled another runs unseen; as many as fit into a
        time. First come those of files that are called after the room, and of these those that run most of it that few others run, for
        the time they take: what is refused is seen by whoever tries it.

        A file that is being loaded is run by whoever runs any of it.
        """
        rare, room, rows = self.rare(mutant.file), Path(mutant.file).stem, []
        for file, entry in self.reached.items():
            stranger = room not in Path(file).stem
            lines = {test: row["lines"].get(mutant.file, ()) for test, row in entry["tests"].items() if row["ok"]}
            hits = {test for test, some in lines.items() if _touches(mutant, some)}
            if hits:
                rows += [(stranger, test not in hits, -rare[test] / (self.seconds[test] + QUICK_S), test) for test in lines]
        chosen, spent = [], 0.0
        for _, missed, _, test in sorted(rows):
            took = self.seconds[test]
            if spent + took <= budget_s and (not missed or spent + took <= budget_s / 2):
                spent += took
                chosen.append(test)
        return chosen

    def rare(self, file: str) -> dict[str, float]:
        """By test: the lines of a file that it runs, each shared with all tests that run it."""
        if file not in self._rare:
            lines = {test: row["lines"].get(file, ()) for entry in self.reached.values() for test, row in entry["tests"].items()}
            count = collections.Counter(line for some in lines.values() for line in some)
            self._rare[file] = {test: sum(1.0 / count[line] for line in some) for test, some in lines.items()}
        return self._rare[file]


def _touches(mutant: Mutant, lines: Sequence[int]) -> bool:
    if not mutant.function:
        return bool(lines)
    return any(mutant.first <= line <= mutant.last for line in lines)


def key_of(root: Path, test: str) -> str:
    """A hash of a test file."""
    return digest((root / test).read_bytes())


def entry_of(root: Path, test: str, tests: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a test file's reach."""
    names = sorted({name for row in tests.values() for name in row["lines"]})
    return {"key": key_of(root, test), "sources": {name: digest((root / name).read_bytes()) for name in names}, "tests": tests}


def holds(root: Path, known: Reached, test: str, names: Sequence[str]) -> bool:
    """Whether the reach of a test file is still known: its text is as it was, and so are those files that are to be changed."""
    entry = known.get(test)
    if entry is None or entry["key"] != key_of(root, test):
        return False
    return all(entry["sources"].get(name, now) == now for name in names for now in [digest((root / name).read_bytes())])


def evidence(root: Path, tests: Sequence[str]) -> str:
    """A hash of the files of some tests."""
    names = sorted({test.partition("::")[0] for test in tests})
    return digest(*(name.encode() + (root / name).read_bytes() for name in names if (root / name).exists()))


def settled(row: Mapping[str, Any], mutant: Mutant, root: Path, asking: Asking, budget_s: float) -> bool:
    """Whether what was once found of a mutant still holds: its file is as it was, and so are the tests that said so."""
    if row["source"] != digest((root / mutant.file).read_bytes()):
        return False
    mutant = dataclasses.replace(mutant, function="") if row["how"] == "afresh" else mutant
    tests = [row["by"]] if row["by"] else asking.tests(mutant, budget_s)
    return row["state"] == "same" or row["tests"] == evidence(root, tests)
