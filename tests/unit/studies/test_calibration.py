"""Calibration: a closed form, the sampler beside Laplace's approximation on the real chain, and truths that lie evenly."""

from collections.abc import Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

from capexmodel.config.figures import Given
from capexmodel.studies.backtest import DRAWS, fleet_question
from capexmodel.studies.belief import believed
from capexmodel.studies.calibration import AbstractChain, Posterior, Question, Seen, fitted, posterior, prior
from capexmodel.studies.draws import TAIL_SCORE
from capexmodel.studies.nuts import nuts
from capexmodel.studies.self_check import places, unevenness

TRIALS = 100
CHANCE = 1.95
"""Unevenness that chance passes once in a thousand times."""


class Sum(AbstractChain):
    """Two figures and their sum."""

    quantities: tuple[str, ...] = eqx.field(static=True)

    def predict(self, values: Mapping[str, Array]) -> Float[Array, "quantity"]:
        return jnp.stack([values["a"], values["b"], values["a"] + values["b"]])


def summed(sense: int = 0) -> Question:
    """Two standard normal figures, and what is seen of their sum: 3 give or take 1, or at least so much."""
    plain = Given(0.0, -TAIL_SCORE, TAIL_SCORE)
    seen = Seen((2,), (True,), (sense,), jnp.asarray([3.0]), jnp.asarray([1.0]))
    return Question(believed({"a": plain, "b": plain}), Sum(("a", "b", "sum")), seen)


def test_normal_figures_and_a_sum_have_their_closed_form() -> None:
    """Covariance I - 11'/3 and mean 3 x 1/3 each: Laplace's approximation is exact, and draws agree."""
    question = summed()
    bell = fitted(question)
    covariance = np.asarray(bell.root @ bell.root.T)
    assert np.asarray(bell.middle) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert covariance == pytest.approx(np.array([[2.0, -1.0], [-1.0, 2.0]]) / 3.0, abs=1e-6)
    after = posterior(question, bell)
    assert after.of("sum").mean() == pytest.approx(2.0, abs=0.03)
    assert after.of("sum").std() == pytest.approx(np.sqrt(2.0 / 3.0), rel=0.03)
    assert np.corrcoef(after.of("a"), after.of("b"))[0, 1] == pytest.approx(-0.5, abs=0.04)
    assert after.effective > 0.8 * after.figures.shape[0]


def test_draws_of_the_prior_weighed_agree_with_those_that_laplace_proposes() -> None:
    from_prior, proposed = posterior(summed()), posterior(summed(), fitted(summed()))
    assert from_prior.of("sum").mean() == pytest.approx(proposed.of("sum").mean(), abs=0.06)
    assert from_prior.effective < proposed.effective


def test_what_is_at_least_so_much_raises_and_does_not_pull_down() -> None:
    """P(sum >= 3) with an error of 1: truths far above are as welcome."""
    before, after = prior(summed(1)), posterior(summed(1))
    assert before.of("sum").mean() == pytest.approx(0.0, abs=0.06)
    assert before.effective == pytest.approx(before.figures.shape[0])
    assert after.of("sum").mean() > posterior(summed()).of("sum").mean()
    assert posterior(summed(-1)).of("sum").mean() < 0.0


@pytest.fixture(scope="module")
def fleet() -> Question:
    """The real chain with the real facts."""
    return fleet_question()


@pytest.mark.long
def test_the_sampler_agrees_with_laplace_and_with_the_posterior(fleet: Question) -> None:
    """Means within a quarter of a standard deviation, standard deviations within a fifth; nothing diverged."""
    bell = fitted(fleet)
    after = posterior(fleet, bell, DRAWS)
    scores, diverged = nuts(fleet, bell, draws=500, warmup=200)
    assert diverged == 0
    for middle, spread in ((np.asarray(bell.middle), np.asarray(bell.spread)), (after.scores.mean(axis=0), after.scores.std(axis=0))):
        assert np.abs(middle - scores.mean(axis=0)).max() < 0.25
        assert spread == pytest.approx(scores.std(axis=0), rel=0.2)


@pytest.mark.long
def test_truths_lie_evenly_in_their_posteriors(fleet: Question) -> None:
    """Simulation-based calibration: shares below the truth are even, and nine of ten truths lie between 5 and 95."""
    found = places(fleet, TRIALS, seed=1)
    assert max(unevenness(shares) for shares in found.T) < CHANCE
    inside = ((found > 0.05) & (found < 0.95)).mean()
    assert 0.84 < inside < 0.96


@pytest.mark.long
def test_a_posterior_that_is_too_sure_or_deaf_is_found_out(fleet: Question) -> None:
    """Broken on purpose: facts taken for four times as exact as they are, and facts not listened to."""

    def sure(question: Question, trial: int) -> Posterior:
        exact = eqx.tree_at(lambda asked: asked.seen.spread, question, 0.25 * question.seen.spread)
        return posterior(exact, fitted(exact), DRAWS, trial)

    def deaf(question: Question, trial: int) -> Posterior:
        return prior(question, DRAWS, trial)

    for broken in (sure, deaf):
        found = places(fleet, TRIALS // 2, seed=1, learn=broken)
        assert max(unevenness(shares) for shares in found.T) > CHANCE
