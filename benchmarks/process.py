"""How long the command takes as a whole process: `python -m capexmodel optimize`, with an empty cache of compiled programs and after;
and how long a scenario takes to load, beside the standard library's parser on the same files."""

import os
import statistics
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from benchmarks.clock import in_turn, paired_ratio, timed
from benchmarks.table import show
from capexmodel.config import load

SCENARIOS = ("meta_2026", "greenfield")
WARM = 3
ROUNDS = 15
GOAL_S = 5.0
ROOT = Path(__file__).resolve().parents[1]


def run() -> dict[str, object]:
    """Time each scenario in processes of its own, on a cache that only they use."""
    found = {name: _process(name) for name in SCENARIOS}
    rows = [
        [name, one["first_s"], one["warm_s"], min(one["warm_runs_s"]), one["warm_cpu_s"], GOAL_S, one["warm_s"] <= GOAL_S]
        for name, one in found.items()
    ]
    show(
        f"process: python -m capexmodel optimize, median of {WARM} after the first",
        ["scenario", "first (s)", "warm (s)", "fastest (s)", "cores (s)", "goal (s)", "met"],
        rows,
    )
    return {"goal_s": GOAL_S, **found, "loading": _loading()}


def _loading(name: str = "meta_2026") -> dict[str, float]:
    """Seconds to load a scenario, and how many times as long as parsing the scenario, its sources and the whole catalog."""
    files = [
        ROOT / "configs" / "scenarios" / f"{name}.toml",
        ROOT / "configs" / "sources.toml",
        *(ROOT / "configs" / "catalog").glob("*.toml"),
    ]
    pairs = in_turn(lambda: [tomllib.loads(path.read_text()) for path in files], lambda: load(name), ROUNDS)
    found = {"load_s": min(second.wall_s for _, second in pairs), "times_as_long_as_parsing": paired_ratio(pairs)}
    show(
        f"loading {name}: beside {len(files)} files of scenario, sources and catalog",
        ["", "fastest (s)", "times as long as parsing them"],
        [["load", *found.values()]],
    )
    return found


def _process(name: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        first, *warm = (timed(lambda: _once(name, folder)) for _ in range(WARM + 1))
    runs_s = [one.wall_s for one in warm]
    return {
        "first_s": first.wall_s,
        "warm_s": statistics.median(runs_s),
        "warm_runs_s": runs_s,
        "warm_cpu_s": statistics.median(one.cpu_s for one in warm),
    }


def _once(name: str, cache: str) -> None:
    """One process; a plan that is not proven is a failure of the benchmark."""
    subprocess.run(
        [sys.executable, "-m", "capexmodel", "optimize", name],
        cwd=ROOT, env=os.environ | {"XDG_CACHE_HOME": cache, "CAPEXMODEL_CACHE": ""}, check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
