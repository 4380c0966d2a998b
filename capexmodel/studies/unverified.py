"""Which number that nobody verified matters: each figure by what its range does to an output, and how much of the whole each kind of
evidence holds.

What a figure weighs is the square of half the width of its bar: the part of the variance that it has by itself where figures are
independent and ranges are alike in meaning, to first order. Leaves out what figures do together, figures without a range, whose weight
is unknown and not nothing, and those that leave an output unreached at an end: both are counted.

Source: JCGM 100:2008, Guide to the expression of uncertainty in measurement, section 5.1 (squares of uncertainties add up).
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from capexmodel.model.evidence import OPEN, STATUSES
from capexmodel.model.scenario import Scenario
from capexmodel.studies.tornado import Bar


@dataclasses.dataclass(frozen=True)
class Weighed:
    """A figure, half the width of its bar in the output's base unit, and its share of the whole: none where the width has no end."""

    bar: Bar
    half_width: float
    share: float


@dataclasses.dataclass(frozen=True)
class Trust:
    """All figures with a range, heaviest first; the share of the whole that each kind of evidence holds, how many figures of each kind have
    a range, how many of these leave the output unreached at an end, and how many have no range. Shares are of what has an end."""

    rows: tuple[Weighed, ...]
    shares: Mapping[str, float]
    ranged: Mapping[str, int]
    endless: Mapping[str, int]
    bare: Mapping[str, int]

    @property
    def open_share(self) -> float:
        """What numbers hold that nobody verified."""
        return sum(self.shares[status] for status in OPEN)


def trust(scenario: Scenario, bars: Sequence[Bar]) -> Trust:
    """Weigh the bars of one output."""
    widths = np.array([0.5 * bar.width for bar in bars])
    squares = np.where(np.isfinite(widths), np.square(widths), 0.0)
    shares = np.where(np.isfinite(widths), squares / max(float(squares.sum()), np.finfo(float).tiny), np.nan)
    rows = [Weighed(bar, float(width), float(share)) for bar, width, share in zip(bars, widths, shares, strict=True)]
    rows.sort(key=lambda row: (-row.half_width, row.bar.figure.path))
    moved = {leaf.path for bar in bars for leaf in bar.figure.stages}
    figures = scenario.evidence.figures.values()
    return Trust(
        tuple(rows),
        {status: float(np.nansum([row.share for row in rows if row.bar.figure.status == status])) for status in STATUSES},
        {status: sum(bar.figure.status == status for bar in bars) for status in STATUSES},
        {status: sum(bar.figure.status == status and not np.isfinite(bar.width) for bar in bars) for status in STATUSES},
        {status: sum(one.status == status and one.path not in moved for one in figures) for status in STATUSES},
    )
