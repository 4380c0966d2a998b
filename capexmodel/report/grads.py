"""Slopes of a scenario three ways, for people and for programs: what was compared, what is wrong, and what moves the first date most."""

from typing import Any

import numpy as np

from capexmodel.report.document import finite
from capexmodel.report.leaf import meaning, written
from capexmodel.report.text import heading, paragraph, safe, significant, size, table
from capexmodel.testing.grads import TOLERANCE, Gradients
from capexmodel.testing.readings import aim_names

SCHEMA_VERSION = 1
MOST = 15
"""Numbers that a page shows."""
NOTHING = 1e-9
"""Share of a date below which a number does not move it."""


def gradients_page(found: Gradients) -> str:
    """Set what was compared, then the numbers that move the first date most, or those whose slopes are wrong."""
    names, scenario, broken = aim_names(found.scenario), found.scenario, found.broken
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}"]
    lines += heading("slopes", f"of {len(names)} readings in {len(found.leaves):,} numbers: {found.slopes.size:,}")
    smooth = np.where(found.kinks | found.endless | broken, 0.0, found.gaps)
    lines += paragraph(f"Backward against forward along a random way: {found.forward:.1e} of itself at worst, {TOLERANCE:g} allowed.")
    lines += paragraph(f"Against differences: {float(smooth.max(initial=0.0)) * TOLERANCE:.1e} of itself at worst, {TOLERANCE:g} allowed.")
    lines += paragraph(f"At a kink, where the slopes of both sides differ: {int(found.kinks.sum()):,}; there it lies between both.")
    lines += paragraph(
        f"At an end of what is declared, and moved inwards alone: {int(found.ends.sum()):,} numbers. Without a slope there, as where "
        f"nothing means that there is none: {int(found.endless.any(axis=0).sum()):,} of them."
    )
    still = f"Not moved, for it has no end: {found.left_count:,}."
    lines += paragraph(f"Nothing, and moved by a natural step: {int((found.values == 0).sum()):,} numbers. {still}")
    lines += paragraph(f"No number, or not the slope of differences: {int(broken.sum()):,}.")
    if broken.any():
        rows = [(names[a], found.leaves[k].path, *_both(found, a, k)) for a, k in np.argwhere(broken)[:MOST].tolist()]
        lines += heading("wrong", "change of a reading for the whole of a number, as a share of the reading")
        lines += table(["reading", "number", "slope", "differences"], rows, left=2)
    lines += heading(f"what moves {names[0].rsplit('_', 1)[0]} most", "days for one percent more of a number")
    lines += table(["number", "is", "slope", "differences", "", "what it is"], [_row(found, k) for k in _dearest(found)])
    return "\n".join([*lines, "", "Slopes hold." if found.holds else "Slopes do NOT hold."]) + "\n"


def _both(found: Gradients, aim: int, leaf: int) -> tuple[str, str]:
    return significant(float(found.slopes[aim, leaf])), significant(float(found.differences[aim, leaf]))


def _dearest(found: Gradients) -> list[int]:
    sizes = np.where(found.values != 0, np.abs(np.nan_to_num(found.slopes[0])), 0.0)  # a percent of nothing is nothing
    return np.argsort(-sizes, kind="stable")[: min(MOST, int((sizes > NOTHING).sum()))].tolist()


def _row(found: Gradients, k: int) -> list[str]:
    leaf, scenario = found.leaves[k], found.scenario
    days = 0.01 * max(abs(float(found.aims[0])), 1.0) / size("day")
    slope, difference = (significant(days * float(table[0, k])) for table in (found.slopes, found.differences))
    kink = "at a kink" if found.kinks[0, k] else "no slope" if found.endless[0, k] else ""
    return [leaf.path, written(scenario, leaf.path, float(found.values[k])), slope, difference, kink, meaning(scenario, leaf.path)]


def gradients_document(found: Gradients) -> dict[str, Any]:
    """The whole result: every slope that is not nothing, with its differences."""
    names = aim_names(found.scenario)
    rows = [
        {
            "reading": names[a], "path": found.leaves[k].path, "value": float(found.values[k]),
            "slope_share": float(found.slopes[a, k]), "difference_share": float(found.differences[a, k]),
            "gap_tolerances": float(found.gaps[a, k]), "kink": bool(found.kinks[a, k]), "broken": bool(found.broken[a, k]),
            "whole": float(found.whole[k]), "at_end": bool(found.ends[k]), "endless": bool(found.endless[a, k]),
        }
        for a, k in np.argwhere((found.slopes != 0) | found.broken | found.endless).tolist()
    ]  # fmt: skip
    return finite(
        {
            "schema_version": SCHEMA_VERSION, "kind": "grads", "scenario": found.scenario.name,
            "config_hash": found.scenario.evidence.config_hash, "holds": found.holds, "tolerance": TOLERANCE,
            "readings": dict(zip(names, found.aims.tolist(), strict=True)), "forward_worst": found.forward,
            "slopes": int(found.slopes.size), "kinks": int(found.kinks.sum()), "broken": int(found.broken.sum()),
            "numbers": len(found.leaves), "not_moved": found.left_count, "at_ends": int(found.ends.sum()),
            "without_slope": int(found.endless.sum()), "rows": rows,
        }
    )  # fmt: skip
