"""`capexmodel power` as people use it: the page, the file, the figures, the table for a scenario, and how bad input ends."""

import json
import tomllib
from pathlib import Path

import pytest

from capexmodel.cli import main

FEW = ["power", "--load", "2 GW", "--place", "texas", "--sources", "grid,wind,gas_combined_cycle,battery"]


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the compilation cache to the tests' own."""
    monkeypatch.setenv("CAPEXMODEL_CACHE", "off")


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["power", "--load", "2 GWh"], "--load: got"),
        (["power", "--load", "2 GW", "--place", "txas"], "is 'texas' meant?"),
        (["power", "--load", "2 GW", "--by", "1 day"], "no source of power could be there by then"),
        (["power", "--load", "2 GW", "--sources", "gird"], "is 'grid' meant?"),
        (["power"], "--load"),
    ],
)
def test_bad_input_is_one_line_and_status_two(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
