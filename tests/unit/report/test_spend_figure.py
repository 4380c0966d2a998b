"""Where the money goes, as a picture: bands, their colors and their order."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report import spend_figure as room
from capexmodel.report.canvas import BLUES, GREEN, ORANGE, PURPLE
from capexmodel.report.spend_figure import spend_figure
from tests.unit.report.fakes import DAY, fake
from tests.unit.report.portfolios import Bag

QUARTER = 7889400.0
EDGES = np.array([0.0, 0.5, 1.0, 3.0, 5.0]) * QUARTER


def scenario():
    """Two fiscal years: the first ends in the middle of the third period."""
    calendar = Bag(
        as_of="2026-02-02", periods=("p1", "p2", "p3", "p4"), years=("FY1", "FY2"), period_edges_s=EDGES,
        year_edges_s=np.array([0.0, 2.0, 5.0]) * QUARTER,
    )  # fmt: skip
    return fake(Scenario, name="made", calendar=calendar)


def row(item, busd, period=None, year="FY1", account="capex"):
    return {"item": item, "account": account, "site": None, "period": period, "fiscal_year": year, "usd": busd * 1e9}


ROWS = [
    row("accelerator.new", 3.0, "p1"),
    row("accelerator.new", 4.0, "p3", "FY2"),
    row("accelerator.old", 1.0, "p2"),
    row("hall.shell", 6.0, "p4", "FY2"),
    row("other", 8.0),
    row("reserve_drawn", -3.0, year="FY2"),
    row("reserve", 2.0, year="FY2"),
    row("energy", 0.5, "p2", account="opex"),
    row("network.x", 1e-9, "p1"),
]


@pytest.fixture
def figure(monkeypatch):
    rows = list(ROWS)
    monkeypatch.setattr(room, "spend_rows", lambda scenario, outcome: rows)
    spent = [{"fiscal_year": "FY1", "spent_usd": 16e9, "high_usd": 20e9}, {"fiscal_year": "FY2", "spent_usd": 9e9, "high_usd": 30e9}]
    monkeypatch.setattr(room, "envelope_rows", lambda scenario, outcome: spent)
    return spend_figure(scenario(), fake(Outcome))


RATES = {
    "new": [6.0, 0.0, 2.0, 0.0], "old": [0.0, 2.0, 0.0, 0.0], "halls": [0.0, 0.0, 0.0, 3.0], "other": [4.0, 4.0, 2.0, 0.0],
    "reserve drawn": [0.0, 0.0, -0.5, -1.0], "reserve set aside": [0.0, 0.0, 1.0 / 3.0, 2.0 / 3.0],
}  # fmt: skip


def test_bands_are_rates_stacked_chips_first_and_known_by_year_last(figure):
    top = figure.axes[0]
    bands = top.patches
    assert [band.get_label() for band in bands] == list(RATES)
    base = {True: np.zeros(4), False: np.zeros(4)}
    for band, (name, rate) in zip(bands, RATES.items(), strict=True):
        down = name == "reserve drawn"
        values, _, baseline = band.get_data()
        np.testing.assert_allclose(baseline, base[down], atol=1e-12)
        base[down] = base[down] + rate
        np.testing.assert_allclose(values, base[down], atol=1e-12)


def test_bands_have_the_color_of_their_kind(figure):
    bands = {band.get_label(): band for band in figure.axes[0].patches}
    colors = {name: to_hex(band.get_facecolor()) for name, band in bands.items()}
    assert colors == {
        "new": BLUES[0], "old": BLUES[1], "halls": ORANGE.lower(), "other": "#d1d5db", "reserve drawn": PURPLE.lower(),
        "reserve set aside": PURPLE.lower(),
    }  # fmt: skip
    hatches = {name: band.get_hatch() for name, band in bands.items() if band.get_hatch()}
    assert hatches == {"reserve set aside": "////", "reserve drawn": "\\\\\\\\"}
    assert GREEN.lower() not in colors.values()


def test_the_legend_stands_in_the_order_of_the_stack(figure):
    top, low = figure.axes
    assert [text.get_text() for text in top.get_legend().get_texts()] == list(RATES)[::-1]
    assert [text.get_text() for text in low.get_legend().get_texts()] == ["energy"]
    assert [band.get_data()[0].tolist() for band in low.patches] == [[0.0, 1.0, 0.0, 0.0]]


def test_axes_reach_from_the_lowest_to_above_the_highest(figure):
    top, low = figure.axes
    assert top.get_ylim() == pytest.approx((-1.1, 1.12 * 10.0))
    assert low.get_ylim() == pytest.approx((0.0, 1.12))
    assert (top.get_ylabel(), low.get_ylabel()) == ("capex", "operating cost")
    assert top.get_xlim()[1] - top.get_xlim()[0] == pytest.approx(5.0 * QUARTER / DAY)


def test_each_year_is_marked_with_what_is_spent_of_it(figure):
    top = figure.axes[0]
    start = top.get_xlim()[0]
    year = QUARTER / DAY
    said = [(text.get_text(), round((text.xy[0] - start) / year, 6), text.xy[1]) for text in top.texts]
    assert said == [("FY1", 1.0, 1.075), ("$16.0B of 20.0", 1.0, 1.025), ("FY2", 3.5, 1.075), ("$9.0B of 30.0", 3.5, 1.025)]
    ends = [(line.get_xdata()[0] - start) / year for line in top.lines[1:]]
    assert ends == pytest.approx([2.0, 5.0])
    assert [text.get_text() for text in figure.texts] == ["made: where the money goes", room.NOTE]


def test_a_narrow_year_has_only_its_name(monkeypatch):
    one = scenario()
    one.calendar.year_edges_s = np.array([0.0, 0.55, 5.0]) * QUARTER
    monkeypatch.setattr(room, "spend_rows", lambda scenario, outcome: [])
    spent = [{"fiscal_year": name, "spent_usd": 1e9, "high_usd": 2e9} for name in ("FY1", "FY2")]
    monkeypatch.setattr(room, "envelope_rows", lambda scenario, outcome: spent)
    top, low = spend_figure(one, fake(Outcome)).axes
    assert [text.get_text() for text in top.texts] == ["FY1", "FY2", "$1.0B of 2.0"]
    assert top.get_ylim() == low.get_ylim() == (0.0, 1.0)
