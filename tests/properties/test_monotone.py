"""Laws of direction and symmetry of the simulation, on random scenarios with random allocations."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.model.fleet import BALANCES
from capexmodel.model.simulate import Outcome
from capexmodel.param import params
from tests.draws import allocation_for, outcome_of, run, scenario_near

seeds = st.integers(0, 10**6)
names = pytest.mark.parametrize("name", ["one_period", "greenfield", "meta_2026"])
many = settings(max_examples=15)
ROUNDING_S = 1e-3
"""A thousandth of a second: dates are about 1e8 s, whose last bits are 1e-8 s; the root of a quadratic loses a few digits more."""


def later(one: Outcome, two: Outcome) -> np.ndarray:
    """By how much each date of the first is later than that of the second."""
    return np.asarray(one.training.date_s - two.training.date_s)


def scaled(scenario, pick, factor):
    """The scenario with one field multiplied."""
    return eqx.tree_at(pick, scenario, replace_fn=lambda value: value * factor)


WORSE = {
    "price": lambda s: s.accelerator.price_usd,
    "network price": lambda s: s.network.price_usd,
    "hall price": lambda s: s.hall.price_usd_per_w,
    "watts of a chip": lambda s: s.accelerator.it_power_w,
    "peak overhead": lambda s: s.site.peak_pue,
    "installation time": lambda s: s.accelerator.install_s,
    "building time": lambda s: s.hall.build_s,
    "network lead time": lambda s: s.network.install_s,
    "failures": lambda s: s.reliability.chip_failures_per_s,
    "restarts": lambda s: s.reliability.restart_s,
    "work": lambda s: s.job.work_eflop,
    "experiments needed": lambda s: s.research.experiment_ratio,
    "core share": lambda s: s.core.share,
}
BETTER = {
    "MFU": lambda s: s.utilization.mfu if s.utilization is not None else s.efficiency.product_share,
    "chips in place": lambda s: s.supply.offered_count_per_s,
    "reach": lambda s: s.job.reach,
    "halls": lambda s: s.site.hall_power_w,
    "power": lambda s: s.site.site_power_w,
    "people": lambda s: s.staff.headcount_count,
}


THINNED = {"price", "installation time", "chips in place"}
"""What changes the mix of chips. Where a hall, power or ports are short all chips share the shortage alike, so that fewer poor
chips may train faster: the law is off there, and these are tried with no such shortage."""


def pair(name: str, seed: int, what: str, pick, factor: float) -> tuple[Outcome, Outcome]:
    """What follows with a field multiplied, and without."""
    scenario, allocation, _ = outcome_of(name, seed)
    balances = () if what in THINNED else BALANCES
    return run(scaled(scenario, pick, factor), allocation, balances), run(scenario, allocation, balances)


@names
@pytest.mark.parametrize("what", sorted(WORSE))
@given(seed=seeds, factor=st.floats(1.001, 1.15))
@many
def test_L10_dearer_hungrier_slower_is_never_earlier(name, what, seed, factor):
    worse, outcome = pair(name, seed, what, WORSE[what], factor)
    assert (later(worse, outcome) >= -ROUNDING_S).all()


@names
@pytest.mark.parametrize("what", sorted(BETTER))
@given(seed=seeds, factor=st.floats(1.001, 1.05))
@many
def test_L11_more_of_what_trains_is_never_later(name, what, seed, factor):
    better, outcome = pair(name, seed, what, BETTER[what], factor)
    assert (later(better, outcome) <= ROUNDING_S).all()


def rising(scenario):
    """The scenario with stages of halls and power that only add: one that takes away would come sooner too."""
    return eqx.tree_at(lambda s: (s.site.hall_power_w, s.site.site_power_w), scenario, replace_fn=lambda w: jax.lax.cummax(w, axis=1))


@names
@given(seed=seeds, days=st.floats(0.1, 60.0))
@many
def test_L13_earlier_halls_and_power_are_never_later(name, seed, days):
    scenario, allocation = rising(scenario_near(name, seed)), allocation_for(scenario_near(name, seed), seed)
    sooner = eqx.tree_at(lambda s: s.site.slip_s, scenario, scenario.site.slip_s - days * 86400.0)
    assert (later(run(sooner, allocation), run(scenario, allocation)) <= ROUNDING_S).all()


@names
@given(seed=seeds, factor=st.sampled_from([1e-6, 0.01, 3.0, 1e6]))
@many
def test_L24_all_money_scaled_is_the_same_physical_plan(name, seed, factor):
    scenario, allocation, outcome = outcome_of(name, seed)
    priced = eqx.tree_at(
        lambda s: (s.accelerator.price_usd, s.network.price_usd, s.hall.price_usd_per_w, s.source.price_usd_per_w),
        scenario,
        replace_fn=lambda value: value * factor,
    )
    spent = eqx.tree_at(lambda a: (a.chips_usd, a.ports_usd, a.hall_usd, a.source_usd), allocation, replace_fn=lambda value: value * factor)
    other = run(priced, spent)
    np.testing.assert_allclose(other.training.date_s, outcome.training.date_s, rtol=1e-11)
    np.testing.assert_allclose(other.orders.chips_count, outcome.orders.chips_count, rtol=1e-9, atol=1e-6)


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


def test_a_law_can_fail():
    """The comparison is not vacuous: twice the chips are strictly earlier, half of them strictly later."""
    scenario, allocation, outcome = outcome_of("one_period", 5)
    more = eqx.tree_at(lambda s: s.site.fleet_count, scenario, 2.0 * scenario.site.fleet_count)
    assert (later(run(more, allocation), outcome) < -86400.0).all()
    fewer = eqx.tree_at(lambda s: s.site.fleet_count, scenario, 0.5 * scenario.site.fleet_count)
    assert (later(run(fewer, allocation), outcome) > 86400.0).all()
    assert jnp.isfinite(outcome.training.date_s).all()
