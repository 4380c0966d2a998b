"""Slopes of a scenario of one's own, three ways: backward, forward, and as differences, number by number.

Every number that has an end is moved, and every reading looked at: dates, work, and the totals of each account. Beside a kink a slope is
that of one side; there the slopes of both sides are told, and the slope must be one of them or between them. What stands at an end of what
is declared is moved inwards; only at a kink there counts what the model says beyond it.

Source: Griewank and Walther, Evaluating Derivatives (2008), chapter 3; Ridders, Advances in Engineering Software 4 (1982), on steps.
"""

import dataclasses
from collections.abc import Callable, Sequence

import jax
import numpy as np

from capexmodel import units
from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.model.scenario import Scenario
from capexmodel.param import Param
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import SLIP_S, Cases, declared, draw
from capexmodel.testing.laws.slopes import KINK_STEP, STEPS, bent, missed
from capexmodel.testing.readings import aims

TOLERANCE = 1e-5
"""Relative difference of a slope and its differences: dates of 1e8 s lose eight digits."""
FLOOR = 1e-4
"""Share of an aim, for the whole of a number, below which a slope is compared with this instead of itself."""
CHUNK = 1024
RATIO = STEPS[0] / STEPS[1]
STEEPER, LEAP = 2.0, 1e-10
"""How much steeper differences are at the next smaller step where there is no slope (of a jump ten times, of a root three), and the least
change that is no rounding."""
Moved = Callable[[np.ndarray], np.ndarray]
"""The change of every aim, as a share of its size, after each number alone was made another: an aim a row."""


@dataclasses.dataclass(frozen=True)
class Gradients:
    """Slopes of every aim (a row each) in every number (a column each), for the whole of the number, as shares of the aim's size.

    `differences` are those of the best step, `gaps` how far slopes are from them in tolerances, at a kink from what lies between the slopes
    of both sides; `kinks` says where these differ; `forward` is the worst relative difference of forward and reverse mode. `whole` is what
    a number was moved by shares of (itself, unless it is nothing), `ends` says which stand at an end of what is declared and were moved
    inwards alone, `endless` where such a number has no slope, as where nothing means that there is none; `left_count` numbers without end
    were not moved.
    """

    scenario: Scenario
    leaves: tuple[Leaf, ...]
    values: np.ndarray
    aims: np.ndarray
    slopes: np.ndarray
    differences: np.ndarray
    gaps: np.ndarray
    kinks: np.ndarray
    forward: float
    whole: np.ndarray
    ends: np.ndarray
    endless: np.ndarray
    left_count: int

    @property
    def broken(self) -> np.ndarray:
        """Where a slope is no number, or not that of differences."""
        return ~np.isfinite(self.slopes) | (~(self.gaps <= 1.0) & ~self.endless)

    @property
    def holds(self) -> bool:
        """Whether every slope is a number and right."""
        return not self.broken.any() and self.forward <= TOLERANCE


def gradients(scenario: Scenario, allocation: Allocation | None = None, example: int = 1, seed: int = 0) -> Gradients:
    """Compare the slopes of a scenario with differences, at an allocation or at that of an example of the laws."""
    bench, case = Bench(scenario), draw(scenario, [example], seed, width=0.0)
    if allocation is not None:
        case = dataclasses.replace(case, plan={name: np.asarray(getattr(allocation, name))[None] for name in case.plan})
    base = _aims(bench, case)[0]
    size = np.maximum(np.abs(base), 1.0)
    every = [leaf for leaf in leaves(scenario) if (leaf.table, leaf.field) in case.numbers]
    known = tuple(leaf for leaf in every if np.isfinite(_value(case, leaf)))
    values = np.asarray([_value(case, leaf) for leaf in known])
    slopes, _ = _slopes(bench, case, known, np.ones(values.size), size)
    promises = declared(scenario)
    bounds = [promises[leaf.table, leaf.field] for leaf in known]
    whole = np.asarray([_whole(case, *one) for one in zip(known, bounds, np.abs(slopes).max(axis=0), strict=True)])
    slopes, forward = _slopes(bench, case, known, whole, size)

    def moved(to: np.ndarray) -> np.ndarray:
        return (_moved(bench, case, known, to) - base[:, None]) / size[:, None]

    best, gaps, kinks, ends, endless = _compared(moved, values, whole, slopes, bounds)
    return Gradients(scenario, known, values, base, slopes, best, gaps, kinks, forward, whole, ends, endless, len(every) - len(known))


def _value(case: Cases, leaf: Leaf) -> float:
    return float(case.numbers[leaf.table, leaf.field][(0, *leaf.index)])


def _whole(case: Cases, leaf: Leaf, bound: Param, steepest: float) -> float:
    """What a number is moved by shares of: itself; of nothing, what by its slope moves a reading by all of itself, at most the largest
    of its field, all it may be, or a delay's month; where there is none of these, one of its unit, by the month where it is a rate."""
    value, field = _value(case, leaf), np.abs(case.numbers[leaf.table, leaf.field])
    if value:
        return value
    unit = units.parse(leaf.field)[1]
    months = SLIP_S ** float(dict(units.dimension(unit) if unit else ()).get("s", 0))
    delay = SLIP_S if leaf.field.endswith("slip_s") else 0.0
    all_of_it = 1.0 / steepest if 0.0 < steepest < np.inf else 0.0
    most = (np.max(field, initial=0.0, where=np.isfinite(field)), all_of_it, bound.le or 0.0, delay)
    return float(min((one for one in most if one), default=months))


def _compared(moved: Moved, values: np.ndarray, whole: np.ndarray, slopes: np.ndarray, bounds: Sequence[Param]) -> tuple[np.ndarray, ...]:
    """Differences of the best step; how far slopes are from them; where both sides differ; which numbers stand at an end of what is
    declared; and where these have no slope. There inward differences count, each step with the one before; at a kink what is beyond too."""
    best, gaps = np.full(slopes.shape, np.nan), np.full(slopes.shape, np.inf)
    beyond, kinks, endless = gaps, np.zeros(slopes.shape, bool), np.zeros(slopes.shape, bool)
    ends, last = np.zeros(values.size, bool), None
    for step in STEPS:
        left, right, ends = _sides(moved, values, whole, step, bounds)
        tried = [(left, right, step)]
        if last is not None:
            further = right + (right - last) / (RATIO - 1.0)
            tried += [(np.where(ends, further, left), np.where(ends, further, right), 0.0)]
            endless = ends & (np.abs(right) > STEEPER * np.abs(last)) & (np.abs(right) * step > LEAP)
        if step == KINK_STEP and ends.any():
            behind, ahead = moved(values - step * whole) / -step, moved(values + step * whole) / step
            beyond = np.where(ends, missed(slopes, behind, ahead, step, FLOOR) / TOLERANCE, np.inf)
            kinks |= ends & bent(slopes, behind, ahead, FLOOR)
        for behind, ahead, by in tried:
            gap = missed(slopes, behind, ahead, by, FLOOR) / TOLERANCE
            kinks |= (by == KINK_STEP) & bent(slopes, behind, ahead, FLOOR)
            best, gaps = np.where(gap < gaps, 0.5 * (ahead + behind), best), np.minimum(gap, gaps)
        last = right
    endless &= ~(gaps <= 1.0)
    kinks &= ~endless
    return best, np.where(kinks, np.fmin(gaps, beyond), gaps), kinks, ends, endless


def _sides(
    moved: Moved, values: np.ndarray, whole: np.ndarray, step: float, bounds: Sequence[Param]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Differences behind and ahead, inward ones for both where a number is too near an end of what is declared, and where it is."""
    up, down = values + step * whole, values - step * whole
    above, below = (np.asarray([one.complaint(to) is None for one, to in zip(bounds, tos.tolist(), strict=True)]) for tos in (up, down))
    right = moved(np.where(above, up, down)) / np.where(above, step, -step)
    left = moved(np.where(below, down, up)) / np.where(below, -step, step)
    return left, right, ~(above & below)


def _aims(bench: Bench, cases: Cases) -> np.ndarray:
    return np.asarray(jax.vmap(aims)(bench.observe(cases)))


def _repeated(case: Cases, count: int) -> Cases:
    return case.take(np.zeros(count, int))


def _slopes(bench: Bench, case: Cases, known: tuple[Leaf, ...], whole: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, float]:
    """The slopes of every aim by the reverse mode, for so much of each number, and how far a random way by the forward one is from them."""
    source = np.random.default_rng(0)
    way = {place: source.uniform(-1.0, 1.0, v.shape) for place, v in case.numbers.items()}
    turn = {place: np.zeros_like(v) for place, v in way.items()}
    for leaf, by in zip(known, whole, strict=True):
        at = (0, *leaf.index)
        turn[leaf.table, leaf.field][at] = way[leaf.table, leaf.field][at] * by
    many = _repeated(case, size.size)
    turned = {place: np.repeat(v, size.size, axis=0) for place, v in turn.items()}
    ahead, back, slope = bench.slopes(many, turned, np.eye(size.size))
    along = ahead[np.arange(size.size), np.arange(size.size)]
    worst = float(np.max(np.abs(along - back) / np.maximum(np.maximum(np.abs(along), np.abs(back)), FLOOR * size), initial=0.0))
    cells = [slope[leaf.table, leaf.field][(slice(None), *leaf.index)] * by for leaf, by in zip(known, whole, strict=True)]
    return np.stack(cells, axis=1) / size[:, None], worst


def _moved(bench: Bench, case: Cases, known: tuple[Leaf, ...], values: np.ndarray) -> np.ndarray:
    """Every aim after each number alone was made another: an aim a row."""
    found = []
    for start in range(0, len(known), CHUNK):
        some = known[start : start + CHUNK]
        cases = _repeated(case, len(some))
        numbers = {place: array.copy() for place, array in cases.numbers.items()}
        for row, (leaf, value) in enumerate(zip(some, values[start:], strict=False)):
            numbers[leaf.table, leaf.field][(row, *leaf.index)] = value
        found.append(_aims(bench, dataclasses.replace(cases, numbers=numbers)))
    return np.concatenate(found).T
