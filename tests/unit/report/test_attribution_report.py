"""The way from one scenario to another, line by line."""

import dataclasses

import pytest

from capexmodel.report.attribution import attribution_document, attribution_page
from capexmodel.report.leaf import meaning
from capexmodel.report.text import heading, table
from capexmodel.studies.attribution import Attribution, Step
from capexmodel.studies.outputs import Output
from tests.unit.report.fakes import DAY, page

PRICE = "accelerator.old.price_usd"
HEAD = ["", "step", "adds", "of the difference", "from", "to", "what it is"]
STEPS = heading("steps", "each number's change times its mean slope on the way; they sum to the whole")
NAMES, WAY = ("low", "high"), "One way."


@pytest.fixture
def found(small):
    steps = (
        Step(PRICE, 8.0 * DAY, 3e4, 4e4, "recalled"), Step("a series", -2.0 * DAY), Step("plan.chips_usd", 4.0 * DAY, 3.0, 5.0, "scenario"),
        Step("still", 0.0),
    )  # fmt: skip
    return Attribution(small, small, Output("first.date_s", "s"), 100.0 * DAY, 110.0 * DAY, steps, ("another site",), 9)


def rows_of(small, *more):
    return [
        ["+" * 16, PRICE, "+8 days", "+80.0 %", "$30k", "$40k", meaning(small, PRICE)],
        ["-" * 4, "a series", "-2 days", "-20.0 %", "", "", ""],
        ["+" * 8, "plan.chips_usd", "+4 days", "+40.0 %", "", "", ""],
        *more,
        ["", "all", "+10 days", "100.0 %", "", "", ""],
    ]


def test_steps_add_up_to_the_whole(found, small):
    assert attribution_page(found, NAMES, WAY) == page(
        "from low to high: first.date_s", "  2026-05-13 to 2026-05-23: +10 days. One way.", "  No line leads through another site.",
        *STEPS, *table(HEAD, rows_of(small, ["", "left over", "0", "+0.0 %", "", "", ""]), left=2), "  1 more differ and add nothing.",
    )  # fmt: skip


def test_what_is_left_over_is_said(found, small):
    jumped = dataclasses.replace(found, end=110.0 * DAY, steps=found.steps[:1], structure=())
    rows = [
        ["+" * 16, PRICE, "+8 days", "+80.0 %", "$30k", "$40k", meaning(small, PRICE)],
        ["+" * 4, "left over", "+2 days", "+20.0 %", "", "", ""], ["", "all", "+10 days", "100.0 %", "", "", ""],
    ]  # fmt: skip
    assert attribution_page(jumped, NAMES, WAY) == page(
        "from low to high: first.date_s", "  2026-05-13 to 2026-05-23: +10 days. One way.", *STEPS, *table(HEAD, rows, left=2),
        "  What is left over is more than 1e-09 of what moved: somewhere on the way the output jumps.",
    )  # fmt: skip


def test_without_a_difference_there_are_no_shares(found):
    same = dataclasses.replace(found, end=found.start, steps=(), structure=())
    rows = [["", "left over", "0", "-", "", "", ""], ["", "all", "0", "-", "", "", ""]]
    assert "\n".join([*STEPS, *table(HEAD, rows, left=2)]) + "\n" in attribution_page(same, NAMES, WAY)


def test_small_steps_are_summed_up(found):
    many = dataclasses.replace(found, steps=tuple(Step(f"n{k}", DAY * (0.5 if k > 24 else 0.1)) for k in range(28)))
    lines = attribution_page(many, NAMES, WAY).split("\n")
    assert sum("+0.1 days" in line for line in lines) == 25
    assert any("3 smaller steps  +1.5 days" in line and "+15.0 %" in line for line in lines)
    assert not any("smaller" in line for line in attribution_page(dataclasses.replace(many, steps=many.steps[:25]), NAMES, WAY).split("\n"))


def test_the_document_holds_every_step(found, small):
    whole = attribution_document(found, NAMES, WAY)
    steps, kept = whole.pop("steps"), small.evidence.config_hash
    assert whole == {
        "schema_version": 1, "kind": "attribution", "output": "first.date_s", "unit": "s", "way": WAY,
        "from": {"scenario": "low", "config_hash": kept}, "start": 100.0 * DAY, "to": {"scenario": "high", "config_hash": kept},
        "end": 110.0 * DAY, "structure": ["another site"], "closes": True, "left_over": 0.0,
    }  # fmt: skip
    assert steps[:3] == [
        {"step": PRICE, "adds": 8.0 * DAY, "from": 3e4, "to": 4e4, "status": "recalled", "unit": "usd"},
        {"step": "a series", "adds": -2.0 * DAY, "from": None, "to": None, "status": None, "unit": None},
        {"step": "plan.chips_usd", "adds": 4.0 * DAY, "from": 3.0, "to": 5.0, "status": "scenario", "unit": None},
    ]
