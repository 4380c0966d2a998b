"""A hedge is planned for from the plan without it."""

import pytest

from capexmodel.config import load
from capexmodel.planner import deals
from capexmodel.planner.search import Found, prepare, search
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Problem
from capexmodel.studies import hedges


@pytest.mark.long
def test_a_plan_with_a_hedge_begins_at_the_plan_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, more = (Problem(load("one_period", changes)) for changes in ([], ["envelope.FY2026.high=1.05 busd"]))
    near, followed = search(problem, prepare(problem, shared=SharedChart())), []
    follow = deals.follow

    def noted(at: Problem, before: Found, *rest: object) -> Found | None:
        found = follow(at, before, *rest)
        followed.append((before, found))
        return found

    monkeypatch.setattr(deals, "follow", noted)
    found = hedges._planned(more, near)
    assert found is not None
    assert followed == [(near, found)]
    assert int(found.solution.steps) < int(near.solution.steps)
    assert found.value < near.value
