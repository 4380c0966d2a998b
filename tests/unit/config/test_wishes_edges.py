"""Wishes in words: every aim with and without a job, limits that go with others, and the way back from a Problem to words."""

import pytest

from capexmodel import config
from capexmodel.config.wishes import problem_of, words_of
from capexmodel.errors import ConfigError
from capexmodel.planning.limits import LIMITS
from capexmodel.planning.objective import PresentCost, TimeToModel, WorkByDate
from capexmodel.planning.problem import Problem

NAMES = [limit.name for limit in LIMITS]
AIMS = "expected time, time:JOB, work:JOB, cost or cost:JOB"


@pytest.fixture
def scenario():
    return config.load("small")


class Sooner(TimeToModel):
    """An aim that people have no word for."""


@pytest.mark.parametrize(
    ("aim", "wanted"),
    [
        ("time", TimeToModel()),
        ("time:first", TimeToModel(job="first")),
        ("time:second", TimeToModel(job="second")),
        ("work:first", WorkByDate(job="first")),
        ("cost", PresentCost()),
        ("cost:first", PresentCost(job="first")),
    ],
)
def test_an_aim_is_what_its_words_say_and_says_them_again(scenario, aim, wanted):
    problem = problem_of(scenario, aim, ())
    assert problem.scenario is scenario
    assert problem.minimize == wanted
    assert type(problem.minimize) is type(wanted)
    assert problem.subject_to == LIMITS
    assert words_of(problem) == (aim, ())


@pytest.mark.parametrize(
    ("lifted", "gone"),
    [
        ([], set()),
        (["hiring"], {"hiring"}),
        (["mixed_power_w"], {"mixed_power_w"}),
        (["site_power_w"], {"site_power_w", "mixed_power_w"}),
        (["hiring", "site_power_w", "deadline"], {"hiring", "site_power_w", "mixed_power_w", "deadline"}),
    ],
)
def test_limits_are_lifted_and_what_is_a_part_of_them_with_them(scenario, lifted, gone):
    assert {"hiring", "mixed_power_w", "site_power_w", "deadline"} < set(NAMES)
    problem = problem_of(scenario, "time", lifted)
    assert [limit.name for limit in problem.subject_to] == [name for name in NAMES if name not in gone]
    assert words_of(problem) == ("time", tuple(name for name in NAMES if name in gone))


@pytest.mark.parametrize(
    ("aim", "lifted", "said"),
    [
        ("time", ["hirring"], f"--without: no limit 'hirring', expected one of {', '.join(NAMES)}; did you mean 'hiring'?"),
        ("time", ["hiring", "q"], f"--without: no limit 'q', expected one of {', '.join(NAMES)}"),
        ("q", ["q"], f"--without: no limit 'q', expected one of {', '.join(NAMES)}"),
        ("tim", [], f"--minimize: no aim 'tim', {AIMS}; did you mean 'time'?"),
        ("q:first", [], f"--minimize: no aim 'q', {AIMS}"),
        ("", [], f"--minimize: no aim '', {AIMS}"),
        ("work", [], "--minimize: no model '' in small, expected work:first or work:second"),
        ("work:", [], "--minimize: no model '' in small, expected work:first or work:second"),
        ("time:", [], "--minimize: no model '' in small, expected time:first or time:second"),
        ("cost:", [], "--minimize: no model '' in small, expected cost:first or cost:second"),
        ("time:frist", [], "--minimize: no model 'frist' in small, expected time:first or time:second; did you mean 'first'?"),
        (
            "cost:first:second",
            [],
            "--minimize: no model 'first:second' in small, expected cost:first or cost:second; did you mean 'second'?",
        ),
    ],
)
def test_words_that_are_not_known_are_said(scenario, aim, lifted, said):
    with pytest.raises(ConfigError) as error:
        problem_of(scenario, aim, lifted)
    assert str(error.value) == said


def test_a_problem_that_is_none_of_those_shipped_has_no_words(scenario):
    assert words_of(Problem(scenario)) == ("time", ())
    assert words_of(Problem(scenario, WorkByDate(job="second"), LIMITS)) == ("work:second", ())
    assert words_of(Problem(scenario, Sooner())) is None
    assert words_of(Problem(scenario, TimeToModel(), LIMITS[::-1])) is None
    assert words_of(Problem(scenario, TimeToModel(), (*LIMITS, LIMITS[0]))) is None
    assert words_of(Problem(scenario, TimeToModel(), tuple(limit for limit in LIMITS if limit.name != "site_power_w"))) is None
