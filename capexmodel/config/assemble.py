"""Figures to arrays: the tables of a Scenario, filled with what was given and with the declared defaults."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from capexmodel.config.entries import Slot
from capexmodel.config.figures import Given
from capexmodel.config.schema import Field, Table, tables
from capexmodel.config.series import DAY_S, Stage, Values
from capexmodel.model.calendar import Calendar
from capexmodel.model.evidence import Figure

Members = Mapping[str, tuple[str, ...]]


def build_table(table: Table, members: Members, values: Values, calendar: Calendar) -> Any:
    """Make one table of the scenario."""
    names = members[table.name] if table.axis else ("",)
    parts: dict[str, Any] = {"names": members[table.name]} if table.axis else {}
    steps = _steps(table, names, values)
    for field in table.fields.values():
        if field.name not in {f.name for f in dataclasses.fields(table.cls)}:
            continue
        slots = [Slot(table.name, member, field.name) for member in names]
        given = [values.figure(slot) for slot in slots]
        if field.kind in ("text", "flag"):
            parts[field.name] = tuple(values[slot] for slot in slots)
        elif field.kind == "series":
            parts |= _series(table, field, [values.stages(slot) for slot in slots], steps[field.axis])
        elif field.kind == "cells":
            others = members[field.other]
            cells = [[_number(values.figure(slot._replace(cell=other)), field) for other in others] for slot in slots]
            parts[field.name] = _array(np.reshape(cells, (len(names), len(others))), table)
        elif field.kind == "date":
            parts[field.name] = _array([calendar_end(calendar) if each is None else each.value for each in given], table)
            if f"{field.stem}d" in {f.name for f in dataclasses.fields(table.cls)}:
                parts[f"{field.stem}d"] = tuple(each is not None for each in given)
        else:
            parts[field.name] = _array([_number(each, field) for each in given], table)
    return table.cls(**parts)


def calendar_end(calendar: Calendar) -> float:
    """The last instant of the grid, in seconds."""
    return float(np.asarray(calendar.period_edges_s)[-1])


def _array(numbers: Any, table: Table) -> Any:
    """Make an array, without the member axis for a table of single numbers. Placed as it is: a conversion would compile for each shape."""
    array = np.asarray(numbers, dtype=np.float64)
    return jax.device_put(array if table.axis else np.asarray(array[0]))


def _number(given: Given | None, field: Field) -> float:
    """The value of a figure, or the declared default."""
    default = field.declared.default if field.declared else None
    value = default if given is None else given.value
    assert value is not None, "what has no default was asked for"
    return value


def _steps(table: Table, names: tuple[str, ...], values: Values) -> dict[str, int]:
    """The length of each series axis: that of the longest series on it, at least one."""
    longest: dict[str, int] = {}
    for field in table.fields.values():
        if field.kind == "series":
            lengths = [len(values.stages(Slot(table.name, member, field.name))) for member in names]
            longest[field.axis] = max([longest.get(field.axis, 1), *lengths])
    return longest


def _series(table: Table, field: Field, given: list[tuple[Stage, ...]], steps: int) -> dict[str, Any]:
    """Pad the series of a field to one length: the last value goes on, at dates a day apart."""
    at_s, values = np.zeros((len(given), steps)), np.zeros((len(given), steps))
    for row, stages in enumerate(given):
        stages = stages or (Stage(0.0, Given(_number(None, field))),)
        for step in range(steps):
            stage = stages[min(step, len(stages) - 1)]
            at_s[row, step] = stage.at_s + max(step - len(stages) + 1, 0) * DAY_S
            values[row, step] = stage.given.value
    return {field.name: _array(values, table), str(field.declared.at if field.declared else ""): _array(at_s, table)}


def figures(values: Values, calendar: Calendar) -> dict[str, Figure]:
    """Name every figure by the path it has among the leaves of the model."""
    found: dict[str, Figure] = {}
    for slot, value in values.items():
        field = tables()[slot.table].fields[slot.field]
        path = ".".join(word for word in slot if word)
        if isinstance(value, Given):
            found[path] = _figure(path, value, field)
        elif isinstance(value, tuple):
            paths = [f"{path}.{calendar.date(stage.at_s).isoformat()}" for stage in value]
            found |= {each: _figure(each, stage.given, field) for each, stage in zip(paths, value, strict=True)}
    return found


def _figure(path: str, given: Given, field: Field) -> Figure:
    return Figure(path, given.value, given.low, given.high, field.unit, given.status, given.source, given.note)
