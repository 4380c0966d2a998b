"""Swings of open figures, where slopes and re-solves are written down by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.model.scenario import Scenario
from capexmodel.planner import swing as module
from capexmodel.planner.judge import Verdict
from capexmodel.planner.search import Found
from capexmodel.planning.plan import Swing
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Solution
from tests.unit.planner.fakes import fake, quiet, sizes
from tests.unit.planner.town import town

DUE, CREWS, FLOOR, PAY = "job.first.deadline_s", "site.east.hall_starts_w_per_s", "staff.floor_count", "staff.pay_usd_per_s"


def figure(path: str, low: float | None, high: float | None):
    return SimpleNamespace(path=path, low=low, high=high, status="estimated")


def swings(monkeypatch, again: bool, ends=None, slopes=(-2.0, 1e-12)) -> tuple[tuple[Swing, ...], list]:
    """Of the floor of 50 heads and of the pay; a deadline has no high end, and crews no low one."""
    open_ = [figure(PAY, 0.0, 9.0), figure(DUE, 1.0, None), figure(FLOOR, 40.0, 55.0), figure(CREWS, None, 2.0)]
    problem = Problem(fake(Scenario, **{**vars(town()), "evidence": SimpleNamespace(open=open_)}))
    staff = SimpleNamespace(floor_count=np.array(slopes[0]), pay_usd_per_s=np.array(slopes[1]))
    gradient, asked = fake(Scenario, staff=staff), []
    found = fake(Found, size=sizes(), verdict=fake(Verdict, gradient=gradient), solution=fake(Solution, value=4.0))

    def solve(problem, found, changes, progress):
        asked.extend((leaf.path, end) for leaf, end in changes)
        return {at: None if (ends or {}).get(at[1]) is None else fake(Found, solution=fake(Solution, value=ends[at[1]])) for at in asked}

    monkeypatch.setattr(module, "solve_again", solve)
    return module.swings(problem, found, again, quiet), asked


def test_to_first_order_a_figure_moves_the_aim_by_its_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two natural units of 17 s less for a head more."""
    (wide, small), asked = swings(monkeypatch, False)
    assert wide == Swing(FLOOR, "estimated", 40.0, 55.0, 340.0, -170.0, first_order=True)
    assert (small.leaf, small.first_order, asked) == (PAY, True, [])
    pay = float(town().staff.pay_usd_per_s)
    assert (small.at_low, small.at_high) == (pytest.approx(-17e-12 * pay), pytest.approx(17e-12 * (9.0 - pay)))


def test_what_moves_it_is_solved_again_at_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    (wide, small), asked = swings(monkeypatch, True, {40.0: 4.5, 55.0: 3.75}, (-2.0, 0.0))
    assert wide == Swing(FLOOR, "estimated", 40.0, 55.0, 8.5, -4.25, first_order=False)
    assert (small.leaf, small.first_order) == (PAY, True)
    assert asked == [(FLOOR, 40.0), (FLOOR, 55.0)]
    (wide, _), _ = swings(monkeypatch, True, {55.0: 3.75}, (-2.0, 0.0))
    assert (wide.at_low, wide.at_high, wide.width) == (None, -4.25, np.inf)


@pytest.mark.parametrize(("slope", "solves"), [(0.9e-7, 0), (1.1e-7, 2)])
def test_next_to_no_swing_is_not_solved_again(monkeypatch, slope: float, solves: int) -> None:
    """Ten heads down are a millionth of a natural unit."""
    assert len(swings(monkeypatch, True, {40.0: 4.0, 55.0: 4.0}, (slope, 0.0))[1]) == solves
