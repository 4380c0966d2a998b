"""Commands that ask a scenario many times: what is swept, which plan is followed, and what does not go together."""

import contextlib
import os
import sys
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from capexmodel.cli import sweeps
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import say
from tests.unit.cli.conftest import DOUBTS, Doubted

SCENARIO = SimpleNamespace(name="mine", evidence=Doubted.evidence, calendar=SimpleNamespace(period_edges_s="edges"))


@pytest.fixture
def swept(inside):
    inside.gives("capexmodel.cli.sweeps", share_processors=None, followed="followed")
    inside.gives("capexmodel.config", load=SCENARIO)
    inside.gives("capexmodel.config.crossed", crossed=(SCENARIO, "axes"))
    inside.gives("capexmodel.config.wishes", problem_of="problem")
    inside.gives("capexmodel.studies.grid", grid="grid")
    inside.gives("capexmodel.studies.draws", draws="draws")
    inside.gives("capexmodel.studies.task", Task="task")
    inside.gives("capexmodel.studies.sweep", sweep="swept")
    inside.gives("capexmodel.report.sweep", sweep_document="document", sweep_page="SWEPT")
    inside.gives("capexmodel.report.sweep_figure", sweep_drawings={"s.svg": b"s"})
    inside.gives("capexmodel.report.uncertainty", uncertainty_document="document", uncertainty_page="UNCERTAIN")
    return inside


def test_every_combination_follows_one_plan(swept, asked, capsys):
    words = "sweep S --vary a=1:2:3 --vary b=5,7 --set c=9 --gradients --keep-rows --out o --json f.json --figures d"
    assert sweeps.sweep(asked(words)) == 0
    assert swept.of("crossed") == [("S", ["c=9"], ["a=1:2:3", "b=5,7"])]
    assert swept.of("grid") == [(SCENARIO, "axes")]
    assert swept.of("Task") == [(SCENARIO, "grid", {"allocation": "followed", "slopes": True, "single": False, "keep_rows": True})]
    assert swept.of("sweep") == [("task", Path("o"), None, {"announce": say, "tell": print})]
    assert swept.of("keep_traced") == [("sweep S simulate",)]
    assert swept.of("write") == [({Path("f.json"): b"json", Path("d/s.svg"): b"s"},)]
    assert swept.of("sweep_document") == swept.of("sweep_page") == swept.of("sweep_drawings") == [("swept",)]
    assert swept.of("check_file") == [(Path("f.json"),)]
    assert swept.of("check_folder") == [(Path("o"),), (Path("d"),)]
    assert len(swept.of("share_processors")) == 1
    assert capsys.readouterr().out == "SWEPT"


def test_every_combination_is_planned_anew(swept, asked):
    assert sweeps.sweep(asked("sweep S --vary a=1,2 --over optimize --minimize cost --without supply")) == 0
    assert swept.of("problem_of") == [(SCENARIO, "cost", ["supply"])]
    assert swept.of("Task") == [(SCENARIO, "grid", {"problem": "problem", "slopes": False, "single": False, "keep_rows": False})]
    assert swept.of("share_processors") == swept.of("followed") == swept.of("check_folder") == []
    assert swept.of("write") == [({},)]


@pytest.mark.parametrize(("words", "said"), [
    ("", "--vary: missing"), ("--vary a=1 --dask x", "--dask: the workers write into --out DIR"),
    ("--vary a=1 --over optimize --allocation x", "--allocation goes with --over simulate"),
    ("--vary a=1 --over optimize --float32", "--float32 goes with --over simulate"),
])  # fmt: skip
def test_what_does_not_go_together(swept, asked, words, said):
    with pytest.raises(ConfigError, match=said):
        sweeps.sweep(asked(f"sweep S {words}".strip()))
    assert swept.of("sweep") == []


def test_what_goes_together(swept, asked):
    sweeps._check(asked("sweep S --vary a=1 --allocation x --float32"))
    sweeps._check(asked("sweep S --vary a=1 --dask x --out o"))


def test_scenarios_are_drawn_from_ranges(swept, asked, capsys):
    words = "uncertainty S --draws 50 --seed 7 --set a=3 --float32 --keep-rows --out o --json f.json --all"
    assert sweeps.uncertainty(asked(words)) == 0
    assert swept.of("load") == [("S", ["a=3"], {"faults": "all"})]
    assert swept.of("draws") == [(SCENARIO, 50, 7, None, {"late": True})]
    assert swept.of("Task") == [(SCENARIO, "draws", "followed", {"single": True, "keep_rows": True})]
    assert swept.of("sweep") == [("task", Path("o"), {"announce": say, "tell": print})]
    assert swept.of("write") == [({Path("f.json"): b"json"},)]
    assert (swept.of("check_file"), swept.of("check_folder")) == ([(Path("f.json"),)], [(Path("o"),)])
    assert swept.of("keep_traced") == [("uncertainty S",)]
    assert swept.of("uncertainty_document") == swept.of("uncertainty_page") == [("swept",)]
    assert len(swept.of("share_processors")) == 1
    assert capsys.readouterr().out == "UNCERTAIN"


def test_events_alone_are_drawn_and_nothing_is_written(swept, asked):
    assert sweeps.uncertainty(asked("uncertainty S --events-only")) == 0
    assert swept.of("draws") == [(SCENARIO, 65_536, 0, (), {"late": True})]
    assert swept.of("load") == [("S", [], {"faults": "first"})]
    assert swept.of("Task")[0][-1] == {"single": False, "keep_rows": False}
    assert (swept.of("write"), swept.of("check_file"), swept.of("check_folder")) == ([({},)], [], [])


@pytest.mark.parametrize(("flags", "expected"), [
    (None, "--xla_force_host_platform_device_count=6"), ("--other=3", "--other=3 --xla_force_host_platform_device_count=6"),
    ("--xla_force_host_platform_device_count=2", "--xla_force_host_platform_device_count=2"),
])  # fmt: skip
def test_every_processor_is_a_device_unless_somebody_said_how_many(monkeypatch, flags, expected):
    monkeypatch.setenv("XLA_FLAGS", flags or "")
    if flags is None:
        monkeypatch.delenv("XLA_FLAGS")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    sweeps.share_processors()
    assert os.environ["XLA_FLAGS"] == expected


def test_where_processors_are_not_known_there_is_one(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    sweeps.share_processors()
    assert os.environ["XLA_FLAGS"] == "--xla_force_host_platform_device_count=1"


def following(inside):
    inside.gives("capexmodel.model.going", as_planned="as planned", kept_going="kept going")
    inside.gives("capexmodel.cli.sweeps", _given=("given", "its training"), _best=("best", "training"))


@pytest.mark.parametrize(("file", "allocation", "training"), [(None, "best", "training"), ("a.json", "given", "its training")])
def test_runs_go_on_until_they_are_done_unless_told(inside, file, allocation, training):
    following(inside)
    assert sweeps.followed(Namespace(allocation=file, as_planned=False), SCENARIO) == "kept going"
    assert inside.of("kept_going") == [(allocation, "edges", training)]
    assert sweeps.followed(Namespace(allocation=file, as_planned=True), SCENARIO) == "as planned"
    assert inside.of("as_planned") == [(allocation,)]


def test_a_plan_of_a_file_is_followed_in_the_scenario(inside):
    inside.gives("capexmodel.cli.plans", given_allocation="given")
    inside.gives("capexmodel.planner.follow", follow_allocation=SimpleNamespace(training="training"))
    options = Namespace(allocation="a.json")
    assert sweeps._given(options, SCENARIO) == ("given", "training")
    assert inside.of("given_allocation") == [("a.json", SCENARIO)]
    assert inside.of("follow_allocation") == [(SCENARIO, "given")]


def test_the_best_plan_is_found_from_one_start(inside, capsys):
    plan = SimpleNamespace(allocation="allocation", outcome=SimpleNamespace(training="training"), status="OPTIMAL")
    inside.gives("capexmodel.config.wishes", problem_of="problem")
    inside.gives("capexmodel.planner.optimize", optimize=plan)
    options = Namespace(minimize="cost", without=["supply"])
    assert sweeps._best(options, SCENARIO) == ("allocation", "training")
    assert inside.of("problem_of") == [(SCENARIO, "cost", ["supply"])]
    assert inside.of("optimize") == [("problem", {"starts": 1, "swing": False, "progress": print})]
    assert "following the best plan of mine as it stands" in capsys.readouterr().err
    for missing in ("allocation", "outcome"):
        inside.gives("capexmodel.planner.optimize", optimize=SimpleNamespace(**(vars(plan) | {missing: None})))
        with pytest.raises(ConfigError, match=r"mine has no plan to follow \(OPTIMAL\)"):
            sweeps._best(options, SCENARIO)


def test_without_an_address_there_is_no_cluster():
    with sweeps._cluster(None) as client:
        assert client is None


def test_a_cluster_is_waited_for_twenty_seconds(monkeypatch):
    asked = []
    fake = SimpleNamespace(Client=lambda *args, **words: asked.append((args, words)) or contextlib.nullcontext("client"))
    monkeypatch.setitem(sys.modules, "dask", SimpleNamespace(distributed=fake))
    monkeypatch.setitem(sys.modules, "dask.distributed", fake)
    with sweeps._cluster("tcp://x"):
        assert asked == [(("tcp://x",), {"timeout": 20})]


@pytest.mark.parametrize("error", [OSError, ValueError])
def test_a_cluster_that_does_not_answer(monkeypatch, error):
    def refuse(*args, **words):
        raise error("no \n  answer" + "x" * 200)

    fake = SimpleNamespace(Client=refuse)
    monkeypatch.setitem(sys.modules, "dask", SimpleNamespace(distributed=fake))
    monkeypatch.setitem(sys.modules, "dask.distributed", fake)
    with pytest.raises(ConfigError) as caught, sweeps._cluster("tcp://x"):
        pass
    assert str(caught.value) == f"--dask tcp://x: no cluster answers there (no answer{'x' * 111})"


def test_dask_has_to_be_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(ConfigError, match="--dask needs Dask"), sweeps._cluster("tcp://x"):
        pass


@pytest.mark.parametrize("words", ["sweep S --vary a=1:2:3", "uncertainty S"])
def test_what_is_doubted_is_said_before_anything_is_asked(swept, asked, capsys, words):
    swept.gives("capexmodel.studies.sweep", sweep=RuntimeError("too late"))
    with pytest.raises(RuntimeError):
        {"sweep": sweeps.sweep, "uncertainty": sweeps.uncertainty}[words.split()[0]](asked(words))
    assert capsys.readouterr().err == DOUBTS
