"""Laws of accounting and conservation that are not in the registry (`test_laws.py`), on random scenarios with random allocations."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.model import money, timing
from capexmodel.model.curve import curve
from capexmodel.model.fleet import equivalents
from tests.draws import outcome_of, run, shipped

seeds = st.integers(0, 10**6)
names = pytest.mark.parametrize("name", ["one_period", "greenfield", "meta_2026"])
many = settings(max_examples=25)


@names
@given(seed=seeds)
@many
def test_L1_halls_and_power_are_paid_in_full_or_after_the_horizon(name, seed):
    scenario, allocation, outcome = outcome_of(name, seed)
    paid, due = float(jnp.sum(outcome.money.hall_usd)), float(jnp.sum(allocation.hall_usd))
    assert paid <= due * (1 + 1e-9)
    order_edges_s = scenario.calendar.decision_edges_s
    late_s = order_edges_s[-1:] + jnp.max(scenario.hall.build_s)
    whole = timing.paid_while_building(late_s, order_edges_s, scenario.hall.build_s)
    np.testing.assert_allclose(whole, 1.0, rtol=1e-9)


@pytest.mark.long
@given(seed=seeds)
@many
def test_L5_splitting_a_line_item_leaves_totals_unchanged(seed):
    scenario, allocation, outcome = outcome_of("greenfield", seed)
    alike = eqx.tree_at(
        lambda s: (s.hall.price_usd_per_w, s.hall.build_s, s.hall.build_spread),
        scenario,
        tuple(jnp.full_like(v, v[0]) for v in (scenario.hall.price_usd_per_w, scenario.hall.build_s, scenario.hall.build_spread)),
    )
    total = jnp.sum(allocation.hall_usd, axis=0)
    merged = jnp.zeros_like(allocation.hall_usd).at[0].set(total)
    one = run(alike, eqx.tree_at(lambda a: a.hall_usd, allocation, merged))
    two = run(alike, allocation)
    np.testing.assert_allclose(one.money.capex_usd, two.money.capex_usd, rtol=1e-12)
    np.testing.assert_allclose(one.training.date_s, two.training.date_s, rtol=1e-12)
    assert outcome.money.capex_usd.shape == one.money.capex_usd.shape


@names
@given(seed=seeds)
@many
def test_L8_work_is_the_integral_of_the_rate(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    edges_s = scenario.calendar.period_edges_s
    middles = np.asarray(0.5 * (edges_s[1:] + edges_s[:-1]))
    for rate in np.asarray(outcome.training.run_useful_eflops):
        laid = curve(edges_s, jnp.asarray(rate))
        fine = np.unique(np.concatenate([np.linspace(0.0, float(edges_s[-1]), 20_001), middles]))
        quadrature = np.trapezoid(np.interp(fine, middles, rate), fine)
        assert float(laid.done(edges_s[-1])) == pytest.approx(quadrature, rel=1e-9)


def test_L8_equivalents_of_a_chip_in_itself_are_its_count():
    scenario = shipped("meta_2026")
    row = scenario.accelerator.names.index("H100")
    for count in (1.0, 3.0, 12345.0, 7e6):
        fleet = jnp.zeros((len(scenario.accelerator.names), 1)).at[row, 0].set(count)
        assert float(equivalents(scenario, fleet, "H100")[0]) == count


@names
@given(seed=seeds)
@many
def test_L9_sites_sum_to_the_fleet_and_time_adds_up_in_any_order(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    by_site = np.asarray(outcome.stock.chips_count).sum(axis=0).sum(axis=0)
    by_chip = np.asarray(outcome.stock.chips_count).sum(axis=1).sum(axis=0)
    np.testing.assert_allclose(by_site, by_chip, rtol=1e-12)
    year = np.asarray(money.by_year(scenario))
    np.testing.assert_allclose(year.sum(axis=1), 1.0, rtol=1e-12)
    energy = np.asarray(outcome.money.energy_usd)
    np.testing.assert_allclose((energy.sum(axis=0) @ year).sum(), energy.sum(), rtol=1e-12)
    np.testing.assert_allclose((energy @ year).sum(axis=0), energy.sum(axis=0) @ year, rtol=1e-12)
