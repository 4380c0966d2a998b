"""Laws of slopes: the same forward as backward, the same as differences, and always numbers."""

import dataclasses
import zlib

import jax
import numpy as np

from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, Numbers, declared
from capexmodel.testing.law import Kind, Verdict, everywhere, law
from capexmodel.testing.readings import Readings, aims

STEPS = (1e-4, 1e-5, 1e-6, 1e-7)
"""Steps of the differences, as shares of each number; the best of them counts."""
KINK_STEP = 1e-6
"""The step that tells kinks: what only bends has straightened there, and dates have not yet lost their digits."""
KINKED = 1e-3
"""Relative difference of one-sided slopes beyond which a kink lies within that step."""


def _way(bench: Bench, cases: Cases) -> Numbers:
    """A direction for each example, as shares of its numbers: drawn by name and the example's own chance. What stands at an end of what is
    declared stands still: beyond it nothing is said, as of less than one stage of a pipeline."""
    found, promises = {}, declared(bench.base)
    for place, values in cases.numbers.items():
        key = zlib.crc32(".".join(place).encode())
        source = np.random.default_rng(key)
        turn = source.uniform(0.0, 1.0, values.shape[1:])[None] + cases.chance.reshape(-1, *(1,) * (values.ndim - 1))
        still = ~np.isfinite(values) | (values == promises[place].ge) | (values == promises[place].le)
        found[place] = (2.0 * np.modf(turn)[0] - 1.0) * np.where(still, 0.0, values)
    return found


def _weight(count: int, size: int) -> np.ndarray:
    return np.broadcast_to(np.cos(1.0 + np.arange(size)), (count, size))


def _sloped(bench: Bench, cases: Cases, before: Readings) -> tuple[Numbers, np.ndarray, np.ndarray, np.ndarray, Numbers]:
    """The way, the size of each aim, and slopes forward, backward and in every number, of aims over their sizes."""
    way, size = _way(bench, cases), np.maximum(np.abs(_aims(before)), 1.0)
    weight = _weight(*size.shape) / size
    forward, backward, slope = bench.slopes(cases, way, weight)
    return way, size, forward / size, backward, slope


def _aims(readings: Readings) -> np.ndarray:
    return np.asarray(jax.vmap(aims)(readings))


@law(
    "L53",
    "forward is backward",
    "slopes along a direction are the same by forward and reverse mode",
    1e-9,
    "sums of a thousand terms in two orders",
    Kind.SLOPE,
)
def both_ways(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Of a weighted sum of dates, work and accounts."""
    _, _, forward, backward, _ = _sloped(bench, cases, before)
    weight = _weight(*forward.shape)
    one = np.sum(weight * forward, axis=1)
    size = np.sum(np.abs(weight * forward), axis=1)
    return everywhere((np.abs(one - backward) / (1e-9 * np.maximum(size, 1e-12)))[:, None])


@law(
    "L57", "slopes are numbers", "no slope of a finite outcome is infinite or no number", 1.0, "none: a number is finite or not", Kind.SLOPE
)
def finite(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """In every declared number."""
    *_, slope = _sloped(bench, cases, before)
    every = [np.isfinite(values).reshape(len(cases), -1) for values in slope.values()]
    return everywhere(np.where(np.concatenate(every, axis=1), 0.0, np.inf))


@law("L54", "slopes are differences", "slopes along a way are those of differences, of the best step", 1e-5,
     "a difference of dates of 1e8 s loses eight digits; at a kink the slope lies between those of both sides", Kind.SLOPE)  # fmt: skip
def differences(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Of every aim."""
    way, size, forward, _, _ = _sloped(bench, cases, before)
    base, best = _aims(before), np.full(forward.shape, np.inf)
    for step in STEPS:
        ahead, behind = (_aims(bench.observe(_along(cases, way, sign * step))) for sign in (1.0, -1.0))
        right, left = (ahead - base) / (step * size), (base - behind) / (step * size)
        best = np.minimum(best, missed(forward, left, right, step, 1e-2) / 1e-5)
    return everywhere(best)


def missed(slope: np.ndarray, left: np.ndarray, right: np.ndarray, step: float, floor: float) -> np.ndarray:
    """Relative difference of a slope and of the differences on both sides, of one size; at a kink, of what lies between these."""
    beyond = np.maximum(np.maximum(np.minimum(left, right) - slope, slope - np.maximum(left, right)), 0.0)
    kinked = (step == KINK_STEP) & bent(slope, left, right, floor)
    return np.where(kinked, beyond, np.abs(0.5 * (left + right) - slope)) / np.maximum(np.abs(slope), floor)


def bent(slope: np.ndarray, left: np.ndarray, right: np.ndarray, floor: float) -> np.ndarray:
    """Whether slopes of both sides differ."""
    return np.abs(right - left) > KINKED * np.maximum(np.maximum(np.abs(slope), np.maximum(np.abs(left), np.abs(right))), floor)


def _along(cases: Cases, way: Numbers, step: float) -> Cases:
    return dataclasses.replace(cases, numbers={place: values + step * way[place] for place, values in cases.numbers.items()})


LAWS = (both_ways, finite, differences)
