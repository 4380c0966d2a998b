"""What is known of a plan when its figures are not: which of them its outcome hangs on, and how bad the worst tenth is.

A figure's weight is the squared correlation of its normal score with that of the outcome's rank, over a first look at all scenarios: the
share of the spread that it explains by itself where the outcome rises or falls with it. That of an event, by whether it happened, stands
under its chance. Leaves out what figures explain only together.

Source: Saltelli et al., Global Sensitivity Analysis: The Primer (2008), section 1.2.7 (rank regression); Rockafellar and Uryasev,
Journal of Risk 2 (2000) (the mean beyond a quantile).
"""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri

from capexmodel.errors import ModelError
from capexmodel.studies.draws import Draws
from capexmodel.studies.summary import BINS
from capexmodel.studies.swept import Sweep

LOOKED = 1 << 14
"""Scenarios over which weights are worked out, at most: they are good to less than a hundredth."""


@dataclasses.dataclass(frozen=True)
class Weight:
    """What one figure, or all stages of one series, means for an outcome: the share of its spread, and which way it moves it."""

    path: str
    status: str
    share: float
    rises: bool


def weights(found: Sweep, output: str) -> list[Weight]:
    """Weights of all figures for one output, largest first; stages of a series count once.

    Raises: ModelError where scenarios were not drawn, or where hardly any has the output.
    """
    drawn = found.engine.grid
    if not isinstance(drawn, Draws):
        raise ModelError("weights are of scenarios that were drawn")
    place = [each.name for each in found.outputs].index(output)
    count = min(LOOKED, found.size)
    parts = range(-(-count // found.engine.part_rows))
    values = np.concatenate([np.asarray(found.engine.values(number * found.engine.part_rows)[0])[:, place] for number in parts])[:count]
    known = np.isfinite(values)
    if known.sum() < 3 or np.ptp(values[known]) == 0:
        raise ModelError(f"{output} does not vary over the scenarios that have it")
    scores, late = (np.asarray(part)[known] for part in (drawn.scores(jnp.arange(count)), drawn.late(jnp.arange(count))))
    ranks = np.argsort(np.argsort(values[known]))
    outcome = np.asarray(ndtri(jnp.asarray((ranks + 0.5) / ranks.size)))
    figures = found.task.scenario.evidence.figures
    best: dict[bytes, Weight] = {}
    moved = np.asarray(drawn.down + drawn.up) > 0
    for leaf, row, column, moves in zip(drawn.leaves, np.asarray(drawn.mixing), scores.T, moved, strict=True):
        if moves:
            best.setdefault(np.round(row, 9).tobytes(), _weight(leaf.path, figures[leaf.path].status, column, outcome))
    chances = [f"site.{event.site}.late_probability" for event in drawn.events]
    happened = [
        _weight(path, figures[path].status, column.astype(float), outcome)
        for path, column in zip(chances, late.T, strict=True)
        if np.ptp(column.astype(float)) > 0
    ]
    return sorted([*best.values(), *happened], key=lambda one: -one.share)


def _weight(path: str, status: str, column: np.ndarray, outcome: np.ndarray) -> Weight:
    correlation = float(np.corrcoef(column, outcome)[0, 1])
    return Weight(path, status, correlation**2, correlation > 0)


def tail_mean(found: Sweep, place: int, share: float) -> float:
    """Mean of an output over the share of scenarios where it is largest, good to a bin."""
    counts = found.summary.bins[place].astype(float)
    wanted = share * found.summary.count[place]
    beyond = np.minimum(np.cumsum(counts[::-1]), wanted)[::-1]
    taken = beyond - np.append(beyond[1:], 0.0)
    centers = found.at.low[place] + (np.arange(BINS + 2) - 0.5) * found.at.width[place]
    inside = np.clip(centers, found.summary.low[place], found.summary.high[place])
    return float(taken @ inside / wanted) if wanted else float("nan")
