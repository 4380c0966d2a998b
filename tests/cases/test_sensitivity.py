"""`capexmodel sensitivity` and `capexmodel attribute` as people use them."""

import json
from pathlib import Path

import equinox as eqx
import pytest

from capexmodel.cli import main
from capexmodel.model.simulate import simulate
from capexmodel.report.document import simulation_document, to_json
from tests import studied, sweeping

SET = [word for change in studied.changes() for word in ("--set", change)]


@pytest.fixture(scope="module", autouse=True)
def _no_cache():
    """Leave the compilation cache to the tests' own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("CAPEXMODEL_CACHE", "off")
    yield
    patch.undo()


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The result file of a plan made by hand."""
    scenario = studied.scenario()
    allocation = sweeping.plan(scenario)
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_bytes(to_json(simulation_document(scenario, allocation, eqx.filter_jit(simulate)(scenario, allocation))))
    return str(path)


@pytest.mark.long
def test_a_plan_that_is_followed(plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--json", str(tmp_path / "s.json"), "--figures", str(tmp_path)]
    assert main(["sensitivity", "one_period", *SET, "--allocation", plan, "--sobol", "64", *told]) == 0
    shown = capsys.readouterr().out
    for section in ("SLOPES", "TORNADO", "EVIDENCE", "WHICH UNVERIFIED NUMBER MATTERS", "VARIANCE OF MEAN_DATE_S"):
        assert section in shown
    body = json.loads((tmp_path / "s.json").read_text())
    assert {each["name"] for each in body["outputs"]} >= {"mean_date_s", "FY2026.capex_usd", "energy_j"}
    assert (tmp_path / "tornado.svg").stat().st_size > 1000


def test_the_aim_of_the_best_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a billion dollars is worth is known by hand: see the scenario's file. At both ends of a price the plan is found anew."""
    price = "accelerator.chip.price_kusd={ value = 40, low = 36, high = 44, status = 'recalled', source = 'capexmodel-assumptions' }"
    words = ["sensitivity", "one_period", "--set", price, "--over", "optimize", "--json", str(tmp_path / "s.json")]
    assert main(words) == 0
    assert "found anew" in capsys.readouterr().out
    (aim,) = json.loads((tmp_path / "s.json").read_text())["outputs"]
    slopes = {row["path"]: row["slope"] for row in aim["slopes"]}
    assert slopes["envelope.FY2026.high_usd"] * 1e9 / 86400 == pytest.approx(-78.2, abs=0.1)
    (bar,) = aim["tornado"]
    assert not bar["first_order"]
    assert bar["at_low"] < 0 < bar["at_high"]
    assert bar["at_high"] == pytest.approx(bar["slope_high"], rel=0.1)
    assert bar["at_high"] != bar["slope_high"]


@pytest.mark.long
def test_why_one_is_later_than_another(plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["attribute", "one_period", "one_period", "--set-two", "utilization.mfu=0.6", "--set-two", "job.model.work_flop=2e26"]
    assert main([*words, "--allocation", plan, "--json", str(tmp_path / "a.json")]) == 0
    shown = capsys.readouterr().out
    assert "utilization.mfu" in shown
    assert "left over" in shown
    body = json.loads((tmp_path / "a.json").read_text())
    assert sum(step["adds"] for step in body["steps"]) == pytest.approx(body["end"] - body["start"], rel=1e-9)
    assert body["closes"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sensitivity", "one_period", "--output", "mean_dat_s"], "is 'mean_date_s' meant"),
        (["sensitivity", "one_period", "--output", "reached"], "one or nothing"),
        (["sensitivity", "one_period", "--sobol", "3"], "16 to"),
        (["sensitivity", "one_period", "--over", "optimize", "--sobol", "64"], "--sobol goes with --over simulate"),
        (["sensitivity", "one_period", "--allocation", "nowhere.json"], "nowhere.json"),
        (["attribute", "one_period"], "TWO"),
        (["attribute", "one_period", "one_perio"], "one_period"),
        (["attribute", "one_period", "greenfield", "--output", "first.date_s"], "no output"),
        (["attribute", "one_period", "one_period", "--own-plans", "--allocation", "plan.json"], "without --allocation"),
        (["attribute", "one_period", "greenfield", "--allocation", "plan.json"], "cannot be followed in both"),
        (["sensitivit", "one_period"], "sensitivity"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.count("\n") == 1
