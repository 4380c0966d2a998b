"""How laws fared on a scenario, for people and for programs, and the smallest scenario that breaks one, as a file."""

import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np

from capexmodel.config import dump
from capexmodel.config.faults import called
from capexmodel.report.leaf import meaning
from capexmodel.report.text import heading, paragraph, safe, table
from capexmodel.testing.check import Checked, Fared
from capexmodel.testing.shrink import Smallest

SCHEMA_VERSION = 1
MOST_MOVED = 12


def check_page(found: Checked, smallest: Sequence[tuple[Fared, Smallest]]) -> str:
    """Set each law with its examples and its margin; then, of those that broke, the smallest scenario that breaks it."""
    scenario = found.scenario
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}"]
    lines += heading("laws", "margin: share of the tolerance that is left at worst; off: examples where a law does not apply")
    rows = [
        [
            one.law.id,
            one.law.name,
            f"{one.examples:,}",
            f"{one.comparisons:,}",
            f"{one.skipped:,}",
            _margin(one),
            _ended(one),
        ]
        for one in found.fared
    ]
    lines += table(["law", "of", "examples", "numbers", "off", "margin", ""], rows, left=2)
    off = [one for one in found.fared if one.skipped]
    for one in off:
        lines += paragraph(f"{one.law.title} is off {one.law.off or 'where the scenario has no such number'}.")
    for one, least in smallest:
        lines += heading(f"{one.law.title} is broken", f"by {least.excess:.3g} tolerances of {one.law.tolerance:g}")
        lines += paragraph(
            f"{one.law.statement}. Example {one.broken[0]} of seed {found.seed}, brought as near to the scenario as it goes:"
        )
        lines += _moved(found, least)
    rate = found.evaluations / max(found.wall_s, 1e-9)
    lines += ["", f"{found.evaluations:,} law-checked evaluations in {found.wall_s:.1f} s ({rate:,.0f} a second), seed {found.seed}"]
    lines += [f"{found.comparisons:,} numbers held against a law"]
    return "\n".join(lines) + "\n"


def _ended(one: Fared) -> str:
    """Whether a law held; of one that never applied that is not known."""
    return f"BROKEN {len(one.broken):,}x" if one.broken else "holds" if one.examples else "off"


def _margin(one: Fared) -> str:
    return "-" if not one.examples else f"{100.0 * (1.0 - max(one.worst, 0.0)):.3g} %"


def _moved(found: Checked, least: Smallest) -> list[str]:
    """The numbers that had to move."""
    if not least.moved:
        return ["  no number: the scenario itself breaks it"]
    rows = []
    for leaf, value, base in least.cells(found.scenario)[:MOST_MOVED]:
        rows.append([leaf.path, f"{base:.6g}", f"{value:.6g}", meaning(found.scenario, leaf.path)])
    more = len(least.moved) - len(rows)
    return table(["number", "is", "was made", "what it is"], rows) + ([f"  and {more} more"] if more > 0 else [])


def check_document(found: Checked, smallest: Sequence[tuple[Fared, Smallest]]) -> dict[str, Any]:
    """The whole result: each law with statement, tolerance and its reason, examples, and what broke it."""
    least = {one.law.title: shrunk for one, shrunk in smallest}
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "check",
        "scenario": found.scenario.name,
        "config_hash": found.scenario.evidence.config_hash,
        "seed": found.seed,
        "reach": found.reach.name.lower(),
        "evaluations": found.evaluations,
        "comparisons": found.comparisons,
        "wall_s": found.wall_s,
        "holds": found.holds,
        "laws": [
            {
                "id": one.law.id, "name": one.law.name, "statement": one.law.statement, "tolerance": one.law.tolerance,
                "reason": one.law.reason, "off": one.law.off, "examples": one.examples,
                "comparisons": one.comparisons, "skipped": one.skipped,
                "worst_tolerances": one.worst if np.isfinite(one.worst) else None, "worst_example": one.worst_example,
                "broken_examples": list(one.broken),
                "smallest": None if one.law.title not in least else [
                    {"path": leaf.path, "value": value, "was": base} for leaf, value, base in least[one.law.title].cells(found.scenario)
                ],
            }
            for one in found.fared
        ],
    }  # fmt: skip


def self_page(found: Sequence[Checked]) -> str:
    """Set the laws of every scenario below one another, and their sums."""
    laws = {one.law.title for each in found for one in each.fared if one.examples}
    total, numbers, wall_s = (sum(getattr(one, name) for one in found) for name in ("evaluations", "comparisons", "wall_s"))
    lines = heading("all scenarios", ", ".join(safe(one.scenario.name) for one in found))
    lines += [f"  {len(laws)} laws, {total:,} law-checked evaluations, {numbers:,} numbers held against a law, {wall_s:,.0f} s"]
    broken = [f"{one.law.title} on {each.scenario.name}" for each in found for one in each.fared if not one.holds]
    lines += ["  every law holds" if not broken else f"  BROKEN: {', '.join(broken)}"]
    return "\n".join(lines) + "\n"


def self_document(found: Sequence[Checked], smallest: Sequence[Sequence[tuple[Fared, Smallest]]]) -> dict[str, Any]:
    """The laws of every scenario, and their sums."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "check self",
        "holds": all(one.holds for one in found),
        "evaluations": sum(one.evaluations for one in found),
        "comparisons": sum(one.comparisons for one in found),
        "wall_s": sum(one.wall_s for one in found),
        "scenarios": [check_document(one, least) for one, least in zip(found, smallest, strict=True)],
    }


def failing_file(found: Checked, one: Fared, least: Smallest, name: str) -> bytes:
    """The smallest failing scenario as TOML, with the command that breaks it again."""
    again = f'capexmodel check {shlex.quote(called(name))} --law "{one.law.title}" --example {one.broken[0]} --seed {found.seed}'
    return f"# {one.law.title} is broken here: {one.law.statement}.\n# {again}\n{dump(least.scenario)}".encode()
