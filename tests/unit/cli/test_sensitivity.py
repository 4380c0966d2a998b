"""Commands on what an output hangs on: what is studied, with which plan, and what does not go together."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from capexmodel.cli import sensitivity as module
from capexmodel.errors import ConfigError, ModelError
from capexmodel.studies.tornado import PART_ROWS
from tests.unit.cli.conftest import DOUBTS, Doubted


@pytest.fixture
def studying(inside):
    inside.gives("capexmodel.config", load=Doubted("scenario"))
    inside.gives("capexmodel.config.wishes", problem_of="problem")
    inside.gives("capexmodel.planner.optimize", optimize="plan")
    inside.gives("capexmodel.cli.sensitivity", followed="followed")
    slopes = SimpleNamespace(output=SimpleNamespace(name="the aim"))
    inside.gives("capexmodel.studies.elasticity", named=None, elasticities={"a": "slope a", "b": "slope b"}, aim_elasticities=slopes)
    outputs = [SimpleNamespace(name="a", share=False), SimpleNamespace(name="b", share=False), SimpleNamespace(name="c", share=True)]
    inside.gives("capexmodel.studies.outputs", outputs=outputs)
    inside.gives("capexmodel.studies.draws", draws="draws")
    inside.gives("capexmodel.studies.batch", Simulations="engine")
    inside.gives("capexmodel.studies.tornado", tornado=SimpleNamespace(bars=lambda one: (f"bars of {one}",)), planned_bars=("bars",))
    inside.gives("capexmodel.studies.sobol", sobol="variance")
    inside.gives("capexmodel.report.sensitivity", sensitivity_document="document", sensitivity_page="PAGE")
    inside.patch.setattr("capexmodel.report.sensitivity.Sensitivity", lambda *parts: SimpleNamespace(parts=parts, told=parts[1]))
    inside.patch.setattr("capexmodel.report.sensitivity.Told", lambda *parts: parts)
    inside.gives("capexmodel.report.tornado_figure", tornado_drawings={"t.svg": b"t"})
    return inside


def test_one_plan_is_followed_and_every_figure_moved(studying, asked, capsys):
    words = "sensitivity S --output a --sobol 50 --seed 7 --set x=3 --json f.json --figures d --all"
    assert module.sensitivity(asked(words)) == 0
    assert studying.of("load") == [("S", ["x=3"], {"faults": "all"})]
    assert studying.of("named") == [("scenario", "a")]
    assert studying.of("elasticities") == [("scenario", "followed", ["a", "b"], print)]
    assert studying.of("draws") == [("scenario", 50, 7)]
    assert studying.of("Simulations") == [("scenario", "followed", "draws", {"part_rows": PART_ROWS})]
    assert studying.of("tornado") == [("engine", "scenario")]
    assert studying.of("sobol") == [("engine", "scenario", print)]
    assert studying.of("keep_traced") == [("sensitivity S",)]
    assert (studying.of("check_file"), studying.of("check_folder")) == ([(Path("f.json"),)], [(Path("d"),)])
    assert studying.of("write") == [({Path("f.json"): b"json", Path("d/t.svg"): b"t"},)]
    found, name = studying.of("sensitivity_page")[0]
    told = {"a": ("slope a", ("bars of slope a",)), "b": ("slope b", ("bars of slope b",))}
    assert (found.parts, name) == (("scenario", told, "variance", module.FOLLOWED), "a")
    assert studying.of("tornado_drawings") == [(found, "a")]
    assert studying.of("sensitivity_document") == [(found,)]
    assert len(studying.of("share_processors")) == 1
    assert capsys.readouterr().out == "every figure at both ends of its range\nPAGE"


def test_no_variance_unless_asked_for(studying, asked):
    assert module.sensitivity(asked("sensitivity S")) == 0
    assert studying.of("load") == [("S", [], {"faults": "first"})]
    assert (studying.of("draws"), studying.of("sobol")) == ([("scenario", 1, 0)], [])
    assert studying.of("sensitivity_page")[0][0].parts[2] is None
    assert (studying.of("write"), studying.of("tornado_drawings")) == ([({},)], [])


def test_where_no_figure_has_a_range_slopes_are_told_alone(studying, asked):
    studying.gives("capexmodel.studies.draws", draws=ModelError("no ranges"))
    assert module.sensitivity(asked("sensitivity S --output b")) == 0
    assert studying.of("sensitivity_page")[0][0].parts == ("scenario", {"a": ("slope a", ()), "b": ("slope b", ())}, None, module.FOLLOWED)
    with pytest.raises(ModelError, match="no ranges"):
        module.sensitivity(asked("sensitivity S --sobol 50"))


def test_the_best_plan_is_found_anew_at_the_ends(studying, asked):
    assert module.sensitivity(asked("sensitivity S --over optimize --solves 5 --minimize cost --without supply")) == 0
    assert studying.of("problem_of") == [("scenario", "cost", ["supply"])]
    assert studying.of("optimize") == [("problem", {"starts": 1, "ranges": False, "swing": False, "progress": print})]
    slopes = studying.of("planned_bars")[0][1]
    assert studying.of("aim_elasticities") == [("plan",)]
    assert studying.of("planned_bars") == [("plan", slopes, 5, print)]
    found, name = studying.of("sensitivity_page")[0]
    assert (found.parts, name) == (("scenario", {"the aim": (slopes, ("bars",))}, None, module.PLANNED), "the aim")
    assert studying.of("named") == studying.of("followed") == []
    studying.gives("capexmodel.studies.tornado", planned_bars=ModelError("no ranges"))
    module.sensitivity(asked("sensitivity S --over optimize"))
    assert studying.of("sensitivity_page")[1][0].parts[1] == {"the aim": (slopes, ())}


@pytest.mark.parametrize(("words", "name"), [("--allocation a", "allocation"), ("--sobol 50", "sobol"), ("--output x", "output")])
def test_what_is_of_one_plan_does_not_go_with_plans_found_anew(studying, asked, words, name):
    with pytest.raises(ConfigError, match=f"--{name} goes with --over simulate"):
        module.sensitivity(asked(f"sensitivity S --over optimize {words}"))
    assert studying.of("load") == []


@pytest.fixture
def attributing(studying):
    studying.gives("capexmodel.studies.attribution", attribute="attributed")
    studying.patch.setattr("capexmodel.studies.attribution.Follower", lambda *parts: parts)
    studying.gives("capexmodel.studies.bridge", same_choices=True)
    studying.gives("capexmodel.report.attribution", attribution_document="document", attribution_page="WHY")
    studying.patch.setattr("capexmodel.config.load", lambda name, changes: Doubted(f"{name} {changes}"))
    return studying


def test_both_follow_the_best_plan_of_the_first(attributing, asked, capsys):
    words = "attribute A B --set-one x=3 --set-one y=5 --set-two z=7 --output o --json f.json"
    assert module.attribute(asked(words)) == 0
    one, two = "A ['x=3', 'y=5']", "B ['z=7']"
    assert attributing.of("named") == [(one, "o"), (two, "o")]
    assert [scenario for _, scenario in attributing.of("followed")] == [one]
    assert attributing.of("attribute") == [((one, "followed"), (two, "followed"), "o", print)]
    names = "A --set x=3 --set y=5", "B --set z=7"
    assert attributing.of("attribution_page") == [("attributed", names, "Both follow the best plan of the first.")]
    assert attributing.of("attribution_document") == attributing.of("attribution_page")
    assert (attributing.of("check_file"), attributing.of("write")) == ([(Path("f.json"),)], [({Path("f.json"): b"json"},)])
    assert attributing.of("keep_traced") == [("attribute A B",)]
    assert capsys.readouterr().out == "WHY"


def test_a_plan_that_is_given_is_said(attributing, asked):
    assert module.attribute(asked("attribute A B --allocation a.json")) == 0
    assert attributing.of("attribution_page")[0][1:] == (("A", "B"), "Both follow the plan of a.json.")
    assert (attributing.of("write"), attributing.of("check_file")) == ([({},)], [])


@pytest.mark.parametrize(("words", "same"), [(" --own-plans", True), ("", False), (" --own-plans", False)])
def test_each_follows_its_own_plan(attributing, asked, words, same):
    attributing.gives("capexmodel.studies.bridge", same_choices=same)
    module.attribute(asked(f"attribute A B{words}"))
    assert [scenario for _, scenario in attributing.of("followed")] == ["A []", "B []"]
    assert attributing.of("attribute")[0][:2] == (("A []", "followed"), ("B []", "followed"))
    assert attributing.of("attribution_page")[0][2].startswith("Each follows its own best plan")


def test_one_plan_has_to_fit_both(attributing, asked):
    with pytest.raises(ConfigError, match="--own-plans finds the best plan of each scenario"):
        module.attribute(asked("attribute A B --own-plans --allocation a.json"))
    attributing.gives("capexmodel.studies.bridge", same_choices=False)
    with pytest.raises(ConfigError, match=r"a\.json: one plan cannot be followed in both"):
        module.attribute(asked("attribute A B --allocation a.json"))


@pytest.mark.parametrize("words", ["sensitivity S", "attribute S S"])
def test_what_is_doubted_is_said_once(studying, asked, capsys, words):
    studying.gives("capexmodel.studies.elasticity", named=RuntimeError("too late"))
    with pytest.raises(RuntimeError):
        {"sensitivity": module.sensitivity, "attribute": module.attribute}[words.split()[0]](asked(words))
    assert capsys.readouterr().err == DOUBTS
