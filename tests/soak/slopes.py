"""Outcomes and slopes of a million valid scenarios, corners among them: each is a number."""

import argparse
import json
import sys
import time
from typing import Any

import numpy as np

from capexmodel.config import load
from capexmodel.files import write
from capexmodel.report.shelf import keep_compiled
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Reach, draw, numbers_of
from capexmodel.testing.check import CHUNK
from capexmodel.testing.law import Law
from capexmodel.testing.laws import LAWS
from capexmodel.testing.shipped import SHIPPED
from tests.soak.processes import ROOT, processes, state
from tests.soak.record import keep

HELD = ("L19 everything is a number", "L57 slopes are numbers")
SUMMED = ("examples", "slopes", "summed_s")
COUNT = 1_000_000
SERIES = tuple((name, reach.name.lower()) for name, _ in SHIPPED for reach in Reach)
PART = 16_384
"""Examples that are tried, and written down, together."""
DONE = ROOT / "build" / "soak" / "slopes"


def run(words: list[str]) -> int:
    """Try so many, evenly over scenarios and how far their numbers are moved; what a run that was cut off had done is taken."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak slopes")
    parser.add_argument("--count", type=int, default=COUNT, help=f"scenarios in all ({COUNT:,})")
    each = -(-parser.parse_args(words).count // len(SERIES))
    start_s, seen = time.perf_counter(), state()
    with processes() as pool:
        told = list(pool.map(series, *zip(*((*one, each, seen) for one in SERIES), strict=True)))
    broken = [f"{one['scenario']} {one['reach']} {row}: {law}" for one in told for law, rows in one["broken"].items() for row in rows]
    counts = {key: sum(one[key] for one in told) for key in SUMMED}
    path = keep("slopes", counts | {"held": HELD, "series": told}, broken, time.perf_counter() - start_s)
    sys.stderr.write(f"{counts['examples']:,} scenarios, {counts['slopes']:,} slopes, {len(broken)} broken; kept in {path}\n")
    return 1 if broken else 0


def series(name: str, reach: str, count: int, seen: str) -> dict[str, Any]:
    """One scenario, its numbers moved so far: how many examples and slopes there were, and which examples break which law."""
    keep_compiled()
    bench, parts = Bench(load(name)), []
    for first in range(0, count, PART):
        last = min(first + PART, count)
        path = DONE / f"{seen}-{name}-{reach}-{first}-{last}.json"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write({path: json.dumps(part(bench, Reach[reach.upper()], first, last)).encode()})
        parts.append(json.loads(path.read_text(encoding="utf-8")))
        sys.stderr.write(f"{name} {reach}: {last:,} of {count:,}\n")
    broken = {title: [row for one in parts for row in one["broken"][title]] for title in HELD}
    return {"scenario": name, "reach": reach, **{key: sum(one[key] for one in parts) for key in SUMMED}, "broken": broken}


def part(bench: Bench, reach: Reach, first: int, last: int) -> dict[str, Any]:
    """Some examples, a block at a time."""
    laws: list[Law] = [one for title in HELD for one in LAWS if one.title == title]
    start_s, slopes = time.perf_counter(), sum(values.size for values in numbers_of(bench.base).values())
    found: dict[str, Any] = {"examples": last - first, "slopes": slopes * (last - first), "broken": {one.title: [] for one in laws}}
    for begin in range(first, last, CHUNK):
        cases = draw(bench.base, range(begin, min(begin + CHUNK, last)), reach=reach)
        before = bench.observe(cases)
        for one in laws:
            verdict = one.body(bench, cases, before)
            found["broken"][one.title] += [begin + int(row) for row in np.flatnonzero(verdict.applies & ~(verdict.excess <= 1.0))]
    return found | {"summed_s": time.perf_counter() - start_s}
