"""How fast runs train, worked out once for a scenario: no choice moves it, so that it is no part of the programs that look at choices.

What is worth what goes the way back by itself too: from the slope in the pace of runs to the slope in every number it rests on.
"""

from typing import Any

import jax

from capexmodel.model.pace import Pace, pace
from capexmodel.model.scenario import Scenario
from capexmodel.solvers.kept import blank, kept


@kept(like=lambda scenario: blank(Pace))
def paced(scenario: Scenario) -> Pace:
    """The pace of runs in a scenario."""
    return pace(scenario)


@kept(like=lambda scenario, slope, through: scenario)
def traced_back(scenario: Scenario, slope: Scenario, through: Pace) -> Any:
    """The slope in every number of a scenario: what goes straight, and what goes through the pace of runs."""
    _, back = jax.vjp(pace, scenario)
    return jax.tree.map(lambda one, other: one + other, slope, back(through)[0])


def make_ready(scenario: Scenario) -> None:
    """Have the way back fetched while something else is computed."""
    traced_back.ahead(scenario, scenario, paced(scenario))
