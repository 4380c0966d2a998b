"""A small program of hours and a point inside of it, at random: 2 sources and the store's ways, 2 days of 5 hours."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.hourly_program import Hourly, HourlyPoint

WAYS, DAYS, HOURS, CAPACITIES, LIMITS = 6, 2, 5, 5, 2
SHAPE = (WAYS, DAYS, HOURS)
OWNER = np.array([0, 2, 1, 1, 4, 3])


def program_of_hours(choose: int = 3, limits: int = LIMITS, seed: int = 1) -> Hourly:
    """Numbers that all differ; the first `choose` capacities are chosen."""
    draw = np.random.default_rng(seed).uniform
    numbers = (
        draw(2.0, 9.0, SHAPE) * draw(0.5, 1.0, (WAYS, 1, 1)), draw(0.3, 0.9, SHAPE), OWNER, draw(1.0, 3.0, SHAPE[1:]), 0.85, 0.75,
        draw(2.0, 6.0, CAPACITIES), draw(3.0, 8.0, CAPACITIES), draw(-0.5, 1.0, (limits, *SHAPE)), draw(-0.7, 1.5, (limits, CAPACITIES)),
        draw(5.0, 20.0, limits),
    )  # fmt: skip
    return Hourly(*map(jnp.asarray, numbers), choose)


def point_of_hours(program: Hourly, seed: int = 2) -> HourlyPoint:
    """Everything above nothing, prices of demand and store of either sign."""
    random = np.random.default_rng(seed)
    inside, limits = random.uniform(0.4, 2.5, (4, *SHAPE)), program.limit.size
    prices, chosen = random.normal(size=(2, *SHAPE[1:])), random.uniform(1.5, 5.0, (2, CAPACITIES))
    capacity = np.where(np.arange(CAPACITIES) < program.choose, chosen[0], np.asarray(program.capacity))
    rest = random.uniform(0.6, 3.0, (2, limits))
    parts = (inside[0], inside[1], prices[0], prices[1], inside[2], inside[3], capacity, chosen[1], rest[0], rest[1])
    return HourlyPoint(*map(jnp.asarray, parts))


def plain(thing: Any) -> dict[str, np.ndarray]:
    """The numbers of a program or point by name."""
    return {field.name: np.asarray(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
