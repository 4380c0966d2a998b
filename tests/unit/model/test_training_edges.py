"""From compute to the dates of models, by hand: what is near, what is useful, the research behind it, and the later of both."""

import dataclasses
import functools
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from capexmodel.config import load
from capexmodel.model.fleet import Stock
from capexmodel.model.housing import Housing
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.training import Training, curves, near_eflops, research_demand_eflop, train
from capexmodel.training.useful import Spline, Useful
from capexmodel.training.utilization import Programme, Research

EDGES_S = [0.0, 10.0, 30.0, 60.0, 100.0]
RUN = np.array([[[3.0] * 4, [5.0] * 4, [7.0] * 4], [[2.0] * 4, [4.0] * 4, [11.0] * 4]])
"""Peak compute of two jobs at three sites through four periods."""
NEAR = [3.0 * 0.9 * 0.8 + 5.0 * 0.5 * 0.4 + 7.0 * 0.3 * 0.6, 2.0 * 0.7 * 0.75 + 4.0 * 0.6 * 0.5 + 11.0 * 0.2 * 0.25]
"""4.42 and 2.8."""
FAST, SLOW = 0.999, 0.249
"""Experiments over what people can use at which one counts as one, and as two, with the thousandth that softens them."""


@functools.cache
def shipped() -> Scenario:
    """The smallest scenario there is."""
    return load("one_period")


def scenario() -> Scenario:
    """Two jobs: 20 and 35 of work to do, 6 and 10.5 of research more."""
    rows = {
        "work_eflop": [40.0, 50.0], "done": [0.5, 0.3], "research_left": [0.25, 0.35], "release_lag_s": [3.0, 4.5],
        "deadline_s": [70.0, 80.0], "weight": [1.5, 2.5], "largest_run_count": [9.0, 8.0],
    }  # fmt: skip
    reach = jnp.asarray([[0.9, 0.5, 0.3], [0.7, 0.6, 0.2]])
    job = Programme(("a", "b"), (True, True), **{name: jnp.asarray(row) for name, row in rows.items()}, reach=reach)
    calendar = dataclasses.replace(shipped().calendar, periods=("1", "2", "3", "4"), period_edges_s=jnp.asarray(EDGES_S))
    research = Research(*(jnp.asarray(number) for number in (0.6, 0.5, 0.25)))
    return dataclasses.replace(shipped(), job=job, calendar=calendar, research=research)


def speed() -> Pace:
    """Half of any run is useful, and 0.3 of a small one."""
    level = Spline(jnp.asarray([1.0]), jnp.zeros(1), jnp.asarray([np.log(0.5), 0.0]))
    useful = Useful(level, jnp.zeros(0), jnp.zeros(0), jnp.asarray(8.0), jnp.asarray(0.25), jnp.asarray(0.3))
    return Pace(useful, jnp.asarray([6.0, 7.0]), jnp.asarray([[0.8, 0.4, 0.6], [0.75, 0.5, 0.25]]))


def stock(heads: Any) -> Stock:
    """People, and nothing else."""
    one, each, some = jnp.zeros((1, 5)), jnp.zeros((1, 1)), jnp.zeros((1, 1, 5))
    housed = Housing(some, each, some, some, some, one)
    return Stock(some, one, one, jnp.asarray(heads), (), one, housed, some, one)


def trained(run: Any = RUN, experiments: Any = (FAST, FAST, FAST, FAST), heads: Any = (4.0,) * 5) -> Training:
    """Run both jobs; four people keep one EFLOP/s in balance."""
    return eqx.filter_jit(train)(scenario(), speed(), stock(heads), jnp.asarray(run, float), jnp.asarray(experiments))


def test_compute_counts_by_its_distance_and_its_network() -> None:
    np.testing.assert_allclose(near_eflops(scenario(), speed(), jnp.asarray(RUN)), np.array(NEAR)[:, None] * np.ones(4), rtol=1e-12)


def test_research_is_for_a_model_and_those_before_it() -> None:
    """0.6 of a quarter of 40, and of 35% of 50 more."""
    np.testing.assert_allclose(research_demand_eflop(scenario()), [6.0, 16.5], rtol=1e-12)


def test_each_row_of_rates_has_its_curve() -> None:
    """Work at the middles of periods and at both ends."""
    found = curves(scenario(), jnp.asarray([[2.0, 2.0, 2.0, 2.0], [3.0, 5.0, 5.0, 5.0]]))
    np.testing.assert_allclose(found.work, [[0.0, 10.0, 40.0, 90.0, 160.0, 200.0], [0.0, 15.0, 75.0, 200.0, 375.0, 475.0]], rtol=1e-12)


def test_half_of_a_run_is_useful_work() -> None:
    np.testing.assert_allclose(trained().run_useful_eflops, 0.5 * np.array(NEAR)[:, None] * np.ones(4), rtol=1e-12)


def test_research_is_experiments_that_people_can_use() -> None:
    """Twice as useful by unit at a quarter of the balance; people are those of the middle of a period."""
    heads = [4.0, 4.0, 12.0, 12.0, 4.0]
    found = trained(experiments=[FAST, 2.0 * SLOW, 3.0 * FAST, 2.0 * FAST], heads=heads).research_useful_eflops
    np.testing.assert_allclose(found, [0.3 * FAST, 0.3 * 2.0 * SLOW * 2.0, 0.3 * 3.0 * FAST, 0.3 * 2.0 * FAST], rtol=1e-9)


def test_a_model_is_out_a_release_after_the_later_of_run_and_research() -> None:
    """The run of the first takes 20 / 2.21 seconds, its research 6 / 0.2997; of the second it is research too that ends later."""
    found = trained()
    runs, research = np.array([20.0 / 2.21, 35.0 / 1.4]), np.array([6.0, 16.5]) / (0.3 * FAST)
    np.testing.assert_allclose(found.run_end_s, runs, rtol=1e-9)
    np.testing.assert_allclose(found.research_end_s, research, rtol=1e-9)
    np.testing.assert_allclose(found.date_s, research + np.array([3.0, 4.5]), rtol=1e-9)
    later = trained(run=RUN * np.array([0.25, 1.0])[:, None, None])
    np.testing.assert_allclose(later.date_s, [80.0 / 2.21 + 3.0, research[1] + 4.5], rtol=1e-9)


def test_a_model_is_out_only_where_run_and_research_are_done() -> None:
    """No run of the second, then no experiments for either."""
    assert np.asarray(trained().reached).tolist() == [True, True]
    assert np.asarray(trained(run=RUN * np.array([1.0, 0.0])[:, None, None]).reached).tolist() == [True, False]
    assert np.asarray(trained(experiments=[0.0] * 4).reached).tolist() == [False, False]
