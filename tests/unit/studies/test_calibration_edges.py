"""What facts teach, of chains and draws made up by hand."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float
from scipy.stats import norm

from capexmodel.config.facts import Fact
from capexmodel.config.figures import Given
from capexmodel.studies import calibration as room
from capexmodel.studies import self_check
from capexmodel.studies.belief import believed
from capexmodel.studies.calibration import AbstractChain, Bell, Posterior, Question, Seen, log_weights, posterior, prior, seen, surprise
from tests.bare import bare

Z = 1.6448536269514722


class Grown(AbstractChain):
    """A figure, the exponential of another, and their product."""

    quantities: tuple[str, ...] = eqx.field(static=True)

    def predict(self, values: dict[str, Array]) -> Float[Array, "quantity"]:
        a, b = values["a"], jnp.exp(values["b"])
        return jnp.stack([a, b, a * b])


def facts_seen() -> Seen:
    """A product of about so much, a figure of at least 2, and one of at most 3."""
    return Seen((2, 0, 1), (False, True, True), (0, 1, -1), jnp.asarray([0.7, 2.0, 3.0]), jnp.asarray([0.5, 0.3, 0.8]))


def question() -> Question:
    """Normal figures about 3 and 0.1 with deviations of 2 and a half."""
    beliefs = believed({"a": Given(3.0, 3.0 - 2.0 * Z, 3.0 + 2.0 * Z), "b": Given(0.1, 0.1 - 0.5 * Z, 0.1 + 0.5 * Z)})
    return Question(beliefs, Grown(("a", "b", "c")), facts_seen())


PREDICTED = np.array([2.5, 4.0, 6.0])


def test_what_is_seen_is_scaled_and_weighed_by_hand() -> None:
    """A product by its logarithm, a figure that is at least so much, and one that is at most."""
    found = facts_seen().scaled(jnp.asarray(PREDICTED))
    assert np.asarray(found) == pytest.approx([math.log(6.0), 2.5, 4.0])
    off = (math.log(6.0) - 0.7) / 0.5
    want = norm.logpdf(off) - math.log(0.5) + norm.logcdf(0.5 / 0.3) + norm.logcdf(-1.0 / 0.8)
    assert float(facts_seen().log_likelihood(jnp.asarray(PREDICTED))) == pytest.approx(want)
    assert np.asarray(facts_seen().scaled(jnp.asarray([-2.5, -4.0, 6.0])))[1:].tolist() == [-2.5, -4.0]


def test_a_surprise_adds_what_is_believed() -> None:
    score = jnp.asarray([-1.2, 0.6])
    a, b = 3.0 - 2.4, math.exp(0.1 + 0.3)
    predicted = jnp.asarray([a, b, a * b])
    assert np.asarray(question().predict(score)) == pytest.approx(np.asarray(predicted))
    assert float(question().log_likelihood(score)) == pytest.approx(float(facts_seen().log_likelihood(predicted)))
    assert float(surprise(score, question())) == pytest.approx(0.5 * (1.44 + 0.36) - float(facts_seen().log_likelihood(predicted)))


def fact(quantity: str, value: float, low: float | None, high: float | None, scale: str = "logarithm", sense: str = "about") -> Fact:
    """A fact of a quantity."""
    return bare(Fact, quantity=quantity, value=value, low=low, high=high, scale=scale, sense=sense)


def test_facts_have_ends_at_five_and_ninety_five() -> None:
    facts = [fact("b", 20.0, 10.0, 40.0), fact("a", 3.0, 1.0, 7.0, "plain", "at_least"), fact("b", 5.0, 4.0, 9.0, sense="at_most")]
    found = seen(facts, ("a", "b"))
    assert (found.places, found.plain, found.sense) == ((1, 0, 1), (False, True, False), (0, 1, -1))
    assert found.center.tolist() == pytest.approx([math.log(20.0), 3.0, math.log(5.0)])
    assert found.spread.tolist() == pytest.approx([math.log(4.0) / (2.0 * Z), 6.0 / (2.0 * Z), math.log(9.0 / 4.0) / (2.0 * Z)])
    assert room._spread(fact("a", 1.0, None, 7.0, "plain")) == pytest.approx(7.0 / (2.0 * Z))
    assert room._spread(fact("a", 1.0, -7.0, None, "plain")) == pytest.approx(7.0 / (2.0 * Z))


def bell() -> Bell:
    """A bell that leans."""
    return Bell(jnp.asarray([0.4, -0.3]), jnp.asarray([[0.6, 0.0], [0.8, 1.5]]))


def test_a_bell_has_its_middle_and_its_spread() -> None:
    assert np.asarray(bell().spread) == pytest.approx([0.6, 1.7])
    assert np.asarray(bell().at(jnp.asarray([[2.0, 3.0]]))) == pytest.approx(np.array([[1.6, 5.8]]))
    none = room.nothing_seen(3)
    assert (none.middle.tolist(), none.root.tolist()) == ([0.0] * 3, np.eye(3).tolist())


def test_draws_are_weighed_by_the_posterior_over_what_proposed_them() -> None:
    """Up to a constant: what is seen, what is believed, less the density of the wider bell."""
    normal = np.array([[0.3, -1.1], [1.4, 0.2], [-0.6, 0.9]])
    scores, predictions, logs = log_weights(question(), jnp.asarray(normal), bell(), jnp.asarray(1.3))
    want_scores = np.asarray(bell().middle) + 1.3 * normal @ np.asarray(bell().root).T
    likely = [float(question().log_likelihood(jnp.asarray(row))) for row in want_scores]
    assert np.asarray(scores) == pytest.approx(want_scores)
    assert np.asarray(predictions)[1] == pytest.approx(np.asarray(question().predict(jnp.asarray(want_scores[1]))))
    assert np.asarray(logs) == pytest.approx(np.array(likely) - 0.5 * (want_scores**2).sum(axis=1) + 0.5 * (normal**2).sum(axis=1))


def weighed(monkeypatch: pytest.MonkeyPatch, logs: list[float]) -> list:
    """Weights by hand: draw k has the scores k and -k, and predicts 10 k, 100 k and 1000 k."""
    asked: list = []
    rows = np.arange(len(logs), dtype=float)
    found = np.stack([rows, -rows], axis=1), rows[:, None] * np.array([10.0, 100.0, 1000.0]), np.array(logs)
    monkeypatch.setattr(room, "_weighed", lambda *given: asked.append(given) or found)
    return asked


def test_draws_are_chosen_evenly_along_their_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of 1.1, 2.9, 0 and 4 eighths: at 1/8, 3/8, 5/8 and 7/8 stand the first, second, last and last; no number is impossible."""
    asked = weighed(monkeypatch, [math.log(1.1) + 900.0, math.log(2.9) + 900.0, math.nan, math.log(4.0) + 900.0])
    own = bell()
    found = posterior(question(), own, 4, 7)
    assert found.scores[:, 0].tolist() == [0.0, 1.0, 3.0, 3.0]
    assert found.predictions[:, 1].tolist() == [0.0, 100.0, 300.0, 300.0]
    assert found.figures[3].tolist() == pytest.approx([3.0 + 2.0 * 3.0, 0.1 - 0.5 * 3.0])
    assert found.effective == pytest.approx(64.0 / (1.1**2 + 2.9**2 + 16.0))
    assert (found.names, found.quantities) == (("a", "b"), ("a", "b", "c"))
    asked_of, normal, proposal, wider = asked[0]
    assert (asked_of.chain.quantities, proposal is own, float(wider)) == (("a", "b", "c"), True, 1.15)
    assert normal.tolist() == jax.random.normal(jax.random.key(7), (4, 2)).tolist()


def test_without_a_proposal_the_prior_proposes_and_nothing_seen_is_loose(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = weighed(monkeypatch, [0.0, 0.0, 0.0])
    prior(question(), 3, 5)
    asked_of, normal, proposal, wider = asked[0]
    assert (proposal.middle.tolist(), proposal.root.tolist(), float(wider)) == ([0.0, 0.0], np.eye(2).tolist(), 1.0)
    assert (asked_of.seen.spread.tolist(), asked_of.seen.center.tolist()) == ([1e100] * 3, facts_seen().center.tolist())
    assert normal.tolist() == jax.random.normal(jax.random.key(5), (3, 2)).tolist()


def test_figures_and_quantities_are_found_by_name() -> None:
    own = Posterior(
        ("a", "b"), ("b", "c"), np.zeros((2, 2)), np.array([[1.0, 3.0], [5.0, 7.0]]), np.array([[11.0, 13.0], [17.0, 19.0]]), 2.0
    )
    assert [own.of(name).tolist() for name in "abc"] == [[1.0, 5.0], [3.0, 7.0], [13.0, 19.0]]


def test_truths_are_placed_in_the_posteriors_of_their_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts of each trial stand as what was seen; a truth's place is told quantity by quantity."""
    truths, facts = np.array([[2.0, 30.0], [5.0, 10.0]]), jnp.asarray([[0.1, 0.3, 0.5], [0.7, 0.9, 1.1]])
    monkeypatch.setattr(self_check, "imagined", lambda asked, trials, seed: (truths, facts) if (trials, seed) == (2, 3) else None)
    centers: list = []

    def learn(asked: Question, trial: int) -> Posterior:
        centers.append((trial, asked.seen.center.tolist()))
        return bare(Posterior, predictions=np.array([[1.0, 10.0], [3.0, 20.0], [4.0, 40.0], [6.0, 50.0]]))

    assert self_check.places(question(), 2, 3, learn).tolist() == [[0.25, 0.5], [0.75, 0.125]]
    assert centers == [(0, pytest.approx([0.1, 0.3, 0.5])), (1, pytest.approx([0.7, 0.9, 1.1]))]


def test_the_usual_way_to_learn_begins_at_laplace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list = []
    own = bare(Posterior)
    monkeypatch.setattr(self_check, "fitted", lambda asked_of: "bell")
    monkeypatch.setattr(self_check, "posterior", lambda *given: asked.append(given) or own)
    assert self_check._usual(question(), 8) is own
    assert asked[0][1:] == ("bell", 4096, 8)


def test_truths_and_facts_are_imagined_by_hand() -> None:
    """Scores, then a chance by how likely one-sided statements are, then errors of those that are about so much."""
    found, told = self_check.imagined(question(), 5, 11)
    chooser, want, facts = np.random.default_rng(11), [], []
    while len(want) < 5:
        predicted = np.asarray(question().predict(jnp.asarray(chooser.standard_normal(2))))
        scaled = np.array([math.log(predicted[2]) if predicted[2] > 0 else np.nan, predicted[0], predicted[1]])
        likely = norm.cdf((predicted[0] - 2.0) / 0.3) * norm.cdf((3.0 - predicted[1]) / 0.8)
        if chooser.random() < likely:
            error = chooser.standard_normal(3)
            want.append(predicted)
            facts.append([scaled[0] + 0.5 * error[0], 2.0, 3.0])
    assert found == pytest.approx(np.array(want))
    assert np.asarray(told) == pytest.approx(np.array(facts))


@pytest.mark.parametrize(("shares", "gap"), [([0.6, 0.1, 0.7], 0.3), ([0.05, 0.2, 0.3], 0.7), ([0.5, 0.9, 0.95], 0.9 - 1.0 / 3.0)])
def test_unevenness_is_the_largest_gap_times_the_root_of_the_trials(shares: list[float], gap: float) -> None:
    expected = max(gap, max(k / 3.0 - x for k, x in enumerate(sorted(shares), 1)), max(x - k / 3.0 for k, x in enumerate(sorted(shares))))
    assert self_check.unevenness(np.array(shares)) == pytest.approx(expected * math.sqrt(3.0))
    assert expected == pytest.approx(gap)
