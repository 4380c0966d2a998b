"""Laws of what a plan is worth: nothing feasible is better, and its prices are the slopes of solving again."""

from collections.abc import Sequence

import numpy as np

from capexmodel.planner.search import Found
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, Place
from capexmodel.testing.change import changed
from capexmodel.testing.law import Kind, Verdict, law
from capexmodel.testing.laws.plans import WORSE, told
from capexmodel.testing.plans import free_of, values_at
from capexmodel.testing.readings import Readings

DRAWN, HALVINGS = 1000, 12
"""Random mixtures, and as many points beside them, that are compared with a plan; and how often a step that leads too far is halved."""
SAME = 1e-3
"""Natural units within which two points are one choice."""
PRICE, FLAT = 0.02, 1e-9
"""Share of a price by which the slope of solving again may miss it, and the error of a value, in natural units."""
STEP = 0.005
"""Share of a number by which it is moved to see its slope."""
WORTHY = 1e-3
"""Natural units by which a number must move the best value, over all of itself, for its price to be tried."""


@law("L38", "plan: nothing feasible is better", "no mixture of other feasible plans, and nothing feasible a random way from one, is better",
     FLAT * 100.0, "the error of a value", Kind.PLAN, off="where there is no plan, or nothing else is feasible")  # fmt: skip
def nothing_better(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Plans of what is harder hold here too, and so do their mixtures, but for curved limits, which are looked at."""
    plans = bench.plans.of(cases)
    others = [bench.plans.of(change(cases)) for _, change in WORSE.values()]
    return told([_mixed(one, [other[row] for other in others], float(cases.chance[row])) for row, one in enumerate(plans)])


def _mixed(found: Found | None, others: Sequence[Found | None], chance: float) -> float | None:
    """By how much a point that is feasible, and not the plan itself, is better. It is drawn by the example alone."""
    if found is None:
        return None
    own = np.asarray(found.solution.x)
    corners = [own]
    for other in others:
        x = None if other is None else free_of(found, other)
        if x is not None and all(_far(x[None], one)[0] for one in corners):
            corners.append(x)
    source = np.random.default_rng(int(chance * 2**53))
    mixtures = source.dirichlet(np.full(len(corners), 0.5), DRAWN) @ np.stack(corners)
    drawn = [(mixtures, *values_at(found, mixtures)), _beside(found, mixtures, source)]
    points, value, slack = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    good = ~(slack < -FLAT) & _far(points, own)  # what is no number is looked at
    return float(np.max(found.value - value[good], initial=-np.inf)) / (FLAT * 100.0) if good.any() else None


def _far(points: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Which points are another choice."""
    return np.abs(points - one).max(axis=-1, initial=0.0) > SAME


def _beside(found: Found, starts: np.ndarray, source: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points a random way from others, of few choices or of many, with value and slack: half as far until they are feasible."""
    way = source.normal(size=starts.shape) * (source.uniform(size=starts.shape) < source.uniform(size=(len(starts), 1)) ** 2)
    step, points = np.ones(len(starts)), starts
    value, slack = np.zeros(len(starts)), np.full(len(starts), -np.inf)
    for _ in range(HALVINGS):
        points = np.maximum(starts + step[:, None] * way, 0.0)
        value, slack = values_at(found, points)
        step = np.where(slack < -FLAT, 0.5 * step, step)
    return points, value, slack


@law(
    "L60",
    "plan: a price is a slope",
    "the price of a number is the slope of the best value, found by solving again",
    PRICE,
    "a share of the price; where the value bends, it lies between both slopes",
    Kind.PLAN,
    off="where there is no plan, or a neighbor has none",
)
def priced(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Of one number that matters, drawn by the example."""
    excess: list[float | None] = []
    for row, one in enumerate(bench.plans.of(cases)):
        at = cases.take(np.asarray([row]))
        excess.append(None if one is None else _slope(bench, at, one, float(cases.chance[row])))
    return told(excess)


def _slope(bench: Bench, at: Cases, found: Found, chance: float) -> float | None:
    """By how much a price misses what lies between the slopes on both sides."""
    gradient = {place: np.asarray(getattr(getattr(found.verdict.gradient, place[0]), place[1])) for place in at.numbers}
    worth = [
        (place, index)
        for place in at.numbers
        for index in np.ndindex(gradient[place].shape)
        if np.isfinite(at.numbers[place][0][index]) and not _trifling(gradient[place][index] * at.numbers[place][0][index])
    ]
    if not worth:
        return None
    place, index = worth[int(chance * len(worth))]
    step = STEP * abs(float(at.numbers[place][0][index]))
    less, more = (bench.plans.of(_moved(at, place, index, sign * step))[0] for sign in (-1.0, 1.0))
    if less is None or more is None:
        return None
    size, price = float(found.problem.minimize.size(found.size)), float(gradient[place][index])
    behind, ahead = (_base(found) - _base(less)) / size / step, (_base(more) - _base(found)) / size / step
    miss = float(np.max([np.minimum(behind, ahead) - price, price - np.maximum(behind, ahead), 0.0]))
    return miss / (PRICE * abs(price) + 100.0 * FLAT / step)


def _trifling(worth: float) -> bool:
    """Whether a number is worth next to nothing; what is no number is not."""
    return bool(abs(worth) <= WORTHY)


def _base(found: Found) -> float:
    """What was minimized, in base units: natural ones move with the numbers."""
    return found.value * float(found.problem.minimize.size(found.size))


def _moved(at: Cases, place: Place, index: tuple[int, ...], by: float) -> Cases:
    def new(values: np.ndarray) -> np.ndarray:
        other = values.copy()
        other[(0, *index)] += by
        return other

    return changed(at, place, new)


LAWS = (nothing_better, priced)
