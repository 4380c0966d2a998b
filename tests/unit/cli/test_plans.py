"""Commands on a scenario: what is passed on, printed and written, and how they end."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from capexmodel.cli import plans
from capexmodel.errors import ConfigError

SCENARIO = SimpleNamespace(name="mine", evidence=SimpleNamespace(doubts=("a doubt", "another")))


def plan_of(status="OPTIMAL", outcome="outcome"):
    return SimpleNamespace(status=status, outcome=outcome, problem=SimpleNamespace(scenario=SCENARIO), conflict="conflict")


@pytest.fixture
def solving(inside):
    """A plan that is found."""
    inside.gives("capexmodel.config", load=SCENARIO)
    inside.gives("capexmodel.config.wishes", problem_of="problem")
    inside.gives("capexmodel.planner.optimize", optimize=plan_of())
    inside.gives("capexmodel.report.document", document="document", simulation_document="simulated")
    inside.gives("capexmodel.report.page", page="PAGE", conflict_lines=["  one ", " two"], simulation="SIMULATED")
    inside.gives("capexmodel.report.figures", drawings={"a.svg": b"a", "b.png": b"b"})
    return inside


def test_a_plan_is_asked_for_as_wished_and_shown(solving, asked, capsys):
    options = asked("optimize S --set a=3 --minimize cost --without supply --starts 5 --whole")
    assert plans.optimize(options) == 0
    assert solving.of("load") == [("S", ["a=3"], {"faults": "first"})]
    assert solving.of("problem_of") == [(SCENARIO, "cost", ["supply"])]
    assert solving.of("optimize") == [("problem", {"starts": 5, "swing": False, "whole": True, "progress": print})]
    assert solving.of("keep_traced") == [("optimize True S cost ['supply'] ['', 'a']",)]
    assert len(solving.of("keep_compiled")) == 2
    assert solving.of("write") == [({},)]
    assert solving.of("check_file") == solving.of("check_folder") == []
    told = capsys.readouterr()
    assert told.out == "PAGE"
    assert told.err == "capexmodel: a doubt\ncapexmodel: another\n"


def test_files_that_are_asked_for_are_checked_and_written(solving, asked):
    assert plans.optimize(asked("optimize S --swings --all --json f.json --figures d")) == 0
    assert (solving.of("check_file"), solving.of("check_folder")) == ([(Path("f.json"),)], [(Path("d"),)])
    assert solving.of("load") == [("S", [], {"faults": "all"})]
    assert solving.of("optimize")[0][-1]["swing"] is True
    assert solving.of("write") == [({Path("f.json"): b"json", Path("d/a.svg"): b"a", Path("d/b.png"): b"b"},)]
    assert solving.of("drawings") == [(SCENARIO, "outcome")]
    assert solving.of("to_json") == [("document",)]


@pytest.mark.parametrize(("status", "said"), [
    ("INFEASIBLE_EXPLAINED", "one two"), ("MAX_ITER", "MAX_ITER: this plan is not proven; try more starts (--starts)"),
])  # fmt: skip
def test_a_plan_that_is_not_proven_ends_with_one(solving, asked, capsys, status, said):
    solving.gives("capexmodel.planner.optimize", optimize=plan_of(status, None))
    assert plans.optimize(asked("optimize S --figures d")) == 1
    assert capsys.readouterr().err.endswith(f"another\ncapexmodel: {said}\n")
    assert solving.of("drawings") == []
    assert solving.of("conflict_lines") == ([("conflict",)] if status.startswith("INF") else [])


def test_an_explanation_is_of_a_plan_without_swings(solving, asked, capsys):
    solving.gives("capexmodel.report.explain", explain="WHY")
    assert plans.explain(asked("explain S --starts 3")) == 0
    assert solving.of("optimize") == [("problem", {"starts": 3, "swing": False, "whole": False, "progress": print})]
    assert solving.of("keep_traced") == [("explain None S time [] ['']",)]
    assert capsys.readouterr().out == "WHY"
    solving.gives("capexmodel.planner.optimize", optimize=plan_of("MAX_ITER"))
    assert plans.explain(asked("explain S")) == 1


def test_a_scenario_without_fault_is_told_with_its_evidence(solving, asked, capsys):
    solving.gives("capexmodel.report.evidence", summary=["one", "two"])
    assert plans.lint(asked("lint S")) == 0
    assert capsys.readouterr().out == "mine: no fault found\none\ntwo\n"


def test_an_allocation_is_followed(solving, asked, capsys):
    solving.gives("capexmodel.cli.plans", given_allocation="allocation")
    solving.gives("capexmodel.planner.follow", follow_allocation="followed")
    assert plans.simulate(asked("simulate S --allocation a.json --json f.json --figures d")) == 0
    assert solving.of("given_allocation") == [("a.json", SCENARIO)]
    assert solving.of("follow_allocation") == [(SCENARIO, "allocation")]
    assert solving.of("simulation_document") == solving.of("simulation") == [(SCENARIO, "allocation", "followed")]
    assert solving.of("write") == [({Path("f.json"): b"json", Path("d/a.svg"): b"a", Path("d/b.png"): b"b"},)]
    assert solving.of("check_file") == [(Path("f.json"),)]
    assert capsys.readouterr().out == "SIMULATED"
    plans.simulate(asked("simulate S --allocation a.json"))
    assert solving.of("write")[1] == ({},)


def test_there_is_nothing_to_follow_without_an_allocation(solving, asked):
    with pytest.raises(ConfigError, match="--allocation: missing"):
        plans.simulate(asked("simulate S --json f.json"))
    assert solving.of("check_file") == []


def test_an_allocation_is_read_and_its_file_named_once(inside, capsys):
    inside.gives("capexmodel.report.document", read_result="result", read_allocation="allocation")
    inside.gives("capexmodel.report.proof", unchanged=True)
    assert plans.given_allocation("a.json", SCENARIO) == "allocation"
    assert inside.of("unchanged") == [("result",)]
    assert capsys.readouterr().err == ""
    assert inside.of("read_result") == [(Path("a.json"),)]
    assert inside.of("read_allocation") == [("result", SCENARIO)]
    for text in ("a.json: is wrong", "is wrong"):
        inside.gives("capexmodel.report.document", read_allocation=ConfigError(text))
        with pytest.raises(ConfigError) as caught:
            plans.given_allocation("a.json", SCENARIO)
        assert str(caught.value) == "a.json: is wrong"


def test_an_allocation_that_somebody_changed_is_followed_with_a_word(inside, capsys):
    inside.gives("capexmodel.report.document", read_result="result", read_allocation="allocation")
    inside.gives("capexmodel.report.proof", unchanged=False)
    assert plans.given_allocation("a.json", SCENARIO) == "allocation"
    assert capsys.readouterr().err == "capexmodel: a.json: was changed since it was written: its result_hash does not fit\n"


@pytest.fixture
def sweeping(solving):
    """A frontier that answers."""
    found = SimpleNamespace(answered=True)
    solving.gives("capexmodel.config.vary", vary=(SCENARIO, SimpleNamespace(path="a.b"), [3.0, 5.0]))
    solving.gives("capexmodel.planner.frontier", frontier=found)
    solving.gives("capexmodel.planner.aims", weigh=found)
    solving.gives("capexmodel.report.frontier", frontier_document="document", frontier_page="FRONT")
    solving.gives("capexmodel.report.frontier_figure", frontier_drawings={"f.svg": b"f"})
    return solving, found


def test_one_figure_is_swept(sweeping, asked, capsys):
    inside, found = sweeping
    words = "frontier S --vary a.b=3:5:2 --set c=7 --minimize cost --without supply --json f.json --figures d"
    assert plans.frontier(asked(words)) == 0
    assert inside.of("vary") == [("S", ["c=7"], "a.b=3:5:2")]
    assert inside.of("problem_of") == [(SCENARIO, "cost", ["supply"])]
    assert inside.of("frontier") == [("problem", "a.b", [3.0, 5.0], {"progress": print})]
    assert inside.of("keep_traced") == [("frontier None S cost ['supply'] ['a.b', 'c']",)]
    assert inside.of("write") == [({Path("f.json"): b"json", Path("d/f.svg"): b"f"},)]
    assert inside.of("frontier_document") == inside.of("frontier_page") == inside.of("frontier_drawings") == [(found,)]
    assert (len(inside.of("keep_compiled")), inside.of("check_folder")) == (1, [(Path("d"),)])
    assert capsys.readouterr() == ("FRONT", "capexmodel: a doubt\ncapexmodel: another\n")


def test_two_aims_are_weighed(sweeping, asked):
    inside, found = sweeping
    found.answered = False
    assert plans.frontier(asked("frontier S --aims date,cost --points 5")) == 1
    assert inside.of("weigh") == [("problem", "date", "cost", 5, {"progress": print})]
    assert (inside.of("vary"), inside.of("write")) == ([], [({},)])
    spaced = asked("frontier S --aims x")
    spaced.aims = " cost , date"
    plans.frontier(spaced)
    assert inside.of("weigh")[1][:3] == ("problem", "cost", "date")


def test_aims_that_cannot_be_weighed_are_refused(sweeping, asked):
    for words in ("date,weight", "date", "cost,power"):
        with pytest.raises(ConfigError, match=f"--aims: '{words}' cannot be weighed, expected one of date,cost;"):
            plans.frontier(asked(f"frontier S --aims {words}"))


@pytest.mark.parametrize(("words", "said"), [
    ("frontier S", "--vary: missing"),
    ("frontier S --vary a=1:2:3 --aims date,cost", "--aims: weighs two aims .*, expected no --vary beside it"),
])  # fmt: skip
def test_either_a_figure_or_aims(sweeping, asked, words, said):
    with pytest.raises(ConfigError, match=said):
        plans.frontier(asked(words))
