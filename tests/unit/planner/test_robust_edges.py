"""A search over futures whose steps are answered by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner import robust as module
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.robust import Reached, Wanted, tail_mean
from capexmodel.planner.search import Found, Given
from capexmodel.planner.tail import Futures
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Solution, Status
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town


def found() -> Found:
    scenario = changed(town(), preference__cost_s_per_usd=0.25)
    return fake(Found, problem=Problem(scenario), size=sizes(), reduced=fake(Reduced, chart=None, linear=None))


def test_a_goal_is_in_natural_units() -> None:
    goal = Wanted(0.3).goal(found())
    assert [float(part) for part in (goal.worst, goal.bound, goal.time_weight, goal.usd_weight)] == [0.3, 0.0, 1.0, 0.25 / 17.0]
    goal = Wanted(0.3, 340.0).goal(found())
    assert [float(part) for part in (goal.worst, goal.bound, goal.time_weight, goal.usd_weight)] == [0.3, 20.0, 100.0, 1.0 / 3.0]


def test_the_tail_is_the_worst_share_and_a_part_of_the_next() -> None:
    date = np.array([3.0, 11.0, 5.0, 7.0])
    assert tail_mean(date, 0.5) == pytest.approx((11.0 + 7.0) / 2.0)
    assert tail_mean(date, 0.65) == pytest.approx((11.0 + 7.0 + 0.6 * 5.0) / 2.6)
    assert tail_mean(date, 1.0) == pytest.approx(6.5)
    assert tail_mean(date, 0.125) == pytest.approx(11.0)


def test_a_search_is_settled_where_next_to_nothing_is_promised() -> None:
    none = np.zeros(1)
    assert [Reached(none, none, 1.0, promised, 3).settled for promised in (1e-3, 1.1e-3)] == [True, False]


def searcher(monkeypatch, wanted: Wanted, usd: float = 6.0) -> module._Search:
    """A search where every plan costs as much, and dates are straight lines of three orders, in two futures."""
    slope = np.array([[2.0, 0.0, -1.0], [0.0, 3.0, 1.0]])
    monkeypatch.setattr(module, "Given", lambda *parts: fake(Given))
    monkeypatch.setattr(module, "present_usd", lambda x, given: usd)
    monkeypatch.setattr(module, "look", lambda found, ahead, x: (slope @ np.asarray(x) + [5.0, 7.0], slope))
    return module._Search(found(), fake(Futures), wanted)


def test_the_goal_is_the_late_dates_and_a_little_for_their_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    x, date = np.zeros(3), np.array([4.0, 9.0])
    assert searcher(monkeypatch, Wanted(0.5)).value(x, date) == pytest.approx(9.0 + 6.0 * 0.25 / 17.0)
    bounded = searcher(monkeypatch, Wanted(0.5, 34.0))
    assert bounded.value(x, date) == pytest.approx(100.0 * 7.0 + 6.0 / 3.0)
    assert bounded.value(x, np.array([1.0, 1.5])) == pytest.approx(2.0)
    assert searcher(monkeypatch, Wanted(0.5)).value(x, -date) == pytest.approx(-4.0 + 6.0 * 0.25 / 17.0)


def test_a_plan_is_seen_with_its_dates_and_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = searcher(monkeypatch, Wanted(0.5), 0.0).seen(np.array([1.0, 2.0, 3.0]))
    assert (seen.x.tolist(), seen.date.tolist(), seen.value) == ([1.0, 2.0, 3.0], [4.0, 16.0], 16.0)
    assert seen.slope.tolist() == [[2.0, 0.0, -1.0], [0.0, 3.0, 1.0]]


def stepped(monkeypatch, status=Status.OPTIMAL, x=(1.5, 1.0, 2.0, 9.0), bound=None):
    """One step from a plan, beside a line of an earlier one that is above the plan's own date in one future."""
    search, asked = searcher(monkeypatch, Wanted(0.5, bound), 0.0), []
    here = search.seen(np.array([1.0, 2.0, 3.0]))
    other = module._Seen(np.array([1.0, 1.0, 1.0]), np.array([6.0, 5.0]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]), 1.0)

    def step(found, near, at, radius, bounded):
        asked.append((near.level.tolist(), near.slope.tolist(), at.tolist(), radius, bounded))
        return fake(Solution, x=jnp.array(x), status=status)

    monkeypatch.setattr(module, "step", step)
    return search.stepped(here, [here, other], 0.75), here, asked


def test_lines_are_kept_below_the_date_of_the_plan_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The earlier line says 1 + 2 * 3 + 3 = 10 where the date is 4, and is let down by 6; in the other future it is below."""
    (tried, below), here, asked = stepped(monkeypatch)
    lines = [[5.0, 7.0], [6.0 - 3.0 - 6.0, 4.0]]
    assert asked == [(lines, [here.slope.tolist(), [[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]], [1.0, 2.0, 3.0], 0.75, False)]
    assert tried.x.tolist() == [1.5, 1.0, 2.0]
    assert (tried.date.tolist(), tried.value) == ([6.0, 12.0], 12.0)
    assert below == 12.0
    assert stepped(monkeypatch, bound=17.0)[2][0][4] is True


@pytest.mark.parametrize(
    ("status", "last"), [(Status.NUMERIC, 2.0), (Status.MAX_ITER, 2.0), (Status.OPTIMAL, np.nan), (Status.OPTIMAL, np.inf)]
)
def test_a_step_that_ends_nowhere_promises_nothing(monkeypatch, status: Status, last: float) -> None:
    (tried, below), here, _ = stepped(monkeypatch, status, (1.5, 1.0, last))
    assert (tried, below) == (None, here.value)


def test_a_step_counts_where_its_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stepped(monkeypatch, Status.FEASIBLE_NOT_PROVEN)[0][0] is not None


def at(value: float) -> module._Seen:
    """A plan of some value."""
    return module._Seen(np.array([value]), np.array([value, 2.0]), np.zeros((2, 1)), value)


def improved(monkeypatch, *steps):
    """Improve a plan of value 10, where each step has a value and a promise; and the radius and lines of each."""
    asked, told, answers = [], [], iter(steps)

    class Search:
        def __init__(self, found, ahead, wanted) -> None:
            pass

        def seen(self, x):
            return at(float(x[0]))

        def stepped(self, here, lines, radius):
            value, below = next(answers, (None, here.value))
            asked.append((here.value, [line.value for line in lines], radius))
            return None if value is None else at(value), below

    monkeypatch.setattr(module, "_Search", Search)
    reached = module.improve(found(), fake(Futures), Wanted(0.15), np.array([10.0]), told.append)
    return reached, asked, told


def test_good_steps_grow_and_poor_ones_shrink_and_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares of what was promised: 0.6, 0.5, 0.1, and nothing more to be had."""
    reached, asked, told = improved(monkeypatch, (7.0, 5.0), (6.0, 5.0), (5.75, 3.5), (5.9, 5.9995))
    assert asked == [
        (10.0, [10.0, 10.0, 10.0], 2.0), (7.0, [7.0, 10.0, 10.0], 4.0), (6.0, [6.0, 7.0, 10.0], 4.0), (6.0, [6.0, 5.75, 7.0], 1.6),
    ]  # fmt: skip
    assert (reached.x.tolist(), reached.value, reached.steps) == ([6.0], 6.0, 4)
    assert reached.date_s.tolist() == [6.0 * 17.0, 34.0]
    assert reached.promised == pytest.approx(5e-4)
    assert told[0] == "step 1: the worst 15 % of 2 futures"
    assert told[3][:7] == "step 4:"


def test_a_share_between_is_taken_at_the_same_radius(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked, _ = improved(monkeypatch, (9.0, 4.0), (8.9, 8.9999))
    assert asked == [(10.0, [10.0] * 3, 2.0), (9.0, [9.0, 10.0, 10.0], 2.0)]


def test_where_no_plan_is_found_steps_are_a_quarter_until_they_are_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    reached, asked, _ = improved(monkeypatch)
    assert [radius for _, _, radius in asked] == [2.0 * 0.25**k for k in range(6)]
    assert (reached.promised, reached.steps) == (0.0, 6)


def test_a_short_step_that_promises_little_does_not_lower_what_a_long_one_did_but_by_what_it_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    reached, asked, _ = improved(monkeypatch, (10.0, 4.0), (10.0, 9.9992))
    assert [radius for _, _, radius in asked] == [2.0, 0.8]
    assert reached.promised == pytest.approx(8e-4)
    reached, asked, _ = improved(monkeypatch, (10.0, 4.0), (10.0, 7.0), (None, 10.0), (None, 10.0))
    assert reached.promised == pytest.approx(3.0)


def test_a_search_ends_after_two_dozen_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    reached, asked, _ = improved(monkeypatch, *((10.0 - k, 9.5 - k) for k in range(1, 40)))
    assert (reached.steps, len(asked)) == (24, 24)
