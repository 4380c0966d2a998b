"""What a plan's books show, as rows and as lines of text: depreciation and result by year for several lives of servers, and idle chips."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.config.builds import given, tables
from capexmodel.model.books import Accounts, Stranded, accounts, stranded
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report.rows import Row
from capexmodel.report.text import billions, digits, heading, number, paragraph, size, table

NEEDED = ("a hall", "power", "a network")
"""What chips need, in the order of the balances of the fleet."""
CLASSES = ("servers", "buildings")
"""Classes of what is bought, in the order of the books: servers with their network, buildings with their generation."""
LEAST = 1.0
"""Idle chips below which a site is not told."""


def lives_s() -> dict[str, float]:
    """Lives of servers that are compared, by name, and that of buildings."""
    told = tables()["server_life"]
    return {name: given(told, name).value for name in told}


def _building_s() -> float:
    return given(tables()["depreciation"], "building_years").value


@eqx.filter_jit
def _accounts(scenario: Scenario, outcome: Outcome, lives: jax.Array, building_s: jax.Array) -> Accounts:
    return accounts(scenario, outcome.orders, outcome.money, lives, building_s)


def _found(scenario: Scenario, outcome: Outcome) -> Accounts:
    return _accounts(scenario, outcome, jnp.asarray(list(lives_s().values())), jnp.asarray(_building_s()))


@eqx.filter_jit
def _stranded(scenario: Scenario, outcome: Outcome, life_s: jax.Array) -> Stranded:
    return stranded(scenario, outcome.stock, life_s)


def account_rows(scenario: Scenario, outcome: Outcome) -> list[Row]:
    """List the books in dollars: by quantity, life of servers and fiscal year. What no life of servers changes has none.

    `ordered` and `left` (written off after the horizon) have no year. `operating_result` and `free_cash` are effects, without revenue.
    """
    held = _found(scenario, outcome)
    rows = [_row(f"ordered.{kind}", None, None, usd) for kind, usd in zip(CLASSES, np.asarray(held.ordered_usd), strict=True)]
    common = {"capex.orders": held.capex_usd, "operating": held.operating_usd, "free_cash": held.free_cash_usd}
    rows += [row for name, usd in common.items() for row in _by_year(scenario, name, None, usd)]
    written, left, result = (np.asarray(part) for part in (held.depreciation_usd, held.left_usd, held.result_usd))
    for number_of, life_s in enumerate(lives_s().values()):
        years = life_s / size("year")
        for k, kind in enumerate(CLASSES):
            rows += _by_year(scenario, f"depreciation.{kind}", years, written[number_of, k])
            rows.append(_row(f"left.{kind}", years, None, left[number_of, k]))
        rows += _by_year(scenario, "operating_result", years, result[number_of])
    return rows


def _by_year(scenario: Scenario, quantity: str, life_years: float | None, usd: Any) -> list[Row]:
    return [_row(quantity, life_years, year, one) for year, one in zip(scenario.calendar.years, np.asarray(usd), strict=True)]


def _row(quantity: str, life_years: float | None, year: str | None, usd: Any) -> Row:
    return {"quantity": quantity, "server_life_years": life_years, "fiscal_year": year, "usd": float(usd)}


def depreciation(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Set depreciation of what the plan buys by fiscal year, for each life of servers, and what it does to the result; what is left is
    written off after the horizon."""
    years, held = scenario.calendar.years, _found(scenario, outcome)
    ordered, after = (float(jnp.sum(usd)) for usd in (held.ordered_usd, held.later_usd))
    if ordered <= 0.0:
        return []
    yearly, result, cash = (np.asarray(part) for part in (jnp.sum(held.depreciation_usd, axis=1), held.result_usd, held.free_cash_usd))
    body = _lines(yearly, [billions(usd, _places(yearly)) for usd in ordered - yearly.sum(axis=1)])
    lines = heading("depreciation", "$B, straight-line from the day in service, by life of servers; what the plan buys alone")
    lines += table(["life", *years, "left"], body)
    note = f"of {billions(ordered)} billion ordered, {billions(after)} enter service after the horizon; buildings over"
    lines += paragraph(f"{note} {_building_s() / size('year'):g} years")
    lines += heading("operating result", "$B, less operating cost and depreciation, by life of servers; no revenue, taxes or interest")
    lines += table(["life", *years, "all"], _lines(result, [billions(usd, _places(result)) for usd in result.sum(axis=1)]))
    flow = [billions(usd, _places(cash)) for usd in (*cash, float(cash.sum()))]
    return lines + table(["free cash flow, any life", *years, "all"], [["less operating cost and capex as paid", *flow]])


def _places(usd: np.ndarray) -> int:
    return max(digits((usd / size("busd")).ravel().tolist()), 1)


def _lines(usd: np.ndarray, last: list[str]) -> list[list[str]]:
    """Lines by life of servers, in billions."""
    return [
        [f"{life / size('year'):g} years", *(billions(one, _places(usd)) for one in row), end]
        for life, row, end in zip(lives_s().values(), usd, last, strict=True)
    ]


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
