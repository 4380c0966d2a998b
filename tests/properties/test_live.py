"""L48: every documented number moves something: an outcome, a limit or an aim of a shipped scenario, or at least what is reported."""

import functools
import json
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.config.rows import shipped_rows
from capexmodel.config.runs import names_of, runs_of
from capexmodel.config.training import prior
from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.param import params
from capexmodel.planner.judge import Prices, judge
from capexmodel.planner.search import prepare
from capexmodel.planning.problem import Problem
from capexmodel.report.document import simulation_document
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Place, Reach, allocation_of, declared, draw, scenario_of
from capexmodel.testing.readings import aims
from capexmodel.training.calibration import Unknowns, efficiency_of
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layout import Job
from capexmodel.training.step_time import tokens_per_s_per_chip
from tests.draws import run

SCENARIOS = ("greenfield", "meta_2026")
"""The second times its runs, the first has measured them."""
EXAMPLES = 32
TRIES = 3
TOLD = ("envelope", "spend", "outcome", "footprint", "accounts", "dates")
"""Parts of what is told of an allocation that do not repeat what was given."""
LIMITS = {
    ("envelope", "carbon_kg"): 1e9, ("preference", "most_usd"): 1e12, ("preference", "most_w"): 1e10, ("preference", "most_kg"): 1e10,
}  # fmt: skip
"""Limits that no shipped scenario states, and what to."""
ELSEWHERE = {
    ("accelerator", "rack_count"): "properties/test_rounding.py::test_racks_and_halls_are_whole_and_every_limit_holds",
    ("envelope", "embodied_share"): "unit/model/test_carbon.py::test_what_is_made_counts_when_it_is_paid",
    ("hall", "block_w"): "properties/test_rounding.py::test_racks_and_halls_are_whole_and_every_limit_holds",
    ("hall", "rack_w"): "unit/model/test_housing.py::test_a_dense_chip_is_held_out_of_halls_for_slim_racks",
    ("recipe", "sharding_count"): "unit/training/test_exchange.py::test_copies_reduce_gradients_once_or_gather_parameters_thrice",
    ("site", "late_probability"): "unit/studies/test_events.py::test_sites_are_late_as_often_as_said_and_each_by_itself",
    ("site", "late_s"): "unit/studies/test_events.py::test_an_event_is_a_longer_slip_and_nothing_else",
}
"""Numbers of whole units, of embodied carbon under a limit, of halls for slim racks, of sharding (a stage, which has no slope), and of
events: where it is shown what they move."""


@functools.cache
def dead() -> frozenset[Place]:
    """What moves no outcome, limit or aim of any shipped scenario, nor anything that is told."""
    every = set().union(*(declared(load(name)) for name in SCENARIOS))
    left = every.difference(*(has_slope(name) | limits(load(name)) for name in SCENARIOS), limits(limited(load("one_period"))), steps())
    return frozenset(place for place in left if not reported(SCENARIOS[-1], place))


@pytest.mark.long
def test_L48_every_number_moves_something():
    assert dead() == set(ELSEWHERE)


def test_what_no_shipped_scenario_shows_is_shown_elsewhere():
    for name in ELSEWHERE.values():
        path, test = name.split("::")
        assert f"def {test}(" in (Path(__file__).parents[1] / path).read_text(encoding="utf-8")


def steps() -> set[Place]:
    """What the steps of published runs have a slope in: other shapes and layouts than those of the shipped scenarios."""
    names = names_of(shipped_rows())
    runs, believed = runs_of(shipped_rows(), names), prior()
    reached = jax.vmap(lambda kinds: efficiency_of(believed, Unknowns.none(names.sizes, believed), kinds))(runs.kinds)

    def total(parts: tuple[Job, Efficiency]) -> jax.Array:
        return jnp.sum(jnp.log(jax.vmap(tokens_per_s_per_chip)(parts[0], runs.chips, parts[1])))

    jobs, efficiency = jax.grad(total)((runs.jobs, reached))
    tables = {"shape": jobs.shape, "recipe": jobs.layout, "efficiency": efficiency}
    return {(table, field) for table, part in tables.items() for field in params(part) if np.any(np.asarray(getattr(part, field)) != 0)}


def limited(base: Scenario) -> Scenario:
    """A scenario with every limit stated."""
    places = list(LIMITS)
    values = [jnp.full_like(getattr(getattr(base, table), field), LIMITS[table, field]) for table, field in places]
    return eqx.tree_at(lambda s: [getattr(getattr(s, table), field) for table, field in places], base, values)


def has_slope(name: str) -> set[Place]:
    """What outcomes have a slope in, at some examples."""
    bench, cases = Bench(load(name)), draw(load(name), range(EXAMPLES), reach=Reach.EDGE)
    size = np.maximum(np.abs(np.asarray(jax.vmap(aims)(bench.observe(cases)))), 1.0)
    still = {place: np.zeros_like(values) for place, values in cases.numbers.items()}
    *_, slope = bench.slopes(cases, still, np.random.default_rng(0).uniform(0.5, 1.0, size.shape) / size)
    return {place for place, values in slope.items() if np.any(values != 0)}


def limits(scenario: Scenario) -> set[Place]:
    """What limits and the aim have a slope in, at random choices and prices."""
    problem = Problem(scenario)
    form, size, reduced = prepare(problem)
    found = set()
    for seed in range(TRIES):
        source = np.random.default_rng(seed)
        x = jnp.asarray(source.uniform(0.0, 2.0, reduced.chart.free.size))
        prices = Prices(*(jnp.asarray(source.uniform(0.5, 1.0, count)) for count in reduced.row_counts))
        slope = judge(x, prices, jnp.zeros_like(x), problem.scenario, size, form, reduced.chart).gradient
        found |= {p for p in declared(problem.scenario) if np.any(np.asarray(getattr(getattr(slope, p[0]), p[1])) != 0)}
    return found


def reported(name: str, place: Place) -> bool:
    """Whether a tenth more of a number, or a little where it is nothing, changes what is told of an allocation, the number itself apart."""
    base = load(name)
    case = draw(base, [1], width=0.0)
    plan = allocation_of({field: values[0] for field, values in case.plan.items()})
    numbers = {at: values[0] for at, values in case.numbers.items()}
    other = scenario_of(base, numbers | {place: np.where(numbers[place] == 0, 0.01, numbers[place] * 0.9)})
    return told(base, plan) != told(other, plan)


def told(scenario: Scenario, plan: Allocation) -> str:
    """What is told of an allocation."""
    body = simulation_document(scenario, plan, run(scenario, plan))
    return json.dumps([body[part] for part in TOLD], default=str)
