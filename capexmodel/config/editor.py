"""The schema of a scenario file as JSON Schema, for editors that complete keys and mark mistakes while one types."""

from typing import Any

from capexmodel import units
from capexmodel.config.figures import FIGURE_KEYS
from capexmodel.config.schema import PRECISIONS, VARIED, VERSION, Field, Table, tables, variants
from capexmodel.model.evidence import STATUSES

_DATE = {"type": "string", "description": "a date, as 2026-06-30"}
_TEXT = {"type": "string"}


def scenario_schema() -> dict[str, Any]:
    """Give the JSON Schema of a scenario file, from the declarations of the model.

    Leaves out what involves several keys (order of dates, references between tables): loading checks that.
    """
    rule = {"every": {"enum": ["month", "quarter", "half", "year"]}, "until": _DATE}
    rules = {"type": "array", "minItems": 1, "items": _object(rule, ["every"])}
    use = {name: {"type": "array", "items": _TEXT} if table.axis else _TEXT for name, table in tables().items()}
    source = _object({"title": _TEXT, "publisher": _TEXT, "date": _DATE, "reference": _TEXT}, ["title", "publisher", "date"])
    top = {
        "schema_version": {"const": VERSION},
        "name": _TEXT,
        "title": _TEXT,
        "as_of": _DATE,
        "extends": _TEXT,
        "hindsight": {"type": "boolean"},
        "precision": {"enum": list(PRECISIONS)},
        "grid": _object({"horizon": _DATE, "decisions": rules, "periods": rules}, []),
        "use": _object(use, []),
        "sources": {"type": "object", "additionalProperties": source},
    }
    body = _object(top | {name: _table(table) for name, table in tables().items()}, ["schema_version"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "capexmodel scenario"} | body


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """A table with known keys only."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _table(table: Table) -> dict[str, Any]:
    """One table, or its members."""
    stem = table.fields[VARIED[1]].stem if table.name == VARIED[0] else ""
    texts = {f.name: {"type": "boolean"} if f.kind == "flag" else _TEXT for f in table.fields.values() if f.kind in ("flag", "text")}
    patterns = {_pattern(f, f.stem in table.stems): _field(f) for f in table.fields.values() if f.kind not in ("flag", "text")}
    member = _object(texts | ({"absent": {"const": True}} if table.axis else {}), []) | {"patternProperties": patterns}
    if stem:
        member["description"] = f"{stem}, or {' and '.join(variants(stem))} of which `precision` picks one"
    return {"type": "object", "additionalProperties": member} if table.axis else member


def _pattern(field: Field, alone: bool) -> str:
    """Every spelling of a key: its stem with any unit of the same dimension; the stem alone where no other key has it."""
    if not field.unit:
        return f"^{field.stem}$"
    prefix, unit = ("per_", field.unit.removeprefix("per_")) if field.unit.startswith("per_") else ("", field.unit)
    unit = prefix + "_per_".join(f"({'|'.join(_alike(word))})" for word in unit.split("_per_"))
    return f"^{field.stem}(_{unit}){'?' * alone}$" if field.stem else f"^{unit}$"


def _alike(word: str) -> list[str]:
    """The units of the same dimension."""
    return [other for other, (_, kind) in units.UNITS.items() if kind == units.UNITS[word][1]]


def _field(field: Field) -> dict[str, Any]:
    """One key: a bare number, a quantity with its unit in quotes, or a figure with its range and source."""
    number = _DATE if field.kind == "date" else {"anyOf": [{"type": "number"} | _bounds(field), _TEXT]}
    parts: dict[str, Any] = dict.fromkeys(("value", "low", "high"), number)
    parts |= {"status": {"enum": list(STATUSES)}, "source": _TEXT, "note": _TEXT}
    figure = {"anyOf": [number, _object({word: parts[word] for word in FIGURE_KEYS}, ["value"])]}
    text = {"description": field.declared.text if field.declared else field.name}
    if field.kind == "cells":
        return text | {"type": "object", "additionalProperties": figure}
    if field.kind != "series":
        return text | figure
    lists = {word: {"type": "array", "items": number} for word in ("value", "low", "high")}
    by_lists = _object(parts | lists | {"at": {"type": "array", "items": _DATE}}, ["at", "value"])
    by_stages = {"type": "array", "minItems": 1, "items": _object(parts | {"at": _DATE}, ["at", "value"])}
    return text | {"anyOf": [*figure["anyOf"], by_lists, by_stages]}


def _bounds(field: Field) -> dict[str, float]:
    """The declared bounds, where they are the same in every unit."""
    declared = field.declared
    if declared is None:
        return {}
    words = {"exclusiveMinimum": declared.gt, "minimum": declared.ge, "exclusiveMaximum": declared.lt, "maximum": declared.le}
    return {word: bound for word, bound in words.items() if bound is not None and (bound == 0 or not field.unit)}
