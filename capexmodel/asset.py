"""The socket everything plugs into: an asset says what a holding of it gives and takes; balances are sums."""

import abc
from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from capexmodel.types import BySiteEdge


class Flows(eqx.Module):
    """Quantities at a site over time: positive is produced (a capacity), negative is used (a load)."""

    quantities: dict[str, BySiteEdge]


class AbstractAsset(eqx.Module):
    """Anything that money buys or a site already has."""

    names: eqx.AbstractVar[tuple[str, ...]]

    @abc.abstractmethod
    def flows(self, stock: Any) -> Flows:
        """Say what a holding gives and takes, by site and period edge."""


def capacity(parts: Iterable[Flows], quantity: str) -> BySiteEdge:
    """Add up what is produced of a quantity."""
    return sum((jnp.maximum(f.quantities[quantity], 0.0) for f in parts if quantity in f.quantities), jnp.asarray(0.0))


def balance(parts: Iterable[Flows], quantity: str) -> BySiteEdge:
    """Add up a quantity over assets: what is left when every load is served (negative: a shortfall)."""
    return sum((f.quantities[quantity] for f in parts if quantity in f.quantities), jnp.asarray(0.0))
