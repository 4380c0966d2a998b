"""The cheapest power of a site, of markets and answers made up by hand."""

import math
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.energy import Market, Place, SourceOfPower
from capexmodel.config.figures import Given
from capexmodel.energy.build_out import BuildOut
from capexmodel.energy.clean import Matching
from capexmodel.energy.column import FirmColumn
from capexmodel.energy.plants import Cells, Plants
from capexmodel.energy.portfolio import Battery, Draw, Operation, Sources
from capexmodel.errors import ConfigError, SolveError
from capexmodel.studies import power as room
from capexmodel.studies import power_schedule
from capexmodel.studies.power import Found, Wish
from tests.bare import bare

YEAR_S = room.YEAR_S


def source(name: str, weather: str = "", gas: bool = False, **figures: float) -> SourceOfPower:
    """A source with its figures."""
    return SourceOfPower(name, name, gas, weather, {field: Given(value) for field, value in figures.items()})


WIND, SUN = source("wind", "wind", build_months=40.0, available_share=0.9), source("sun", "solar", build_months=20.0, most_mw=7.0)
GAS, NET = source("gas", gas=True, build_months=30.0, most_mw=9.0, life_years=25.0 * YEAR_S), source("grid", build_months=60.0)
PLACE = bare(Place, name="here", title="Here", weather="weather", figures={"grid_usd_per_mwh": Given(5.0), "wind_speed": Given(8.0)})
COMMON = {
    "money.rate_share": Given(0.08),
    "money.unmet_usd_per_mwh": Given(70.0),
    "battery.life_years": Given(15.0 * YEAR_S),
    "battery.build_months": Given(25.0),
    "fuel.gas_usd_per_mwh": Given(11.0),
    "fuel.gas_g_per_kwh": Given(13.0),
    "delivery.spread_share": Given(0.25),
}


def market() -> Market:
    """What all share."""
    return bare(Market, common=COMMON, sources={}, places={})


def wish(**changed) -> Wish:
    """A load of 200."""
    return Wish(**({"load_w": 200.0, "place": PLACE, "sources": (WIND, SUN, GAS, NET)} | changed))


def test_what_comes_too_late_is_left_out() -> None:
    """By 30: wind and the grid are late, the gas plant is not; the battery where it takes longer and was asked for."""
    kept, late = room._in_time(market(), wish(by_s=30.0))
    assert ([each.name for each in kept.sources], late, kept.battery) == (["sun", "gas"], ("wind", "grid"), True)
    kept, late = room._in_time(market(), wish(by_s=24.9))
    assert ([each.name for each in kept.sources], late, kept.battery) == (["sun"], ("wind", "gas", "grid", "battery"), False)
    assert room._in_time(market(), wish(by_s=25.0))[0].battery
    assert room._in_time(market(), wish(by_s=24.9, battery=False))[1] == ("wind", "gas", "grid")
    whole = wish()
    assert room._in_time(market(), whole) == (whole, ())
    with pytest.raises(ConfigError, match="no source of power could be there by then"):
        room._in_time(market(), wish(by_s=19.0))


def test_what_there_is_of_a_watt_follows_the_weather(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares of wind and sun by day and hour; all of what has no weather; less what is out of order."""
    monkeypatch.setattr(room, "wind_share", lambda weather, days, hours: jnp.full((days, hours), 0.5) if weather == "weather" else None)
    monkeypatch.setattr(room, "sun_share", lambda weather, days, hours: jnp.full((days, hours), 0.3))
    found = np.asarray(room._available(wish(sources=(WIND, SUN, source("old", available_share=0.7), GAS))))
    assert found.shape == (4, 12, 24)
    assert found[:, 3, 5] == pytest.approx([0.45, 0.3, 0.7, 1.0])


def recovery(rate: float, years: float) -> float:
    """Payment of one dollar by time."""
    return rate / (1.0 - (1.0 + rate) ** -years) / YEAR_S


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What sources and cells are asked."""
    calls: dict = {}
    kinds = bare(Plants, names=("wind", "sun", "gas", "grid"))
    stack = bare(Cells)

    def sources(self: Plants, fuel: object, available: object, days: object) -> Sources:
        calls.update(fuel=fuel, available=available, days=days)
        return bare(Sources)

    monkeypatch.setattr(Plants, "sources", sources)
    monkeypatch.setattr(Cells, "battery", lambda self: bare(Battery))
    monkeypatch.setattr(room, "plants", lambda of, paid, place: calls.update(of=of, paid=paid, place=place) or kinds)
    monkeypatch.setattr(room, "cells", lambda of, paid: calls.update(cells=paid) or stack)
    monkeypatch.setattr(room, "_available", lambda given: "available")
    return calls


@pytest.mark.parametrize(("rate", "paid_at"), [(None, 0.08), (0.05, 0.05)])
def test_sources_are_paid_back_over_their_lives_at_the_rate_that_is_asked_for(asked: dict, rate: float | None, paid_at: float) -> None:
    found = room.inputs(market(), wish(rate_share=rate, carbon_usd_per_kg=0.3))
    lives = {"wind": 1.0, "sun": 1.0, "gas": 25.0, "grid": 1.0}
    assert asked["paid"] == {name: pytest.approx(recovery(paid_at, years)) for name, years in lives.items()}
    assert (asked["cells"], asked["place"], len(asked["of"])) == (pytest.approx(recovery(paid_at, 15.0)), PLACE, 4)
    assert (found.draw.load_w.shape, float(found.draw.load_w[3, 5]), float(found.draw.hour_s)) == ((12, 24), 200.0, 3600.0)
    assert found.draw.day_share.tolist() == pytest.approx([1.0 / 12.0] * 12)
    assert (float(found.draw.unmet_usd_per_j), float(found.draw.carbon_usd_per_kg)) == (70.0, 0.3)
    assert (asked["available"], asked["days"].tolist()) == ("available", found.draw.day_share.tolist())


def test_gas_has_the_price_that_is_asked_for(asked: dict) -> None:
    room.inputs(market(), wish())
    assert (float(asked["fuel"].heat_usd_per_j), float(asked["fuel"].heat_kg_per_j)) == (11.0, 13.0)
    room.inputs(market(), wish(heat_usd_per_j=17.0))
    assert (float(asked["fuel"].heat_usd_per_j), float(asked["fuel"].heat_kg_per_j)) == (17.0, 13.0)


def operation(*watts: float, battery: float = 0.0, solved: bool = True, cost: float = 0.0) -> Operation:
    """What is built."""
    capacity = SimpleNamespace(source_w=jnp.asarray(watts), battery_w=jnp.asarray(battery))
    error, parts = 0.0 if solved else 0.0321, (jnp.asarray(0.25 * cost), jnp.asarray(0.75 * cost))
    return bare(Operation, capacity=capacity, error=jnp.asarray(error), running_usd_per_s=parts[0], having_usd_per_s=parts[1])


def draw() -> Draw:
    """Two days of a third and two thirds, 24 hours each."""
    return bare(Draw, day_share=jnp.asarray([0.25, 0.75]), load_w=jnp.stack([jnp.full(24, 100.0), jnp.full(24, 300.0)]))


def test_a_portfolio_rests_on_what_is_built_and_needed() -> None:
    """A hundred-thousandth of the load is not built. Weather, grid, gas and battery count where they are used."""
    own = {f"source.wind.{name}" for name in WIND.figures}
    money = {"money.rate_share", "money.unmet_usd_per_mwh"}
    cases = {
        (0.1, 0.002, 0.0, 0.0, 0.0): own | money | {"place.here.wind_speed"},
        (0.0, 0.0, 0.1, 0.0, 0.0): {f"source.gas.{name}" for name in GAS.figures} | money | {"fuel.gas_usd_per_mwh", "fuel.gas_g_per_kwh"},
        (0.0, 0.0, 0.0, 0.1, 0.1): {"source.grid.build_months", "place.here.grid_usd_per_mwh"}
        | money
        | {"battery.life_years", "battery.build_months"},
        (0.0, 0.0, 0.0, 0.0, 0.002): money,
    }
    for (*watts, battery), names in cases.items():
        assert set(room._evidence(market(), wish(), operation(*watts, battery=battery))) == names
    assert room._evidence(market(), wish(), operation(0.1, 0.0, 0.0, 0.0))["place.here.wind_speed"].value == 8.0


def test_a_program_that_was_not_solved_has_no_portfolio() -> None:
    room._check(jnp.asarray(True), operation())
    with pytest.raises(SolveError, match=r"left with an error of 0\.03"):
        room._check(jnp.asarray(False), operation(solved=False))


def test_what_is_found_is_told_by_what_is_drawn() -> None:
    """A mean of 250 watts; the weakest status is that of what nobody verified."""
    figures = {"a": Given(1.0, status="reported"), "b": Given(1.0, status="recalled"), "c": Given(1.0, status="estimated")}
    found = bare(Found, draw=draw(), operation=operation(cost=500.0), evidence=figures)
    assert (found.drawn_w, found.cost_usd_per_j, found.weakest) == (pytest.approx(250.0), pytest.approx(2.0), "recalled")


def test_a_wish_becomes_limits_of_the_program(asked: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most by source as it stands, then as it is asked for; no battery where none is; carbon by what is drawn."""
    calls: list = []
    for name, of in (("matching", Matching), ("firm_column", FirmColumn)):
        monkeypatch.setattr(room, name, lambda *given, of=of: bare(of))
    monkeypatch.setattr(room, "source_share", lambda *given: jnp.ones(4))
    monkeypatch.setattr(room, "_cheapest", lambda *given: calls.append(given) or operation(1.0, 3.0, 5.0, 7.0))
    found = room.find(market(), wish(most_w={"wind": 3.0, "gas": 4.0, "none": 8.0}, carbon_kg_per_j=0.5, clean_share=0.9))
    assert {name: float(most) for name, most in calls[0][5].items()} == {"sun": 7.0, "gas": 4.0, "wind": 3.0}
    assert (float(calls[0][3]), float(calls[0][4])) == (pytest.approx(0.9), pytest.approx(100.0))
    assert (found.late, found.wish.load_w, found.taken_share.tolist()) == ((), 200.0, [1.0] * 4)
    room.find(market(), wish(battery=False))
    assert (float(calls[1][5]["battery"]), calls[1][3], calls[1][4]) == (0.0, None, None)
    monkeypatch.setattr(room, "_cheapest", lambda *given: operation(solved=False))
    with pytest.raises(SolveError):
        room.find(market(), wish())


def test_a_wish_is_varied_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "find", lambda given, one: bare(Found, wish=one))
    for name, (field, _) in room.VARIED.items():
        assert [getattr(one.wish, field) for one in room.vary(market(), wish(), name, [3.0, 5.0])] == [3.0, 5.0]


def built(*watts: float, battery: float = 0.0) -> Found:
    """A portfolio whose parts take 10, 30 and 50, the battery 40."""
    plants = bare(Plants, names=("wind", "sun", "gas"), build_s=jnp.asarray([10.0, 30.0, 50.0]))
    cells = bare(Cells, build_s=jnp.asarray(40.0))
    return bare(
        Found, plants=plants, cells=cells, sources="s", battery="b", draw="d", operation=operation(*watts, battery=battery), wish=wish()
    )


def test_the_last_part_that_is_ordered_says_how_long_it_takes() -> None:
    """What stands is not ordered, nor is a hundred-thousandth of the load."""
    last = power_schedule._last_s
    assert last(built(90.0, 80.0, 0.001), {}) == 30.0
    assert last(built(90.0, 80.0, 70.0), {"gas": 69.9}) == 50.0
    assert last(built(90.0, 80.0, 70.0), {"gas": 70.0, "sun": 3.0}) == 30.0
    assert last(built(90.0, 80.0, 0.0, battery=5.0), {}) == 40.0
    assert (last(built(90.0, 0.0, 0.0, battery=0.001), {}), last(built(0.0, 0.0, 0.0), {})) == (10.0, 0.0)


@pytest.mark.parametrize(
    ("watts", "count", "periods"),
    [((9.0, 9.0, 9.0), None, 9), ((9.0, 9.0, 9.0), 4, 4), ((9.0, 0.0, 0.0), None, 2), ((0.0, 0.0, 0.0), None, 1)],
)
def test_a_schedule_lasts_until_all_is_there(monkeypatch: pytest.MonkeyPatch, watts: tuple, count: int | None, periods: int) -> None:
    """A lead time and a quarter of it: 62.5 in periods of 7 are nine; at least one, at most sixty."""
    calls: list = []
    monkeypatch.setattr(power_schedule, "_build_out", lambda *given: calls.append(given) or bare(BuildOut))
    found = power_schedule.schedule(market(), built(*watts), {"sun": 3.0, "other": 5.0}, "week", 7.0, count)
    assert found.edges_s.tolist() == [7.0 * n for n in range(periods + 1)]
    assert (found.period_s.tolist(), found.period, found.standing_w) == ([7.0] * periods, "week", {"sun": 3.0, "other": 5.0})
    assert (found.spread.value, calls[0][6].tolist(), calls[0][8]) == (0.25, [0.0, 3.0, 0.0], 0.25)
    assert calls[0][7].tolist() == found.edges_s.tolist()
    long = power_schedule.schedule(market(), built(9.0, 9.0, 9.0), {}, "day", 1.0)
    assert len(long.edges_s) == 61
    assert math.isclose(float(long.edges_s[-1]), 60.0)
