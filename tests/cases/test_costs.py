"""`capexmodel validate training-cost` as people use it: what is printed and written, bad rows, and how it ends."""

import json
from pathlib import Path

import pytest

from capexmodel.cli import main

HEAD = "model,organization,publication_date,training_compute_flop,training_hardware,chip_hours,server_value_per_chip_usd_at_start"
GOOD = "Mine,Somebody,2024-06-01,1e25,NVIDIA H100 SXM5 80GB,8e6,30000"


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the compilation cache to the tests' own."""
    monkeypatch.setenv("CAPEXMODEL_CACHE", "off")


def scored(folder: Path, *lines: str) -> tuple[int, dict]:
    """Run the command on a table: its status, and what it wrote."""
    path, out = folder / "rows.csv", folder / "found.json"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    status = main(["validate", "training-cost", "--rows", str(path), "--json", str(out)])
    return status, json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}


def test_published_costs_are_met(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without rows the shipped ones are scored; the document holds what the page says."""
    out = tmp_path / "found.json"
    assert main(["validate", "training-cost", "--json", str(out)]) == 0
    body = json.loads(out.read_text(encoding="utf-8"))
    assert [each["row"] for each in body["predictions"]] == list(range(64))
    assert {"model", "identity_usd", "blind_usd", "low_usd", "high_usd"} <= body["predictions"][0].keys()
    assert body["slices"]["all"]["identity_max_percent"] < 0.1
    page = capsys.readouterr().out
    assert "GOALS  (met)" in page
    assert "Flan-PaLM 540B on PaLM (540B)" in page


def test_own_rows_in_their_order_with_a_reason_for_what_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row without value has no identity, one without chip the usual chip of its time, one of nonsense its reason."""
    status, body = scored(
        tmp_path, HEAD, GOOD, "NoValue,,2024-06-01,1e25,NVIDIA H100 SXM5 80GB,8e6,", "NoChip,,2021-06-01,1e24,,,",
        "Odd,,2024-06-01,1e25,Abacus 9,,", "NoDate,,soon,1e25,H100,,", "NoNumber,,2024-06-01,-3,H100,,",
    )  # fmt: skip
    assert status == 0
    by_name = {each["model"]: each for each in body["predictions"]}
    assert [each["row"] for each in body["predictions"]] == [0, 1, 2, 3, 4, 5]
    assert by_name["Mine"]["low_usd"] < by_name["Mine"]["blind_usd"] < by_name["Mine"]["high_usd"]
    assert by_name["Mine"]["identity_usd"] == pytest.approx(8e6 * (30000 * 0.14 * 2.302585 / 8766 / 0.81 + 1.1953 * 0.0771), rel=1e-4)
    assert by_name["NoValue"]["identity_usd"] is None
    assert (by_name["NoChip"]["chip"], by_name["NoChip"]["chip_assumed"]) == ("A100", True)
    assert by_name["Odd"]["reason"] == 'chip: is not known, got "Abacus 9"'
    assert by_name["NoDate"]["reason"].startswith("published: is no date")
    assert by_name["NoNumber"]["reason"].startswith("work_flop: is no number above 0")
    assert "Abacus 9" in capsys.readouterr().out


def test_a_cost_that_is_not_so_is_status_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A published total that is half of what the identity gives misses the goal."""
    status, body = scored(tmp_path, HEAD + ",amortized_total_usd_nominal", GOOD + ",6e6")
    assert status == 1
    assert body["goals_missed"]
    assert "identity: the worst row is off by" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("name,price", "a,1"), "has no column 'model'"), (("",), "is empty"), ((HEAD + ",model", GOOD), "has the column 'model' twice"),
        ((HEAD.replace("training_hardware", "hardware"), GOOD), "has no column 'chip'"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_table_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: tuple[str, ...], words: str
) -> None:
    """Status 2, one line that names the file and the column."""
    assert scored(tmp_path, *lines) == (2, {})
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error
