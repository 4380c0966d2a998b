"""Laws of energy and carbon, on random scenarios with random allocations."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.model import carbon, money
from capexmodel.model.express import express
from capexmodel.model.fleet import fleet
from capexmodel.model.leaves import leaf
from capexmodel.model.simulate import simulate
from tests.draws import allocation_for, outcome_of, run, scenario_near

seeds = st.integers(0, 10**6)
names = pytest.mark.parametrize("name", ["one_period", "greenfield", "meta_2026"])
many = settings(max_examples=15)
footprint = eqx.filter_jit(lambda scenario, orders: money.footprint(scenario, orders, fleet(scenario, orders)))


@names
@given(seed=seeds)
@many
def test_L3_energy_drawn_is_what_sources_and_the_grid_give(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    edges_s, years_s = np.asarray(scenario.calendar.period_edges_s), np.asarray(scenario.calendar.year_edges_s)
    chip, seen = scenario.accelerator, outcome.carbon
    busy_w = np.einsum("ase,a->se", outcome.stock.chips_count, chip.it_power_w * chip.load) * np.asarray(scenario.site.average_pue)[:, None]
    overlap_s = np.clip(np.minimum(edges_s[1:, None], years_s[None, 1:]) - np.maximum(edges_s[:-1, None], years_s[None, :-1]), 0.0, None)
    drawn = 0.5 * (busy_w[:, 1:] + busy_w[:, :-1]) @ overlap_s
    given_j, grid_j = np.asarray(seen.source_j), np.asarray(seen.grid_j)
    np.testing.assert_allclose(given_j.sum(axis=0) + grid_j, drawn, rtol=1e-9, atol=1.0)
    np.testing.assert_allclose(grid_j.sum(), np.asarray(money.energy_j(scenario, outcome.stock)).sum() - given_j.sum(), rtol=1e-9)
    assert given_j.sum() > 0
    assert (grid_j >= -1e-9 * drawn).all()
    assert (given_j <= np.asarray(money.source_most_j(scenario, outcome.stock)) * (1 + 1e-12) + 1e-6).all()


@names
@given(seed=seeds)
@many
def test_carbon_and_water_of_sites_add_up(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    alone = []
    for s in range(len(scenario.site.names)):
        only = jnp.zeros(len(scenario.site.names)).at[s].set(1.0)
        orders = eqx.tree_at(
            lambda o: (o.chips_count, o.hall_w, o.source_w, o.energy_j),
            outcome.orders,
            replace_fn=lambda x, only=only: x * only[None, :, None],
        )
        lone = eqx.tree_at(lambda c: c.site.fleet_count, scenario, scenario.site.fleet_count * only[:, None])
        alone.append(footprint(lone, orders))
    together = jax.tree.map(lambda *parts: sum(parts), *alone)
    for whole, parts in zip(jax.tree.leaves(outcome.carbon), jax.tree.leaves(together), strict=True):
        np.testing.assert_allclose(parts, whole, rtol=1e-9, atol=1e-9 * float(jnp.max(jnp.abs(whole)) + 1.0))


@names
@given(seed=seeds)
@many
def test_a_plan_in_shares_gives_its_energy_back(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    again = run(scenario, express(scenario, outcome.orders))
    np.testing.assert_allclose(again.orders.energy_j, outcome.orders.energy_j, rtol=1e-9)
    np.testing.assert_allclose(again.money.operating_usd, outcome.money.operating_usd, rtol=1e-9)


@names
@given(seed=seeds)
@many
def test_operating_cost_holds_energy_and_carbon_once(name, seed):
    scenario, _, outcome = outcome_of(name, seed)
    books, year = outcome.money, np.asarray(money.by_year(scenario))
    running = np.asarray(books.pay_usd) + np.asarray(books.rent_usd).sum(0) + np.asarray(books.energy_usd).sum(0)
    beside = np.asarray(books.mix_usd).sum(axis=(0, 1)) + np.asarray(books.carbon_usd).sum(axis=0)
    np.testing.assert_allclose(books.operating_usd, running @ year + beside, rtol=1e-9)


SLOPES = (
    "source.gas_engine.site_share", "source.gas_engine.use_share", "source.gas_engine.carbon_kg_per_j", "source.rapid.embodied_kg_per_w",
    "site.prairie.grid_carbon_kg_per_j", "site.river.average_pue", "hall.direct_liquid.build_s", "accelerator.GB300.embodied_kg",
    "source.gas_engine.build_s",
)  # fmt: skip


@pytest.mark.long
def test_slopes_of_counted_carbon_are_its_differences():
    scenario = scenario_near("greenfield", 7)
    for path, value in (("envelope.FY2027.embodied_share", 0.7), ("source.gas_engine.site_share", 0.3)):
        scenario = leaf(scenario, path).write(scenario, value)
    allocation = allocation_for(scenario, 7)

    @eqx.filter_jit
    def counted(given_scenario):
        return jnp.sum(carbon.counted_kg(given_scenario, simulate(given_scenario, allocation).carbon))

    slope = eqx.filter_grad(counted)(scenario)
    assert all(bool(jnp.all(jnp.isfinite(part))) for part in jax.tree.leaves(eqx.filter(slope, eqx.is_inexact_array)))
    for path in SLOPES:
        where = leaf(scenario, path)
        base, step = float(where.read(scenario)), 1e-5 * float(where.read(scenario))
        up, down = (float(counted(where.write(scenario, base + sign * step))) for sign in (1.0, -1.0))
        np.testing.assert_allclose(float(where.read(slope)), (up - down) / (2 * step), rtol=1e-4, atol=1e-9 * abs(up) / base)
