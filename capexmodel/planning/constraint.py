"""What may not be exceeded: each constraint is a slack >= 0 in its own unit, with a name and a natural size.

Limits hold no numbers: those are leaves of the scenario, so that each can be varied and priced.
"""

import abc

import equinox as eqx
import numpy as np
from jaxtyping import Array

from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Gist, View
from capexmodel.planning.scale import Sizes
from capexmodel.types import Scalar


class AbstractConstraint(eqx.Module):
    """A named family of slacks along some axes of the scenario."""

    name: eqx.AbstractVar[str]
    unit: eqx.AbstractVar[str]
    axes: eqx.AbstractVar[tuple[str, ...]]

    @property
    def levers(self) -> tuple[str, ...]:
        """Fields (table.field) by which somebody can move the limit."""
        return ()

    def size(self, sizes: Sizes) -> Scalar:
        """One natural unit of the slack."""
        return getattr(sizes, self.unit)

    def labels(self, scenario: Scenario) -> tuple[tuple[str, ...], ...]:
        """Names along each axis."""
        return tuple(axis_labels(scenario, axis) for axis in self.axes)


class AbstractAffine(AbstractConstraint):
    """A constraint whose slack is affine in orders and dates."""

    @abc.abstractmethod
    def slack(self, view: View) -> Array:
        """What is left before the limit binds, in the constraint's unit."""


class AbstractCurved(AbstractConstraint):
    """A constraint whose slack is a curved function of a few sums of the choice."""

    @abc.abstractmethod
    def slack(self, gist: Gist) -> Array:
        """What is left before the limit binds, in the constraint's unit."""


def axis_labels(scenario: Scenario, axis: str) -> tuple[str, ...]:
    """Names along an axis: members of a table, or the calendar's periods, decisions, years; an edge is named by its day."""
    c = scenario.calendar
    if axis == "edge":
        return tuple(c.date(edge).isoformat() for edge in np.asarray(c.period_edges_s).tolist())
    own = {"period": c.periods, "decision": c.decisions, "year": c.years, "vendor": scenario.supply.names}
    return own[axis] if axis in own else getattr(scenario, axis).names
