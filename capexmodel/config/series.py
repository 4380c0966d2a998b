"""Series: figures that hold from a date on, or ramp between dates, written as lists or as a list of dated figures."""

import dataclasses
from typing import Any

from capexmodel import units
from capexmodel.config.entries import Entry, Slot
from capexmodel.config.faults import plain
from capexmodel.config.figures import FIGURE_KEYS, Given, Reader
from capexmodel.config.schema import Field

DAY_S = units.to_base(1, units.scale("day"))
_STAGE_KEYS = ("at", *FIGURE_KEYS)
_LISTS = ("at", "value", "low", "high")


@dataclasses.dataclass(frozen=True)
class Stage:
    """One stage of a series: its date, in seconds from the as-of date, and its figure."""

    at_s: float
    given: Given


Value = Given | tuple[Stage, ...] | str | bool
_BySlot = dict[Slot, Value]


class Values(_BySlot):
    """The values of a scenario by where they belong."""

    def figure(self, slot: Slot) -> Given | None:
        """The figure there, if any."""
        value = self.get(slot)
        return value if isinstance(value, Given) else None

    def stages(self, slot: Slot) -> tuple[Stage, ...]:
        """The stages of the series there; none if it is not given."""
        value = self.get(slot)
        return value if isinstance(value, tuple) else ()

    def givens(self, slot: Slot) -> tuple[Given, ...]:
        """Every figure there: one, or one for each stage."""
        figure = self.figure(slot)
        return (figure,) if figure else tuple(stage.given for stage in self.stages(slot))


def read_series(reader: Reader, entry: Entry, field: Field) -> tuple[Stage, ...] | None:
    """Read a series. A single figure without dates holds from the as-of date on. None after a fault."""
    if isinstance(entry.raw, dict) and "at" in entry.raw:
        bodies = _from_lists(reader, entry)
    elif isinstance(entry.raw, list):
        bodies = _from_stages(reader, entry)
    else:
        figure = reader.figure(entry, field)
        return None if figure is None else (Stage(0.0, figure),)
    return None if bodies is None else _read_stages(reader, entry, field, bodies)


def _from_lists(reader: Reader, entry: Entry) -> list[dict[str, Any]] | None:
    """Turn lists of dates and values into dated figures; status, source and note hold for all of them."""
    raw = entry.raw
    if not reader.known_keys(raw, entry, _STAGE_KEYS):
        return None
    lists = {word: raw[word] for word in _LISTS if word in raw}
    for word, column in lists.items():
        if not isinstance(column, list):
            reader.faults.add(entry.file, f"{entry.path}.{word}", "is not a list", plain(column), "one entry for each date")
            return None
    count = len(raw["at"])
    for word, column in lists.items():
        if len(column) != count:
            path, got = f"{entry.path}.{word}", f"{len(column)} entries"
            reader.faults.add(entry.file, path, "does not match the dates", got, f"{count} as in {entry.path}.at")
            return None
    same = {word: value for word, value in raw.items() if word not in _LISTS}
    return [{**{word: column[i] for word, column in lists.items()}, **same} for i in range(count)]


def _from_stages(reader: Reader, entry: Entry) -> list[dict[str, Any]] | None:
    """Check a list of dated figures."""
    for index, stage in enumerate(entry.raw):
        here = entry._replace(path=f"{entry.path}[{index}]")
        if not isinstance(stage, dict):
            reader.faults.add(here.file, here.path, "is not a dated figure", plain(stage), "{ at = DATE, value = ... }")
            return None
        if not reader.known_keys(stage, here, _STAGE_KEYS):
            return None
    return entry.raw


def _read_stages(reader: Reader, entry: Entry, field: Field, bodies: list[dict[str, Any]]) -> tuple[Stage, ...] | None:
    """Read dated figures, whose dates must ascend by at least a day."""
    found: list[Stage] = []
    for index, body in enumerate(bodies):
        path = f"{entry.path}.at[{index}]"
        if "at" not in body:
            reader.faults.add(entry.file, path, "is missing", None, "the date from which the figure holds")
            return None
        at_s = reader.date(body["at"], entry.file, path)
        given = reader.parts(body, entry, field, f"[{index}]")
        if at_s is None or given is None:
            return None
        if found and at_s < found[-1].at_s + DAY_S:
            reader.faults.add(entry.file, path, "does not ascend", plain(body["at"]), "dates in order, at least a day apart")
            return None
        found.append(Stage(at_s, given))
    if not found:
        reader.faults.add(entry.file, entry.path, "has no stages", "an empty list", "at least one date and value")
    return tuple(found) or None
