"""Laws of conflicts: none of the named wishes is idle, and each change that is said to help does, and less of it does not."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.model.leaves import leaf
from capexmodel.planner import conflict as module
from capexmodel.planner import elastic
from capexmodel.planner.conflict import MARGINS, applies, conflicts, explain_conflict
from capexmodel.planner.elastic import bench
from capexmodel.planner.search import prepare
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Solution, Status
from capexmodel.solvers.kept import blank
from tests.draws import shipped

DAY_S = 86400.0
TOO_LITTLE = 0.97
"""Share of a least change, without what is added to it for an interior, that must not do."""
OVERSTATED = ("greenfield too early",)
"""Where a change too small to matter by itself opens choices that were shut (a quarter's order of which a trace would arrive before there
is any power), less than the change that is named does too: it works, but it is not the least."""


def quiet(text):
    """Say nothing."""


def floor_above_ceiling():
    """A least spending above the most: no file can say so, but a sweep could."""
    scenario = shipped("one_period")
    return leaf(scenario, "envelope.low_usd").write(scenario, 1.5e9)


CASES = {
    "too little money by the deadline": (lambda: load("one_period", ["envelope.high=0.3 B$"]), {"envelope.high FY2026", "deadline.model"}),
    "deadline before any chip": (lambda: load("one_period", ["job.model.deadline=2026-03-01"]), {"deadline.model"}),
    "less power than the fleet draws": (lambda: load("one_period", ["site.campus.hall_power=5 MW"]), {"it_power_w.campus"}),
    "floor above ceiling": (floor_above_ceiling, {"envelope.high FY2026", "envelope.low FY2026"}),
    "more staff than there is": (lambda: load("one_period", ["staff.floor=1000 heads"]), {"staff_floor"}),
    "greenfield too early": (lambda: load("greenfield", ["job.first.deadline=2027-03-31"]), None),
    "avocado too early": (lambda: load("meta_2026", ["job.avocado.deadline=2026-04-20"]), None),
}


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_a_conflict_is_irreducible_and_its_relaxations_work(case):
    scenario, members = CASES[case][0](), CASES[case][1]
    problem = Problem(scenario)
    shared = SharedChart()
    conflict = explain_conflict(problem, None, quiet, shared)
    if members is not None:
        assert set(conflict.members) == members
    stand = bench(problem, None, shared.relaxed)
    number = {wish.name: k for k, wish in enumerate(stand.wishes)}
    needed = {number[name] for name in conflict.members}
    assert conflicts(stand, needed)[0]
    for k in needed:
        assert not conflicts(stand, needed - {k})[0]
    finite = {name: change for name, change in conflict.relaxations.items() if np.isfinite(change)}
    assert finite
    for name, change in finite.items():
        wish = stand.wishes[number[name]]
        assert conflict.works[name]
        assert conflict.leaves[name] == wish.lever.path
        assert applies(problem, None, {wish: change}, shared=shared)
        if case in OVERSTATED:
            continue
        share, more = MARGINS[0]
        least = max(0.0, change - more * wish.lever.size) / (1.0 + share)
        assert not applies(problem, None, {wish: TOO_LITTLE * least}, shared=shared)


@pytest.mark.long
def test_a_relaxation_is_the_one_worked_out_by_hand():
    """219 days are needed where 59 are given: the plan of the scenario's own file."""
    problem = Problem(load("one_period", ["job.model.deadline=2026-03-01"]))
    conflict = explain_conflict(problem, None, quiet)
    assert conflict.relaxations["deadline.model"] / DAY_S == pytest.approx(219.0 - 59.0, rel=2e-3)
    assert conflict.units["deadline.model"] == "s"


def test_a_choice_is_told_in_units_that_no_number_changes():
    """With half as much money again the natural units of chips and halls are others, and what was bought with less is still a plan; twice
    as much of it is none."""
    problem, shared = Problem(shipped("one_period")), SharedChart()
    least = bench(problem, None, shared.relaxed).whole
    where = leaf(problem.scenario, "envelope.high_usd")
    richer = Problem(where.write(problem.scenario, 1.5 * float(where.read(problem.scenario))))
    units = [np.asarray(prepare(each, None, shared)[2].chart.unit) for each in (problem, richer)]
    assert np.max(np.abs(units[1] / units[0] - 1.0)) > 0.1
    for each in (problem, richer):
        assert module._stands(each, None, least.choice, shared)
        assert not module._stands(each, None, 2.0 * least.choice, shared)


@pytest.mark.long
def test_trifles_are_left_out_of_a_breaking_that_is_not_proven(monkeypatch):
    """Wishes broken by next to nothing get the price of those that are held, as long as fewer are broken then."""
    stand = bench(Problem(floor_above_ceiling()), None)
    least, asked = stand.whole, []
    assert module._fewer(stand, least) is least
    count = least.amounts.size
    padded = least._replace(amounts=np.arange(count) * module.TRIFLE, proven=False)
    fewer = module._fewer(stand, padded)
    assert fewer.proven
    np.testing.assert_allclose(fewer.amounts, least.amounts, atol=module.BROKEN)

    def answer(price, firm):
        """One wish fewer each time, until there are three."""
        asked.append(price)
        return padded._replace(amounts=np.where(np.arange(count) < max(count - 1 - len(asked), 3), 1.0, 0.0))

    monkeypatch.setattr(stand, "least", answer)
    ended = module._fewer(stand, padded)
    np.testing.assert_array_equal(asked[0], np.where(np.arange(count) > 1, 1.0, module.HELD))
    assert len(asked) == count - 3
    assert np.sum(ended.amounts) == 3.0


@pytest.mark.long
def test_only_a_least_that_nothing_beats_shows_a_conflict(monkeypatch):
    """Where a relaxed solve ends at a point at which everything holds, or at a worse optimum than was seen, less breaking may do."""
    problem = Problem(floor_above_ceiling())
    stand = bench(problem, None)
    both = {k for k, wish in enumerate(stand.wishes) if wish.name in ("envelope.high FY2026", "envelope.low FY2026")}
    assert conflicts(stand, both)[0]
    solved = elastic.minimize

    def hasty(*args, **kwargs):
        return dataclasses.replace(solved(*args, **kwargs), status=jnp.int32(Status.FEASIBLE_NOT_PROVEN))

    def worse(*args, **kwargs):
        first.append(solved(*args, **kwargs))
        cheap = dataclasses.replace(first[0], status=jnp.int32(Status.FEASIBLE_NOT_PROVEN))
        return cheap if len(first) == 1 else dataclasses.replace(first[0], value=first[0].value + 1.0)

    for other in (hasty, worse):
        first = []
        monkeypatch.setattr(elastic, "minimize", other)
        unsure = bench(problem, None)
        assert unsure.whole.found
        assert unsure.whole.amounts.max() > module.BROKEN
        assert not unsure.whole.proven
    monkeypatch.setattr(elastic, "minimize", hasty)
    assert not conflicts(bench(problem, None), both)[0]
    assert explain_conflict(problem, None, quiet) is None


@pytest.mark.long
def test_a_solve_that_ran_out_of_steps_is_gone_on_with(monkeypatch):
    """With a third of the steps it takes, the least is found all the same."""
    problem = Problem(floor_above_ceiling())
    least = bench(problem, None).whole
    monkeypatch.setattr(elastic, "PATIENCE", 10)
    short = bench(problem, None)
    assert short.whole.proven
    assert short.solves > 1
    np.testing.assert_allclose(short.whole.amounts, least.amounts, atol=module.BROKEN)


@pytest.mark.parametrize(("status", "primal", "holds"), [
    (Status.OPTIMAL, 1e-9, True),
    (Status.FEASIBLE_NOT_PROVEN, 1.0, True),
    (Status.MAX_ITER, 1e-7, True),
    (Status.MAX_ITER, 1e-5, False),
    (Status.INFEASIBLE, 1e-7, False),
    (Status.NUMERIC, 0.0, False),
])  # fmt: skip
def test_what_holds_where_a_relaxed_solve_ended(status, primal, holds):
    solution = eqx.tree_at(lambda s: (s.status, s.errors.primal), blank(Solution), (status, primal))
    assert elastic._holds(solution) == holds


def test_no_conflict_where_there_is_a_plan():
    assert explain_conflict(Problem(shipped("one_period")), None, quiet) is None


@pytest.mark.long
def test_two_conflicts_are_relaxed_together():
    """Power and staff have nothing to do with each other: neither alone helps."""
    scenario = load("one_period", ["site.campus.hall_power=5 MW", "staff.floor=1000 heads"])
    problem = Problem(scenario)
    conflict = explain_conflict(problem, None, quiet)
    assert not any(np.isfinite(change) for change in conflict.relaxations.values())
    assert {"it_power_w.campus", "staff_floor"} <= set(conflict.together)
    by_name = {wish.name: wish for wish in bench(problem, None).wishes}
    for left_out in ("it_power_w.campus", "staff_floor"):
        rest = {by_name[name]: change for name, change in conflict.together.items() if name != left_out}
        assert not applies(problem, None, rest)
    assert applies(problem, None, {by_name[name]: change for name, change in conflict.together.items()})


@pytest.mark.long
def test_what_no_choice_helps_is_seen_in_the_rows_alone():
    """The fleet draws 10 MW and the hall has 5: so much it is short whatever is bought, and no solve is needed to see it. Beside others on
    one chart too, where more choices are open; and by a watt as by five megawatts."""
    assert bench(Problem(shipped("one_period")), None).outright == {}
    shared = SharedChart()
    bench(Problem(load("one_period", ["site.campus.source_starts_mw_per_month=20"])), None, shared)
    for hall_w in (5e6, 1e7 - 1.0):
        for chart in (None, shared):
            stand = bench(Problem(load("one_period", [f"site.campus.hall_power={hall_w} W"])), None, chart)
            ((k, amount),) = stand.outright.items()
            assert stand.wishes[k].name == "it_power_w.campus"
            assert amount * stand.wishes[k].lever.size == pytest.approx(1e7 - hall_w)
            assert conflicts(stand, {k}) == (True, {k})
            assert stand.solves == 0
            helped, choice = dataclasses.replace(stand), np.flatnonzero(stand.open(set(range(len(stand.wishes)))))[0]
            helped.matrix = stand.matrix + np.outer(stand.belongs == k + 1, np.arange(stand.dates.size) == choice)
            assert helped.outright == {}


def test_wishes_that_hang_on_one_number_give_once():
    """The fleet draws 10 MW; with 5 MW of power at the site it is 7 MW short at the usual overhead of 1.2."""
    problem = Problem(load("one_period", ["site.campus.site_power=5 MW"]))
    stand = bench(problem, None)
    ((k, amount),) = stand.outright.items()
    assert amount * stand.wishes[k].lever.size == pytest.approx(7e6)
    less = dataclasses.replace(stand.wishes[k], name="the same number", affine=2.0 * stand.wishes[k].affine)
    twice = dataclasses.replace(stand, wishes=[*stand.wishes, less])
    changes = module._changes(twice, {k: amount, len(stand.wishes): amount / 2.0}, (0.0, 0.0))
    assert changes == {k: pytest.approx(7e6)}


def test_what_is_no_wish_and_broken_anyway_is_nobodys_conflict():
    stand = bench(Problem(load("one_period", ["site.campus.hall_power=5 MW"])), None)
    (row,) = np.flatnonzero(stand.belongs == 0)[:1]
    hard = dataclasses.replace(stand, offset=np.where(np.arange(stand.offset.size) == row, -1.0, stand.offset))
    hard.matrix = np.where(np.arange(stand.offset.size)[:, None] == row, np.minimum(stand.matrix, 0.0), stand.matrix)
    assert stand.outright
    assert hard.outright == {}


@pytest.mark.long
def test_what_is_left_once_that_is_mended_is_relaxed_in_turn(monkeypatch):
    """As where no relaxation of all wishes at once is found: power and staff give what they must, and that is not enough."""
    whole, asked = module._together, []

    def found_the_second_time(*given):
        asked.append(given)
        return {} if len(asked) == 1 else whole(*given)

    monkeypatch.setattr(module, "_together", found_the_second_time)
    problem = Problem(load("one_period", ["site.campus.hall_power=5 MW", "staff.floor=1000 heads"]))
    conflict = explain_conflict(problem, None, quiet)
    by_name = {wish.name: wish for wish in bench(problem, None).wishes}
    outright = {"it_power_w.campus": 5e6, "staff_floor": -900.0}
    assert not applies(problem, None, {by_name[name]: 1.02 * change for name, change in outright.items()})
    assert applies(problem, None, {by_name[name]: change for name, change in conflict.together.items()})
