"""A difference between two ends as a sum over everything that differs: the integral of slopes along the straight line between them.

Each number gets its change times its mean slope on the way; what does not change gets nothing, and from the other end all signs turn. The
line is cut in halves where its pieces do not close, so that a kink costs a few pieces more and a jump is found: what a piece still lacks
when it is as short as can be is no slope's, and is told as it is.

Source: Aumann and Shapley, Values of Non-Atomic Games (1974); Friedman and Moulin, Journal of Economic Theory 87 (1999) (for costs of many
goods); Golub and Welsch, Mathematics of Computation 23 (1969) (Gauss's rule).
"""

import dataclasses
import heapq
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

NODES = 6
"""Of Gauss's rule on a piece: exact along a polynomial of degree 11."""
TOLERANCE = 1e-9
"""Share of what moved, in either direction, that may be left over."""
ROUNDING = 1e-13
"""Share of the ends themselves that is rounding."""
MOST_PIECES = 200
SHORTEST = 2.0**-40
"""Length of a piece at which what it lacks is a jump."""
Look = Callable[[float], tuple[float, Float[np.ndarray, "number"]]]
"""The value at a share of the way, and its slope in each number times that number's whole change."""


@dataclasses.dataclass(frozen=True)
class Integral:
    """Both ends, what each number adds on the way, and what is left over: jumps, and what the pieces do not close."""

    start: float
    end: float
    parts: Float[np.ndarray, "number"]
    looks: int

    @property
    def rest(self) -> float:
        """What no number's slope explains."""
        return self.end - self.start - float(np.sum(self.parts))

    @property
    def closes(self) -> bool:
        """Whether what is left over is within the tolerance."""
        return abs(self.rest) <= allowed((self.start, self.end), self.parts)


def allowed(ends: tuple[float, float], parts: Float[np.ndarray, "number"]) -> float:
    """What may be left over: a share of what moved in either direction, and rounding."""
    moved = max(float(np.sum(np.abs(parts))), abs(ends[1] - ends[0]))
    return TOLERANCE * moved + ROUNDING * max(map(abs, ends))


@dataclasses.dataclass(frozen=True)
class _Piece:
    low: float
    high: float
    ends: tuple[float, float]
    parts: np.ndarray

    @property
    def off(self) -> float:
        """What it lacks."""
        return abs(self.ends[1] - self.ends[0] - float(np.sum(self.parts)))


def integral(look: Look) -> Integral:
    """Integrate slopes over the way from one end to the other."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    looks = 2

    def piece(low: float, high: float, ends: tuple[float, float]) -> _Piece:
        nonlocal looks
        looks += NODES
        half, middle = 0.5 * (high - low), 0.5 * (high + low)
        parts = [half * weight * look(middle + half * node)[1] for node, weight in zip(nodes, weights, strict=True)]
        return _Piece(low, high, ends, np.sum(parts, axis=0))

    start, end = look(0.0)[0], look(1.0)[0]
    whole = piece(0.0, 1.0, (start, end))
    waiting, done = [(-whole.off, 0.0, whole)], []
    while waiting and len(waiting) + len(done) < MOST_PIECES:
        held = [*(one for _, _, one in waiting), *done]
        short = sum(one.off for _, _, one in waiting)  # what the shortest pieces lack is a jump, which no cut closes
        if short <= allowed((start, end), np.sum([one.parts for one in held], axis=0)):
            break
        _, _, worst = heapq.heappop(waiting)
        if worst.high - worst.low <= SHORTEST:
            done.append(worst)
            continue
        middle = 0.5 * (worst.low + worst.high)
        looks += 1
        value = look(middle)[0]
        for half in (piece(worst.low, middle, (worst.ends[0], value)), piece(middle, worst.high, (value, worst.ends[1]))):
            heapq.heappush(waiting, (-half.off, half.low, half))
    parts = np.sum([one.parts for one in [*(one for _, _, one in waiting), *done]], axis=0)
    return Integral(start, end, parts, looks)
