"""Whether a calibration is honest: truths are drawn, facts made of them, and the posterior asked where each truth lies.

Where everything is right, truths lie evenly over their posteriors.

Source: Cook, Gelman and Rubin, Validation of software for Bayesian models using posterior quantiles (2006); Talts et al., Validating
Bayesian inference algorithms with simulation-based calibration (2018).
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from capexmodel.studies.calibration import Posterior, Question, fitted, posterior
from capexmodel.studies.scores import place

CHOSEN = 4096
"""Draws by which a truth's place is told."""


def places(
    question: Question, trials: int, seed: int, learn: Callable[[Question, int], Posterior] | None = None
) -> Float[np.ndarray, "trial quantity"]:
    """Share of the posterior of each quantity below its truth, trial by trial.

    One-sided statements are not drawn anew: truths that would make them unlikely are drawn less often, as the statement says.
    """
    learned = _usual if learn is None else learn
    truths, facts = imagined(question, trials, seed)
    found = []
    for trial in range(trials):
        after = learned(eqx.tree_at(lambda asked: asked.seen.center, question, facts[trial]), trial)
        found.append([place(after.predictions[:, k], float(truth)) for k, truth in enumerate(truths[trial])])
    return np.array(found)


def _usual(question: Question, trial: int) -> Posterior:
    return posterior(question, fitted(question), CHOSEN, trial)


def imagined(question: Question, trials: int, seed: int) -> tuple[Float[np.ndarray, "trial quantity"], Float[Array, "trial fact"]]:
    """Quantities of truths, and what facts would say of each."""
    chooser, size = np.random.default_rng(seed), len(question.beliefs.names)
    seen, sided = question.seen, np.array(question.seen.sense)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    predict = jax.jit(lambda score: (lambda found: (found, seen.scaled(found)))(question.predict(score)))
    while len(kept) < trials:
        quantities, scaled = (np.asarray(each) for each in predict(jnp.asarray(chooser.standard_normal(size))))
        likely = np.where(sided == 0, 1.0, ndtr(sided * (scaled - np.asarray(seen.center)) / np.asarray(seen.spread)))
        if chooser.random() < likely.prod():
            told = scaled + np.asarray(seen.spread) * chooser.standard_normal(scaled.size)
            kept.append((quantities, np.where(sided == 0, told, np.asarray(seen.center))))
    return np.array([truth for truth, _ in kept]), jnp.asarray(np.array([told for _, told in kept]))


def unevenness(shares: Float[np.ndarray, "trial"]) -> float:
    """Largest distance between the shares found and even ones, over what chance makes of it: above 1.95 once in a thousand times.

    Source: Kolmogorov's statistic, times the root of the number of trials.
    """
    ordered = np.sort(shares)
    steps = np.arange(ordered.size + 1) / ordered.size
    gap = max(float(np.max(steps[1:] - ordered)), float(np.max(ordered - steps[:-1])))
    return gap * float(np.sqrt(ordered.size))
