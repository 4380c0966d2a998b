"""What a plan buys and when, and the power and compute that come of it, as lines of text."""

from collections.abc import Iterator

import equinox as eqx
import numpy as np

from capexmodel.model.allocation import Allocation
from capexmodel.model.fleet import equivalents
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report.rows import Row, energy_twh, plain, power_w, spend_rows, year_share
from capexmodel.report.text import billions, digits, heading, number, size, table, trimmed

GROUPS = {
    "accelerator": "chips",
    "supply": "premium above list",
    "network": "network",
    "hall": "halls",
    "source": "generation",
    "completion": "halls already started",
    "already_spent": "spent before the as-of date",
    "other": "other",
    "reserve": "reserve set aside",
    "reserve_drawn": "reserve drawn",
    "staff": "research staff",
    "rental": "rentals",
    "energy": "energy",
    "carbon": "carbon",
    "deal": "companies",
}
"""What each kind of spending is called, in the order of the page."""

REFERENCE = "H100"
"""The chip in which fleets are counted, by peak compute, where the scenario knows it."""

Series = tuple[str, str, str, np.ndarray, float]
"""Words, site, unit, numbers by decision, and dollars in all."""


def group(item: str) -> str:
    """Name the group of an item of spending."""
    return GROUPS[item.split(".")[0]]


def money(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Set spending by group and fiscal year, one block for each account."""
    years, rows = scenario.calendar.years, spend_rows(scenario, outcome)
    lines = heading("where the money goes", "$B, by fiscal year")
    for account, title in (("capex", "capex in all"), ("opex", "operating cost in all"), ("acquisition", "acquisitions in all")):
        part = [row for row in rows if row["account"] == account]
        places = max(digits([sum(row["usd"] for row in part) / size("busd")]), 1)
        body = [[name, *_sums(years, [r for r in part if group(r["item"]) == name], places)] for name in GROUPS.values()]
        body = [row for row in body if any(text != "-" for text in row[1:])]
        if body:
            lines += table([account, *years, "all"], [*body, [title, *_sums(years, part, places)]])
    return lines


def _sums(years: tuple[str, ...], rows: list[Row], places: int) -> list[str]:
    by_year = [sum(row["usd"] for row in rows if row["fiscal_year"] == year) for year in years]
    return [billions(usd, places) for usd in (*by_year, sum(by_year))]


def purchases(scenario: Scenario, outcome: Outcome, allocation: Allocation) -> list[str]:
    """Set what is bought by item, site and fiscal year, then by decision interval."""
    bought, years = list(_series(scenario, outcome, allocation)), scenario.calendar.years
    overlap = _decision_years(scenario)
    body = []
    for words, site, unit, count, usd in bought:
        by_year = count @ overlap
        body.append([words, site, unit, *(_count(x, unit) for x in by_year), _count(np.sum(by_year), unit), billions(usd, 2)])
    body = [row for row in body if any(text != "-" for text in row[3:])]
    lines = heading("what is bought", "orders by fiscal year; power in GW, chips and ports in thousands")
    lines += table(["item", "site", "unit", *years, "all", "$B"], body, left=3) if body else ["  nothing"]
    return lines + _by_decision(scenario, bought)


def _count(value: float, unit: str) -> str:
    return number(float(value), {"GW": 3, "k": 1, "heads": 0, "deal": 0}[unit])


def _by_decision(scenario: Scenario, bought: list[Series]) -> list[str]:
    """Set the sums over items and sites by decision interval."""
    kinds = {
        "chips": ("k", "chips (k)"),
        "network ports": ("k", "ports (k)"),
        "halls": ("GW", "halls (GW)"),
        "generation": ("GW", "generation (GW)"),
        "rental": ("k", "rentals (k)"),
        "hires": ("heads", "hires"),
    }
    rows = [[label] for label in scenario.calendar.decisions]
    for kind, (unit, _) in kinds.items():
        parts = [count for words, _, _, count, _ in bought if words.startswith(kind)]
        for row, total in zip(rows, np.sum([*parts, np.zeros(len(rows))], axis=0), strict=True):
            row.append(_count(total, unit))
    return [*heading("when it is ordered"), *trimmed(["ordered in", *(title for _, title in kinds.values())], rows)]


def _series(scenario: Scenario, outcome: Outcome, allocation: Allocation) -> Iterator[Series]:
    """List each thing that is bought at each site by decision."""
    orders, paid, sites = plain(outcome.orders), plain(allocation), scenario.site.names
    k, gw = size("thousand"), size("gw")
    for name, kind, counts, usd in (
        ("chips", scenario.accelerator.names, orders.chips_count / k, paid.chips_usd),
        ("halls", scenario.hall.names, orders.hall_w / gw, paid.hall_usd),
        ("generation", scenario.source.names, orders.source_w / gw, paid.source_usd),
    ):
        for m, member in enumerate(kind):
            for s, site in enumerate(sites):
                yield f"{name} {member}", site, "k" if name == "chips" else "GW", counts[m, s], float(np.sum(usd[m, s]))
    for s, site in enumerate(sites):
        yield "network ports", site, "k", orders.ports_count[s] / k, float(np.sum(paid.ports_usd[s]))
    for r, market in enumerate(scenario.rental.names):
        yield f"rental {market}", scenario.rental.site[r], "k", orders.rented_count[r] / k, 0.0
    yield "hires", "", "heads", orders.hires_count, 0.0
    edges_s = np.asarray(scenario.calendar.decision_edges_s)
    for d, deal in enumerate(scenario.deal.names):
        first = int(np.clip(np.searchsorted(edges_s, float(scenario.deal.close_s[d]), side="right") - 1, 0, len(edges_s) - 2))
        bought = np.eye(len(edges_s) - 1)[first] * orders.taken[d]
        yield f"company {deal}", "", "deal", bought, float(np.sum(np.asarray(outcome.money.deals_usd)[d]))


def _decision_years(scenario: Scenario) -> np.ndarray:
    """Which share of each decision interval falls in which fiscal year."""
    edges_s, years_s = np.asarray(scenario.calendar.decision_edges_s), np.asarray(scenario.calendar.year_edges_s)
    start, end = np.maximum(edges_s[:-1, None], years_s[None, :-1]), np.minimum(edges_s[1:, None], years_s[None, 1:])
    return np.maximum(end - start, 0.0) / np.diff(edges_s)[:, None]


def power(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Set power, energy and compute by site at the end of each fiscal year."""
    edges_s, calendar = np.asarray(scenario.calendar.period_edges_s), scenario.calendar
    ends = [int(np.argmin(np.abs(edges_s - end))) for end in np.asarray(calendar.year_edges_s)[1:]]
    watts, energy = power_w(scenario, outcome), energy_twh(scenario, outcome) @ year_share(scenario)
    usable = np.asarray(outcome.compute.usable_eflops)[:, [end - 1 for end in ends]]
    blocks = [
        ("energized, GW of IT", watts["energized"][:, ends] / size("gw")),
        ("used, GW of IT", watts["used"][:, ends] / size("gw")),
        ("energy of the year, TWh", energy),
        ("compute that runs, EFLOP/s", usable),
    ]
    if REFERENCE in scenario.accelerator.names:
        standing = np.asarray(eqx.filter_jit(equivalents)(scenario, outcome.stock.chips_count, REFERENCE))[:, ends]
        blocks.append((f"chips that stand, thousand {REFERENCE} equivalents", standing / size("thousand")))
    lines = heading("power and compute", "at the end of each fiscal year, or of the horizon")
    for title, values in blocks:
        places = digits(values.sum(axis=0).tolist())
        body = [[site, *(number(x, places) for x in values[s])] for s, site in enumerate(scenario.site.names) if np.any(values[s])]
        lines += table([title, *calendar.years], [*body, ["all sites", *(number(x, places) for x in values.sum(axis=0))]])
    return lines
