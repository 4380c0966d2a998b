"""What facts teach about uncertain figures: the posterior of a chain's figures given what was seen of its results.

The most probable figures and the curvature there give a normal distribution (Laplace); draws of it are weighed by how probable they really
are, so that what is handed on is the posterior itself, and the number of draws that the weights leave says how good the first guess was.
Where a chain has kinks, or its facts say little, draws of the prior are weighed instead. `nuts` is the independent check.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), section 3.4 (Laplace's approximation); Kong, Liu and Wong,
Sequential imputations (1994) (effective draws); Douc and Cappe, Comparison of resampling schemes (2005) (systematic resampling).
"""

import abc
import dataclasses
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optimistix
from jax.scipy.special import log_ndtr
from jaxtyping import Array, Float

from capexmodel.config.facts import PLAIN, Fact
from capexmodel.param import param
from capexmodel.studies.belief import Beliefs
from capexmodel.studies.draws import TAIL_SCORE
from capexmodel.types import Scalar

_TOLERANCE = 1e-8
MOST_STEPS = 500
"""Steps of the search for the most probable figures, at most."""
WIDER = 1.15
"""By what the distribution that proposes draws is wider than Laplace's: its tails must not be thinner than those of the posterior."""
SIZE = 8192
"""Draws proposed, and handed on."""
LOOSE = 1e100
"""Spread of a fact that says nothing."""
BATCH = 64
"""Draws that are worked out side by side."""
SENSE = {"about": 0, "at_least": 1, "at_most": -1}


class AbstractChain(eqx.Module):
    """What follows from uncertain figures: named quantities in base units, differentiable in every figure."""

    quantities: eqx.AbstractVar[tuple[str, ...]]

    @abc.abstractmethod
    def predict(self, values: Mapping[str, Array]) -> Float[Array, "quantity"]:
        """The quantities that follow."""


class Seen(eqx.Module):
    """What was seen of a chain's quantities: about so much, at least, or at most, with a normal error on the scale of each."""

    places: tuple[int, ...] = eqx.field(static=True)
    plain: tuple[bool, ...] = eqx.field(static=True)
    sense: tuple[int, ...] = eqx.field(static=True)
    center: Float[Array, "fact"] = param("what was seen, its logarithm where it is not plain")
    spread: Float[Array, "fact"] = param("standard deviation of the error on that scale", gt=0)

    def scaled(self, predicted: Float[Array, "quantity"]) -> Float[Array, "fact"]:
        """What was predicted of each fact, on its scale."""
        found, plain = predicted[np.array(self.places, int)], np.array(self.plain, bool)
        return jnp.where(plain, found, jnp.log(jnp.where(plain, 1.0, found)))

    def log_likelihood(self, predicted: Float[Array, "quantity"]) -> Array:
        """Logarithm of how probable what was seen is. Source: a normal density, or the normal probability of a one-sided statement."""
        off, sense = (self.scaled(predicted) - self.center) / self.spread, np.array(self.sense, int)
        exact = -0.5 * off * off - jnp.log(self.spread) - 0.5 * jnp.log(2.0 * jnp.pi)
        return jnp.sum(jnp.where(sense == 0, exact, log_ndtr(sense * off)))


class Question(eqx.Module):
    """What is believed, what follows from it, and what was seen of that."""

    beliefs: Beliefs
    chain: AbstractChain
    seen: Seen

    def predict(self, score: Float[Array, "figure"]) -> Float[Array, "quantity"]:
        """What follows from figures at some scores."""
        return self.chain.predict(self.beliefs.values(score))

    def log_likelihood(self, score: Float[Array, "figure"]) -> Array:
        """How probable what was seen is at some scores."""
        return self.seen.log_likelihood(self.predict(score))


@dataclasses.dataclass(frozen=True)
class Posterior:
    """Draws of figures and of what follows from them, by name; of how many independent draws they are worth."""

    names: tuple[str, ...]
    quantities: tuple[str, ...]
    scores: Float[np.ndarray, "draw figure"]
    figures: Float[np.ndarray, "draw figure"]
    predictions: Float[np.ndarray, "draw quantity"]
    effective: float

    def of(self, name: str) -> Float[np.ndarray, "draw"]:
        """Draws of a figure or a quantity."""
        if name in self.names:
            return self.figures[:, self.names.index(name)]
        return self.predictions[:, self.quantities.index(name)]


def seen(facts: Sequence[Fact], quantities: Sequence[str]) -> Seen:
    """What some facts say of quantities: ends are 5 and 95 of a hundred of a normal error about the value."""
    plain = tuple(fact.scale == PLAIN for fact in facts)
    spreads = [_spread(fact) for fact in facts]
    centers = [fact.value if straight else float(np.log(fact.value)) for fact, straight in zip(facts, plain, strict=True)]
    places, sense = tuple(quantities.index(fact.quantity) for fact in facts), tuple(SENSE[fact.sense] for fact in facts)
    return Seen(places, plain, sense, jnp.asarray(centers, float), jnp.asarray(spreads, float))


def _spread(fact: Fact) -> float:
    """Standard deviation of a fact's error, on its scale."""
    low, high = fact.low or 0.0, fact.high or 0.0
    return (high - low if fact.scale == PLAIN else float(np.log(high / low))) / (2.0 * TAIL_SCORE)


def surprise(score: Float[Array, "figure"], question: Question) -> Array:
    """Minus the logarithm of the probability of figures given what was seen, up to a constant."""
    return 0.5 * score @ score - question.log_likelihood(score)


class Bell(eqx.Module):
    """A normal distribution of scores: its middle and a root of its covariance."""

    middle: Float[Array, "figure"]
    root: Float[Array, "figure figure"]

    @property
    def spread(self) -> Float[Array, "figure"]:
        """Standard deviation of each score."""
        return jnp.sqrt(jnp.sum(self.root * self.root, axis=1))

    def at(self, normal: Float[Array, "draw figure"]) -> Float[Array, "draw figure"]:
        """Draws from standard normal ones."""
        return self.middle[None] + normal @ self.root.T


def nothing_seen(size: int) -> Bell:
    """The prior of so many scores."""
    return Bell(jnp.zeros(size), jnp.eye(size))


def laplace(question: Question) -> Bell:
    """The most probable scores, and the curvature there as a normal distribution. Leaves out skewness and further modes."""
    size = len(question.beliefs.names)
    solver = optimistix.BFGS(rtol=_TOLERANCE, atol=_TOLERANCE)
    found = optimistix.minimise(surprise, solver, jnp.zeros(size), question, max_steps=MOST_STEPS, throw=False)
    middle = jax.lax.stop_gradient(found.value)
    slope = jax.grad(surprise)
    curvature = jax.lax.map(lambda way: jax.jvp(lambda at: slope(at, question), (middle,), (way,))[1], jnp.eye(size))
    values, ways = jnp.linalg.eigh(0.5 * (curvature + curvature.T))
    return Bell(middle, ways / jnp.sqrt(jnp.maximum(values, _TOLERANCE))[None])


def log_weights(question: Question, normal: Float[Array, "draw figure"], proposal: Bell, wider: Scalar) -> tuple[Array, Array, Array]:
    """Scores proposed, what follows from them, and the logarithm of the posterior over the density that proposed them, up to a constant."""
    scores = proposal.at(wider * normal)
    predictions = jax.lax.map(question.predict, scores, batch_size=min(BATCH, normal.shape[0]))
    likelihood = jax.vmap(question.seen.log_likelihood)(predictions)
    return scores, predictions, likelihood - 0.5 * jnp.sum(scores * scores, axis=1) + 0.5 * jnp.sum(normal * normal, axis=1)


_weighed = eqx.filter_jit(log_weights)
fitted = eqx.filter_jit(laplace)
"""Laplace's approximation, compiled."""


def posterior(question: Question, proposal: Bell | None = None, size: int = SIZE, seed: int = 0) -> Posterior:
    """The posterior as draws of equal weight, from a normal distribution that proposes them; without one the prior proposes.

    Draws whose quantities are no number count as impossible.
    """
    count = len(question.beliefs.names)
    wider = 1.0 if proposal is None else WIDER
    normal = jax.random.normal(jax.random.key(seed), (size, count))
    found = _weighed(question, normal, nothing_seen(count) if proposal is None else proposal, jnp.asarray(wider, float))
    scores, predictions, logs = (np.asarray(each) for each in found)
    logs = np.where(np.isfinite(logs), logs, -np.inf)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    chosen = np.searchsorted(np.cumsum(weights), (np.arange(size) + 0.5) / size).clip(max=size - 1)
    figures = np.asarray(jax.vmap(question.beliefs.figures)(jnp.asarray(scores[chosen])))
    effective = float(1.0 / (weights @ weights))
    return Posterior(question.beliefs.names, question.chain.quantities, scores[chosen], figures, predictions[chosen], effective)


def prior(question: Question, size: int = SIZE, seed: int = 0) -> Posterior:
    """The same with nothing seen: facts so loose that they say nothing, so that it is the same compiled program."""
    loose = jnp.full_like(question.seen.spread, LOOSE)
    return posterior(eqx.tree_at(lambda asked: asked.seen.spread, question, loose), size=size, seed=seed)
