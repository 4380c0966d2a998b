"""Faults planted in the model, each of a kind that has been seen in models like it: a law that finds none of them is worth little."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp

from capexmodel.config import load
from capexmodel.model.money import by_year
from capexmodel.model.pace import pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome, simulate
from capexmodel.model.training import train

BASES = ("one_period", "greenfield", "meta_2026")
"""The scenarios that the faults are planted in: in the second power and halls are short, chips differ, and sites slip; the
third has a core, a fleet, and companies to buy."""
DAY_S = 86400.0


@functools.cache
def _usual(name: str) -> Scenario:
    """A scenario as shipped, of numbers: it is first asked for while the model is traced."""
    with jax.ensure_compile_time_eval():
        return load(name)


def _outcome(where, new):
    """The model with one thing of its outcome changed."""

    def model(scenario, allocation, needs) -> Outcome:
        outcome = simulate(scenario, allocation, needs)
        return eqx.tree_at(where, outcome, new(where(outcome), scenario, outcome))

    return model


def _scenario(where, new):
    """The model told something else than what the scenario says."""

    def model(scenario, allocation, needs) -> Outcome:
        return simulate(eqx.tree_at(where, scenario, new(where(scenario))), allocation, needs)

    return model


def _turned(where):
    """The model told that what is more is less, and the other way round; of the scenario itself it is told what is so."""

    def model(scenario, allocation, needs) -> Outcome:
        usual, told = where(_usual(scenario.name)), where(scenario)
        there = told != 0
        turned = jnp.where(there, usual * usual / jnp.where(there, told, 1.0), told)
        return simulate(eqx.tree_at(where, scenario, turned), allocation, needs)

    return model


def _late(scenario, allocation, needs) -> Outcome:
    """Runs that take twice as long as their work does, with dates that follow from them."""
    outcome = simulate(scenario, allocation, needs)
    end_s = 2.0 * outcome.training.run_end_s
    date_s = jnp.maximum(end_s, outcome.training.research_end_s) + scenario.job.release_lag_s
    return eqx.tree_at(lambda o: (o.training.run_end_s, o.training.date_s), outcome, (end_s, date_s))


def _uncut(scenario, allocation, needs) -> Outcome:
    """Runs that take their share whatever the core needs."""
    outcome = simulate(scenario, allocation, needs)
    wanted, experiments = allocation.run_share * outcome.compute.usable_eflops[None], outcome.compute.experiment_eflops
    training = train(scenario, pace(scenario), outcome.stock, wanted, experiments)
    return eqx.tree_at(lambda o: (o.compute.run_eflops, o.training), outcome, (wanted, training))


def _timed(where):
    """The model told that what makes steps shorter makes them longer; nothing is told where utilization is measured."""

    def model(scenario, allocation, needs) -> Outcome:
        return (simulate if scenario.efficiency is None else _turned(where))(scenario, allocation, needs)

    return model


PLANTED = {
    "ports lose a ten-thousandth": _outcome(lambda o: o.money.ports_usd, lambda usd, s, o: usd * 0.9999),
    "halls cost a thousandth more than is paid": _outcome(lambda o: o.money.hall_usd, lambda usd, s, o: usd * 1.001),
    "pay is capital expenditure too": _outcome(
        lambda o: o.money.list_capex_usd, lambda usd, s, o: usd + jnp.sum(o.money.pay_usd) / usd.size
    ),
    "energy is paid twice": _outcome(lambda o: o.money.operating_usd, lambda usd, s, o: usd + jnp.sum(o.money.energy_usd) / usd.size),
    "rent is forgotten in operating cost": _outcome(
        lambda o: o.money.operating_usd, lambda usd, s, o: usd - jnp.sum(o.money.rent_usd) / usd.size - 1.0
    ),
    "pay is for one more in a hundred": _outcome(
        lambda o: (o.money.pay_usd, o.money.operating_usd),
        lambda both, s, o: (1.01 * both[0], both[1] + 0.01 * both[0] @ by_year(s)),
    ),
    "energy is dearer than its price": _scenario(lambda s: s.site.energy_price_usd_per_j, lambda price: 1000.0 * price),
    "companies are paid twice": _outcome(lambda o: o.money.acquisition_usd, lambda usd, s, o: 2.0 * usd),
    "memory that is faster is slower": _timed(lambda s: s.chip.memory_gb_per_s),
    "links that are faster are slower": _timed(lambda s: s.chip.scaleout_gb_per_s),
    "a dollar more for every chip": _scenario(lambda s: s.accelerator.price_usd, lambda usd: usd + 1.0),
    "dear chips are cheap": _turned(lambda s: s.accelerator.price_usd),
    "hungry chips are frugal": _turned(lambda s: s.accelerator.it_power_w),
    "fast chips are slow": _turned(lambda s: s.accelerator.peak_eflops),
    "software that reaches more is slower": _timed(lambda s: s.efficiency.product_share),
    "more work is less": _turned(lambda s: s.job.work_eflop),
    "more people are fewer": _turned(lambda s: s.staff.headcount_count),
    "more experiments needed are fewer": _turned(lambda s: s.research.experiment_ratio),
    "more chips in place are fewer": _turned(lambda s: s.site.fleet_count),
    "the core cuts no runs": _uncut,
    "a larger core is a smaller one": _turned(lambda s: s.core.share),
    "sites that slip are early": _scenario(lambda s: s.site.slip_s, jnp.negative),
    "installation takes no time": _scenario(lambda s: s.accelerator.install_s, lambda s: -s),
    "models are out at once": _outcome(lambda o: o.training.date_s, lambda date, s, o: date - s.job.release_lag_s - DAY_S),
    "runs end a third early": _outcome(lambda o: o.training.run_end_s, lambda end, s, o: end * 0.66),
    "runs take twice as long": _late,
    "dates jump where chips are dear": _outcome(
        lambda o: o.training.date_s,
        lambda date, s, o: date + jnp.where(jnp.modf(1e5 * jnp.mean(s.accelerator.price_usd) / 40_000.0)[0] > 0.5, 1e6, 0.0),
    ),
    "no date where power is short": _outcome(
        lambda o: o.training.date_s, lambda date, s, o: jnp.where(jnp.mean(s.site.hall_power_w) % 7.0 < 1.0, jnp.nan, date)
    ),
    "the slope of work is cut": _scenario(lambda s: s.job.work_eflop, jax.lax.stop_gradient),
    "the slope of prices is doubled": _scenario(lambda s: s.accelerator.price_usd, lambda usd: 2.0 * usd - jax.lax.stop_gradient(usd)),
    "runs use compute that is not there": _outcome(lambda o: o.compute.run_eflops, lambda rate, s, o: rate * 1.5 + 1.0),
    "people are hired twice": _outcome(lambda o: o.stock.heads_count, lambda heads, s, o: 2.0 * heads - heads[0]),
    "halls cost twice what is allocated": _outcome(lambda o: o.money.hall_usd, lambda usd, s, o: 2.0 * usd),
    "runs do more work than their chips can": _outcome(lambda o: o.training.run_useful_eflops, lambda rate, s, o: 3.0 * rate),
    "chips are lent to every other site": _outcome(
        lambda o: o.stock.chips_count, lambda chips, s, o: chips + 0.001 * jnp.sum(chips, axis=1, keepdims=True)
    ),
    "the slope of speed is no number": _scenario(lambda s: s.accelerator.peak_eflops, lambda peak: peak + jnp.sqrt(0.0 * peak)),
    "chips leave unseen": _outcome(lambda o: o.stock.chips_count, lambda chips, s, o: chips * jnp.linspace(1.0, 0.5, chips.shape[-1])),
}
"""What is wrong, and the model with it."""
