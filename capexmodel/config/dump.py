"""A Scenario back to TOML: one canonical text, in base units, that loads to the same scenario; and the hash of it."""

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from capexmodel.config.calendar import rules_of
from capexmodel.config.entries import is_name
from capexmodel.config.provenance import USER
from capexmodel.config.schema import VERSION, Field, Table, tables
from capexmodel.model.evidence import Figure
from capexmodel.model.scenario import Scenario
from capexmodel.param import params

Tree = dict[str, Any]


def dump(scenario: Scenario) -> str:
    """Write a scenario as canonical TOML: complete, without `extends` or catalog, every figure in base units with its source.

    A number changed since loading is written as the user's own. Leaves out figures that have their declared default, and comments.
    """
    tree = _tree(scenario)
    tree["sources"] = {name: _source(body) for name, body in sorted(scenario.evidence.sources.items()) if name != USER}
    return "\n".join(_lines(tree))


def config_hash(scenario: Scenario) -> str:
    """Hash what a scenario computes with and rests on: SHA-256 of the canonical text without title, notes and the list of sources.

    Order of keys, spelling of units and comments do not matter; the order of members does, because it is that of the axes.
    """
    tree = _tree(scenario)
    tree.pop("title")
    orders = {table: list(body) for table, body in tree.items() if table in tables() and tables()[table].axis}
    text = json.dumps([orders, _without_notes(tree)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_notes(tree: Any) -> Any:
    """Drop the notes of figures."""
    if isinstance(tree, Mapping):
        return {word: _without_notes(value) for word, value in tree.items() if word != "note" or not isinstance(value, str)}
    return [_without_notes(value) for value in tree] if isinstance(tree, list) else tree


def _tree(scenario: Scenario) -> Tree:
    """Bring a scenario to a plain tree, in the order in which it is written."""
    tree: Tree = {"schema_version": VERSION, "name": scenario.name, "title": scenario.title}
    tree["as_of"] = datetime.date.fromisoformat(scenario.calendar.as_of)
    if scenario.evidence.hindsight:
        tree["hindsight"] = True
    tree["grid"] = rules_of(scenario.calendar)
    for table in tables().values():
        part = getattr(scenario, table.name)
        if part is None:
            continue
        writer = _Writer(scenario, table, part)
        tree[table.name] = (
            {name: writer.member(index, name) for index, name in enumerate(part.names)} if table.axis else writer.member(None, "")
        )
    return tree


def _source(body: Mapping[str, str]) -> Tree:
    """Write a source; its date is a date again."""
    return {word: datetime.date.fromisoformat(value) if word == "date" else value for word, value in body.items()}


class _Writer:
    """Writes the members of one table."""

    def __init__(self, scenario: Scenario, table: Table, part: Any) -> None:
        self.scenario, self.table, self.part = scenario, table, part
        self.arrays = {name: np.asarray(getattr(part, name)) for name in params(table.cls)}

    def member(self, index: int | None, name: str) -> Tree:
        """Write the keys of one member; those with their declared default are left out."""
        row = () if index is None else (index,)
        body: Tree = {}
        for field in self.table.fields.values():
            path = ".".join(word for word in (self.table.name, name, field.name) if word)
            if field.kind in ("text", "flag"):
                body[field.name] = getattr(self.part, field.name)[index]
            elif field.name in self.arrays:
                written = self._numbers(field, row, path)
                if written is not None:
                    body[field.name] = written
        return body

    def _numbers(self, field: Field, row: tuple[int, ...], path: str) -> Any:
        """Write the numbers of a field, or None for the default."""
        values = self.arrays[field.name][row]
        if field.kind == "series":
            return self._series(field, row, path) or None
        if field.kind == "cells":
            others = getattr(self.scenario, field.other).names
            cells = {other: self._figure(field, f"{path}.{other}", float(values[i])) for i, other in enumerate(others)}
            return {other: cell for other, cell in cells.items() if cell is not None} or None
        flags = getattr(self.part, f"{field.stem}d", None) if field.kind == "date" else None
        if flags is not None and not flags[row[0]]:
            return None
        return self._figure(field, path, float(values))

    def _series(self, field: Field, row: tuple[int, ...], path: str) -> list[Tree]:
        """Write the stages of a series, without those that only fill it up."""
        values, at_s = self.arrays[field.name][row], self.arrays[str(field.declared.at if field.declared else "")][row]
        filling = [field.declared.default if field.declared else None, *values[:-1].tolist()]
        paths = [f"{path}.{self.scenario.calendar.date(float(time_s)).isoformat()}" for time_s in at_s]
        needed = [p in self.scenario.evidence.figures or v != f for p, v, f in zip(paths, values.tolist(), filling, strict=True)]
        stages: list[Tree] = []
        for step in range(max((i + 1 for i, each in enumerate(needed) if each), default=0)):
            figure = self._figure(field, paths[step], float(values[step]), always=True)
            stages.append({"at": self._date(float(at_s[step])), **(figure if isinstance(figure, dict) else {"value": figure})})
        return stages

    def _figure(self, field: Field, path: str, value: float, always: bool = False) -> Any:
        """Write one figure: in full, or bare when it is the user's own; None for a default unless it is needed."""
        figure = self.scenario.evidence.figures.get(path)
        if figure is None:
            default = field.declared.default if field.declared else None
            return None if value == default and not always else self._value(field, value)
        if figure.value != value:
            figure = Figure(path, value, figure.low, figure.high, figure.unit, "scenario", USER)
        range_ = {"low": figure.low, "high": figure.high}
        kept = {w: self._value(field, e) for w, e in range_.items() if e is not None and (e <= value if w == "low" else e >= value)}
        if not kept and (figure.status, figure.source, figure.note) == ("scenario", USER, ""):
            return self._value(field, value)
        body = {"value": self._value(field, value), **kept, "status": figure.status, "source": figure.source}
        return body | ({"note": figure.note} if figure.note else {})

    def _value(self, field: Field, value: float) -> Any:
        return self._date(value) if field.kind == "date" else value

    def _date(self, time_s: float) -> datetime.date | datetime.datetime:
        """Turn seconds back into a date, or a time of day when it is not midnight."""
        start = datetime.datetime.combine(datetime.date.fromisoformat(self.scenario.calendar.as_of), datetime.time())
        when = start + datetime.timedelta(seconds=time_s)
        return when.date() if when.time() == datetime.time() else when


def _lines(tree: Tree) -> Iterator[str]:
    """Write the tree: settings first, then a table for each member."""
    yield from (f"{word} = {_inline(value)}" for word, value in tree.items() if not isinstance(value, dict))
    for word, body in tree.items():
        if not isinstance(body, dict):
            continue
        if word == "sources" or (word in tables() and tables()[word].axis):
            for member, inner in body.items():
                yield from _table_lines((word, member), inner)
        else:
            yield from _table_lines((word,), body)


def _table_lines(words: tuple[str, ...], body: Tree) -> Iterator[str]:
    """Write one table, then the cells of its matrices as tables of their own."""
    field = tables()[words[0]].fields if words[0] in tables() else {}
    cells = {word for word in body if word in field and field[word].kind == "cells"}
    yield from _block(words, {word: value for word, value in body.items() if word not in cells})
    for word in body:
        if word in cells:
            yield from _block((*words, word), body[word])


def _block(words: tuple[str, ...], body: Tree) -> Iterator[str]:
    """Write the head of a table and its keys."""
    yield ""
    yield f"[{'.'.join(_key(word) for word in words)}]"
    yield from (f"{_key(word)} = {_inline(value)}" for word, value in body.items())


def _key(word: str) -> str:
    return word if is_name(word) and "+" not in word else _text(word)


def _text(text: str) -> str:
    """Write a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _inline(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(word)} = {_inline(inner)}" for word, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(inner) for inner in value) + "]"
    return repr(value)
