"""Commands on what was published: what is scored with which rows, what does not go together, and how commands end."""

import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from capexmodel.cli import checks, facts
from capexmodel.errors import ConfigError
from tests.unit.cli.conftest import DOUBTS, Doubted


@pytest.fixture
def published(inside):
    scored = SimpleNamespace(missed=(), failed=())
    inside.gives("capexmodel.report.document", finite="finite")
    inside.gives("capexmodel.studies.targets", judge=[SimpleNamespace(missed=False)])
    inside.gives("capexmodel.report.targets", targets_document={"of": "targets"}, targets_page="TARGETS")
    inside.gives("capexmodel.studies.training_cost", validate_costs=scored)
    inside.gives("capexmodel.config.costs", read_cost_rows="own costs", shipped_cost_rows="costs")
    inside.gives("capexmodel.report.training_cost", cost_document={"of": "costs"}, cost_page="COSTS")
    inside.gives("capexmodel.config.rows", read_rows="own rows", shipped_rows="rows")
    inside.gives("capexmodel.config.calibrated", read_calibration="own calibration", calibration_rows="rows")
    inside.gives("capexmodel.studies.throughput", shipped_calibration="calibration", validate=scored, fit="fitted")
    inside.gives("capexmodel.report.throughput", validation_document={"of": "throughput"}, validation_page="THROUGHPUT",
                 calibration_document={"of": "fitted"}, calibration_page="FITTED")  # fmt: skip
    inside.gives("capexmodel.config.builds", builds={"a": 3, "b": 5}, read_builds={"b": 7, "c": 9})
    inside.gives("capexmodel.studies.reconcile", reconcile="walked")
    inside.gives("capexmodel.report.reconcile", builds_page="BUILDS", walk_document={"of": "walk"}, walk_page="WALK")
    inside.gives("capexmodel.studies.learned", learn="learned")
    inside.gives("capexmodel.studies.backtest", backtest=scored, backtest_of=scored)
    inside.gives("capexmodel.report.backtest", calibration_document="learned", calibration_page="LEARNED", backtest_document="backtest",
                 backtest_page="BACKTEST")  # fmt: skip
    inside.gives("capexmodel.config", load=Doubted("scenario"))
    return inside, scored


def test_every_target_is_listed(published, asked, capsys):
    inside, _ = published
    assert checks.validate(asked("validate --json f.json")) == 0
    assert len(inside.of("keep_compiled")) == 1
    assert (inside.of("check_file"), inside.of("write")) == ([(Path("f.json"),)], [({Path("f.json"): b"json"},)])
    assert (inside.of("finite"), inside.of("to_json")) == ([({"of": "targets"},)], [("finite",)])
    assert capsys.readouterr().out == "TARGETS"
    inside.gives("capexmodel.studies.targets", judge=[SimpleNamespace(missed=False), SimpleNamespace(missed=True)])
    assert checks.validate(asked("validate")) == 1
    assert (len(inside.of("write")), len(inside.of("check_file"))) == (1, 1)


@pytest.mark.parametrize("name", ["rows", "calibration"])
def test_what_goes_with_a_target_by_name(published, asked, name):
    with pytest.raises(ConfigError, match=f"--{name} goes with a target by name: training-throughput, training-cost$"):
        checks.validate(asked(f"validate --{name} x"))


def test_a_target_that_there_is_not(published, asked):
    with pytest.raises(ConfigError) as caught:
        checks.validate(asked("validate training-costs"))
    assert str(caught.value) == (
        "no target 'training-costs', expected targets, training-throughput, training-cost; did you mean 'training-cost'?"
    )
    with pytest.raises(ConfigError, match=f"no target '{'x' * 40}', expected training-throughput, facts$"):
        checks.calibrate(asked(f"calibrate {'x' * 50}"))


def test_costs_are_scored(published, asked, capsys):
    inside, scored = published
    assert checks.validate(asked("validate training-cost --json f.json")) == 0
    scored.missed = ("one",)
    assert checks.validate(asked("validate training-cost --rows r.csv")) == 1
    assert inside.of("validate_costs") == [("costs",), ("own costs",)]
    assert inside.of("read_cost_rows") == [(Path("r.csv"),)]
    assert inside.of("cost_page") == [(scored,), (scored,)]
    assert inside.of("write") == [({Path("f.json"): b"json"},)]
    assert capsys.readouterr().out == "COSTSCOSTS"
    with pytest.raises(ConfigError, match="--calibration goes with training-throughput"):
        checks.validate(asked("validate training-cost --calibration c.json"))


def test_throughput_is_scored_with_a_calibration(published, asked, capsys):
    inside, scored = published
    assert checks.validate(asked("validate training-throughput --json f.json")) == 0
    scored.missed = ("one",)
    assert checks.validate(asked("validate training-throughput --rows r.csv --calibration c.json")) == 1
    assert inside.of("validate") == [("rows", "calibration"), ("own rows", "own calibration")]
    assert (inside.of("read_rows"), inside.of("read_calibration")) == ([(Path("r.csv"),)], [(Path("c.json"), "c.json")])
    assert inside.of("write") == [({Path("f.json"): b"json"},)]
    assert capsys.readouterr().out == "THROUGHPUTTHROUGHPUT"


def test_what_software_reaches_is_learned(published, asked, capsys):
    inside, _ = published
    day = datetime.date(2026, 3, 5)
    assert checks.calibrate(asked("calibrate training-throughput --rows r.csv --as-of 2026-03-05 --folds 5 --json f.json")) == 0
    assert inside.of("calibration_rows") == [(Path("r.csv"), day)]
    assert inside.of("fit") == [("rows", 5, print, day)]
    assert inside.of("write") == [({Path("f.json"): b"json"},)]
    assert capsys.readouterr().out == "FITTED"


@pytest.mark.parametrize(("words", "said"), [("S", r"SCENARIO \('S'\) goes with facts"), ("--sampled", "--sampled goes with facts"),
                                             ("S --sampled", "--sampled goes with facts")])  # fmt: skip
def test_what_goes_with_facts_alone(published, asked, words, said):
    with pytest.raises(ConfigError, match=f"^{said}"):
        checks.calibrate(asked(f"calibrate training-throughput {words}"))


def test_a_long_scenario_is_cut(asked):
    with pytest.raises(ConfigError, match=rf"^SCENARIO \('{'x' * 40}'\)"):
        facts.refuse(asked(f"calibrate training-throughput {'x' * 50}"))


def test_facts_of_a_company_are_learned(published, asked, capsys):
    inside, _ = published
    assert checks.calibrate(asked("calibrate facts S --sampled --json f.json")) == 0
    assert checks.calibrate(asked("calibrate facts")) == 0
    assert inside.of("load") == [("S",), ("meta_2026",)]
    assert inside.of("learn") == [("scenario", True), ("scenario", False)]
    assert inside.of("write") == [({Path("f.json"): b"json"},), ({},)]
    assert capsys.readouterr().out == "LEARNEDLEARNED"


@pytest.mark.parametrize("option", ["--rows r", "--as-of 2026-03-05", "--folds 5"])
def test_facts_have_their_own_dates(published, asked, option):
    with pytest.raises(ConfigError, match=f"^{option.split()[0]} goes with training-throughput"):
        checks.calibrate(asked(f"calibrate facts {option}"))


def test_predictions_are_scored(published, asked, capsys):
    inside, scored = published
    assert facts.backtest(asked("backtest --json f.json")) == 0
    assert (len(inside.of("backtest")), inside.of("backtest_of"), len(inside.of("keep_compiled"))) == (1, [], 1)
    scored.failed = ("one",)
    assert facts.backtest(asked("backtest S")) == 1
    assert (inside.of("load"), inside.of("backtest_of"), len(inside.of("backtest"))) == ([("S",)], [("scenario",)], 1)
    assert inside.of("write") == [({Path("f.json"): b"json"},), ({},)]
    assert inside.of("check_file") == [(Path("f.json"),)]
    assert capsys.readouterr().out == "BACKTESTBACKTEST"


def test_one_cost_is_walked_to_another(published, asked, capsys):
    inside, _ = published
    assert checks.reconcile(asked("reconcile a c --builds b.toml --json f.json")) == 0
    assert inside.of("read_builds") == [(Path("b.toml"),)]
    assert inside.of("reconcile") == [({"a": 3, "b": 7, "c": 9}, "a", "c")]
    assert (inside.of("check_file"), inside.of("write")) == ([(Path("f.json"),)], [({Path("f.json"): b"json"},)])
    assert checks.reconcile(asked("reconcile a b")) == 0
    assert inside.of("reconcile")[1] == ({"a": 3, "b": 5}, "a", "b")
    assert checks.reconcile(asked("reconcile")) == 0
    assert inside.of("builds_page") == [({"a": 3, "b": 5},)]
    assert capsys.readouterr().out == "WALKWALKBUILDS"
    with pytest.raises(ConfigError, match="--json goes with a walk"):
        checks.reconcile(asked("reconcile --json f.json"))
    with pytest.raises(ConfigError, match=r"where to\? Name a second build: a, b$"):
        checks.reconcile(asked("reconcile a"))


@pytest.mark.parametrize("words", ["calibrate facts S", "backtest S"])
def test_what_is_doubted_of_the_scenario_is_said(published, asked, capsys, words):
    assert {"calibrate": checks.calibrate, "backtest": facts.backtest}[words.split()[0]](asked(words)) == 0
    assert capsys.readouterr().err == DOUBTS
