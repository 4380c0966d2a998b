"""The schema is the declarations: every declared number has a key, every key a declaration."""

import dataclasses
import json
import re
import tomllib
from typing import get_args

import equinox as eqx
import pytest

from capexmodel import config, units
from capexmodel.config.schema import tables
from capexmodel.model.scenario import Scenario
from capexmodel.param import params

from .conftest import SMALL


def test_every_table_with_numbers_is_in_the_schema():
    kinds = {f.name: [f.type, *get_args(f.type)] for f in dataclasses.fields(Scenario)}
    wanted = {name for name, parts in kinds.items() if any(isinstance(part, type) and issubclass(part, eqx.Module) for part in parts)}
    assert set(tables()) == wanted - {"calendar"}
    assert {table.name for table in tables().values() if table.optional} == {"utilization", "shape", "chip", "efficiency"}


@pytest.mark.parametrize("name", sorted(tables()))
def test_every_declared_number_can_be_written_under_its_own_name(name):
    table = tables()[name]
    dates_of_series = {declared.at for declared in params(table.cls).values()}
    for field in params(table.cls):
        if field in dates_of_series:
            assert table.match(field) is None
            continue
        found, unit = table.match(field) or (None, None)
        assert found is table.fields[field]
        assert (unit or "") == units.parse(field)[1]


def test_kinds_are_read_from_the_declarations():
    kinds = {f"{t.name}.{f.name}": f.kind for t in tables().values() for f in t.fields.values()}
    assert kinds["site.hall_power_w"] == "series"
    assert kinds["core.relief_eflops"] == "series"
    assert kinds["site.fleet_count"] == kinds["job.reach"] == "cells"
    assert kinds["job.deadline_s"] == kinds["deal.close_s"] == "date"
    assert kinds["site.network"] == "text"
    assert kinds["site.open"] == "flag"
    assert kinds["utilization.mfu"] == kinds["site.slip_s"] == "number"
    assert "job.deadlined" not in kinds
    assert tables()["accelerator"].fields["vendor"].other == "supply"
    assert tables()["job"].fields["reach"].other == "site"
    assert tables()["job"].fields["deadline_s"].optional
    assert not tables()["deal"].fields["close_s"].optional


def _faults(schema: dict, value: object, path: str = "") -> list[str]:
    """Say which keys of a tree a JSON Schema does not know (only the words that the schema of a scenario uses for tables)."""
    if "anyOf" in schema:
        tries = [_faults(option, value, path) for option in schema["anyOf"]]
        return min(tries, key=len)
    kind = {dict: "object", list: "array", str: "string", bool: "boolean"}.get(type(value), "number")
    if type(value).__name__ == "date":
        kind = "string"
    if "type" in schema and schema["type"] != kind:
        return [f"{path}: {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {value}"]
    if isinstance(value, list):
        return [fault for item in value for fault in _faults(schema.get("items", {}), item, path)]
    if not isinstance(value, dict):
        return []
    found = [f"{path}.{key} missing" for key in schema.get("required", []) if key not in value]
    for key, inner in value.items():
        match = schema.get("properties", {}).get(key)
        for pattern, each in schema.get("patternProperties", {}).items():
            match = each if match is None and re.search(pattern, key) else match
        match = schema.get("additionalProperties") if match is None else match
        found += [f"{path}.{key}"] if match in (None, False) else _faults(match, inner, f"{path}.{key}")
    return found


def test_the_editors_schema_knows_every_key_of_a_good_file():
    schema = config.scenario_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert _faults(schema, tomllib.loads(SMALL)) == []
    assert _faults(schema, tomllib.loads(config.dump(config.load("small")))) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("price_kusd = 30", "prise_kusd = 30", ".accelerator.OWN.prise_kusd"),
        ("price_kusd = 30", "price_kw = 30", ".accelerator.OWN.price_kw"),
        ("price_kusd = 30", "price_kusd = true", ".accelerator.OWN.price_kusd: boolean"),
        ('every = "month"', 'every = "day"', ".grid.periods.every: day"),
        ('status = "reported", source = "mine"', 'status = "heard", source = "mine"', None),
        ('publisher = "the tests"\n', "", ".sources.mine.publisher missing"),
    ],
)
def test_the_editors_schema_marks_mistakes(old, new, fault):
    found = _faults(config.scenario_schema(), tomllib.loads(SMALL.replace(old, new, 1)))
    assert found
    assert fault is None or fault in found
