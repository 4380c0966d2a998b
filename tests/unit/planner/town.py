"""A town of three sites, three chips of two makers, two kinds of hall, source, network, rental, company and model, over two years."""

import functools
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp

from capexmodel.config import load
from capexmodel.model.scenario import Scenario


@functools.cache
def town() -> Scenario:
    """The scenario, read once."""
    return load(Path(__file__).parent / "town.toml")


def changed(scenario: Scenario, **numbers) -> Scenario:
    """The same with numbers changed, each named table__field."""
    for name, value in numbers.items():
        table, field = name.split("__")
        scenario = eqx.tree_at(lambda s, t=table, f=field: getattr(getattr(s, t), f), scenario, jnp.asarray(value, float))
    return scenario
