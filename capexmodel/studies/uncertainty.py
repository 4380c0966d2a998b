"""What is known of a plan when its figures are not: which of them its outcome hangs on, and how bad the worst tenth is.

A figure's weight is the squared correlation of its normal score with that of the outcome's rank, over a first look at all scenarios: the
share of the spread that it explains by itself where the outcome rises or falls with it. Leaves out what figures explain only together.

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
    scores = np.asarray(drawn.scores(jnp.arange(count)))[known]
    ranks = np.argsort(np.argsort(values[known]))
    outcome = np.asarray(ndtri(jnp.asarray((ranks + 0.5) / ranks.size)))
    told = np.array([np.corrcoef(column, outcome)[0, 1] for column in scores.T])
    figures = found.task.scenario.evidence.figures
    best: dict[bytes, Weight] = {}
    for leaf, row, correlation in zip(drawn.leaves, np.asarray(drawn.mixing), told, strict=True):
        one = Weight(leaf.path, figures[leaf.path].status, float(correlation**2), bool(correlation > 0))
        best.setdefault(np.round(row, 9).tobytes(), one)
    return sorted(best.values(), key=lambda one: -one.share)


def tail_mean(found: Sweep, place: int, share: float) -> float:
    """Mean of an output over the share of scenarios where it is largest, good to a bin."""
    counts = found.summary.bins[place].astype(float)
    wanted = share * found.summary.count[place]
    beyond = np.minimum(np.cumsum(counts[::-1]), wanted)[::-1]
    taken = beyond - np.append(beyond[1:], 0.0)
    centers = found.at.low[place] + (np.arange(BINS + 2) - 0.5) * found.at.width[place]
    inside = np.clip(centers, found.summary.low[place], found.summary.high[place])
    return float(taken @ inside / wanted) if wanted else float("nan")
