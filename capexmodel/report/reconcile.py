"""The walk from one published cost of a gigawatt to another, for people and for programs."""

from collections.abc import Mapping
from typing import Any

from capexmodel.config.builds import Told
from capexmodel.report.text import heading, paragraph, safe, table
from capexmodel.studies.ownership import chip_hour_usd
from capexmodel.studies.reconcile import PER_GW, Walk

SCHEMA_VERSION = 1
NOTHING = 5e-4
"""Billions a gigawatt below which a step is not shown."""
BAR = 24
"""Letters of the longest bar."""


def walk_page(found: Walk) -> str:
    """From one to the other, step by step, each with a bar of what it adds, its share of the difference, and where it ends."""
    first, last = found.ends
    lines = [f"from {safe(found.start.name)} to {safe(found.end.name)}: billions of dollars a gigawatt"]
    for told, published, parts in zip((found.start, found.end), found.published, found.parts, strict=True):
        beside = f"published {published:.2f}, " if published is not None else "nothing published, "
        lines += paragraph(f"{told.title}, as of {told.as_of}: {beside}from its parts {parts:.2f}.")
    longest = max((abs(step.busd_per_gw) for step in found.steps), default=0.0)
    rows, reached = [["", safe(found.start.name), "", "", f"{first:.2f}"]], first
    for step in found.steps:
        reached += step.busd_per_gw
        if abs(step.busd_per_gw) > NOTHING:
            share = f"{100.0 * step.busd_per_gw / (last - first):+.1f}" if abs(last - first) > NOTHING else "-"
            bar = ("+" if step.busd_per_gw > 0 else "-") * max(1, round(BAR * abs(step.busd_per_gw) / longest))
            rows.append([bar, safe(step.name), f"{step.busd_per_gw:+.2f}", share, f"{reached:.2f}"])
    rows.append(["", safe(found.end.name), f"{last - first:+.2f}", "100.0" if abs(last - first) > NOTHING else "-", f"{last:.2f}"])
    lines += heading("walk", "each step is what an assumption adds, on average over all orders in which they may be changed")
    lines += table(["", "step", "$B/GW", "share (%)", "reached"], rows, left=2)
    lines += heading("parts", "billions of dollars a counted gigawatt")
    names = ["systems", "network", "storage", "halls", "generation"]
    lines += table(["build", *names], [_parts(told) for told in (found.start, found.end)])
    return "\n".join(lines) + "\n"


def _parts(told: Told) -> list[str]:
    parts = told.build.parts()
    values = (parts.systems_usd_per_w, parts.network_usd_per_w, parts.storage_usd_per_w, parts.halls_usd_per_w, parts.generation_usd_per_w)
    return [safe(told.name), *(f"{PER_GW * float(value):.2f}" for value in values)]


def builds_page(known: Mapping[str, Told]) -> str:
    """What can be walked between."""
    lines = ["builds: what published costs of a gigawatt are made of"]
    rows = [
        [safe(name), safe(told.title), str(told.as_of), f"{PER_GW * float(told.build.cost_usd_per_w()):.2f}", f"{chip_hour_usd(told):.2f}"]
        for name, told in known.items()
    ]
    return "\n".join(lines + table(["build", "what", "as of", "$B/GW from its parts", "$ a chip-hour"], rows, left=3)) + "\n"


def walk_document(found: Walk) -> dict[str, Any]:
    """The whole walk; steps add up to `end` less `start`."""
    first, last = found.ends
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "reconciliation",
        "unit": "busd_per_gw",
        "from": {"build": found.start.name, "published": found.published[0], "from_parts": found.parts[0]},
        "to": {"build": found.end.name, "published": found.published[1], "from_parts": found.parts[1]},
        "start": first,
        "end": last,
        "steps": [{"step": step.name, "adds": step.busd_per_gw} for step in found.steps],
    }
