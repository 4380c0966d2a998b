"""Sites in another order, names and all: what the registry, whose names stand still, can only do for sites that are alike."""

import equinox as eqx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.param import params
from tests.draws import allocation_for, run, scenario_near

seeds = st.integers(0, 10**6)


def permuted_sites(scenario, allocation, order):
    """The same world with its sites in another order."""
    site = scenario.site
    fields = tuple(params(site))
    moved = eqx.tree_at(lambda s: [getattr(s, f) for f in fields], site, [getattr(site, f)[order] for f in fields])
    for static in ("names", "network", "open"):
        object.__setattr__(moved, static, tuple(getattr(site, static)[i] for i in order))
    world = eqx.tree_at(lambda s: (s.site, s.job.reach), scenario, (moved, scenario.job.reach[:, order]))
    plan = eqx.tree_at(
        lambda a: (a.chips_usd, a.hall_usd, a.source_usd, a.ports_usd, a.run_share, a.energy_share),
        allocation,
        (allocation.chips_usd[:, order], allocation.hall_usd[:, order], allocation.source_usd[:, order], allocation.ports_usd[order],
         allocation.run_share[:, order], allocation.energy_share[:, order]),
    )  # fmt: skip
    return world, plan


@pytest.mark.parametrize("name", ["greenfield", "meta_2026", "cold_or_warm"])
@given(seed=seeds)
@settings(max_examples=8)
def test_L27_permuting_sites_permutes_results(name, seed):
    scenario = scenario_near(name, seed)
    allocation = allocation_for(scenario, seed)
    order = np.random.default_rng(0).permutation(len(scenario.site.names))
    outcome, other = run(scenario, allocation), run(*permuted_sites(scenario, allocation, order))
    np.testing.assert_allclose(other.training.date_s, outcome.training.date_s, rtol=1e-12)
    np.testing.assert_allclose(other.money.energy_usd, np.asarray(outcome.money.energy_usd)[order], rtol=1e-12)
    np.testing.assert_allclose(other.stock.served(), np.asarray(outcome.stock.served())[order], rtol=1e-12)
    np.testing.assert_allclose(other.money.capex_usd, outcome.money.capex_usd, rtol=1e-12)
