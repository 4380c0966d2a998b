"""How well a predictive distribution fared: where the outcome lies in it, and proper scores. Distributions are given by draws.

Source: Gneiting and Raftery, Strictly proper scoring rules, prediction, and estimation (2007), sections 4.1 and 4.2; Dawid, Present
position and potential developments (1984) (the probability integral transform).
"""

import numpy as np
from jaxtyping import Float

from capexmodel.studies.draws import TAIL_SCORE

LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95
"""Shares of a distribution below the ends and the middle that are shown."""
NARROW = 0.9
"""Silverman's factor, of the bandwidth with which a density is read off draws."""
ROBUST = 1.34
"""Interquartile range of a normal distribution over its standard deviation."""

Draws = Float[np.ndarray, "draw"]


def quantiles(draws: Draws) -> tuple[float, float, float]:
    """Low, middle and high."""
    low, middle, high = np.quantile(draws, (LOW, MIDDLE, HIGH))
    return float(low), float(middle), float(high)


def place(draws: Draws, seen: float) -> float:
    """Share of the distribution below the outcome: even between 0 and 1 where predictions are honest."""
    return float(((draws < seen).sum() + 0.5 * (draws == seen).sum()) / draws.size)


def crps(draws: Draws, seen: float) -> float:
    """Continuous ranked probability score, in the unit of what was predicted: the mean error, less what the spread makes up for.

    Source: E|X - y| - E|X - X'| / 2; the second mean from sorted draws.
    """
    ordered = np.sort(draws)
    count = ordered.size
    spread = (2.0 * np.arange(1, count + 1) - count - 1.0) @ ordered / (count * count)
    return float(np.abs(ordered - seen).mean() - spread)


def log_score(draws: Draws, seen: float) -> float:
    """Logarithm of the predictive density at the outcome, in the unit of what was predicted; a wrong and sure prediction scores low.

    The density is read off the draws with Silverman's bandwidth.
    """
    quarter, last = np.quantile(draws, (0.25, 0.75))
    size = min(float(draws.std()), float(last - quarter) / ROBUST) or float(draws.std())
    band = NARROW * size * draws.size**-0.2
    exponent = -0.5 * ((draws - seen) / band) ** 2
    top = float(exponent.max())
    return top + float(np.log(np.exp(exponent - top).mean())) - float(np.log(band * np.sqrt(2.0 * np.pi)))


def standard(draws: Draws, seen: float) -> float:
    """How many of its own half-widths (from the middle to the end on that side, over that of a normal) the outcome lies off the middle."""
    low, middle, high = quantiles(draws)
    half = (high - middle if seen > middle else middle - low) / TAIL_SCORE
    return (seen - middle) / half if half > 0 else 0.0
