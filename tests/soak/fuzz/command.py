"""`python -m tests.soak fuzz`: feed what reads people's files with what a search by coverage makes up; runs add to those of before."""

import argparse
import datetime
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
MADE = ROOT / "build" / "fuzz"
RESULTS = Path(__file__).parent / "results.json"
SHARES = {
    "unit": 0.1, "vary": 0.1, "bytes": 0.1, "set": 0.1, "file": 0.4,
    "build": 0.05, "power": 0.05, "runs": 0.049, "costs": 0.05, "learned": 0.001,
}  # fmt: skip
"""How runs are shared between targets: most are whole files, though these take a hundred times as long as words."""


def main(words: Sequence[str]) -> int:
    """Run what is asked for and add it to the account."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="inputs, all targets together")
    parser.add_argument("--targets", nargs="+", choices=sorted(SHARES), default=list(SHARES))
    parser.add_argument("--seconds", type=int, default=0, help="the longest that one target is fed (0: as long as it takes)")
    options = parser.parse_args(words)
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("the search needs atheris: pip install 'capexmodel[fuzz]'\n")
        return 2
    MADE.mkdir(parents=True, exist_ok=True)
    total, wrong = sum(SHARES[name] for name in options.targets), 0
    for name in options.targets:
        row = fed(name, max(1, round(options.runs * SHARES[name] / total)), options.seconds)
        RESULTS.write_text(json.dumps(added(name, row), indent=1) + "\n")
        sys.stdout.write(f"{name}: {row}\n")
        wrong += row["broken"] + row["stopped"]
    return int(wrong > 0)


def fed(name: str, runs: int, seconds: int) -> dict[str, Any]:
    """Feed one target, in a process of its own."""
    corpus, found = MADE / name, MADE / "found.jsonl"
    corpus.mkdir(exist_ok=True)
    before = found.read_text().count("\n") if found.exists() else 0
    limits = ["-rss_limit_mb=4096", "-timeout=60", "-max_len=4096", f"-artifact_prefix={MADE}/"]
    command = [sys.executable, "-m", "tests.soak.fuzz.harness", name, str(found), f"-runs={runs}", f"-max_total_time={seconds}", *limits]
    temporary = MADE / "temporary"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    environment = os.environ | {"JAX_PLATFORMS": "cpu", "TMPDIR": str(temporary)}
    began = time.monotonic()
    done = subprocess.run(
        [*command, "-print_final_stats=1", str(corpus)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    said = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    covered = re.findall(r"cov: (\d+) ft: (\d+)", done.stderr)
    after = found.read_text().count("\n") if found.exists() else 0
    if done.returncode:
        (MADE / f"{name}.log").write_text(done.stderr)
    return {
        "runs": int(said.get("number_of_executed_units", 0)),
        "seconds": round(time.monotonic() - began, 1),
        "corpus": sum(1 for _ in corpus.iterdir()),
        "covered": int(covered[-1][0]) if covered else 0,
        "most_mb": int(said.get("peak_rss_mb", 0)),
        "broken": after - before,
        "stopped": int(done.returncode != 0),
    }


def added(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """The account with a row added."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"targets": {}}
    old = known["targets"].get(name, {})
    sums = {key: round(old.get(key, 0) + row[key], 1) for key in ("runs", "seconds", "broken", "stopped")}
    known["targets"][name] = {**row, **sums, "most_mb": max(old.get("most_mb", 0), row["most_mb"])}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    versions = {each: metadata.version(each) for each in ("atheris", "jax", "numpy")} | {"python": platform.python_version()}
    known |= {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit,
        "versions": versions,
        "cores": os.cpu_count(),
    }
    return known | {"runs": sum(each["runs"] for each in known["targets"].values())}
