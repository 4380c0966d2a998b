"""Books of a plan made by hand, line by line."""

import numpy as np
import pytest

from capexmodel.report import books as room
from capexmodel.report.books import account_rows, depreciation, idle
from capexmodel.report.text import heading, table
from tests.unit.report.portfolios import Bag

YEAR_S = 31557600.0
LIVES = {"short_years": 4.0 * YEAR_S, "told_years": 6.0 * YEAR_S}


@pytest.fixture
def held(monkeypatch):
    """Two years, two lives of servers; servers and buildings."""
    billions = 1e9
    accounts = Bag(
        ordered_usd=np.array([8.0, 3.0]) * billions,
        later_usd=np.array([1.5, 0.75]) * billions,
        capex_usd=np.array([5.0, 6.0]) * billions,
        operating_usd=np.array([0.5, 0.7]) * billions,
        free_cash_usd=np.array([-5.5, -6.7]) * billions,
        depreciation_usd=np.array([[[1.0, 2.0], [0.1, 0.2]], [[0.6, 1.4], [0.1, 0.2]]]) * billions,
        left_usd=np.array([[5.0, 2.7], [6.0, 2.8]]) * billions,
        result_usd=np.array([[-1.6, -2.9], [-1.2, -2.3]]) * billions,
    )
    monkeypatch.setattr(room, "_found", lambda scenario, outcome: accounts)
    monkeypatch.setattr(room, "lives_s", lambda: LIVES)
    monkeypatch.setattr(room, "_building_s", lambda: 25.0 * YEAR_S)
    return accounts


def test_depreciation_is_told_by_life_of_servers(held, small, outcome):
    head = ["FY2026", "FY2027"]
    assert depreciation(small, outcome) == [
        *heading("depreciation", "$B, straight-line from the day in service, by life of servers; what the plan buys alone"),
        *table(["life", *head, "left"], [["4 years", "1.10", "2.20", "7.70"], ["6 years", "0.70", "1.60", "8.70"]]),
        "  of 11.0 billion ordered, 2.2 enter service after the horizon; buildings over 25 years",
        *heading("operating result", "$B, less operating cost and depreciation, by life of servers; no revenue, taxes or interest"),
        *table(["life", *head, "all"], [["4 years", "-1.60", "-2.90", "-4.50"], ["6 years", "-1.20", "-2.30", "-3.50"]]),
        *table(["free cash flow, any life", *head, "all"], [["less operating cost and capex as paid", "-5.50", "-6.70", "-12.20"]]),
    ]


def test_without_orders_nothing_is_depreciated(held, small, outcome, monkeypatch):
    monkeypatch.setattr(room, "_found", lambda *_: Bag(ordered_usd=np.zeros(2), later_usd=np.ones(2)))
    assert depreciation(small, outcome) == []


def test_rows_of_the_books_have_their_life_and_year(held, small, outcome):
    rows = [(row["quantity"], row["server_life_years"], row["fiscal_year"], row["usd"] / 1e9) for row in account_rows(small, outcome)]
    assert rows[:8] == [
        ("ordered.servers", None, None, 8.0), ("ordered.buildings", None, None, 3.0), ("capex.orders", None, "FY2026", 5.0),
        ("capex.orders", None, "FY2027", 6.0), ("operating", None, "FY2026", 0.5), ("operating", None, "FY2027", 0.7),
        ("free_cash", None, "FY2026", -5.5), ("free_cash", None, "FY2027", -6.7),
    ]  # fmt: skip
    assert rows[8:16] == [
        ("depreciation.servers", 4.0, "FY2026", 1.0), ("depreciation.servers", 4.0, "FY2027", 2.0), ("left.servers", 4.0, None, 5.0),
        ("depreciation.buildings", 4.0, "FY2026", 0.1), ("depreciation.buildings", 4.0, "FY2027", 0.2), ("left.buildings", 4.0, None, 2.7),
        ("operating_result", 4.0, "FY2026", -1.6), ("operating_result", 4.0, "FY2027", -2.9),
    ]  # fmt: skip
    assert rows[16:18] == [("depreciation.servers", 6.0, "FY2026", 0.6), ("depreciation.servers", 6.0, "FY2027", 1.4)]
    assert len(rows) == 24


def stranded(small, east, west=0.0):
    """Idle chips at east from the third edge on, most of them at the fifth; at the last edge half of these."""
    count = np.zeros((2, len(small.calendar.periods) + 1))
    count[0, 2], count[0, 4], count[0, -1] = 0.25 * east, east, 0.5 * east
    count[1, 3] = west
    cost, lacking = np.ones_like(count), np.zeros(count.shape, int)
    cost[0, 4], lacking[0, 4] = 3.0, 2
    return Bag(chips_count=count, scarcest=lacking, cost_usd_per_s=cost)


HEAD = heading("chips that stand idle", "for want of a hall, power or a network; a month at list price over the life of servers")


def test_idle_chips_are_told_with_what_they_lack(held, small, outcome, monkeypatch):
    asked = []
    monkeypatch.setattr(room, "_stranded", lambda scenario, of, life_s: asked.append(float(life_s)) or stranded(small, 4000.0))
    head = ["site", "lacks", "first", "most on", "most (k)", "$M a month", "FY2026", "FY2027"]
    edges_s = np.asarray(small.calendar.period_edges_s)
    days = [small.calendar.date(float(edges_s[k])).isoformat() for k in (2, 4)]
    row = ["east", "a network", *days, "4.0", f"{3.0 * YEAR_S / 12.0 / 1e6:.1f}", "-", "2.0"]
    assert idle(small, outcome) == [*HEAD, *table(head, [row], left=4)]
    assert asked == [6.0 * YEAR_S]


def test_less_than_one_idle_chip_is_none(held, small, outcome, monkeypatch):
    monkeypatch.setattr(room, "_stranded", lambda *_: stranded(small, 0.75, 0.5))
    assert idle(small, outcome) == [*HEAD, "  none"]
    monkeypatch.setattr(room, "_stranded", lambda *_: stranded(small, 0.75, 1.0))
    assert [line.split()[0] for line in idle(small, outcome)[3:]] == ["west"]


def test_lives_are_those_of_the_shipped_tables():
    lives = room.lives_s()
    assert "told_years" in lives
    assert all(YEAR_S <= life <= 20.0 * YEAR_S for life in lives.values())
