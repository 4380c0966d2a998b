"""The scenario of a command: loaded with its changes, and what looks like a slip of a unit said before anything is computed."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from capexmodel.report.terminal import say

if TYPE_CHECKING:
    from capexmodel.model.scenario import Scenario


def scenario_of(options: argparse.Namespace) -> "Scenario":
    """Load the scenario that is asked about. Raises: ConfigError with its first fault, or with all where that was asked for."""
    from capexmodel.config import load

    scenario = load(options.scenario, options.set, faults="all" if options.all else "first")
    doubt(scenario)
    return scenario


def pair_of(options: argparse.Namespace) -> tuple["Scenario", "Scenario"]:
    """Load the two scenarios that are compared. Raises: ConfigError with the first fault of one."""
    from capexmodel.config import load

    one, two = load(options.one, options.set_one), load(options.two, options.set_two)
    doubt(one, two)
    return one, two


def doubt(*scenarios: "Scenario") -> None:
    """Warn of what looks like a slip of a unit, once where several scenarios have it."""
    lines: Sequence[str] = [line for scenario in scenarios for line in scenario.evidence.doubts]
    for line in dict.fromkeys(lines):
        say(line)
