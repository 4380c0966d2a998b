"""Carbon, water and the energy mix of one site, by hand."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import leaf
from capexmodel.model.money import drawn_j, grid_most_j, source_most_j
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome, simulate
from tests.draws import allocation_for, shipped

KWH_J = 3.6e6
YEAR_S = 365 * 86400.0
CHIPS = 10_000.0
DRAWN_KWH = CHIPS * 1.0 * 0.8 * 1.1 * 365 * 24
"""Ten thousand chips of 1 kW at a load of 0.8 and 1.1 at the meter, for the 365 days of the year."""
FIGURES = {
    "site.campus.grid_carbon_kg_per_j": 0.5 / KWH_J,
    "site.campus.contracted_share": 0.75,
    "site.campus.hourly_matched_share": 0.25,
    "site.campus.water_kg_per_j": 0.2 / KWH_J,
    "site.campus.carbon_price_usd_per_kg": 0.02,
    "source.engine.site_share": 0.0,
    "source.engine.energy_price_usd_per_j": 0.08 / KWH_J,
    "source.engine.carbon_kg_per_j": 0.4 / KWH_J,
    "source.engine.hourly_matched_share": 0.75,
    "source.engine.use_share": 0.5,
    "source.engine.firm_share": 0.25,
    "source.engine.embodied_kg_per_w": 0.1,
    "hall.shell.embodied_kg_per_w": 2.0,
    "accelerator.chip.embodied_kg": 300.0,
    "envelope.FY2026.carbon_price_usd_per_kg": 0.03,
    "envelope.FY2026.embodied_share": 0.5,
}
run = eqx.filter_jit(simulate)


def told(**changes: float) -> Scenario:
    """The smallest scenario with figures of carbon."""
    scenario = shipped("one_period")
    for path, value in (FIGURES | changes).items():
        scenario = leaf(scenario, path).write(scenario, value)
    return scenario


def bought(scenario: Scenario, engines_usd: float = 0.0, share: float = 0.0, chips_usd: float = 0.0, halls_usd: float = 0.0) -> Outcome:
    """What follows from a few purchases and from so large a share of what engines can give."""
    nothing = eqx.tree_at(
        lambda a: a, allocation_for(scenario, 0), replace_fn=lambda a: Allocation(**{k: 0.0 * v for k, v in vars(a).items()})
    )
    asked = eqx.tree_at(
        lambda a: (a.source_usd, a.energy_share, a.chips_usd, a.hall_usd),
        nothing,
        (nothing.source_usd + engines_usd, nothing.energy_share + share, nothing.chips_usd + chips_usd, nothing.hall_usd + halls_usd),
    )
    return run(scenario, asked)


def test_a_fleet_on_the_grid_counted_three_ways() -> None:
    carbon = bought(told()).carbon
    whole = DRAWN_KWH * 0.5
    np.testing.assert_allclose(carbon.drawn_j, DRAWN_KWH * KWH_J, rtol=1e-12)
    np.testing.assert_allclose(carbon.location_kg, whole, rtol=1e-12)
    np.testing.assert_allclose(carbon.annual_kg, 0.25 * whole, rtol=1e-12)
    np.testing.assert_allclose(carbon.matched_kg, 0.75 * whole, rtol=1e-12)
    np.testing.assert_allclose(carbon.water_kg, DRAWN_KWH / 1.1 * 0.2, rtol=1e-12)
    np.testing.assert_array_equal(carbon.embodied_kg, 0.0)


def test_engines_that_stand_by_themselves_give_what_is_asked_of_them() -> None:
    """100 million dollars of engines at 2,000 a kW: 50 MW, ordered evenly over the year and there half a year later."""
    scenario = told()
    outcome = bought(scenario, engines_usd=1e8, share=0.6)
    carbon, stock = outcome.carbon, outcome.stock
    most_kwh = float(source_most_j(scenario, stock)[0, 0, 0]) / KWH_J
    standing_w = float(stock.sources_w[0, 0, -1])
    assert standing_w == pytest.approx(0.5 * 50e6, rel=0.05)
    assert most_kwh == pytest.approx(0.5 * 0.5 * standing_w / 1000 * 365 * 24, rel=1e-9)
    given_kwh = 0.6 * most_kwh
    assert given_kwh < DRAWN_KWH
    np.testing.assert_allclose(carbon.source_j[0], given_kwh * KWH_J, rtol=1e-12)
    np.testing.assert_allclose(carbon.own_kg[0], given_kwh * 0.4, rtol=1e-12)
    grid_kg = (DRAWN_KWH - given_kwh) * 0.5
    np.testing.assert_allclose(carbon.location_kg, given_kwh * 0.4 + grid_kg, rtol=1e-12)
    elsewhen_kg = given_kwh * 0.25 * 0.5
    np.testing.assert_allclose(carbon.matched_kg, given_kwh * 0.4 + 0.75 * grid_kg + elsewhen_kg, rtol=1e-12)
    np.testing.assert_allclose(outcome.money.mix_usd[0], given_kwh * (0.08 - 0.05), rtol=1e-12)
    capacity = np.asarray(outcome.stock.capacity("site_power_w"))
    np.testing.assert_allclose(capacity, np.asarray(stock.connection_w) + 0.25 * np.asarray(stock.sources_w[0]), rtol=1e-12)


def test_what_costs_carbon_is_booked_as_operating_cost() -> None:
    scenario = told()
    plain = told(**{"site.campus.carbon_price_usd_per_kg": 0.0, "envelope.FY2026.carbon_price_usd_per_kg": 0.0})
    outcome, free = bought(scenario, chips_usd=4e8, engines_usd=1e8, share=0.6), bought(plain, chips_usd=4e8, engines_usd=1e8, share=0.6)
    carbon = outcome.carbon
    paid = np.asarray(carbon.location_kg) * 0.05 + 0.5 * np.asarray(carbon.embodied_kg) * 0.03
    np.testing.assert_allclose(outcome.money.carbon_usd, paid, rtol=1e-12)
    np.testing.assert_allclose(outcome.money.operating_usd - free.money.operating_usd, paid.sum(axis=0), rtol=1e-9)
    np.testing.assert_array_equal(outcome.money.capex_usd, free.money.capex_usd)


def test_what_is_made_counts_when_it_is_paid() -> None:
    """10,000 chips ship within the year; halls and engines are paid over half a year, so a quarter of them is paid the year after."""
    carbon = bought(told(), chips_usd=4e8, halls_usd=1e8, engines_usd=1e8).carbon
    np.testing.assert_allclose(carbon.chips_kg, CHIPS * 300.0, rtol=1e-9)
    np.testing.assert_allclose(carbon.halls_kg, 0.75 * 1e7 * 2.0, rtol=1e-3)
    np.testing.assert_allclose(carbon.sources_kg, 0.75 * 5e7 * 0.1, rtol=1e-3)


def test_more_than_is_drawn_is_not_given() -> None:
    outcome = bought(told(), engines_usd=3e9, share=1.0)
    np.testing.assert_allclose(outcome.carbon.source_j[0], outcome.carbon.drawn_j, rtol=1e-12)
    np.testing.assert_allclose(outcome.carbon.grid_j, 0.0, atol=1e-3)


def test_a_site_on_engines_of_the_catalog_alone_burns_their_gas_and_one_without_draws_from_the_grid():
    listed, told_of = shipped("greenfield"), ("site_share", "energy_price_usd_per_j", "carbon_kg_per_j", "use_share")
    engine = {f"source.engine.{name}": float(leaf(listed, f"source.gas_engine.{name}").read(listed)) for name in told_of}
    own = {"site.campus.carbon_price_usd_per_kg": 0.0, "envelope.FY2026.carbon_price_usd_per_kg": 0.0}
    scenario = told(**engine, **own)
    alone, without = bought(scenario, engines_usd=3e9, share=1.0), bought(scenario)
    energy = [float(jnp.sum(seen.money.energy_usd) + jnp.sum(seen.money.mix_usd)) for seen in (alone, without)]
    np.testing.assert_allclose(alone.carbon.location_kg, DRAWN_KWH * 0.45, rtol=1e-9)
    np.testing.assert_allclose(alone.carbon.grid_kg, 0.0, atol=1e-3)
    np.testing.assert_allclose(without.carbon.location_kg, DRAWN_KWH * 0.5, rtol=1e-12)
    np.testing.assert_array_equal(without.carbon.own_kg, 0.0)
    np.testing.assert_allclose(energy, [DRAWN_KWH * 0.039, DRAWN_KWH * 0.05], rtol=1e-9)


def test_what_is_like_the_site_adds_to_its_connection_and_is_no_choice() -> None:
    alike = told(**{"source.engine.site_share": 1.0})
    outcome = bought(alike, engines_usd=1e8, share=1.0)
    np.testing.assert_array_equal(source_most_j(alike, outcome.stock), 0.0)
    np.testing.assert_array_equal(outcome.carbon.source_j, 0.0)
    more = np.asarray(grid_most_j(alike, outcome.stock)) - np.asarray(grid_most_j(alike, bought(alike).stock))
    by_itself = told()
    np.testing.assert_allclose(more, source_most_j(by_itself, bought(by_itself, engines_usd=1e8).stock)[0], rtol=1e-12)


def test_power_slips_apart_from_halls() -> None:
    scenario = shipped("greenfield")
    sooner = leaf(scenario, "site.coast.power_slip_s").write(scenario, -YEAR_S)
    both = leaf(sooner, "site.coast.slip_s").write(sooner, YEAR_S)
    site = scenario.site.names.index("coast")
    before, after, back = (eqx.filter_jit(simulate)(s, allocation_for(scenario, 1)).stock for s in (scenario, sooner, both))
    np.testing.assert_array_equal(before.parts[2].gives["it_power_w"], after.parts[2].gives["it_power_w"])
    assert (np.asarray(after.connection_w)[site] >= np.asarray(before.connection_w)[site]).all()
    assert float(after.connection_w[site, 0]) > float(before.connection_w[site, 0]) + 5e8
    np.testing.assert_array_equal(back.connection_w[site], before.connection_w[site])
    assert (np.asarray(drawn_j(scenario, before)) == np.asarray(drawn_j(sooner, after))).all()
    assert bool(jnp.all(after.parts[4].gives["it_power_w"] == before.parts[4].gives["it_power_w"]))
