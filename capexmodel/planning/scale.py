"""Natural sizes of a scenario: what one unit of each kind of choice or limit is, so that a solver sees numbers near one.

They follow from the scenario itself, so that a change of unit or of price level changes no decision.
"""

import equinox as eqx
import jax.numpy as jnp

from capexmodel.model.scenario import Scenario
from capexmodel.types import Scalar

STEPS = 100.0
"""Units of money into which the envelopes of all years are divided."""
SLICES = 48.0
"""Units of time into which the horizon is divided."""
TEAMS = 30.0
"""Units of people into which the staff is divided."""


class Sizes(eqx.Module):
    """One unit of each kind, in base units."""

    usd: Scalar
    count: Scalar
    w: Scalar
    eflops: Scalar
    heads: Scalar
    s: Scalar
    share: Scalar
    j: Scalar
    kg: Scalar


def sizes(scenario: Scenario) -> Sizes:
    """Read the natural sizes off a scenario. A budget of nothing is sized by the fleet's price, or by one chip."""
    chip = scenario.accelerator
    price_usd, it_power_w, peak = jnp.mean(chip.price_usd), jnp.mean(chip.it_power_w), jnp.mean(chip.peak_eflops)
    budget_usd, fleet_usd = jnp.sum(scenario.envelope.high_usd), jnp.sum(scenario.site.fleet_count) * price_usd
    usd = jnp.where(budget_usd > 0, budget_usd / STEPS, jnp.where(fleet_usd > 0, fleet_usd / STEPS, price_usd))
    count = usd / price_usd
    heads = scenario.staff.headcount_count / TEAMS
    w, horizon_s = count * it_power_w, scenario.calendar.horizon_s
    joules = w * horizon_s / len(scenario.calendar.years)
    dirtiest = jnp.maximum(jnp.max(scenario.site.grid_carbon_kg_per_j), jnp.max(scenario.source.carbon_kg_per_j, initial=0.0))
    kg = jnp.where(dirtiest > 0, joules * dirtiest, 1.0)
    return Sizes(usd, count, w, count * peak, heads, horizon_s / SLICES, jnp.asarray(1.0), joules, kg)
