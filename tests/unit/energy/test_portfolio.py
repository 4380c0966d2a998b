"""The power of a site: closed forms, merit order, the battery, carbon and clean energy, and what more is worth."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.portfolio import Battery, Capacity, Draw, Operation, Sources, cheapest, operate
from capexmodel.energy.profiles import Weather, sun_share, wind_share

MWH_J, YEAR_S = 3.6e9, 365.25 * 86400.0
DAYS, HOURS = 3, 24
OPERATE, CHEAPEST = eqx.filter_jit(operate), eqx.filter_jit(cheapest)
NAMES = ("gas", "peaker", "wind", "sun")


def weather() -> Weather:
    """Of 36 degrees north, with wind of 38 percent on average."""
    return Weather(*(jnp.asarray(number) for number in (0.4, 1.0, 0.5, 0.38, 0.2, 0.6)))


def sources() -> Sources:
    """Gas at 30 dollars a MWh and 400 kg, a peaker at 90, wind and sun for nothing; having them costs by watt."""
    on = jnp.ones((DAYS, HOURS))
    there = jnp.stack([on, on, wind_share(weather(), DAYS, HOURS), sun_share(weather(), DAYS, HOURS)])
    having = jnp.asarray([0.25, 0.08, 0.17, 0.14]) / YEAR_S
    energy, carbon = jnp.asarray([30.0, 90.0, 0.0, 0.0]) / MWH_J, jnp.asarray([400.0, 600.0, 0.0, 0.0]) / MWH_J
    return Sources(NAMES, having, energy, carbon, jnp.asarray([0.0, 0.0, 1.0, 1.0]), there)


def battery() -> Battery:
    """Dear enough not to be built for nothing."""
    return Battery(*(jnp.asarray(number) for number in (0.05 / YEAR_S, 0.04 / 3600.0 / YEAR_S, 0.955, 0.955)))


def load(carbon_usd_per_t: float = 0.0) -> Draw:
    """One gigawatt, day and night."""
    numbers = (3600.0, 3000.0 / MWH_J, carbon_usd_per_t / 1000.0)
    return Draw(jnp.full((DAYS, HOURS), 1e9), jnp.full(DAYS, 1 / DAYS), *(jnp.asarray(number) for number in numbers))


def capacity(*gigawatts: float, battery_gw: float = 0.0, battery_gwh: float = 0.0) -> Capacity:
    """So much of each source."""
    return Capacity(1e9 * jnp.asarray(gigawatts), jnp.asarray(1e9 * battery_gw), jnp.asarray(3.6e12 * battery_gwh))


def run(here: Capacity, draw: Draw | None = None) -> Operation:
    """Run what is there."""
    return OPERATE(sources(), battery(), draw or load(), here)


def test_gas_alone_by_hand() -> None:
    """30 dollars a MWh, 400 kg of it, and nothing clean; the price is that of gas."""
    found = run(capacity(1.2, 0.0, 0.0, 0.0))
    assert float(found.running_usd_per_s) * MWH_J / 1e9 == pytest.approx(30.0, rel=1e-6)
    assert float(found.carbon_kg_per_s) * MWH_J / 1e9 == pytest.approx(400.0, rel=1e-6)
    assert float(found.clean_share) == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(np.asarray(found.price_usd_per_j) * MWH_J, 30.0, rtol=1e-5)
    assert bool(found.solved)


def test_dearer_plants_run_last_and_what_is_short_is_unmet() -> None:
    """0.7 GW of gas, 0.2 of the peaker, and a tenth of the load is not there: its price is that of the load."""
    found = run(capacity(0.7, 0.2, 0.0, 0.0))
    np.testing.assert_allclose(np.asarray(found.source_w[0]), 0.7e9, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(found.source_w[1]), 0.2e9, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(found.unmet_w), 0.1e9, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(found.price_usd_per_j) * MWH_J, 3000.0, rtol=1e-5)
    assert float(found.worth_usd_per_w_per_s[0]) * MWH_J == pytest.approx(2970.0, rel=1e-5)


@pytest.mark.long
def test_what_is_worth_is_what_a_watt_more_saves() -> None:
    """Of every source, beside running a megawatt more of it; and the slope says the same."""
    here = capacity(0.6, 0.4, 0.8, 0.3, battery_gw=0.1, battery_gwh=0.3)
    found = run(here)
    slope = eqx.filter_grad(lambda c: operate(sources(), battery(), load(), c).running_usd_per_s)(here).source_w
    for place in range(len(NAMES)):
        more = eqx.tree_at(lambda c, place=place: c.source_w, here, here.source_w.at[place].add(1e6))
        saved = float(found.running_usd_per_s - run(more).running_usd_per_s) / 1e6
        assert float(found.worth_usd_per_w_per_s[place]) == pytest.approx(saved, rel=2e-2, abs=1e-3 * 30 / MWH_J)
        assert float(slope[place]) == pytest.approx(-float(found.worth_usd_per_w_per_s[place]), rel=1e-4, abs=1e-15)


def test_energy_in_is_energy_used_lost_and_stored() -> None:
    """Over the year to a billionth, with a battery that works."""
    found = run(capacity(0.4, 0.3, 1.5, 0.8, battery_gw=0.3, battery_gwh=1.0))
    into, out = float(jnp.sum(found.charge_w)), float(jnp.sum(found.discharge_w))
    assert into > 1e8
    lost = into - out
    assert lost == pytest.approx(into * (1 - 0.955**2), rel=1e-7)
    taken = float(jnp.sum(found.source_w) + jnp.sum(found.unmet_w))
    assert taken == pytest.approx(DAYS * HOURS * 1e9 + lost, rel=1e-9)


def test_more_battery_never_costs_more_to_run() -> None:
    """And less each time here, where wind is thrown away."""
    costs = [float(run(capacity(0.4, 0.6, 1.5, 0.8, battery_gw=g, battery_gwh=4 * g)).running_usd_per_s) for g in (0.0, 0.1, 0.2, 0.4)]
    assert (np.diff(costs) < 0).all()


@pytest.mark.long
def test_cheapest_gas_alone_is_its_levelized_cost() -> None:
    """With nothing else worth having: 30 dollars a MWh and a watt's year over 8,766 hours."""
    few = eqx.tree_at(lambda s: s.available_share, sources(), sources().available_share.at[2:].set(0.0))
    found = CHEAPEST(few, battery(), load())
    assert float(found.cost_usd_per_s) * MWH_J / 1e9 == pytest.approx(30.0 + 0.25e6 / 8766, rel=1e-6)
    assert float(found.capacity.source_w[0]) == pytest.approx(1e9, rel=1e-6)


@pytest.mark.long
def test_cleaner_power_costs_more_and_the_price_of_clean_is_the_slope() -> None:
    """At each share, beside asking for a little more."""
    costs = []
    for share in (0.5, 0.7, 0.9):
        found = CHEAPEST(sources(), battery(), load(), jnp.asarray(share))
        more = CHEAPEST(sources(), battery(), load(), jnp.asarray(share + 1e-4))
        assert bool(found.solved)
        assert float(found.clean_share) >= share - 1e-6
        costs.append(float(found.cost_usd_per_s))
        slope = float(more.cost_usd_per_s - found.cost_usd_per_s) / (1e-4 * 1e9)
        assert float(found.clean_usd_per_j) == pytest.approx(slope, rel=0.05)
    assert (np.diff(costs) > 0).all()


@pytest.mark.long
def test_a_cap_on_carbon_and_its_price_lead_to_the_same_plants() -> None:
    """The price of the cap, asked as a tax, leaves the same carbon in the air."""
    free = CHEAPEST(sources(), battery(), load())
    capped = CHEAPEST(sources(), battery(), load(), None, 0.4 * free.carbon_kg_per_s)
    assert float(capped.carbon_kg_per_s) == pytest.approx(0.4 * float(free.carbon_kg_per_s), rel=1e-5)
    price = float(capped.carbon_usd_per_kg)
    assert price > 0
    taxed = [CHEAPEST(sources(), battery(), load(1000.0 * price * factor)).carbon_kg_per_s for factor in (0.95, 1.05)]
    assert float(taxed[0]) >= float(capped.carbon_kg_per_s) >= float(taxed[1])


@pytest.mark.long
def test_total_cost_has_exact_slopes() -> None:
    """In the price of carbon, the load, and what having a plant costs."""

    def cost(draw: Draw, here: Sources) -> jax.Array:
        return cheapest(here, battery(), draw, jnp.asarray(0.6)).cost_usd_per_s

    by_draw, by_source = eqx.filter_jit(jax.grad(cost, argnums=(0, 1), allow_int=True))(load(50.0), sources())
    found = CHEAPEST(sources(), battery(), load(50.0), jnp.asarray(0.6))
    assert float(by_draw.carbon_usd_per_kg) == pytest.approx(float(found.carbon_kg_per_s), rel=1e-5)
    np.testing.assert_allclose(np.asarray(by_source.capacity_usd_per_w_per_s), np.asarray(found.capacity.source_w), rtol=1e-5, atol=1e3)
    assert float(jnp.sum(by_draw.load_w * load().load_w)) == pytest.approx(float(found.cost_usd_per_s), rel=1e-4)


def test_days_of_sun_and_wind_are_such() -> None:
    """Dark at night, longer days in summer, shares between none and all; the wind near its mean."""
    sun, wind = np.asarray(sun_share(weather(), 12, 24)), np.asarray(wind_share(weather(), 12, 24))
    assert sun[:, 0].max() == 0.0
    assert ((sun >= 0) & (sun <= 1)).all()
    assert ((wind >= 0) & (wind <= 1)).all()
    assert (sun[5] > 0).sum() > (sun[11] > 0).sum()
    assert wind.mean() == pytest.approx(0.38, abs=0.03)
    assert len({tuple(np.round(day, 6)) for day in wind}) == 12
