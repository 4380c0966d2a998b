"""The walk between two builds, line by line."""

import datetime

import pytest

from capexmodel.config.builds import Told
from capexmodel.finance.gigawatt import Build, Parts
from capexmodel.report import reconcile as room
from capexmodel.report.reconcile import builds_page, walk_document, walk_page
from capexmodel.report.text import heading, table
from capexmodel.studies.reconcile import Step, Walk
from tests.unit.report.fakes import fake, page


def build(scale):
    """Parts of 3, 5, 7, 11 and 13 dollars a watt, times a number."""
    numbers = (3.0, 5.0, 7.0, 11.0, 13.0)
    names = ("systems", "network", "storage", "halls", "generation")
    parts = fake(Parts, **{f"{name}_usd_per_w": number * scale for name, number in zip(names, numbers, strict=True)})
    return fake(Build, parts=lambda: parts, cost_usd_per_w=lambda: 39.0 * scale)


def told(name, scale):
    return Told(name, f"The build {name}", datetime.date(2026, 3, 4), build(scale), {})


def walk(*steps, published=(40.0, None), parts=(39.0, 52.0)):
    return Walk(told("one", 1.0), told("two", 2.0), published, parts, tuple(Step(*step) for step in steps))


HEAD = ["", "step", "$B/GW", "share (%)", "reached"]


def test_the_walk_reaches_its_end_step_by_step():
    rows = [
        ["", "one", "", "", "40.00"],
        ["+" * 24, "chips", "+9.00", "+75.0", "49.00"],
        ["-" * 8, "halls", "-3.00", "-25.0", "46.00"],
        ["+" * 16, "power", "+6.00", "+50.0", "52.00"],
        ["+", "tax", "+0.01", "+0.1", "52.01"],
        ["", "two", "+12.00", "100.0", "52.00"],
    ]
    parts = [["one", "3.00", "5.00", "7.00", "11.00", "13.00"], ["two", "6.00", "10.00", "14.00", "22.00", "26.00"]]
    steps = [("chips", 9.0), ("halls", -3.0), ("power", 6.0), ("still", 5e-4), ("tax", 0.008)]
    assert walk_page(walk(*steps)) == page(
        "from one to two: billions of dollars a gigawatt",
        "  The build one, as of 2026-03-04: published 40.00, from its parts 39.00.",
        "  The build two, as of 2026-03-04: nothing published, from its parts 52.00.",
        *heading("walk", "each step is what an assumption adds, on average over all orders in which they may be changed"),
        *table(HEAD, rows, left=2),
        *heading("parts", "billions of dollars a counted gigawatt"),
        *table(["build", "systems", "network", "storage", "halls", "generation"], parts),
    )


def test_between_the_same_costs_there_are_no_shares():
    rows = [
        ["", "one", "", "", "39.00"], ["+" * 24, "up", "+4.00", "-", "43.00"], ["-" * 24, "down", "-4.00", "-", "39.00"],
        ["", "two", "+0.00", "-", "39.00"],
    ]  # fmt: skip
    text = walk_page(walk(("up", 4.0), ("down", -4.0), published=(None, None), parts=(39.0, 39.0)))
    assert "\n".join(table(HEAD, rows, left=2)) in text


def test_a_walk_without_steps_has_its_ends():
    rows = [["", "one", "", "", "40.00"], ["", "two", "+12.00", "100.0", "52.00"]]
    assert "\n".join(table(HEAD, rows, left=2)) in walk_page(walk())


def test_builds_are_listed_with_their_costs(monkeypatch):
    monkeypatch.setattr(room, "chip_hour_usd", lambda told: 4.567 if told.name == "one" else 6.7)
    head = ["build", "what", "as of", "$B/GW from its parts", "$ a chip-hour"]
    rows = [["one", "The build one", "2026-03-04", "39.00", "4.57"], ["second", "The build two", "2026-03-04", "78.00", "6.70"]]
    known = {"one": told("one", 1.0), "second": told("two", 2.0)}
    assert builds_page(known) == page("builds: what published costs of a gigawatt are made of", *table(head, rows, left=3))


def test_the_document_holds_both_ends_and_every_step():
    assert walk_document(walk(("chips", 9.0), ("halls", 3.0))) == {
        "schema_version": 1, "kind": "reconciliation", "unit": "busd_per_gw",
        "from": {"build": "one", "published": 40.0, "from_parts": 39.0},
        "to": {"build": "two", "published": None, "from_parts": 52.0}, "start": 40.0, "end": 52.0,
        "steps": [{"step": "chips", "adds": 9.0}, {"step": "halls", "adds": 3.0}],
    }  # fmt: skip
    assert walk(("chips", 9.0)).ends == pytest.approx((40.0, 52.0))
