"""Energy, carbon and water of a plan, as rows and as lines of text: by scope, by way of counting, by fiscal year and by site.

Scopes are those of the GHG Protocol: 1 is what plants of one's own burn, 2 energy that is bought, 3 what others made.
"""

from collections.abc import Iterator

import numpy as np

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report.rows import Row, plain
from capexmodel.report.text import digits, heading, number, size, table

ENERGY, CARBON, WATER = ("GWh", "gwh"), ("ktCO2", "kt"), ("ML", "kt")
"""How each quantity is written, and the size of that: a million liters of water weigh a kiloton."""

WORDS = {
    "energy.drawn": "energy drawn",
    "energy.grid": "of it from the grid",
    "carbon.own": "operation, own sources (scope 1)",
    "carbon.grid": "operation, grid by location (scope 2)",
    "carbon.contracts": "  less what contracts match over the year",
    "carbon.hourly": "  less only what is matched hour by hour",
    "carbon.location": "operation in all, by location",
    "carbon.chips": "made: chips, memory, servers (scope 3)",
    "carbon.halls": "made: halls (scope 3)",
    "carbon.sources": "made: sources, batteries (scope 3)",
    "water": "water on site",
}
"""What each quantity is called, in the order of the page."""

Series = tuple[str, tuple[str, str], np.ndarray]
"""A quantity, how it is written, and its numbers by site and year in base units."""


def _series(scenario: Scenario, outcome: Outcome) -> Iterator[Series]:
    """Name each quantity by site and year."""
    seen = plain(outcome.carbon)
    yield "energy.drawn", ENERGY, seen.drawn_j
    yield "energy.grid", ENERGY, np.asarray(outcome.carbon.grid_j)
    yield from ((f"energy.{name}", ENERGY, seen.source_j[k]) for k, name in enumerate(scenario.source.names))
    yield "carbon.own", CARBON, seen.own_kg.sum(axis=0)
    yield "carbon.grid", CARBON, seen.grid_kg
    yield "carbon.contracts", CARBON, seen.contracts_kg
    yield "carbon.hourly", CARBON, seen.hourly_kg
    yield "carbon.location", CARBON, np.asarray(outcome.carbon.location_kg)
    yield "carbon.chips", CARBON, seen.chips_kg
    yield "carbon.halls", CARBON, seen.halls_kg.sum(axis=0)
    yield "carbon.sources", CARBON, seen.sources_kg.sum(axis=0)
    yield "water", WATER, seen.water_kg


def footprint_rows(scenario: Scenario, outcome: Outcome) -> list[Row]:
    """List energy, carbon and water by quantity, site and fiscal year, each with its unit; what is nothing everywhere is left out."""
    return [
        {"quantity": name, "site": site, "fiscal_year": year, "value": float(values[s, y]) / size(unit), "unit": written}
        for name, (written, unit), values in _series(scenario, outcome)
        if np.any(values)
        for s, site in enumerate(scenario.site.names)
        for y, year in enumerate(scenario.calendar.years)
    ]


def footprint(scenario: Scenario, outcome: Outcome, by_site: bool = False) -> list[str]:
    """Set energy, carbon and water by fiscal year; of all sites, and carbon of operation of each; or all of it `by_site`."""
    found = [series for series in _series(scenario, outcome) if np.any(series[2])]
    lines = heading("carbon and energy", "by fiscal year; embodied carbon when it is paid for")
    lines += _block("all sites", scenario, [(name, how, values.sum(axis=0)) for name, how, values in found])
    for s, site in enumerate(scenario.site.names):
        if by_site and any(np.any(values[s]) for _, _, values in found):
            lines += _block(site, scenario, [(name, how, values[s]) for name, how, values in found if np.any(values[s])])
    located = next((values for name, _, values in found if name == "carbon.location"), None)
    return lines if by_site or located is None else lines + _sites(scenario, located)


def _block(title: str, scenario: Scenario, found: list[Series]) -> list[str]:
    body = []
    for name, (written, unit), values in found:
        shown = values / size(unit)
        places = digits(np.append(shown, shown.sum()).tolist())
        texts = [number(float(x), places) for x in (*shown, shown.sum())]
        body.append([WORDS.get(name, f"of it from {name.partition('.')[2]}"), written, *texts])
    return table([title, "unit", *scenario.calendar.years, "all"], body, left=2)


def _sites(scenario: Scenario, located: np.ndarray) -> list[str]:
    """Set carbon of operation by site, where there is more than one."""
    rows = [(site, CARBON, located[s]) for s, site in enumerate(scenario.site.names) if np.any(located[s])]
    written, unit = CARBON
    places = digits([float(located.sum()) / size(unit)])
    body = [[site, written, *(number(float(x) / size(unit), places) for x in (*values, values.sum()))] for site, _, values in rows]
    return table(["operation by location", "unit", *scenario.calendar.years, "all"], body, left=2) if len(rows) > 1 else []
