"""A build-out of power, line by line."""

import numpy as np

from capexmodel.report.power_schedule import schedule_document, schedule_page
from capexmodel.report.text import table
from capexmodel.studies.power_schedule import Schedule
from tests.unit.report.fakes import fake
from tests.unit.report.portfolios import MWH, YEAR_S, Bag, found


def schedule(battery=(0.0, 3e7, 5e7), missing=(1.0, 0.25, 0.00005), standing=None):
    built = Bag(
        source_w=np.array([[0.0, 0.0, 1.0], [4e7, 3e8, 1.0], [1.5e8, 9e8, 1.0]]), battery_w=np.array(battery),
        taken_share=np.array([[0.0, 0.0, 0.0], [0.2, 0.55, 0.0], [0.3, 0.65, 0.0]]), capital_usd=np.array([9e8, 3.5e8, 0.0]),
        cost_usd_per_s=np.array([1.0, 2.5, 4.0]), carbon_kg_per_s=np.array([0.0, 3.0, 6.0]), clean_share=np.array([0.0, 0.55, 0.65]),
        unmet_share=np.array(missing),
    )  # fmt: skip
    edges_s = np.array([0.0, 1.0, 1.5, 3.5]) * YEAR_S
    return fake(
        Schedule, period="year", standing_w=standing or {}, edges_s=edges_s, period_s=np.diff(edges_s), built=built,
        spread=Bag(value=0.3, status="scenario"),
    )  # fmt: skip


def test_each_period_has_what_is_there_and_what_it_costs():
    head = ["year", "gas_engine", "solar", "battery", "capital ($M)", "cost ($M)", "$/MWh", "kt CO2", "clean (%)", "missing (%)"]
    rows = [
        ["1", "-", "-", "-", "900.0", f"{YEAR_S / 1e6:.1f}", "-", "-", "-", "100.0"],
        [
            "2",
            "40",
            "300",
            "30",
            "350.0",
            f"{1.25 * YEAR_S / 1e6:.1f}",
            f"{2.5 / 1.2e8 * MWH:.1f}",
            f"{1.5 * YEAR_S / 1e6:.1f}",
            "55.0",
            "25.0",
        ],
        [
            "3",
            "150",
            "900",
            "50",
            "-",
            f"{8.0 * YEAR_S / 1e6:.1f}",
            f"{4.0 / 1.6e8 / 0.99995 * MWH:.1f}",
            f"{12.0 * YEAR_S / 1e6:.1f}",
            "65.0",
            "-",
        ],
    ]
    lines = schedule_page(found(), schedule()).split("\n")
    assert lines[:2] == ["", "BUILD-OUT BY YEAR  (capacities in MW, mean of the period; all is ordered at its start)"]
    assert lines[2:6] == table(head, rows)


def test_a_column_of_nothing_is_left_out():
    lines = schedule_page(found(), schedule(battery=(0.0, 0.0, 0.0), missing=(0.0, 0.0, 0.0))).split("\n")
    assert lines[2].split() == ["year", "gas_engine", "solar", "capital", "($M)", "cost", "($M)", "$/MWh", "kt", "CO2", "clean", "(%)"]
    assert f"{1.0 / 1.6e8 * MWH:.1f}" in lines[3].split()


def test_notes_tell_what_stands_and_how_far_lead_times_reach():
    text = " ".join(schedule_page(found(), schedule(standing={"solar": 3e8, "wind": 5e7})).split())
    assert "At the start there is 300.0 MW of solar, 50 MW of wind (--standing). Parts arrive evenly within 30 % of their lead time" in text
    assert "either way (scenario). Capital is paid evenly until a part is there, $1.25B in all; cost is" in text
    assert text.endswith("$/MWh is of what is met.")
    assert "At the start there is nothing (--standing)." in " ".join(schedule_page(found(), schedule()).split())


def test_the_document_holds_each_series():
    plan = schedule(standing={"solar": 3e8})
    assert schedule_document(found(), plan) == {
        "period": "year", "edges_s": [0.0, YEAR_S, 1.5 * YEAR_S, 3.5 * YEAR_S], "standing_w": {"solar": 3e8},
        "spread_share": {"value": 0.3, "status": "scenario"},
        "source_w": {"gas_engine": [0.0, 4e7, 1.5e8], "solar": [0.0, 3e8, 9e8], "nuclear": [1.0, 1.0, 1.0]},
        "taken_share": {"gas_engine": [0.0, 0.2, 0.3], "solar": [0.0, 0.55, 0.65], "nuclear": [0.0, 0.0, 0.0]},
        "battery_w": [0.0, 3e7, 5e7], "capital_usd": [9e8, 3.5e8, 0.0], "cost_usd_per_s": [1.0, 2.5, 4.0],
        "carbon_kg_per_s": [0.0, 3.0, 6.0], "clean_share": [0.0, 0.55, 0.65], "unmet_share": [1.0, 0.25, 0.00005],
    }  # fmt: skip
