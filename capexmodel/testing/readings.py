"""What laws look at: the numbers of an outcome that a person would read, and the few that books must agree on."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.model import money, timing
from capexmodel.model.allocation import Allocation
from capexmodel.model.fleet import BALANCES
from capexmodel.model.pace import pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.training.useful import Useful

BETWEEN, BEYOND = 16, 1e3
"""Places between two timed sizes of a run, the first of these with them, and how many times the largest the last place is."""


class Readings(eqx.Module):
    """Dates, work, money, stock, energy and carbon of one outcome, or of many with a first axis of examples."""

    date_s: Float[Array, "*many job"]
    run_end_s: Float[Array, "*many job"]
    research_end_s: Float[Array, "*many job"]
    reached: Bool[Array, "*many job"]
    run_useful_eflops: Float[Array, "*many job period"]
    research_useful_eflops: Float[Array, "*many period"]
    timed_log_share: Float[Array, "*many size"]
    log_share: Float[Array, "*many place"]
    work_eflop: Float[Array, "*many job"]
    remaining_eflop: Float[Array, "*many job"]
    fastest_eflops: Float[Array, "*many job"]
    useful_share: Float[Array, "*many job"]
    peak_eflops: Float[Array, "*many"]
    overdrawn_eflops: Float[Array, "*many"]
    served: Float[Array, "*many site edge"]
    chips_count: Float[Array, "*many accelerator site edge"]
    arrived_count: Float[Array, "*many accelerator site edge"]
    it_power_w: Float[Array, "*many site edge"]
    heads_count: Float[Array, "*many edge"]
    capex_usd: Float[Array, "*many year"]
    items_usd: Float[Array, "*many year"]
    committed_usd: Float[Array, "*many year"]
    operating_usd: Float[Array, "*many year"]
    running_usd: Float[Array, "*many year"]
    acquisition_usd: Float[Array, "*many year"]
    pay_usd: Float[Array, "*many year"]
    shipped_usd: Float[Array, "*many"]
    halls_usd: Float[Array, "*many"]
    energy_usd: Float[Array, "*many site period"]
    energy_j: Float[Array, "*many site year"]
    sources_j: Float[Array, "*many site year"]
    carbon_kg: Float[Array, "*many"]


def read(scenario: Scenario, allocation: Allocation, outcome: Outcome) -> Readings:
    """Read an outcome."""
    books, training, stock, chip, calendar = outcome.money, outcome.training, outcome.stock, scenario.accelerator, scenario.calendar
    year, durations_s = money.by_year(scenario), jnp.diff(scenario.calendar.period_edges_s)
    decided = jnp.sum(books.chips_usd, (0, 1)) + jnp.sum(books.premium_usd, 0) + jnp.sum(books.hall_usd, (0, 1))
    decided += jnp.sum(books.source_usd, (0, 1)) + jnp.sum(books.ports_usd, 0)
    running = (books.pay_usd + jnp.sum(books.rent_usd, 0) + jnp.sum(books.energy_usd, 0)) @ year
    share = timing.delivered(calendar.period_edges_s, calendar.decision_edges_s, chip.install_s, chip.install_spread)
    arrivals = jnp.einsum("asd,aed->ase", outcome.orders.chips_count, jnp.diff(share, axis=1, prepend=0.0))
    usable = jnp.sum(outcome.compute.usable_eflops, axis=0)
    room = jnp.maximum(usable - outcome.compute.core_eflops, 0.0)
    used = jnp.sum(outcome.compute.run_eflops, (0, 1)) + outcome.compute.experiment_eflops
    fastest, useful = jnp.max(training.run_useful_eflops, axis=1), pace(scenario).useful
    return Readings(
        date_s=training.date_s, run_end_s=training.run_end_s, research_end_s=training.research_end_s, reached=training.reached,
        run_useful_eflops=training.run_useful_eflops, research_useful_eflops=training.research_useful_eflops,
        timed_log_share=useful.share.at(useful.share.knots), log_share=_log_share(useful),
        work_eflop=training.run_useful_eflops @ durations_s, remaining_eflop=scenario.job.remaining_eflop(), fastest_eflops=fastest,
        useful_share=fastest / jnp.maximum(jnp.max(jnp.sum(outcome.compute.run_eflops, 1), axis=1), 1e-300),
        peak_eflops=jnp.max(usable), overdrawn_eflops=jnp.max(used - room * (1.0 + 1e-12)), served=stock.served(),
        chips_count=stock.chips_count, arrived_count=scenario.site.fleet_count.T[:, :, None] + jnp.cumsum(arrivals, axis=2),
        it_power_w=stock.load(BALANCES[0]), heads_count=stock.heads_count, capex_usd=books.capex_usd,
        items_usd=decided @ year + books.committed_usd + books.reserve_usd, committed_usd=books.committed_usd,
        operating_usd=books.operating_usd, running_usd=running + jnp.sum(books.mix_usd, (0, 1)) + jnp.sum(books.carbon_usd, 0),
        acquisition_usd=books.acquisition_usd, pay_usd=books.pay_usd @ year,
        shipped_usd=jnp.sum(books.chips_usd) + jnp.sum(books.premium_usd) + jnp.sum(books.ports_usd),
        halls_usd=jnp.sum(books.hall_usd), energy_usd=books.energy_usd, energy_j=money.drawn_j(scenario, stock),
        sources_j=jnp.sum(outcome.orders.energy_j, axis=0), carbon_kg=jnp.sum(outcome.carbon.location_kg),
    )  # fmt: skip


def _log_share(useful: Useful) -> Float[Array, "place"]:
    """Logarithm of the share of a run that is useful, at sizes that are timed, between these, and beyond; more than all is useful nowhere,
    and no run is larger than helps it."""
    knots = jnp.append(useful.share.knots, useful.share.knots[-1] + jnp.log(BEYOND))
    places = (knots[:-1, None] + jnp.diff(knots)[:, None] * (jnp.arange(BETWEEN)[None] / BETWEEN)).reshape(-1)
    far, near = jnp.exp(2.0 * places), useful.smallest_count * useful.smallest_count
    return useful.log_share_at(useful.chip_eflops * jnp.sqrt(jnp.maximum(far - near, 0.0)))


def aims(readings: Readings) -> Float[Array, "aim"]:
    """What slopes are taken of: dates, work, and the totals of each account, each over its own size."""
    parts = (
        readings.date_s, readings.work_eflop, readings.capex_usd, readings.operating_usd, readings.acquisition_usd,
        jnp.sum(readings.energy_j)[None], readings.carbon_kg[None], readings.heads_count[-1:], readings.it_power_w[:, -1],
    )  # fmt: skip
    return jnp.concatenate(parts)


def aim_names(scenario: Scenario) -> tuple[str, ...]:
    """What each of these is called; the last word is its unit."""
    jobs, years = scenario.job.names, scenario.calendar.years
    return (
        *(f"{job}.date_s" for job in jobs), *(f"{job}.work_eflop" for job in jobs), *(f"{year}.capex_usd" for year in years),
        *(f"{year}.operating_usd" for year in years), *(f"{year}.acquisition_usd" for year in years), "energy_j", "carbon_kg",
        "heads_count", *(f"{site}.it_power_w" for site in scenario.site.names),
    )  # fmt: skip
