"""What a sweep reads off every scenario: a row of named numbers, each with its unit. A date that is not reached is no number."""

import dataclasses

import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model.fleet import BALANCES
from capexmodel.model.money import energy_j
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome

AIM = "mean_date_s"
"""What slopes are of: the weighted mean date, in seconds from the as-of date."""
ROUNDING = 1e-6
"""Share of an envelope by which it may be broken in a scenario that keeps within it: a plan spends it to the last dollar."""


@dataclasses.dataclass(frozen=True)
class Output:
    """One number read off a scenario. The last word of its name is its unit; a `share` is one or nothing in a single scenario."""

    name: str
    unit: str
    share: bool = False

    @property
    def instant(self) -> bool:
        """Whether it is a date, as seconds from the as-of date."""
        return self.unit == "s"


def outputs(scenario: Scenario) -> tuple[Output, ...]:
    """What is read, in order."""
    jobs, years = scenario.job.names, scenario.calendar.years
    due = [job for job, deadlined in zip(jobs, scenario.job.deadlined, strict=True) if deadlined]
    return (
        Output(AIM, "s"),
        *(Output(f"{job}.date_s", "s") for job in jobs),
        Output("reached", "", share=True),
        *(Output(f"{job}.on_time", "", share=True) for job in due),
        *(Output(f"{year}.capex_usd", "usd") for year in years),
        *(Output(f"{year}.operating_usd", "usd") for year in years),
        Output("within_envelope", "", share=True),
        Output("energy_j", "j"),
        Output("horizon.chips_count", "count"),
        Output("horizon.it_power_w", "w"),
    )


def read(scenario: Scenario, outcome: Outcome) -> Float[Array, "output"]:
    """Read a scenario's row, in the order of `outputs`."""
    job, envelope, money, stock = scenario.job, scenario.envelope, outcome.money, outcome.stock
    date_s, reached = outcome.training.date_s, outcome.training.reached
    date_s = jnp.where(reached, date_s, jnp.nan)
    due = jnp.asarray([place for place, deadlined in enumerate(job.deadlined) if deadlined], int)
    capex_usd, operating_usd = money.capex_usd, money.operating_usd
    room = 1.0 + ROUNDING
    within = jnp.all(capex_usd <= envelope.high_usd * room) & jnp.all(operating_usd <= envelope.operating_usd * room)
    parts = (
        (job.weight @ date_s / jnp.sum(job.weight))[None],
        date_s,
        jnp.all(reached)[None],
        (date_s <= job.deadline_s)[due],
        capex_usd,
        operating_usd,
        within[None],
        jnp.sum(energy_j(scenario, stock))[None],
        jnp.sum(stock.chips_count[..., -1])[None],
        jnp.sum(stock.load(BALANCES[0])[:, -1])[None],
    )
    return jnp.concatenate([jnp.asarray(part, date_s.dtype) for part in parts])
