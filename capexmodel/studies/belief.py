"""What is believed of uncertain figures: each a smooth function of a normal score that meets its low, value and high.

Figures are positive and skewed, shares, or plain: the logarithm, the log-odds or the value itself is Tukey's g function of the score, whose
5, 50 and 95 of a hundred are the three numbers given. It has all its derivatives, where two halves of a normal distribution that meet at
the median (`draws`) have a kink. Leaves out that figures move together.

Source: Hoaglin, Summarizing shape numerically: the g-and-h distributions (1985), in Exploring Data Tables, Trends, and Shapes.
"""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.config.figures import Given
from capexmodel.errors import ModelError
from capexmodel.studies.draws import TAIL_SCORE

LOGARITHM, ODDS, PLAIN = range(3)
STRAIGHT = 1e-6
"""Skewness below which the function is a straight line."""


class Beliefs(eqx.Module):
    """Figures by name: on which scale each is spread, its median there, its width, and how skewed it is."""

    names: tuple[str, ...] = eqx.field(static=True)
    kind: tuple[int, ...] = eqx.field(static=True)
    median: Float[Array, "figure"]
    width: Float[Array, "figure"]
    skew: Float[Array, "figure"]

    def figures(self, score: Float[Array, "figure"]) -> Float[Array, "figure"]:
        """The figures at one score each."""
        bent, kind = jnp.abs(self.skew) > STRAIGHT, jnp.asarray(self.kind)
        skew = jnp.where(bent, self.skew, 1.0)
        scaled = self.median + self.width * jnp.where(bent, jnp.expm1(skew * score) / skew, score)
        grown = jnp.exp(jnp.where(kind == LOGARITHM, scaled, 0.0))
        return jnp.where(kind == LOGARITHM, grown, jnp.where(kind == ODDS, jax.nn.sigmoid(scaled), scaled))

    def values(self, score: Float[Array, "figure"]) -> dict[str, Array]:
        """The figures at one score each, by name."""
        return dict(zip(self.names, self.figures(score), strict=True))


def believed(figures: Mapping[str, Given]) -> Beliefs:
    """What is believed of the figures that have a range; shares are those whose ends lie between 0 and 1.

    Raises: ModelError where a value does not lie between its ends.
    """
    ranged = {name: (figure.low, figure.value, figure.high) for name, figure in figures.items() if figure.low is not None}
    kinds, numbers = [], []
    for name, (low, value, high) in ranged.items():
        if low is None or high is None or not low < value < high:
            raise ModelError(f"{name}: {value:g} does not lie between its ends, {low} and {high}: no distribution meets all three")
        ends = np.array([low, value, high])
        kind = PLAIN if low <= 0.0 else ODDS if high < 1.0 else LOGARITHM
        scaled = np.log(ends) - np.log1p(-ends) if kind == ODDS else np.log(ends) if kind == LOGARITHM else ends
        kinds.append(kind)
        numbers.append((scaled[1], *_shape(*np.diff(scaled))))
    median, width, skew = (jnp.asarray(each) for each in np.array(numbers).T)
    return Beliefs(tuple(ranged), tuple(kinds), median, width, skew)


def _shape(down: float, up: float) -> tuple[float, float]:
    """Width and skewness from the distance of the median to both ends. Source: g = ln(up / down) / z, with z the score of an end."""
    skew = float(np.log(up / down)) / TAIL_SCORE
    return (float(up) / TAIL_SCORE if abs(skew) <= STRAIGHT else float(up) * skew / float(np.expm1(skew * TAIL_SCORE))), skew
