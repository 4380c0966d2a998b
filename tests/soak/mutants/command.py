"""`python -m tests.soak mutants`: change the package a little, many times, in a copy of the tree, and see whether the tests notice."""

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.soak.mutants.account import RESULTS, ROWS, latest, summarize
from tests.soak.mutants.choice import Asking, drawn, files, holds, settled
from tests.soak.mutants.sites import Mutant

ROOT = Path(__file__).parents[3]
MADE = ROOT / "build" / "mutants"
NOT_COPIED = shutil.ignore_patterns(
    ".venv", ".git", "build", "dist", "__pycache__", ".pytest_cache", ".hypothesis", "*.egg-info", ".ruff_cache"
)
WHOLE = ("capexmodel/units.py", "capexmodel/param.py", "capexmodel/finance/*.py", "capexmodel/config/*.py")
"""What is tried whole; of all else, a sample."""
ASKED = ("tests/unit/**/test_*.py", "tests/house/test_declared.py", "tests/cases/test_*.py", "tests/published/test_*.py")
"""Tests that are asked."""
SLOW = ("tests/cases/test_notebooks.py", "tests/cases/test_validate.py", "tests/published/test_targets.py")
"""Tests that are not: each takes half a minute and more, most of it before it looks at anything."""


def main(words: Sequence[str]) -> int:
    """Run what is asked for and write the account."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak mutants", description=__doc__)
    parser.add_argument(
        "--files", nargs="+", metavar="GLOB", help=f"files of the package that are changed: {', '.join(WHOLE)}; of a sample, all others"
    )
    parser.add_argument("--tests", nargs="+", default=ASKED, metavar="GLOB", help="tests that are asked")
    parser.add_argument("--sample", type=int, metavar="N", help="a sample of the mutants, each file its share")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="each takes one core")
    parser.add_argument("--budget-s", type=float, default=30.0, help="seconds of tests that one mutant is worth")
    parser.add_argument("--long", action="store_true", help="ask tests that are marked as long too, as far as one mutant is worth them")
    parser.add_argument("--again", action="store_true", help="try survivors again, and those that no test reached")
    parser.add_argument("--only", nargs="+", metavar="ID", help="mutants by their names")
    parser.add_argument("--count", action="store_true", help="say how many mutants there are, and end")
    options = parser.parse_args(words)
    names = chosen(options.files, options.sample)
    wanted = drawn(ROOT, names, options.sample, options.seed)
    wanted = [one for one in wanted if not options.only or one.id in options.only]
    if options.count:
        sys.stdout.write(f"{len(wanted)} mutants\n")
        return 0
    tests = sorted({str(path.relative_to(ROOT)) for pattern in options.tests for path in ROOT.glob(pattern)} - set(SLOW))
    MADE.mkdir(parents=True, exist_ok=True)
    marked = "" if options.long else "not long"
    work([], names, tests, options.workers, options.budget_s, marked)
    asking = Asking({file: entry for file, entry in json.loads(_reach(marked).read_text()).items() if file in tests})
    rows = latest(ROWS)
    redone = {"survived", "unreached"} if options.again else set()
    left = [
        one
        for one in wanted
        if one.id not in rows or rows[one.id]["state"] in redone or not settled(rows[one.id], one, ROOT, asking, options.budget_s)
    ]
    sys.stdout.write(f"{len(wanted)} mutants, {len(left)} of them to try\n")
    work(left, names, tests, options.workers, options.budget_s, marked)
    RESULTS.write_text(json.dumps(summarize(ROOT), indent=1) + "\n")
    return 0


def chosen(patterns: Sequence[str] | None, sample: int | None) -> list[str]:
    """The files whose mutants are tried."""
    if patterns or sample is None:
        return files(ROOT, patterns or WHOLE)
    whole = files(ROOT, WHOLE)
    return [name for name in files(ROOT, ["capexmodel/**/*.py"]) if name not in whole]


def _reach(marked: str) -> Path:
    """Where it is kept what tests reach, of those marked so."""
    return MADE / ("reach.json" if marked else "reach-long.json")


def work(some: Sequence[Mutant], names: Sequence[str], tests: Sequence[str], workers: int, budget_s: float, marked: str) -> None:
    """Let workers, each in a copy of the tree, try some mutants; none means: find what the tests reach, each those of its share."""
    known = json.loads(_reach(marked).read_text()) if _reach(marked).exists() else {}
    if not some and all(holds(ROOT, known, file, names) for file in tests):
        return
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for at in range(min(workers, len(some) or len(tests))):
            place = Path(folder) / f"tree{at}"
            shutil.copytree(ROOT, place, ignore=NOT_COPIED, symlinks=True)
            job = {
                "mutants": [dataclasses.asdict(one) for one in some[at::workers]],
                "files": list(names),
                "tests": list(tests if some else tests[at::workers]),
                "budget_s": budget_s,
                "marked": marked,
                "results": str(ROWS),
                "map": str(_reach(marked)),
                "cache": str(MADE / "jax"),
            }
            path = Path(folder) / f"job{at}.json"
            path.write_text(json.dumps(job))
            environment = os.environ | {"PYTHONPATH": str(place), "JAX_PLATFORMS": "cpu", "OPENBLAS_NUM_THREADS": "1"}
            command = [sys.executable, "-m", "tests.soak.mutants.worker", str(path)]
            running.append(subprocess.Popen(command, cwd=place, env=environment))
        ends = [each.wait() for each in running]
    if any(ends):
        raise SystemExit(f"a worker ended with {max(ends)}: what it had found is kept")
