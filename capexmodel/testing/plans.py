"""The best plans of examples: each example is planned anew, from the plan of the scenario it is near, and remembered.

No company is bought in them: which to buy is a choice of its own, tried by combinations. An example in which other choices are open, or
other limits can be moved, than in the scenario or in its first neighbor has no plan here: each such shape takes minutes to compile.
"""

import dataclasses
import functools
from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from capexmodel.model.scenario import Scenario
from capexmodel.planner.chart import Reduced, reduce, refit, survey
from capexmodel.planner.deals import held, sound
from capexmodel.planner.search import Cost, Curved, Found, Given, Prepared, research, search, settled, straight, summed
from capexmodel.planning.problem import Form, Problem
from capexmodel.testing.cases import Cases, Numbers, draw, lead_times, scenario_of
from capexmodel.units import scale


class Plans:
    """The best plan of any example near a scenario."""

    def __init__(self, base: Scenario) -> None:
        """Nothing is solved before it is asked for."""
        self.base = base
        self._near: dict[bytes, Found] = {}
        self._known: dict[bytes, Found | None] = {}
        self._elsewhere: set[bytes] = set()

    def of(self, cases: Cases) -> list[Found | None]:
        """The plan of each example; None where there is none."""
        return [self._at(numbers) for numbers in _rows(cases)]

    def elsewhere(self, cases: Cases) -> list[bool]:
        """Whether an example has no plan here because other choices are open in it."""
        self.of(cases)
        return [_key(numbers) in self._elsewhere for numbers in _rows(cases)]

    def forget(self) -> None:
        """Forget the plans of examples; one of each shape is kept to begin others from."""
        self._known.clear()

    def again(self, found: Found) -> Found:
        """A plan solved again from itself."""
        return research(found.problem, found)

    @functools.cached_property
    def _shapes(self) -> frozenset[bytes]:
        """What can be chosen in the scenario itself, and in one near it, whose numbers are not as round."""
        near = draw(self.base, [1], still=lead_times(self.base))
        scenarios = self.base, *(scenario_of(self.base, numbers) for numbers in _rows(near))
        return frozenset(_shape(_set_up(scenario)[1][2]) for scenario in scenarios)

    def _at(self, numbers: Numbers) -> Found | None:
        key = _key(numbers)
        if key not in self._known:
            self._known[key] = self._planned(key, scenario_of(self.base, numbers))
        return self._known[key]

    def _planned(self, key: bytes, scenario: Scenario) -> Found | None:
        """The plan of a scenario, from one at hand of the same shape where there is any; in its own natural units, as `optimize` would."""
        problem, prepared = _set_up(scenario)
        shape = _shape(prepared[2])
        if prepared[2].broken.size:
            return None
        if shape not in self._shapes:
            self._elsewhere.add(key)
            return None
        near = self._near.get(shape)
        if near is None:
            found = _sound(search(problem, prepared))
        else:
            form, size, own = prepared
            suited = dataclasses.replace(near.reduced, whole=own.whole, chart=own.chart)
            again = form, size, refit(scenario, size, form, suited)
            found = _sound(held(search(problem, again, warm=near.solution)) or search(problem, again))
        if found is not None:
            self._near.setdefault(shape, found)
        return found


def _rows(cases: Cases) -> Iterator[Numbers]:
    """The numbers of each example."""
    for row in range(len(cases)):
        yield {place: values[row] for place, values in cases.numbers.items()}


def _key(numbers: Numbers) -> bytes:
    return b"".join(np.ascontiguousarray(numbers[place], float).tobytes() for place in sorted(numbers))


def _set_up(scenario: Scenario) -> tuple[Problem, Prepared]:
    """The problem of a scenario on a chart that has room for other numbers."""
    problem = Problem(scenario)
    seen = survey(scenario, problem.form, jnp.zeros(len(scenario.deal.names)))
    return problem, (problem.form, seen.size, reduce(scenario, problem.form, seen, roomy=True))


def _sound(found: Found) -> Found | None:
    return found if sound(found) else None


def _shape(reduced: Reduced) -> bytes:
    """What can be chosen and what limits it: problems that have it in common share one compiled program."""
    parts = reduced.whole.free, reduced.chart.free, reduced.chart.affine_rows, reduced.chart.curved_rows
    return b"|".join(np.asarray(part, np.int64).tobytes() for part in parts)


def cost(found: Found) -> float:
    """What was minimized, in days or in the unit of another aim."""
    size = float(found.problem.minimize.size(found.size))
    return found.value * size / (float(scale("day")) if found.problem.minimize.unit == "s" else 1.0)


def free_of(found: Found, other: Found) -> np.ndarray | None:
    """The choices of another plan as a free vector of this one's problem; None where it uses what is not free there."""
    chart, flat = found.reduced.chart, np.asarray(ravel_pytree(other.choice)[0])
    free = np.asarray(chart.free)
    rest = np.ones(flat.size, bool)
    rest[free] = False
    if np.any(np.abs(flat - np.asarray(chart.base))[rest] > 0):
        return None
    return flat[free] / np.asarray(chart.unit)[free]


def values_at(found: Found, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What many free vectors of a plan's problem cost, in natural units, and the least slack of each."""
    given = Given(found.problem.scenario, found.size, found.reduced.chart, found.reduced.linear)
    worth, slack = _valued(jnp.asarray(points), given, found.form)
    return np.asarray(worth), np.minimum(np.asarray(slack), points.min(axis=1))


@eqx.filter_jit
def _valued(points: jax.Array, given: Given, form: Form) -> tuple[jax.Array, jax.Array]:
    def one(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        sums = summed(x, given)
        rows = jnp.concatenate([straight(x, given), Curved(form)(sums, given)])
        return Cost(form)(sums, given) + settled(given) * (x @ x), jnp.min(rows, initial=jnp.inf)

    return jax.vmap(one)(points)
