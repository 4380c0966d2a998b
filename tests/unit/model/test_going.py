"""A plan whose runs go on: the same within a period where nothing is late, and done where something is."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.going import kept_going
from tests.draws import allocation_for, run, shipped

SCENARIO = eqx.tree_at(lambda s: s.job.work_eflop, shipped("greenfield"), replace_fn=lambda work: 0.3 * work)
DAY_S = 86400.0


@pytest.fixture(scope="module")
def planned():
    """An allocation whose runs stop with the period in which they end, and what follows from it."""
    whole = allocation_for(SCENARIO, 3)
    ends = np.searchsorted(np.asarray(SCENARIO.calendar.period_edges_s), np.asarray(run(SCENARIO, whole).training.run_end_s))
    share = np.array(whole.run_share)
    for job, last in enumerate(ends):
        share[job, :, last:] = 0.0
    allocation = dataclasses.replace(whole, run_share=jnp.asarray(share))
    return allocation, run(SCENARIO, allocation).training


def test_hardly_anything_changes_where_nothing_is_late(planned):
    allocation, training = planned
    going = kept_going(allocation, SCENARIO.calendar.period_edges_s, training)
    np.testing.assert_array_equal(going.chips_usd, allocation.chips_usd)
    sooner_s = np.asarray(training.run_end_s - run(SCENARIO, going).training.run_end_s)
    assert ((sooner_s >= 0.0) & (sooner_s < 31.0 * DAY_S)).all()
    assert (np.asarray(going.run_share) >= np.asarray(allocation.run_share)).all()
    assert (np.asarray(going.run_share).sum(axis=0) <= 1.0 + 1e-12).all()


def test_what_is_late_is_done_all_the_same(planned):
    allocation, training = planned
    harder = eqx.tree_at(lambda s: s.job.work_eflop, SCENARIO, 1.5 * SCENARIO.job.work_eflop)
    stopped = run(harder, allocation).training
    going = run(harder, kept_going(allocation, SCENARIO.calendar.period_edges_s, training)).training
    assert going.reached.all()
    assert not stopped.reached.all()
