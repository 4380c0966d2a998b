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

DRAWN = 1000
"""Random points that are compared with a plan."""
PRICE, FLAT = 0.02, 1e-9
"""Share of a price by which the slope of solving again may miss it, and the error of a value, in natural units."""
STEP = 0.005
"""Share of a number by which it is moved to see its slope."""
WORTHY = 1e-3
"""Natural units by which a number must move the best value, over all of itself, for its price to be tried."""


@law("L38", "plan: nothing feasible is better", "no mixture of other feasible plans is better", FLAT * 100.0, "the error of a value",
     Kind.PLAN, off="where other plans cannot be had")  # fmt: skip
def nothing_better(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Plans of what is harder hold here too, and so do their mixtures, but for curved limits, which are looked at."""
    plans = bench.plans.of(cases)
    others = [bench.plans.of(change(cases)) for _, change in WORSE.values()]
    return told([_mixed(one, [other[row] for other in others], row) for row, one in enumerate(plans)])


def _mixed(found: Found | None, others: Sequence[Found | None], seed: int) -> float | None:
    corners = [] if found is None else [x for other in others if other is not None and (x := free_of(found, other)) is not None]
    if found is None or len(corners) < 2:
        return None
    own = np.asarray(found.solution.x)
    weights = np.random.default_rng(seed).dirichlet(np.full(len(corners) + 1, 0.5), DRAWN)
    value, slack = values_at(found, weights @ np.stack([own, *corners]))
    good = ~(slack < -FLAT)  # what is no number is looked at
    return float(np.max(found.value - value[good], initial=-np.inf)) / (FLAT * 100.0) if good.any() else None


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
