"""Power by the hour as pictures: what is stacked, and where."""

import numpy as np
import pytest
from matplotlib import colors

from capexmodel.report.canvas import BLUE, BLUES, GRAY, INK, ORANGE, VERMILLION
from capexmodel.report.hours_figure import COLORS, STORE, curve_figure, drawings, hours_figure
from tests.unit.report.portfolios import MWH, Bag, found

DAYS = [0, 3, 6, 9]


def by_day(scale):
    """Two hours of twelve days, all different."""
    return (np.arange(24.0).reshape(12, 2) + 5.0) * scale


def portfolio(battery_w=5e7, names=("gas_engine", "tide", "nuclear")):
    return found(
        battery_w, names, source_w=np.stack([by_day(1e9), by_day(3e9), by_day(7e9)]), charge_w=by_day(2e8), discharge_w=by_day(4e8),
        price_usd_per_j=by_day(1.0) / MWH,
    )  # fmt: skip


def portfolio_of(**more):
    """A portfolio whose load is that of twelve days."""
    return with_load(portfolio(**more))


def with_load(one):
    object.__setattr__(one, "draw", Bag(load_w=by_day(6e9)))
    return one


def ends(area):
    """The lowest and highest of an area at each hour's start."""
    points = area.get_paths()[0].vertices
    return {x: (points[points[:, 0] == x, 1].min(), points[points[:, 0] == x, 1].max()) for x in (0.0, 7.0)}


def test_sources_are_stacked_one_on_another_with_the_battery_on_top():
    top, _ = hours_figure(portfolio_of()).axes
    gas, tide, back, taken = top.collections
    picked = by_day(1.0)[DAYS].ravel()
    assert [area.get_label() for area in top.collections] == ["gas_engine", "tide", "from the battery", "into the battery"]
    for area, low, high in ((gas, 0.0, 1.0), (tide, 1.0, 4.0), (back, 4.0, 4.4)):
        assert ends(area)[7.0][1] == pytest.approx(high * picked[7])
        assert ends(area)[0.0] == pytest.approx((low * picked[0], high * picked[0]))
    assert ends(taken)[0.0] == pytest.approx((-0.2 * picked[0], 0.0))
    np.testing.assert_allclose(top.lines[0].get_ydata(), 6.0 * picked)


def test_a_kind_has_its_color_and_an_unknown_one_a_blue():
    top, _ = hours_figure(portfolio_of()).axes
    hexes = [to_hex(area) for area in top.collections]
    assert hexes == [COLORS["gas_engine"], BLUES[1], STORE, STORE]
    assert top.collections[3].get_alpha() == 0.35
    assert top.lines[0].get_color() == INK


def to_hex(area):
    return colors.to_hex(area.get_facecolor()[0])


def test_without_a_battery_none_is_drawn():
    top, _ = hours_figure(portfolio_of(battery_w=1e3)).axes
    assert [area.get_label() for area in top.collections] == ["gas_engine", "tide"]


def test_prices_stand_below_each_day_with_its_month():
    figure = hours_figure(portfolio_of())
    top, low = figure.axes
    np.testing.assert_allclose(low.lines[0].get_ydata(), by_day(1.0)[DAYS].ravel())
    assert low.lines[0].get_color() == VERMILLION
    assert [label.get_text() for label in low.get_xticklabels()] == [
        "a day of January",
        "a day of April",
        "a day of July",
        "a day of October",
    ]
    assert low.get_xticks().tolist() == [1.0, 3.0, 5.0, 7.0]
    assert low.get_xlim() == (0.0, 7.0)
    assert [line.get_xdata()[0] for line in low.lines[1:]] == [2, 4, 6]
    assert {line.get_color() for line in low.lines[1:]} == {GRAY}
    assert (top.get_ylabel(), low.get_ylabel()) == ("GW", "price, $/MWh")
    assert [text.get_text() for text in figure.texts] == [
        "The cheapest firm 200.0 MW in the plains", "73.0 $/MWh, 62 % clean by the hour; four made-up days of twelve."
    ]  # fmt: skip


def test_cost_and_carbon_are_drawn_over_what_was_varied():
    figure = curve_figure((portfolio_of(), portfolio_of(names=("tide", "gas_engine", "nuclear"))), "carbon-price", (0.05, 0.2))
    top, low, beside = figure.axes
    np.testing.assert_allclose(top.lines[0].get_xydata(), [[50.0, 73.0], [200.0, 73.0]])
    np.testing.assert_allclose(beside.lines[0].get_xydata(), [[50.0, 135.0], [200.0, 135.0]])
    assert (top.lines[0].get_color(), beside.lines[0].get_color(), beside.get_ylim()[0]) == (BLUE, VERMILLION, 0.0)
    assert (top.get_ylabel(), beside.get_ylabel()) == ("$/MWh, carbon's price included", "carbon, g/kWh")
    assert (low.get_ylabel(), low.get_xlabel()) == ("% of what is drawn", "carbon-price, $/t")
    assert [text.get_text() for text in figure.texts] == [
        "The cheapest firm 200.0 MW in the plains, by carbon-price", "Each point a portfolio of its own."
    ]  # fmt: skip


def test_shares_are_stacked_below_by_kind():
    figure = curve_figure((portfolio_of(), portfolio_of(names=("solar", "gas_engine", "nuclear"))), "clean", (0.5, 0.75))
    low = figure.axes[1]
    assert [area.get_label() for area in low.collections] == ["gas_engine", "tide", "solar"]
    heights = [[ends_at(area, at) for at in (0.5, 0.75)] for area in low.collections]
    np.testing.assert_allclose(heights, [[[0, 30], [0, 65]], [[30, 95], [65, 65]], [[95, 95], [65, 95]]])
    assert [to_hex(area) for area in low.collections] == [COLORS["gas_engine"], BLUES[1], ORANGE.lower()]
    assert low.get_xlabel() == "clean"
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0.5, 0.75]


def ends_at(area, x):
    points = area.get_paths()[0].vertices
    at = points[points[:, 0] == x, 1]
    return [at.min(), at.max()]


def test_there_is_a_curve_only_where_something_is_varied():
    assert list(drawings((portfolio_of(),), None, ())) == ["power_hours.svg", "power_hours.png"]
    names = list(drawings((portfolio_of(), portfolio_of(battery_w=1e3)), "clean", (0.5, 0.75)))
    assert names == ["power_hours.svg", "power_hours.png", "power_curve.svg", "power_curve.png"]
