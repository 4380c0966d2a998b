"""What halls wait for, by way of building, and what was built: `configs/energy/lead_times.toml`."""

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import jax.numpy as jnp

from capexmodel.components.lead_time import Channels
from capexmodel.config.builds import given
from capexmodel.config.faults import key, nearest, plain
from capexmodel.config.figures import Given
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml
from capexmodel.errors import ConfigError

SHOWN = "energy/lead_times.toml"
_NINETY = 1.6448536269514722
"""Standard deviations from the middle of a normal to either end of nine tenths of it."""


@dataclasses.dataclass(frozen=True)
class BuiltSite:
    """A site that was built: by which way, what share of it ran after how long."""

    way: str
    share: float
    after_s: float


@functools.cache
def tables() -> dict[str, Any]:
    """The shipped file as it stands."""
    return read_toml(configs_dir() / "energy" / "lead_times.toml", SHOWN)


def ways() -> dict[str, str]:
    """What each way of building is called."""
    return {name: str(body["title"]) for name, body in tables()["way"].items()}


def channels(way: str, ordered_s: Mapping[str, float] | None = None) -> Channels:
    """What a way of building waits for; `ordered_s` says which channels are ordered after the start, and by how much.

    Raises: ConfigError for a way or a channel that is not known, or a channel without a range.
    """
    told, ordered = leads(way), dict(ordered_s or {})
    names = tuple(told)
    for name in ordered:
        if name not in names:
            raise ConfigError(_unknown("channel", name, names))
    spreads = [_spread(name, figure) for name, figure in told.items()]
    orders = [ordered.get(name, 0.0) for name in names]
    return Channels(names, jnp.asarray([figure.value for figure in told.values()]), jnp.asarray(spreads), jnp.asarray(orders))


def leads(way: str) -> dict[str, Given]:
    """Lead times of what a way of building waits for, by channel.

    Raises: ConfigError for a way that is not known.
    """
    known = tables()["way"]
    if way not in known:
        raise ConfigError(_unknown("way", way, known))
    return {name: _lead(tables()["channel"][name]) for name in known[way]["channels"]}


def _lead(body: Mapping[str, Any]) -> Given:
    """The lead time of a channel, whatever its unit."""
    return given(body, next(iter(body)), SHOWN)


def _spread(name: str, figure: Given) -> float:
    """The standard deviation of the logarithm of a lead time, from the ends between which it lies nine times in ten."""
    if figure.low is None or figure.high is None or not 0.0 < figure.low < figure.high:
        raise ConfigError(f"{SHOWN}: {key('channel', name)}: has no range, expected low above 0 and high above low")
    return math.log(figure.high / figure.low) / (2.0 * _NINETY)


def _unknown(kind: str, word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    hint = f"; did you mean '{near}'?" if near else ""
    return f"{SHOWN}: no {kind} has this name, got {plain(word)}, expected {', '.join(known)}{hint}"


def built() -> dict[str, BuiltSite]:
    """What was built, by name."""
    found = {}
    for name, body in tables()["built"].items():
        chips, whole, after = (given(body, key, SHOWN).value for key in ("chips_thousand", "of_thousand", "lead_months"))
        found[name] = BuiltSite(str(body["way"]), chips / whole, after)
    return found
