"""A tornado as a picture: bars, strokes and what stands beside them."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from capexmodel.model.leaves import leaves
from capexmodel.report.canvas import GRAY, INK, SKY, VERMILLION
from capexmodel.report.leaf import written
from capexmodel.report.sensitivity import Sensitivity, Told
from capexmodel.report.tornado_figure import tornado_drawings, tornado_figure
from capexmodel.studies.elasticity import Elasticities
from capexmodel.studies.outputs import Output
from capexmodel.studies.tornado import Bar, Moved
from tests.unit.report.fakes import DAY

OLD, NEW = "accelerator.old.price_usd", "accelerator.new.price_usd"
INF, NAN = float("inf"), float("nan")


def moved(small, path, status, low, high):
    leaf = next(one for one in leaves(small) if one.path == path)
    return Moved(path, (leaf,), status, "paper", low, 3e4, high)


def found(small, *bars, output=None):
    output = output or Output("first.date_s", "s")
    return Sensitivity(small, {"first.date_s": Told(Elasticities(output, 200.0 * DAY, ()), bars)}, None, "way")


def two(small):
    return found(
        small, Bar(moved(small, OLD, "recalled", 25e3, 40e3), -10.0 * DAY, 30.0 * DAY, -12.0 * DAY, 24.0 * DAY),
        Bar(moved(small, NEW, "reported", 45e3, 60e3), 5.0 * DAY, INF, NAN, 6.0 * DAY),
        Bar(moved(small, NEW, "reported", 45e3, 60e3), 0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip


def test_bars_reach_from_nothing_to_their_ends(small):
    (ax,) = tornado_figure(two(small), "first.date_s").axes
    widths = [round(bar.get_width(), 9) for bar in ax.patches]
    assert widths == [-10.0, 30.0, 5.0, 37.5]
    assert [bar.get_y() + bar.get_height() / 2.0 for bar in ax.patches] == pytest.approx([0.0, 0.0, 1.0, 1.0])
    assert [to_hex(bar.get_facecolor()).upper() for bar in ax.patches] == [SKY, VERMILLION] * 2
    assert [bar.get_hatch() for bar in ax.patches] == [None, None, None, "////"]
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([0.66] * 4)


def test_strokes_stand_where_the_slope_would_have_them(small):
    (ax,) = tornado_figure(two(small), "first.date_s").axes
    *strokes, zero = ax.lines
    np.testing.assert_allclose(
        [stroke.get_xydata() for stroke in strokes], [[[-12, -0.4], [-12, 0.4]], [[24, -0.4], [24, 0.4]], [[6, 0.6], [6, 1.4]]]
    )
    assert {stroke.get_color() for stroke in strokes} == {INK}
    assert (zero.get_xdata()[0], zero.get_color()) == (0.0, GRAY)


def test_ends_are_written_beyond_bar_and_stroke(small):
    (ax,) = tornado_figure(two(small), "first.date_s").axes
    said = [(text.get_text(), round(text.xy[0], 9), text.xy[1], text.xyann[0], text.get_ha()) for text in ax.texts]
    assert said == [
        (written(small, OLD, 25e3), -12.0, 0, -3, "right"), (written(small, OLD, 40e3), 30.0, 0, 3, "left"),
        (written(small, NEW, 45e3), 5.0, 1, 3, "left"), (written(small, NEW, 60e3), 37.5, 1, 3, "left"),
    ]  # fmt: skip


def test_a_stroke_far_beyond_does_not_drag_its_text_along(small):
    (ax,) = tornado_figure(
        found(small, Bar(moved(small, OLD, "recalled", 25e3, 40e3), 0.0, 10.0 * DAY, 0.0, 90.0 * DAY)), "first.date_s"
    ).axes
    assert [text.xy[0] for text in ax.texts] == [pytest.approx(12.0)]


def test_axes_name_figures_and_the_unit(small):
    figure = tornado_figure(two(small), "first.date_s")
    (ax,) = figure.axes
    assert ax.get_xlim() == pytest.approx((-18.0, 38.0))
    assert ax.get_ylim() == pytest.approx((1.6, -0.6))
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"{OLD}*", NEW]
    assert ax.get_xlabel() == "change of first.date_s, days"
    assert [text.get_text() for text in figure.texts] == [
        "small: what first.date_s hangs on",
        "Change from 2026-08-21 at the low end (blue) and the high end (red) of each range. Strokes: by the slope. *: nobody verified it.",
    ]
    assert (figure.get_figwidth(), figure.get_figheight()) == (10.5, pytest.approx(2.0 + 0.32 * 9))
    assert ax.get_position().bounds == pytest.approx((0.36, 0.6 / 4.88, 0.53, 1.0 - 1.5 / 4.88))


def test_without_bars_the_axes_are_empty(small):
    (ax,) = tornado_figure(found(small, output=Output("count", "")), "first.date_s").axes
    assert (len(ax.patches), len(ax.texts), ax.get_xlabel()) == (0, 0, "change of first.date_s")
    assert ax.get_ylim() == pytest.approx((0.6, -0.6))


def test_twenty_bars_are_drawn_at_most(small):
    bar = Bar(moved(small, OLD, "recalled", 25e3, 40e3), -1.0, 3.0, -1.0, 3.0)
    figure = tornado_figure(found(small, *[bar] * 22, output=Output("spent_heads", "heads")), "first.date_s")
    (ax,) = figure.axes
    assert len(ax.patches) == 40
    assert ax.patches[1].get_width() == 3.0
    assert ax.get_xlabel() == "change of first.date_s, heads"
    assert figure.get_figheight() == pytest.approx(2.0 + 0.32 * 20)


def test_the_figure_is_written_as_two_files(small):
    files = tornado_drawings(two(small), "first.date_s")
    assert list(files) == ["tornado.svg", "tornado.png"]
    assert files["tornado.png"].startswith(b"\x89PNG")
