"""Sources of power, batteries and places from small files: each figure where it belongs, limits to the letter, and what is wrong."""

import pytest

from capexmodel.config import energy as room
from capexmodel.config.energy import market
from capexmodel.config.figures import Given
from capexmodel.errors import ConfigError

MWH, KWH, MONTH = 3.6e9, 3.6e6, 2629800.0
SOURCES = """
[money]
rate_share = 0.0625

[fuel]
gas_usd_per_mwh = 18
gas_g_per_kwh = { value = 180, status = "reported", source = "early" }

[delivery]
spread_share = 0.25

[source.grid]
title = "the grid"
energy_usd_per_mwh = 72
carbon_g_per_kwh = 360
wear_usd_per_mwh = 9
clean_share = 0.5
build_months = 48

[source.engine]
plant = "engine"
gas = true
efficiency_share = 0.4
fixed_per_year = 0.5
wear_usd_per_mwh = 36
life_years = 25

[source.farm]
weather = "wind"
efficiency_share = 0.8
contract_usd_per_mwh = 54
clean_share = 1
build_months = 24
most_mw = 100

[battery]
title = "cells"
power_usd_per_kw = 500
store_usd_per_kwh = 360
fixed_per_year = 0.25
charge_share = 0.75
discharge_share = 0.875
life_years = 15
build_months = 12
"""
WEATHER = "latitude_share = 0.25\nclear_ratio = 1.5\ndimmed_share = 0.5\nwind_share = 0.375\nseason_share = 0.125\nweather_share = 0.875\n"
PLACES = f"""
[place.coast]
title = "the coast"
{WEATHER}
grid_usd_per_mwh = 108
grid_g_per_kwh = 720

[place.hill]
{WEATHER}
grid_g_per_kwh = 0
"""
CATALOG = """
[source.engine]
price_usd_per_kw = 1800
build_months = { value = 15, low = 12, high = 18, status = "derived", source = "late" }

[source.other]
price_usd_per_kw = 900
build_months = 10
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Three sources, two places, a battery and a catalog of two plants."""
    for name, text in {"energy/sources": SOURCES, "energy/weather": PLACES, "catalog/sources_of_power": CATALOG}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.toml").write_text(text)
    monkeypatch.setattr(room, "configs_dir", lambda: tmp_path)
    for one in (room._shipped, room._catalog):
        one.cache_clear()
    yield tmp_path
    for one in (room._shipped, room._catalog):
        one.cache_clear()


@pytest.fixture
def own(folder, monkeypatch):
    """What is known with a file of one's own, called `own.toml`."""

    def _own(text):
        (folder / "own.toml").write_text(text)
        monkeypatch.setattr(room, "called", lambda path: path.name)
        return market(folder / "own.toml")

    return _own


def test_what_no_source_has_to_itself_is_common():
    assert {name: figure.value for name, figure in market().common.items()} == pytest.approx(
        {
            "money.rate_share": 0.0625, "fuel.gas_usd_per_mwh": 18 / MWH, "fuel.gas_g_per_kwh": 0.18 / KWH, "delivery.spread_share": 0.25,
            "battery.power_usd_per_kw": 0.5, "battery.store_usd_per_kwh": 1e-4, "battery.fixed_per_year": 0.25 / (12 * MONTH),
            "battery.charge_share": 0.75, "battery.discharge_share": 0.875, "battery.life_years": 180 * MONTH,
            "battery.build_months": 12 * MONTH,
        },
        rel=1e-12,
    )  # fmt: skip
    assert market().common["fuel.gas_g_per_kwh"].source == "early"
    assert float(market().fuel.heat_usd_per_j) == pytest.approx(5e-9, rel=1e-12)
    assert float(market().fuel.heat_kg_per_j) == pytest.approx(5e-8, rel=1e-12)


def test_sources_are_what_their_tables_say():
    grid, engine, farm = market().sources.values()
    assert [(one.name, one.title, one.gas, one.weather) for one in (grid, engine, farm)] == [
        ("grid", "the grid", False, ""), ("engine", "engine", True, ""), ("farm", "farm", False, "wind"),
    ]  # fmt: skip
    assert {name: figure.value for name, figure in farm.figures.items()} == pytest.approx(
        {
            "efficiency_share": 0.8, "contract_usd_per_mwh": 54 / MWH, "clean_share": 1.0, "build_months": 24 * MONTH, "most_mw": 1e8,
        },
        rel=1e-12,
    )  # fmt: skip
    assert engine.figures["build_months"] == Given(15 * MONTH, 12 * MONTH, 18 * MONTH, "derived", "late")
    assert engine.value("capital_usd_per_kw") == pytest.approx(1.8)
    assert set(engine.figures) == {
        "capital_usd_per_kw", "build_months", "efficiency_share", "fixed_per_year", "wear_usd_per_mwh", "life_years",
    }  # fmt: skip
    assert (farm.value("life_years"), farm.value("life_years", 7.0), farm.value("clean_share", 7.0)) == (0.0, 7.0, 1.0)


def test_places_are_their_weather_and_what_their_grid_asks():
    coast, hill = market().places.values()
    assert [(one.name, one.title) for one in (coast, hill)] == [("coast", "the coast"), ("hill", "hill")]
    names = ("latitude_share", "clear_ratio", "dimmed_share", "wind_share", "season_share", "weather_share")
    for place in (coast, hill):
        assert [float(getattr(place.weather, name)) for name in names] == [0.25, 1.5, 0.5, 0.375, 0.125, 0.875]
    assert list(coast.figures) == [*names, "grid_usd_per_mwh", "grid_g_per_kwh"]
    assert list(hill.figures) == [*names, "grid_g_per_kwh"]
    assert [coast.figures[name].value for name in ("clear_ratio", "grid_usd_per_mwh", "grid_g_per_kwh")] == pytest.approx([1.5, 3e-8, 2e-7])


def test_sources_are_named_in_any_order_but_once():
    known = market()
    assert [one.name for one in known.named(iter(["farm", "grid"]))] == ["farm", "grid"]
    assert known.named([]) == ()
    assert known.place("hill").name == "hill"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: market().named(["grid", "gird"]), "no source of power \"gird\", expected grid, engine, farm; is 'grid' meant?"),
        (lambda: market().named(["x"]), 'no source of power "x", expected grid, engine, farm'),
        (lambda: market().named(["farm", "grid", "farm"]), "the source of power 'farm' is named twice"),
        (lambda: market().place("coats"), "no place \"coats\", expected coast, hill; is 'coast' meant?"),
        (lambda: market().place("x"), 'no place "x", expected coast, hill'),
    ],
)
def test_a_name_that_is_not_known_is_said(call, said):
    with pytest.raises(ConfigError) as error:
        call()
    assert str(error.value) == said


def test_sources_and_places_of_ones_own_stand_beside_the_shipped_or_in_their_place(own):
    known = own(f"[source.tide]\nbuild_months = 30\n[source.grid]\nbuild_months = 2\n[place.bay]\n{WEATHER}\n[place.hill]\n{WEATHER}")
    assert list(known.sources) == ["grid", "engine", "farm", "tide"]
    assert set(known.sources["grid"].figures) == {"build_months"}
    assert list(known.places) == ["coast", "hill", "bay"]
    assert "grid_g_per_kwh" not in known.places["hill"].figures
    assert list(market().sources) == ["grid", "engine", "farm"]


def test_a_file_of_ones_own_may_hold_either(own):
    assert list(own(f"[place.bay]\n{WEATHER}").places) == ["coast", "hill", "bay"]
    assert list(own("[source.tide]\nbuild_months = 30").sources) == ["grid", "engine", "farm", "tide"], "what the file holds now"


@pytest.mark.parametrize(
    "line",
    [
        "build_months = 0.001", "clean_share = 0", "clean_share = 0.25", "clean_share = 1", "available_share = 1.0", "weather = 'solar'",
        "weather = ''", "gas = false", "gas = true\nefficiency_share = 0.001", "gas = true\nefficiency_share = 1", "most_mw = 0",
        "contract_usd_per_mwh = 0", "plant = 'other'\nlife_years = 1e-9", "fixed_per_year = 9e59", "title = 'a'",
    ],
)  # fmt: skip
def test_a_figure_may_be_at_its_limit(own, line):
    months = "" if "build_months" in line or "plant" in line else "build_months = 3\n"
    assert own(f"[source.x]\n{months}{line}").sources["x"].name == "x"


def test_what_a_source_says_itself_goes_before_the_catalog(own):
    found = own("[source.x]\nplant = 'engine'\nbuild_months = 3\nlife_years = 1").sources["x"]
    assert found.figures["build_months"] == Given(3 * MONTH, None, None, "scenario", "")
    assert found.value("capital_usd_per_kw") == pytest.approx(1.8)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("carbn_g_per_kwh = 3", ".carbn_g_per_kwh is not a known key; is 'carbon_g_per_kwh' meant?"),
        ("q = 3", ".q is not a known key"),
        ("'a b' = 3", '."a b" is not a known key'),
        ("plant = 'engin'", ".plant: \"engin\" is not in the catalog; is 'engine' meant?"),
        ("plant = 'q'", '.plant: "q" is not in the catalog'),
        ("weather = 'solr'", ".weather: got \"solr\", expected wind or solar; is 'solar' meant?"),
        ("weather = 'q'", '.weather: got "q", expected wind or solar'),
        ("gas = 1", ".gas: got 1, expected true or false"),
        ("gas = true", " has no 'efficiency_share'"),
        ("gas = true\ncapital_usd_per_kw = 3", " has no 'efficiency_share'"),
        ("capital_usd_per_kw = 3", " has no 'life_years'"),
        ("plant = 'other'", " has no 'life_years'"),
        ("efficiency_share = 0", ".efficiency_share: got 0, expected above 0 and at most 1"),
        ("efficiency_share = 1.0001", ".efficiency_share: got 1.0001, expected above 0 and at most 1"),
        ("clean_share = -0.5", ".clean_share: got -0.5, expected at least 0 and at most 1"),
        ("clean_share = 1.5", ".clean_share: got 1.5, expected at least 0 and at most 1"),
        ("life_years = 0", ".life_years: got 0, expected above 0"),
        ("build_months = 0", ".build_months: got 0, expected above 0"),
        ("most_mw = -1e-6", ".most_mw: got -1e-06, expected at least 0"),
        ("contract_usd_per_mwh = -3.6", ".contract_usd_per_mwh: got -3.6, expected at least 0"),
        ("weather = 'wind'", " has no 'build_months': when could it be there?"),
        ("title = 3", ".title is not a line of text, got 3, expected at most 200 plain characters"),
        ("wear_usd_per_mwh = 'much'", ': wear_usd_per_mwh.value is no number, got "much"'),
    ],
)
def test_what_is_wrong_with_a_source_is_said(own, line, said):
    months = "" if said.startswith((" has no 'build", ".build")) else "build_months = 3\n"
    with pytest.raises(ConfigError) as error:
        own(f"[source.x]\n{months}{line}")
    assert str(error.value) == f"own.toml: source.x{said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[place.x]\n{WEATHER}clear_ratios = 1", "place.x.clear_ratios is not a known key; is 'clear_ratio' meant?"),
        (f"[place.x]\n{WEATHER}q = 1", "place.x.q is not a known key"),
        ("[place.x]\n" + WEATHER.replace("season_share = 0.125\n", ""), "place.x: has no 'season_share'; is 'weather_share' meant?"),
        ("[place.x]\n" + WEATHER.replace("0.375", "1.5"), "place.x.wind_share: got 1.5, expected at most 1"),
        ("[place.x]\n" + WEATHER.replace("0.375", "-1.5"), "place.x.wind_share: got -1.5, expected at least 0"),
        (f"[place.x]\n{WEATHER}title = []", "place.x.title is not a line of text, got [], expected at most 200 plain characters"),
        ("[place]\nx = 3", "place.x is no table, got 3"),
        ("source = 5", "source is no table, got 5, expected [source.NAME]"),
        ('place = "x"', 'place is no table, got "x", expected [place.NAME]'),
        ("[source.x]\nplant = ['engine']", "source.x.plant: [\"engine\"] is not in the catalog"),
        ("[source.x]\nbuild_months = [25]", "source.x: build_months.value is no number, got [25]"),
        ("[source.x]\nbuild_months = 2026-01-01", "source.x: build_months.value is no number, got 2026-01-01"),
        ("[source.x]\nbuild_months = true", "source.x: build_months.value is no number, got true"),
        (f"[source.x]\nbuild_months = 1{'0' * 310}", "source.x: build_months.value is no number, got a whole number of 1030 bits"),
        ("[source.x]\nbuild_months = 3\nweather = 0", "source.x.weather: got 0, expected wind or solar"),
        ("[source.x]\nbuild_months = 3\nweather = []", "source.x.weather: got [], expected wind or solar"),
        ("[source]\n'a b' = [1]", 'source."a b" is no table, got [1]'),
        ("[source.x]\nbuild_months = 3\n[sauce.y]\nq = 3", '"sauce" is not a known table, expected [source.NAME] or [place.NAME]'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(own, text, said):
    with pytest.raises(ConfigError) as error:
        own(text)
    assert str(error.value) == f"own.toml: {said}"


def test_an_empty_file_holds_no_table(own):
    for text in ("", "[source]", "[place]\n[source]"):
        with pytest.raises(ConfigError, match=r"^own\.toml: is empty, expected \[source\.NAME\] or \[place\.NAME\]$"):
            own(text)
