"""Work to the date, as a picture: curves, dots and words."""

import numpy as np
import pytest

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report import work_figure as room
from capexmodel.report.canvas import FAINT, GRAY, SERIES
from capexmodel.report.work_figure import work_figure
from tests.unit.report.fakes import DAY, fake
from tests.unit.report.portfolios import Bag

OUT = {0: 150.0 * DAY, 1: None}
START = 20486.0
"""The second of February 2026 in days of matplotlib."""


@pytest.fixture
def figure(monkeypatch):
    return drawn(monkeypatch)


def drawn(monkeypatch, out=None, end=100.0):
    """Two models over 600 days: work grows by the day; the first ends on day 100 and is out on day 150, the second never."""
    calendar = Bag(
        as_of="2026-02-02", horizon_s=600.0 * DAY, period_edges_s=np.array([0.0, 300.0, 600.0]) * DAY,
        date=lambda at: Bag(isoformat=lambda: f"day {at / DAY:.0f}"),
    )  # fmt: skip
    job = Bag(names=("small", "large"), work_eflop=np.array([2e7, 6e8]), deadline_s=np.array([180.0 * DAY, 0.0]), deadlined=(True, False))

    def done(scenario, outcome, time_s):
        return np.stack([time_s / DAY * 2e5, np.maximum(time_s / DAY - 30.0, 0.0) * 1e5])

    monkeypatch.setattr(room, "work_done_eflop", done)
    monkeypatch.setattr(room, "out_date_s", lambda scenario, outcome, j: (out or OUT)[j])
    training = Bag(run_end_s=np.array([end * DAY, 900.0 * DAY]))
    return work_figure(fake(Scenario, name="made", calendar=calendar, job=job), fake(Outcome, training=training))


def test_work_is_drawn_up_to_its_demand_where_the_run_ends(figure):
    (ax,) = figure.axes
    demand, dot, curve, due, lag, diamond, second, rest = ax.lines
    assert (demand.get_ydata()[0], demand.get_color()) == (pytest.approx(2e25), FAINT)
    assert (dot.get_xdata().tolist(), dot.get_ydata(), dot.get_marker()) == ([START + 100.0], [pytest.approx(2e25)], "o")
    x, y = curve.get_data()
    assert (x[-1], y[-1]) == (START + 100.0, pytest.approx(2e25))
    np.testing.assert_allclose(y[:-1], (np.asarray(x[:-1]) - START) * 2e23, rtol=1e-6)
    assert x[0] - START == pytest.approx(600.0 / 599.0)
    assert len(x) == 100
    np.testing.assert_allclose(due.get_xydata(), [[START + 180.0, 2e25 / 1.6], [START + 180.0, 2e25 * 1.6]])
    np.testing.assert_allclose(lag.get_xydata(), [[START + 100.0, 2e25], [START + 150.0, 2e25]])
    assert (diamond.get_marker(), diamond.get_xdata()[0], diamond.get_ydata()[0]) == ("D", START + 150.0, pytest.approx(2e25))
    assert second.get_ydata()[0] == pytest.approx(6e26)
    assert rest.get_ydata()[-1] == pytest.approx(570.0 * 1e23)
    assert [line.get_color() for line in (dot, curve, due, lag, diamond, rest)] == [SERIES[0]] * 2 + [GRAY] + [SERIES[0]] * 2 + [SERIES[1]]


def test_words_stand_beside_the_dates(figure):
    (ax,) = figure.axes
    deadline, first, second = ax.texts
    assert (deadline.get_text(), deadline.xy) == ("deadline", (START + 180.0, pytest.approx(2e25 / 1.7)))
    assert (first.get_text(), first.xy, first.xyann, first.get_ha()) == (
        "small is out on day 150",
        (START + 150.0, pytest.approx(2e25)),
        (8, 9),
        "left",
    )
    assert second.get_text() == "large: not reached within the horizon"
    assert (second.xy[0], second.xyann, second.get_ha(), second.get_color()) == (pytest.approx(START + 600.0), (-8, 9), "right", SERIES[1])


def test_axes_reach_three_powers_of_ten_below_the_smallest_demand(figure):
    (ax,) = figure.axes
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "training work done, FLOP")
    assert ax.get_ylim() == pytest.approx((1e22, 6e26 * 10.0**0.6))
    ticks = ax.get_yticks()
    np.testing.assert_allclose(ticks, [1e22, 1e23, 1e24, 1e25, 1e26, 1e27])
    assert ax.yaxis.get_major_formatter()(1e26, 0) == "10²⁶"
    assert ax.get_xlim() == (START, START + 600.0)
    assert [text.get_text() for text in figure.texts] == ["made: work to the date", room.NOTE]


def test_a_late_date_has_its_words_to_the_left(monkeypatch):
    (ax,) = drawn(monkeypatch, out={0: 400.0 * DAY, 1: None}).axes
    assert (ax.texts[1].xyann, ax.texts[1].get_ha()) == ((-8, 9), "right")


def test_a_run_that_ends_at_once_stands_at_its_end(monkeypatch):
    (ax,) = drawn(monkeypatch, end=0.0).axes
    assert ax.lines[2].get_xydata().tolist() == [[START, pytest.approx(2e25)]]
