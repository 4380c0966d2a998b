"""The smallest example that breaks a law: as near to the scenario as it goes, with as few numbers moved as it takes.

Source: Zeller and Hildebrandt, IEEE Transactions on Software Engineering 28 (2002) (delta debugging).
"""

import dataclasses

import numpy as np

from capexmodel.model.leaves import Leaf, leaves
from capexmodel.model.scenario import Scenario
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import (
    Cases,
    Numbers,
    Place,
    Reach,
    allocations,
    draw,
    lead_times,
    numbers_of,
    related,
    scenario_of,
    source_of,
)
from capexmodel.testing.law import Kind, Law

WIDTHS = np.linspace(0.0, 1.0, 33)
MOST = 10_000
"""Sets of numbers that are looked at; a law dearer than an outcome has its share of them, and the example is then left as it is."""
Cell = tuple[Place, tuple[int, ...]]
"""One number of a scenario."""


@dataclasses.dataclass(frozen=True)
class Smallest:
    """The smallest failing example: the scenario, the numbers that had to move, and what breaks there."""

    scenario: Scenario
    moved: tuple[Cell, ...]
    excess: float

    def cells(self, base: Scenario) -> list[tuple[Leaf, float, float]]:
        """The numbers that had to move: where each stands, what it is here, and what it was. The dates of stages have no path."""
        named = {((leaf.table, leaf.field), leaf.index): leaf for leaf in leaves(base)}
        known = [named[cell] for cell in self.moved if cell in named]
        return [(leaf, float(leaf.read(self.scenario)), float(leaf.read(base))) for leaf in known]


def smallest(base: Scenario, law: Law, example: int, seed: int, reach: Reach) -> Smallest:
    """Go back towards the scenario as long as the example breaks the law: all numbers together, then every one that may stand still.
    Leaves out what would take more than `MOST` looks: then some numbers that need not move do."""
    bench = Bench(base)

    def broken(many: list[Numbers], chance: float) -> np.ndarray:
        """By how much each of some sets of numbers breaks the law, with the allocation and chance of the example."""
        numbers = {place: np.stack([one[place] for one in many]) for place in many[0]}
        plan = allocations(base, numbers, [source_of(seed, example) for _ in many])
        cases = Cases(numbers, plan, np.full(len(many), chance))
        return law.body(bench, cases, bench.observe(cases)).tolerances

    still = lead_times(base) if law.kind is Kind.PLAN else frozenset()
    whole = draw(base, [example], seed, reach, still=still)
    chance, own = float(whole.chance[0]), numbers_of(base)
    narrowed = [draw(base, [example], seed, reach, float(width), still) for width in WIDTHS]
    rows = [{place: values[0] for place, values in one.numbers.items()} for one in narrowed]
    found = rows[int(np.argmax(broken(rows, chance) > 1.0))]
    cells = [(place, index) for place in own for index in np.ndindex(own[place].shape) if found[place][index] != own[place][index]]
    size, looks = max(len(cells) // 2, 1), MOST // law.kind.value
    while cells and looks > 0:
        groups = [cells[at : at + size] for at in range(0, len(cells), size)]
        fails, looks = broken([_reset(found, own, group) for group in groups], chance) > 1.0, looks - len(groups)
        if fails.any():
            group = groups[int(np.argmax(fails))]
            found = _reset(found, own, group)
            cells = [cell for cell in cells if cell not in group]
        elif size == 1:
            break
        size = max(min(size, len(cells)) // (1 if fails.any() else 2), 1)
    excess = float(broken([found], chance)[0])
    return Smallest(scenario_of(base, found), tuple(cells), excess)


def _reset(numbers: Numbers, own: Numbers, cells: list[Cell]) -> Numbers:
    """The numbers with some of them as they stand in the scenario."""
    places = {place for place, _ in cells}
    new = numbers | {place: np.array(numbers[place]) for place in places}
    for place, index in cells:
        new[place][index] = own[place][index]
    return related(new)
