"""Laws of accounting and conservation, on random scenarios with random allocations."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.model import money, timing
from capexmodel.model.curve import curve
from capexmodel.model.fleet import equivalents
from capexmodel.model.pace import pace
from capexmodel.model.training import near_eflops
from tests.draws import outcome_of, run, shipped

seeds = st.integers(0, 10**6)
names = pytest.mark.parametrize("name", ["one_period", "greenfield", "meta_2026"])
many = settings(max_examples=25)


@names
@given(seed=seeds)
@many
def test_L1_items_sum_to_what_is_spent(name, seed):
    scenario, allocation, outcome = outcome_of(name, seed)
    books, year = outcome.money, np.asarray(money.by_year(scenario))
    parts = (books.chips_usd, books.premium_usd, books.hall_usd, books.source_usd)
    decided = sum(np.asarray(part).sum(axis=tuple(range(part.ndim - 1))) for part in parts)
    items = (decided + np.asarray(books.ports_usd).sum(axis=0)) @ year + np.asarray(books.committed_usd) + np.asarray(books.reserve_usd)
    np.testing.assert_allclose(items, books.capex_usd, rtol=1e-9)
    shipped_usd = float(jnp.sum(allocation.chips_usd) + jnp.sum(allocation.ports_usd))
    paid_usd = float(jnp.sum(books.chips_usd) + jnp.sum(books.premium_usd) + jnp.sum(books.ports_usd))
    assert paid_usd == pytest.approx(shipped_usd, rel=1e-9)


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


@names
@given(seed=seeds)
@many
def test_L2_stock_is_what_stood_and_what_arrived(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    calendar, chip = scenario.calendar, scenario.accelerator
    share = timing.delivered(calendar.period_edges_s, calendar.decision_edges_s, chip.install_s, chip.install_spread)
    arrivals = np.einsum("asd,aed->ase", outcome.orders.chips_count, np.diff(np.asarray(share), axis=1, prepend=0.0))
    stood = np.asarray(scenario.site.fleet_count.T)[:, :, None]
    np.testing.assert_allclose(outcome.stock.chips_count, stood + np.cumsum(arrivals, axis=2), rtol=1e-9, atol=1e-6)
    assert (arrivals >= -1e-9 * np.abs(arrivals).max()).all()
    assert (np.asarray(share)[:, -1] <= 1 + 1e-12).all()


@names
@given(seed=seeds)
@many
def test_L2_heads_are_conserved(name, seed):
    scenario, allocation, _ = outcome_of(name, seed)
    loyal = eqx.tree_at(lambda s: s.staff.attrition_per_s, scenario, jnp.asarray(0.0))
    heads = np.asarray(run(loyal, allocation).stock.heads_count)
    hired = float(jnp.sum(allocation.hires_count))
    deal, horizon_s = scenario.deal, float(scenario.calendar.horizon_s)
    joined = np.clip((horizon_s - np.asarray(deal.close_s)) / np.asarray(deal.integration_s), 0.0, 1.0)
    brought = float(np.sum(joined * np.asarray(allocation.taken * deal.heads_count * deal.retention * deal.clearance)))
    assert heads[-1] - heads[0] == pytest.approx(hired + brought, rel=1e-9)


@names
@given(seed=seeds)
@many
def test_L5_every_dollar_in_one_account(name, seed):
    scenario, allocation, outcome = outcome_of(name, seed)
    books = outcome.money
    paid_more = eqx.tree_at(lambda s: s.staff.pay_usd_per_s, scenario, 2.0 * scenario.staff.pay_usd_per_s)
    dearer = run(paid_more, allocation).money
    np.testing.assert_array_equal(dearer.capex_usd, books.capex_usd)
    np.testing.assert_array_equal(dearer.acquisition_usd, books.acquisition_usd)
    extra = np.asarray(books.pay_usd) @ np.asarray(money.by_year(scenario))
    np.testing.assert_allclose(dearer.operating_usd - books.operating_usd, extra, rtol=1e-9)
    running = np.asarray(books.pay_usd) + np.asarray(books.rent_usd).sum(0) + np.asarray(books.energy_usd).sum(0)
    by_year = np.asarray(books.mix_usd).sum((0, 1)) + np.asarray(books.carbon_usd).sum(0)
    np.testing.assert_allclose(books.operating_usd, running @ np.asarray(money.by_year(scenario)) + by_year, rtol=1e-9)


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


@names
@given(seed=seeds)
@many
def test_L18_shares_are_shares_and_nothing_is_out_before_today(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    served = np.asarray(outcome.stock.served())
    assert (served >= 0).all()
    assert (served <= 1).all()
    speed = pace(scenario)
    useful = np.asarray(speed.useful.share_at(near_eflops(scenario, speed, outcome.orders.run_eflops)))
    assert (useful > 0).all()
    assert (useful <= 1).all()
    assert (np.asarray(outcome.training.date_s) >= 0).all()
    used = np.asarray(outcome.compute.run_eflops).sum(axis=(0, 1)) + np.asarray(outcome.compute.experiment_eflops)
    room = np.maximum(np.asarray(outcome.compute.usable_eflops).sum(axis=0) - np.asarray(outcome.compute.core_eflops), 0.0)
    assert (used <= room * (1 + 1e-12) + 1e-9).all()


@names
@given(seed=seeds)
@many
def test_L29_no_date_beats_physics(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    fastest = np.asarray(outcome.training.run_useful_eflops).max(axis=1)
    least = np.asarray(scenario.job.remaining_eflop()) / np.maximum(fastest, 1e-30)
    peak = np.asarray(outcome.compute.usable_eflops).sum(axis=0).max()
    end = np.asarray(outcome.training.run_end_s)
    assert (end >= least * (1 - 1e-9)).all()
    assert (end >= np.asarray(scenario.job.remaining_eflop()) / peak * (1 - 1e-9)).all()
    floor = np.asarray(scenario.job.release_lag_s)
    assert (np.asarray(outcome.training.date_s) >= floor).all()
