"""Laws of a shared chart: a problem has the plan that it has alone, whatever others have besides, and one program serves all."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.planner.conflict import explain_conflict
from capexmodel.planner.deals import combinations, held, names_of, solve_each, sound
from capexmodel.planner.optimize import optimize
from capexmodel.planner.reduced import same_chart
from capexmodel.planner.search import Prepared, chart_for, prepare, program, search
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Problem
from capexmodel.report.document import document, to_json
from capexmodel.report.verified import verify

SAME = 1e-6
"""Natural units by which the values of two solves of one problem may differ: the optimality error that a plan may have."""
PRICED = 1e-4
"""Relative difference of prices: those of two optima of one problem, each proven to the above, in curved rows."""
CHANGES = ([], ["staff.hiring_per_year=0"], ["site.campus.source_starts_mw_per_month=20", "site.campus.site_power=20 MW"])
"""What opens and shuts choices of `one_period`: nobody to hire; engines, and less power without them."""


WITH_A_COMPANY = """
schema_version = 1
name = "mine"
as_of = 2026-01-01
extends = "one_period"

[deal.near]
price_busd = 0.01
heads_count = 20
retention = 0.8
clearance = 0.8
close = 2026-03-31
integration_months = 3

[envelope.FY2026]
acquisition_busd = 0.1

[staff]
floor_count = 95
"""
"""Only without the company there may be too few people, so that one more row can bind."""


def problems() -> list[Problem]:
    """The same scenario with other choices open."""
    return [Problem(load("one_period", list(changes))) for changes in CHANGES]


def together(asked: list[Problem]) -> list[Prepared]:
    """All on one chart that holds every one of them."""
    chart = chart_for(asked)
    return [prepare(problem, shared=chart) for problem in asked]


def shapes(thing: object) -> str:
    """What a compiled program depends on."""
    return f"{jax.tree.structure(thing)} {[np.shape(leaf) for leaf in jax.tree.leaves(thing)]}"


@pytest.mark.long
def test_a_problem_has_the_same_plan_on_a_shared_chart() -> None:
    asked = problems()
    ready = together(asked)
    assert len({one[2].open.sum() for one in ready}) > 1
    assert any(not one[2].on.all() for one in ready)
    for problem, prepared in zip(asked, ready, strict=True):
        own = prepare(problem)
        assert own[2].fixed is None
        assert own[2].on.all()
        assert own[2].open.sum() == prepared[2].open.sum()
        assert own[2].on.sum() == prepared[2].on.sum()
        alone, beside = search(problem, own), search(problem, prepared)
        assert sound(alone)
        assert sound(beside)
        assert beside.value == pytest.approx(alone.value, abs=SAME)
        assert beside.verdict.kkt_error < SAME
        np.testing.assert_array_equal(np.asarray(beside.solution.x)[~prepared[2].open], 0.0)


@pytest.mark.long
@pytest.mark.parametrize("change", range(len(CHANGES)))
def test_what_a_plan_says_is_the_same_beside_others(change: int) -> None:
    """Its prices and how far each holds, what binds, whole racks and halls; and its result is judged again as true."""
    asked = problems()
    chart = chart_for(asked)
    alone, beside = optimize(asked[change], whole=True), optimize(asked[change], whole=True, shared=chart)
    assert beside.status == alone.status == "OPTIMAL"
    assert alone.rounding is not None
    assert beside.rounding is not None
    assert beside.rounding.value == pytest.approx(alone.rounding.value, rel=SAME)
    assert (beside.rounding.racks, beside.rounding.halls) == (alone.rounding.racks, alone.rounding.halls)
    assert [(one.constraint, one.place) for one in beside.binding] == [(one.constraint, one.place) for one in alone.binding]
    assert [one.leaf for one in beside.shadow_prices] == [one.leaf for one in alone.shadow_prices]
    for mine, other in zip(beside.shadow_prices, alone.shadow_prices, strict=True):
        assert mine.value == pytest.approx(other.value, rel=PRICED), mine.leaf
        assert (mine.low is None, mine.high is None) == (other.low is None, other.high is None), mine.leaf
        if mine.low is not None and other.low is not None:
            assert mine.low == pytest.approx(other.low, rel=PRICED), mine.leaf
    assert [one.what for one in verify(json.loads(to_json(document(beside)))) if not one.holds] == []


@pytest.mark.long
def test_problems_on_one_chart_share_one_program() -> None:
    asked = problems()
    ready = together(asked)
    assert all(same_chart(one[2], ready[0][2]) for one in ready)
    for _, _, reduced in ready:  # a row that nothing moves has no interior where it just holds
        np.testing.assert_array_equal(np.isposinf(np.asarray(reduced.linear.offset)), ~reduced.on)
    assert len({shapes((program(form, reduced), reduced.linear)) for form, _, reduced in ready}) == 1
    alone = [prepare(problem) for problem in asked]
    assert len({shapes(program(form, reduced)) for form, _, reduced in alone}) > 1


@pytest.mark.long
def test_plans_with_and_without_a_company_share_one_program(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(WITH_A_COMPANY)
    problem = Problem(load(file))
    combos = combinations(problem)
    found = solve_each(problem, combos, lambda text: None)
    assert len(found) == len(combos) > 1
    assert len({shapes((program(one.form, one.reduced), one.reduced.linear)) for one in found.values()}) == 1
    alone = [prepare(problem, taken) for taken in combos]
    assert len({shapes((program(form, reduced), reduced.linear)) for form, _, reduced in alone}) > 1
    for taken in combos:
        mine, its = found[names_of(problem, taken)], held(search(problem, prepare(problem, taken)))
        assert its is not None
        assert mine.value == pytest.approx(its.value, abs=SAME)


def test_a_copy_of_a_chart_grows_apart() -> None:
    first, _, second = problems()
    chart = SharedChart()
    before = prepare(first, shared=chart)
    other = chart.copy()
    prepare(second, shared=other)
    assert same_chart(prepare(first, shared=chart)[2], before[2])
    assert not same_chart(prepare(first, shared=other)[2], before[2])


@pytest.mark.long
def test_a_conflict_is_the_same_where_others_have_other_wishes() -> None:
    chart = SharedChart()
    for change in ("staff.floor=1000 heads", "job.model.deadline=2026-03-01"):
        problem = Problem(load("one_period", [change]))
        alone = explain_conflict(problem, None, lambda text: None)
        beside = explain_conflict(problem, None, lambda text: None, chart)
        assert alone is not None
        assert beside is not None
        assert beside.members == alone.members
        assert beside.works == alone.works
        for name, change_of in alone.relaxations.items():
            assert beside.relaxations[name] == pytest.approx(change_of, rel=1e-5)
