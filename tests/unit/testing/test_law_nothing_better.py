"""Nothing feasible is better than a plan: what is drawn beside it, what of that counts, and by what it is drawn."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.planner.search import Found
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases
from capexmodel.testing.laws import prices as room
from capexmodel.testing.readings import Readings
from tests.bare import bare

OWN = np.asarray([0.5, 0.25, 0.0])


def plan(x):
    """A plan of some choices."""
    return None if x is None else bare(Found, solution=SimpleNamespace(x=np.asarray(x), value=1.0))


PLAN = plan(OWN)


def mixed(*others):
    """By how much something is better, of other plans whose choices are given."""
    return room._mixed(PLAN, [plan(each) for each in others], 0.5)


@pytest.fixture
def looked(monkeypatch):
    """What is drawn, of others whose choices are given, in a box of one; what is better is told by a function."""
    seen, better = [], SimpleNamespace(value=lambda points: np.full(len(points), 1.0), slack=lambda points: 1.0 - points.max(axis=1))

    def values_at(found, points):
        assert found is PLAN
        seen.append(points)
        return better.value(points), better.slack(points)

    monkeypatch.setattr(room, "values_at", values_at)
    monkeypatch.setattr(room, "free_of", lambda found, other: other.solution.x)
    better.seen = seen
    return better


def test_without_a_plan_the_law_is_off(looked):
    assert room._mixed(None, [PLAN], 0.5) is None
    assert looked.seen == []


@pytest.mark.parametrize("others", [[], [None], [OWN, OWN], [OWN + 1e-4, OWN, None]])
def test_what_is_better_is_found_also_where_no_other_plan_is_another(looked, others):
    """A plan that could take more of what has no price, though every other plan is the plan itself."""
    looked.value = lambda points: 1.0 - 0.1 * (points[:, 0] - 0.5)
    assert mixed(*others) == pytest.approx(0.05 / 1e-7, rel=0.1)
    np.testing.assert_allclose(looked.seen[0], np.broadcast_to(OWN, (1000, 3)), rtol=1e-14)


def test_other_plans_that_are_the_same_choice_are_one(looked):
    """Mixtures of the plan and of one corner lie on one line, evenly enough; what is drawn beside them does not."""
    corner = np.asarray([0.5, 0.25, 1.0])
    mixed(OWN + 9e-4, corner, corner - 5e-4)
    np.testing.assert_allclose(looked.seen[0][:, :2], np.broadcast_to(OWN[:2], (1000, 2)))
    assert 0.4 < looked.seen[0][:, 2].mean() < 0.6
    assert all((np.ptp(points, axis=0) > 0.3).all() for points in looked.seen[1:])


def test_only_what_is_feasible_counts_and_a_step_is_halved_until_it_is(looked):
    """All that is better is beyond the box."""
    looked.value = lambda points: np.where(points.max(axis=1) > 1.0, 0.0, 1.5)
    assert mixed(np.ones(3)) == pytest.approx(-0.5 / 1e-7)
    first, last = looked.seen[1], looked.seen[-1]
    assert len(looked.seen) == 1 + room.HALVINGS
    assert (first.max(axis=1) > 1.0).mean() > 0.2
    assert (last.max(axis=1) > 1.0).mean() < 0.05
    assert all((points >= 0.0).all() for points in looked.seen)


def test_where_nothing_else_is_feasible_the_law_is_off(looked):
    looked.slack = lambda points: np.where(np.abs(points - OWN).max(axis=1) > 1e-6, -1.0, 0.0)
    assert mixed(np.ones(3)) is None


def test_points_are_those_of_the_example_wherever_it_stands(looked, monkeypatch):
    """Two examples in one group, and the second alone."""
    monkeypatch.setattr(room, "WORSE", {"all": ("L10", lambda cases: cases)})

    def drawn(*chances):
        looked.seen.clear()
        bench = bare(Bench, plans=SimpleNamespace(of=lambda cases: [PLAN] * len(chances)))
        room.nothing_better.body(bench, Cases({}, {}, np.asarray(chances)), bare(Readings))
        return [points.copy() for points in looked.seen]

    both, alone = drawn(0.25, 0.75), drawn(0.75)
    np.testing.assert_array_equal(both[len(alone) :], alone)
    assert not np.array_equal(both[: len(alone)], alone)
