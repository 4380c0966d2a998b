"""Where laws are tried: one compiled program of outcomes and one of slopes for a scenario, in blocks of a fixed size.

All numbers of a scenario are inputs of the programs, so that no example compiles anything.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array

from capexmodel.model.fleet import NEEDS
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome, simulate
from capexmodel.solvers.kept import blank, kept
from capexmodel.testing.cases import Cases, Numbers, Plan, allocation_of, scenario_of
from capexmodel.testing.plans import Plans
from capexmodel.testing.readings import Readings, aims, read

BLOCK = 32
"""Examples side by side: their numbers stay in a processor's cache."""


Follow = Callable[..., Outcome]
"""The model: what follows from a scenario, an allocation, and what chips need."""


class Bench:
    """A scenario, its compiled programs, and the plans of its examples."""

    def __init__(self, base: Scenario, model: Follow | None = None) -> None:
        """Nothing is compiled before it is asked for. `model` is held against the laws instead of the one of the package."""
        self.base = base
        self.plans = Plans(base)
        self._model = simulate if model is None else model

    def observe(self, cases: Cases, needs: bool = True) -> Readings:
        """The outcome of each example; without `needs` as if no chip ever lacked a hall, power or a network."""
        return self._blocks(lambda *rows: _outcomes(self.base, self._model, NEEDS if needs else (), *rows), cases)

    def slopes(self, cases: Cases, way: Numbers, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, Numbers]:
        """Of each example: the slope of every aim along a way, forward; the same of their weighted sum, backward; and all its slopes."""
        forward, slope = self._blocks(lambda *rows: _slopes(self.base, self._model, *rows), cases, way, weight)
        with np.errstate(invalid="ignore"):  # a slope without end along a way that stands still is no number: that is what is looked for
            along = [np.sum((slope[place] * way[place]).reshape(len(cases), -1), axis=1) for place in slope]
        return forward, np.sum(along, axis=0), slope

    def _blocks(self, program: Callable[..., Any], cases: Cases, *more: Any) -> Any:
        """Run a program block by block; the last block is filled up with its last example."""
        count = len(cases)
        rows = np.minimum(np.arange(-(-count // BLOCK) * BLOCK), count - 1).reshape(-1, BLOCK)
        inputs = jax.tree.map(lambda array: np.asarray(array, float), (cases.numbers, cases.plan, *more))
        parts = [program(*_taken(inputs, block)) for block in rows]
        return jax.tree.map(lambda *arrays: np.concatenate([np.asarray(array) for array in arrays])[:count], *parts)


def _taken(tree: Any, rows: np.ndarray) -> Any:
    return jax.tree.map(lambda array: array[rows], tree)


def _told(base: Scenario, model: Follow, needs: tuple[str, ...], numbers: Numbers, plan: Plan) -> Readings:
    scenario, allocation = scenario_of(base, numbers), allocation_of(plan)
    return read(scenario, allocation, model(scenario, allocation, needs))


@kept(like=lambda *args: blank(Readings))
def _outcomes(base: Scenario, model: Follow, needs: tuple[str, ...], numbers: Numbers, plan: Plan) -> Readings:
    """The outcomes of some examples."""
    return jax.vmap(functools.partial(_told, base, model, needs))(numbers, plan)


@kept(like=lambda base, model, numbers, *rest: (0.0, numbers))
def _slopes(base: Scenario, model: Follow, numbers: Numbers, plan: Plan, way: Numbers, weight: Array) -> tuple[Array, Numbers]:
    """The slopes of some examples."""

    def one(numbers: Numbers, plan: Plan, way: Numbers, weight: Array) -> tuple[Array, Numbers]:
        def aimed(at: Numbers) -> Array:
            return aims(_told(base, model, NEEDS, at, plan))

        forward = jax.jvp(aimed, (numbers,), (way,))[1]
        return forward, jax.grad(lambda at: weight @ aimed(at))(numbers)

    return jax.vmap(one)(numbers, plan, way, weight)
