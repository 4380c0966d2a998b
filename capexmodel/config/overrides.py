"""Single changes to a scenario, as `path=value`: "envelope.high=125 B$", "job.avocado.deadline=2026-05-31"."""

import dataclasses
import datetime
import tomllib
from collections.abc import Sequence
from typing import Any, NamedTuple

from capexmodel.config.entries import OVERRIDE, Entry, Slot, match_key
from capexmodel.config.faults import Faults, key, nearest, plain
from capexmodel.config.figures import Given, read_date
from capexmodel.config.schema import VARIED, Field, Table, tables, variants
from capexmodel.config.series import Stage
from capexmodel.config.values import Scene
from capexmodel.units import exact, parse

FILE = OVERRIDE
SETTINGS = ("precision", "hindsight", "grid.horizon", "grid.decisions", "grid.periods")
"""What can be changed and is no figure of a table."""


class Override(NamedTuple):
    """One change as written: its path in words, and its value."""

    words: tuple[str, ...]
    raw: Any


def read_overrides(overrides: Sequence[str], faults: Faults) -> list[Override]:
    """Split each `path=value`."""
    found = []
    for text in [overrides] if isinstance(overrides, str) else overrides:
        path, _, value = text.partition("=")
        if not path.strip() or not value.strip() or not all(c.isprintable() for c in text):
            faults.add(FILE, "", "is not a change", plain(text), "path=value, as envelope.high=125 B$")
            continue
        found.append(Override(tuple(word.strip() for word in path.strip().split(".")), _value(value.strip())))
    return found


def _value(text: str) -> Any:
    """Read a value as TOML would, and anything else as text: a quantity with its unit, a name."""
    try:
        tree = tomllib.loads(f"value = {text}", parse_float=exact)
    except (ValueError, RecursionError):
        return text
    return tree["value"]


def settings_of(changes: list[Override], faults: Faults) -> dict[str, Entry]:
    """Pick the changes of top-level settings."""
    found = {}
    for each in changes:
        path = ".".join(each.words)
        if path in SETTINGS:
            found[path] = Entry(each.raw, None, FILE, path)
        elif each.words[0] not in tables():
            known = [*tables(), *SETTINGS]
            near = nearest(path, known) or nearest(each.words[0], known)
            faults.add(FILE, key(*each.words), "cannot be changed", None, f"a figure, {', '.join(SETTINGS)}", near)
    return found


def change(scene: Scene, changes: list[Override]) -> None:
    """Apply the changes of figures, texts and flags, in order."""
    for each in changes:
        if each.words[0] in tables():
            _change_one(scene, tables()[each.words[0]], each)


def _change_one(scene: Scene, table: Table, override: Override) -> None:
    """Apply one change."""
    faults, words = scene.reader.faults, list(override.words[1:])
    member = ""
    if table.axis:
        member = _member(scene, table, words, faults)
        if member is None:
            return
    if not words:
        faults.add(FILE, key(*override.words), "is not a figure", None, f"a key of [{table.name}]")
        return
    matched = match_key(table, words[0], FILE, (table.name, member), faults)
    if matched is None:
        return
    field, unit = matched
    stem = parse(VARIED[1])[0]
    if field.stem in variants(stem):
        if field.stem != f"{stem}_{scene.precision}":
            precision = scene.precision or "none is given"
            faults.add(FILE, key(*override.words), "has no effect", None, f"the peak in the precision of the scenario ({precision})")
            return
        field = table.fields[VARIED[1]]
    entry = Entry(override.raw, unit, FILE, key(*override.words))
    inner = words[1:]
    if len(inner) > 1 or (inner and field.kind not in ("cells", "series")) or (not inner and field.kind == "cells"):
        cell = field.other.upper() if field.kind == "cells" else ""
        faults.add(FILE, key(*override.words), "is not a single figure", None, key(table.name, member, field.name, cell))
    elif inner and field.kind == "series":
        _change_stage(scene, Slot(table.name, member, field.name), field, inner[0], entry)
    else:
        _change_value(scene, Slot(table.name, member, field.name, *inner), field, entry)


def _member(scene: Scene, table: Table, words: list[str], faults: Faults) -> str | None:
    """Take the member off a path. A fiscal year may be left out of `envelope.*`: then the first one is meant."""
    known = scene.members[table.name]
    if words and words[0] in known:
        return words.pop(0)
    if table.name == "envelope" and len(words) == 1 and known and table.match(words[0]):
        return min(known)
    got = words[0] if words else ""
    faults.add(
        FILE,
        key(table.name, *words),
        f"is not a member of [{table.name}]",
        plain(got),
        ", ".join(known) or "one that has members",
        nearest(got, known),
    )
    return None


def _change_value(scene: Scene, slot: Slot, field: Field, entry: Entry) -> None:
    """Replace a value; the range stays where the new value is within it."""
    value = scene.read(entry, field)
    if value is None:
        return
    old = scene.values.figure(slot)
    if not isinstance(value, str | bool):
        scene.say_instead(slot, entry, value)
    scene.values[slot] = _within(value, old) if isinstance(value, Given) and old else value
    scene.written[slot] = entry


def _change_stage(scene: Scene, slot: Slot, field: Field, date: str, entry: Entry) -> None:
    """Replace one stage of a series, by its date."""
    stages = scene.values.stages(slot)
    dates = [str(scene.reader.as_of + datetime.timedelta(seconds=stage.at_s)) for stage in stages]
    when = read_date(date)
    if when is None or str(when.date()) not in dates:
        expected = ", ".join(dates) or "a series that is given"
        scene.reader.faults.add(FILE, entry.path, "is not a stage of the series", plain(date), expected, nearest(date, dates))
        return
    given = scene.reader.figure(entry, field)
    if given is not None:
        index = dates.index(str(when.date()))
        scene.say_instead(slot, entry, (Stage(stages[index].at_s, given),), stages[index].at_s)
        changed = Stage(stages[index].at_s, _within(given, stages[index].given))
        scene.values[slot] = (*stages[:index], changed, *stages[index + 1 :])


def _within(new: Given, old: Given) -> Given:
    """Keep the old range if it holds the new value: a range that does not is dropped, on that side."""
    low = old.low if new.low is None and old.low is not None and old.low <= new.value else new.low
    high = old.high if new.high is None and old.high is not None and old.high >= new.value else new.high
    return dataclasses.replace(new, low=low, high=high)
