"""Who has how much of the compute: the core first, runs cut in proportion where it leaves too little, experiments what is left."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Allocation
from capexmodel.model.compute import Compute, core_eflops, share_out
from capexmodel.model.fleet import BALANCES
from tests.two_sites import PERIODS_S, allocation, counted, means, stock, two_sites

FLEET_EFLOPS = 20 * 0.3 + 6 * 0.7 + 4 * 0.45 + 9 * 0.3 + 15 * 0.7 + 7 * 0.45
RELIEF = (1.5, 1.5, 1.75, 2.075, 2.5)
"""From 1.5 at 10 to 2.5 at 50, by a fortieth a second."""
SHARES = (0.3, 0.5, 0.7, 0.6)


def shared(scale: tuple[float, float, float, float]) -> Allocation:
    """Shares of two runs, so many times as large in each period, and those of experiments."""
    return allocation(counted(2, 2, 4, first=0.05, step=0.01) * np.asarray(scale), np.asarray(SHARES))


def core() -> np.ndarray:
    """By period: what the core takes at two edges, halved."""
    at_edges = [0.4 * FLEET_EFLOPS * math.exp(0.02 * time) - relief for time, relief in zip(PERIODS_S, RELIEF, strict=True)]
    return means(np.array(at_edges))


def usable() -> np.ndarray:
    """Chips that fit, and what is rented."""
    held = stock()
    return means(np.asarray(held.parts[0].gives["compute_eflops"] - held.housing.unfit_eflops + held.rented_eflops))


def test_the_core_grows_and_is_relieved_by_chips_of_its_own():
    np.testing.assert_allclose(core_eflops(two_sites()), core(), rtol=1e-13)


@pytest.mark.parametrize("scale", [(1.0, 1.5, 0.5, 0.25), (9.0, 1.0, 11.0, 0.5)])
def test_runs_have_their_shares_as_far_as_the_core_leaves_them_and_experiments_a_share_of_the_rest(scale):
    found, given, there = share_out(two_sites(), stock(), shared(scale)), np.asarray(shared(scale).run_share), usable()
    np.testing.assert_allclose(found.usable_eflops, there, rtol=1e-13)
    np.testing.assert_allclose(found.core_eflops, core(), rtol=1e-13)
    for period, kept in enumerate(SHARES):
        wanted = given[:, :, period] * there[:, period]
        left = there[:, period].sum() - core()[period]
        cut = min(left / wanted.sum(), 1.0)
        assert (cut < 1.0) == (scale[period] > 8.0)
        np.testing.assert_allclose(found.run_eflops[:, :, period], wanted * cut, rtol=1e-12)
        assert float(found.experiment_eflops[period]) == pytest.approx(kept * (left - cut * wanted.sum()), rel=1e-12, abs=1e-12)


def test_racks_that_fit_no_hall_count_where_racks_are_not_looked_at():
    found = share_out(two_sites(), stock(), shared((1.0, 1.0, 1.0, 1.0)), BALANCES)
    np.testing.assert_allclose(found.usable_eflops, usable() + means(np.asarray(stock().housing.unfit_eflops)), rtol=1e-13)


def test_a_core_that_wants_more_than_there_is_leaves_nothing():
    greedy = dataclasses.replace(two_sites(), core=dataclasses.replace(two_sites().core, share=jnp.asarray(30.0)))
    found = share_out(greedy, stock(), shared((1.0, 1.0, 1.0, 1.0)))
    np.testing.assert_array_equal(found.run_eflops, 0.0)
    np.testing.assert_array_equal(found.experiment_eflops, 0.0)


def test_where_no_run_asks_slopes_are_numbers():
    """All that is asked of nothing is had: the slope by a share is what is usable."""

    def runs(run_share: jax.Array) -> jax.Array:
        found: Compute = share_out(two_sites(), stock(), dataclasses.replace(shared((0.0, 0.0, 0.0, 0.0)), run_share=run_share))
        return jnp.sum(found.run_eflops[0])

    slope = jax.grad(runs)(jnp.zeros((2, 2, 4)))
    np.testing.assert_allclose(slope, [usable(), np.zeros((2, 4))], rtol=1e-12)


def test_where_no_run_asks_what_the_core_takes_more_experiments_have_less():
    def all_used(share: jax.Array) -> jax.Array:
        world = dataclasses.replace(scenario, core=dataclasses.replace(scenario.core, share=share))
        found = share_out(world, held, asked)
        return jnp.sum(found.run_eflops) + found.experiment_eflops[0]

    scenario, held, asked = two_sites(), stock(), shared((0.0, 0.0, 0.0, 0.0))
    grown = (1.0 + math.exp(0.02 * 8.0)) / 2.0
    assert float(jax.grad(all_used)(jnp.asarray(0.4))) == pytest.approx(-0.3 * FLEET_EFLOPS * grown, rel=1e-12)
