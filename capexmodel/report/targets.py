"""How the model stands beside what was published, for people and for programs."""

from typing import Any

from capexmodel.report.text import heading, paragraph, safe, significant, table
from capexmodel.studies.targets import Judged

SCHEMA_VERSION = 1


def targets_page(found: list[Judged]) -> str:
    """Every target with what was published, what the model says, how far off that is, and whether it counts."""
    worked = [each for each in found if each.ours is not None]
    lines = ["targets: published figures, and what the model says of them"]
    gates, met = [each for each in worked if each.gates], sum(each.gates and each.met for each in worked)
    lines += paragraph(f"{len(worked)} worked out; {len(gates)} count, of which {met} are met; {len(found) - len(worked)} wait.")
    lines += heading("targets", "those that rest on figures from memory do not count")
    lines += table(["target", "what", "published", "ours", "off", "allowed", ""], [_row(each) for each in worked], left=2)
    told = [each for each in worked if each.ours is not None and each.ours.recalled]
    if told:
        lines += heading("from memory", "what those that do not count rest on")
        lines += [f"  {each.target.name}: {safe(', '.join(each.ours.recalled))}" for each in told if each.ours is not None]
    waiting = [each.target for each in found if each.ours is None]
    if waiting:
        lines += heading("not worked out yet", "and what for")
        lines += [line for each in waiting for line in paragraph(f"{each.name}, {each.what}: {each.waits}")]
    missed = [each.target.name for each in found if each.missed]
    lines += heading("goals", "missed" if missed else "met")
    lines += [f"  {name}" for name in missed]
    return "\n".join(lines) + "\n"


def _row(each: Judged) -> list[str]:
    assert each.ours is not None
    target, ours = each.target, each.ours.value
    digits = 6 if target.tolerance is not None and target.tolerance < 1e-3 else 4
    told = "met" if each.met else "MISSED" if each.gates else "off"
    off = significant(ours - target.value, 2)
    if target.tolerance_percent is not None and target.value:
        off = f"{100.0 * (ours / target.value - 1.0):+.1f} %"
    return [
        target.name, safe(target.what), f"{significant(target.value, digits)} {safe(target.unit)}", significant(ours, digits), off,
        target.allowed, told if each.gates else f"{told}, does not count",
    ]  # fmt: skip


def targets_document(found: list[Judged]) -> dict[str, Any]:
    """The whole list. `miss` is how far a target is off over what it may be off; `counts` is false where a figure from memory is used."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "targets",
        "targets": [
            {
                "target": each.target.name, "what": each.target.what, "published": each.target.value if each.ours else None,
                "ours": each.ours.value if each.ours else None, "unit": each.target.unit,
                "error": each.ours.value - each.target.value if each.ours else None, "allowed": each.target.allowed if each.ours else None,
                "miss": each.target.miss(each.ours.value) if each.ours else None, "met": each.met if each.ours else None,
                "counts": each.gates, "recalled": list(each.ours.recalled) if each.ours else [], "waits": each.target.waits or None,
                "source": each.target.source, "status": each.target.status,
            }
            for each in found
        ],
        "goals_missed": [each.target.name for each in found if each.missed],
    }  # fmt: skip
