"""The laws in depth on every shipped scenario; which planted faults each finds; and the page that tells both: docs/laws.md."""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Collection
from typing import Any

from capexmodel.config import load
from capexmodel.report.document import finite
from capexmodel.report.laws import self_document
from capexmodel.report.shelf import keep_compiled
from capexmodel.testing import EXAMPLES, LAWS, Kind, check
from capexmodel.testing.shipped import SHIPPED
from capexmodel.testing.shrink import smallest
from tests.soak.planted import BASES, PLANTED
from tests.soak.processes import ROOT, processes, state
from tests.soak.record import FOLDER, keep

PAGE, DONE = ROOT / "docs" / "laws.md", ROOT / "build" / "soak" / "laws"
FOUND = (FOLDER / "laws.json", FOLDER / "planted.json")
FOUND_BY = "standard"
HELD = [one for one in LAWS if one.kind is not Kind.PLAN]
"""Laws that are held against planted faults: a fault is in the model, and plans stay the package's."""
SUMMED = ("evaluations", "comparisons")
PARTS = sorted(((name, kind is Kind.PLAN) for name, kinds in SHIPPED for kind in kinds - {Kind.SLOPE}), key=lambda one: not one[1])
"""Scenarios, and whether it is laws of plans or all others that are tried; those of plans take longest and begin first."""


def run(words: list[str]) -> int:
    """Try the laws, then the faults; write what was found, and the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak laws")
    parser.add_argument("--level", choices=tuple(EXAMPLES), default="deep", help="how many examples (deep)")
    parser.add_argument("--page", action="store_true", help="only write the page anew from what was found before")
    options = parser.parse_args(words)
    if not options.page:
        start_s = time.perf_counter()
        with processes() as pool:
            parts = [pool.submit(part, name, plans, options.level) for name, plans in PARTS]
            told = [each.result() for each in parts]
        rows = [each for one in told for each in one["scenarios"]]
        sums = {key: sum(one[key] for one in told) for key in SUMMED}
        broken = [f"{row['id']} {row['name']}" for each in rows for row in each["laws"] if row["broken_examples"]]
        counts = {"level": options.level, **sums, "summed_s": sum(one["wall_s"] for one in told), "scenarios": rows}
        keep("laws", counts, broken, time.perf_counter() - start_s)
    return _written()


def plant(words: list[str]) -> int:
    """Try the planted faults; write which laws find them, and the page."""
    argparse.ArgumentParser(prog="python -m tests.soak planted").parse_args(words)
    start_s = time.perf_counter()
    with processes() as pool:
        found = dict(zip(PLANTED, pool.map(planted, PLANTED), strict=True))
    counts = {"found_by": found, "tried": [one.title for one in HELD]}
    keep("planted", counts, [f"not found: {name}" for name, laws in found.items() if not laws], time.perf_counter() - start_s)
    return _written()


def _written() -> int:
    """Write the page from what was found last; status 1 where a law is broken or a fault was not found."""
    laws, faults = (json.loads(path.read_text(encoding="utf-8")) if path.exists() else None for path in FOUND)
    if laws is not None:
        PAGE.write_text(page(laws, faults), encoding="utf-8")
    return 1 if any(told["failures"] for told in (laws, faults) if told is not None) else 0


def part(name: str, plans: bool, level: str) -> dict[str, Any]:
    """The laws of plans, or all others, on one shipped scenario, in a process of its own."""
    return _kept(f"{name}-{'plans' if plans else 'outcomes'}-{level}", lambda: _part(name, plans, level))


def _kept(what: str, find: Callable[[], Any]) -> Any:
    """What is found, kept: what a run that was cut off had found of the same package is taken."""
    path = DONE / f"{state()}-{what}.json"
    if not path.exists():
        told = json.dumps(find())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(told, encoding="utf-8")
        path.with_suffix(".part").replace(path)
    return json.loads(path.read_text(encoding="utf-8"))


def _part(name: str, plans: bool, level: str) -> dict[str, Any]:
    keep_compiled()
    laws = [one for one in LAWS if (one.kind is Kind.PLAN) is plans]
    what = f"{name}, {'plans' if plans else 'outcomes'}"
    found = check(load(name), laws, level, tell=lambda text: _say(f"{what}: {text}"))
    least = [(one, smallest(found.scenario, one.law, one.broken[0], 0, found.reach)) for one in found.fared if one.broken]
    return finite(self_document([found], [least]))


def planted(name: str) -> list[str]:
    """The laws that a planted fault breaks, in any of the scenarios that it is tried on."""
    return _kept(f"planted-{list(PLANTED).index(name)}", lambda: _planted(name))


def _planted(name: str) -> list[str]:
    keep_compiled()
    tried = [one for base in BASES for one in check(load(base), HELD, FOUND_BY, model=PLANTED[name]).fared]
    broken = {one.law.title for one in tried if not one.holds}
    found = [one.title for one in HELD if one.title in broken]
    _say(f"{name}: {', '.join(found) or 'not found'}")
    return found


def _say(text: str) -> None:
    """Progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _broken(scenarios: list[dict[str, Any]]) -> list[str]:
    """What was broken, where, and by which numbers: a paragraph a law."""
    lines = []
    for each in scenarios:
        for row in each["laws"]:
            if row["broken_examples"]:
                where, title, broken = each["scenario"], f"{row['id']} {row['name']}", row["broken_examples"]
                moved = ", ".join(cell["path"] for cell in row.get("smallest", []))
                lines += [
                    "",
                    f"**Broken**: {title} of `{where}`, in {len(broken)} of {row['examples']:,} examples, by",
                    f"{_worst(row):.2g} tolerances at worst; the numbers that must move for it are {moved}.",
                    f'`capexmodel check {where} --level deep --law "{title}" --out broken` finds example {broken[0]} again.',
                ]
    return lines


def _worst(row: dict[str, Any]) -> float:
    """Tolerances by which a law was broken at worst; a file has no word for no end of them."""
    return math.inf if row["worst_tolerances"] is None else row["worst_tolerances"]


def _tried(faults: dict | None, rows: Collection[str]) -> Collection[str]:
    """The laws on which planted faults were tried; a run that does not say so tried those that there were then."""
    if faults is None:
        return []
    return faults["counts"].get("tried", [one.title for one in HELD if one.title in rows])


def page(told: dict, faults: dict | None) -> str:
    """The page on laws, from the registry and the last runs."""
    counts, found = told["counts"], {} if faults is None else faults["counts"]["found_by"]
    rows = {}
    for each in counts["scenarios"]:
        for row in each["laws"]:
            rows.setdefault(f"{row['id']} {row['name']}", []).append(row)
    names = ", ".join(dict.fromkeys(each["scenario"] for each in counts["scenarios"]))
    lines = [
        "# The laws",
        "",
        "Written by `python -m tests.soak laws --page` from the registry and the last run,",
        f"that of {told['date']} on {told['cores']} processors (`--level {counts['level']}`: {names}):",
        f"{counts['evaluations']:,} examples held against a law, {counts['comparisons']:,} numbers,",
        f"{counts['summed_s'] / 60:.0f} minutes of one processor.",
        f"Off: where it does not apply. Margin: share of the tolerance left at worst. Faults: how many of {len(found)} planted it finds;",
        "-: none was tried on it. Faults are planted in the model, not in what plans.",
        *_broken(counts["scenarios"]),
        "",
        "| law | says | tolerance, and why | examples | off | numbers | margin | faults |",
        "|---|---|---|---|---|---|---|---|",
    ]
    tried = _tried(faults, rows)
    for one in LAWS:
        fared = rows.get(one.title, [])
        worst = max((_worst(row) for row in fared if row["examples"]), default=None)
        margin = "-" if worst is None else f"{100.0 * (1.0 - max(worst, 0.0)):.3g} %"
        kills = sum(one.title in laws for laws in found.values()) if one.title in tried else "-"
        counted = " | ".join(f"{sum(row[key] for row in fared):,}" for key in ("examples", "skipped", "comparisons"))
        said = f"{one.statement}{f' (off {one.off})' if one.off else ''}"
        lines.append(f"| {one.title} | {said} | {one.tolerance:g}: {one.reason} | {counted} | {margin} | {kills} |")
    if found:
        lines += ["", "## Planted faults", "", "| fault | found by |", "|---|---|"]
    lines += [f"| {name} | {', '.join(laws) or '**none**'} |" for name, laws in found.items()]
    return "\n".join(lines) + "\n"
