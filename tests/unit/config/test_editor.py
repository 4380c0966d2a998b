"""The schema for editors, written out: its top, its tables, the spellings of a key, and what may stand for each kind of figure."""

from typing import Any

import pytest

from capexmodel.config.editor import scenario_schema
from capexmodel.config.schema import tables

TEXT = {"type": "string"}
DATE = {"type": "string", "description": "a date, as 2026-06-30"}
STATUS = {"enum": ["reported", "derived", "estimated", "recalled", "scenario"]}
RULE = {
    "type": "object",
    "properties": {"every": {"enum": ["month", "quarter", "half", "year"]}, "until": DATE},
    "required": ["every"],
    "additionalProperties": False,
}
RULES = {"type": "array", "minItems": 1, "items": RULE}
SOURCE = {
    "type": "object",
    "properties": {"title": TEXT, "publisher": TEXT, "date": DATE, "reference": TEXT},
    "required": ["title", "publisher", "date"],
    "additionalProperties": False,
}
TOP = {
    "schema_version": {"const": 1},
    "name": TEXT,
    "title": TEXT,
    "as_of": DATE,
    "extends": TEXT,
    "hindsight": {"type": "boolean"},
    "precision": {"enum": ["bf16", "fp8"]},
    "grid": {
        "type": "object",
        "properties": {"horizon": DATE, "decisions": RULES, "periods": RULES},
        "required": [],
        "additionalProperties": False,
    },
    "sources": {"type": "object", "additionalProperties": SOURCE},
}
SINGLE = ("staff", "core", "utilization", "shape", "chip", "efficiency", "reliability", "research", "preference")
FLOPS = "flops|kflops|mflops|gflops|tflops|pflops|eflops|zflops|yflops"
COUNT = "count|chip|chips|head|heads|port|ports|thousand|million"
TIME = "s|second|seconds|minute|minutes|hour|hours|day|days|week|weeks|month|months|quarter|quarters|year|years"
POWER, MONEY = "w|kw|mw|gw|tw", "usd|kusd|musd|busd|tusd"


def number(**bounds: float) -> dict[str, Any]:
    """A bare number within bounds, or a quantity in quotes."""
    return {"anyOf": [{"type": "number"} | bounds, TEXT]}


def record(one: dict[str, Any], required: list[str], **more: Any) -> dict[str, Any]:
    """A figure in full."""
    parts = {"value": one, "low": one, "high": one, "status": STATUS, "source": TEXT, "note": TEXT} | more
    return {"type": "object", "properties": parts, "required": required, "additionalProperties": False}


def members(table: str) -> dict[str, Any]:
    """What a table, or each of its members, may hold."""
    found = scenario_schema()["properties"][table]
    return found if table in SINGLE else found["additionalProperties"]


def test_the_top_is_closed_and_asks_for_the_version_alone():
    schema = scenario_schema()
    known = schema.pop("properties")
    assert schema == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "capexmodel scenario",
        "type": "object",
        "required": ["schema_version"],
        "additionalProperties": False,
    }
    assert {word: known[word] for word in TOP} == TOP
    assert set(known) == {*TOP, "use", *tables()}


def test_one_name_is_used_of_a_single_table_and_a_list_of_any_other():
    use = scenario_schema()["properties"]["use"]
    assert use["properties"] == {name: TEXT if name in SINGLE else {"type": "array", "items": TEXT} for name in tables()}
    assert (use["type"], use["required"], use["additionalProperties"]) == ("object", [], False)


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        ("site", {"network": TEXT, "open": {"type": "boolean"}, "absent": {"const": True}}),
        ("rental", {"accelerator": TEXT, "site": TEXT, "absent": {"const": True}}),
        ("deal", {"absent": {"const": True}}),
        ("staff", {}),
        ("chip", {}),
    ],
)
def test_a_table_knows_its_texts_and_flags_and_its_members_may_be_absent(table, texts):
    found = dict(members(table))
    assert len(found.pop("patternProperties")) == sum(field.kind not in ("text", "flag") for field in tables()[table].fields.values())
    assert found == {"type": "object", "properties": texts, "required": [], "additionalProperties": False}
    whole = scenario_schema()["properties"][table]
    assert set(whole) == ({*found, "patternProperties"} if table in SINGLE else {"type", "additionalProperties"})
    assert whole["type"] == "object"


def test_chips_say_that_a_peak_may_be_given_by_precision_and_no_other_table_does():
    told = members("accelerator")["description"]
    assert told == "peak, or peak_bf16 and peak_fp8 of which `precision` picks one"
    assert [name for name in tables() if "description" in members(name)] == ["accelerator"]


@pytest.mark.parametrize(
    ("table", "field", "pattern"),
    [
        ("utilization", "mfu", "^mfu$"),
        ("site", "peak_pue", "^peak_pue$"),
        ("site", "hall_power_w", f"^hall_power(_({POWER}))?$"),
        ("accelerator", "peak_fp8_eflops", f"^peak_fp8(_({FLOPS}))?$"),
        ("hall", "price_usd_per_w", f"^price(_({MONEY})_per_({POWER}))?$"),
        ("core", "growth_per_s", f"^growth(_per_({TIME}))?$"),
        ("research", "eflops_per_head", f"^({FLOPS})_per_({COUNT})$"),
        ("job", "deadline_s", f"^deadline(_({TIME}))?$"),
        ("chip", "memory_gb_per_s", f"^memory(_(kb|mb|gb|tb|pb|eb)_per_({TIME}))$"),
    ],
)
def test_a_key_is_a_stem_with_any_unit_of_its_dimension(table, field, pattern):
    found = members(table)["patternProperties"]
    names = [each.name for each in tables()[table].fields.values() if each.kind not in ("text", "flag")]
    assert list(found)[names.index(field)] == pattern


FIGURES = [
    ("utilization", "^mfu$", "model FLOP utilization of a small run, without failures", number(exclusiveMinimum=0, maximum=1)),
    ("utilization", "^scale_exponent$", "power with which utilization falls with scale", number(minimum=0, exclusiveMaximum=1)),
    ("utilization", f"^scale(_({FLOPS}))?$", "peak compute at which the fall with scale sets in", number(exclusiveMinimum=0)),
    ("site", "^peak_pue$", "facility over IT power at design peak: what capacity must cover", number(minimum=1)),
    ("recipe", f"^sharding(_({COUNT}))?$", None, number(minimum=0)),
    ("recipe", f"^tensor(_({COUNT}))?$", None, number()),
    ("site", f"^slip(_({TIME}))?$", None, number()),
    ("deal", f"^close(_({TIME}))?$", None, DATE),
]


@pytest.mark.parametrize(("table", "pattern", "text", "one"), FIGURES, ids=[case[1][:20] for case in FIGURES])
def test_a_figure_is_bare_or_in_full_and_bounds_of_units_are_told_at_zero_only(table, pattern, text, one):
    found = dict(members(table)["patternProperties"][pattern])
    assert text is None or found["description"] == text
    assert len(found.pop("description")) > 10
    assert found == {"anyOf": [one, record(one, ["value"])]}


def test_cells_are_a_figure_for_each_member_of_the_other_table():
    found = members("job")["patternProperties"]["^reach$"]
    one = number(minimum=0, maximum=1)
    cell = {"anyOf": [one, record(one, ["value"])]}
    assert {word: found[word] for word in found if word != "description"} == {"type": "object", "additionalProperties": cell}
    assert found["description"] == tables()["job"].fields["reach"].declared.text


def test_a_series_is_a_figure_or_lists_or_stages():
    found = members("accelerator")["patternProperties"]["^share$"]
    one, column = number(minimum=0, maximum=1), {"type": "array", "items": number(minimum=0, maximum=1)}
    lists = {"value": column, "low": column, "high": column, "at": {"type": "array", "items": DATE}}
    assert found == {
        "description": tables()["accelerator"].fields["share"].declared.text,
        "anyOf": [
            one,
            record(one, ["value"]),
            record(one, ["at", "value"], **lists),
            {"type": "array", "minItems": 1, "items": record(one, ["at", "value"], at=DATE)},
        ],
    }
