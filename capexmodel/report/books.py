"""What a plan's books show, as lines of text: depreciation by year for several lives of servers, and chips that stand idle."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.config.builds import given, tables
from capexmodel.model.books import InService, Stranded, depreciate, in_service, stranded
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report.text import billions, digits, heading, number, paragraph, size, table

NEEDED = ("a hall", "power", "a network")
"""What chips need, in the order of the balances of the fleet."""
LEAST = 1.0
"""Idle chips below which a site is not told."""


def lives_s() -> dict[str, float]:
    """Lives of servers that are compared, by name, and that of buildings."""
    told = tables()["server_life"]
    return {name: given(told, name).value for name in told}


def _building_s() -> float:
    return given(tables()["depreciation"], "building_years").value


@eqx.filter_jit
def _charged(scenario: Scenario, outcome: Outcome, lives: jax.Array, building_s: jax.Array) -> tuple[InService, jax.Array]:
    held = in_service(scenario, outcome.orders)
    at_s = scenario.calendar.year_edges_s
    return held, jax.vmap(lambda life: depreciate(scenario, held, life, building_s, at_s))(lives)


@eqx.filter_jit
def _stranded(scenario: Scenario, outcome: Outcome, life_s: jax.Array) -> Stranded:
    return stranded(scenario, outcome.stock, life_s)


def depreciation(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Set depreciation of what the plan buys by fiscal year, for each life of servers; what is left is written off after the horizon."""
    lives, years = lives_s(), scenario.calendar.years
    held, charged = _charged(scenario, outcome, jnp.asarray(list(lives.values())), jnp.asarray(_building_s()))
    yearly = np.diff(np.asarray(charged).sum(axis=1), axis=1)
    ordered, later = float(np.sum(np.asarray(held.ordered_usd))), float(np.sum(np.asarray(held.later_usd)))
    if ordered <= 0.0:
        return []
    places = max(digits((yearly / size("busd")).ravel().tolist()), 1)
    body = [
        [f"{life / size('year'):g} years", *(billions(usd, places) for usd in row), billions(ordered - float(row.sum()), places)]
        for life, row in zip(lives.values(), yearly, strict=True)
    ]
    lines = heading("depreciation", "$B, straight-line from the day in service, by life of servers; what the plan buys alone")
    lines += table(["life", *years, "left"], body)
    note = f"of {billions(ordered)} billion ordered, {billions(later)} enter service after the horizon; buildings over"
    return lines + paragraph(f"{note} {_building_s() / size('year'):g} years")


def idle(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Set chips that stand idle by site at the end of each fiscal year, what they lack, and what a month of it costs."""
    edges_s, calendar = np.asarray(scenario.calendar.period_edges_s), scenario.calendar
    ends = [int(np.argmin(np.abs(edges_s - end))) for end in np.asarray(calendar.year_edges_s)[1:]]
    found = _stranded(scenario, outcome, jnp.asarray(lives_s()["told_years"]))
    count, lacking, cost = (np.asarray(part) for part in (found.chips_count, found.scarcest, found.cost_usd_per_s))
    lines = heading("chips that stand idle", "for want of a hall, power or a network; a month at list price over the life of servers")
    body = []
    for s, site in enumerate(scenario.site.names):
        if np.max(count[s]) >= LEAST:
            worst, first = int(np.argmax(count[s])), int(np.argmax(count[s] >= LEAST))
            month = cost[s, worst] * size("month") / size("musd")
            days = [calendar.date(float(edges_s[step])).isoformat() for step in (first, worst)]
            lack = NEEDED[int(lacking[s, worst])]
            held = [number(count[s, end] / size("thousand")) for end in ends]
            body.append([site, lack, *days, number(count[s, worst] / size("thousand")), number(month), *held])
    if not body:
        return [*lines, "  none"]
    return lines + table(["site", "lacks", "first", "most on", "most (k)", "$M a month", *calendar.years], body, left=4)
