"""Commands on futures drawn at random: what is planned on how many of them, for which deadline, and how it ends."""

from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from capexmodel.cli import risk
from capexmodel.errors import ConfigError
from tests.unit.cli.conftest import DOUBTS, Doubted

JOBS = SimpleNamespace(names=("first", "second"), deadlined=(False, True), deadline_s=(3.0, 7.0))
SCENARIO = SimpleNamespace(name="mine", evidence=Doubted.evidence, job=JOBS, calendar=SimpleNamespace(as_of="2026-02-02"))


@pytest.fixture
def futures(inside):
    inside.gives("capexmodel.config", load=SCENARIO)
    inside.gives("capexmodel.config.wishes", problem_of="problem")
    inside.gives("capexmodel.studies.draws", draws="draws")
    found = SimpleNamespace(answer="plan")
    inside.gives("capexmodel.studies.robust", Bench="bench", by_deadline=found, earliest=found, without_limit="unlimited")
    inside.gives("capexmodel.report.robust", robust_document="document", robust_page="ROBUST")
    ranked = SimpleNamespace(base="plan")
    inside.gives("capexmodel.studies.hedges", rank=ranked)
    inside.gives("capexmodel.report.hedges", hedges_document="document", hedges_page="HEDGES")
    return inside, found, ranked


def test_the_earliest_date_of_a_percentile(futures, asked, capsys):
    inside, found, _ = futures
    options = asked("robust S --percentile 75 --draws 5 --seed 7 --set a=3 --minimize cost --without supply --json f.json --all")
    assert risk.robust(options) == 0
    assert inside.of("load") == [("S", ["a=3"], {"faults": "all"})]
    assert inside.of("draws") == [(SCENARIO, 10**12, 7, None, {"late": True})]
    assert inside.of("problem_of") == [(SCENARIO, "cost", ["supply"])]
    assert inside.of("Bench") == [("problem", "draws", 5, print)]
    assert inside.of("earliest") == [("bench", 0.75)]
    assert inside.of("by_deadline") == inside.of("without_limit") == []
    assert inside.of("keep_traced") == [("robust S cost ['supply'] 5",)]
    assert inside.of("check_file") == [(Path("f.json"),)]
    assert inside.of("write") == [({Path("f.json"): b"json"},)]
    assert inside.of("robust_document") == inside.of("robust_page") == [(found,)]
    assert len(inside.of("share_processors")) == len(inside.of("keep_compiled")) == 1
    assert capsys.readouterr().out == "ROBUST"


def test_a_deadline_met_with_a_probability(futures, asked):
    """From 2 February to 4 March are 30 days."""
    inside, found, _ = futures
    found.answer = None
    assert risk.robust(asked("robust S --deadline second=2026-03-04 --probability 0.75 --events-only")) == 1
    assert inside.of("load") == [("S", [], {"faults": "first"})]
    assert inside.of("draws") == [(SCENARIO, 10**12, 0, (), {"late": True})]
    assert inside.of("without_limit") == [("problem", "second")]
    assert inside.of("Bench") == [("unlimited", "draws", 16, print)]
    assert inside.of("by_deadline") == [("bench", 30.0 * 86_400.0, 0.75)]
    assert inside.of("earliest") == inside.of("check_file") == []
    assert inside.of("write") == [({},)]


@pytest.mark.parametrize("words", ["--deadline first=2026-03-04", "--probability 0.5"])
def test_a_deadline_and_its_probability_go_together(futures, asked, words):
    with pytest.raises(ConfigError, match="go together"):
        risk.robust(asked(f"robust S {words}"))


def test_hedges_of_a_deadline_that_is_given(futures, asked, capsys):
    inside, _, ranked = futures
    options = asked("hedges S --deadline first=2026-03-04 --percentile 75 --draws 50 --seed 7 --json f.json --without supply --all")
    assert risk.hedges(options) == 0
    assert inside.of("problem_of") == [(SCENARIO, "time:first", ["supply"])]
    assert inside.of("load") == [("S", [], {"faults": "all"})]
    assert inside.of("draws") == [(SCENARIO, 10**12, 7, None, {"late": True})]
    assert inside.of("Bench") == [("problem", "draws", 1, print)]
    from capexmodel.studies.robust import FRESH_FROM

    assert inside.of("rank") == [("bench", 0.75, 30.0 * 86_400.0, 50, FRESH_FROM, print)]
    assert inside.of("keep_traced") == [("hedges S time ['supply']",)]
    assert inside.of("write") == [({Path("f.json"): b"json"},)]
    assert inside.of("hedges_document") == inside.of("hedges_page") == [(ranked,)]
    assert (inside.of("check_file"), len(inside.of("share_processors"))) == ([(Path("f.json"),)], 1)
    assert capsys.readouterr().out == "HEDGES"


def test_hedges_without_a_deadline_have_none(futures, asked):
    inside, _, ranked = futures
    ranked.base = None
    assert risk.hedges(asked("hedges S --minimize cost")) == 1
    assert inside.of("problem_of") == [(SCENARIO, "cost", [])]
    assert inside.of("rank")[0][2] is None
    assert (inside.of("write"), inside.of("check_file")) == ([({},)], [])


@pytest.mark.parametrize(("aim", "names", "expected"), [
    ("time:second", ("first", "second"), ("second", 7.0)), ("time:first", ("first", "second"), None),
    ("time", ("first", "second"), None), ("time:third", ("first", "second"), None),
])  # fmt: skip
def test_the_deadline_of_the_scenario_is_that_of_the_model_asked_about(aim, names, expected):
    assert risk._stated(Namespace(minimize=aim), SCENARIO) == expected


def test_of_one_model_it_need_not_be_named():
    jobs = SimpleNamespace(names=("only",), deadlined=(True,), deadline_s=(5.0,))
    assert risk._stated(Namespace(minimize="time"), SimpleNamespace(job=jobs)) == ("only", 5.0)


def test_hedges_take_the_deadline_of_the_scenario(futures, asked):
    risk.hedges(asked("hedges S --minimize time:second"))
    assert futures[0].of("rank")[0][2] == 7.0


@pytest.mark.parametrize(("deadline", "said"), [
    ("frist=2026-03-04", "no model 'frist' in mine, expected one of first, second; did you mean 'first'?"),
    ("first=soon", "'soon' is not a date, expected first=2027-06-30"), ("first", "'' is not a date"),
    ("first=2026-02-02", "2026-02-02 is not after the as-of date of mine, 2026-02-02"),
    ("first=2026-01-31", "2026-01-31 is not after the as-of date of mine"),
])  # fmt: skip
def test_deadlines_that_are_none(deadline, said):
    with pytest.raises(ConfigError) as caught:
        risk._deadline(Namespace(deadline=deadline), SCENARIO)
    assert said in str(caught.value)


def test_a_deadline_is_the_time_from_the_date_of_the_scenario():
    assert risk._deadline(Namespace(deadline="first= 2026-02-03 "), SCENARIO) == ("first", 86_400.0)
    assert risk._deadline(Namespace(deadline=None), SCENARIO) is None


@pytest.mark.parametrize("words", ["robust S", "hedges S"])
def test_what_is_doubted_is_said_before_anything_is_planned(futures, asked, capsys, words):
    futures[0].gives("capexmodel.studies.robust", Bench=RuntimeError("too late"))
    with pytest.raises(RuntimeError):
        {"robust": risk.robust, "hedges": risk.hedges}[words.split()[0]](asked(words))
    assert capsys.readouterr().err == DOUBTS
