"""`capexmodel validate training-throughput` as people use it: their own rows, what is printed and written, and how it ends."""

import json
from pathlib import Path

import pytest

from capexmodel.cli import main
from tests.unit.config.test_rows import GOOD, written

SLICE = {"rows", "median_percent", "p90_percent", "max_percent", "coverage_percent"}


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the compilation cache to the tests' own."""
    monkeypatch.setenv("CAPEXMODEL_CACHE", "off")


def scored(folder: Path, *rows: dict[str, str]) -> tuple[int, dict]:
    """Run the command on some rows: its status, and what it wrote."""
    out = folder / "found.json"
    status = main(["validate", "training-throughput", "--rows", str(written(folder, *rows)), "--json", str(out)])
    return status, json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.long
def test_published_runs_are_met(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without rows the shipped runs are scored, and every goal is met."""
    out = tmp_path / "found.json"
    assert main(["validate", "training-throughput", "--json", str(out)]) == 0
    body = json.loads(out.read_text(encoding="utf-8"))
    assert {"all", "dense", "moe", "gpu", "tpu", "bf16", "chips_above_1024"} <= body["slices"].keys()
    assert all(set(part) == SLICE for part in body["slices"].values())
    assert body["slices"]["dense"]["rows"] + body["slices"]["moe"]["rows"] == body["slices"]["all"]["rows"] == len(body["predictions"])
    page = capsys.readouterr().out
    assert "GOALS  (met)" in page
    assert "maximum" in page


@pytest.mark.long
def test_own_rows_are_predicted_in_order_and_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row that can be run gets a number and a range in tokens by second and chip, one that cannot its reason."""
    probe = scored(tmp_path, GOOD | {"tokens_per_s_per_chip": ""})[1]["predictions"][0]
    right = GOOD | {"tokens_per_s_per_chip": f"{probe['predicted']:.6g}"}
    status, body = scored(tmp_path, right, right | {"row_id": "b", "target_quality": "C"}, GOOD | {"row_id": "c", "tp": "3"})
    assert status == 0
    assert [each["row_id"] for each in body["predictions"]] == ["a", "b"]
    first = body["predictions"][0]
    assert first["low"] < first["predicted"] < first["high"]
    assert first["predicted"] == pytest.approx(probe["predicted"])
    assert body["slices"]["all"]["rows"] == 1
    assert body["refused"] == [{"row_id": "c", "reason": "layout: tensor x pipeline x context x data is 96, but there are 64 chips"}]
    assert "96, but there are 64 chips" in capsys.readouterr().out


@pytest.mark.long
def test_a_goal_that_is_missed_is_status_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows that say twice what is predicted miss the goals, by name."""
    probe = scored(tmp_path, GOOD | {"tokens_per_s_per_chip": ""})[1]["predictions"][0]
    status, body = scored(tmp_path, GOOD | {"tokens_per_s_per_chip": f"{2 * probe['predicted']:.6g}"})
    assert status == 1
    assert body["slices"]["dense"]["median_percent"] == pytest.approx(50.0, abs=0.01)
    assert any("dense: median" in each for each in body["goals_missed"])
    assert "dense: median of the error is 50.0 %" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"), [({"tp": "3"}, "a: layout: tensor x pipeline"), ({"tokens_per_s_per_chip": ""}, "no run with something seen")]
)
def test_nothing_is_learned_from_runs_that_say_nothing(
    tmp_path: Path, change: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that cannot be timed is not passed over, nor a table without a number: one line, before anything is computed."""
    assert main(["calibrate", "training-throughput", "--rows", str(written(tmp_path, GOOD | change))]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["validate", "training-thruput"], "did you mean 'training-throughput'"),
        (["validate", "training-throughput", "--rows", "none.csv"], "none.csv: there is no such file"),
        (["validate", "training-throughput", "--calibration", "none.json"], "none.json: there is no such file"),
        (["calibrate", "training-throughput", "--folds", "1"], "not a number from 2 to 50"),
        (["calibrate"], "WHAT"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Status two, and one line that says what to do."""
    assert main(words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
