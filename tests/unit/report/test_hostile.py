"""Names that would drive a terminal, a page, a spreadsheet or a formula, were they not taken as text: through all that is written."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from capexmodel.planning.problem import Problem
from capexmodel.report.document import document, to_json
from capexmodel.report.explain import explain
from capexmodel.report.figures import drawings
from capexmodel.report.page import page, simulation
from capexmodel.report.tables import tables
from capexmodel.report.terminal import say
from capexmodel.report.text import cell, safe

EVIL = {
    "west": "\x1b]0;title\x07\x1b[2J<script>alert(1)</script>",
    "new": "=1+1|`id`",
    "fabric": "\u202egnp.exe\u2066",
    "shell": "a|b\n| c",
    "engine": r"$\frac{1}{",
    "lease": "@SUM(A1)\r",
    "second": '"quoted" & <b>',
}
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")
"""What no page may hold: control characters but the end of a line, and what turns the direction of writing."""


def renamed(value):
    """The same with evil names, wherever a name stands."""
    if isinstance(value, str):
        return EVIL.get(value, value)
    if isinstance(value, tuple):
        return tuple(renamed(each) for each in value)
    return value


@pytest.fixture(scope="module")
def evil(small):
    """The scenario with its members renamed, and an evil title."""
    parts = {}
    for table in dataclasses.fields(small):
        part = getattr(small, table.name)
        if dataclasses.is_dataclass(part) and hasattr(part, "names"):
            texts = {f.name: renamed(getattr(part, f.name)) for f in dataclasses.fields(part) if isinstance(getattr(part, f.name), tuple)}
            parts[table.name] = dataclasses.replace(part, **texts)
    return dataclasses.replace(small, title="\x1b[31m<img src=x onerror=alert(1)>", **parts)


@pytest.fixture(scope="module")
def bad(plan, evil):
    """The plan of it."""
    return dataclasses.replace(plan, problem=Problem(evil))


def test_pages_hold_no_control_characters(bad, evil, allocation, outcome):
    for text in (page(bad), explain(bad), simulation(evil, allocation, outcome)):
        assert UNSAFE.search(text) is None
        assert "<script>alert(1)</script>" in text or "gnp.exe" in text  # it is there, as text


def test_a_row_stays_a_row(bad, plan):
    """A name with an end of line in it adds no line."""
    assert len(page(bad).splitlines()) == len(page(plan).splitlines())


def test_a_result_is_plain_json(bad):
    content = to_json(document(bad))
    assert UNSAFE.search(content.decode()) is None
    assert content.isascii()
    assert EVIL["west"] in json.loads(content)["allocation"]["hall_usd"]["axes"]["site"]  # as it was given


def test_tables_are_harmless_in_a_spreadsheet_and_on_a_page(bad):
    for name, table in tables(bad).items():
        for text in (value for column in table.columns for value in table[column] if isinstance(value, str)):
            assert not text.startswith(("=", "+", "-", "@", "\t", "\r")), (name, text)
            assert UNSAFE.search(text) is None
        assert "<script>" not in table._repr_html_()


def test_figures_are_whole_and_hold_no_markup(evil, outcome):
    for name, content in drawings(evil, outcome).items():
        if name.endswith("svg"):
            ElementTree.fromstring(content)
            assert b"<script" not in content
            assert b"onerror" not in content


def test_a_line_to_people_cannot_move_the_cursor(capsys):
    say("\x1b[2Jno file \u202egnp.exe\nnext")
    assert capsys.readouterr().err == "capexmodel: ?[2Jno file ?gnp.exe next\n"


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\t=1", "\u200b@x", "+1", "-1", "\u00a0=1"])
def test_a_cell_is_no_formula_whatever_stands_before(text):
    assert cell(text).startswith("'")


def test_safe_keeps_writing_of_every_language():
    assert safe("Zürich 東京 القاهرة") == "Zürich 東京 القاهرة"
