"""The laws in depth on every shipped scenario, which planted faults each finds, and the page that tells: docs/laws.md."""

import argparse
import json
import sys
import time

from capexmodel.config import load
from capexmodel.report.document import finite
from capexmodel.report.laws import self_document
from capexmodel.report.shelf import keep_compiled
from capexmodel.testing import EXAMPLES, LAWS, Kind, check
from capexmodel.testing.shipped import check_shipped
from capexmodel.testing.shrink import smallest
from tests.soak.planted import BASES, PLANTED
from tests.soak.record import FOLDER, keep

PAGE = FOLDER.parents[1] / "docs" / "laws.md"
FOUND_BY = "standard"


def run(words: list[str]) -> int:
    """Try the laws, then the faults; write what was found, and the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak laws")
    parser.add_argument("--level", choices=tuple(EXAMPLES), default="deep", help="how many examples (deep)")
    parser.add_argument("--page", action="store_true", help="only write the page anew from what was found before")
    options = parser.parse_args(words)
    if not options.page:
        keep_compiled()
        start_s = time.perf_counter()
        every, least = [], []
        for found in check_shipped(LAWS, options.level, tell=_say):
            every.append(found)
            least.append([(one, smallest(found.scenario, one.law, one.broken[0], 0, found.reach)) for one in found.fared if one.broken])
        told = self_document(every, least)
        broken = [f"{row['id']} {row['name']}" for each in told["scenarios"] for row in each["laws"] if row["broken_examples"]]
        counts = {"level": options.level, **finite(told), "planted": planted()}
        unseen = [name for name, laws in counts["planted"].items() if not laws]
        keep("laws", counts, [*broken, *(f"not found: {name}" for name in unseen)], time.perf_counter() - start_s)
    told = json.loads((FOLDER / "laws.json").read_text(encoding="utf-8"))
    PAGE.write_text(page(told), encoding="utf-8")
    return 1 if told["failures"] else 0


def planted() -> dict[str, list[str]]:
    """Of each planted fault, the laws that it breaks, in the first scenario in which it breaks any."""
    laws = [one for one in LAWS if one.kind in (Kind.OUTCOME, Kind.SLOPE)]
    found = {}
    for name, model in PLANTED.items():
        tried = (check(load(base), laws, FOUND_BY, model=model).fared for base in BASES)
        found[name] = next(filter(None, ([one.law.title for one in fared if not one.holds] for fared in tried)), [])
        _say(f"{name}: {', '.join(found[name]) or 'not found'}")
    return found


def _say(text: str) -> None:
    """Progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def page(told: dict) -> str:
    """The page on laws, from the registry and the last run."""
    counts = told["counts"]
    rows = {}
    for each in counts["scenarios"]:
        for row in each["laws"]:
            rows.setdefault(f"{row['id']} {row['name']}", []).append(row)
    names = ", ".join(each["scenario"] for each in counts["scenarios"])
    lines = [
        "# The laws",
        "",
        "Written by `python -m tests.soak laws --page` from the registry and the last run,",
        f"that of {told['date']} on {told['cores']} processors (`--level {counts['level']}`: {names}):",
        f"{counts['evaluations']:,} examples held against a law, {counts['comparisons']:,} numbers, in {told['wall_s'] / 60:.0f} minutes.",
        f"Margin: share of the tolerance that was left at worst. Faults: how many of {len(counts['planted'])} planted ones it finds.",
        "",
        "| law | says | tolerance, and why | examples | numbers | margin | faults |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in LAWS:
        fared = rows.get(one.title, [])
        worst = max((row["worst_tolerances"] for row in fared if row["worst_tolerances"] is not None), default=None)
        margin = "-" if worst is None else f"{100.0 * (1.0 - max(worst, 0.0)):.3g} %"
        kills = sum(one.title in laws for laws in counts["planted"].values())
        numbers = [sum(row[key] for row in fared) for key in ("examples", "comparisons")]
        said = f"{one.statement}{f' (off {one.off})' if one.off else ''}"
        lines.append(f"| {one.title} | {said} | {one.tolerance:g}: {one.reason} | {numbers[0]:,} | {numbers[1]:,} | {margin} | {kills} |")
    lines += ["", "## Planted faults", "", "| fault | found by |", "|---|---|"]
    lines += [f"| {name} | {', '.join(laws) or '**none**'} |" for name, laws in counts["planted"].items()]
    return "\n".join(lines) + "\n"
