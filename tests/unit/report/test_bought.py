"""What a plan made by hand buys, line by line."""

import numpy as np
import pytest

from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report import bought as room
from capexmodel.report.bought import group, money, power, purchases
from capexmodel.report.text import heading, table
from tests.unit.report.fakes import fake
from tests.unit.report.portfolios import Bag

QUARTER = 7889400.0
YEARS = ("FY1", "FY2")


@pytest.fixture(autouse=True)
def as_it_is(monkeypatch):
    monkeypatch.setattr(room, "plain", lambda tree: tree)


def scenario(chips=("old", "new")):
    """Three decisions; the first year ends in the middle of the second."""
    calendar = Bag(
        years=YEARS, decisions=("d1", "d2", "d3"), decision_edges_s=np.array([0.0, 1.0, 3.0, 4.0]) * QUARTER,
        year_edges_s=np.array([0.0, 2.0, 4.0]) * QUARTER, period_edges_s=np.array([0.0, 1.0, 2.0, 3.0, 4.0]) * QUARTER,
    )  # fmt: skip
    return fake(
        Scenario,
        calendar=calendar,
        accelerator=Bag(names=chips),
        hall=Bag(names=("shell",)),
        source=Bag(names=("engine",)),
        site=Bag(names=("east", "west")),
        rental=Bag(names=("lease",), site=("west",)),
        deal=Bag(names=("firm", "late"), close_s=np.array([1.0, 9.0]) * QUARTER),
    )


def row(item, busd, year="FY1", account="capex"):
    return {"item": item, "account": account, "site": None, "period": None, "fiscal_year": year, "usd": busd * 1e9}


def test_an_item_belongs_to_its_group():
    assert [group(item) for item in ("accelerator.x.y", "reserve", "deal.firm")] == ["chips", "reserve set aside", "companies"]


def test_money_stands_by_group_and_year(monkeypatch):
    rows = [
        row("accelerator.old", 3.0), row("accelerator.new", 4.5, "FY2"), row("hall.shell", 2.25), row("staff", 0.75, account="opex"),
        row("energy", 0.5, "FY2", account="opex"), row("carbon", 1e-9, account="opex"),
    ]  # fmt: skip
    monkeypatch.setattr(room, "spend_rows", lambda scenario, outcome: rows)
    capex = [["chips", "3.00", "4.50", "7.50"], ["halls", "2.25", "-", "2.25"], ["capex in all", "5.25", "4.50", "9.75"]]
    opex = [["research staff", "0.75", "-", "0.75"], ["energy", "-", "0.50", "0.50"], ["operating cost in all", "0.75", "0.50", "1.25"]]
    assert money(scenario(), fake(Outcome)) == [
        *heading("where the money goes", "$B, by fiscal year"),
        *table(["capex", *YEARS, "all"], capex),
        *table(["opex", *YEARS, "all"], opex),
    ]


def test_large_sums_keep_one_decimal(monkeypatch):
    monkeypatch.setattr(room, "spend_rows", lambda scenario, outcome: [row("accelerator.old", 345.67)])
    assert money(scenario(), fake(Outcome))[-1].split() == ["capex", "in", "all", "345.7", "-", "345.7"]


def bought(scale=1.0):
    """Orders by decision, dollars beside them."""
    chips, chips_usd = np.zeros((2, 2, 3)), np.zeros((2, 2, 3))
    chips[0, 0], chips_usd[0, 0] = [5e3, 6e3, 0.0], [1e9, 2e9, 0.0]
    chips[1, 1], chips_usd[1, 1] = [0.0, 0.0, 7e3], [0.0, 0.0, 5e9]
    hall, hall_usd = np.zeros((1, 2, 3)), np.zeros((1, 2, 3))
    hall[0, 0], hall_usd[0, 0] = [0.25e9, 0.0, 0.125e9], [0.5e9, 0.0, 0.25e9]
    source, source_usd = np.zeros((1, 2, 3)), np.zeros((1, 2, 3))
    source[0, 1], source_usd[0, 1] = [0.0, 2e9, 0.0], [0.0, 3e9, 0.0]
    ports, ports_usd = np.array([[800.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), np.array([[1e8, 2e8, 0.0], [0.0, 0.0, 0.0]])
    orders = Bag(
        chips_count=chips * scale,
        hall_w=hall * scale,
        source_w=source * scale,
        ports_count=ports * scale,
        rented_count=np.array([[0.0, 400.0, 900.0]]) * scale,
        hires_count=np.array([12.0, 30.0, 0.0]) * scale,
        taken=np.array([1.0, 1.0]) * scale,
    )
    paid = fake(
        Allocation, chips_usd=chips_usd * scale, hall_usd=hall_usd * scale, source_usd=source_usd * scale, ports_usd=ports_usd * scale
    )
    return fake(Outcome, orders=orders, money=Bag(deals_usd=np.array([[1e8, 2e8], [0.0, 4e8]]) * scale)), paid


def test_purchases_stand_by_year_and_by_decision():
    rows = [
        ["chips old", "east", "k", "8.0", "3.0", "11.0", "3.00"],
        ["chips new", "west", "k", "-", "7.0", "7.0", "5.00"],
        ["halls shell", "east", "GW", "0.250", "0.125", "0.375", "0.75"],
        ["generation engine", "west", "GW", "1.000", "1.000", "2.000", "3.00"],
        ["network ports", "east", "k", "0.8", "-", "0.8", "0.30"],
        ["rental lease", "west", "k", "0.2", "1.1", "1.3", "-"],
        ["hires", "", "heads", "27", "15", "42", "-"],
        ["company firm", "", "deal", "-", "-", "1", "0.30"],
        ["company late", "", "deal", "-", "1", "1", "0.40"],
    ]
    orders = [
        ["d1", "5.0", "0.8", "0.250", "-", "-", "12"],
        ["d2", "6.0", "-", "-", "2.000", "0.4", "30"],
        ["d3", "7.0", "-", "0.125", "-", "0.9", "-"],
    ]
    head = ["ordered in", "chips (k)", "ports (k)", "halls (GW)", "generation (GW)", "rentals (k)", "hires"]
    assert purchases(scenario(), *bought()) == [
        *heading("what is bought", "orders by fiscal year; power in GW, chips and ports in thousands"),
        *table(["item", "site", "unit", *YEARS, "all", "$B"], rows, left=3),
        *heading("when it is ordered"),
        *table(head, orders),
    ]


def test_without_orders_nothing_is_bought():
    lines = purchases(scenario(), *bought(0.0))
    assert lines[2:] == ["  nothing", *heading("when it is ordered"), "  ordered in", "  d1", "  d2", "  d3"]


def test_power_and_compute_stand_at_the_end_of_each_year(monkeypatch):
    energized = np.array([[0.0, 0.1, 0.25, 0.5, 1.5], [0.0, 0.0, 0.0, 0.0, 0.0]]) * 1e9
    used = np.array([[0.0, 0.1, 0.2, 0.3, 1.25], [0.0, 0.0, 0.0, 0.0, 0.75]]) * 1e9
    monkeypatch.setattr(room, "power_w", lambda scenario, outcome: {"energized": energized, "used": used})
    monkeypatch.setattr(room, "energy_twh", lambda scenario, outcome: np.array([[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 5.0, 6.0]]))
    monkeypatch.setattr(room, "year_share", lambda scenario: np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.25, 0.75]]))
    outcome = fake(Outcome, compute=Bag(usable_eflops=np.array([[10.0, 20.0, 30.0, 40.0], [5.0, 6.0, 7.0, 80.0]])))
    blocks = [
        ("energized, GW of IT", [["east", "0.25", "1.50"], ["all sites", "0.25", "1.50"]]),
        ("used, GW of IT", [["east", "0.20", "1.25"], ["west", "-", "0.75"], ["all sites", "0.20", "2.00"]]),
        ("energy of the year, TWh", [["east", "4.0", "6.0"], ["west", "1.5", "9.5"], ["all sites", "5.5", "15.5"]]),
        ("compute that runs, EFLOP/s", [["east", "20", "40"], ["west", "6", "80"], ["all sites", "26", "120"]]),
    ]
    lines = [line for title, rows in blocks for line in table([title, *YEARS], rows)]
    expected = [*heading("power and compute", "at the end of each fiscal year, or of the horizon"), *lines]
    assert power(scenario(), outcome) == expected
