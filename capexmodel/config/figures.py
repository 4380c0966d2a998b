"""Raw values to figures in base units: numbers and dates with their range, status, source and note."""

import dataclasses
import datetime
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from capexmodel import units
from capexmodel.config.entries import Entry
from capexmodel.config.factors import apart, bounds_meant, wrong_dimension
from capexmodel.config.faults import Faults, key, nearest, plain
from capexmodel.config.provenance import USER, readable
from capexmodel.config.schema import Field
from capexmodel.config.spelled import meant
from capexmodel.model.evidence import STATUSES

FIGURE_KEYS = ("value", "low", "high", "status", "source", "note")
LARGEST = 1e60
SMALLEST = 1e-60
_YEARS = (1900, 2999)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclasses.dataclass(frozen=True)
class Given:
    """A figure as given, in base units."""

    value: float
    low: float | None = None
    high: float | None = None
    status: str = "scenario"
    source: str = USER
    note: str = ""


@dataclasses.dataclass
class Reader:
    """Reads figures: knows the as-of date and the sources, and notes faults."""

    as_of: datetime.date
    sources: Mapping[str, Mapping[str, str]]
    faults: Faults

    def figure(self, entry: Entry, field: Field) -> Given | None:
        """Read a figure: a bare number, or a table with value, range, status and source. None after a fault."""
        if isinstance(entry.raw, dict):
            return self.parts(entry.raw, entry, field) if self.known_keys(entry.raw, entry, FIGURE_KEYS) else None
        if entry.strict:
            self.faults.add(entry.file, entry.path, "is a bare value", plain(entry.raw), "a table with value, status and source")
            return None
        value = self.number(entry.raw, entry, field, entry.path)
        return None if value is None else Given(value)

    def known_keys(self, body: Mapping[str, Any], entry: Entry, known: tuple[str, ...]) -> bool:
        """Check the keys of a figure."""
        wrong = [word for word in body if word not in known]
        for word in wrong:
            near = nearest(word, known)
            self.faults.add(entry.file, f"{entry.path}.{key(word)}", "is not a known key", plain(word), ", ".join(known), near)
        return not wrong

    def parts(self, body: Mapping[str, Any], entry: Entry, field: Field, stage: str = "") -> Given | None:
        """Read the parts of a figure; `stage` marks its place in a series."""
        if "value" not in body:
            self.faults.add(entry.file, f"{entry.path}.value{stage}", "is missing", None, field.expected())
            return None
        numbers: dict[str, float] = {}
        for word in ("low", "value", "high"):
            number = self.number(body[word], entry, field, f"{entry.path}.{word}{stage}") if word in body else None
            if number is not None:
                numbers[word] = number
        evidence = self._evidence(body, entry)
        if evidence is None or any(word in body and word not in numbers for word in ("low", "value", "high")):
            return None
        for below, above in (("low", "value"), ("value", "high")):
            if numbers.get(below, -math.inf) > numbers.get(above, math.inf):
                path = f"{entry.path}.{below}{stage}"
                off = apart(numbers[below], numbers[above], entry.unit or field.unit)
                most = f"at most {plain(body[above])}" + (f"; off by a factor of {off[0].words}?" if off else "")
                self.faults.add(entry.file, path, f"is above {above}", plain(body[below]), most)
                return None
        return Given(numbers["value"], numbers.get("low"), numbers.get("high"), *evidence)

    def number(self, raw: Any, entry: Entry, field: Field, path: str) -> float | None:
        """Read one number into base units, within the declared bounds. None after a fault."""
        if field.kind == "date":
            return self.date(raw, entry.file, path)
        value = self._converted(raw, entry, field, path)
        if value is None:
            return None
        if not (SMALLEST <= abs(value) <= LARGEST or _nothing(raw)):
            what = (
                "is no finite number"
                if plain(raw).lower().strip("+-") in ("inf", "infinity", "nan")
                else "is beyond what can be computed with"
            )
            expected = f"{field.expected()}: 0, or between {SMALLEST:g} and {LARGEST:g} in size"
            self.faults.add(entry.file, path, what, plain(raw), expected)
            return None
        complaint = field.declared.complaint(value) if field.declared else None
        if complaint:
            bound = f"{complaint} {field.unit}".strip()
            hint = bounds_meant(value, entry.unit or field.unit, field.declared.complaint) if field.declared else ""
            self.faults.add(entry.file, path, "is out of bounds", plain(raw), f"{bound}: {field.expected()}{hint}")
            return None
        return value + 0.0

    def _converted(self, raw: Any, entry: Entry, field: Field, path: str) -> float | None:
        """Apply the unit of the value, or else that of its key."""
        if isinstance(raw, str):
            return self._quantity(raw, entry, field, path)
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
            self.faults.add(entry.file, path, f"is {_kind(raw)}", plain(raw), field.expected())
            return None
        if entry.unit is None and field.unit:
            units_hint = f'the unit in the key ({field.name}) or in the value ("{plain(raw)} {field.unit}")'
            self.faults.add(entry.file, path, "has no unit", plain(raw), units_hint)
            return None
        return units.to_base(raw, units.scale(entry.unit or ""))

    def _quantity(self, raw: str, entry: Entry, field: Field, path: str) -> float | None:
        """Read a number written with its unit."""
        wanted = units.dimension(field.unit)
        try:
            value, given = units.quantity(raw)
        except ValueError as error:
            self.faults.add(entry.file, path, f"is text and no quantity ({error}{meant(raw, field.unit)})", plain(raw), field.expected())
            return None
        if given == wanted and given != ():
            return value
        what = "is a number in quotes" if given == () else "has the wrong dimension"
        expected = f"{field.expected()}: a {units.describe(wanted)}"
        number, unit = units.split(raw)
        near = None if given == () else f"{value:g}" if unit == "percent" and not wanted else wrong_dimension(unit, field.unit)
        near = f"{number} {near}" if near and unit != "percent" else near
        self.faults.add(entry.file, path, what, f"{plain(raw)} ({units.describe(given)})", expected, near)
        return None

    def date(self, raw: Any, file: str, path: str) -> float | None:
        """Read a date into seconds from the as-of date. None after a fault."""
        when = read_date(raw)
        if when is None:
            what = "has a time zone" if isinstance(raw, datetime.datetime) and raw.tzinfo else "is not a date"
            self.faults.add(file, path, what, plain(raw), f"a date without time zone, {_YEARS[0]} to {_YEARS[1]}, as 2026-06-30")
            return None
        return (when - datetime.datetime.combine(self.as_of, datetime.time())) / datetime.timedelta(seconds=1)

    def _evidence(self, body: Mapping[str, Any], entry: Entry) -> tuple[str, str, str] | None:
        """Read status, source and note; in a scenario file both may be left out: then the figure is the user's own."""
        if not entry.strict and "status" not in body and "source" not in body:
            body = {**body, "status": "scenario", "source": USER}
        good = True
        for word, known in (("status", STATUSES), ("source", tuple(self.sources))):
            expected = ", ".join(STATUSES) if word == "status" else "an entry of sources.toml or [sources.ID]"
            if body.get(word) in known:
                continue
            good = False
            if word not in body:
                self.faults.add(entry.file, f"{entry.path}.{word}", "is missing", None, expected)
            else:
                near = nearest(body[word], known)
                self.faults.add(entry.file, f"{entry.path}.{word}", f"is not a known {word}", plain(body[word]), expected, near)
        if not readable(body.get("note", "")):
            good = False
            self.faults.add(entry.file, f"{entry.path}.note", "is not readable text", plain(body["note"]), "at most 2000 plain characters")
        return (body["status"], body["source"], body.get("note", "")) if good else None


def read_date(raw: Any) -> datetime.datetime | None:
    """Read a date, a local time, or a date in words ("2026-06-30", "30 June 2026"); None for anything else."""
    when = None
    if isinstance(raw, datetime.datetime):
        when = raw
    elif isinstance(raw, datetime.date):
        when = datetime.datetime.combine(raw, datetime.time())
    elif isinstance(raw, str) and len(raw) <= 40:
        when = _spelled_date(raw)
    return when if when is not None and when.tzinfo is None and _YEARS[0] <= when.year <= _YEARS[1] else None


def _spelled_date(text: str) -> datetime.datetime | None:
    """Read a date from text, in English whatever the locale."""
    try:
        words = text.split()
        if len(words) == 3:
            return datetime.datetime(int(words[2]), _MONTHS.index(words[1]) + 1, int(words[0]))
        return datetime.datetime.combine(datetime.date.fromisoformat(text), datetime.time())
    except (ValueError, OverflowError):
        return None


def _nothing(raw: int | float | Decimal | str) -> bool:
    """Whether a number is zero as written, not only once it is rounded."""
    return (units.exact(units.split(raw)[0]) if isinstance(raw, str) else raw) == 0


def _kind(raw: Any) -> str:
    """Say what a wrong value is."""
    kinds = ((bool, "true or false"), (datetime.date, "a date"), (datetime.time, "a time"), (list, "a list"), (dict, "a table"))
    return next((words for kind, words in kinds if isinstance(raw, kind)), "not a number")
