"""The command on the power of a site: what is asked for in base units, which of it goes together, and what is shown."""

from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from capexmodel.cli import power as module
from capexmodel.config.energy import market
from capexmodel.errors import ConfigError
from capexmodel.studies.power import VARIED

FOUND = SimpleNamespace(plants=SimpleNamespace(names=("grid", "wind")))
SOURCES = (SimpleNamespace(name="grid"), SimpleNamespace(name="wind"))


@pytest.fixture
def powering(inside):
    inside.gives("capexmodel.config.energy", market="market")
    inside.gives("capexmodel.cli.power", _wish=SimpleNamespace(sources=SOURCES))
    inside.gives("capexmodel.config.power", varied=("clean", [0.25, 0.5]), most={"grid": 7.0}, spell=("quarter", 5))
    inside.gives("capexmodel.studies.power", find=FOUND, vary=[FOUND, "second"])
    inside.gives("capexmodel.studies.power_schedule", schedule="schedule")
    inside.gives("capexmodel.report.power", power_document={"a": 3}, power_page="POWER", curve_page="CURVE", source_toml="TOML")
    inside.gives("capexmodel.report.power_schedule", schedule_document="built", schedule_page="BUILT")
    inside.gives("capexmodel.report.hours_figure", drawings={"h.svg": b"h"})
    return inside


def test_the_cheapest_portfolio(powering, asked, capsys):
    assert module.power(asked("power --load 3 --energy e.toml --json f.json --figures d")) == 0
    assert powering.of("market") == [(Path("e.toml"),)]
    assert powering.of("_wish")[0][1] == "market"
    wish = powering.of("find")[0][1]
    assert powering.of("find") == [("market", wish)]
    assert wish.sources is SOURCES
    assert powering.of("most") == [([], ["grid", "wind"], "standing")]
    assert powering.of("power_document") == [([FOUND], None, [])]
    assert powering.of("to_json") == [({"a": 3},)]
    assert powering.of("drawings") == [([FOUND], None, [])]
    assert powering.of("write") == [({Path("f.json"): b"json", Path("d/h.svg"): b"h"},)]
    assert (powering.of("check_file"), powering.of("check_folder")) == ([(Path("f.json"),)], [(Path("d"),)])
    assert powering.of("power_page") == [(FOUND,)]
    assert (len(powering.of("keep_compiled")), powering.of("vary"), powering.of("schedule")) == (1, [], [])
    assert capsys.readouterr().out == "the cheapest power by the hour\nPOWER"


def test_a_curve_of_portfolios(powering, asked, capsys):
    assert module.power(asked("power --load 3 --vary clean=0:1:2")) == 0
    assert powering.of("varied") == [("clean=0:1:2", VARIED)]
    assert powering.of("vary")[0][0] == "market"
    assert powering.of("vary")[0][2:] == ("clean", [0.25, 0.5])
    assert powering.of("curve_page") == [("clean", [0.25, 0.5], [FOUND, "second"])]
    assert (powering.of("find"), powering.of("write"), powering.of("check_file")) == ([], [({},)], [])
    assert capsys.readouterr().out.endswith("\nCURVE")


def test_a_portfolio_and_how_it_is_built(powering, asked, capsys):
    """A quarter is a quarter of 365.25 days."""
    assert module.power(asked("power --load 3 --build-out quarter:5 --standing grid=7 --json f.json")) == 0
    assert powering.of("spell") == [("quarter:5",)]
    assert powering.of("most") == [(["grid=7"], ["grid", "wind"], "standing"), (["grid=7"], ("grid", "wind"), "standing")]
    assert powering.of("schedule") == [("market", FOUND, {"grid": 7.0}, "quarter", 365.25 * 86_400.0 / 4.0, 5)]
    assert powering.of("schedule_page") == powering.of("schedule_document") == [(FOUND, "schedule")]
    assert powering.of("to_json") == [({"a": 3, "build_out": "built"},)]
    assert capsys.readouterr().out.endswith("\nPOWERBUILT")


def test_a_portfolio_as_a_source_of_a_scenario(powering, asked, capsys):
    assert module.power(asked("power --load 3 --toml my-name_3")) == 0
    assert powering.of("source_toml") == [(FOUND, "my-name_3")]
    assert powering.of("power_page") == []
    assert capsys.readouterr().out.endswith("\nTOML")


@pytest.mark.parametrize(("words", "said"), [
    ("--toml a --vary clean=0:1:2", "--toml: expected a name"), ("--toml a.b", "--toml: expected a name"),
    (f"--toml {'x' * 65}", "--toml: expected a name"), ("--build-out year --vary clean=0:1:2", "--build-out: is for one portfolio"),
    ("--build-out year --toml a", "--build-out: is for one portfolio"), ("--standing grid=3", "--standing: says what stands"),
])  # fmt: skip
def test_what_does_not_go_together(powering, asked, words, said):
    with pytest.raises(ConfigError, match=said):
        module.power(asked(f"power --load 3 {words}"))
    assert powering.of("find") == powering.of("vary") == []


def test_a_name_has_from_one_to_sixty_four_letters(asked):
    module._single(asked(f"power --load 3 --toml {'x' * 64}"), None)
    with pytest.raises(ConfigError):
        module._single(Namespace(toml="", build_out=None, standing=[]), None)


def test_wishes_are_read_in_base_units(asked):
    options = asked("power --load 3")
    given = {
        "load": "3 GW", "place": "ohio", "sources": "grid,wind", "carbon_price": "70 $/t", "clean": "45 %", "carbon_cap": "36 g/kWh",
        "most": ["grid=500 MW"], "by": "18 months", "gas_price": "18 $/MWh", "rate": "0.0675",
    }  # fmt: skip
    vars(options).update(given)
    known = market(None)
    found = module._wish(options, known)
    assert found.load_w == 3e9
    assert found.place == known.place("ohio")
    assert [source.name for source in found.sources] == ["grid", "wind"]
    assert found.battery is False
    assert found.carbon_usd_per_kg == pytest.approx(0.07, rel=1e-14)
    assert (found.clean_share, found.rate_share) == pytest.approx((0.45, 0.0675), rel=1e-14)
    assert found.carbon_kg_per_j == pytest.approx(0.036 / 3.6e6, rel=1e-14)
    assert dict(found.most_w) == {"grid": 5e8}
    assert found.by_s == pytest.approx(1.5 * 365.25 * 86_400.0, rel=1e-14)
    assert found.heat_usd_per_j == pytest.approx(18.0 / 3.6e9, rel=1e-14)


def test_what_is_not_wished_for_is_none(asked):
    options = asked("power --load 3")
    options.load, options.most = "3 W", ["battery=5 W"]
    found = module._wish(options, market(None))
    assert found.battery is True
    assert [found.clean_share, found.carbon_kg_per_j, found.by_s, found.heat_usd_per_j, found.rate_share] == [None] * 5
    assert (found.carbon_usd_per_kg, dict(found.most_w)) == (0.0, {"battery": 5.0})
    options.load = "0 W"
    with pytest.raises(ConfigError, match="--load"):
        module._wish(options, market(None))
