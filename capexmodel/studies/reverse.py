"""Outputs of a scenario that follows a plan, and the exact slope of one of them in everything given and chosen: one reverse pass.

Slopes are those of the model as it stands: at a kink they are of one side, and in a number that is whole in the world (a count of stages
of a pipeline) they say which way it pulls, not what one more would do.

Source: Griewank and Walther, Evaluating Derivatives (2008), section 3.2 (the reverse mode).
"""

import dataclasses
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from capexmodel.planner import speed
from capexmodel.solvers.kept import blank, kept
from capexmodel.studies.outputs import outputs, read


@dataclasses.dataclass(frozen=True)
class Reverse:
    """All outputs, and the slopes of one of them: in the numbers of the scenario and in those of the plan, each in its own place."""

    values: np.ndarray
    given: Scenario
    chosen: Allocation | Followed


@kept(like=lambda scenario, allocation, at, weight: (weight, (scenario, allocation, blank(Pace))))
def _pass(scenario: Scenario, allocation: Allocation | Followed, at: Pace, weight: Float[Array, "output"]) -> Any:
    """All outputs, and the slopes of their weighted sum; runs go at a pace that is worked out before."""

    def numbers(scenario: Scenario, allocation: Allocation | Followed, at: Pace) -> Float[Array, "output"]:
        return read(scenario, simulate(scenario, allocation, speed=at))

    values, back = jax.vjp(numbers, scenario, allocation, at)
    return values, back(weight)


def reverse(scenario: Scenario, allocation: Allocation | Followed, place: int) -> Reverse:
    """Follow a plan and go the way back from the output at a place of `outputs`."""
    weight = np.zeros(len(outputs(scenario)))
    weight[place] = 1.0
    scenario = dataclasses.replace(scenario, name="", title="")  # what it is called makes no other program
    values, (straight, chosen, through) = _pass(scenario, allocation, speed.paced(scenario), jax.numpy.asarray(weight))
    return Reverse(np.asarray(values), speed.traced_back(scenario, straight, through), chosen)
