"""The socket everything plugs into: an asset says what a holding of it gives and takes; balances are sums."""

import abc
from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from capexmodel.types import BySiteEdge


class Flows(eqx.Module):
    """Quantities at a site over time: what is given of each (a capacity), and what is taken (a load). Neither is ever negative, and which
    one it is never depends on how much: a sum of either is affine."""

    gives: dict[str, BySiteEdge] = eqx.field(default_factory=dict)
    takes: dict[str, BySiteEdge] = eqx.field(default_factory=dict)


class AbstractAsset(eqx.Module):
    """Anything that money buys or a site already has."""

    names: eqx.AbstractVar[tuple[str, ...]]

    @abc.abstractmethod
    def flows(self, stock: Any) -> Flows:
        """Say what a holding gives and takes, by site and period edge."""


def capacity(parts: Iterable[Flows], quantity: str) -> BySiteEdge:
    """Add up what is given of a quantity."""
    return sum((part.gives[quantity] for part in parts if quantity in part.gives), jnp.asarray(0.0))


def load(parts: Iterable[Flows], quantity: str) -> BySiteEdge:
    """Add up what is taken of a quantity."""
    return sum((part.takes[quantity] for part in parts if quantity in part.takes), jnp.asarray(0.0))


def balance(parts: Iterable[Flows], quantity: str) -> BySiteEdge:
    """What is left of a quantity when every load is served (negative: a shortfall)."""
    return sum((-part.takes[quantity] for part in parts if quantity in part.takes), capacity(parts, quantity))
