"""A number of a scenario in words: its unit, its meaning, and its value as people write it."""

from capexmodel import units
from capexmodel.model.scenario import Scenario
from capexmodel.param import Param, params
from capexmodel.report.text import show


def field(scenario: Scenario, path: str) -> str:
    """Find the field of a path, after its table and, where the table has members, its member: hall_power_w in site.a.hall_power_w.2026."""
    table, *words = path.split(".")
    return words[1] if hasattr(getattr(scenario, table), "names") else words[0]


def base_unit(scenario: Scenario, path: str) -> str:
    """Give the unit in the last word of a path's field: "usd" for envelope.FY2026.high_usd, "" for a pure number."""
    return units.parse(field(scenario, path))[1]


def declaration(scenario: Scenario, path: str) -> Param | None:
    """Find how the number at a path is declared."""
    return params(getattr(scenario, path.split(".")[0])).get(field(scenario, path))


def meaning(scenario: Scenario, path: str) -> str:
    """Say in the words of its declaration what a number is."""
    declared = declaration(scenario, path)
    return "" if declared is None else declared.text


def span(scenario: Scenario, path: str, low: float, high: float) -> str:
    """Write a range, with the unit once where both ends share it: "20 .. 80 MW"."""
    start, end = written(scenario, path, low), written(scenario, path, high)
    return f"{bare(start, end)} .. {end}"


def bare(text: str, *others: str) -> str:
    """Leave the unit of a written value out where all those beside it have the same."""
    number, _, unit = text.partition(" ")
    return number if unit and all(other.endswith(f" {unit}") for other in others) else text


def written(scenario: Scenario, path: str, value: float) -> str:
    """Write a value of the number at a path: a date as a date, everything else with its unit."""
    declared = declaration(scenario, path)
    if declared is not None and declared.dates:
        return scenario.calendar.date(value).isoformat()
    return show(value, base_unit(scenario, path))
