"""The [grid] of a scenario file to a Calendar, and back: rules such as "every month until 2026-12-31, then every quarter"."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from capexmodel.config.entries import Entry
from capexmodel.config.faults import Faults, nearest, plain
from capexmodel.config.figures import read_date
from capexmodel.config.series import DAY_S
from capexmodel.model.calendar import Calendar

MOST_PERIODS = 1200
_RULES = '[{ every = "month", until = 2026-12-31 }, { every = "quarter" }]'
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_ONE_DAY = datetime.timedelta(days=1)


class Grid(NamedTuple):
    """The days on which periods begin, the last day after them, and their labels."""

    edges: tuple[datetime.date, ...]
    labels: tuple[str, ...]


class _Horizon(NamedTuple):
    """The last day of the plan, and the entry that is at fault where a rule goes beyond it: none where the rule is."""

    day: datetime.date
    entry: Entry | None


def read_calendar(
    settings: Mapping[str, Entry], as_of: datetime.date, file: str, faults: Faults, rank: Callable[[Entry], int]
) -> Calendar | None:
    """Build the calendar; None after a fault. Of a horizon and a rule that contradict each other the one of higher rank is at fault."""
    known = ("grid.horizon", "grid.decisions", "grid.periods")
    for path, entry in settings.items():
        if path.startswith("grid.") and path not in known:
            near = nearest(path.removeprefix("grid."), [word.removeprefix("grid.") for word in known])
            faults.add(entry.file, entry.path, "is not a known key", plain(path.removeprefix("grid.")), None, near)
    for path in known:
        if path not in settings:
            faults.add(file, path, "is missing", None, "the last day of the plan" if path == known[0] else _RULES)
    if any(path not in settings for path in known):
        return None
    last = settings["grid.horizon"]
    horizon = _day(last, "", as_of, faults)
    if horizon is None:
        return None
    rules = [settings[path] for path in known[1:]]
    grids = [_read_grid(each, as_of, _Horizon(horizon, last if rank(last) > rank(each) else None), faults) for each in rules]
    if grids[0] is None or grids[1] is None:
        return None
    return _calendar(as_of, grids[0], grids[1])


def _calendar(as_of: datetime.date, decisions: Grid, periods: Grid) -> Calendar:
    """Put the grids together, with the fiscal years they touch."""
    end = periods.edges[-1]
    years = range(as_of.year, (end - _ONE_DAY).year + 1)
    year_edges = (as_of, *(datetime.date(year, 1, 1) for year in years[1:]), end)
    seconds = [
        jax.device_put(np.asarray([(day - as_of).days * DAY_S for day in edges])) for edges in (decisions.edges, periods.edges, year_edges)
    ]
    return Calendar(as_of.isoformat(), decisions.labels, periods.labels, tuple(f"FY{year}" for year in years), *seconds)


def _day(entry: Entry, inner: str, after: datetime.date, faults: Faults) -> datetime.date | None:
    """Read a day that must come after another."""
    when = read_date(entry.raw)
    if when is None:
        faults.add(entry.file, entry.path + inner, "is not a date", plain(entry.raw), "a date, as 2029-12-31")
    elif when.date() <= after:
        faults.add(entry.file, entry.path + inner, "is too early", str(when.date()), f"a day after {after}")
    else:
        return when.date()
    return None


def _read_grid(entry: Entry, as_of: datetime.date, horizon: _Horizon, faults: Faults) -> Grid | None:
    """Read the rules of one grid and lay it out."""
    rules = [{"every": entry.raw}] if isinstance(entry.raw, str) else entry.raw
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        faults.add(entry.file, entry.path, "is no list of rules", plain(entry.raw), _RULES)
        return None
    edges, labels = [as_of], []
    for number, rule in enumerate(rules):
        where = entry._replace(path=f"{entry.path}[{number}]")
        end = _rule_end(rule, where, edges[-1], horizon, number == len(rules) - 1, faults)
        if end is None:
            return None
        while edges[-1] < end:
            labels.append(_label(edges[-1], rule["every"]))
            edges.append(min(_next(edges[-1], rule["every"]), end))
    if len(labels) > MOST_PERIODS:
        faults.add(entry.file, entry.path, "has too many periods", f"more than {MOST_PERIODS}", f"at most {MOST_PERIODS} up to the horizon")
        return None
    return Grid(tuple(edges), tuple(labels))


def _rule_end(
    rule: dict[str, Any], where: Entry, start: datetime.date, horizon: _Horizon, last: bool, faults: Faults
) -> datetime.date | None:
    """Check one rule and give the day after its last one."""
    for word in rule:
        if word not in ("every", "until"):
            faults.add(where.file, f"{where.path}.{word}", "is not a known key", plain(word), None, nearest(word, ("every", "until")))
            return None
    every = rule.get("every")
    if not isinstance(every, str) or every not in _MONTHS:
        faults.add(where.file, f"{where.path}.every", "is not a known step", plain(every), ", ".join(_MONTHS), nearest(every, _MONTHS))
        return None
    if "until" not in rule:
        if not last:
            faults.add(where.file, f"{where.path}.until", "is missing", None, "a date: only the last rule runs to the horizon")
        return horizon.day + _ONE_DAY if last else None
    until = _day(where._replace(raw=rule["until"]), ".until", start, faults)
    if until is None:
        return None
    end = until + _ONE_DAY
    beyond = until > horizon.day or (last and until != horizon.day)
    if beyond and horizon.entry:
        what, expected = f"does not fit {where.path}.until", f"{until}" if last else f"{until} or later"
        faults.add(horizon.entry.file, horizon.entry.path, what, str(horizon.day), expected)
    elif beyond:
        expected = f"{horizon.day}" if last else f"at most {horizon.day}"
        faults.add(where.file, f"{where.path}.until", "does not fit the horizon", str(until), expected)
    elif end <= horizon.day and _first(end, every) != end:
        faults.add(where.file, f"{where.path}.until", f"is not the end of a {every}", str(until), str(_first(end, every) - _ONE_DAY))
    else:
        return end
    return None


def _first(day: datetime.date, every: str) -> datetime.date:
    """The first day of the calendar period that holds a day."""
    months = _MONTHS[every]
    return datetime.date(day.year, (day.month - 1) // months * months + 1, 1)


def _next(day: datetime.date, every: str) -> datetime.date:
    """The first day of the calendar period after the one that holds a day."""
    first = _first(day, every)
    month = first.month - 1 + _MONTHS[every]
    return datetime.date(first.year + month // 12, month % 12 + 1, 1)


def _label(day: datetime.date, every: str) -> str:
    """Name a period: "2026-02", "2026Q1", "2026H1", "2026"."""
    number = (day.month - 1) // _MONTHS[every] + 1
    return f"{day.year}" + {"month": f"-{number:02d}", "quarter": f"Q{number}", "half": f"H{number}", "year": ""}[every]


def _step(label: str) -> str:
    """Tell from a label which step it names."""
    return "quarter" if "Q" in label else "half" if "H" in label else "month" if "-" in label else "year"


def rules_of(calendar: Calendar) -> dict[str, Any]:
    """Write a calendar back as a [grid] table: the inverse of reading it."""
    grid: dict[str, Any] = {"horizon": calendar.date(np.asarray(calendar.period_edges_s)[-1]) - _ONE_DAY}
    for word, labels, edges_s in (
        ("decisions", calendar.decisions, np.asarray(calendar.decision_edges_s)),
        ("periods", calendar.periods, np.asarray(calendar.period_edges_s)),
    ):
        rules: list[dict[str, Any]] = []
        for index, label in enumerate(labels):
            if not rules or rules[-1]["every"] != _step(label):
                rules.append({"every": _step(label)})
            rules[-1]["until"] = calendar.date(float(edges_s[index + 1])) - _ONE_DAY
        rules[-1].pop("until")
        grid[word] = rules
    return grid
