"""A Plan: an allocation with what follows from it, and the proof it carries with it."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from capexmodel.model.allocation import Allocation
from capexmodel.model.simulate import Outcome
from capexmodel.planning.choice import Choice
from capexmodel.planning.problem import Problem


@dataclasses.dataclass(frozen=True)
class Certificate:
    """What an independent routine found when it judged the plan, all in natural units unless said otherwise.

    `kkt_error` is the largest of stationarity, violation, dual sign and complementarity. `violation` is by constraint in its own unit.
    `scope` says "local" or "global"; `agreement` how many of how many starts ended at the same value; `date_gap_s` how far the simulated
    dates are from the ones the solver chose.
    """

    tolerance: float
    kkt_error: float
    stationarity: float
    primal: float
    dual_sign: float
    complementarity: float
    violation: Mapping[str, float]
    units: Mapping[str, str]
    active: Mapping[str, int]
    strictness: float
    scope: str
    agreement: tuple[int, int]
    date_gap_s: float

    @property
    def holds(self) -> bool:
        """Whether the plan is a proven optimum."""
        return self.kkt_error <= self.tolerance


@dataclasses.dataclass(frozen=True)
class ShadowPrice:
    """What one more unit of a limit is worth: the change of the aim per unit of a leaf (both in base units), and the range of that
    leaf within which re-solving agrees. `constraint` is the limit behind it, None where the leaf is not a limit.
    """

    leaf: str
    constraint: str | None
    value: float
    unit: str
    base: float
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class Binding:
    """A limit that holds the plan back at one place (site, period...): its slack in its own unit, its price in the aim's unit per unit."""

    constraint: str
    place: tuple[str, ...]
    unit: str
    slack: float
    price: float


@dataclasses.dataclass(frozen=True)
class Swing:
    """How far the aim moves when one figure takes the ends of its range, the plan re-optimized; None where no plan exists there.

    With `first_order` nothing was solved again: the change is the slope of the best value times the change of the figure.
    """

    leaf: str
    status: str
    low: float
    high: float
    at_low: float | None
    at_high: float | None
    first_order: bool = False

    @property
    def width(self) -> float:
        """The larger change; infinite where an end leaves no plan."""
        return max(np.inf if change is None else abs(change) for change in (self.at_low, self.at_high))


@dataclasses.dataclass(frozen=True)
class Conflict:
    """Wishes that cannot hold together: an irreducible set, and for each the least relaxation that resolves it.

    A relaxation is a change of a number of the scenario (`leaves`), in base units (`units`); infinite where none was found of that wish
    alone. `works` says of each finite one that there is a plan with it, by the judge's own sums. Where none works alone, `together` holds
    changes that do so together, also of wishes outside the set: the cheapest that are seen, or of the fewest.
    """

    members: tuple[str, ...]
    relaxations: Mapping[str, float]
    units: Mapping[str, str]
    where: Mapping[str, str]
    leaves: Mapping[str, str] = dataclasses.field(default_factory=dict)
    works: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    together: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Rounding:
    """What it costs that racks and halls are whole.

    `racks` and `halls` count them by kind; `gap` is the value less that of the `relaxed` plan, preferences included, in the aim's unit,
    positive where it is worse. The relaxed plan bounds it only as far as that is the optimum, which is known locally. `primal` and
    `kkt_error` judge the plan with its racks and halls held fast.
    """

    value: float
    relaxed: float
    gap: float
    racks: Mapping[str, int]
    halls: Mapping[str, int]
    way: str
    primal: float
    kkt_error: float


@dataclasses.dataclass(frozen=True)
class Plan:
    """The answer to a Problem. `status` is one of OPTIMAL, FEASIBLE_NOT_PROVEN, INFEASIBLE_EXPLAINED, UNBOUNDED, MAX_ITER, NUMERIC.

    `value` is the aim in its own unit. `dollar_days` says of each job how many days its own date moves for one more billion dollars in
    the first fiscal year; `alternatives` the aim with companies bought or not. With a `rounding`, value, allocation and outcome are those
    of the plan of `whole` racks and halls, all else is of the relaxed one. Where the wishes conflict there is only the conflict.
    """

    problem: Problem
    status: str
    value: float | None
    allocation: Allocation | None
    outcome: Outcome | None
    certificate: Certificate | None
    shadow_prices: tuple[ShadowPrice, ...] = ()
    binding: tuple[Binding, ...] = ()
    swings: tuple[Swing, ...] = ()
    conflict: Conflict | None = None
    dollar_days: Mapping[str, float] = dataclasses.field(default_factory=dict)
    alternatives: Mapping[str, float] = dataclasses.field(default_factory=dict)
    solution: Any = None
    words: Callable[["Plan"], str] | None = None
    rounding: Rounding | None = None
    whole: Choice | None = None

    def __str__(self) -> str:
        """The page people read, where the plan was given one; else its status and value."""
        return self.words(self) if self.words else f"{self.problem.scenario.name}: {self.status}, {self.problem.minimize.name} {self.value}"
