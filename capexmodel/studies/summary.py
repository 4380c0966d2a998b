"""What is kept of many scenarios: counts, means, spreads, extremes, histograms, and means by each value of a number. Parts add up.

Quantiles come from histograms whose bins are laid once, from a first look over the whole grid: they are good to a bin, a four-thousandth
of what was seen there. Sums are taken part by part in a fixed order, so that they do not depend on who worked out which part.

Source: Chan, Golub and LeVeque, The American Statistician 37 (1983) (sums of squares about a fixed center, added up by part).
"""

import dataclasses
import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

BINS = 4096
"""Bins of a histogram, besides one for all that is below and one for all above."""
MARGIN = 0.25
"""Share of the span of the first look by which bins reach beyond it on either side."""
MOST_VALUES = 512
"""Values of all numbers together up to which means by value are kept."""
PIECE = 4096
"""Rows whose means by value are added up together."""


@dataclasses.dataclass(frozen=True)
class Bins:
    """Where the bins of each output begin, and how wide they are; the lower edge is the center of sums too."""

    low: np.ndarray
    width: np.ndarray

    @classmethod
    def around(cls, seen: np.ndarray) -> "Bins":
        """Bins that hold what was seen, and more on either side. An output that does not vary gets bins about its value."""
        kept = np.where(np.isfinite(seen), seen, np.nan)
        some = np.asarray(np.isfinite(kept).any(axis=0))
        filled = np.where(some[np.newaxis, :], kept, 0.0)
        low, high = np.nanmin(filled, axis=0), np.nanmax(filled, axis=0)
        span = np.where(high > low, high - low, np.maximum(np.abs(low), 1.0) * 1e-6)
        start = low - MARGIN * span
        return cls(start, (high + MARGIN * span - start) / BINS)


@dataclasses.dataclass(frozen=True)
class Summary:
    """What is known of some scenarios, by output: how many have it, sums about the bins' lower edge, extremes and the index of the scenario
    that has each, how many fall in each bin, and sums by value of each number varied (none where there are too many)."""

    count: np.ndarray
    total: np.ndarray
    square: np.ndarray
    low: np.ndarray
    high: np.ndarray
    low_at: np.ndarray
    high_at: np.ndarray
    bins: np.ndarray
    value_count: np.ndarray
    value_total: np.ndarray

    def __add__(self, later: "Summary") -> "Summary":
        """Of both together. Of scenarios that tie, the earlier one is told."""
        lower, higher = later.low < self.low, later.high > self.high
        return Summary(
            self.count + later.count, self.total + later.total, self.square + later.square,
            np.where(lower, later.low, self.low), np.where(higher, later.high, self.high),
            np.where(lower, later.low_at, self.low_at), np.where(higher, later.high_at, self.high_at),
            self.bins + later.bins, self.value_count + later.value_count, self.value_total + later.value_total,
        )  # fmt: skip

    def mean(self, at: Bins) -> np.ndarray:
        """Mean of each output; none where no scenario has it."""
        return at.low + _over(self.total, self.count)

    def deviation(self, at: Bins) -> np.ndarray:
        """Standard deviation over the scenarios."""
        mean = _over(self.total, self.count)
        return np.sqrt(np.maximum(_over(self.square, self.count) - mean * mean, 0.0))

    def mean_by_value(self, at: Bins) -> np.ndarray:
        """Mean of each output over the scenarios in which a number has a value; rows are values."""
        return at.low[None] + _over(self.value_total, self.value_count)

    def quantile(self, at: Bins, share: float) -> np.ndarray:
        """The value below which a share of scenarios lie, good to a bin; within the extremes."""
        cumulated = np.cumsum(self.bins, axis=1)
        wanted = share * np.maximum(self.count - 1, 0)
        place = (cumulated > wanted[:, None]).argmax(axis=1)
        rows = np.arange(place.size)
        before = np.where(place > 0, cumulated[rows, place - 1], 0)
        inside = (wanted - before + 0.5) / np.maximum(self.bins[rows, place], 1)
        value = at.low + (place - 1 + inside) * at.width
        return np.where(self.count > 0, np.clip(value, self.low, self.high), np.nan)


def _over(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def summarize(values: Array, index: Array, places: Array, live: Array, at: Bins, value_count: int) -> Summary:
    """Sum up one part on the device that holds it: `places` says which value each number has in a row, `live` which rows count. An output
    that is no number in a row is left out there."""
    summed = _summed(values, index, places, live, jnp.asarray(at.low), jnp.asarray(at.width), value_count)
    return Summary(*(np.asarray(part) for part in summed))


@functools.partial(jax.jit, static_argnames="value_count")
def _summed(
    values: Float[Array, "row output"],
    index: Int[Array, "row"],
    places: Int[Array, "row leaf"],
    live: Bool[Array, "row"],
    low: Float[Array, "output"],
    width: Float[Array, "output"],
    value_count: int,
) -> tuple[Array, ...]:
    known = jnp.isfinite(values) & live[:, None]
    off = jnp.where(known, values - low[None], 0.0)
    least, most = jnp.where(known, values, jnp.inf), jnp.where(known, values, -jnp.inf)
    bin_at = jnp.clip(jnp.floor(off / width[None]).astype(int) + 1, 0, BINS + 1)
    spread = jnp.zeros((values.shape[1], BINS + 2), int).at[jnp.arange(values.shape[1])[None], bin_at].add(known.astype(int))
    by_value = _by_value(off, known, places, value_count)
    ends = (jnp.min(least, 0), jnp.max(most, 0), index[jnp.argmin(least, 0)], index[jnp.argmax(most, 0)])
    return jnp.sum(known, 0), jnp.sum(off, 0), jnp.sum(off * off, 0), *ends, spread, *by_value


def _by_value(off: Array, known: Array, places: Array, value_count: int) -> tuple[Array, Array]:
    """Counts and sums by value, as products of matrices piece by piece: a fixed order of adding up on every kind of device."""
    rows = off.shape[0]
    piece = min(PIECE, rows)

    def add(parts: tuple[Array, ...]) -> tuple[Array, Array]:
        off, known, places = parts
        held = jnp.sum(places[:, :, None] == jnp.arange(value_count)[None, None], axis=1).astype(float)
        return held.T @ known.astype(float), held.T @ off

    whole = rows // piece
    cut = [part[: whole * piece].reshape(whole, piece, part.shape[1]) for part in (off, known, places)]
    counts, sums = jax.lax.map(add, tuple(cut))
    return jnp.sum(counts, 0), jnp.sum(sums, 0)


def merged(parts: Sequence[Summary]) -> Summary:
    """Of all parts, added up in their order."""
    return functools.reduce(lambda one, other: one + other, parts)
