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


def sizes(scenario: Scenario) -> Sizes:
    """Read the natural sizes off a scenario. A budget of nothing is sized by the fleet's price, or by one chip."""
    chip = scenario.accelerator
    price_usd, it_power_w, peak = jnp.mean(chip.price_usd), jnp.mean(chip.it_power_w), jnp.mean(chip.peak_eflops)
    budget_usd, fleet_usd = jnp.sum(scenario.envelope.high_usd), jnp.sum(scenario.site.fleet_count) * price_usd
    usd = jnp.where(budget_usd > 0, budget_usd / STEPS, jnp.where(fleet_usd > 0, fleet_usd / STEPS, price_usd))
    count = usd / price_usd
    heads = scenario.staff.headcount_count / TEAMS
    return Sizes(usd, count, count * it_power_w, count * peak, heads, scenario.calendar.horizon_s / SLICES, jnp.asarray(1.0))
