"""Energy, carbon and water of a plan made by hand, line by line."""

import numpy as np
import pytest

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report import footprint as room
from capexmodel.report.footprint import footprint, footprint_rows
from capexmodel.report.text import heading, table
from tests.unit.report.fakes import fake
from tests.unit.report.portfolios import Bag

GWH, KT = 3.6e12, 1e6
YEARS = ("FY2026", "FY2027")
HEAD = heading("carbon and energy", "by fiscal year; embodied carbon when it is paid for")


@pytest.fixture(autouse=True)
def as_it_is(monkeypatch):
    monkeypatch.setattr(room, "plain", lambda tree: tree)


def scenario():
    calendar = Bag(years=YEARS)
    return fake(Scenario, site=Bag(names=("east", "west")), source=Bag(names=("engine", "wind")), calendar=calendar)


def outcome(west=1.0, east=1.0):
    scale = np.array([[east], [west]])

    def table_of(*numbers):
        return np.array(numbers).reshape(2, 2) * scale

    none = np.zeros((2, 2))
    carbon = Bag(
        drawn_j=table_of(120.0, 150.0, 30.0, 40.0) * GWH,
        grid_j=table_of(20.0, 50.0, 10.0, 4.0) * GWH,
        source_j=np.stack([none, table_of(7.0, 8.0, 9.0, 11.0) * GWH]),
        own_kg=np.stack([table_of(1.0, 2.0, 3.0, 4.0), table_of(0.5, 0.25, 0.5, 1.0)]) * KT,
        grid_kg=none,
        contracts_kg=none,
        hourly_kg=none,
        location_kg=table_of(5.0, 6.0, 0.7, 0.8) * KT,
        chips_kg=none,
        halls_kg=np.stack([none, none]),
        sources_kg=np.stack([none, table_of(12.0, 0.0, 13.0, 0.0) * KT]),
        water_kg=table_of(300.0, 400.0, 0.0, 5.0) * KT,
    )
    return fake(Outcome, carbon=carbon)


ALL = [
    ["energy drawn", "GWh", "150", "190", "340"],
    ["of it from the grid", "GWh", "30.0", "54.0", "84.0"],
    ["of it from wind", "GWh", "16.0", "19.0", "35.0"],
    ["operation, own sources (scope 1)", "ktCO2", "5.0", "7.2", "12.2"],
    ["operation in all, by location", "ktCO2", "5.7", "6.8", "12.5"],
    ["made: sources, batteries (scope 3)", "ktCO2", "25.0", "-", "25.0"],
    ["water on site", "ML", "300", "405", "705"],
]


def block(title, rows):
    return table([title, "unit", *YEARS, "all"], rows, left=2)


def test_quantities_are_summed_over_sites_and_carbon_told_of_each():
    sites = [["east", "ktCO2", "5.0", "6.0", "11.0"], ["west", "ktCO2", "0.7", "0.8", "1.5"]]
    assert footprint(scenario(), outcome()) == [*HEAD, *block("all sites", ALL), *block("operation by location", sites)]


def test_one_site_alone_has_no_table_by_site():
    lines = footprint(scenario(), outcome(west=0.0))
    assert not any("operation by location" in line for line in lines)
    assert lines[-1].split() == ["water", "on", "site", "ML", "300", "400", "700"]


def test_by_site_every_quantity_is_told_of_each():
    lines = footprint(scenario(), outcome(), by_site=True)
    west = [
        ["energy drawn", "GWh", "30.0", "40.0", "70.0"],
        ["of it from the grid", "GWh", "10.0", "4.0", "14.0"],
        ["of it from wind", "GWh", "9.0", "11.0", "20.0"],
        ["operation, own sources (scope 1)", "ktCO2", "3.50", "5.00", "8.50"],
        ["operation in all, by location", "ktCO2", "0.70", "0.80", "1.50"],
        ["made: sources, batteries (scope 3)", "ktCO2", "13.0", "-", "13.0"],
        ["water on site", "ML", "-", "5.00", "5.00"],
    ]
    assert lines[: len(HEAD) + 8] == [*HEAD, *block("all sites", ALL)]
    assert lines[-8:] == block("west", west)
    assert len(lines) == 2 + 3 * 8
    assert len(footprint(scenario(), outcome(west=0.0), by_site=True)) == 2 + 2 * 8


def test_nothing_at_all_is_an_empty_table():
    assert footprint(scenario(), outcome(0.0, 0.0)) == [*HEAD, *block("all sites", [])]


def test_rows_have_their_unit_and_leave_out_what_is_nothing():
    rows = footprint_rows(scenario(), outcome())
    assert list(dict.fromkeys(row["quantity"] for row in rows)) == [
        "energy.drawn", "energy.grid", "energy.wind", "carbon.own", "carbon.location", "carbon.sources", "water"
    ]  # fmt: skip
    assert rows[0] == {"quantity": "energy.drawn", "site": "east", "fiscal_year": "FY2026", "value": pytest.approx(120.0), "unit": "GWh"}
    own = [(row["site"], row["fiscal_year"], row["value"], row["unit"]) for row in rows if row["quantity"] == "carbon.own"]
    assert own == [
        ("east", "FY2026", 1.5, "ktCO2"),
        ("east", "FY2027", 2.25, "ktCO2"),
        ("west", "FY2026", 3.5, "ktCO2"),
        ("west", "FY2027", 5.0, "ktCO2"),
    ]
    assert [row["value"] for row in rows if row["quantity"] == "water"] == pytest.approx([300.0, 400.0, 0.0, 5.0])
    assert footprint_rows(scenario(), outcome(0.0, 0.0)) == []
