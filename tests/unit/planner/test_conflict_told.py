"""How a conflict is told, and how a changed scenario is tried out, with searches that are answered by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner import conflict as module
from capexmodel.planner.chart import Chart
from capexmodel.planner.elastic import Bench, Least
from capexmodel.planner.lever import Lever
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.objective import PresentCost
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Solution, Status
from tests.draws import shipped
from tests.unit.planner.fakes import fake, quiet, wish

CHOICE = np.array([30.0, 40.0, 50.0, 60.0])
TAKEN = np.array([1.0, 0.0])
SHARED = SharedChart()
NONE = Least(np.full(2, np.inf), np.full(2, np.inf), None)


def least(*amounts: float, proven: bool = True) -> Least:
    """An answer of a relaxed solve that found a plan."""
    return Least(np.array(amounts), np.zeros(len(amounts)), CHOICE, proven)


def stand(whole: Least = NONE, outright=None, names=("floor", "power")) -> Bench:
    """Two wishes."""
    wishes = [wish(names[0], "staff.floor_count", -3.0), wish(names[1], "site.campus.hall_power_w", 5.0)]
    return fake(Bench, wishes=wishes, whole=whole, outright=outright or {})


def problem() -> Problem:
    """Not the usual aim."""
    return Problem(shipped("one_period"), PresentCost(), ())


def aimed() -> Problem:
    return Problem(shipped("one_period"))


def told(monkeypatch, bench: Bench, needed, alone, together):
    """Explain a conflict of which all is known."""
    asked = []

    def stands(problem, taken, shared):
        asked.append(("bench", taken, shared))
        assert isinstance(problem, Problem)
        return bench

    def ways(problem, taken, stand, needed, progress, shared):
        asked.append(("ways", needed, shared))
        return alone, together

    monkeypatch.setattr(module, "bench", stands)
    monkeypatch.setattr(module, "_needed", lambda stand, progress: needed)
    monkeypatch.setattr(module, "_ways", ways)
    return asked


def test_a_conflict_names_what_is_needed_and_what_gives_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, stand(), [0], {0: (-4.5, False)}, {1: 2.5})
    conflict = module.explain_conflict(aimed(), TAKEN, quiet)
    assert conflict.members == ("floor",)
    assert conflict.relaxations == {"floor": -4.5}
    assert conflict.units == {"floor": "count", "power": "w"}
    assert conflict.where == {"floor": "at floor", "power": "at power"}
    assert conflict.leaves == {"floor": "staff.floor_count", "power": "site.campus.hall_power_w"}
    assert conflict.works == {"floor": False}
    assert conflict.together == {"power": 2.5}


def test_the_wish_broken_most_outright_is_the_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedChart()
    shared.relaxed.having("open", np.array([True, False]))
    asked = told(monkeypatch, stand(outright={0: 0.4, 1: 0.7}), [0], {1: (3.5, True)}, {})
    conflict = module.explain_conflict(aimed(), TAKEN, quiet, shared)
    assert conflict.members == ("power",)
    assert asked == [("bench", TAKEN, shared.relaxed), ("ways", [1], shared)]
    assert shared.having("open", np.zeros(2, bool)).tolist() == [True, False]


def test_no_conflict_where_nothing_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, stand(), [], {}, {})
    assert module.explain_conflict(aimed(), TAKEN, quiet) is None


def pushes(monkeypatch: pytest.MonkeyPatch, most: float = np.inf) -> list:
    """Change no number, but keep by how much it was to be; None beyond some."""
    pushed = []

    def push(self, scenario, change):
        pushed.append((self.path, change))
        return scenario if change <= most else None

    monkeypatch.setattr(Lever, "push", push)
    return pushed


def test_numbers_are_changed_one_after_the_other_if_all_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = stand().wishes
    scenario = shipped("one_period")
    pushed = pushes(monkeypatch, 9.0)
    assert module._pushed(scenario, {first: 4.0, second: 5.0}) is scenario
    assert pushed == [("staff.floor_count", 4.0), ("site.campus.hall_power_w", 5.0)]
    assert module._pushed(scenario, {first: 10.0, second: 5.0}) is None
    assert module._pushed(scenario, {}) is scenario


@pytest.mark.parametrize(("stands", "found", "near", "works"), [
    (True, False, True, True), (True, False, False, False), (False, True, True, True), (False, False, True, False),
    (False, True, False, True),
])  # fmt: skip
def test_a_change_works_where_the_choice_stands_or_a_plan_is_found(monkeypatch, stands, found, near, works) -> None:
    asked = []

    def answer(value):
        def one(problem, taken, near, shared):
            asked.append((problem.minimize, problem.subject_to))
            assert (taken is TAKEN, shared is SHARED) == (True, True)
            return value

        return one

    pushes(monkeypatch)
    monkeypatch.setattr(module, "_stands", answer(stands))
    monkeypatch.setattr(module, "_found", answer(fake(Found) if found else None))
    assert module.applies(problem(), TAKEN, {stand().wishes[0]: 1.5}, CHOICE if near else None, SHARED) == works
    assert set(asked) == {(PresentCost(), ())}
    pushes(monkeypatch, 1.0)
    assert not module.applies(problem(), TAKEN, {stand().wishes[0]: 1.5}, CHOICE)


@pytest.mark.parametrize(("whole", "tried"), [
    (least(1e-5, 0.0), True), (least(0.0, 2e-5), False), (least(1e-2, 0.0, proven=False), True), (least(0.0, 2e-2, proven=False), False),
    (NONE, False),
])  # fmt: skip
def test_a_plan_is_rescued_from_a_breaking_that_is_none(monkeypatch, whole: Least, tried: bool) -> None:
    shared, asked, plan = SharedChart(), [], fake(Found)

    def found(problem, taken, near, chart):
        assert isinstance(problem, Problem)
        assert taken is TAKEN
        asked.append((near, chart))
        return plan

    monkeypatch.setattr(module, "bench", lambda problem, taken, chart: asked.append(chart) or stand(whole))
    monkeypatch.setattr(module, "_found", found)
    assert module.rescue(aimed(), TAKEN, shared) is (plan if tried else None)
    assert asked[0] is shared.relaxed
    assert len(asked) == 1 + tried
    assert not tried or (asked[1][0] is CHOICE and asked[1][1] is shared)


def in_turn(monkeypatch, more, needed=1):
    """Relax in turn, where so much is left to give after so many tries."""
    pushed, benches, afters = pushes(monkeypatch), [], iter([{}] * (needed - 1) + [more])
    shared = SharedChart()

    def stands(eased, taken, chart):
        assert (eased.minimize, eased.subject_to) == (PresentCost(), ())
        benches.append(chart is shared.relaxed)
        return stand(names=("power", "floor"))

    monkeypatch.setattr(module, "bench", stands)
    monkeypatch.setattr(module, "_together", lambda *given: next(afters, {}))
    return module._in_turn(problem(), TAKEN, stand(outright={1: 0.2}), shared), pushed, benches


def test_what_is_left_comes_on_top_by_the_name_of_its_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    found, pushed, benches = in_turn(monkeypatch, {0: 7.0, 1: -2.0})
    first = 5.0 * (0.2 * 1.001 + 1e-4)
    assert found == {1: pytest.approx(first + 7.0, rel=1e-12), 0: -2.0}
    assert pushed == [("site.campus.hall_power_w", pytest.approx(first, rel=1e-12))]
    assert benches == [True]


def test_the_first_to_give_does_so_by_a_larger_margin_where_the_smaller_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    found, pushed, _ = in_turn(monkeypatch, {1: -2.0}, needed=2)
    assert found == {1: pytest.approx(5.0 * (0.2 * 1.01 + 1e-3), rel=1e-12), 0: -2.0}
    assert len(pushed) == 2
    assert in_turn(monkeypatch, {1: -2.0}, needed=3)[0] == {}


def test_nothing_is_given_in_turn_where_nothing_must_or_can(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(module, "bench", lambda *given: asked.append(given))
    assert module._in_turn(problem(), TAKEN, stand(), SharedChart()) == {}
    pushes(monkeypatch, 0.0)
    assert module._in_turn(problem(), TAKEN, stand(outright={1: 0.2}), SharedChart()) == {}
    assert asked == []


def test_a_wish_that_was_none_before_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pushes(monkeypatch)
    monkeypatch.setattr(module, "bench", lambda *given: stand(names=("power", "new")))
    monkeypatch.setattr(module, "_together", lambda *given: {0: 7.0, 1: 2.0})
    assert module._in_turn(problem(), TAKEN, stand(outright={1: 0.2}), SharedChart()) == {}


def chart() -> Chart:
    """Two of four choices are free."""
    none = jnp.zeros(0, int)
    return Chart(jnp.zeros(4), jnp.array([2.0, 8.0, 4.0, 5.0]), jnp.array([1, 3]), none, none)


def reduced(broken: int = 0) -> Reduced:
    """The last of the choices is another problem's."""
    return fake(Reduced, chart=chart(), broken=np.arange(broken), open=np.array([True, False]), row_counts=(3, 2))


def test_a_choice_is_read_in_natural_units_of_what_is_free() -> None:
    assert module._natural(CHOICE, reduced()).tolist() == [5.0, 12.0]


@pytest.mark.parametrize(("primal", "broken", "stands"), [(1e-6, 0, True), (1.1e-6, 0, False), (0.0, 1, False)])
def test_a_choice_stands_where_the_judge_sees_nothing_broken(monkeypatch, primal: float, broken: int, stands: bool) -> None:
    seen, left = [], reduced(broken)

    def judge(x, prices, lower, scenario, *rest):
        seen.append((x, prices.affine, prices.curved, lower))
        assert rest == ("size", "form", left.chart, "fixed")
        return SimpleNamespace(primal=primal)

    monkeypatch.setattr(module, "prepare", lambda *given: ("form", "size", left))
    monkeypatch.setattr(module, "judge", judge)
    monkeypatch.setattr(Reduced, "fixed", property(lambda self: "fixed"))
    assert module._stands(aimed(), TAKEN, CHOICE * [1, 1, 1, 1], None) == stands
    assert broken or [part.tolist() for part in seen[0]] == [[5.0, 0.0], [0.0] * 3, [0.0] * 2, [0.0] * 2]


def test_what_a_choice_is_below_nothing_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(module, "prepare", lambda *given: (None, None, reduced()))
    monkeypatch.setattr(module, "judge", lambda x, *rest: seen.append(x.tolist()) or SimpleNamespace(primal=0.0))
    assert module._stands(aimed(), TAKEN, -CHOICE, None)
    assert seen == [[0.0, 0.0]]


def searches(monkeypatch, *outcomes: str, broken: int = 0) -> list:
    """A search that ends so and so, one after the other."""
    starts, ends = [], iter(outcomes)

    def search(problem, prepared, start):
        starts.append(None if start is None else start.tolist())
        how = next(ends)
        errors = SimpleNamespace(primal=0.0)
        solution = fake(Solution, status=Status.NUMERIC if how == "lost" else Status.OPTIMAL, errors=errors)
        return fake(Found, solution=solution, verdict=SimpleNamespace(primal=1.0 if how == "unsound" else 0.0), how=how)

    monkeypatch.setattr(module, "prepare", lambda *given: (None, None, reduced(broken)))
    monkeypatch.setattr(module, "search", search)
    return starts


def test_a_plan_is_looked_for_from_nearby_and_then_from_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    near = np.array([30.0, 0.001, 50.0, 60.0])
    for outcomes in (("good",), ("lost", "good"), ("unsound", "good")):
        starts = searches(monkeypatch, *outcomes)
        assert module._found(aimed(), TAKEN, near, None).how == "good"
        assert starts == [[0.01, 12.0], None][: len(outcomes)]
    searches(monkeypatch, "unsound", "lost")
    assert module._found(aimed(), TAKEN, near, None) is None


def test_without_a_choice_nearby_a_plan_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = searches(monkeypatch, "good")
    assert module._found(aimed(), TAKEN, None, None).how == "good"
    assert starts == [None]
    starts = searches(monkeypatch, "good", broken=2)
    assert module._found(aimed(), TAKEN, None, None) is None
    assert starts == []
