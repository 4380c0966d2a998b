"""The cheapest power of a site as it is built: what is there period by period, from what stands to the portfolio that was found."""

import dataclasses
import math
from collections.abc import Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from capexmodel.config.energy import Market
from capexmodel.config.figures import Given
from capexmodel.energy.build_out import BuildOut, build_out
from capexmodel.studies.power import LITTLE, Found

SPREAD = "delivery.spread_share"
MOST_PERIODS = 60
"""Periods that are looked at, at most, where no number is asked for: each takes a solve."""


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What stood before, the edges of periods, how far lead times reach either way, and what is there in each period."""

    period: str
    standing_w: dict[str, float]
    edges_s: np.ndarray
    spread: Given
    built: BuildOut

    @property
    def period_s(self) -> np.ndarray:
        """How long each period lasts."""
        return np.diff(self.edges_s)


_build_out = eqx.filter_jit(build_out)


def schedule(
    market: Market, found: Found, standing_w: Mapping[str, float], period: str, period_s: float, count: int | None = None
) -> Schedule:
    """Order all that a portfolio has beyond what stands at the start, and run what is there in each period.

    Without a count, until the last of it is there. Leaves out: a portfolio that changes on the way, and what stands beyond the target.
    """
    spread = market.common[SPREAD]
    periods = count or min(max(math.ceil(_last_s(found, standing_w) * (1.0 + spread.value) / period_s), 1), MOST_PERIODS)
    stands = jnp.asarray([standing_w.get(name, 0.0) for name in found.plants.names])
    edges_s, target = period_s * jnp.arange(periods + 1.0), found.operation.capacity
    built = _build_out(found.plants, found.cells, found.sources, found.battery, found.draw, target, stands, edges_s, spread.value)
    return Schedule(period, dict(standing_w), np.asarray(edges_s), spread, built)


def _last_s(found: Found, standing_w: Mapping[str, float]) -> float:
    """Lead time of the last part that is ordered."""
    capacity, little = found.operation.capacity, LITTLE * found.wish.load_w
    ordered = [
        float(build_s)
        for name, watts, build_s in zip(found.plants.names, capacity.source_w, found.plants.build_s, strict=True)
        if float(watts) - standing_w.get(name, 0.0) > little
    ]
    return max([*ordered, float(found.cells.build_s) if float(capacity.battery_w) > little else 0.0])
