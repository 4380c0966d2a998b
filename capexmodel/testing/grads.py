"""Slopes of a scenario of one's own, three ways: backward, forward, and as differences, number by number.

Every number is moved, and every reading looked at: dates, work, and the totals of each account. Beside a kink a slope is that of one side;
there the slopes of both sides are told, and the slope must be one of them or between them.

Source: Griewank and Walther, Evaluating Derivatives (2008), chapter 3; Ridders, Advances in Engineering Software 4 (1982), on steps.
"""

import dataclasses

import jax
import numpy as np

from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.model.scenario import Scenario
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, draw
from capexmodel.testing.laws.slopes import KINK_STEP, STEPS, bent, missed
from capexmodel.testing.readings import aims

TOLERANCE = 1e-5
"""Relative difference of a slope and its differences: dates of 1e8 s lose eight digits."""
FLOOR = 1e-4
"""Share of an aim, for the whole of a number, below which a slope is compared with this instead of itself."""
CHUNK = 1024


@dataclasses.dataclass(frozen=True)
class Gradients:
    """Slopes of every aim (a row each) in every number (a column each), for the whole of the number, as shares of the aim's size.

    `differences` are those of the best step, `gaps` how far slopes are from them in tolerances, at a kink from what lies between the slopes
    of both sides; `kinks` says where these differ; `forward` is the worst relative difference of forward and reverse mode.
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

    @property
    def broken(self) -> np.ndarray:
        """Where a slope is none, or not that of differences."""
        return ~np.isfinite(self.slopes) | ~(self.gaps <= 1.0)

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
    known = tuple(leaf for leaf in leaves(scenario) if (leaf.table, leaf.field) in case.numbers)
    values = np.asarray([float(case.numbers[leaf.table, leaf.field][(0, *leaf.index)]) for leaf in known])
    movable = np.isfinite(values) & (values != 0)
    known, values = tuple(leaf for leaf, moves in zip(known, movable, strict=True) if moves), values[movable]
    slopes, forward = _slopes(bench, case, known, values, size)
    best, gaps = np.full(slopes.shape, np.nan), np.full(slopes.shape, np.inf)
    kinks = np.zeros(slopes.shape, bool)
    for step in STEPS:
        ahead, behind = (_moved(bench, case, known, values, sign * step) for sign in (1.0, -1.0))
        right, left = (ahead - base[:, None]) / (step * size[:, None]), (base[:, None] - behind) / (step * size[:, None])
        gap = missed(slopes, left, right, step, FLOOR) / TOLERANCE
        kinks |= (step == KINK_STEP) & bent(slopes, left, right, FLOOR)
        best, gaps = np.where(gap < gaps, 0.5 * (right + left), best), np.minimum(gap, gaps)
    return Gradients(scenario, known, values, base, slopes, best, gaps, kinks, forward)


def _aims(bench: Bench, cases: Cases) -> np.ndarray:
    return np.asarray(jax.vmap(aims)(bench.observe(cases)))


def _repeated(case: Cases, count: int) -> Cases:
    return case.take(np.zeros(count, int))


def _slopes(bench: Bench, case: Cases, known: tuple[Leaf, ...], values: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, float]:
    """The slopes of every aim by the reverse mode, and how far a random direction by the forward mode is from them."""
    source = np.random.default_rng(0)
    way = {place: source.uniform(-1.0, 1.0, v.shape) * np.where(np.isfinite(v), v, 0.0) for place, v in case.numbers.items()}
    many = _repeated(case, size.size)
    turned = {place: np.repeat(v, size.size, axis=0) for place, v in way.items()}
    ahead, back, slope = bench.slopes(many, turned, np.eye(size.size))
    along = ahead[np.arange(size.size), np.arange(size.size)]
    worst = float(np.max(np.abs(along - back) / np.maximum(np.maximum(np.abs(along), np.abs(back)), FLOOR * size), initial=0.0))
    cells = [slope[leaf.table, leaf.field][(slice(None), *leaf.index)] * value for leaf, value in zip(known, values, strict=True)]
    return np.stack(cells, axis=1) / size[:, None], worst


def _moved(bench: Bench, case: Cases, known: tuple[Leaf, ...], values: np.ndarray, step: float) -> np.ndarray:
    """Every aim after each number was moved by a share of itself: an aim a row."""
    found = []
    for start in range(0, len(known), CHUNK):
        some = known[start : start + CHUNK]
        cases = _repeated(case, len(some))
        numbers = {place: array.copy() for place, array in cases.numbers.items()}
        for row, (leaf, value) in enumerate(zip(some, values[start:], strict=False)):
            numbers[leaf.table, leaf.field][(row, *leaf.index)] = value * (1.0 + step)
        found.append(_aims(bench, dataclasses.replace(cases, numbers=numbers)))
    return np.concatenate(found).T
