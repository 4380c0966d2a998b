"""Which scenarios a sweep looks at: every combination of the values of several numbers, each scenario known by its index alone."""

import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from capexmodel.errors import ModelError
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.param import params
from capexmodel.units import parse

MOST_ROWS = 10**15
"""Scenarios of a grid that are told apart at most: beyond it an index would not be exact everywhere."""


class Grid(eqx.Module):
    """Several numbers of a scenario and the values of each, in base units. The last number turns fastest."""

    leaves: tuple[Leaf, ...] = eqx.field(static=True)
    counts: tuple[int, ...] = eqx.field(static=True)
    values: Float[Array, "value"]

    @property
    def size(self) -> int:
        """How many scenarios there are."""
        return math.prod(self.counts)

    @property
    def starts(self) -> tuple[int, ...]:
        """Where the values of each number begin among all values."""
        return tuple(int(at) for at in np.cumsum((0, *self.counts[:-1])))

    @property
    def strides(self) -> tuple[int, ...]:
        """By how much the index grows from one value of a number to the next."""
        return tuple(math.prod(self.counts[k + 1 :]) for k in range(len(self.counts)))

    def axis(self, k: int) -> np.ndarray:
        """The values of one number."""
        start = self.starts[k]
        return np.asarray(self.values)[start : start + self.counts[k]]

    def places(self, index: Int[Array, "row"]) -> Int[Array, "row leaf"]:
        """Which of all values each number has in each scenario."""
        turns = [(index // stride) % count + start for stride, count, start in zip(self.strides, self.counts, self.starts, strict=True)]
        return jnp.stack(turns, axis=1)

    def rows(self, index: Int[Array, "row"]) -> Float[Array, "row leaf"]:
        """The numbers of each scenario."""
        return self.values[self.places(index)]

    def recipe(self) -> dict[str, list[float]]:
        """What it takes to make any row again."""
        return {leaf.path: self.axis(k).tolist() for k, leaf in enumerate(self.leaves)}


def grid(scenario: Scenario, axes: dict[Leaf, np.ndarray]) -> Grid:
    """Cross the values of several numbers of a scenario.

    Raises: ModelError where there is nothing to vary, where a value breaks what is declared of its number, or where there are too many
    combinations to tell apart.
    """
    if not axes:
        raise ModelError("a sweep needs at least one number to vary")
    for leaf, values in axes.items():
        _check(scenario, leaf, np.asarray(values, float))
    counts = tuple(len(values) for values in axes.values())
    if math.prod(counts) > MOST_ROWS:
        raise ModelError(f"{math.prod(counts):.3g} combinations are too many: at most {MOST_ROWS:.0e} are told apart")
    return Grid(tuple(axes), counts, jnp.asarray(np.concatenate([np.asarray(values, float) for values in axes.values()])))


def _check(scenario: Scenario, leaf: Leaf, values: np.ndarray) -> None:
    declared = params(getattr(scenario, leaf.table))[leaf.field]
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ModelError(f"{leaf.path}: the values to vary over are a row of finite numbers")
    for value in (float(values.min()), float(values.max())):
        complaint = declared.complaint(value)
        if complaint is not None:
            raise ModelError(f"{leaf.path}: {value:g} {parse(leaf.field)[1]}".rstrip() + f" is out of bounds, expected {complaint}")
