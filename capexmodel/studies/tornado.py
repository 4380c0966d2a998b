"""Each figure that has a range moved to its low and to its high alone, everything worked out again: what each end does to each output.

Stages of a series move together. Either one plan is kept to, and every output of it is read; or the plan is found anew, and its aim is
read. Leaves out what figures do together; `sobol` has that.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from capexmodel.model.evidence import OPEN, STATUSES, Figure
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planner.again import resolved
from capexmodel.planner.swing import NEGLIGIBLE
from capexmodel.planning.plan import Plan
from capexmodel.studies.batch import Simulations
from capexmodel.studies.draws import Draws, draws
from capexmodel.studies.elasticity import Elasticities
from capexmodel.studies.outputs import Output

BENT = 0.1
"""Share of the wider end by which an end may be off its slope before the slope counts as misleading."""
PART_ROWS = 2048
"""Scenarios that stand side by side, at most."""
Tell = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Moved:
    """A figure, or all stages of a series: its path, what is known of it, and its ends (of the last stage, of a series)."""

    path: str
    stages: tuple[Leaf, ...]
    status: str
    source: str
    low: float
    value: float
    high: float

    @property
    def open(self) -> bool:
        """Whether nobody has verified it: assumed, or recalled."""
        return self.status in OPEN


@dataclasses.dataclass(frozen=True)
class Bar:
    """What the ends of one figure do to one output, in its base unit, and what its slope would have them do. No number where an end leaves
    the output unreached, or no plan. With `first_order` nothing was worked out again: the ends are those of the slope."""

    figure: Moved
    at_low: float
    at_high: float
    slope_low: float
    slope_high: float
    first_order: bool = False

    @property
    def width(self) -> float:
        """From the lowest to the highest of both ends and the middle; infinite where an end leaves it unreached."""
        ends = (self.at_low, self.at_high, 0.0)
        return max(ends) - min(ends) if np.isfinite(ends).all() else np.inf

    @property
    def slope_width(self) -> float:
        """The same by the slope."""
        ends = (self.slope_low, self.slope_high, 0.0)
        return max(ends) - min(ends)

    @property
    def bent(self) -> bool:
        """Whether the slope misleads: an end lies elsewhere by more than a tenth of the width."""
        off = max(abs(self.at_low - self.slope_low), abs(self.at_high - self.slope_high))
        return not off <= BENT * max(self.width, self.slope_width)


@dataclasses.dataclass(frozen=True)
class Tornado:
    """All figures with a range, and each output at both ends of each: `ends` holds changes from `base`."""

    scenario: Scenario
    outputs: tuple[Output, ...]
    base: Float[np.ndarray, "output"]
    figures: tuple[Moved, ...]
    ends: Float[np.ndarray, "figure end output"]

    def bars(self, slopes: Elasticities) -> tuple[Bar, ...]:
        """The bars of the output that some slopes are of, widest first."""
        place = [output.name for output in self.outputs].index(slopes.output.name)
        by_slope = _by_slope(self.scenario, self.figures, slopes)
        ends = self.ends[:, :, place]
        found = [Bar(figure, float(one[0]), float(one[1]), *two) for figure, one, two in zip(self.figures, ends, by_slope, strict=True)]
        return tuple(sorted(found, key=lambda bar: (-bar.width, bar.figure.path)))


def _by_slope(scenario: Scenario, figures: tuple[Moved, ...], slopes: Elasticities) -> list[tuple[float, float]]:
    """What the slope says of both ends of each figure."""
    by_path = {row.path: row for row in slopes.rows}

    def at(figure: Moved, end: str) -> float:
        told = [(by_path[leaf.path], scenario.evidence.figures[leaf.path]) for leaf in figure.stages]
        return sum(row.slope * (_end(one, end) - row.value) for row, one in told)

    return [(at(figure, "low"), at(figure, "high")) for figure in figures]


def tornado(engine: Simulations, scenario: Scenario) -> Tornado:
    """Move each figure that an engine varies to both ends. The engine's grid is one of draws: what moves together in it moves together."""
    drawn = engine.grid
    assert isinstance(drawn, Draws)
    told = scenario.evidence.figures
    middle = np.array([float(leaf.read(scenario)) for leaf in drawn.leaves])
    groups = drawn.series()
    rows: list[np.ndarray] = [middle]
    for group in groups:
        for end in ("low", "high"):
            moved = middle.copy()
            moved[list(group)] = [_end(told[drawn.leaves[place].path], end) for place in group]
            rows.append(moved)
    values = np.asarray(engine.follow(np.array(rows)))
    figures = tuple(moved_figure(scenario, [drawn.leaves[place] for place in group]) for group in groups)
    ends = (values[1:] - values[:1]).reshape(len(groups), 2, values.shape[1])
    return Tornado(scenario, engine.outputs, values[0], figures, ends)


def planned_bars(plan: Plan, slopes: Elasticities, most: int, progress: Tell = lambda text: None) -> tuple[Bar, ...]:
    """The bars of the aim of a best plan, widest first: by its slopes, and the widest of these by solving again at both ends.

    Leaves out a figure without slope whose far end would begin to bind.
    """
    scenario, found, aimed = plan.problem.scenario, plan.solution, plan.problem.minimize
    drawn = draws(scenario, 1)
    figures = tuple(moved_figure(scenario, [drawn.leaves[place] for place in group]) for group in drawn.series())
    rows = [Bar(figure, *ends, *ends, first_order=True) for figure, ends in zip(figures, _by_slope(scenario, figures, slopes), strict=True)]
    rows.sort(key=lambda bar: (-bar.width, bar.figure.path))
    size = float(aimed.size(found.size))
    wide = [bar for bar in rows[:most] if bar.width > NEGLIGIBLE * size]

    def moved(bar: Bar, end: str) -> float:
        at = scenario
        for leaf in bar.figure.stages:
            at = leaf.write(at, _end(scenario.evidence.figures[leaf.path], end))
        other = resolved(plan.problem, found, at)
        return float("nan") if other is None else aimed.value((other.value - found.value) * size)

    redone = []
    for bar in wide:
        progress(f"solving again at both ends of {bar.figure.path} ({len(redone) + 1} of {len(wide)})")
        redone.append(dataclasses.replace(bar, at_low=moved(bar, "low"), at_high=moved(bar, "high"), first_order=False))
    return tuple(sorted([*redone, *rows[len(wide) :]], key=lambda bar: (-bar.width, bar.figure.path)))


def moved_figure(scenario: Scenario, stages: list[Leaf]) -> Moved:
    """What is known of a figure, or of the stages of a series: the weakest status among them, with the sources that have it."""
    told = [scenario.evidence.figures[leaf.path] for leaf in stages]
    weakest = max((one.status for one in told), key=STATUSES.index)
    sources = dict.fromkeys(one.source for one in told if one.status == weakest)
    first, last = stages[0].path, told[-1]
    path = first if len(stages) == 1 else first.rpartition(".")[0]
    return Moved(path, tuple(stages), weakest, ", ".join(sources), _end(last, "low"), last.value, _end(last, "high"))


def _end(figure: Figure, end: str) -> float:
    """An end of a range; the value itself where there is none."""
    found = getattr(figure, end)
    return figure.value if found is None else float(found)
