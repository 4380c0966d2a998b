"""Why an output of one scenario is another one's: what each number that differs adds, and the parts sum to the whole difference.

Aumann and Shapley's way: each number's change times its mean slope along the straight line from one scenario to the other. It is chosen
over Shapley's average over all orders of changes, as `reconcile` has it for ten assumptions, because hundreds of numbers have too many
orders: it needs slopes alone, treats numbers that act alike alike, gives nothing to a number that did not change, and turns all signs when
the scenarios change places. Dates of stages move too, with their series. Where each scenario follows a plan of its own, the plan's numbers
are numbers as others are.

What no line leads through (a site, a model or a chip that only one of them has, another grid of dates, a limit that is infinite in one) is
one step, with the plans where these cannot be compared: taken first and taken last, each counting half, so that it too changes its sign
with the order.

Source: Aumann and Shapley, Values of Non-Atomic Games (1974); Shapley 1953, A value for n-person games (both orders, by half).
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from capexmodel.errors import ModelError
from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.scenario import Scenario
from capexmodel.studies.bridge import aligned, bridged, cells, differences, flat, plan_cells, unflat
from capexmodel.studies.elasticity import named
from capexmodel.studies.integral import Integral, allowed, integral
from capexmodel.studies.outputs import Output, outputs
from capexmodel.studies.reverse import reverse

STRUCTURE = "what only one of them has"
Tell = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Step:
    """What one number, one series, or one table of a plan adds, in the output's base unit; its values where it is a single number."""

    name: str
    adds: float
    one: float | None = None
    two: float | None = None
    status: str = ""


@dataclasses.dataclass(frozen=True)
class Attribution:
    """From one scenario to another. Steps and `rest` sum to `end` less `start`; `structure` says what no line leads through."""

    one: Scenario
    two: Scenario
    output: Output
    start: float
    end: float
    steps: tuple[Step, ...]
    structure: tuple[str, ...]
    looks: int

    @property
    def rest(self) -> float:
        """What no step explains: jumps on the way, and what the integral does not close."""
        return self.end - self.start - sum(step.adds for step in self.steps)

    @property
    def closes(self) -> bool:
        """Whether that is within the tolerance of the integral."""
        return abs(self.rest) <= allowed((self.start, self.end), np.array([step.adds for step in self.steps]))


@dataclasses.dataclass(frozen=True)
class Follower:
    """A scenario and the plan it follows."""

    scenario: Scenario
    allocation: Allocation | Followed


def attribute(one: Follower, two: Follower, name: str, progress: Tell = lambda text: None) -> Attribution:
    """Attribute the difference of an output, that of `two` less that of `one`.

    Raises: ConfigError for an output that one of them does not have; ModelError where they are as of different dates, or where the output
    is not reached at an end or on the way.
    """
    if one.scenario.calendar.as_of != two.scenario.calendar.as_of:
        told = f"{one.scenario.calendar.as_of} and {two.scenario.calendar.as_of}"
        raise ModelError(f"scenarios as of different dates cannot be compared number by number: {told}")
    place = named(one.scenario, name), named(two.scenario, name)
    scenarios = aligned(one.scenario, two.scenario)
    here, there = Follower(scenarios[0], one.allocation), Follower(scenarios[1], two.allocation)
    what = differences(*scenarios)
    if not what:
        way = _walked(here, there, place[0], progress)
        return _told(one, two, name, (way.start, way.end), [(1.0, way, _named(here, there))], 0.0, what)
    first = Follower(bridged(there.scenario, here.scenario), there.allocation)
    last = Follower(bridged(here.scenario, there.scenario), here.allocation)
    late, early = _walked(first, there, place[1], progress), _walked(here, last, place[0], progress)
    ends = early.start, late.end
    jump = 0.5 * ((late.start - ends[0]) + (ends[1] - early.end))
    return _told(one, two, name, ends, [(0.5, late, _named(first, there)), (0.5, early, _named(here, last))], jump, what)


Named = list[tuple[str, np.ndarray]]
"""Names of steps, and which of all numbers each holds."""


def _walked(start: Follower, end: Follower, place: int, progress: Tell) -> Integral:
    """The integral from one to the other, with a part for each number. Raises: ModelError where the output is not reached."""
    low, high = flat(start.scenario, start.allocation), flat(end.scenario, end.allocation)
    on_line = np.isfinite(low) & np.isfinite(high)
    change = np.where(on_line, high, 0.0) - np.where(on_line, low, 0.0)
    name, looks = outputs(start.scenario)[place].name, 0

    def look(share: float) -> tuple[float, np.ndarray]:
        nonlocal looks
        looks += 1
        progress(f"slopes of {name} on the way from one scenario to the other: {looks}")
        back = reverse(*unflat(start.scenario, start.allocation, np.where(change == 0.0, low, low + share * change)), place)
        slopes = flat(back.given, back.chosen)
        value = float(back.values[place])
        if not np.isfinite(value):
            raise ModelError(
                f"{name} is not reached {share:.0%} of the way from one scenario to the other: a plan that is followed does not adapt"
            )
        return value, np.where(change == 0.0, 0.0, slopes) * change

    return integral(look)


def _named(start: Follower, end: Follower) -> tuple[Follower, Follower, Named]:
    """Sort all numbers into steps: every stage of a series, with its date, into one."""
    found: dict[str, list[int]] = {}
    for at, cell in enumerate([*cells(start.scenario), *plan_cells(start.allocation)]):
        found.setdefault(cell.step, []).append(at)
    return start, end, [(name, np.array(places)) for name, places in found.items()]


def _told(
    one: Follower,
    two: Follower,
    name: str,
    ends: tuple[float, float],
    ways: list[tuple[float, Integral, tuple[Follower, Follower, Named]]],
    jump: float,
    what: tuple[str, ...],
) -> Attribution:
    """Put the steps of all ways together, largest first."""
    adds: dict[str, float] = {STRUCTURE: jump} if what else {}
    values: dict[str, tuple[float, float]] = {}
    for weight, way, (start, end, steps) in ways:
        low, high = flat(start.scenario, start.allocation), flat(end.scenario, end.allocation)
        for step, places in steps:
            if np.any(low[places] != high[places]):
                adds[step] = adds.get(step, 0.0) + weight * float(np.sum(way.parts[places]))
                if places.size == 1:
                    values[step] = float(low[places[0]]), float(high[places[0]])
    figures = {**one.scenario.evidence.figures, **two.scenario.evidence.figures}
    found = [
        Step(step, added, *values.get(step, (None, None)), figures[step].status if step in figures else "") for step, added in adds.items()
    ]
    found.sort(key=lambda step: (-abs(step.adds), step.name))
    output = outputs(one.scenario)[named(one.scenario, name)]
    return Attribution(one.scenario, two.scenario, output, *ends, tuple(found), what, sum(way.looks for _, way, _ in ways))
