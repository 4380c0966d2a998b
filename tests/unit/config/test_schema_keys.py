"""A key of a table stands for one field, in any unit; what each field expects is derived from its declaration."""

import pytest

from capexmodel.config.schema import LONGEST_KEY, PRECISIONS, VERSION, Field, Table, tables, variants
from capexmodel.param import Param, params

SIZE = Field("memory_gb", "memory", "gb", "number")
SPEED = Field("memory_gb_per_s", "memory", "gb_per_s", "number")
COST = Field("price_usd", "price", "usd", "number")
NAME = Field("maker", "maker", "", "text")
FLAG = Field("open", "open", "", "flag")
RATE = Field("usd_per_w", "", "usd_per_w", "number")
TABLE = Table("thing", object, "thing", {field.name: field for field in (SIZE, SPEED, COST, NAME, FLAG)})
NAMELESS = Table("thing", object, None, {RATE.name: RATE})


def test_a_table_made_by_hand_has_to_be_there_and_its_fields_to_be_given():
    assert not TABLE.optional
    assert not COST.optional
    assert TABLE.stems == {"price": COST, "maker": NAME, "open": FLAG}


@pytest.mark.parametrize(("written", "found"), [
    ("price", (COST, None)),
    ("price_usd", (COST, "usd")),
    ("price_kusd", (COST, "kusd")),
    ("price_usd_per_w", (COST, "usd_per_w")),
    ("memory", None),
    ("memory_tb", (SIZE, "tb")),
    ("memory_tb_per_s", (SPEED, "tb_per_s")),
    ("memory_usd", (SIZE, "usd")),
    ("maker", (NAME, None)),
    ("open", (FLAG, None)),
    ("maker_usd", None),
    ("open_s", None),
    ("price_", None),
    ("price_bucks", None),
    ("prices", None),
    ("_price", None),
    ("usd", None),
    ("", None),
])  # fmt: skip
def test_a_key_is_a_stem_and_a_unit_of_the_fitting_number(written, found):
    assert TABLE.match(written) == found


@pytest.mark.parametrize(("written", "found"), [
    ("usd_per_w", (RATE, "usd_per_w")), ("kusd_per_kw", (RATE, "kusd_per_kw")), ("", (RATE, None)), ("usd_per_bucks", None), ("x", None),
])  # fmt: skip
def test_a_number_without_a_stem_is_called_by_its_unit(written, found):
    assert NAMELESS.match(written) == found


def test_a_key_has_at_most_a_hundred_letters():
    hundred, more = "price_kusd" + "_per_kwh" * 3 + "_per_w" * 11, "price_usd" + "_per_kwh" + "_per_w" * 14
    assert (len(hundred), len(more), LONGEST_KEY) == (100, 101, 100)
    assert TABLE.match(hundred) == (COST, hundred.removeprefix("price_"))
    assert TABLE.match(more) is None


@pytest.mark.parametrize(("field", "words"), [
    (NAME, "a name in quotes"),
    (FLAG, "true or false"),
    (COST, "a number in usd"),
    (Field("share", "share", "", "number"), "a number without unit"),
    (Field("share", "share", "", "series", Param("most of it")), "a number without unit (most of it)"),
    (Field("fleet_count", "fleet", "count", "cells", Param("chips there")), "a number in count (chips there)"),
    (Field("close_s", "close", "s", "date", Param("the day")), "a date (the day)"),
    (Field("close_s", "close", "s", "date"), "a date"),
    (Field("maker", "maker", "", "text", Param("not said")), "a name in quotes"),
])  # fmt: skip
def test_what_a_field_expects_is_said_in_words(field, words):
    assert field.expected() == words


@pytest.mark.parametrize(("table", "name", "stem", "unit", "kind", "other", "axis", "optional"), [
    ("site", "hall_power_w", "hall_power", "w", "series", "", "step", False),
    ("site", "site_power_w", "site_power", "w", "series", "", "stage", False),
    ("core", "relief_eflops", "relief", "eflops", "series", "", "step", True),
    ("supply", "offered_count_per_s", "offered", "count_per_s", "series", "", "step", False),
    ("site", "fleet_count", "fleet", "count", "cells", "accelerator", "", True),
    ("job", "reach", "reach", "", "cells", "site", "", True),
    ("site", "slip_s", "slip", "s", "number", "", "", True),
    ("site", "peak_pue", "peak_pue", "", "number", "", "", False),
    ("staff", "headcount_count", "headcount", "count", "number", "", "", False),
    ("research", "eflops_per_head", "", "eflops_per_head", "number", "", "", False),
    ("job", "deadline_s", "deadline", "s", "date", "", "", True),
    ("deal", "close_s", "close", "s", "date", "", "", False),
    ("accelerator", "peak_eflops", "peak", "eflops", "number", "", "", False),
])  # fmt: skip
def test_a_number_is_derived_from_its_declaration(table, name, stem, unit, kind, other, axis, optional):
    declared = params(tables()[table].cls)[name]
    assert tables()[table].fields[name] == Field(name, stem, unit, kind, declared, other, axis, optional)


@pytest.mark.parametrize(("table", "name", "kind", "other"), [
    ("site", "network", "text", "network"), ("site", "open", "flag", ""), ("accelerator", "vendor", "text", "supply"),
    ("rental", "accelerator", "text", "accelerator"), ("rental", "site", "text", "site"),
])  # fmt: skip
def test_a_name_or_a_flag_is_called_as_its_field(table, name, kind, other):
    assert tables()[table].fields[name] == Field(name, name, "", kind, None, other, "", False)


def test_a_peak_is_given_by_precision_too():
    fields = tables()["accelerator"].fields
    assert list(fields)[:5] == ["vendor", "peak_eflops", "peak_bf16_eflops", "peak_fp8_eflops", "it_power_w"]
    for name in ("peak_bf16", "peak_fp8"):
        declared = fields["peak_eflops"].declared
        assert fields[f"{name}_eflops"] == Field(f"{name}_eflops", name, "eflops", "number", declared, "", "", True)
    assert variants("load") == ("load_bf16", "load_fp8")
    assert PRECISIONS == ("bf16", "fp8")
    assert "peak_bf16_eflops" not in tables()["chip"].fields


def test_tables_have_the_axis_of_their_members_or_none():
    found = tables()
    assert {name: found[name].axis for name in ("accelerator", "supply", "envelope", "job", "staff", "core", "chip")} == {
        "accelerator": "accelerator", "supply": "vendor", "envelope": "year", "job": "job", "staff": None, "core": None, "chip": None,
    }  # fmt: skip
    assert [table.name for table in found.values()] == list(found)
    assert (found["shape"].optional, found["staff"].optional) == (True, False)
    assert not {"calendar", "evidence", "name", "title"} & set(found)


def test_keys_are_the_declared_numbers_and_names_and_nothing_else():
    assert list(tables()["rental"].fields) == [
        "accelerator", "site", "contracted_count", "offered_count_per_s", "price_usd_per_s", "install_s", "install_spread",
    ]  # fmt: skip
    assert list(tables()["job"].fields) == [
        "work_eflop", "done", "research_left", "release_lag_s", "deadline_s", "weight", "largest_run_count", "reach",
    ]  # fmt: skip
    assert list(tables()["core"].fields) == ["share", "growth_per_s", "relief_eflops"]
    assert VERSION == 1
