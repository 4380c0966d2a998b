"""Starts, restarts and multipliers of a search, with solves that are answered by hand."""

import dataclasses
from types import SimpleNamespace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner import search as module
from capexmodel.planner.chart import Chart, Linear
from capexmodel.planner.judge import ridge_weight
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Given
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import NonlinearProgram, Solution, Status
from capexmodel.solvers.kept import blank
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town

OPEN = np.array([True, False, True, True])


def reduced(open_=OPEN) -> Reduced:
    """Four of ten choices are free, two of them dates; of three affine and four curved rows two each are kept."""
    chart = Chart(jnp.zeros(10), jnp.ones(10), jnp.array([1, 7, 8, 9]), jnp.array([2, 0]), jnp.array([1, 3]))
    own = {"curvature": None, "fronts": ((), None), "linear": fake(Linear)}
    return fake(Reduced, chart=chart, open=open_, row_counts=(3, 4), **own)


def test_a_start_has_two_units_of_everything_and_dates_in_the_middle() -> None:
    assert module.start_point(reduced(), Problem(town())).tolist() == [2.0, 0.0, 24.0, 24.0]
    level = np.exp(np.random.default_rng(5).uniform(-1.0, 1.0, 4))
    np.testing.assert_allclose(module.start_point(reduced(), Problem(town()), 5), level * [2.0, 0.0, 24.0, 24.0])


def test_prices_stand_at_their_rows() -> None:
    solution = eqx.tree_at(
        lambda s: (s.multipliers.affine, s.multipliers.inequality), blank(Solution), (jnp.array([5.0, 6.0]), jnp.array([7.0, 8.0]))
    )
    prices = module.spread(reduced(), solution)
    assert (prices.affine.tolist(), prices.curved.tolist()) == ([6.0, 0.0, 5.0], [0.0, 7.0, 0.0, 8.0])


def test_sums_and_rows_are_straight_lines() -> None:
    linear = fake(
        Linear, sums_matrix=jnp.array([[1.0, 2.0]]), sums_offset=jnp.array([3.0]), matrix=jnp.array([[4.0, 5.0]]), offset=jnp.array([6.0])
    )
    scenario = changed(town(), preference__ridge_s=51.0)
    given = fake(Given, scenario=scenario, size=sizes(), linear=linear)
    x = jnp.array([7.0, 8.0])
    assert (module.summed(x, given).tolist(), module.straight(x, given).tolist()) == ([26.0], [74.0])
    assert float(module.settled(given)) == float(ridge_weight(scenario, sizes())) == 3.0


def test_a_program_has_its_bounds_and_rows() -> None:
    program = module.program(Problem(town()).form, reduced())
    assert (program.lower.tolist(), program.upper.tolist()) == ([0.0] * 4, [np.inf, 0.0, np.inf, np.inf])
    assert program.row_counts == (2, 2, 0)


@pytest.mark.parametrize(("status", "primal", "away"), [
    (Status.MAX_ITER, 1.1e-3, True), (Status.MAX_ITER, 1e-3, False), (Status.INFEASIBLE, 9.0, False),
])  # fmt: skip
def test_a_search_ran_away_where_its_steps_ended_far_from_every_plan(status: Status, primal: float, away: bool) -> None:
    assert module._ran_away(eqx.tree_at(lambda s: (s.status, s.errors.primal), blank(Solution), (status, jnp.asarray(primal)))) == away


def searched(monkeypatch, away: int, start=None, warm=None):
    """Search, where so many solves run away."""
    starts, wholes = [], fake(NonlinearProgram)

    def minimize(whole, x0, given, solver, warm_, certified):
        assert (whole is wholes, type(given), solver.cold_barrier, warm_ is warm, certified) == (True, Given, 1.0, True, False)
        starts.append(x0.tolist() if isinstance(x0, np.ndarray) else x0)
        status, primal = (Status.MAX_ITER, 1.0) if len(starts) <= away else (Status.OPTIMAL, 0.0)
        return eqx.tree_at(lambda s: (s.status, s.errors.primal), blank(Solution), (status, jnp.asarray(primal)))

    monkeypatch.setattr(module, "program", lambda form, reduced: wholes)
    monkeypatch.setattr(module, "minimize", minimize)
    monkeypatch.setattr(module, "start_point", lambda reduced, problem, seed: np.array([-1.0 if seed is None else seed]))
    problem = Problem(town())
    found = module.search(problem, (problem.form, sizes(), reduced()), start, warm)
    assert found.fixed.tolist() == [False, True, False, False]
    return starts


def test_other_starts_are_tried_as_long_as_a_search_runs_away(monkeypatch: pytest.MonkeyPatch) -> None:
    assert searched(monkeypatch, 0) == [[-1.0]]
    assert searched(monkeypatch, 2) == [[-1.0], [1.0], [2.0]]
    assert searched(monkeypatch, 9) == [[-1.0], [1.0], [2.0], [3.0], [4.0]]


def test_a_search_from_a_plan_at_hand_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert searched(monkeypatch, 9, start=np.array([5.0, 6.0, 7.0, 8.0])) == [[5.0, 0.0, 7.0, 8.0]]
    assert searched(monkeypatch, 9, warm=blank(Solution)) == [[-1.0]]


def test_what_is_prepared_is_with_all_companies_or_those_that_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(module, "survey", lambda scenario, form, taken: asked.append(taken.tolist()) or SimpleNamespace(size=sizes()))
    monkeypatch.setattr(module, "reduce", lambda scenario, form, seen, shared: reduced())
    form, size, _ = module.prepare(Problem(town()))
    module.prepare(Problem(town()), np.array([0.0, 1.0]))
    assert asked == [[1.0, 1.0], [0.0, 1.0]]
    assert (form, float(size.s)) == (Problem(town()).form, 17.0)


def test_solving_again_reads_the_rows_anew_on_the_chart_of_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, old, based, fit = [], reduced(), reduced(), reduced()
    found = module.Found(Problem(town()), Problem(town()).form, sizes(), old, blank(Solution))
    monkeypatch.setattr(module, "rebase", lambda form, scenario, one, taken: asked.append((one is old, taken.tolist())) or based)
    monkeypatch.setattr(module, "refit", lambda scenario, size, form, one: asked.append((one is old, one is based)) or fit)
    monkeypatch.setattr(module, "search", lambda problem, prepared, warm: dataclasses.replace(found, reduced=prepared[2]))
    assert module.research(Problem(town()), found).reduced is fit
    assert module.research(Problem(town()), found, np.array([1.0, 0.0])).reduced is fit
    assert asked == [(True, False), (True, [1.0, 0.0]), (False, True)]
