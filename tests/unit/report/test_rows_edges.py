"""Rows of a plan made by hand."""

import numpy as np
import pytest

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report import rows as room
from capexmodel.report.rows import date_rows, envelope_rows, out_date_s, power_w, powered_w, spend_rows
from tests.unit.report.fakes import DAY, fake
from tests.unit.report.portfolios import Bag

YEARS, PERIODS = ("FY1", "FY2"), ("p1", "p2")


@pytest.fixture(autouse=True)
def as_it_is(monkeypatch):
    monkeypatch.setattr(room, "plain", lambda tree: tree)
    monkeypatch.setattr(room, "year_share", lambda scenario: np.array([[1.0, 0.0], [0.25, 0.75]]))


def scenario():
    calendar = Bag(
        years=YEARS, periods=PERIODS, period_edges_s=np.array([0.0, 10.0, 30.0]) * DAY, period_index=lambda at: int(at > 10.0 * DAY),
        date=lambda at: Bag(isoformat=lambda: f"day {at / DAY:.0f}"),
    )  # fmt: skip
    envelope = Bag(
        spent_usd=np.array([2.0, 0.0]), completion_usd=np.array([0.0, 3.0]), other_share=np.array([0.5, 0.25]),
        low_usd=np.array([9.0, 11.0]), high_usd=np.array([10.0, 24.0]),
    )  # fmt: skip
    return fake(
        Scenario,
        calendar=calendar,
        envelope=envelope,
        accelerator=Bag(names=("old",)),
        hall=Bag(names=("shell",)),
        source=Bag(names=("engine",)),
        site=Bag(names=("east", "west"), network=("fab", "web")),
        supply=Bag(names=("maker",)),
        rental=Bag(names=("lease",), site=("west",)),
        deal=Bag(names=("firm", "late"), close_s=np.array([5.0, 20.0]) * DAY),
    )


def outcome():
    none = np.zeros((1, 2, 2))
    money = Bag(
        chips_usd=np.array([[[4.0, 8.0], [0.0, 0.0]]]),
        hall_usd=none,
        source_usd=np.array([[[0.0, 0.0], [5.0, 0.0]]]),
        ports_usd=np.array([[0.0, 0.0], [6.0, 0.0]]),
        premium_usd=np.array([[7.0, 0.0]]),
        pay_usd=np.array([3.0, 0.0]),
        rent_usd=np.array([[13.0, 0.0]]),
        energy_usd=np.array([[0.0, 0.0], [14.0, 0.0]]),
        mix_usd=np.array([[[0.0, 15.0], [0.0, 0.0]]]),
        carbon_usd=np.array([[0.0, 0.0], [16.0, 0.0]]),
        deals_usd=np.array([[17.0, 0.0], [0.0, 18.0]]),
        capex_usd=np.array([19.0, 21.0]),
    )
    return fake(Outcome, money=money, orders=Bag(reserve_usd=np.array([1.5, 0.0])))


def test_every_dollar_has_its_item_account_site_period_and_year():
    found = [tuple(row.values()) for row in spend_rows(scenario(), outcome())]
    assert found == [
        ("accelerator.old", "capex", "east", "p1", "FY1", 4.0),
        ("accelerator.old", "capex", "east", "p2", "FY1", 2.0),
        ("accelerator.old", "capex", "east", "p2", "FY2", 6.0),
        ("source.engine", "capex", "west", "p1", "FY1", 5.0),
        ("network.web", "capex", "west", "p1", "FY1", 6.0),
        ("supply.maker", "capex", None, "p1", "FY1", 7.0),
        ("staff", "opex", None, "p1", "FY1", 3.0),
        ("rental.lease", "opex", "west", "p1", "FY1", 13.0),
        ("energy", "opex", "west", "p1", "FY1", 14.0),
        ("already_spent", "capex", None, None, "FY1", 2.0),
        ("completion", "capex", None, None, "FY2", 3.0),
        ("other", "capex", None, None, "FY1", 5.0),
        ("other", "capex", None, None, "FY2", 6.0),
        ("reserve", "capex", None, None, "FY1", 1.5),
        ("reserve_drawn", "capex", None, None, "FY2", -1.5),
        ("energy.engine", "opex", "east", None, "FY2", 15.0),
        ("carbon", "opex", "west", None, "FY1", 16.0),
        ("deal.firm", "acquisition", None, "p1", "FY1", 17.0),
        ("deal.late", "acquisition", None, "p2", "FY2", 18.0),
    ]
    assert list(spend_rows(scenario(), outcome())[0]) == ["item", "account", "site", "period", "fiscal_year", "usd"]


def test_envelopes_stand_with_what_is_spent():
    assert envelope_rows(scenario(), outcome()) == [
        {"fiscal_year": "FY1", "low_usd": 9.0, "high_usd": 10.0, "spent_usd": 19.0, "unspent_usd": -9.0},
        {"fiscal_year": "FY2", "low_usd": 11.0, "high_usd": 24.0, "spent_usd": 21.0, "unspent_usd": 3.0},
    ]
    assert envelope_rows(scenario(), None)[1] == {
        "fiscal_year": "FY2",
        "low_usd": 11.0,
        "high_usd": 24.0,
        "spent_usd": None,
        "unspent_usd": None,
    }


def dated(run=20.0, research=12.0, reached=True):
    training = Bag(
        run_end_s=np.array([run * DAY]),
        research_end_s=np.array([research * DAY]),
        reached=np.array([reached]),
        date_s=np.array([25.0 * DAY]),
    )
    return fake(Outcome, training=training)


@pytest.mark.parametrize(
    ("run", "research", "reached", "out"),
    [(20.0, 12.0, True, True), (30.0, 12.0, True, True), (31.0, 12.0, True, False), (12.0, 31.0, True, False), (20.0, 12.0, False, False)],
)
def test_a_model_is_out_where_run_and_research_end_within_the_horizon(run, research, reached, out):
    assert out_date_s(scenario(), dated(run, research, reached), 0) == (25.0 * DAY if out else None)


@pytest.mark.parametrize(("deadlined", "deadline", "slack"), [(True, "day 28", 3.0), (False, None, None)])
def test_dates_stand_beside_their_deadline(deadlined, deadline, slack):
    given = scenario()
    object.__setattr__(given, "job", Bag(names=("first",), deadline_s=np.array([28.0 * DAY]), deadlined=(deadlined,)))
    assert date_rows(given, dated()) == [{"model": "first", "date": "day 25", "deadline": deadline, "slack_days": slack}]
    assert date_rows(given, None) == [{"model": "first", "date": None, "deadline": deadline, "slack_days": None}]
    assert date_rows(given, dated(reached=False)) == [{"model": "first", "date": None, "deadline": deadline, "slack_days": None}]


def test_power_is_the_least_of_halls_meter_and_load():
    parts = (
        Bag(gives={"it_power_w": np.array([[50.0, 60.0]]), "site_power_w": np.array([[40.0, 90.0]])}, takes={}),
        Bag(
            gives={"it_power_w": np.array([[10.0, 20.0]])},
            takes={"it_power_w": np.array([[30.0, 75.0]]), "site_power_w": np.array([[1.0, 2.0]])},
        ),
    )
    housing = Bag(overhead=np.array([[1.25], [2.0]]), spared_w=np.array([[[0.0, 0.0]], [[8.0, 30.0]]]))
    made = fake(Outcome, stock=Bag(parts=parts, housing=housing))
    assert powered_w(made).tolist() == [[24.0, 60.0]]
    assert {name: values.tolist() for name, values in power_w(scenario(), made).items()} == {
        "hall_power": [[60.0, 80.0]], "it_load": [[30.0, 75.0]], "site_power": [[40.0, 90.0]], "site_load": [[52.0, 120.0]],
        "energized": [[24.0, 60.0]], "used": [[24.0, 60.0]],
    }  # fmt: skip
