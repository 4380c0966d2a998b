"""When so many watts of a site are online, which channel binds, and what a week of each channel is worth."""

import dataclasses
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp

from capexmodel.components.lead_time import BuildOut, one_stage
from capexmodel.config.lead_times import channels
from capexmodel.units import scale


@dataclasses.dataclass(frozen=True)
class Online:
    """When so many watts are online after the start, the channel that binds, and days gained by a week less of each channel; `bounds_s`
    are the hard latest of the channels, and the day on which every channel alone is far enough."""

    after_s: float
    binding: str
    week_days: dict[str, float]
    bounds_s: tuple[float, float]


def online(way: str, wanted_w: float, total_w: float, ordered_s: Mapping[str, float] | None = None) -> Online:
    """Answer for a site of so many watts that is begun at once, by a shipped way of building.

    Raises: ConfigError for a way or a channel that is not known.
    """
    there = channels(way, ordered_s)
    site = one_stage(there, jnp.asarray(total_w))
    after, worth, ends = _answer(site, jnp.asarray(wanted_w))
    week_days = float(scale("week") / scale("day"))
    gained = {name: week_days * float(each) for name, each in zip(there.names, worth, strict=True)}
    return Online(float(after), max(gained, key=gained.__getitem__), gained, (float(ends[0]), float(ends[1])))


@eqx.filter_jit
def _answer(site: BuildOut, wanted_w: jax.Array) -> tuple[jax.Array, jax.Array, tuple[jax.Array, jax.Array]]:
    return site.date_s(wanted_w), site.worth(wanted_w), site.channels.bounds_s(wanted_w / jnp.sum(site.stage_w))
