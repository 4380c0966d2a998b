"""A plan whose runs go on: the same within a period where nothing is late, and done where something is."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.going import as_planned, kept_going
from tests.draws import allocation_for, run, shipped

DAY_S = 86400.0


@pytest.fixture(scope="module")
def planned():
    """A scenario, an allocation whose runs stop with the period in which they end, and what follows from it."""
    scenario = eqx.tree_at(lambda s: s.job.work_eflop, shipped("greenfield"), replace_fn=lambda work: 0.3 * work)
    whole = allocation_for(scenario, 3)
    ends = np.searchsorted(np.asarray(scenario.calendar.period_edges_s), np.asarray(run(scenario, whole).training.run_end_s))
    share = np.array(whole.run_share)
    for job, last in enumerate(ends):
        share[job, :, last:] = 0.0
    allocation = dataclasses.replace(whole, run_share=jnp.asarray(share))
    return scenario, allocation, run(scenario, allocation).training


@pytest.mark.long
def test_hardly_anything_changes_where_nothing_is_late(planned):
    scenario, allocation, training = planned
    going = kept_going(allocation, scenario.calendar.period_edges_s, training)
    np.testing.assert_array_equal(going.plan.chips_usd, allocation.chips_usd)
    sooner_s = np.asarray(training.run_end_s - run(scenario, going).training.run_end_s)
    assert ((sooner_s >= 0.0) & (sooner_s < 31.0 * DAY_S)).all()
    assert (np.asarray(going.late_share) >= 0.0).all()
    assert (np.asarray(going.plan.run_share + going.late_share).sum(axis=0) <= 1.0 + 1e-12).all()


def test_what_is_late_is_done_all_the_same(planned):
    scenario, allocation, training = planned
    harder = eqx.tree_at(lambda s: s.job.work_eflop, scenario, 1.5 * scenario.job.work_eflop)
    stopped = run(harder, as_planned(allocation)).training
    np.testing.assert_array_equal(stopped.date_s, run(harder, allocation).training.date_s)
    going = run(harder, kept_going(allocation, scenario.calendar.period_edges_s, training)).training
    assert going.reached.all()
    assert not stopped.reached.all()


@pytest.fixture(scope="module")
def three():
    """Three models, one after the other: each run stops with the period in which it ends, experiments have all that is left."""
    base = shipped("meta_2026")
    whole = allocation_for(base, 5)
    share, edges = np.zeros_like(np.asarray(whole.run_share)), np.asarray(base.calendar.period_edges_s)
    for job, (first, last) in enumerate([(0, 4), (4, 10), (10, edges.size - 1)]):
        share[job, :, first:last] = 0.45 * np.asarray(base.job.reach)[job][:, None]
    allocation = dataclasses.replace(whole, run_share=jnp.asarray(share), experiment_share=jnp.ones_like(whole.experiment_share))
    done = np.asarray(run(base, allocation).training.run_useful_eflops @ jnp.diff(base.calendar.period_edges_s))
    job = base.job
    scenario = eqx.tree_at(lambda s: (s.job.work_eflop, s.job.done), base, (jnp.asarray(0.9 * done), jnp.zeros_like(job.done)))
    return scenario, allocation, run(scenario, allocation)


@pytest.mark.long
def test_runs_that_are_done_leave_their_compute_to_research_and_to_later_runs(three):
    """Where nothing is late nobody has less: neither the second and third run, nor any experiment."""
    scenario, allocation, outcome = three
    going = run(scenario, kept_going(allocation, scenario.calendar.period_edges_s, outcome.training))
    assert outcome.training.reached[:2].all()
    np.testing.assert_allclose(going.compute.experiment_eflops, outcome.compute.experiment_eflops, rtol=1e-12)
    np.testing.assert_array_equal(going.compute.run_eflops, outcome.compute.run_eflops)
    np.testing.assert_allclose(going.training.research_end_s, outcome.training.research_end_s, rtol=1e-12)
    later_s = np.asarray(going.training.run_end_s - outcome.training.run_end_s)
    assert (later_s <= 0.0).all()


def test_a_late_run_takes_from_research_until_it_is_done(three):
    """And what it takes is what the site has; compute is never used twice."""
    scenario, allocation, outcome = three
    work = scenario.job.work_eflop
    harder = eqx.tree_at(lambda s: s.job.work_eflop, scenario, work * jnp.asarray([1.5, 1.0, 1.0]))
    there, stopped = run(harder, kept_going(allocation, scenario.calendar.period_edges_s, outcome.training)), run(harder, allocation)
    assert there.training.reached[0]
    assert not stopped.training.reached[0]
    taken = np.asarray(jnp.sum(there.compute.run_eflops - stopped.compute.run_eflops, axis=(0, 1)))
    lost = np.asarray(stopped.compute.experiment_eflops - there.compute.experiment_eflops)
    assert taken.max() > 0.0
    np.testing.assert_allclose(lost, taken, atol=1e-9 * np.asarray(stopped.compute.usable_eflops).sum(0).max())
    after = np.searchsorted(np.asarray(scenario.calendar.period_edges_s), float(there.training.run_end_s[0]))
    assert (taken[after:] == 0.0).all()
