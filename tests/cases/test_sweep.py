"""`capexmodel sweep` as people use it."""

import json
from pathlib import Path

import pandas as pd
import pytest

from capexmodel.cli import main
from capexmodel.cli.sweeps import share_processors

VARY = ["--vary", "envelope.high=0.9:1.1:3 B$", "--vary", "job.model.work_flop=-10%:+10%:5"]


@pytest.fixture(scope="module", autouse=True)
def _no_cache():
    """Leave the compilation cache to the tests' own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("CAPEXMODEL_CACHE", "off")
    yield
    patch.undo()


@pytest.mark.long
def test_planned_anew_with_rows_figures_and_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["sweep", "one_period", *VARY, "--over", "optimize", "--gradients", "--out", str(tmp_path / "out")]
    assert main([*command, "--json", str(tmp_path / "s.json"), "--figures", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert "15 scenarios in 1 parts, 1 of them to work out" in shown.err
    assert "MEAN BY ENVELOPE.FY2026.HIGH_USD" in shown.out
    body = json.loads((tmp_path / "s.json").read_text())
    assert body["scenarios"] == 15
    assert body["outputs"][0]["unit"] == "s"
    assert body["outputs"][1]["mean"] == 1.0  # each of them proven
    rows = pd.concat(pd.read_parquet(path) for path in (tmp_path / "out" / "rows").iterdir())
    assert len(rows) == 15
    assert (rows["slope.envelope.FY2026.high_usd"] < 0).all()
    assert (tmp_path / "sweep.svg").stat().st_size > 1000
    assert main(command) == 0
    again = capsys.readouterr()
    assert "0 of them to work out" in again.err
    assert again.out == shown.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--vary: missing"),
        ([*VARY, "--dask", "tcp://127.0.0.1:1"], "--out DIR"),
        ([*VARY, "--over", "optimize", "--float32"], "--float32 goes with"),
        ([*VARY, "--over", "optimize", "--allocation", "plan.json"], "--allocation goes with"),
        ([*VARY, "--over", "dream"], "invalid choice"),
        (["--vary", "envelope.high=1:2:3 MW"], "envelope"),
        ([*VARY, "--allocation", "nowhere.json"], "nowhere.json"),
        ([*VARY, "--over", "optimize", "--out", "/proc/nothing"], "/proc"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "one_period", *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.count("\n") == 1


def test_processors_are_shared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=false")
    share_processors()
    share_processors()
    assert os.environ["XLA_FLAGS"].count("device_count") == 1
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=7")
    share_processors()
    assert os.environ["XLA_FLAGS"].endswith("=7")
