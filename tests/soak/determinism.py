"""The same bytes whatever does not matter: hash seed, time zone, language, folder, order of keys; how near where bits may differ.

`python -m tests.soak determinism`. A process each for: the base, one thing changed at a time, everything at once, nothing kept from before;
one processor (where sums are split otherwise: within a tolerance), and without compilation (within 64 units in the last place).
"""

import dataclasses
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from capexmodel.config import load
from capexmodel.config.locate import configs_dir
from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.param import axes
from capexmodel.planning.constraint import axis_labels
from capexmodel.report.document import to_json
from tests.soak.record import FOLDER, keep
from tests.sweeping import plan

ROOT = FOLDER.parents[1]
WORKS = ("optimize", "simulate", "check", "sweep")
TWICE = ("optimize+", "simulate+", "check", "sweep+")
ULPS = 64.0
THREADS_RTOL = 1e-9
"""How far one processor may be from two: sums are split in other places, and a search stops within its tolerance."""
_HEAD = re.compile(r"^\[")


@dataclasses.dataclass(frozen=True)
class Variant:
    """What is otherwise than in the base: the environment, where one stands, the order of keys, processors (0: all), what is done."""

    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    elsewhere: bool = False
    shuffled: int = 0
    cores: int = 0
    works: tuple[str, ...] = WORKS


OTHER = {"PYTHONHASHSEED": "12345", "TZ": "Pacific/Kiritimati", "LANG": "fr_FR.UTF-8", "LC_ALL": "C", "COLUMNS": "20", "PYTHONUTF8": "0"}
SAME_BYTES = {
    "again": Variant(),
    "another hash seed": Variant({"PYTHONHASHSEED": "1"}),
    "another language and time zone": Variant({"LANG": "fr_FR.UTF-8", "LC_ALL": "fr_FR.UTF-8", "TZ": "Pacific/Kiritimati"}),
    "another folder": Variant(elsewhere=True),
    "keys in another order": Variant(shuffled=1),
    "everything at once": Variant(OTHER, True, 3),
    "nothing kept": Variant({"CAPEXMODEL_CACHE": "off"}, works=("optimize", "simulate")),
}


def shuffled(text: str, seed: int) -> str:
    """The same file with its tables, and the keys in each, in another order; without its notes."""
    tables: list[list[str]] = [[]]
    for line in text.splitlines():
        if _HEAD.match(line):
            tables.append([])
        if line.strip() and not line.startswith("#"):
            tables[-1].append(line)
    draw = random.Random(seed)
    mixed = [[head, *draw.sample(keys, len(keys))] for head, *keys in tables[1:]]
    return (
        "\n".join([*draw.sample(tables[0], len(tables[0])), *(line for table in draw.sample(mixed, len(mixed)) for line in table)]) + "\n"
    )


def named(allocation: Allocation, scenario: Scenario) -> dict[str, Any]:
    """An allocation as a result file holds it."""
    found = {}
    for field in (each.name for each in dataclasses.fields(Allocation)):
        labels = {axis: axis_labels(scenario, axis) for axis in axes(Allocation, field)}
        found[field] = {"axes": labels, "values": np.asarray(getattr(allocation, field)).tolist()}
    return found


def done(root: Path, name: str, variant: Variant, cache: Path) -> tuple[int, dict[str, bytes]]:
    """Work in a process of its own: how it ended, and what it wrote."""
    folder = root / re.sub(r"\W", "_", name) / ("elsewhere" if variant.elsewhere else "here")
    folder.mkdir(parents=True)
    text = (configs_dir() / "scenarios" / "one_period.toml").read_text(encoding="utf-8")
    (folder / "mine.toml").write_text(shuffled(text, variant.shuffled) if variant.shuffled else text, encoding="utf-8")
    scenario = load("one_period")
    (folder / "plan.json").write_bytes(to_json({"allocation": named(plan(scenario), scenario)}))
    words = [sys.executable, "-m", "tests.soak.determined", str(folder), str(variant.cores), *variant.works]
    env = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"} | variant.env
    ended = subprocess.run(words, cwd=folder, env=env, capture_output=True, check=False)
    if ended.returncode:
        sys.stderr.write(ended.stderr.decode(errors="replace")[-2000:])
    return ended.returncode, written(folder)


def written(folder: Path) -> dict[str, bytes]:
    """What was written, but for how long it took."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in ("mine.toml", "plan.json"):
            content = path.read_bytes()
            found[str(path.relative_to(folder))] = re.sub(rb'"wall_s": [^,\n]*', b"", content) if path.name == "check.json" else content
    return found


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float | str]]:
    """The leaves of a document by their path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from numbers(each, f"{path}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from numbers(each, f"{path}[{index}]")
    else:
        yield path, float(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def apart(one: bytes, other: bytes) -> tuple[float, float, list[str]]:
    """How far two documents are: units in the last place, relative difference (of numbers beside 1), and paths that say something else."""
    left, right = (dict(numbers(json.loads(each))) for each in (one, other))
    ulps, relative, unlike = 0.0, 0.0, sorted(set(left) ^ set(right))
    for path in set(left) & set(right):
        a, b = left[path], right[path]
        if isinstance(a, str) or isinstance(b, str):
            unlike += [path] if a != b else []
        elif a != b:
            ulps = max(ulps, abs(a - b) / np.spacing(max(abs(a), abs(b))))
            relative = max(relative, abs(a - b) / max(abs(a), abs(b), 1.0))
    return ulps, relative, unlike


def near(base: Mapping[str, bytes], other: Mapping[str, bytes], name: str, counts: dict[str, Any]) -> float:
    """How far a work is from that of the base, noted; infinitely where it says something else."""
    ulps, relative, unlike = apart(base[name], other[name])
    counts[f"{name}: units in the last place"], counts[f"{name}: relative"] = round(ulps, 1), relative
    return float("inf") if unlike else relative


def run(words: list[str]) -> int:
    """The whole matrix; what was found is kept."""
    start_s, failures, counts = time.perf_counter(), [], {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        status, base = done(root, "base", Variant(works=TWICE), root / "cache")
        failures += [f"base: ended with {status}"] if status else []
        for name, variant in SAME_BYTES.items():
            status, found = done(root, name, variant, root / "cache")
            wrong = [file for file in found if found[file] != base.get(file)]
            missing = set() if variant.works != WORKS else set(base) - set(found)
            counts[name] = {"files": len(found), "bytes": sum(map(len, found.values()))}
            failures += [f"{name}: {', '.join([*wrong, *missing])} ended with {status}"] if wrong or missing or status else []
        one: dict[str, Any] = {}
        status, found = done(root, "one processor", Variant(cores=1, works=("optimize", "simulate")), root / "cache_of_one")
        far = max(near(base, found, name, one) for name in ("optimize.json", "simulate.json")) if not status else float("inf")
        failures += [f"one processor: {far:g} apart"] if far > THREADS_RTOL else []
        plain: dict[str, Any] = {}
        status, found = done(root, "not compiled", Variant({"JAX_DISABLE_JIT": "1"}, works=("simulate",)), root / "cache")
        far = near(base, found, "simulate.json", plain) if not status else float("inf")
        failures += [f"not compiled: {plain}"] if far == float("inf") or plain["simulate.json: units in the last place"] > ULPS else []
        counts |= {"one processor": one, "not compiled": plain}
    keep("determinism", counts, failures, time.perf_counter() - start_s)
    sys.stdout.write("\n".join([*failures, f"{len(SAME_BYTES) + 3} processes, {len(failures)} failures"]) + "\n")
    return len(failures) > 0
