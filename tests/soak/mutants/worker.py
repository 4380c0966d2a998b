"""One worker: it has loaded everything but the package, and tries the mutants of a job in its copy of the tree.

`python -m tests.soak.mutants.worker JOB.json`, in that copy.
"""

import dataclasses
import fcntl
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import beartype
import equinox
import hypothesis
import jax.numpy
import jaxtyping
import lineax
import numpy
import optimistix
import pandas
import pytest

from tests.soak.mutants.afresh import Afresh
from tests.soak.mutants.children import arguments
from tests.soak.mutants.choice import Asking, Reached, digest, entry_of, evidence, files, holds, key_of
from tests.soak.mutants.session import Exchange, Judge, Waiting, reach
from tests.soak.mutants.sites import Mutant

LOADED = (beartype, equinox, hypothesis, jax, jaxtyping, lineax, numpy, optimistix, pandas)
TOLD = 100
"""After how many mutants a worker says how far it is."""


class Job:
    """What a worker is given."""

    def __init__(self, path: Path) -> None:
        given = json.loads(path.read_text())
        self.root = Path.cwd()
        self.mutants = [Mutant(**row) for row in given["mutants"]]
        self.files: list[str] = given["files"]
        self.tests: list[str] = given["tests"]
        self.budget_s: float = given["budget_s"]
        self.marked: str = given["marked"]
        self.results, self.map, self.cache = (Path(given[name]) for name in ("results", "map", "cache"))
        self.left = path.with_suffix(".left")

    def known(self) -> Reached:
        """Which lines each test runs, as far as it was once found."""
        return json.loads(self.map.read_text()) if self.map.exists() else {}

    def know(self, file: str, entry: dict[str, Any]) -> None:
        """Keep it of one more file of tests, beside what other workers find."""
        with self.map.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = self.map.with_suffix(f".{os.getpid()}")
            kept.write_text(json.dumps({**self.known(), file: entry}))
            kept.replace(self.map)

    def quick_tests(self) -> list[str]:
        """Files of tests that compute nothing while they are collected."""
        known = self.known()
        return [file for file in self.tests if known.get(file, {}).get("computes") != key_of(self.root, file)]

    def reached(self) -> Reached:
        """Which lines each test runs, where that still holds."""
        known = self.known()
        return {file: known[file] for file in self.tests if holds(self.root, known, file, self.files)}

    def write(self, mutant: Mutant, found: dict[str, Any], how: str, asking: Asking) -> None:
        """Append what was found of a mutant."""
        source = (self.root / mutant.file).read_bytes()
        was, now = mutant.lines(source)
        tests = [found["by"]] if found["by"] else asking.tests(mutant, self.budget_s)
        row = {"id": mutant.id, **found, "how": how, "source": digest(source), "tests": evidence(self.root, tests)}
        if found["state"] in ("survived", "unreached", "timeout"):
            row |= {"was": was, "now": now}
        handle = os.open(self.results, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(handle, (json.dumps(row) + "\n").encode())
        os.close(handle)


def quick(job: Job, plugin: Waiting, items: dict[str, pytest.Item]) -> None:
    """Find what is reached, and try the mutants of functions."""
    exchange = Exchange(job.root, sorted({mutant.file for mutant in job.mutants}))
    gc.freeze()
    known, package = job.known(), files(job.root, ["capexmodel/**/*.py"])
    for file in job.quick_tests():
        if not holds(job.root, known, file, job.files):
            mine = {name: item for name, item in items.items() if name.partition("::")[0] == file}
            entry = entry_of(job.root, file, reach(mine, plugin.root, package, exchange.forget))
            job.know(file, entry)
            good = sum(row["ok"] for row in entry["tests"].values())
            sys.stderr.write(f"reach: {file}: {good} of {len(mine)} tests\n")
    asking = Asking(job.reached())
    judge = Judge(items, asking, exchange, job.budget_s)
    later = []
    for tried, mutant in enumerate(job.mutants):
        if tried and tried % TOLD == 0:
            sys.stderr.write(f"{tried} of {len(job.mutants)} mutants tried\n")
        found = judge.judge(mutant) if mutant.function else {"state": "elsewhere"}
        early = (mutant.file, mutant.function) in plugin.early
        if found["state"] == "elsewhere" or (found["state"] in ("survived", "unreached") and early):
            later.append(mutant.id)
        else:
            job.write(mutant, found, "exchanged", asking)
    job.left.write_text(json.dumps(later))


def session(job: Job) -> int:
    """A session that tries the mutants of functions, in a child; how it ended: 0, 1, or 2 when a file of tests was found to compute."""
    child = os.fork()
    if child == 0:
        plugin = Waiting(job.cache, lambda waiting, items: quick(job, waiting, items))
        status = int(pytest.main(arguments(str(job.root / ".made"), job.quick_tests(), job.marked), plugins=[plugin]))
        if plugin.computes:
            key = key_of(job.root, plugin.computes)
            job.know(plugin.computes, {"key": key, "computes": key, "sources": {}, "tests": {}})
            sys.stderr.write(f"reach: {plugin.computes} computes while it is collected and is not asked\n")
        sys.stderr.flush()
        os._exit(2 if plugin.computes else min(status, 1))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Try every mutant of the job: those of functions in one session, the others afresh."""
    job = Job(Path(sys.argv[1]))
    while (status := session(job)) == 2:
        pass
    if status or not job.left.exists():
        sys.exit(f"the quick session ended with {status}")
    later = set(json.loads(job.left.read_text()))
    asking = Asking(job.reached())
    afresh = Afresh(job.root, job.cache, asking, job.budget_s)
    for mutant in job.mutants:
        if mutant.id in later:
            loaded = dataclasses.replace(mutant, function="")
            job.write(loaded, afresh.judge(loaded), "afresh", asking)


if __name__ == "__main__":
    main()
