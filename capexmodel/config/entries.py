"""What a file says, key by key: each entry placed at its field, with its file and its key as written, before any value is read.

Entries of a child file replace those of its parent, whatever unit either uses; a figure is replaced whole, with its range and source.
"""

import dataclasses
import re
from typing import Any, NamedTuple

from capexmodel import units
from capexmodel.config.factors import wrong_dimension
from capexmodel.config.faults import Faults, key, nearest, plain
from capexmodel.config.schema import LONGEST_KEY, TOP_KEYS, VARIED, Field, Table, tables, variants

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+-]{0,63}")
_TABLE_WORDS = ("absent",)
OVERRIDE = "override"
"""What stands for the file of a change."""
MOST_MEMBERS = 1000
"""Members of one table that a file may name, and cells of one matrix."""


class Slot(NamedTuple):
    """Where a value belongs: table, member ("" for a table of single numbers), field, and cell of a matrix ("" for none)."""

    table: str
    member: str
    field: str
    cell: str = ""


class Entry(NamedTuple):
    """What was written: the raw value, the unit in its key (None: none), file and key for errors; `strict` asks for a full figure."""

    raw: Any
    unit: str | None
    file: str
    path: str
    strict: bool = False


@dataclasses.dataclass
class Layer:
    """The entries of one file, the members it names (in order), those it takes out, and its top-level settings."""

    file: str
    entries: dict[Slot, Entry] = dataclasses.field(default_factory=dict)
    members: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    absent: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    settings: dict[str, Entry] = dataclasses.field(default_factory=dict)


def is_name(name: object) -> bool:
    """Say whether a name may be used for a member, a source or a scenario: letters, digits, `_ + -`, at most 64."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def layer_of(tree: dict[str, Any], file: str, faults: Faults) -> Layer:
    """Place everything a scenario file says."""
    layer = Layer(file)
    for word, value in tree.items():
        if word in ("grid", "use"):
            if not isinstance(value, dict):
                faults.add(file, word, "is not a table", plain(value), f"[{word}]")
                continue
            layer.settings |= {f"{word}.{inner}": Entry(raw, None, file, key(word, inner)) for inner, raw in value.items()}
        elif word in TOP_KEYS:
            layer.settings[word] = Entry(value, None, file, word)
        elif word in tables():
            _read_table(tables()[word], value, layer, faults)
        else:
            _unknown(layer.file, (), word, [*TOP_KEYS, *tables()], faults)
    return layer


def _read_table(table: Table, tree: Any, layer: Layer, faults: Faults) -> None:
    """Place the entries of one table."""
    if not isinstance(tree, dict):
        faults.add(layer.file, table.name, "is not a table", plain(tree), f"[{table.name}.NAME]" if table.axis else f"[{table.name}]")
        return
    if table.axis is None:
        read_member(table, "", tree, layer, (table.name,), faults)
        return
    if len(tree) > MOST_MEMBERS:
        faults.add(layer.file, table.name, "has too many members", str(len(tree)), f"at most {MOST_MEMBERS}")
        return
    seen: dict[str, str] = {}
    for member, body in tree.items():
        if not isinstance(body, dict):
            hint = f"it in a member: [{table.name}.NAME]" if table.match(member) else f"a table [{table.name}.NAME]"
            faults.add(layer.file, key(table.name, member), "is not a member", plain(body), hint)
            continue
        twin = seen.setdefault(member.strip().lower(), member)
        if twin != member:
            what = f"is the same member as {key(table.name, twin)} but for case or space"
            faults.add(layer.file, key(table.name, member), what, plain(member))
        elif not is_name(member):
            faults.add(layer.file, key(table.name, member), "is no name", plain(member), "letters, digits and _ + -, at most 64")
        else:
            _read_named(table, member, body, layer, faults)


def _read_named(table: Table, member: str, body: dict[str, Any], layer: Layer, faults: Faults) -> None:
    """Place a member, or take it out."""
    if "absent" not in body:
        layer.members.setdefault(table.name, []).append(member)
        read_member(table, member, body, layer, (table.name, member), faults)
    elif body["absent"] is not True or len(body) > 1:
        faults.add(layer.file, key(table.name, member, "absent"), "takes a member out", plain(body["absent"]), "true, and no other key")
    else:
        layer.absent.add((table.name, member))


def read_member(
    table: Table, member: str, body: dict[str, Any], layer: Layer, words: tuple[str, ...], faults: Faults, strict: bool = False
) -> None:
    """Place the entries of one member; `words` is how the file calls it."""
    first: dict[str, str] = {}
    for written, raw in body.items():
        found = match_key(table, written, layer.file, words, faults)
        if found is None:
            continue
        field, unit = found
        path = key(*words, written)
        if field.name in first:
            faults.add(layer.file, path, f"says the same as {key(*words, first[field.name])}", None, "one of the two")
            continue
        first[field.name] = written
        if (table.name, field.name) == VARIED:
            first |= dict.fromkeys((f"{stem}_{field.unit}" for stem in variants(field.stem)), written)
        elif field.stem in variants(units.parse(VARIED[1])[0]):
            first.setdefault(VARIED[1], written)
        if field.kind != "cells":
            layer.entries[Slot(table.name, member, field.name)] = Entry(raw, unit, layer.file, path, strict)
        elif isinstance(raw, dict) and len(raw) > MOST_MEMBERS:
            faults.add(layer.file, path, "has too many members", str(len(raw)), f"at most {MOST_MEMBERS}")
        elif isinstance(raw, dict):
            for cell, value in raw.items():
                layer.entries[Slot(table.name, member, field.name, cell)] = Entry(
                    value, unit, layer.file, key(*words, written, cell), strict
                )
        else:
            faults.add(layer.file, path, "is not a table", plain(raw), f"one figure for each {field.other}: [{path}]")


def match_key(table: Table, written: str, file: str, words: tuple[str, ...], faults: Faults) -> tuple[Field, str | None] | None:
    """Find the field of a key, and check the dimension of its unit."""
    found = table.match(written)
    several = [field.name for field in table.fields.values() if field.stem == written]
    if found is None and several:
        faults.add(file, key(*words, written), "has no unit", plain(written), f"one of {', '.join(several)}")
        return None
    if found is None:
        _unknown(file, words, written, _spellings(table), faults)
        return None
    field, unit = found
    if unit is not None and units.dimension(unit) != units.dimension(field.unit):
        wrong, right = units.describe(units.dimension(unit)), units.describe(units.dimension(field.unit))
        base = f"a {right}: {field.name}" if field.unit else f"a {right} (a fraction has no unit): {field.stem}"
        meant = wrong_dimension(unit, field.unit)
        near = (
            "_".join(word for word in (field.stem, meant) if word)
            if meant
            else field.stem
            if not field.unit and unit == "percent"
            else None
        )
        faults.add(file, key(*words, written), "has the wrong dimension", f"{unit} ({wrong})", base, near)
        return None
    return field, unit


def _spellings(table: Table) -> list[str]:
    """The stems and names of a table, for hints."""
    return [*(stem for stem in table.stems if stem), *table.fields, *_TABLE_WORDS]


def _unknown(file: str, words: tuple[str, ...], written: str, known: list[str], faults: Faults) -> None:
    """Report an unknown key, with what was probably meant or where it belongs."""
    if faults.full:
        return
    homes = [table.name for table in tables().values() if (found := table.match(written)) and found[0].stem]
    if homes and not nearest(written, known):
        belongs = " or ".join(f"[{home}.NAME]" if tables()[home].axis else f"[{home}]" for home in homes[:3])
        faults.add(file, key(*words, written), "is not a key here", plain(written), f"it in {belongs}")
        return
    near = nearest(written, known)
    if near is None and len(written) <= LONGEST_KEY:
        near = nearest(units.parse(written)[0], known)
    faults.add(file, key(*words, written), "is not a known key", plain(written), None, near)
