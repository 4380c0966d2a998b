"""The best plans of examples: which are planned anew, from what, and what is remembered."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.choice import Choice
from capexmodel.planning.problem import Form, Problem
from capexmodel.testing import plans as module
from capexmodel.testing.cases import Cases, lead_times
from capexmodel.testing.plans import Plans, cost, free_of
from tests.bare import bare
from tests.draws import shipped

PLACE = ("a", "b")


def cases(*values):
    numbers = {("z", "z"): np.zeros(len(values)), PLACE: np.asarray([[value, 2.0 * value] for value in values])}
    return Cases(numbers, {}, np.zeros(len(values)))


def end(name, **fields):
    return bare(Found, name=name, **fields)


class Named(Plans):
    """Plans that are the number of their example; what was planned is noted, and one of 5 is none."""

    def __init__(self, base):
        super().__init__(base)
        self.asked = []

    _shared = "chart"

    def _planned(self, problem, prepared):
        self.asked.append((problem, prepared))
        return None if problem == ("problem", 5.0) else end(problem[1])


@pytest.fixture
def plans(monkeypatch):
    monkeypatch.setattr(module, "scenario_of", lambda base, numbers: float(numbers[PLACE][0]))
    monkeypatch.setattr(module, "Problem", lambda scenario: ("problem", scenario))
    monkeypatch.setattr(module, "_set_up", lambda problems, shared: [(shared, problem) for problem in problems])
    monkeypatch.setattr(module, "sound", lambda found: found.name != 7.0)
    return Named(shipped("one_period"))


def test_each_example_is_planned_once_and_remembered_by_its_numbers(plans):
    assert [found and found.name for found in plans.ends(cases(3.0, 5.0, 3.0, 11.0))] == [3.0, None, 3.0, 11.0]
    assert [one for one, _ in plans.asked] == [("problem", 3.0), ("problem", 5.0), ("problem", 11.0)]
    assert plans.asked[0][1] == ("chart", ("problem", 3.0))
    plans.asked.clear()
    assert [found and found.name for found in plans.ends(cases(11.0, 5.0))] == [11.0, None]
    assert plans.asked == []


def test_what_is_forgotten_is_planned_again_from_what_is_near(plans):
    plans.ends(cases(3.0))
    plans._near = near = end("near")
    plans.forget()
    plans.ends(cases(3.0))
    assert len(plans.asked) == 2
    assert plans._near is near


def test_a_plan_that_is_not_sound_is_none(plans):
    assert [found and found.name for found in plans.of(cases(3.0, 5.0, 7.0))] == [3.0, None, None]
    assert [found and found.name for found in plans.ends(cases(7.0))] == [7.0]


def test_examples_are_told_apart_by_every_number_in_the_order_of_their_names():
    one, two = {("a", "b"): np.asarray([3.0, 5.0]), ("a", "a"): np.asarray([7.0])}, {("a", "a"): 7, ("a", "b"): np.asarray([3, 5])}
    assert module._key(one) == module._key(two) == np.asarray([7.0, 3.0, 5.0]).tobytes()
    assert module._key(one | {("a", "a"): np.asarray([8.0])}) != module._key(one)
    assert [row[PLACE].tolist() for row in module._rows(cases(3.0, 5.0))] == [[3.0, 6.0], [5.0, 10.0]]


def searching(monkeypatch, sound=True, warm=True):
    """A search that tells how it was begun."""
    asked = []

    def search(problem, prepared, warm=None):
        asked.append(warm)
        return end(len(asked), reduced=prepared[2], solution=f"solution {len(asked)}")

    monkeypatch.setattr(module, "search", search)
    monkeypatch.setattr(module, "sound", lambda found: sound)
    monkeypatch.setattr(module, "held", lambda found: found if warm else None)
    monkeypatch.setattr(module, "same_chart", lambda one, other: one.chart == other.chart)
    return asked


@pytest.fixture
def anew():
    """Plans of nothing yet."""
    return Plans(shipped("one_period"))


def test_a_limit_broken_whatever_is_chosen_is_no_search(anew, monkeypatch):
    asked = searching(monkeypatch)
    assert anew._planned(bare(Problem), prepared("x", 2)) is None
    assert asked == []


def prepared(name, broken=0):
    """A problem that is set up, on a chart of this name, with so many rows that are broken."""
    return bare(Form), bare(module.Prepared.__args__[1]), bare(Reduced, chart=name, broken=np.zeros(broken))


def test_a_search_begins_from_the_plan_at_hand_on_the_same_chart(anew, monkeypatch):
    asked = searching(monkeypatch)
    found = [anew._planned(bare(Problem), prepared(name)).name for name in ("x", "x", "y", "y")]
    assert found == [1, 2, 3, 4]
    assert asked == [None, "solution 1", None, "solution 3"]


def test_a_plan_at_hand_that_leads_nowhere_is_given_up(anew, monkeypatch):
    asked = searching(monkeypatch, warm=False)
    assert [anew._planned(bare(Problem), prepared("x")).name for _ in range(2)] == [1, 3]
    assert asked == [None, "solution 1", None]


def test_a_plan_that_does_not_hold_is_none_to_begin_from(anew, monkeypatch):
    asked = searching(monkeypatch, sound=False)
    assert [anew._planned(bare(Problem), prepared("x")).name for _ in range(2)] == [1, 2]
    assert asked == [None, None]


def test_a_plan_is_solved_again_from_itself(monkeypatch):
    monkeypatch.setattr(module, "research", lambda problem, found: end((problem, found.name)))
    problem = bare(Problem)
    assert Plans(shipped("one_period")).again(end("one", problem=problem)).name == (problem, "one")


def test_the_chart_is_made_for_the_scenario_and_sixteen_examples_near_it(monkeypatch):
    drawn = []

    def draw(base, examples, seed=0, reach=None, width=1.0, still=()):
        drawn.append((base, list(examples), still))
        return cases(*(3.0 + np.arange(len(list(examples)))))

    base = shipped("one_period")
    monkeypatch.setattr(module, "draw", draw)
    monkeypatch.setattr(module, "scenario_of", lambda base, numbers: float(numbers[PLACE][0]))
    monkeypatch.setattr(module, "Problem", lambda scenario: scenario)
    made = []
    monkeypatch.setattr(module, "chart_for", lambda problems: made.extend(problems) or bare(SharedChart))
    assert isinstance(Plans(base)._shared, SharedChart)
    assert drawn == [(base, list(range(16)), lead_times(base))]
    assert made == [base, *(3.0 + np.arange(16))]


def test_problems_set_up_before_the_chart_held_all_are_set_up_again(monkeypatch):
    asked = []
    charts = iter(["small", "large", "large", "late"])

    def prepare(problem, taken, shared):
        asked.append((problem, taken.tolist(), shared))
        return prepared(next(charts))

    monkeypatch.setattr(module, "prepare", prepare)
    monkeypatch.setattr(module, "same_chart", lambda one, other: one.chart == other.chart)
    shared = bare(SharedChart)
    problems = [bare(Problem, scenario=SimpleNamespace(deal=SimpleNamespace(names=("a", "b"))), name=k) for k in range(3)]
    found = module._set_up(problems, shared)
    assert [one[2].chart for one in found] == ["late", "large", "large"]
    assert [problem.name for problem, *_ in asked] == [0, 1, 2, 0]
    assert all(taken == [0.0, 0.0] for _, taken, _ in asked)
    assert all(chart is shared for *_, chart in asked)
    assert module._set_up([], shared) == []


@pytest.mark.parametrize(("unit", "expected"), [("s", 3.0 * 7.0 / 86_400.0), ("usd", 21.0)])
def test_what_was_minimized_is_told_in_days_or_in_its_own_unit(unit, expected):
    aim = SimpleNamespace(unit=unit, size=lambda size: size * 3.5)
    found = end("x", problem=SimpleNamespace(minimize=aim), size=2.0, solution=SimpleNamespace(value=3.0))
    assert cost(found) == pytest.approx(expected, rel=1e-14)


@pytest.fixture
def freed(monkeypatch):
    """A plan's choices as free ones of another: of five, those at 4, 0 and 2 are free there, and of these the first two open."""
    numbers = {"free": [4, 0, 2], "base": [1.5, 2.5, 3.5, 4.5, 5.5], "unit": [3.0, 5.0, 7.0, 9.0, 11.0]}
    there = SimpleNamespace(**{name: np.asarray(value) for name, value in numbers.items()})
    this = end("x", reduced=SimpleNamespace(chart=there, open=np.asarray([0, 1])))

    def of(choice):
        monkeypatch.setattr(module, "ravel_pytree", lambda tree: (choice, None))
        return free_of(this, end("y", verdict=SimpleNamespace(choice=bare(Choice))))

    return of


def test_choices_of_another_plan_as_free_ones_of_this(freed):
    np.testing.assert_allclose(freed(np.asarray([30.0, 2.5, 3.5, 4.5, 22.0])), [2.0, 10.0, 0.5], rtol=1e-14)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("by", [0.25, -0.25])
def test_a_plan_that_uses_what_is_not_free_here_is_none_of_these(freed, at, by):
    choice = np.asarray([30.0, 2.5, 3.5, 4.5, 22.0])
    choice[at] += by
    assert freed(choice) is None
