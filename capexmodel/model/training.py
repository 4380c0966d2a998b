"""Compute to models: useful work of every run, the research behind it, and the date each model is out."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.model import timing
from capexmodel.model.curve import Curve, curve
from capexmodel.model.fleet import Stock
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario


class Training(eqx.Module):
    """Rates of useful work and of research by period, and the dates that follow.

    `date_s` is when a model is out: the later of run and research, plus its release lag. Kink: where run and research end together.
    """

    run_useful_eflops: Float[Array, "job period"]
    research_useful_eflops: Float[Array, "period"]
    run_end_s: Float[Array, "job"]
    research_end_s: Float[Array, "job"]
    date_s: Float[Array, "job"]
    reached: Bool[Array, "job"]


def near_eflops(scenario: Scenario, speed: Pace, run_eflops: Float[Array, "job site period"]) -> Float[Array, "job period"]:
    """Peak compute of each job's run, what is at a distance or on a slower network counting for less."""
    return jnp.sum(run_eflops * (scenario.job.reach * speed.site_share)[:, :, None], axis=1)


def research_demand_eflop(scenario: Scenario) -> Float[Array, "job"]:
    """Research that must be done before each model is ready: its own and that of the models before it."""
    own = scenario.research.experiment_ratio * scenario.job.research_left * scenario.job.work_eflop
    return jnp.cumsum(own)


def curves(scenario: Scenario, rates: Float[Array, "row period"]) -> Curve:
    """Cumulative work, one curve a row."""
    return jax.vmap(lambda rate: curve(scenario.calendar.period_edges_s, rate))(rates)


def train(
    scenario: Scenario, speed: Pace, stock: Stock, run_eflops: Float[Array, "job site period"], experiment_eflops: Float[Array, "period"]
) -> Training:
    """Run every job to its date: the first instant at which its work and the research behind it are done, plus its release lag."""
    runs = speed.useful.useful_eflops(near_eflops(scenario, speed, run_eflops))
    research = scenario.research.useful_eflops(experiment_eflops, timing.mean(stock.heads_count), speed.useful.small_mfu)
    run_end, run_reached = jax.vmap(Curve.first)(curves(scenario, runs), scenario.job.remaining_eflop())
    search = curve(scenario.calendar.period_edges_s, research)
    research_end, research_reached = jax.vmap(search.first)(research_demand_eflop(scenario))
    date = jnp.maximum(run_end, research_end) + scenario.job.release_lag_s
    return Training(runs, research, run_end, research_end, date, run_reached & research_reached)
