"""Sobol indices: what share of the variance of an output a figure explains by itself, and what share vanishes only once it is known.

Figures are drawn from their ranges. Indices are of what is independent: stages of a series are one, and figures that are correlated, such
as the prices of chips, are one group, for the variance of a sum of things that hang together has no parts. The plan is kept to. Points are
those of `draws`, each known by its index; errors are by bootstrap over the points, too large rather than too small where these are even.
Leaves out which figures act together: only how much of a figure's share it has with others (total less first).

Source: Sobol, Mathematics and Computers in Simulation 55 (2001); Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola, Computer
Physics Communications 181 (2010), table 2, (b) (first order) and (f) (total, after Jansen, Computer Physics Communications 117 (1999));
Jacques, Lavergne and Devictor, Reliability Engineering and System Safety 91 (2006) (groups where inputs are correlated); Efron and
Tibshirani, An Introduction to the Bootstrap (1993), section 6.
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.studies.batch import Simulations
from capexmodel.studies.draws import Draws
from capexmodel.studies.outputs import Output
from capexmodel.studies.tornado import Moved, moved_figure

RESAMPLES = 200
"""Bootstrap samples."""
SEED = 1
"""Of the bootstrap."""
FLAT = 1e-12
"""Spread of an output, as a share of its mean, that is rounding."""
MOST_LOST = 0.1
"""Share of points that may be left out because some scenario of them does not reach the output."""


@dataclasses.dataclass(frozen=True)
class Indices:
    """First order and total of each group, with their standard errors; the variance, and how many points were used of all."""

    first: Float[np.ndarray, "group"]
    first_error: Float[np.ndarray, "group"]
    total: Float[np.ndarray, "group"]
    total_error: Float[np.ndarray, "group"]
    variance: float
    used: int


@dataclasses.dataclass(frozen=True)
class Sobol:
    """All groups, and every output of every scenario: `first[point]`, `second[point]`, and `mixed[group, point]`, in which the figures of
    the group are those of the second and all others those of the first."""

    scenario: Scenario
    outputs: tuple[Output, ...]
    groups: tuple[tuple[Moved, ...], ...]
    first: Float[np.ndarray, "point output"]
    second: Float[np.ndarray, "point output"]
    mixed: Float[np.ndarray, "group point output"]
    seed: int

    @property
    def size(self) -> int:
        """How many scenarios were worked out."""
        return self.first.shape[0] * (2 + len(self.groups))

    def indices(self, name: str) -> Indices:
        """Indices of one output. Raises: ModelError where it does not vary, or where too many points do not reach it."""
        place = [output.name for output in self.outputs].index(name)
        first, second, mixed = self.first[:, place], self.second[:, place], self.mixed[:, :, place]
        known = np.isfinite(first) & np.isfinite(second) & np.isfinite(mixed).all(axis=0)
        if known.mean() < 1.0 - MOST_LOST:
            raise ModelError(f"{name} has no variance: {1.0 - known.mean():.0%} of the points hold a scenario that does not reach it")
        return indices(first[known], second[known], mixed[:, known])


def name_of(group: tuple[Moved, ...]) -> str:
    """A group in words: its figure, or what its figures have in common with a star for what they do not."""
    paths = [figure.path.split(".") for figure in group]
    words = ["*" if len(set(column)) > 1 else column[0] for column in zip(*paths, strict=False)]
    return ".".join(words)


def sobol(engine: Simulations, scenario: Scenario, progress: Callable[[str], None] = lambda text: None) -> Sobol:
    """Work out all scenarios it takes: points x (groups + 2). The engine's grid is one of draws, which says how many points there are and
    what moves together."""
    drawn = engine.grid
    assert isinstance(drawn, Draws)
    index = jnp.arange(drawn.size)
    ones, others = map(np.asarray, drawn.twins(index))
    numbers = jax.jit(lambda shares: drawn.numbers(shares))

    def followed(shares: np.ndarray) -> np.ndarray:
        return np.asarray(engine.follow(np.asarray(numbers(jnp.asarray(shares)))))

    groups = drawn.apart()
    first, second, mixed = followed(ones), followed(others), []
    for done, group in enumerate(groups):
        progress(f"variance of {len(groups)} groups of figures: {done} done")
        shares = ones.copy()
        shares[:, list(group)] = others[:, list(group)]
        mixed.append(followed(shares))
    figures = {series: moved_figure(scenario, [drawn.leaves[place] for place in series]) for series in drawn.series()}
    mixing = np.asarray(drawn.mixing)
    members = tuple(tuple(one for series, one in figures.items() if np.any(mixing[series[0], list(group)])) for group in groups)
    return Sobol(scenario, engine.outputs, members, first, second, np.stack(mixed), drawn.seed)


def indices(first: Float[np.ndarray, "point"], second: Float[np.ndarray, "point"], mixed: Float[np.ndarray, "group point"]) -> Indices:
    """Both indices of each group from outputs at the points, and their standard errors. Outputs are taken from their mean first, without
    which the first order is off by more than it is. Raises: ModelError where nothing varies."""
    middle = np.mean(np.concatenate([first[None], second[None], mixed]))
    one, other, swapped = first - middle, second - middle, mixed - middle
    if np.ptp(np.concatenate([one, other])) <= FLAT * abs(middle):
        raise ModelError("an output that does not vary has no variance to explain")
    parts = other[None] * (swapped - one[None]), 0.5 * np.square(one[None] - swapped)
    sums = np.stack([one + other, np.square(one) + np.square(other)])
    count = one.size
    rng = np.random.default_rng(SEED)
    again = rng.multinomial(count, np.full(count, 1.0 / count), RESAMPLES)
    found = []
    for weights in (np.ones((1, count)), again):
        mean, square = (weights @ sums.T / (2.0 * count)).T
        variance = np.maximum(square - mean * mean, np.finfo(float).tiny)
        found.append([weights @ part.T / count / variance[:, None] for part in parts])
    (now, all_now), (often, all_often) = found
    variance = float(np.var(np.concatenate([one, other])))
    return Indices(now[0], np.std(often, axis=0, ddof=1), all_now[0], np.std(all_often, axis=0, ddof=1), variance, count)
