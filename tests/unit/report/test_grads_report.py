"""Slopes beside differences, line by line."""

import dataclasses

import numpy as np
import pytest

from capexmodel.model.leaves import leaves
from capexmodel.report import grads as room
from capexmodel.report.grads import gradients_document, gradients_page
from capexmodel.report.leaf import meaning, written
from capexmodel.report.text import heading, table
from capexmodel.testing.grads import Gradients
from tests.unit.report.fakes import DAY, page

PATHS = ("accelerator.old.price_usd", "accelerator.new.price_usd", "staff.pay_usd_per_s")
HEAD = ["number", "is", "slope", "differences", "", "what it is"]


@pytest.fixture(autouse=True)
def two_readings(monkeypatch):
    monkeypatch.setattr(room, "aim_names", lambda scenario: ("first.date_s", "energy_j"))


@pytest.fixture
def found(small):
    known = {leaf.path: leaf for leaf in leaves(small)}
    picked = tuple(known[path] for path in PATHS)
    slopes = np.array([[0.5, -4.0, 1e-10], [0.0, 0.75, 0.0]])
    differences = np.array([[0.25, -4.5, 0.0], [0.0, 0.7, 0.0]])
    gaps = np.array([[0.5, 0.25, 0.125], [0.0, 0.75, 0.0]])
    kinks = np.array([[True, False, False], [False, True, False]])
    values = np.array([3e4, 5e4, 7.0])
    aims, ends, endless = np.array([200.0 * DAY, 3e15]), np.array([True, False, True]), np.zeros((2, 3), bool)
    return Gradients(small, picked, values, aims, slopes, differences, gaps, kinks, 3.4e-7, values, ends, endless, 4)


ENDED = (
    "  At an end of what is declared, and moved inwards alone: 2 numbers. Without a slope there, as where",
    "    nothing means that there is none: 0 of them.",
    "  Nothing, and moved by a natural step: 0 numbers. Not moved, for it has no end: 4.",
)


def said(kinks, wrong, at_worst, forward="3.4e-07", ended=ENDED):
    return [
        *heading("slopes", "of 2 readings in 3 numbers: 6"),
        f"  Backward against forward along a random way: {forward} of itself at worst, 1e-05 allowed.",
        f"  Against differences: {at_worst} of itself at worst, 1e-05 allowed.",
        f"  At a kink, where the slopes of both sides differ: {kinks}; there it lies between both.",
        *ended,
        f"  No number, or not the slope of differences: {wrong}.",
    ]


def row(small, path, value, *cells):
    return [path, written(small, path, value), *cells, meaning(small, path)]


def test_the_page_sets_what_moves_a_date_most(found, small):
    rows = [row(small, PATHS[1], 5e4, "-8", "-9", ""), row(small, PATHS[0], 3e4, "1", "0.5", "at a kink")]
    assert gradients_page(found) == page(
        "small: Two sites, two chips, two models", *said(2, 0, "2.5e-06"),
        *heading("what moves first.date most", "days for one percent more of a number"), *table(HEAD, rows), "", "Slopes hold.",
    )  # fmt: skip


def test_wrong_slopes_are_listed(found):
    gaps = found.gaps.copy()
    gaps[1, 1], gaps[0, 0] = 1.5, 3.0
    text = gradients_page(dataclasses.replace(found, gaps=gaps))
    wrong = table(
        ["reading", "number", "slope", "differences"],
        [["first.date_s", PATHS[0], "0.5", "0.25"], ["energy_j", PATHS[1], "0.75", "0.7"]],
        left=2,
    )
    head = heading("wrong", "change of a reading for the whole of a number, as a share of the reading")
    assert "\n".join([*said(2, 2, "2.5e-06"), *head, *wrong]) in text
    assert text.endswith("\n\nSlopes do NOT hold.\n")


def test_a_date_of_less_than_a_second_counts_as_one(found, small):
    text = gradients_page(dataclasses.replace(found, aims=np.array([0.25, 3e15])))
    assert (
        "\n".join(
            table(
                HEAD,
                [row(small, PATHS[1], 5e4, "-4.63e-07", "-5.21e-07", ""), row(small, PATHS[0], 3e4, "5.79e-08", "2.89e-08", "at a kink")],
            )
        )
        in text
    )


def test_at_most_fifteen_numbers_are_shown(found):
    wide = dataclasses.replace(
        found, leaves=found.leaves[:1] * 17, values=np.full(17, 3e4), whole=np.full(17, 3e4),
        ends=np.zeros(17, bool), endless=np.zeros((2, 17), bool), slopes=np.full((2, 17), 0.5), differences=np.full((2, 17), 0.5),
        gaps=np.full((2, 17), 3.0), kinks=np.zeros((2, 17), bool),
    )  # fmt: skip
    lines = gradients_page(wide).split("\n")
    assert sum(line.startswith(f"  {PATHS[0]}") for line in lines) == 15
    assert sum(line.startswith("  first.date_s  ") for line in lines) == 15


def test_the_document_holds_slopes_that_are_not_nothing(found, small):
    whole = gradients_document(found)
    rows = whole.pop("rows")
    assert whole == {
        "schema_version": 1, "kind": "grads", "scenario": "small", "config_hash": small.evidence.config_hash, "holds": True,
        "tolerance": 1e-5, "readings": {"first.date_s": 200.0 * DAY, "energy_j": 3e15}, "forward_worst": 3.4e-7, "slopes": 6, "kinks": 2,
        "broken": 0, "numbers": 3, "not_moved": 4, "at_ends": 2, "without_slope": 0,
    }  # fmt: skip
    assert [(one["reading"], one["path"]) for one in rows] == [("first.date_s", path) for path in PATHS] + [("energy_j", PATHS[1])]
    assert rows[0] == {
        "reading": "first.date_s", "path": PATHS[0], "value": 3e4, "slope_share": 0.5, "difference_share": 0.25, "gap_tolerances": 0.5,
        "kink": True, "broken": False, "whole": 3e4, "at_end": True, "endless": False,
    }  # fmt: skip


def test_numbers_that_are_nothing_or_without_a_slope_are_told(found, small):
    """A percent of nothing moves no date; what has no slope is neither wrong nor held against differences."""
    endless, gaps = found.endless.copy(), found.gaps.copy()
    endless[0, 1], endless[1, 2], gaps[0, 1] = True, True, 1e9
    whole = dataclasses.replace(found, values=np.array([0.0, 5e4, 7.0]), endless=endless, gaps=gaps)
    ended = (ENDED[0], ENDED[1].replace("0 of", "2 of"), ENDED[2].replace("step: 0", "step: 1"))
    assert "\n".join(said(2, 0, "1.3e-06", ended=ended)) in gradients_page(whole)
    assert "\n".join(table(HEAD, [row(small, PATHS[1], 5e4, "-8", "-9", "no slope")])) in gradients_page(whole)
    told = gradients_document(whole)
    assert (told["without_slope"], told["broken"]) == (2, 0)
    assert [one["path"] for one in told["rows"] if one["endless"]] == [PATHS[1], PATHS[2]]


def test_a_slope_of_nothing_that_is_wrong_is_in_the_document(found):
    gaps = found.gaps.copy()
    gaps[1, 0] = 2.5
    last = gradients_document(dataclasses.replace(found, gaps=gaps))
    assert (last["broken"], last["holds"]) == (1, False)
    assert [one["path"] for one in last["rows"] if one["broken"]] == [PATHS[0]]
