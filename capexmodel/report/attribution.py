"""The way from one scenario's output to another's, for people and for programs: what each number that differs adds."""

from typing import Any

from capexmodel.report.document import finite
from capexmodel.report.leaf import base_unit, meaning, written
from capexmodel.report.sensitivity import change_text, value_text
from capexmodel.report.text import heading, paragraph, safe, table
from capexmodel.studies.attribution import Attribution, Step
from capexmodel.studies.integral import TOLERANCE

SCHEMA_VERSION = 1
MOST_SHOWN = 25
"""Steps on the page; the others are summed up in a line, and the JSON has all."""
BAR = 16
"""Letters of the longest bar."""


def attribution_page(found: Attribution, names: tuple[str, str], way: str) -> str:
    """From one to the other, largest step first, each with a bar, its share of the difference, and the values at both ends."""
    output, gap = found.output, found.end - found.start
    lines = [f"from {safe(names[0])} to {safe(names[1])}: {output.name}"]
    ends = (value_text(found.one, output, found.start), value_text(found.two, output, found.end))
    lines += paragraph(f"{ends[0]} to {ends[1]}: {change_text(output, gap)}. {way}")
    for word in found.structure:
        lines += paragraph(f"No line leads through {word}.")
    longest = max((abs(step.adds) for step in found.steps), default=0.0)
    moving = [step for step in found.steps if step.adds]
    rows = [_row(found, step, longest) for step in moving[:MOST_SHOWN]]
    rest = moving[MOST_SHOWN:]
    if rest:
        rows.append(_row(found, Step(f"{len(rest)} smaller steps", sum(step.adds for step in rest)), longest))
    rows.append(_row(found, Step("left over", found.rest), longest))
    rows.append(["", "all", change_text(output, gap), "100.0 %" if gap else "-", "", "", ""])
    lines += heading("steps", "each number's change times its mean slope on the way; they sum to the whole")
    lines += table(["", "step", "adds", "of the difference", "from", "to", "what it is"], rows, left=2)
    still = sum(not step.adds for step in found.steps)
    lines += paragraph(f"{still} more differ and add nothing.") if still else []
    if not found.closes:
        lines += paragraph(f"What is left over is more than {TOLERANCE:g} of what moved: somewhere on the way the output jumps.")
    return "\n".join(lines) + "\n"


def _row(found: Attribution, step: Step, longest: float) -> list[str]:
    gap = found.end - found.start
    bar = ("+" if step.adds > 0 else "-") * round(BAR * abs(step.adds) / longest) if longest else ""
    share = f"{100.0 * step.adds / gap:+.1f} %" if gap else "-"
    single = step.one is not None and step.two is not None and not step.name.startswith("plan.")
    told = [written(found.two, step.name, number) for number in (step.one, step.two) if number is not None] if single else ["", ""]
    return [bar, safe(step.name), change_text(found.output, step.adds), share, *told, meaning(found.two, step.name) if single else ""]


def attribution_document(found: Attribution, names: tuple[str, str], way: str) -> dict[str, Any]:
    """The whole way; steps and `left_over` sum to `end` less `start`, in the unit that is named."""
    body = {
        "schema_version": SCHEMA_VERSION, "kind": "attribution", "output": found.output.name, "unit": found.output.unit, "way": way,
        "from": {"scenario": names[0], "config_hash": found.one.evidence.config_hash}, "start": found.start,
        "to": {"scenario": names[1], "config_hash": found.two.evidence.config_hash}, "end": found.end,
        "structure": list(found.structure), "closes": found.closes, "left_over": found.rest,
        "steps": [
            {
                "step": step.name, "adds": step.adds, "from": step.one, "to": step.two, "status": step.status or None,
                "unit": base_unit(found.two, step.name) if step.one is not None and not step.name.startswith("plan.") else None,
            }
            for step in found.steps
        ],
    }  # fmt: skip
    return finite(body)
