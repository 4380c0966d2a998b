"""Entries to values: every figure read, every member complete, every name that refers to another known."""

import dataclasses
import re
from typing import Any

from capexmodel.config.documents import Documents
from capexmodel.config.entries import Entry, Slot
from capexmodel.config.faults import Faults, key, nearest, plain
from capexmodel.config.figures import Given, Reader
from capexmodel.config.schema import FILLED_TABLES, PRECISIONS, VARIED, Field, Table, tables, variants
from capexmodel.config.series import Stage, Values, read_series
from capexmodel.units import parse

_NUMBERS = re.compile("[0-9]+")


@dataclasses.dataclass(frozen=True)
class Said:
    """A figure or a series that the user said: where, as what, and the entry it replaces."""

    slot: Slot
    field: Field
    entry: Entry
    value: Given | tuple[Stage, ...]
    before: Entry | None = None
    at_s: float | None = None
    """The date of the stage that was said; of a whole series or a figure none."""


@dataclasses.dataclass
class Scene:
    """A scenario on the way from entries to arrays: members and values, and where each value was written."""

    documents: Documents
    reader: Reader
    precision: str | None
    members: dict[str, tuple[str, ...]]
    values: Values = dataclasses.field(default_factory=Values)
    written: dict[Slot, Entry] = dataclasses.field(default_factory=dict)
    said: list[Said] = dataclasses.field(default_factory=list)

    def read_entries(self) -> None:
        """Read every entry into a value."""
        for slot, entry in self.documents.layer.entries.items():
            value = self.read(entry, tables()[slot.table].fields[slot.field])
            if value is not None:
                self.values[slot] = value
                if entry.file in self.documents.own and not isinstance(value, str | bool):
                    self.say(slot, entry, value, self.documents.replaced.get(slot))
            self.written[slot] = entry

    def say(self, slot: Slot, entry: Entry, value: Given | tuple[Stage, ...], before: Entry | None) -> None:
        """Note that the user said a figure or a series, and what that replaces."""
        self.said.append(Said(slot, tables()[slot.table].fields[slot.field], entry, value, before))

    def say_instead(self, slot: Slot, entry: Entry, value: Given | tuple[Stage, ...], at_s: float | None = None) -> None:
        """Note that the user says a figure, a series or a stage in the place of what was said before: that is forgotten, but not what stood
        there at first."""
        gone = [each for each in self.said if each.slot == slot and at_s in (None, each.at_s)]
        self.said = [each for each in self.said if each.slot != slot or at_s not in (None, each.at_s)]
        before = (gone[0].before if gone else None) or self.written.get(slot)
        self.said.append(Said(slot, tables()[slot.table].fields[slot.field], entry, value, before, at_s))

    def read(self, entry: Entry, field: Field) -> Any:
        """Read one entry; None after a fault."""
        if field.kind in ("flag", "text"):
            if isinstance(entry.raw, bool if field.kind == "flag" else str):
                return entry.raw
            self.reader.faults.add(entry.file, entry.path, "has the wrong type", plain(entry.raw), field.expected())
            return None
        return read_series(self.reader, entry, field) if field.kind == "series" else self.reader.figure(entry, field)

    def quietly(self, entry: Entry, field: Field) -> Any:
        """Read an entry that is only held against others: what is wrong with it is not noted."""
        scratch = dataclasses.replace(self, reader=dataclasses.replace(self.reader, faults=Faults()))
        return scratch.read(entry, field)

    def choose_precision(self) -> None:
        """Let the precision of the scenario pick the peak of each chip, where the peak itself is not given."""
        table, name = VARIED
        stem, unit = parse(name)
        picked = False
        for member in self.members[table]:
            given = {p: Slot(table, member, f"{s}_{unit}") for p, s in zip(PRECISIONS, variants(stem), strict=True)}
            slots = {p: slot for p, slot in given.items() if slot in self.written}
            target = Slot(table, member, name)
            if target not in self.written and slots:
                if self.precision is None:
                    self._missing_setting("precision", " or ".join(PRECISIONS))
                    return
                picked = True
                if self.precision in slots:
                    self.written[target] = self.written[slots[self.precision]]
                    if slots[self.precision] in self.values:
                        self.values[target] = self.values[slots[self.precision]]
            for slot in slots.values():
                self.values.pop(slot, None)
        if self.precision is not None and not picked and self.members[table]:
            entry = self.documents.layer.settings["precision"]
            self.reader.faults.add(
                entry.file, entry.path, "has no effect", plain(entry.raw), f"chips that give {' or '.join(variants(stem))}"
            )

    def _missing_setting(self, word: str, expected: str) -> None:
        self.reader.faults.add(self.documents.file, word, "is missing", None, expected)

    def holds(self, table: Table) -> bool:
        """Say whether a table is there: one that may be absent is, where something is written in it."""
        return not table.optional or any(slot.table == table.name for slot in self.written)

    def drop(self, table: str) -> None:
        """Forget a table and its members."""
        for slot in [slot for slot in self.written if slot.table == table]:
            self.written.pop(slot)
            self.values.pop(slot, None)
        self.members[table] = ()

    def check_complete(self) -> None:
        """Report what is missing: members of tables that need one, and figures without a default."""
        file, written = self.documents.file, self._by_member()
        for table in tables().values():
            names = self.members[table.name] if table.axis else ("",) if self.holds(table) else ()
            if table.name in FILLED_TABLES and not names:
                self.reader.faults.add(file, table.name, "is missing", None, f"at least one table [{table.name}.NAME]")
            for member in names:
                if self.reader.faults.full:
                    return
                for field in table.fields.values():
                    self._check_given(table, member, field, written.get((table.name, member), []))

    def _by_member(self) -> dict[tuple[str, str], list[Entry]]:
        """What is written, by table and member."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for slot, entry in self.written.items():
            found.setdefault((slot.table, slot.member), []).append(entry)
        return found

    def _check_given(self, table: Table, member: str, field: Field, written: list[Entry]) -> None:
        """Report one missing figure, by the table, member and key it belongs to. That a precision is missing has been said."""
        if field.optional or field.kind == "cells" or Slot(table.name, member, field.name) in self.written:
            return
        file = next((entry.file for entry in written if not entry.strict), self.documents.file)
        name = field.name
        if any(Slot(table.name, member, f"{s}_{field.unit}") in self.written for s in variants(field.stem)):
            if self.precision is None:
                return
            name = f"{field.stem}_{self.precision}_{field.unit}"
        near = self._misspelled(table.name, member, written)
        self.reader.faults.add(file, key(table.name, member, name), "is missing", None, field.expected(), near)

    def _misspelled(self, table: str, member: str, written: list[Entry]) -> str | None:
        """A member from an earlier file, of which one that a single file names may be a misspelling: not one that differs in its number."""
        rank = self.documents.rank
        ranks = {rank(entry) for entry in written}
        if len(ranks) != 1:
            return None
        others = {slot.member for slot, each in self.written.items() if slot.table == table and rank(each) < min(ranks)}
        stem = _NUMBERS.sub("", member)
        near = nearest(member, sorted(other for other in others if _NUMBERS.sub("", other) != stem))
        return None if near is None else key(table, near)

    def check_names(self) -> None:
        """Check that names of members of other tables, in texts and in cells, are known."""
        for slot, entry in self.written.items():
            field = tables()[slot.table].fields[slot.field]
            word = slot.cell if field.kind == "cells" else self.values.get(slot) if field.kind == "text" else None
            may_be_empty = field.kind == "text" and field.name != field.other
            known = self.members.get(field.other, ())
            if self.reader.faults.full:
                return
            if field.other and word is not None and word not in known and not (word == "" and may_be_empty):
                expected, near = ", ".join(known) or f"a member of [{field.other}]", nearest(word, known)
                self.reader.faults.add(entry.file, entry.path, f"is not a member of [{field.other}]", plain(word), expected, near)
