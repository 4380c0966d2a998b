"""The look of figures: titles, instants, axes of time, files that never vary."""

import datetime

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import dates
from matplotlib.figure import Figure

from capexmodel.model.scenario import Scenario
from capexmodel.report.canvas import BLUE, FAINT, GRAY, STYLE, moment, moments, saved, style, time_axis, title
from tests.unit.report.fakes import DAY, fake
from tests.unit.report.portfolios import Bag


def scenario(days):
    """From the second of February 2026, over so many days."""
    return fake(Scenario, calendar=Bag(as_of="2026-02-02", period_edges_s=np.array([0.0, 30.0, days]) * DAY))


def day_of(year, month, day):
    return float(dates.date2num(datetime.datetime(year, month, day)))


def test_an_instant_is_a_day_of_the_calendar():
    assert moment(scenario(90.0), 0.0) == day_of(2026, 2, 2)
    assert moment(scenario(90.0), 1.5 * DAY) == day_of(2026, 2, 3) + 0.5
    assert moments(scenario(90.0), [DAY, 3.0 * DAY]).tolist() == [day_of(2026, 2, 3), day_of(2026, 2, 5)]


def axis(days, few=False):
    with style():
        figure = Figure()
        ax = figure.subplots()
        time_axis(ax, scenario(days), few=few)
        figure.canvas.draw()
    return ax


@pytest.mark.parametrize(
    ("days", "few", "yearly"), [(900, False, False), (920, False, True), (430, True, False), (450, True, True), (450, False, False)]
)
def test_a_long_axis_has_years_and_a_short_one_months(days, few, yearly):
    ax = axis(days, few)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert ax.get_xlim() == (day_of(2026, 2, 2), day_of(2026, 2, 2) + days)
    assert ("2027" in labels) is yearly
    assert ("Apr\n2026" in labels) is not yearly
    assert (len(ax.xaxis.get_minorticklocs()) > 0) is yearly


def test_months_name_their_year_first_and_where_one_begins():
    labels = [label.get_text() for label in axis(600).get_xticklabels()]
    assert labels == ["Apr\n2026", "Jul", "Oct", "Jan\n2027", "Apr", "Jul"]


def test_years_have_small_ticks_by_quarter():
    ax = axis(1000)
    minor = [dates.num2date(tick).month for tick in ax.xaxis.get_minorticklocs()]
    assert minor[:4] == [4, 7, 10, 4]
    big, small = ax.xaxis.get_major_ticks()[0], ax.xaxis.get_minor_ticks()[0]
    assert (big.tick1line.get_markersize(), small.tick1line.get_markersize()) == (5, 2.5)
    assert small.tick1line.get_color() == FAINT


def test_a_figure_is_headed_by_what_it_shows_and_how_to_read_it():
    figure = Figure()
    title(figure, "what\x1b it shows", "how to read it")
    head, note = figure.texts
    assert (head.get_text(), head.get_position(), head.get_fontsize(), head.get_fontweight()) == (
        "what it shows",
        (0.012, 0.985),
        13,
        "bold",
    )
    assert (note.get_text(), note.get_position(), note.get_fontsize(), note.get_color()) == ("how to read it", (0.012, 0.93), 9.5, GRAY)
    assert (head.get_va(), note.get_va()) == ("top", "top")


def test_the_look_of_the_house_holds_while_drawing_and_no_longer():
    with mpl.rc_context({"font.size": 33, "lines.linewidth": 7.0}):
        with style():
            assert {name: mpl.rcParams[name] for name in STYLE if name != "font.family"} == {
                name: value for name, value in STYLE.items() if name != "font.family"
            }
            assert mpl.rcParams["lines.linewidth"] == mpl.rcParamsDefault["lines.linewidth"]
        assert mpl.rcParams["font.size"] == 33
    assert BLUE == "#0072B2"


def figure_of_a_line():
    figure = Figure(figsize=(2.0, 1.0))
    figure.subplots().plot([1.0, 2.0], [3.0, 5.0])
    return figure


def test_the_same_figure_is_the_same_file_without_a_date():
    for kind in ("svg", "png"):
        assert saved(figure_of_a_line(), kind) == saved(figure_of_a_line(), kind)
    svg = saved(figure_of_a_line(), "svg").decode()
    assert "<dc:date>" not in svg
    assert "<dc:creator>" not in svg
    assert b"Software" not in saved(figure_of_a_line(), "png")


def test_a_picture_has_160_dots_an_inch():
    data = saved(figure_of_a_line(), "png")
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (320, 160)
