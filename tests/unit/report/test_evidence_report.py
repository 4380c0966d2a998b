"""What a plan rests on, line by line."""

import dataclasses

import pytest

from capexmodel.model.evidence import Evidence, Figure
from capexmodel.model.scenario import Scenario
from capexmodel.planning.plan import Swing
from capexmodel.report.evidence import OpenFigure, open_figures, summary, undisclosed
from capexmodel.report.leaf import span
from capexmodel.report.text import heading, paragraph, table
from tests.unit.report.fakes import DAY, fake

OLD, WORK, HALL, STRETCH = "accelerator.old.price_usd", "job.first.work_eflop", "site.east.hall_power_w", "supply.maker.stretch"


def figure(path, value, low=None, high=None, status="scenario"):
    return Figure(path, value, low, high, "", status, "paper")


@pytest.fixture
def known(plan):
    """A plan with four assumed figures, one of them a series; one is reported."""
    figures = (
        figure(OLD, 3e4, 25e3, 4e4, "recalled"),
        figure(f"{HALL}.2026-02-02", 2e7, 3e7, 7e7),
        figure(f"{HALL}.2026-12-31", 6e7, 4e7, 8e7),
        figure(STRETCH, 0.5),
        figure(WORK, 4e7, 2e7),
        figure("staff.floor_count", 50.0, 40.0, 70.0),
        figure("core.share", 0.2, status="reported"),
    )
    evidence = Evidence({one.path: one for one in figures}, {}, "abc")
    before = plan.problem.scenario.evidence
    object.__setattr__(plan.problem.scenario, "evidence", evidence)
    yield dataclasses.replace(
        plan,
        swings=(
            Swing(OLD, "recalled", 25e3, 40e3, -DAY, 2.0 * DAY),
            Swing(f"{HALL}.2026-02-02", "scenario", 3e7, 7e7, 3.0 * DAY, -3.0 * DAY),
            Swing(f"{HALL}.2026-12-31", "scenario", 4e7, 8e7, 6.0 * DAY, -7.0 * DAY, first_order=True),
            Swing(WORK, "scenario", 2e7, 8e7, None, 5e-4 * DAY),
            Swing("staff.floor_count", "scenario", 40.0, 70.0, 0.01 * DAY, -0.04 * DAY),
        ),
    )
    object.__setattr__(plan.problem.scenario, "evidence", before)


def test_open_figures_stand_by_how_far_they_move_the_aim(known):
    small = known.problem.scenario
    series = f"{span(small, HALL, 2e7, 6e7)} (30 .. 80)"
    rows = {row.path: row for row in open_figures(known)}
    assert list(rows) == [WORK, HALL, OLD, "staff.floor_count", STRETCH]
    assert rows[OLD] == OpenFigure(OLD, "recalled", rows[OLD].value, True, "-1 .. +2", 2.0)
    assert rows[OLD].value == "$30k ($25k .. $40k)"
    assert (rows[HALL].swing, rows[HALL].ranged, rows[HALL].widest) == ("~+6 .. -7", True, pytest.approx(7.0))
    assert rows[HALL].value == series
    assert (rows[WORK].swing, rows[WORK].ranged) == ("no plan .. 0", False)
    assert rows[STRETCH] == OpenFigure(STRETCH, "scenario", "0.5", False, "", 0.0)


def test_figures_that_matter_are_shown_and_the_others_counted(known):
    rows = {row.path: row for row in open_figures(known)}
    shown = [[WORK, "no plan .. 0", rows[WORK].value], [HALL, "~+6 .. -7", rows[HALL].value], [f"{OLD}*", "-1 .. +2", rows[OLD].value]]
    assert undisclosed(known) == [
        *heading("undisclosed figures", "assumed, or recalled *; swing of the aim in days at low .. high"),
        *table(["figure", "swing", "value (low .. high)"], shown, left=3),
        "  ~: by the slope of the best plan; `optimize --swings` solves again.",
        *paragraph(
            "0 more have a range that to first order swings the aim by less than 0.1 days, 2 are set without a range; "
            "`capexmodel explain` lists them."
        ),
    ]  # fmt: skip


def test_without_swings_every_figure_is_only_counted(known):
    assert undisclosed(dataclasses.replace(known, swings=())) == [
        *heading("undisclosed figures", "assumed, or recalled *; swing of the aim in days at low .. high"),
        *paragraph(
            "3 more have a range that to first order swings the aim by less than 0.1 days, 2 are set without a range; "
            "`capexmodel explain` lists them."
        ),
    ]  # fmt: skip


def test_the_strength_of_the_evidence_is_summed_up(known):
    text = "Of 7 figures: 1 reported, 1 recalled, 5 scenario."
    lines = summary(known.problem.scenario)
    assert lines[:2] == ["", "EVIDENCE"]
    assert lines[2].strip().endswith(text)
    assert lines[2].strip().startswith("Weakest status: ")


def test_hindsight_is_named():
    late = Evidence({}, {}, "abc", hindsight=("a", "b"))
    assert summary(fake(Scenario, evidence=late)) == [
        "", "EVIDENCE", "  Weakest status: reported. Of 0 figures: none.",
        "  Written with hindsight, from sources later than the as-of date: a, b.",
    ]  # fmt: skip
