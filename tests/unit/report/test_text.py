"""Text for a terminal and for spreadsheets."""

import pytest

from capexmodel.report.text import billions, cell, number, paragraph, safe, show, significant, table, trimmed


def test_safe_drops_what_could_drive_a_terminal():
    assert safe("a\x1b[31mb\u202ec\nd\u200be") == "a[31mbcde"
    assert safe("São Paulo 2 GW") == "São Paulo 2 GW"


@pytest.mark.parametrize("text", ["=1+1", "+2", "-3", "@sum"])
def test_cell_cannot_be_a_formula(text):
    assert cell(text) == f"'{text}"
    assert cell(f"\t{text}") == f"'{text}"


def test_cell_leaves_plain_text_alone():
    assert cell("accelerator.GB300") == "accelerator.GB300"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.25e11, "usd", "$125.0B"),
        (2e9, "w", "2 GW"),
        (5e8, "eflop", "5e+26 FLOP"),
        (0.4, "", "0.4"),
        (2629800.0, "s", "1 month"),
        (5e4, "count", "50 k"),
    ],
)
def test_show_picks_the_unit_people_use(value, unit, text):
    assert show(value, unit) == text


def test_number_writes_nothing_as_a_dash():
    assert number(0.04) == "-"
    assert number(-0.04) == "-"
    assert number(0.05, 2) == "0.05"
    assert number(1234.56) == "1,234.6"
    assert billions(2.5e9) == "2.5"


def test_significant_keeps_signs_and_zero():
    assert (significant(0.0), significant(-0.012345), significant(123456.0)) == ("0", "-0.0123", "1.23e+05")


def test_table_sets_columns_flush():
    assert table(["a", "bb"], [["long", "1"], ["x", "22"]], indent=0) == ["a     bb", "long   1", "x     22"]


def test_trimmed_leaves_empty_columns_out():
    assert trimmed(["a", "b", "c"], [["x", "-", "1"]]) == ["  a  c", "  x  1"]


def test_paragraph_keeps_to_the_page():
    assert max(len(line) for line in paragraph("word " * 60)) <= 100
