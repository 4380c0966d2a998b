"""How well a probability is known that was counted in scenarios drawn at random.

Source: Wilson, Journal of the American Statistical Association 22 (1927) (the interval that keeps inside of nothing and one).
"""

import math

SCORE = 1.959963984540054
"""Standard deviations from the mean to the ends of the middle 95 % of a normal distribution."""


def interval(happened: float, count: int) -> tuple[float, float]:
    """Ends of the 95 % confidence interval of a probability, of what happened in so many of `count` independent scenarios; nothing to one
    where there are none. What the figures drawn leave out is not in it."""
    if not count:
        return 0.0, 1.0
    share, room = happened / count, SCORE * SCORE / count
    center = (share + room / 2.0) / (1.0 + room)
    half = SCORE * math.sqrt(share * (1.0 - share) / count + room / (4.0 * count)) / (1.0 + room)
    return max(center - half, 0.0), min(center + half, 1.0)
