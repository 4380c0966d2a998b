"""A frontier for people: a table on the screen, a document for a file, and the units both are in."""

import dataclasses
from typing import Any

from capexmodel import units
from capexmodel.config import dump
from capexmodel.planner.frontier import Frontier, Point
from capexmodel.report.document import finite
from capexmodel.report.leaf import base_unit, meaning, written
from capexmodel.report.page import relief
from capexmodel.report.prices import AIMS, STEPS, goal
from capexmodel.report.text import heading, paragraph, safe, significant, size, table

SCHEMA_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Scales:
    """Sizes and names of the units in which the aim and a step of the number are read; `slope` is the unit of a slope, "days/$B"."""

    aim: float
    aim_name: str
    step: float
    step_name: str

    @property
    def slope(self) -> str:
        """The unit of a slope."""
        return f"{self.aim_name}/{self.step_name}"


def scales(found: Frontier) -> Scales:
    """Choose the units of a frontier. Money by a deadline is read by the day, not by the month."""
    aim_unit, aim_name = AIMS[found.problem.minimize.unit]
    unit = base_unit(found.problem.scenario, found.leaf)
    kind = units.dimension(unit) if unit else ()
    if kind == units.dimension("s"):
        return Scales(size(aim_unit), aim_name, size("day"), "day")
    step, step_name = STEPS.get(kind, ("", unit or "1"))
    return Scales(size(aim_unit), aim_name, size(step) if step else 1.0, step_name)


def frontier_page(found: Frontier) -> str:
    """Write a frontier as a table: what is varied, the aim, each model's date, and the slope with its unit."""
    scenario, unit = found.problem.scenario, scales(found)
    jobs = list(dict.fromkeys(job for point in found.points for job in point.date_s))
    deals = len({point.companies for point in found.points if point.companies is not None}) > 1
    head = [found.leaf, f"aim ({unit.aim_name})", *jobs, f"slope ({unit.slope})", "by differences", "error", "envelope binding"]
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}", *paragraph(f"{goal(found.problem)}, by {found.leaf}: {_said(found)}")]
    lines += heading("frontier", f"each row a plan of its own; as of {scenario.calendar.as_of}")
    lines += table(head + (["companies"] if deals else []), [_row(found, point, unit, jobs, deals) for point in found.points])
    lines += paragraph(
        f"slope: the shadow price, what {goal(found.problem)} changes by in {unit.aim_name} for one {unit.step_name} more, the preference "
        "for cost included; by differences: the same by the values of the neighbors; error: that of optimality, proven up to 1e-06."
    )
    for point in found.points:
        if point.aim is None:
            lines += paragraph(f"{written(scenario, found.leaf, point.value)}: {no_plan(point)}")
    return "\n".join(lines) + "\n"


def no_plan(point: Point) -> str:
    """Say in a line why a point has no plan."""
    if point.conflict is None:
        return "no plan was found, and no conflict either: the solver failed"
    return f"no plan: {', '.join(point.conflict.members)} cannot hold together; {relief(point.conflict)}"


def _said(found: Frontier) -> str:
    return meaning(found.problem.scenario, found.leaf) or "a number of the scenario"


def _row(found: Frontier, point: Point, unit: Scales, jobs: list[str], deals: bool) -> list[str]:
    scenario = found.problem.scenario
    at = written(scenario, found.leaf, point.value)
    if point.aim is None or point.slope is None or point.kkt_error is None:
        return [at, "no plan", *("-" for _ in jobs), "-", "-", "-", "-", *(["-"] if deals else [])]
    slopes = ["-" if slope is None else significant(slope * unit.step / unit.aim) for slope in (point.slope, point.difference)]
    dates = [scenario.calendar.date(point.date_s[job]).isoformat() if job in point.date_s else "-" for job in jobs]
    error = f"{point.kkt_error:.0e}" + ("" if point.status == "OPTIMAL" else " not proven")
    aim = f"{point.aim / unit.aim:,.2f}"
    return [at, aim, *dates, *slopes, error, ", ".join(point.binding) or "none", *([point.companies or "-"] if deals else [])]


def frontier_document(found: Frontier) -> dict[str, Any]:
    """Write a frontier as a dictionary that JSON can hold; every value in base units, which are named beside it."""
    scenario, aim = found.problem.scenario, found.problem.minimize
    unit = base_unit(scenario, found.leaf)
    body = {
        "schema_version": SCHEMA_VERSION,
        "scenario": {"name": scenario.name, "toml": dump(scenario)},
        "config_hash": scenario.evidence.config_hash,
        "objective": {"name": aim.name if aim.job is None else f"{aim.name}:{aim.job}", "unit": aim.unit},
        "varied": {"leaf": found.leaf, "unit": unit, "slope_unit": f"{aim.unit}/{unit or '1'}"},
        "points": [_point(found, point) for point in found.points],
    }
    return finite(body)


def _point(found: Frontier, point: Point) -> dict[str, Any]:
    calendar = found.problem.scenario.calendar
    body = {field.name: getattr(point, field.name) for field in dataclasses.fields(point) if field.name not in ("date_s", "conflict")}
    body["written"] = written(found.problem.scenario, found.leaf, point.value)
    body["dates"] = {job: calendar.date(at).isoformat() for job, at in point.date_s.items()}
    body["date_s"] = dict(point.date_s)
    body["conflict"] = None if point.conflict is None else dataclasses.asdict(point.conflict)
    return body
