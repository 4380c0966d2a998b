"""Figures of climates, cooling and heat from tables written here: which key is read, in which unit, and what is said of what is wrong."""

import copy
import re

import numpy as np
import pytest

from capexmodel.config import siting
from capexmodel.energy.climate import Climate
from capexmodel.errors import ConfigError
from capexmodel.param import param
from capexmodel.types import Scalar

CLIMATE = {"mean_celsius": 10, "season_celsius": {"value": 8}, "day_celsius": 5, "humidity_share": 0.7}
LOOP = {
    "supply_celsius": 27, "range_celsius": 12, "approach_celsius": 2, "wetted_share": 0.8, "moving_share": 0.09, "still_share": 0.25,
    "condenser_celsius": 11, "carnot_share": 0.45,
}  # fmt: skip
KIND = {
    "title": "a kind", "heat_share": {"wet": 0.25, "dry": 0.75}, "loss_share": 0.04, "drawn_ratio": 1.3, "rack_celsius": 9,
    "price_musd_per_mw": 12, "price_usd_per_w": 13, "rack_kw": 40,
}  # fmt: skip
NETWORK = {"supply_celsius": 75, "demand_mw": 100, "month_share": {"value": [1.0, 0.5, 0.25]}, "price_usd_per_mwh": 36}
PUMP = {"carnot_share": 0.5, "pinch_celsius": 4, "capacity_mw": 7, "capacity_usd_per_kw_per_year": 31.5576}
FILES = {
    "climate": {"climate": {"here": CLIMATE, "there": CLIMATE | {"offset_celsius": 2, "mean_celsius": 12}}},
    "cooling": {
        "loop": {"dry": LOOP, "wet": LOOP | {"supply_celsius": 18}},
        "cooling": {"mixed": KIND, "other": KIND | {"heat_share": {"wet": 1, "dry": 0}, "rack_kw": 50}},
    },
    "heat": {"network": {"town": NETWORK}, "pump": {"large": PUMP}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> dict:
    """The tables written here in the place of the shipped ones; a test may take keys out of its copy."""
    copied = copy.deepcopy(FILES)
    monkeypatch.setattr(siting, "file", lambda name: copied[name])
    return copied


def numbers(found: object, *fields: str) -> list:
    """Fields as plain numbers."""
    return [np.asarray(getattr(found, field)).tolist() for field in fields]


def test_a_climate_is_read_by_place_and_an_offset_is_none_where_none_is_told():
    found = siting.climates()
    fields = ("mean_celsius", "season_celsius", "day_celsius", "humidity_share", "offset_celsius")
    assert list(found) == ["here", "there"]
    assert numbers(found["here"], *fields) == [10.0, 8.0, 5.0, 0.7, 0.0]
    assert numbers(found["there"], *fields) == [12.0, 8.0, 5.0, 0.7, 2.0]


def test_what_is_not_told_is_as_declared(monkeypatch):
    class Dusty(Climate):
        dust_share: Scalar = param("dust in the air", default=0.25)

    monkeypatch.setattr(siting, "Climate", Dusty)
    assert [float(climate.dust_share) for climate in siting.climates().values()] == [0.25, 0.25]


def test_loops_stand_side_by_side():
    found = siting.loops()
    assert found.names == ("dry", "wet")
    assert numbers(found, "supply_celsius", "range_celsius", "approach_celsius") == [[27.0, 18.0], [12.0, 12.0], [2.0, 2.0]]
    assert numbers(found, "wetted_share", "moving_share", "still_share") == [[0.8, 0.8], [0.09, 0.09], [0.25, 0.25]]
    assert numbers(found, "condenser_celsius", "carnot_share") == [[11.0, 11.0], [0.45, 0.45]]


def test_one_loop_alone_is_enough(files):
    del files["cooling"]["loop"]["wet"], files["cooling"]["cooling"]["other"]
    assert siting.loops().names == ("dry",)
    assert numbers(siting.cooling(), "heat_share", "rack_w") == [[[0.75]], [40e3]]


@pytest.mark.parametrize(
    ("asked", "names", "shares", "rack_w"),
    [
        (None, ("mixed", "other"), [[0.75, 0.25], [0.0, 1.0]], [40e3, 50e3]),
        (["other", "mixed"], ("other", "mixed"), [[0.0, 1.0], [0.75, 0.25]], [50e3, 40e3]),
        (["other"], ("other",), [[0.0, 1.0]], [50e3]),
    ],
)
def test_kinds_of_cooling_are_those_asked_for_with_their_share_of_each_loop(asked, names, shares, rack_w):
    found = siting.cooling(asked)
    assert found.names == names
    assert numbers(found, "heat_share", "rack_w") == [shares, rack_w]


def test_the_first_key_of_a_stem_and_dimension_counts_in_its_own_unit():
    found = siting.cooling(["mixed"])
    assert numbers(found, "price_usd_per_w", "rack_w", "drawn_ratio", "loss_share") == [[12.0], [40e3], [1.3], [0.04]]


def test_the_demand_of_a_network_is_a_share_of_the_largest_by_month():
    found = siting.heat_network("town")
    assert numbers(found, "demand_w", "supply_celsius") == [[1e8, 5e7, 2.5e7], 75.0]
    assert float(found.price_usd_per_j) == pytest.approx(1e-8, rel=1e-12)


def test_a_pump_costs_by_its_heat_and_time():
    found = siting.heat_pump("large")
    assert numbers(found, "carnot_share", "pinch_celsius") == [0.5, 4.0]
    assert float(found.capacity_usd_per_w_per_s) == pytest.approx(1e-9, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("othr", "energy/cooling.toml: has no cooling 'othr'; is 'other' meant?"),
        ("ice", "energy/cooling.toml: has no cooling 'ice'"),
        ("x" * 41, f"energy/cooling.toml: has no cooling '{'x' * 40}'"),
    ],
)
def test_a_kind_that_is_not_there_is_told(kind, text):
    with pytest.raises(ConfigError, match=rf"^{re.escape(text)}$"):
        siting.cooling(["mixed", kind])


READ = {
    "climate": siting.climates,
    "loop": siting.loops,
    "cooling": siting.cooling,
    "network": lambda: siting.heat_network("town"),
    "pump": lambda: siting.heat_pump("large"),
}


@pytest.mark.parametrize(
    ("file", "table", "member", "key", "text"),
    [
        ("climate", "climate", "there", "day_celsius", "energy/climate.toml: climate.there has no 'day_celsius'"),
        ("cooling", "loop", "wet", "carnot_share", "energy/cooling.toml: loop.wet has no 'carnot_share'"),
        ("cooling", "cooling", "other", "rack_kw", "energy/cooling.toml: cooling.other has no 'rack_w'"),
        ("heat", "network", "town", "supply_celsius", "energy/heat.toml: network.town has no 'supply_celsius'"),
        ("heat", "network", "town", "demand_mw", "energy/heat.toml: has no 'demand_mw'"),
        ("heat", "pump", "large", "capacity_usd_per_kw_per_year", "energy/heat.toml: pump.large has no 'capacity_usd_per_w_per_s'"),
    ],
)
def test_what_is_missing_is_told_by_file_member_and_key(files, file, table, member, key, text):
    del files[file][table][member][key]
    with pytest.raises(ConfigError, match=rf"^{re.escape(text)}$"):
        READ[table]()


@pytest.mark.parametrize(
    ("file", "table", "member", "key", "value", "text"),
    [
        ("climate", "climate", "here", "day_celsius", -1, "energy/climate.toml: climate.here.day_celsius: got -1, expected at least 0"),
        ("climate", "climate", "here", "humidity_share", 0, "energy/climate.toml: climate.here.humidity_share: got 0, expected above 0"),
        ("cooling", "loop", "dry", "wetted_share", 1.5, "energy/cooling.toml: loop.dry.wetted_share: got 1.5, expected at most 1"),
        ("cooling", "cooling", "other", "rack_kw", 0, "energy/cooling.toml: cooling.other.rack_kw: got 0, expected above 0"),
        ("heat", "network", "town", "price_usd_per_mwh", -3600,
         "energy/heat.toml: network.town.price_usd_per_mwh: got -3600, expected at least 0"),
        ("heat", "pump", "large", "pinch_celsius", -2, "energy/heat.toml: pump.large.pinch_celsius: got -2, expected at least 0"),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_told_by_its_key(files, file, table, member, key, value, text):
    files[file][table][member][key] = value
    with pytest.raises(ConfigError, match=rf"^{re.escape(text)}$"):
        READ[table]()


@pytest.mark.parametrize(("key", "value"), [("day_celsius", 0), ("humidity_share", 1), ("season_celsius", -4)])
def test_what_is_just_within_bounds_is_taken(files, key, value):
    files["climate"]["climate"]["here"][key] = value
    assert numbers(siting.climates()["here"], key) == [float(value)]


def test_of_two_spellings_of_a_figure_the_first_is_read(files):
    files["heat"]["network"]["town"]["price_usd_per_mwh"] = -3600
    files["heat"]["network"]["town"]["price_usd_per_kwh"] = 1
    with pytest.raises(ConfigError, match=r"town\.price_usd_per_mwh: got -3600, "):
        READ["network"]()
