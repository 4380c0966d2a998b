"""What a plan rests on: figures the world does not disclose with the days they swing, and the strength of the evidence."""

import dataclasses
import itertools
import re

from capexmodel.model.evidence import STATUSES, Figure
from capexmodel.model.scenario import Scenario
from capexmodel.planning.plan import Plan
from capexmodel.report.leaf import bare, span, written
from capexmodel.report.prices import aim_unit
from capexmodel.report.text import heading, paragraph, significant, table

LITTLE = 0.1
"""Swing, in the unit in which the aim is read, below which the page only counts a figure."""
SLOPE = "~"
"""Mark of a swing that was read off the slope."""
NOTHING = 1e-3
"""Swing, in the same unit, that reads as none."""
_STAGE = re.compile(r"\.\d{4}-\d{2}-\d{2}$")


@dataclasses.dataclass(frozen=True)
class OpenFigure:
    """A figure, or the stages of a series, that stands on an assumption: its value with its range, and how far it moves the aim."""

    path: str
    status: str
    value: str
    ranged: bool
    swing: str
    widest: float


def open_figures(plan: Plan) -> list[OpenFigure]:
    """List figures of status scenario or recalled, those that move the aim most first. Stages of one series share a line."""
    figures = plan.problem.scenario.evidence.open
    grouped = itertools.groupby(figures, key=lambda figure: (_STAGE.sub("", figure.path), figure.status))
    found = [_open(plan, path, status, list(stages)) for (path, status), stages in grouped]
    return sorted(found, key=lambda row: (-row.widest, row.path))


def _open(plan: Plan, path: str, status: str, stages: list[Figure]) -> OpenFigure:
    """Write one line: the value of the first and last stage, the range of all, and the widest swing of any."""
    scenario, aim_size = plan.problem.scenario, aim_unit(plan)[0]
    first, last = stages[0].value, stages[-1].value
    value = written(scenario, path, first) if len(stages) == 1 else span(scenario, path, first, last)
    lows, highs = [f.low for f in stages if f.low is not None], [f.high for f in stages if f.high is not None]
    if lows and highs:
        ends = written(scenario, path, min(lows)), written(scenario, path, max(highs))
        value = f"{value} ({bare(ends[0], ends[1], value)} .. {bare(ends[1], ends[0], value)})"
    paths = {figure.path for figure in stages}
    widest = max((swing for swing in plan.swings if swing.leaf in paths), key=lambda swing: swing.width, default=None)
    if widest is None:
        return OpenFigure(path, status, value, bool(lows and highs), "", 0.0)
    gain = plan.problem.minimize.value(1.0) / aim_size
    swing = f"{SLOPE if widest.first_order else ''}{_end(widest.at_low, gain)} .. {_end(widest.at_high, gain)}"
    return OpenFigure(path, status, value, bool(lows and highs), swing, widest.width * abs(gain))


def _end(change: float | None, gain: float) -> str:
    """Write a change of the cost as one of the aim."""
    if change is None:
        return "no plan"
    return "0" if abs(change * gain) < NOTHING else f"{'+' if change * gain > 0 else '-'}{significant(abs(change * gain))}"


def undisclosed(plan: Plan) -> list[str]:
    """Set every assumed or recalled figure whose range matters beside the result, with what its range swings the aim; count the others."""
    rows = open_figures(plan)
    if not rows:
        return []
    unit = aim_unit(plan)[1]
    shown = [[row.path + ("*" if row.status == "recalled" else ""), row.swing, row.value] for row in rows if row.widest >= LITTLE]
    ranged = sum(row.ranged for row in rows)
    lines = heading("undisclosed figures", f"assumed, or recalled *; swing of the aim in {unit} at low .. high")
    lines += table(["figure", "swing", "value (low .. high)"], shown, left=3) if shown else []
    if any(row[1].startswith(SLOPE) for row in shown):
        lines += paragraph(f"{SLOPE}: by the slope of the best plan; `optimize --swings` solves again.")
    rest = f"{ranged - len(shown)} more have a range that to first order swings the aim by less than {LITTLE:g} {unit}"
    return lines + paragraph(f"{rest}, {len(rows) - ranged} are set without a range; `capexmodel explain` lists them.")


def summary(scenario: Scenario) -> list[str]:
    """Say how strong the evidence is in all."""
    evidence = scenario.evidence
    counts = {status: len(evidence.with_status(status)) for status in STATUSES}
    said = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    lines = heading("evidence")
    lines += paragraph(f"Weakest status: {evidence.weakest}. Of {len(evidence.figures)} figures: {said or 'none'}.")
    if evidence.hindsight:
        lines += paragraph("Written with hindsight, from sources later than the as-of date: " + ", ".join(evidence.hindsight) + ".")
    return lines
