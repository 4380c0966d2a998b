"""What training runs cost, with constants, servers and runs made up by hand."""

import datetime
import math

import pytest

from capexmodel.config.costs import CostRow, Method, Server
from capexmodel.studies import training_cost
from capexmodel.studies.training_cost import Cost, CostSlice, amortization, capacity_w, parts_of, validate_costs

DAY = datetime.date(2024, 6, 10)
RATE = 0.14 * math.log(10.0) / (365.25 * 86400.0)
"""Rate by which servers lose value, a second."""
KWH = 3.6e6
"""Joules."""
METHOD = Method(
    decline_oom_per_year=(0.12, 0.14, 0.17), network_share=(0.15, 0.2, 0.3), utilization=(0.25, 0.4, 0.5), lag_days=60.0, run_days=40.0,
    pue=1.25, hyperscale_pue=1.1, hyperscale=("Google", "Meta"), energy_price_usd_per_kwh={2020: 0.05, 2024: 0.07},
    server_over_chip={"": 1.6, "H100": 1.7}, cluster_range={}, run_range={}, usual=(),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_cost, "method", lambda: METHOD)
    monkeypatch.setattr(training_cost, "shipped_cost_rows", tuple)


def server(name: str = "H100 SXM5", tensor: bool = False) -> Server:
    """A chip of 1,000 TFLOP/s worth 40,000 dollars in March 2023."""
    return Server(name, 1000.0, 1400.0, 1300.0, 0.7, 40e3, datetime.date(2023, 3, 1), tensor)


def row(published: datetime.date | None = DAY, organization: str = "Small, Other", model: str = "m", reason: str = "", **told) -> CostRow:
    """A run on that chip."""
    of = {"server": server(), "usual": False, "vintage": "code-2024"} | {
        k: told.pop(k) for k in ("server", "usual", "vintage") if k in told
    }
    return CostRow(3, model, organization, of["vintage"], published, told, of["server"], of["usual"], reason)


def worth(when: datetime.date) -> float:
    """A server on a day."""
    return 40e3 * math.exp(-RATE * (when - datetime.date(2023, 3, 1)).days * 86400.0)


def test_the_rate_is_per_second_and_the_network_has_its_share() -> None:
    found = amortization(METHOD)
    assert (float(found.decline_per_s), float(found.network_share)) == (pytest.approx(RATE, rel=1e-12), 0.2)


def test_a_run_began_its_own_length_and_the_lag_before_publication() -> None:
    assert training_cost._start(row(run_h=240.0), METHOD) == DAY - datetime.timedelta(days=70)
    assert training_cost._start(row(), METHOD) == DAY - datetime.timedelta(days=100)


def test_energy_has_the_price_of_the_nearest_year() -> None:
    for year, price in ((2015, 0.05), (2021, 0.05), (2023, 0.07), (2030, 0.07)):
        assert training_cost._energy_price(row(datetime.date(year, 5, 5)), METHOD) == pytest.approx(price / KWH)


@pytest.mark.parametrize(
    ("told", "mean_w"),
    [
        ({"energy_kwh": 5e5, "chip_hours": 1e6, "facility_kw": 3.0, "chips_count": 4.0}, 500.0),
        ({"facility_kw": 3000.0, "chips_count": 1500.0, "energy_kwh": 1.0}, 2000.0 * 0.7),
        ({"facility_kw": 3000.0, "chip_hours": 7.0}, 1400.0 * 0.7 * 1.25),
        ({"organization": "Meta AI", "chips_count": 8.0}, 1400.0 * 0.7 * 1.1),
        ({"vintage": "paper-2024"}, 1300.0 * 0.7 * 1.25),
    ],
)
def test_mean_power_is_told_by_energy_then_by_the_facility_then_by_the_server(told: dict, mean_w: float) -> None:
    assert training_cost._mean_power_w(row(**told), METHOD) == pytest.approx(mean_w)


def test_the_identity_is_capital_used_up_and_energy() -> None:
    """10^6 chip-hours of 30,000 dollars with a network of a fifth, and 0.8 kW of the chips at 7 cents."""
    usd, built_on = training_cost._identity(row(chip_hours=1e6, server_value_usd=30e3, energy_kwh=8e5), METHOD, ())
    assert built_on == ""
    assert usd == pytest.approx(3.6e9 * 30e3 * RATE / 0.8 + 8e5 * 0.07, rel=1e-9)
    for lacking in (row(chip_hours=1e6), row(server_value_usd=3e4), row(chip_hours=1e6, server_value_usd=3e4, server=None)):
        assert training_cost._identity(lacking, METHOD, ()) == (None, "")


def test_a_value_far_above_a_server_holds_an_earlier_run_whose_energy_counts_too() -> None:
    """At most half more than a server is a server; twice as much is 2 x 10^6 chip-hours of an unknown run, or those of one that fits."""
    alone = worth(DAY - datetime.timedelta(days=100))
    plain, twice = (row(chip_hours=1e6, server_value_usd=part * alone, facility_kw=2.0, chips_count=2.0) for part in (1.49, 2.0))
    kwh = 1e6 * 1.0 * 0.7
    usd, built_on = training_cost._identity(plain, METHOD, ())
    assert (usd, built_on) == (pytest.approx(3.6e9 * 1.49 * alone * RATE / 0.8 + kwh * 0.07, rel=1e-9), "")
    usd, built_on = training_cost._identity(twice, METHOD, ())
    assert (usd, built_on) == (pytest.approx(3.6e9 * 2.0 * alone * RATE / 0.8 + 2.0 * kwh * 0.07, rel=1e-9), "an unknown run")
    first = row(datetime.date(2024, 1, 1), model="first", chip_hours=9e5, server_value_usd=alone * 1.1)
    usd, built_on = training_cost._identity(twice, METHOD, (first, twice))
    assert (usd, built_on) == (pytest.approx(3.6e9 * 2.0 * alone * RATE / 0.8 + 1.9 * kwh * 0.07, rel=1e-9), "first")


def earlier(usd_h: float = 100.0, day: int = 1, model: str = "before", organization: str = "Other Lab, Third", **more) -> CostRow:
    """A run of some dollars times hours, in January of the year of the other."""
    return row(datetime.date(2024, 1, day), organization, model, chip_hours=usd_h / 4.0, server_value_usd=4.0, **more)


def base(*others: CostRow) -> str | None:
    """The model found for 100 dollars times hours unexplained."""
    found = training_cost._base(row(), 100.0, others)
    return None if found is None else found.model


def test_the_earlier_run_is_the_nearest_within_a_fifth() -> None:
    assert base() is None
    assert base(earlier(110.0, model="far"), earlier(95.0, model="near"), earlier(92.0, model="lower")) == "near"
    assert base(earlier(120.0)) == "before"
    assert base(earlier(80.1)) == "before"
    assert base(earlier(120.1)) is None
    assert base(earlier(79.9)) is None


def test_the_earlier_run_is_of_the_same_people_and_chip_and_another_model_and_was_out_before() -> None:
    assert base(earlier(server=server("H100 PCIe"))) == "before"
    wrong = [
        earlier(server=server("A100 SXM5")),
        earlier(server=None),
        earlier(organization="Others, Smaller"),
        earlier(organization=" , "),
        earlier(model="m"),
        row(None, model="x", chip_hours=25.0, server_value_usd=4.0),
        row(DAY, model="x", chip_hours=25.0, server_value_usd=4.0),
        row(datetime.date(2024, 1, 1), model="x", chip_hours=100.0),
        row(datetime.date(2024, 1, 1), model="x", server_value_usd=100.0),
    ]
    assert [base(each) for each in wrong] == [None] * len(wrong)
    undated = [row(None), row(server=None)]
    assert [training_cost._base(each, 100.0, (earlier(),)) for each in undated] == [None, None]
    assert training_cost._people(row(organization="Google DeepMind, Meta AI, ,")) == {"Google", "Meta"}


@pytest.mark.parametrize("tensor", [False, True])
@pytest.mark.parametrize("usual", [False, True])
def test_from_compute_alone(tensor: bool, usual: bool) -> None:
    """10^24 FLOP at 40 % of 10^15 a second, on servers of a hundred days before; factors of 2 each way, 3 for a chip nobody named."""
    middle, low, high = training_cost._blind(row(work_flop=1e24, server=server(tensor=tensor), usual=usual), METHOD)
    time_s = 1e24 / (1e15 * 0.4)
    power_w = 1400.0 * 0.7 * (1.1 if tensor else 1.25)
    half = math.sqrt((0.5 * math.log(0.5 / 0.25)) ** 2 + math.log(2.0) ** 2 + (math.log(3.0) ** 2 if usual else 0.0))
    capital = time_s * worth(DAY - datetime.timedelta(days=100)) * RATE / 0.8
    assert middle == pytest.approx(capital + time_s * power_w * 0.07 / KWH, rel=1e-9)
    assert (low, high) == (pytest.approx(middle / math.exp(half)), pytest.approx(middle * math.exp(half)))


def test_nothing_comes_of_a_row_without_work_server_or_day() -> None:
    for lacking in (row(), row(work_flop=1e24, server=None), row(None, work_flop=1e24)):
        assert training_cost._blind(lacking, METHOD) == (None, None, None)


def test_a_row_that_cannot_be_read_has_its_reason_and_what_was_seen() -> None:
    found = training_cost._cost(row(reason="no chip", total_usd=7.0, work_flop=1e24), METHOD, ())
    assert (found.reason, found.seen_usd, found.blind_usd, found.built_on) == ("no chip", 7.0, None, "")
    for lacking in (row(None, work_flop=1e24), row(server=None, work_flop=1e24)):
        assert training_cost._cost(lacking, METHOD, ()).blind_usd is None
    whole = training_cost._cost(row(chip_hours=1e6, server_value_usd=30e3, work_flop=1e24), METHOD, ())
    assert (whole.reason, whole.seen_usd) == ("", None)
    assert whole.low_usd < whole.blind_usd < whole.high_usd
    bare = training_cost._cost(row(chip_hours=1e6, server_value_usd=30e3), METHOD, ())
    assert (bare.identity_usd, bare.reason) == (whole.identity_usd, "work_flop: is missing, so nothing can be said from compute alone")


def test_an_earlier_run_may_be_a_shipped_one_or_one_of_the_same_table(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = worth(DAY - datetime.timedelta(days=100))
    twice, first = row(chip_hours=1e6, server_value_usd=2.0 * alone), row(datetime.date(2024, 1, 1), model="first", chip_hours=1e6,
                                                                         server_value_usd=alone)  # fmt: skip
    assert [each.built_on for each in validate_costs([twice, first]).costs] == ["first", ""]
    monkeypatch.setattr(training_cost, "shipped_cost_rows", lambda: (first,))
    assert validate_costs([twice]).costs[0].built_on == "first"


@pytest.mark.parametrize(("chip", "over"), [("H100 SXM5", 1.7), ("A100", 1.6)])
def test_parts_of_a_cost(chip: str, over: float) -> None:
    """Servers with their network are a rate of what they are worth; the network a fifth of it, chips the rest less what is around them."""
    of = row(chip_hours=1e6, server_value_usd=30e3, server=server(chip))
    servers = 3.6e9 * 30e3 * RATE / 0.8
    whole = servers / 0.9
    chips = 0.8 * servers / over
    shares = (chips / whole, (0.8 * servers - chips) / whole, 0.2 * 0.9, 0.1)
    assert parts_of(cost(of, identity=whole)) == pytest.approx(shares, rel=1e-9)
    assert parts_of(cost(of)) is None
    assert parts_of(cost(row(server=None), identity=5.0)) is None


@pytest.mark.parametrize(
    ("told", "watts"),
    [({}, 1250.0 * 1.4), ({"vintage": "paper-2024"}, 1250.0 * 1.3), ({"organization": "Other, Meta"}, 1100.0 * 1.4)],
)  # fmt: skip
def test_capacity_is_that_of_all_chips_at_full_load(told: dict, watts: float) -> None:
    assert capacity_w(cost(row(chips_count=1000.0, **told))) == pytest.approx(1000.0 * watts)
    assert capacity_w(cost(row(**told))) is None
    assert capacity_w(cost(row(server=None, chips_count=1000.0))) is None


def cost(of: CostRow | None = None, identity=None, blind=None, low=None, high=None, seen=None, built_on: str = "") -> Cost:
    """A row worked out."""
    return Cost(row() if of is None else of, identity, blind, low, high, seen, built_on, "")


def test_slices_by_chip_and_vintage_leave_out_those_where_nothing_was_published() -> None:
    ones = [
        cost(row(vintage=""), seen=1.0),
        cost(row(server=server("TPU", True)), seen=2.0, built_on="x"),
        cost(row(usual=True, server=server("TPU", True), vintage="paper"), seen=3.0),
        cost(row(server=None), seen=4.0),
        cost(row(vintage="silent")),
    ]
    found = {name: [each.seen_usd for each in some] for name, some in training_cost._sliced(ones).items()}
    assert found == {
        "all": [1.0, 2.0, 3.0, 4.0, None], "gpu": [1.0, 4.0, None], "no vintage": [1.0], "tpu": [2.0], "code-2024": [2.0, 4.0],
        "built on another": [2.0], "chip not told": [3.0], "paper": [3.0],
    }  # fmt: skip


def test_a_score_is_in_percent_and_orders_of_magnitude() -> None:
    """Errors of 10^0.1, 10^-0.3, 10^0.7; one of three in its range, which holds its ends."""
    ones = [
        cost(identity=99.0, blind=100.0 * 10**0.1, low=100.0, high=150.0, seen=100.0),
        cost(identity=205.0, blind=200.0 * 10**-0.3, low=60.0, high=199.0, seen=200.0),
        cost(blind=300.0 * 10**0.7, low=301.0, high=5e3, seen=300.0),
        cost(identity=5.0, blind=6.0, low=1.0, high=9.0),
        cost(seen=7.0),
    ]
    found = training_cost._score(ones)
    assert (found.rows, found.identity_rows, found.blind_rows) == (4, 2, 3)
    assert found.identity_max_percent == pytest.approx(2.5)
    assert (found.blind_median_dex, found.blind_p90_dex) == (pytest.approx(0.3), pytest.approx(0.3 + 0.8 * 0.4))
    assert found.coverage_percent == pytest.approx(100.0 / 3.0)
    top = cost(identity=95.0, blind=90.0, low=80.0, high=100.0, seen=100.0)
    assert training_cost._score([top, *ones]).coverage_percent == pytest.approx(50.0)
    assert training_cost._score([top, *ones]).identity_max_percent == pytest.approx(5.0)
    assert training_cost._score([cost(seen=7.0)]) == CostSlice(1, 0, None, 0, None, None, None)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((0.1, 0.3, 80.0), []),
        ((None, None, None), []),
        ((0.1234, 0.3, 80.0), ["identity: the worst row is off by 0.123 %, the goal is 0.1"]),
        ((0.1, 0.35, 80.0), ["from compute alone: median error 0.35 orders of magnitude, the goal is 0.3"]),
        ((0.1, 0.3, 79.4), ["from compute alone: ranges of 90 % hold 79 % of the rows, the goal is 80"]),
    ],
)
def test_goals_that_are_missed_are_told(numbers: tuple, told: list[str]) -> None:
    percent, dex, held = numbers
    assert training_cost._missed({"all": CostSlice(5, 4, percent, 3, dex, 9.9, held)}) == told
    assert training_cost._missed({"gpu": CostSlice(5, 4, 9.0, 3, 9.0, 9.9, 1.0)}) == []


def test_a_table_is_scored_by_slice() -> None:
    found = validate_costs([row(chip_hours=1e6, server_value_usd=30e3, total_usd=1.0), row(work_flop=1e24)])
    assert (found.slices["all"].rows, found.slices["all"].identity_rows) == (1, 1)
    assert [each.row.numbers for each in found.costs][1] == {"work_flop": 1e24}
    assert len(found.missed) == 1
