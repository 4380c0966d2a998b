"""A plan as rows of plain numbers: where each dollar goes, what follows by period, and when each model is out.

Stocks are those at the end of a period, rates the mean over it. The same rows feed the tables, the result file and the page.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np

from capexmodel.model.money import by_year, energy_j
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.model.training import curves
from capexmodel.report.text import size

Row = dict[str, Any]


def plain(tree: Any) -> Any:
    """Turn every array of a tree into a NumPy one."""
    return jax.tree.map(np.asarray, tree)


def horizon_s(scenario: Scenario) -> float:
    """The last instant of the grid."""
    return float(np.asarray(scenario.calendar.period_edges_s)[-1])


def year_share(scenario: Scenario) -> np.ndarray:
    """Which share of each period falls in which fiscal year, as (period, year)."""
    return np.asarray(_year_share(scenario))


def spend_rows(scenario: Scenario, outcome: Outcome) -> list[Row]:
    """List every dollar with its item, account, site, period and fiscal year. What has no site or no period says so with None.

    Chips stand at list price; what a vendor is paid above it to give more of them is an item of its own, supply.VENDOR.
    Energy stands at the site's price; what that of a source costs above or below it is an item of its own, energy.SOURCE.
    Reserve is money set aside for the next year: it counts as capex where it is set aside, and as less capex where it is drawn.
    """
    return [*_by_period(scenario, outcome), *_by_year(scenario, outcome), *_energy_by_year(scenario, outcome), *_deals(scenario, outcome)]


def _by_period(scenario: Scenario, outcome: Outcome) -> Iterator[Row]:
    """List what is paid period by period. A period that spans two fiscal years gives a row for each."""
    calendar, share = scenario.calendar, year_share(scenario)
    for item, account, site, usd in _streams(scenario, plain(outcome.money)):
        for p, y in zip(*np.nonzero(share * usd[:, None]), strict=True):
            year = calendar.years[y]
            yield _spend(item, account, site, calendar.periods[p], year, usd[p] * share[p, y])


def _streams(scenario: Scenario, money: Any) -> Iterator[tuple[str, str, str | None, np.ndarray]]:
    """Name each stream of dollars by period."""
    sites = scenario.site.names
    kinds = (("accelerator", money.chips_usd), ("hall", money.hall_usd), ("source", money.source_usd))
    for kind, usd in kinds:
        for k, member in enumerate(getattr(scenario, kind).names):
            yield from ((f"{kind}.{member}", "capex", site, usd[k, s]) for s, site in enumerate(sites))
    yield from ((f"network.{scenario.site.network[s]}", "capex", site, money.ports_usd[s]) for s, site in enumerate(sites))
    yield from ((f"supply.{vendor}", "capex", None, money.premium_usd[v]) for v, vendor in enumerate(scenario.supply.names))
    yield "staff", "opex", None, money.pay_usd
    for r, member in enumerate(scenario.rental.names):
        yield f"rental.{member}", "opex", scenario.rental.site[r], money.rent_usd[r]
    yield from (("energy", "opex", site, money.energy_usd[s]) for s, site in enumerate(sites))


def _by_year(scenario: Scenario, outcome: Outcome) -> Iterator[Row]:
    """List what is booked by fiscal year: what is spoken for, and the reserve set aside and drawn."""
    envelope, reserve = plain(scenario.envelope), np.asarray(outcome.orders.reserve_usd)
    drawn = np.concatenate([np.zeros(1), -reserve[:-1]])
    parts = {
        "already_spent": envelope.spent_usd,
        "completion": envelope.completion_usd,
        "other": envelope.other_share * envelope.high_usd,
        "reserve": reserve,
        "reserve_drawn": drawn,
    }
    for item, usd in parts.items():
        yield from (_spend(item, "capex", None, None, scenario.calendar.years[y], usd[y]) for y in np.flatnonzero(usd))


def _energy_by_year(scenario: Scenario, outcome: Outcome) -> Iterator[Row]:
    """List what is known by fiscal year only: who gives energy, and what carbon costs."""
    mix_usd, carbon_usd = np.asarray(outcome.money.mix_usd), np.asarray(outcome.money.carbon_usd)
    items = [*((f"energy.{name}", mix_usd[k]) for k, name in enumerate(scenario.source.names)), ("carbon", carbon_usd)]
    for item, usd in items:
        for s, y in zip(*np.nonzero(usd), strict=True):
            yield _spend(item, "opex", scenario.site.names[s], None, scenario.calendar.years[y], usd[s, y])


def _deals(scenario: Scenario, outcome: Outcome) -> Iterator[Row]:
    """List companies, each in the period in which its deal closes."""
    paid, calendar = np.asarray(outcome.money.deals_usd), scenario.calendar
    for d, y in zip(*np.nonzero(paid), strict=True):
        period = calendar.periods[calendar.period_index(float(scenario.deal.close_s[d]))]
        yield _spend(f"deal.{scenario.deal.names[d]}", "acquisition", None, period, calendar.years[y], paid[d, y])


def _spend(item: str, account: str, site: str | None, period: str | None, year: str, usd: Any) -> Row:
    return {"item": item, "account": account, "site": site, "period": period, "fiscal_year": year, "usd": float(usd)}


def envelope_rows(scenario: Scenario, outcome: Outcome | None) -> list[Row]:
    """Give each fiscal year's capex envelope with what is spent of it; without an outcome, the envelope alone."""
    low, high = np.asarray(scenario.envelope.low_usd), np.asarray(scenario.envelope.high_usd)
    capex_usd = None if outcome is None else np.asarray(outcome.money.capex_usd)
    return [
        {
            "fiscal_year": year,
            "low_usd": float(low[y]),
            "high_usd": float(high[y]),
            "spent_usd": None if capex_usd is None else float(capex_usd[y]),
            "unspent_usd": None if capex_usd is None else float(high[y] - capex_usd[y]),
        }
        for y, year in enumerate(scenario.calendar.years)
    ]


def date_rows(scenario: Scenario, outcome: Outcome | None) -> list[Row]:
    """Give each model's date, its deadline and the slack between them. No date where the work does not end within the horizon."""
    job, calendar = plain(scenario.job), scenario.calendar
    rows = []
    for j, name in enumerate(job.names):
        out_s = None if outcome is None else out_date_s(scenario, outcome, j)
        due_s = float(job.deadline_s[j]) if job.deadlined[j] else None
        rows.append(
            {
                "model": name,
                "date": None if out_s is None else calendar.date(out_s).isoformat(),
                "deadline": None if due_s is None else calendar.date(due_s).isoformat(),
                "slack_days": None if out_s is None or due_s is None else (due_s - out_s) / size("day"),
            }
        )
    return rows


def out_date_s(scenario: Scenario, outcome: Outcome, job: int) -> float | None:
    """Give the instant at which a model is out; None when its run or its research does not end within the horizon."""
    training = plain(outcome.training)
    end_s = max(float(training.run_end_s[job]), float(training.research_end_s[job]))
    within = bool(training.reached[job]) and end_s <= horizon_s(scenario)
    return float(training.date_s[job]) if within else None


def outcome_rows(scenario: Scenario, outcome: Outcome) -> list[Row]:
    """List what follows, by quantity, site and period. A quantity that is zero throughout is left out."""
    rows = []
    for quantity, site, unit, values in _quantities(scenario, outcome):
        if np.any(values):
            rows += [
                {"quantity": quantity, "site": site, "period": period, "value": float(values[p]), "unit": unit}
                for p, period in enumerate(scenario.calendar.periods)
            ]
    return rows


def _quantities(scenario: Scenario, outcome: Outcome) -> Iterator[tuple[str, str | None, str, np.ndarray]]:
    """Name each series by period, in the unit people read."""
    stock, compute = plain(outcome.stock), plain(outcome.compute)
    energy = energy_twh(scenario, outcome)
    for s, site in enumerate(scenario.site.names):
        for a, chip in enumerate(scenario.accelerator.names):
            yield f"chips.{chip}", site, "chips", stock.chips_count[a, s, 1:]
        yield "network_ports", site, "ports", stock.ports_count[s, 1:]
        for name, power in power_w(scenario, outcome).items():
            yield name, site, "GW", power[s, 1:] / size("gw")
        yield "energy", site, "TWh", energy[s]
        yield "usable_compute", site, "EFLOP/s", compute.usable_eflops[s]
        for j, job in enumerate(scenario.job.names):
            yield f"run.{job}", site, "EFLOP/s", compute.run_eflops[j, s]
    for r, market in enumerate(scenario.rental.names):
        yield f"rented.{market}", scenario.rental.site[r], "chips", stock.rented_count[r, 1:]
    yield from _programme(scenario, outcome)


def _programme(scenario: Scenario, outcome: Outcome) -> Iterator[tuple[str, None, str, np.ndarray]]:
    """Name each series that belongs to no site."""
    compute, training = plain(outcome.compute), plain(outcome.training)
    yield "core", None, "EFLOP/s", compute.core_eflops
    yield "experiments", None, "EFLOP/s", compute.experiment_eflops
    yield "research", None, "EFLOP/s", training.research_useful_eflops
    yield "staff", None, "heads", np.asarray(outcome.stock.heads_count)[1:]
    work = work_done_eflop(scenario, outcome, np.asarray(scenario.calendar.period_edges_s)[1:])
    for j, job in enumerate(scenario.job.names):
        yield f"useful_run.{job}", None, "EFLOP/s", training.run_useful_eflops[j]
        yield f"work_done.{job}", None, "EFLOP", work[j]


def power_w(scenario: Scenario, outcome: Outcome) -> dict[str, np.ndarray]:
    """Give power by site and period edge: capacity and load of halls and at the meter, and the IT power that is energized and used.

    Energised is what has a hall and power: the smaller of hall capacity and of what the meter carries at the peak overhead of the halls,
    the most efficient filled first.
    """
    parts = plain(outcome.stock.parts)
    hall, load = _totals(parts, "it_power_w")
    meter, _ = _totals(parts, "site_power_w")
    held = plain(outcome.stock.housing)
    meter_load = np.max(held.overhead[:, :, None] * load[None] - held.spared_w, axis=0)
    energized = np.minimum(hall, powered_w(outcome))
    return {
        "hall_power": hall,
        "it_load": load,
        "site_power": meter,
        "site_load": meter_load,
        "energized": energized,
        "used": np.minimum(load, energized),
    }


def powered_w(outcome: Outcome) -> np.ndarray:
    """Give the most IT load that the meter carries, by site and period edge."""
    meter, held = _totals(plain(outcome.stock.parts), "site_power_w")[0], plain(outcome.stock.housing)
    return np.min((meter[None] + held.spared_w) / held.overhead[:, :, None], axis=0)


def _totals(parts: Sequence[Any], quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Add up what is given of a quantity, and what is taken."""
    given = np.sum([part.gives[quantity] for part in parts if quantity in part.gives], axis=0)
    return given, np.sum([part.takes[quantity] for part in parts if quantity in part.takes], axis=0)


def energy_twh(scenario: Scenario, outcome: Outcome) -> np.ndarray:
    """Give the energy billed, by site and period."""
    return np.asarray(_energy(scenario, outcome)) / size("twh")


def work_done_eflop(scenario: Scenario, outcome: Outcome, time_s: np.ndarray) -> np.ndarray:
    """Give the training work of each job that is done by each instant, what was done at the as-of date included."""
    before = np.asarray(scenario.job.work_eflop * scenario.job.done)[:, None]
    return before + np.asarray(_work(scenario, outcome.training.run_useful_eflops, jax.numpy.asarray(time_s)))


@eqx.filter_jit
def _work(scenario: Scenario, rates: jax.Array, time_s: jax.Array) -> jax.Array:
    return jax.vmap(lambda one: jax.vmap(one.done)(time_s))(curves(scenario, rates))


@eqx.filter_jit
def _year_share(scenario: Scenario) -> jax.Array:
    return by_year(scenario)


@eqx.filter_jit
def _energy(scenario: Scenario, outcome: Outcome) -> jax.Array:
    return energy_j(scenario, outcome.stock)
