"""`capexmodel power` as people use it: the page, the file, the figures, the table for a scenario, and how bad input ends."""

import json
import tomllib
from pathlib import Path

import pytest

from capexmodel.cli import main
from capexmodel.config.energy import market

FEW = ["power", "--load", "2 GW", "--place", "texas", "--sources", "grid,wind,gas_combined_cycle,battery"]


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the compilation cache to the tests' own."""
    monkeypatch.setenv("CAPEXMODEL_CACHE", "off")


@pytest.mark.long
def test_a_curve_with_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Over the price of carbon the cost rises by less and less, by what is left in the air; all is written down."""
    out, folder = tmp_path / "power.json", tmp_path / "figures"
    assert main([*FEW, "--vary", "carbon-price=0:200:3", "--json", str(out), "--figures", str(folder)]) == 0
    body = json.loads(out.read_text(encoding="utf-8"))
    costs, carbon = ([point[key] for point in body["points"]] for key in ("cost_usd_per_j", "carbon_kg_per_s"))
    assert body["varied"]["values"] == pytest.approx([0.0, 0.1, 0.2])
    assert costs[0] < costs[1] < costs[2] < 2 * costs[1] - costs[0]
    for first, second in ((0, 1), (1, 2)):
        slope = (costs[second] - costs[first]) / 0.1 * 2e9
        assert carbon[second] <= slope * (1 + 1e-6)
        assert slope <= carbon[first] * (1 + 1e-6)
    drawn = [sum(hour) for hour in zip(*(each["power_w"][0] for each in body["points"][1]["sources"].values()), strict=True)]
    point = body["points"][1]
    for hour, taken in enumerate(drawn):
        given = taken + point["discharge_w"][0][hour] - point["charge_w"][0][hour] + point["unmet_w"][0][hour]
        assert given == pytest.approx(2e9, rel=1e-9)
    assert {file.name for file in folder.iterdir()} == {f"power_{what}.{kind}" for what in ("hours", "curve") for kind in ("svg", "png")}
    page = capsys.readouterr().out
    assert "carbon-price ($/t)" in page
    assert main([*FEW, "--carbon-price", "100 $/t"]) == 0
    page = capsys.readouterr().out
    assert all(word in page for word in ("SOURCES", "SHADOW PRICES", "PRICE BY THE HOUR", "Weakest status: scenario"))
    assert main([*FEW, "--toml", "mix"]) == 0
    table = tomllib.loads(capsys.readouterr().out)["source"]["mix"]
    assert table["energy_price_usd_per_mwh"]["status"] == "derived"
    assert table["price_usd_per_kw"]["value"] > 0
    assert table["site_share"]["value"] == 0


@pytest.mark.long
def test_a_build_out_goes_from_what_stands_to_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half the load stands as grid: half is missing until parts arrive; at the end all is there, and its capital is paid once."""
    out = tmp_path / "power.json"
    asked = [*FEW, "--carbon-price", "100 $/t", "--build-out", "year", "--standing", "grid=1 GW", "--json", str(out)]
    assert main(asked) == 0
    body = json.loads(out.read_text(encoding="utf-8"))
    built, point = body["build_out"], body["points"][0]
    years = len(built["edges_s"]) - 1
    assert built["edges_s"][1] == pytest.approx(365.25 * 86400)
    assert all(len(built[name]) == years for name in ("battery_w", "capital_usd", "cost_usd_per_s", "carbon_kg_per_s", "clean_share"))
    assert built["unmet_share"][0] == pytest.approx(0.5, abs=1e-6)
    assert built["source_w"]["grid"][0] == pytest.approx(1e9)
    assert built["source_w"]["wind"][-1] == pytest.approx(point["sources"]["wind"]["capacity_w"], rel=1e-9)
    assert built["spread_share"]["status"] == "scenario"
    slowest_s = max(each["build_s"] for each in point["sources"].values() if each["capacity_w"] > 1e5)
    assert years == -(-slowest_s * (1 + built["spread_share"]["value"]) // (365.25 * 86400))
    known = market().sources
    paid = sum(known[name].value("capital_usd_per_kw") * each["capacity_w"] for name, each in point["sources"].items())
    stood = known["grid"].value("capital_usd_per_kw") * 1e9
    assert sum(built["capital_usd"]) == pytest.approx(paid - stood, rel=1e-3)
    page = capsys.readouterr().out
    assert "BUILD-OUT BY YEAR" in page
    assert "At the start there is 1 GW of grid" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["power", "--load", "2 GWh"], "--load: got"),
        (["power", "--load", "2 GW", "--place", "txas"], "is 'texas' meant?"),
        (["power", "--load", "2 GW", "--by", "1 day"], "no source of power could be there by then"),
        (["power", "--load", "2 GW", "--sources", "gird"], "is 'grid' meant?"),
        (["power"], "--load"),
        ([*FEW, "--build-out", "quater:4"], "is 'quarter' meant?"),
        ([*FEW, "--build-out", "year:0"], "expected year:N, N from 1 to 60"),
        ([*FEW, "--build-out", "year", "--vary", "by=12:48:3"], "--build-out: is for one portfolio"),
        ([*FEW, "--build-out", "year", "--standing", "gird=1 GW"], "is not among the sources; is 'grid' meant?"),
        ([*FEW, "--standing", "grid=1 GW"], "--standing: says what stands before a build-out"),
    ],
)
def test_bad_input_is_one_line_and_status_two(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
