"""Tries laws on many examples round a scenario, and tells how each fared."""

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator, Sequence

import jax
import numpy as np

from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.testing.bench import Bench, Follow
from capexmodel.testing.cases import Cases, Reach, draw, lead_times
from capexmodel.testing.law import Kind, Law
from capexmodel.testing.laws import LAWS
from capexmodel.testing.readings import Readings

EXAMPLES = {"quick": 50, "standard": 500, "deep": 14_000, "soak": 100_000}
"""Examples of each law by thoroughness."""
CHUNK = 256
"""Examples that are drawn and observed together."""
FEW = 16
"""Examples that are planned together: every law looks at their plans, which are then forgotten."""
Tell = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Fared:
    """How one law fared: examples it applied to, numbers compared in them, examples it was off for, tolerances by which it was broken at
    worst, and where."""

    law: Law
    examples: int
    comparisons: int
    skipped: int
    worst: float
    worst_example: int
    broken: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether it held wherever it applied."""
        return not self.broken


@dataclasses.dataclass(frozen=True)
class Checked:
    """All laws on one scenario."""

    scenario: Scenario
    seed: int
    reach: Reach
    fared: tuple[Fared, ...]
    wall_s: float

    @property
    def holds(self) -> bool:
        """Whether every law held."""
        return all(one.holds for one in self.fared)

    @property
    def evaluations(self) -> int:
        """How often a law was looked at where it applied."""
        return sum(one.examples for one in self.fared)

    @property
    def comparisons(self) -> int:
        """How many numbers were held against a law."""
        return sum(one.comparisons for one in self.fared)


def _quiet(text: str) -> None:
    """Say nothing."""


def check(
    scenario: Scenario,
    laws: Sequence[Law] = LAWS,
    level: str = "quick",
    *,
    seed: int = 0,
    reach: Reach = Reach.SANE,
    model: Follow | None = None,
    tell: Tell = _quiet,
) -> Checked:
    """Try laws on examples round a scenario, as many as a level says. A law dearer than an outcome is tried on its share of them. A `model`
    of one's own is held against them instead of the package's; plans stay the package's.

    Raises: ModelError for a level that there is not.
    """
    if level not in EXAMPLES:
        raise ModelError(f"no level '{level}', expected one of {', '.join(EXAMPLES)}")
    count, bench, start_s = EXAMPLES[level], Bench(scenario, model), time.perf_counter()
    tried = [_Tried(one, max(count // one.kind.value, 1)) for one in laws]
    drawn = functools.partial(draw, scenario, seed=seed, reach=reach)
    followed, planned = ([one for one in tried if (one.law.kind is Kind.PLAN) == plans] for plans in (False, True))
    for last in _follow(bench, followed, count, drawn):
        tell(f"{last:,} of {count:,} examples, {time.perf_counter() - start_s:.0f} s")
    for last in _plan(bench, planned, drawn):
        tell(f"{last:,} of {planned[0].count:,} plans, {time.perf_counter() - start_s:.0f} s")
    return Checked(scenario, seed, reach, tuple(one.fared() for one in tried), time.perf_counter() - start_s)


def _follow(bench: Bench, tried: Sequence["_Tried"], count: int, drawn: Callable[..., Cases]) -> Iterator[int]:
    """Try laws of outcomes and slopes; says how many examples are done."""
    for first in range(0, count if tried else 0, CHUNK):
        cases = drawn(range(first, min(first + CHUNK, count)))
        before = bench.observe(cases)
        for one in tried:
            some = np.arange(min(len(cases), one.count - first))
            if some.size:
                one.look(bench, first, cases.take(some), jax.tree.map(lambda array, some=some: array[some], before))
        yield first + len(cases)


def _plan(bench: Bench, tried: Sequence["_Tried"], drawn: Callable[..., Cases]) -> Iterator[int]:
    """Try laws of plans, a few examples at a time; says how many are done."""
    count, still = (tried[0].count if tried else 0), lead_times(bench.base)
    for first in range(0, count, FEW):
        cases = drawn(range(first, min(first + FEW, count)), still=still)
        before = bench.observe(cases)
        for one in tried:
            one.look(bench, first, cases, before)
        bench.plans.forget()
        yield first + len(cases)


def again(scenario: Scenario, laws: Sequence[Law], example: int, seed: int = 0) -> Checked:
    """Try laws on the scenario as it stands, with the allocation and the chance of one example: what a failing scenario is told with."""
    bench, start_s, tried = Bench(scenario), time.perf_counter(), [_Tried(one, 1) for one in laws]
    cases = draw(scenario, [example], seed, width=0.0)
    before = bench.observe(cases)
    for one in tried:
        one.look(bench, example, cases, before)
    return Checked(scenario, seed, Reach.SANE, tuple(one.fared() for one in tried), time.perf_counter() - start_s)


class _Tried:
    """A law on its way."""

    def __init__(self, law: Law, count: int) -> None:
        self.law, self.count = law, count
        self.examples = self.comparisons = self.skipped = 0
        self.worst, self.worst_example = -np.inf, -1
        self.broken: list[int] = []

    def look(self, bench: Bench, first: int, cases: Cases, before: Readings) -> None:
        """Try the next examples."""
        verdict = self.law.body(bench, cases, before)
        excess = verdict.tolerances
        self.examples += int(verdict.applies.sum())
        self.comparisons += int(verdict.applies.sum()) * verdict.cells
        self.skipped += int((~verdict.applies).sum())
        if excess.max() > self.worst:
            self.worst, self.worst_example = float(excess.max()), first + int(excess.argmax())
        self.broken += [first + int(row) for row in np.flatnonzero(excess > 1.0)]

    def fared(self) -> Fared:
        """How it fared."""
        return Fared(self.law, self.examples, self.comparisons, self.skipped, self.worst, self.worst_example, tuple(self.broken))
