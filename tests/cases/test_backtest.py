"""`capexmodel backtest` and `calibrate facts` as people use them: what is printed and written, and how they end."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.cli import main
from capexmodel.studies import backtest as room
from capexmodel.studies import learned
from capexmodel.studies.calibration import Bell, Question


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the compilation cache to the tests' own."""
    monkeypatch.setenv("CAPEXMODEL_CACHE", "off")


@pytest.mark.long
def test_backtest_says_what_was_predicted_and_what_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "found.json"
    assert main(["backtest", "--json", str(out)]) == 0
    page, body = capsys.readouterr().out, json.loads(out.read_text(encoding="utf-8"))
    for words in ("KNOWN LATER: SCORED", "fleet_2025", "2026-04-08", "MISSES", "GOALS  (met)", "epoch-chip-owners"):
        assert words in page
    rows = {row["fact"]: row for row in body["facts"]}
    assert rows["avocado_release"]["seen"] == "2026-04-08"
    assert rows["avocado_release"]["p5"] < rows["avocado_release"]["p50"] < rows["avocado_release"]["p95"]
    assert rows["fleet_2025"]["unit"] == "thousand"
    assert 1000.0 < rows["fleet_2025"]["p50"] < 3000.0
    assert {row["use"] for row in body["facts"]} == {"feeds", "scores"}
    assert body["coverage"]["missed"] == [name for name, row in rows.items() if row["counts"] and not row["inside"]]


@pytest.mark.long
def test_a_coverage_that_is_missed_is_status_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken on purpose: all facts are wanted inside."""
    import dataclasses

    found = dataclasses.replace(room.backtest(), wanted_share=1.0)
    monkeypatch.setattr(room, "backtest", lambda: found)
    assert main(["backtest"]) == 1
    assert "GOALS  (missed)" in capsys.readouterr().out


@pytest.mark.long
def test_calibrate_facts_says_what_was_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "learned.json"
    assert main(["calibrate", "facts", "--json", str(out)]) == 0
    page, body = capsys.readouterr().out, json.loads(out.read_text(encoding="utf-8"))
    assert "FLEET FROM WHAT WAS SPENT" in page.upper()
    assert "claim_gpus_2025" in page
    assert "fleet_2025" not in body["fed"]
    figures = {each["name"]: each for chain in body["chains"] for each in chain["figures"]}
    share = figures["late_ai_share"]
    assert share["before"]["p50"] == pytest.approx(0.80, abs=0.01)
    assert share["after"]["p95"] - share["after"]["p5"] < share["before"]["p95"] - share["before"]["p5"]
    assert body["sampler"] == {}


@pytest.mark.long
def test_a_sampler_is_set_beside_the_fleet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One that finds what Laplace's approximation says, but one figure higher by a standard deviation."""

    def sampler(question: Question, start: Bell) -> tuple[np.ndarray, int]:
        drawn = np.random.default_rng(0).standard_normal((2000, len(question.beliefs.names)))
        found = np.array(start.at(jnp.asarray(drawn)))
        found[:, 0] += float(start.spread[0])
        return found, 3

    monkeypatch.setattr(learned, "nuts", sampler)
    assert main(["calibrate", "facts", "--sampled"]) == 0
    page = capsys.readouterr().out
    assert "2000 draws, 3 steps diverged" in page
    first = next(line for line in page.partition("THE SAMPLER BESIDE IT")[2].splitlines() if "server_share" in line)
    assert float(first.split()[1]) == pytest.approx(-1.0, abs=0.2)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["calibrate", "fact"], "facts"),
        (["calibrate", "facts", "one_period"], "is as of"),
        (["calibrate", "facts", "--folds", "5"], "--folds goes with training-throughput"),
        (["calibrate", "training-throughput", "meta_2026"], "goes with facts"),
        (["calibrate", "training-throughput", "--sampled"], "goes with facts"),
        (["backtest", "greenfield"], "has no job 'avocado'"),
        (["backtest", "--json", "nowhere/at/all.json"], "nowhere"),
    ],
)
def test_what_does_not_go_together_is_one_line_and_status_two(
    command: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1
