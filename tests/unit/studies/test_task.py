"""Tasks of a sweep: what works them out, what they are told apart by, and what their rows hold."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planning.problem import Problem
from capexmodel.studies import task as room
from capexmodel.studies.batch import Simulations
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output
from capexmodel.studies.replan import Plans
from capexmodel.studies.store import Column
from capexmodel.studies.summary import Bins
from capexmodel.studies.task import Task, columns, part, part_count, recipe, summed, value_count
from tests import sweeping
from tests.bare import bare
from tests.draws import shipped

LEAVES = (Leaf("t.speed_w", "t", "speed_w", ()), Leaf("t.load_share", "t", "load_share", ()))


def grid(*counts: int) -> Grid:
    """Values counted from three."""
    return Grid(LEAVES, counts, 3.0 + jnp.arange(float(sum(counts))))


def engine(slopes: bool = False) -> Simulations:
    """Twelve scenarios in parts of five."""
    return bare(Simulations, grid=grid(3, 4), part_rows=5, block=4, slopes=slopes, outputs=(Output("mean_date_s", "s"), Output("n", "")))


def scenario() -> Scenario:
    """A scenario known by its evidence."""
    return shipped("one_period")


def task(**changed) -> Task:
    """A sweep over simulations."""
    told = {"scenario": scenario(), "grid": grid(3, 4), "allocation": sweeping.plan(scenario())}
    return Task(**(told | changed))


def test_a_task_with_a_problem_is_planned_else_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list = []
    monkeypatch.setattr(room, "Plans", lambda *given, **more: asked.append((given, more)) or bare(Plans))
    monkeypatch.setattr(room, "Simulations", lambda *given, **more: asked.append((given, more)) or bare(Simulations))
    problem, own = bare(Problem), task(slopes=True, single=True, part_rows=7)
    assert isinstance(task(problem=problem, slopes=True).engine(), Plans)
    assert isinstance(own.engine(), Simulations)
    (planned, with_slopes), (simulated, how) = asked
    assert (planned[0] is problem, planned[1].counts, with_slopes) == (True, (3, 4), {"slopes": True})
    assert simulated == (own.scenario, own.allocation, own.grid)
    assert how == {"slopes": True, "single": True, "part_rows": 7}
    with pytest.raises(ModelError, match="give an allocation"):
        task(allocation=None).engine()


def test_a_bare_task_has_no_evidence_but_its_hash() -> None:
    own = task(problem=Problem(scenario()), keep_rows=True)
    found = own.bare()
    for one in (found.scenario, found.problem.scenario):
        assert (one.evidence.figures, one.evidence.sources, one.evidence.config_hash) == ({}, {}, own.scenario.evidence.config_hash)
    assert (found.keep_rows, task().bare().problem) == (True, None)
    assert own.scenario.evidence.figures


def test_parts_cover_the_grid() -> None:
    assert [part_count(bare(Simulations, grid=grid(3, 4), part_rows=rows)) for rows in (4, 5, 11, 12, 13)] == [3, 3, 2, 1, 1]


def test_a_part_has_its_own_rows_and_no_more() -> None:
    """The second of five begins at the sixth scenario; the last is short."""
    values, slopes = 10.0 * np.arange(10.0).reshape(5, 2), 100.0 * np.arange(10.0).reshape(5, 2)
    second, last = part(engine(), 1, values, None), part(engine(), 2, values, slopes)
    assert (second.index.tolist(), second.slopes, second.values.shape) == ([5, 6, 7, 8, 9], None, (5, 2))
    assert second.numbers[0].tolist() == [4.0, 7.0]
    assert (last.index.tolist(), last.values.tolist()) == ([10, 11], [[0.0, 10.0], [20.0, 30.0]])
    assert last.table().tolist() == [[5.0, 8.0, 0.0, 10.0, 0.0, 100.0], [5.0, 9.0, 20.0, 30.0, 200.0, 300.0]]
    assert second.table().shape == (5, 4)


def test_rows_beyond_the_grid_are_not_summed_up() -> None:
    found = summed(
        engine(), 2, np.array([[1.0, 5.0], [3.0, 7.0], [100.0, 100.0], [100.0, 100.0], [100.0, 100.0]]), Bins(np.zeros(2), np.ones(2))
    )
    assert (found.count.tolist(), found.total.tolist()) == ([2, 2], [4.0, 12.0])
    assert (found.low_at.tolist(), found.high_at.tolist()) == ([10, 10], [11, 11])
    assert found.value_count[:, 0].tolist() == [0, 0, 2, 0, 0, 1, 1]


def test_means_by_value_are_kept_of_few_values() -> None:
    assert [value_count(grid(*counts)) for counts in ((3, 4), (500, 12), (500, 13))] == [7, 512, 0]


def test_columns_are_index_numbers_outputs_and_slopes_of_the_first() -> None:
    plain = [Column("index", "", True), Column("t.speed_w", "w"), Column("t.load_share", ""), Column("mean_date_s", "s"), Column("n", "")]
    assert columns(engine()) == plain
    assert columns(engine(slopes=True)) == [*plain, Column("slope.t.speed_w", "s/w"), Column("slope.t.load_share", "s/1")]


def test_a_recipe_says_what_a_sweep_is() -> None:
    found = recipe(task(keep_rows=True), engine())
    assert found["allocation"] is not None
    assert {
        name: found[name] for name in ("schema_version", "over", "aim", "slopes", "single", "keep_rows", "rows", "part_rows", "block")
    } == {
        "schema_version": 1,
        "over": "simulate",
        "aim": None,
        "slopes": False,
        "single": False,
        "keep_rows": True,
        "rows": 12,
        "part_rows": 5,
        "block": 4,
    }
    assert (found["config_hash"], found["numbers"]) == (scenario().evidence.config_hash, grid(3, 4).recipe())
    assert found["columns"][1] == {"name": "t.speed_w", "unit": "w", "whole": False}
    assert (found["device"], found["jax"]) == (jax.devices()[0].device_kind, jax.__version__)


def test_recipes_of_other_plans_and_aims_differ() -> None:
    other = jax.tree.map(lambda leaf: leaf + 1.0, sweeping.plan(scenario()))
    assert isinstance(other, Allocation)
    assert recipe(task(), engine())["allocation"] != recipe(task(allocation=other), engine())["allocation"]
    limits = (SimpleNamespace(name="envelope"), SimpleNamespace(name="power"))
    problem = SimpleNamespace(minimize="the date", limits=limits)
    found = recipe(bare(Task, **(vars(task()) | {"problem": problem, "allocation": None})), engine())
    assert (found["over"], found["aim"], found["allocation"]) == ("optimize", "the date within ['envelope', 'power']", None)
