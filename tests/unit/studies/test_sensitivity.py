"""Slopes, ends of ranges, and what nobody verified, where the answer is known by hand; the pages and the figure that tell them."""

import json

import numpy as np
import pytest

from capexmodel.errors import ConfigError, ModelError
from capexmodel.model.leaves import leaf
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.report.document import to_json
from capexmodel.report.sensitivity import Sensitivity, Told, change_text, sensitivity_document, sensitivity_page
from capexmodel.report.tornado_figure import tornado_drawings, tornado_figure
from capexmodel.studies.elasticity import aim_elasticities, elasticities, named
from capexmodel.studies.outputs import Output, outputs
from capexmodel.studies.reverse import reverse
from capexmodel.studies.sobol import Sobol, sobol
from capexmodel.studies.tornado import Bar, Moved, tornado
from capexmodel.studies.unverified import trust
from tests import studied, sweeping

MEAN, CAPEX = "mean_date_s", "FY2026.capex_usd"
DAY_S = 86400.0


@pytest.fixture(scope="module")
def plan():
    """All the money on chips."""
    return sweeping.plan(studied.scenario())


@pytest.fixture(scope="module")
def slopes(plan):
    """Of the mean date and of what the year costs."""
    return elasticities(studied.scenario(), plan, [MEAN, CAPEX])


@pytest.fixture(scope="module")
def engine():
    """Compiled once."""
    return studied.engine(studied.scenario(), 256)


@pytest.fixture(scope="module")
def moved(engine):
    """Every figure at both ends."""
    return tornado(engine, studied.scenario())


@pytest.fixture(scope="module")
def variance(engine) -> Sobol:
    """Shares of the variance, from few points."""
    return sobol(engine, studied.scenario())


@pytest.fixture(scope="module")
def found(slopes, moved, variance) -> Sensitivity:
    """All of it."""
    return Sensitivity(
        studied.scenario(), {name: Told(one, moved.bars(one)) for name, one in slopes.items()}, variance, "One plan is followed."
    )


def test_slopes_by_hand(slopes) -> None:
    """Run time goes with work over utilization; the release lag comes on top; what is spent does not hang on what a chip costs."""
    by_path = {row.path: row for row in slopes[MEAN].rows}
    lag_s = float(leaf(studied.scenario(), "job.model.release_lag_s").read(studied.scenario()))
    run_share = (slopes[MEAN].value - lag_s) / slopes[MEAN].value
    assert by_path["job.model.release_lag_s"].slope == pytest.approx(1.0, rel=1e-12)
    assert by_path[studied.WORK].share == pytest.approx(run_share, rel=1e-9)
    assert by_path[studied.MFU].share == pytest.approx(-run_share, rel=1e-9)
    assert by_path[studied.PRICE].share > 0.1
    assert by_path[studied.WORK].per_percent == pytest.approx(0.01 * run_share * slopes[MEAN].value, rel=1e-9)
    assert abs({row.path: row.share for row in slopes[CAPEX].rows}[studied.PRICE]) < 1e-14
    worth = [abs(row.per_percent) for row in slopes[MEAN].rows]
    assert worth == sorted(worth, reverse=True)


def test_every_slope_is_that_of_the_model(slopes, plan) -> None:
    """Beside a central difference, in a number that is priced, one that is timed and one that is staged."""
    scenario = studied.scenario()
    for path in ("accelerator.chip.install_s", "network.fabric.price_usd", "site.campus.fleet_count.chip"):
        where = leaf(scenario, path)
        value, step = float(where.read(scenario)), 1e-5 * float(where.read(scenario))
        ends = []
        for number in (value + step, value - step):
            ends.append(float(reverse(where.write(scenario, number), plan, 0).values[0]))
        row = next(row for row in slopes[MEAN].rows if row.path == path)
        assert row.slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-9), path


def test_ends_of_ranges_are_worked_out_again(moved, slopes) -> None:
    """By hand: a run takes work over utilization; the slope of a straight line is right, that of a reciprocal is off."""
    bars = {bar.figure.path: bar for bar in moved.bars(slopes[MEAN])}
    run_s = slopes[MEAN].value - float(leaf(studied.scenario(), "job.model.release_lag_s").read(studied.scenario()))
    assert (bars[studied.WORK].at_low, bars[studied.WORK].at_high) == pytest.approx((-0.02 * run_s, 0.02 * run_s), rel=1e-9)
    assert not bars[studied.WORK].bent
    assert bars[studied.MFU].at_low == pytest.approx(run_s * (1 / 0.9 - 1), rel=1e-9)
    assert bars[studied.MFU].at_high == pytest.approx(run_s * (1 / 1.1 - 1), rel=1e-9)
    assert bars[studied.MFU].slope_low == pytest.approx(0.1 * run_s, rel=1e-9)
    widths = [bar.width for bar in moved.bars(slopes[MEAN])]
    assert widths == sorted(widths, reverse=True)
    assert float(moved.base[0]) == pytest.approx(slopes[MEAN].value, rel=1e-12)


def bar(path: str, low: float, high: float, status: str = "scenario", slope: float | None = None) -> Bar:
    """A bar by hand."""
    told = low if slope is None else slope
    return Bar(Moved(path, (leaf(studied.scenario(), studied.MFU),), status, "paper", 0.1, 0.2, 0.3), low, high, told, -told)


def test_slopes_that_mislead_are_marked() -> None:
    assert not bar("a", -5.0, 5.0).bent
    assert not bar("a", -5.0, 5.9).bent
    assert bar("a", -5.0, 7.0).bent
    assert bar("a", float("nan"), 5.0, slope=-5.0).bent
    assert bar("a", 2.0, 3.0).width == 3.0
    assert bar("a", float("nan"), 3.0).width == np.inf


def test_shares_by_evidence_add_up() -> None:
    """By squares: 3, 4 and 12 make 13. A bar without an end has no share; what has no range is counted."""
    bars = [bar("c", -12, 12), bar("b", -4, 4, "recalled"), bar("a", -3, 3, "reported"), bar("d", float("nan"), 1, "estimated")]
    known = trust(studied.scenario(), bars)
    assert [row.bar.figure.path for row in known.rows] == ["d", "c", "b", "a"]
    assert known.shares == pytest.approx({"reported": 9 / 169, "derived": 0, "estimated": 0, "recalled": 16 / 169, "scenario": 144 / 169})
    assert known.open_share == pytest.approx(160 / 169)
    assert known.endless["estimated"] == 1
    assert sum(known.bare.values()) == len(studied.scenario().evidence.figures) - 1
    assert known.rows[0].half_width == np.inf


def test_variance_of_products_is_that_of_their_logarithms(variance, slopes) -> None:
    """Figures of small ranges act by themselves: shares go with squares of slope times spread."""
    known = variance.indices(MEAN)
    paths = [group[0].path for group in variance.groups]
    assert sorted(paths) == sorted((studied.WORK, studied.PRICE, studied.MFU))
    spread = {studied.WORK: 0.02, studied.PRICE: 0.1, studied.MFU: 0.1}
    squares = {row.path: (row.share * spread[row.path]) ** 2 for row in slopes[MEAN].rows if row.path in spread}
    for path, first, total in zip(paths, known.first, known.total, strict=True):
        assert first == pytest.approx(squares[path] / sum(squares.values()), abs=0.05), path
        assert total == pytest.approx(squares[path] / sum(squares.values()), abs=0.05), path
    assert variance.size == 256 * 5


def test_points_that_do_not_reach_an_output_are_left_out_or_refused(variance) -> None:
    first = variance.first.copy()
    first[:20, 0] = np.nan
    few = Sobol(studied.scenario(), variance.outputs, variance.groups, first, variance.second, variance.mixed, 0)
    assert few.indices(MEAN).used == 236
    first[:100, 0] = np.nan
    many = Sobol(studied.scenario(), variance.outputs, variance.groups, first, variance.second, variance.mixed, 0)
    with pytest.raises(ModelError, match="39% of the points"):
        many.indices(MEAN)
    with pytest.raises(ModelError, match="does not vary"):
        variance.indices("FY2026.capex_usd")


def test_an_output_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="is 'mean_date_s' meant"):
        named(studied.scenario(), "mean_date")
    with pytest.raises(ConfigError, match="reached is one or nothing"):
        named(studied.scenario(), "reached")
    with pytest.raises(ModelError, match="has no plan"):
        aim_elasticities(Plan(Problem(studied.scenario()), "NUMERIC", None, None, None, None))


def test_page_and_document_have_units(found) -> None:
    page = sensitivity_page(found, MEAN)
    assert "utilization.mfu" in page
    assert "days" in page
    assert "WHICH UNVERIFIED NUMBER MATTERS" in page
    assert "VARIANCE OF MEAN_DATE_S" in page
    body = json.loads(to_json(sensitivity_document(found)))
    one = {each["name"]: each for each in body["outputs"]}[MEAN]
    assert one["unit"] == "s"
    assert {row["path"]: row["unit"] for row in one["tornado"]} == {studied.MFU: "", studied.WORK: "eflop", studied.PRICE: "usd"}
    assert sum(one["evidence"]["shares"].values()) == pytest.approx(1.0)
    assert one["variance"]["points"] == 256
    assert {each["name"] for each in body["chances"]} == {output.name for output in outputs(studied.scenario()) if output.share}
    assert "does not vary" in sensitivity_page(found, CAPEX)


def test_changes_are_written_with_sign_and_unit() -> None:
    days, money = Output("x.date_s", "s"), Output("FY2026.capex_usd", "usd")
    assert change_text(days, -1.5 * DAY_S) == "-1.5 days"
    assert change_text(money, 2e9) == "+$2B"
    assert change_text(days, float("nan")) == "not reached"
    assert change_text(Output("aim_s", "s"), float("nan")) == "no plan"


def test_the_figure_is_drawn_bar_for_bar(found) -> None:
    files = tornado_drawings(found, MEAN)
    assert set(files) == {"tornado.svg", "tornado.png"}
    assert files == tornado_drawings(found, MEAN)
    (ax,) = tornado_figure(found, MEAN).axes
    bars = found.told[MEAN].bars
    assert [patch.get_width() for patch in ax.patches] == pytest.approx([end / DAY_S for one in bars for end in (one.at_low, one.at_high)])
    assert [label.get_text().rstrip("*") for label in ax.get_yticklabels()] == [one.figure.path for one in bars]
    assert ax.get_xlabel() == "change of mean_date_s, days"
