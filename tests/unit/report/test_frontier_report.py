"""A frontier, line by line, and as a picture."""

import dataclasses

import numpy as np
import pytest

from capexmodel.planner.frontier import Frontier, Point
from capexmodel.planning.objective import PresentCost
from capexmodel.planning.plan import Conflict
from capexmodel.planning.problem import Problem
from capexmodel.report.canvas import BLUE, GRAY, INK, SERIES, VERMILLION
from capexmodel.report.frontier import Scales, frontier_document, frontier_page, no_plan, scales
from capexmodel.report.frontier_figure import frontier_drawings, frontier_figure
from capexmodel.report.leaf import meaning, written
from capexmodel.report.text import heading, paragraph, table
from tests.unit.report.fakes import DAY, page

MONEY = "envelope.FY2026.high_usd"
LATE = "site.east.slip_s"


def point(busd, days, slope, difference, companies=None, **more):
    dates = {"first": (days - 3.0) * DAY, "second": (days + 40.0) * DAY}
    return Point(
        busd * 1e9, "OPTIMAL", days * DAY, (days + 1.0) * DAY, slope, difference, 3.4e-9, dates, ("high FY2026",), companies, **more
    )  # fmt: skip


@pytest.fixture
def found(small):
    conflict = Conflict(("deadline first", "envelope"), {"envelope": 2.5e9, "deadline first": np.inf}, {"envelope": "usd"}, {})
    points = (
        Point(1e9, "INFEASIBLE_EXPLAINED", conflict=conflict),
        point(1.5, 300.0, -40.0 * DAY / 1e9, None, "boutique"),
        dataclasses.replace(point(2.0, 285.0, -20.0 * DAY / 1e9, -25.0 * DAY / 1e9, "none"), status="FEASIBLE_NOT_PROVEN", binding=()),
        point(3.0, 275.0, -5.0 * DAY / 1e9, -10.0 * DAY / 1e9),
    )
    return Frontier(Problem(small), MONEY, points)


HEAD = [MONEY, "aim (days)", "first", "second", "slope (days/$B)", "by differences", "error", "envelope binding"]


def test_each_value_has_its_aim_dates_and_slope(found, small):
    rows = [
        [written(small, MONEY, 1e9), "no plan", *["-"] * 7],
        [written(small, MONEY, 1.5e9), "300.00", "2026-11-26", "2027-01-08", "-40", "-", "3e-09", "high FY2026", "boutique"],
        [written(small, MONEY, 2e9), "285.00", "2026-11-11", "2026-12-24", "-20", "-25", "3e-09 not proven", "none", "none"],
        [written(small, MONEY, 3e9), "275.00", "2026-11-01", "2026-12-14", "-5", "-10", "3e-09", "high FY2026", "-"],
    ]
    said = (
        "slope: the shadow price, what the weighted mean date changes by in days for one $B more, the preference for cost included; "
        "by differences: the same by the values of the neighbors; error: that of optimality, proven up to 1e-06."
    )
    why = "no plan: deadline first, envelope cannot hold together; +$2.5B (envelope)"
    assert frontier_page(found) == page(
        "small: Two sites, two chips, two models",
        *paragraph(f"the weighted mean date, by {MONEY}: {meaning(small, MONEY)}"),
        *heading("frontier", "each row a plan of its own; as of 2026-02-02"), *table([*HEAD, "companies"], rows), *paragraph(said),
        *paragraph(f"{written(small, MONEY, 1e9)}: {why}"),
    )  # fmt: skip


def test_companies_that_stay_the_same_are_left_out(found):
    same = dataclasses.replace(found, points=(found.points[0], found.points[1]))
    text = frontier_page(same)
    assert "companies" not in text
    assert text.split("\n")[5].split()[1:] == ["no", "plan", "-", "-", "-", "-", "-", "-"]


def test_a_solver_that_failed_says_so():
    assert no_plan(Point(1.0, "NUMERIC")) == "no plan was found, and no conflict either: the solver failed"


def test_scales_are_those_of_the_aim_and_the_number(found, small):
    assert scales(found) == Scales(DAY, "days", 1e9, "$B")
    assert scales(found).slope == "days/$B"
    assert scales(dataclasses.replace(found, leaf=LATE)) == Scales(DAY, "days", DAY, "day")
    assert scales(dataclasses.replace(found, leaf="supply.maker.stretch")) == Scales(DAY, "days", 1.0, "1")
    assert scales(dataclasses.replace(found, problem=Problem(small, PresentCost()))).aim == 1e9


def test_the_document_holds_every_point(found, small):
    whole = frontier_document(found)
    assert whole["schema_version"] == 1
    assert whole["scenario"]["name"] == "small"
    assert whole["config_hash"] == small.evidence.config_hash
    assert whole["objective"] == {"name": "time_to_model", "unit": "s"}
    assert whole["varied"] == {"leaf": MONEY, "unit": "usd", "slope_unit": "s/usd"}
    first, second, *_ = whole["points"]
    assert first["conflict"]["relaxations"] == {"envelope": 2.5e9, "deadline first": None}
    assert (first["aim"], first["dates"], first["status"]) == (None, {}, "INFEASIBLE_EXPLAINED")
    assert second == {
        "value": 1.5e9, "status": "OPTIMAL", "aim": 300.0 * DAY, "cost": 301.0 * DAY, "slope": -40.0 * DAY / 1e9, "difference": None,
        "kkt_error": 3.4e-9, "binding": ["high FY2026"], "companies": "boutique", "written": written(small, MONEY, 1.5e9),
        "dates": {"first": "2026-11-26", "second": "2027-01-08"}, "date_s": {"first": 297.0 * DAY, "second": 340.0 * DAY}, "conflict": None,
    }  # fmt: skip


def test_the_aim_is_drawn_with_a_stroke_for_each_slope(found):
    top, low = frontier_figure(found).axes
    line, dots, *strokes, cross = top.lines
    np.testing.assert_allclose(line.get_xydata(), [[1.5, 300.0], [2.0, 285.0], [3.0, 275.0]])
    np.testing.assert_allclose(dots.get_xydata(), line.get_xydata())
    assert (line.get_color(), dots.get_color(), dots.get_marker(), line.get_lw(), line.get_alpha()) == (BLUE, BLUE, "o", 1.2, 0.5)
    reach = 0.35 * 0.5
    ends = [[[x - reach, y - s * reach], [x + reach, y + s * reach]] for x, y, s in ((1.5, 300, -40), (2.0, 285, -20), (3.0, 275, -5))]
    np.testing.assert_allclose([stroke.get_xydata() for stroke in strokes], ends)
    assert {stroke.get_color() for stroke in strokes} == {VERMILLION}
    assert (cross.get_marker(), cross.get_color(), *cross.get_xydata()[0]) == ("x", GRAY, 1.0, 0.04)
    assert (top.get_ylabel(), low.get_ylabel(), low.get_xlabel()) == (
        "the weighted mean date, days from the as-of date", "slope, days/$B", f"{MONEY}, $B"
    )  # fmt: skip


def test_slopes_are_drawn_below_both_ways(found):
    low = frontier_figure(found).axes[1]
    slope, difference, zero = low.lines
    np.testing.assert_allclose(slope.get_xydata(), [[1.5, -40.0], [2.0, -20.0], [3.0, -5.0]])
    np.testing.assert_allclose(difference.get_xydata(), [[2.0, -25.0], [3.0, -10.0]])
    assert (slope.get_color(), slope.get_ms(), difference.get_color(), difference.get_ms()) == (VERMILLION, 6, INK, 11)
    assert [text.get_text() for text in low.get_legend().get_texts()] == ["shadow price", "by differences"]
    assert zero.get_ydata()[0] == 0.0


def test_dates_stand_at_both_ends(found):
    first, second = frontier_figure(found).axes[0].texts
    assert first.get_text() == "first: 2026-11-26 to 2026-11-01 (-25.0 days)"
    assert second.get_text() == "second: 2027-01-08 to 2026-12-14 (-25.0 days)"
    assert (first.xy, second.xy) == ((0.995, 0.985), (0.995, pytest.approx(0.92)))
    assert (first.get_color(), second.get_color()) == SERIES[:2]


def test_without_any_plan_there_are_only_crosses(found):
    figure = frontier_figure(dataclasses.replace(found, points=found.points[:1]))
    assert [line.get_marker() for line in figure.axes[0].lines] == ["x"]
    assert figure.axes[1].get_legend() is None
    assert [text.get_text() for text in figure.texts] == [
        f"small: the weighted mean date by {MONEY}",
        "Each point is a plan of its own. Strokes: the shadow price there, in days/$B. Crosses: no plan.",
    ]


def test_one_plan_has_a_stroke_of_its_own_and_pure_numbers_no_unit(found):
    one = dataclasses.replace(
        found, leaf="supply.maker.stretch", points=(dataclasses.replace(found.points[1], value=0.5, slope=-4.0 * DAY),)
    )
    figure = frontier_figure(one)
    np.testing.assert_allclose(figure.axes[0].lines[2].get_xydata(), [[0.15, 301.4], [0.85, 298.6]])
    assert figure.axes[1].get_xlabel() == "supply.maker.stretch"


def test_the_figure_is_written_as_two_files(found):
    files = frontier_drawings(found)
    assert list(files) == ["frontier.svg", "frontier.png"]
    assert files["frontier.svg"].startswith(b"<?xml")
    assert files["frontier.png"].startswith(b"\x89PNG")
