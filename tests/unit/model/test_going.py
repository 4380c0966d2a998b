"""A plan whose runs go on: the same where nothing is late, and done where something is."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.going import kept_going
from tests.draws import allocation_for, run, shipped

SCENARIO = shipped("greenfield")
DAY_S = 86400.0


@pytest.fixture(scope="module")
def planned():
    """An allocation whose runs stop with the period in which they end, and what follows from it."""
    whole = allocation_for(SCENARIO, 3)
    whole = dataclasses.replace(whole, run_share=whole.run_share * 0.5)
    ends = np.searchsorted(np.asarray(SCENARIO.calendar.period_edges_s), np.asarray(run(SCENARIO, whole).training.run_end_s))
    share = np.array(whole.run_share)
    for job, last in enumerate(ends):
        share[job, :, last:] = 0.0
    allocation = dataclasses.replace(whole, run_share=jnp.asarray(share))
    return allocation, run(SCENARIO, allocation).training


def test_nothing_changes_where_nothing_is_late(planned):
    allocation, training = planned
    going = kept_going(allocation, SCENARIO.calendar.period_edges_s, training)
    np.testing.assert_array_equal(going.chips_usd, allocation.chips_usd)
    after = run(SCENARIO, going).training
    np.testing.assert_allclose(after.run_end_s, training.run_end_s, atol=DAY_S)
    assert (np.asarray(going.run_share) >= np.asarray(allocation.run_share)).all()
    assert (np.asarray(going.run_share).sum(axis=0) <= 1.0 + 1e-12).all()


def test_what_is_late_is_done_all_the_same(planned):
    allocation, training = planned
    harder = eqx.tree_at(lambda s: s.job.work_eflop, SCENARIO, 2.0 * SCENARIO.job.work_eflop)
    stopped = run(harder, allocation).training
    going = run(harder, kept_going(allocation, SCENARIO.calendar.period_edges_s, training)).training
    assert going.reached.all()
    assert not stopped.reached.all()
