"""A Problem: a scenario, what is wanted, and what may not be exceeded, as functions of orders and dates."""

import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Gist, View
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.limits import LIMITS, Deadline
from capexmodel.planning.objective import AbstractObjective, TimeToModel, WorkByDate
from capexmodel.planning.physics import PHYSICS
from capexmodel.planning.scale import Sizes
from capexmodel.planning.totals import totals
from capexmodel.types import Scalar, require_x64


@dataclasses.dataclass(frozen=True)
class Problem:
    """What to minimize, subject to what. Without `subject_to` every limit of the scenario holds; the physics always does."""

    scenario: Scenario
    minimize: AbstractObjective = dataclasses.field(default_factory=TimeToModel)
    subject_to: Sequence[AbstractConstraint] | None = None

    def __post_init__(self) -> None:
        """Refuse a job that is not there before anything is computed."""
        require_x64()
        self.minimize.concerns(self.scenario)

    @property
    def limits(self) -> tuple[AbstractConstraint, ...]:
        """The limits that hold; those on a whole plan wherever the scenario states one."""
        return (*(LIMITS if self.subject_to is None else self.subject_to), *totals(self.scenario))

    @property
    def form(self) -> "Form":
        """The problem without its numbers: what decides the shape of the computation."""
        needed = self.minimize.concerns(self.scenario)
        due = any(isinstance(c, Deadline) for c in self.limits)
        deadlined = self.scenario.job.deadlined
        active = tuple(n or (due and d) for n, d in zip(needed, deadlined, strict=True))
        timed = tuple(a and not (isinstance(self.minimize, WorkByDate) and n) for a, n in zip(active, needed, strict=True))
        return Form(self.minimize, (*PHYSICS, *self.limits), active, timed)

    @property
    def lifted(self) -> tuple[AbstractConstraint, ...]:
        """Limits the scenario states and this problem does not hold to."""
        held = {c.name for c in self.limits}
        return tuple(c for c in LIMITS if c.name not in held)


@dataclasses.dataclass(frozen=True)
class Form:
    """Objective and constraints as pure functions; `active` jobs run, `timed` ones have a date to meet."""

    objective: AbstractObjective
    constraints: tuple[AbstractConstraint, ...]
    active: tuple[bool, ...]
    timed: tuple[bool, ...]

    def cost(self, gist: Gist, size: Sizes) -> Scalar:
        """The objective in natural units."""
        return self.objective.cost(gist) / self.objective.size(size)

    def curved(self, gist: Gist, size: Sizes) -> Float[Array, "row"]:
        """The slacks of all curved constraints in natural units, one long row."""
        return _row([jnp.ravel(c.slack(gist)) / c.size(size) for c in self.constraints if isinstance(c, AbstractCurved)])

    def affine(self, seen: View, size: Sizes) -> Float[Array, "row"]:
        """The slacks of all affine constraints in natural units, one long row."""
        return _row([jnp.ravel(c.slack(seen)) / c.size(size) for c in self.constraints if isinstance(c, AbstractAffine)])

    def rows(self, scenario: Scenario, kind: type[AbstractConstraint]) -> list[tuple[AbstractConstraint, tuple[str, ...]]]:
        """Name each row of `affine` or `curved`: its constraint, and its place on the constraint's axes."""
        named = []
        for constraint in self.constraints:
            if isinstance(constraint, kind):
                labels = constraint.labels(scenario)
                places = np.ndindex(*(len(axis) for axis in labels))
                named += [(constraint, tuple(axis[i] for axis, i in zip(labels, place, strict=True))) for place in places]
        return named


def _row(parts: list[Array]) -> Float[Array, "row"]:
    return jnp.concatenate(parts) if parts else jnp.zeros(0)
