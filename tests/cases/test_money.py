"""`capexmodel validate` and `capexmodel reconcile` as people use them: pages, documents, builds of one's own, and bad input."""

import json
from pathlib import Path

import pytest

from capexmodel.cli import main

OWN = """
[build.mine]
title = "Mine"
chip = "GB300"
counted = "site"
as_of = 2026-02-02
overhead_ratio = 1.2
chip_kw = 2.1
system_kusd = 50
"""


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the compilation cache to the tests' own."""
    monkeypatch.setenv("CAPEXMODEL_CACHE", "off")


@pytest.mark.long
def test_every_target_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was published, what the model says, and what does not count or still waits."""
    out = tmp_path / "found.json"
    assert main(["validate", "--json", str(out)]) == 0
    page = capsys.readouterr().out
    body = json.loads(out.read_text(encoding="utf-8"))
    assert "GOALS  (met)" in page
    assert "met, does not count" in page
    assert any(each["waits"] for each in body["targets"])
    assert "NOT WORKED OUT YET" in page
    assert {"V15_fleet", "V16_avocado"} <= {each["target"] for each in body["targets"] if each["met"] and each["counts"]}
    for each in body["targets"]:
        assert each["target"] in page
        assert {"published", "ours", "unit", "error", "allowed", "source", "counts"} <= each.keys()
    assert body["goals_missed"] == []


def test_a_walk_adds_up_on_the_page_and_in_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From 35 to 38 billions; which watt is counted does most."""
    out = tmp_path / "walk.json"
    assert main(["reconcile", "bernstein_gb200", "epoch_gb200", "--json", str(out)]) == 0
    page, body = capsys.readouterr().out, json.loads(out.read_text(encoding="utf-8"))
    assert (body["start"], body["end"]) == (35.0, 38.0)
    assert sum(step["adds"] for step in body["steps"]) == pytest.approx(3.0, abs=1e-9)
    assert max(body["steps"], key=lambda step: step["adds"])["step"] == "which watt is counted"
    assert "100.0" in page


def test_builds_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without two names."""
    assert main(["reconcile"]) == 0
    assert "colossus_2" in capsys.readouterr().out


def test_a_build_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Figures of the catalog are replaced by those it says; nothing is published of it, so the walk ends at its parts."""
    path, out = tmp_path / "own.toml", tmp_path / "walk.json"
    path.write_text(OWN, encoding="utf-8")
    assert main(["reconcile", "epoch_gb200", "mine", "--builds", str(path), "--json", str(out)]) == 0
    body = json.loads(out.read_text(encoding="utf-8"))
    assert body["to"]["published"] is None
    hardware = (50.0 * 1.02 + 6.61 * 10 ** (-0.14 * 520 / 365.25) + 1.15) / (2.1 * 1.2)
    assert body["end"] == pytest.approx(hardware + 12.7 / 1.2, rel=1e-6)
    assert "nothing published" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (OWN.replace("chip_kw", "chip_kww"), "build.mine.chip_kww is not a known key"),
        (OWN.replace("GB300", "GB301"), "\"GB301\" is not in the catalog; is 'GB300' meant?"),
        (OWN.replace("overhead_ratio = 1.2", "overhead_ratio = 0.9"), "expected at least 1"),
        (OWN.replace("overhead_ratio = 1.2", 'overhead_ratio = "much"'), "is no number"),
        (OWN.replace('"site"', '"hall"'), "expected it or site"),
        (OWN.replace("2026-02-02", '"soon"'), "as_of is no day"),
        (OWN.replace("chip_kw", "chip_kwh"), "build.mine.chip_kwh is energy, expected power"),
        ("[build]\n", "holds no [build.NAME]"),
        ("[build]\nmine = 3\n", "is no table"),
    ],
)
def test_bad_builds_get_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str, told: str) -> None:
    """File, key, what was got and what was expected; nothing is written."""
    path, out = tmp_path / "own.toml", tmp_path / "walk.json"
    path.write_text(broken, encoding="utf-8")
    assert main(["reconcile", "epoch_gb200", "mine", "--builds", str(path), "--json", str(out)]) == 2
    said = capsys.readouterr()
    assert not out.exists()
    assert said.err.count("\n") == 1
    assert "own.toml" in said.err
    assert told in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["reconcile", "bernstein", "epoch_gb200"], "is 'bernstein_gb200' meant?"),
        (["reconcile", "epoch_gb200"], "where to?"),
        (["reconcile", "--json", "x.json"], "--json goes with a walk"),
        (["validate", "--rows", "x.csv"], "--rows goes with a target by name"),
        (["validate", "trainin-cost"], "training-cost"),
    ],
)
def test_bad_requests_get_one_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And status 2."""
    assert main(words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
