"""Predictions beside what became of them, of facts and draws made up by hand."""

import datetime
import math
from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.config.facts import EVENT, FEEDS, LOGARITHM, PLAIN, SCORES, Fact
from capexmodel.errors import ConfigError
from capexmodel.model.scenario import Scenario
from capexmodel.studies import backtest as room
from capexmodel.studies.backtest import Backtest, Scored
from capexmodel.studies.calibration import Posterior, Question
from capexmodel.studies.scores import crps, log_score, place, quantiles, standard
from tests.bare import bare

Z = 1.6448536269514722
DAY = datetime.date(2026, 2, 2)


def fact(value: float = 5.0, low: float | None = None, high: float | None = None, scale: str = PLAIN, **changed) -> Fact:
    """A fact that came later."""
    told = {"name": "f", "use": SCORES, "status": "reported", "quantity": "q"} | changed
    return Fact(told["name"], "what", told["use"], value, low, high, "s", "it", DAY, told["status"], "paper", told["quantity"], scale)


DRAWN, NOISE = np.array([3.0, 7.0, 4.0, 9.0]), np.array([0.5, -1.0, 2.0, -0.3])


def test_a_fact_says_what_is_drawn_with_its_own_error() -> None:
    """Ends of 2 and 8 are a deviation of 6 over twice the score, plain or by the logarithm; without a range it says just that."""
    for sure in (fact(), fact(low=2.0), fact(high=8.0), fact(low=5.0, high=5.0)):
        assert room._reported(sure, DRAWN, NOISE).tolist() == DRAWN.tolist()
    assert room._reported(fact(low=2.0, high=8.0), DRAWN, NOISE) == pytest.approx(DRAWN + NOISE * 3.0 / Z)
    assert room._reported(fact(low=2.0, high=8.0, scale=LOGARITHM), DRAWN, NOISE) == pytest.approx(
        DRAWN * np.exp(NOISE * math.log(4.0) / (2.0 * Z))
    )


def test_a_fact_is_scored_in_the_distribution_of_itself() -> None:
    told = fact(5.0, 2.0, 8.0)
    drawn, first = DRAWN + NOISE * 3.0 / Z, 10.0 * DRAWN + NOISE * 3.0 / Z
    found = room._scored(told, DRAWN, 10.0 * DRAWN, NOISE)
    assert (found.low, found.middle, found.high) == pytest.approx(quantiles(drawn))
    assert found.before == pytest.approx(quantiles(first))
    assert (found.place, found.standard) == (place(drawn, 5.0), pytest.approx(standard(drawn, 5.0)))
    assert (found.crps, found.log_score) == (pytest.approx(crps(drawn, 5.0)), pytest.approx(log_score(drawn, 5.0)))


@pytest.mark.parametrize(("happened", "missed"), [(1.0, 0.25), (0.0, 0.75)])
def test_an_event_has_a_probability_and_no_place(happened: float, missed: float) -> None:
    """Three of four draws say so: Brier's score and the logarithm of what was given to what came."""
    found = room._scored(fact(happened, scale=EVENT), np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0, 0.0]), NOISE)
    assert (found.middle, found.place, found.standard) == (0.75, None, None)
    assert (found.low, found.high) == (pytest.approx(0.15), 1.0)
    assert (found.crps, found.log_score) == (pytest.approx(missed**2), pytest.approx(math.log(1.0 - missed)))
    assert found.before == pytest.approx((0.0, 0.0, 0.85))


def scored(name: str, value: float, at: float | None = 0.5, **changed) -> Scored:
    """A prediction from 3 to 8."""
    return Scored(fact(value, name=name, **changed), 3.0, 5.0, 8.0, (1.0, 3.0, 9.0), at, None if at is None else 0.1, 0.3, -1.0)


def backtest(wanted: float = 0.6) -> Backtest:
    """Four that count, of which two lie on ends and two beyond them; one that fed, one from memory, one event."""
    rows = (
        scored("low", 3.0), scored("high", 8.0), scored("below", 2.9), scored("above", 8.1), scored("fed", 1.0, use=FEEDS),
        scored("recalled", 1.0, status="recalled"), scored("event", 1.0, None, scale=EVENT),
    )  # fmt: skip
    after = [bare(Posterior, names=(), quantities=(name,), predictions=np.array([[value]])) for name, value in (("p", 3.0), ("q", 7.0))]
    return Backtest("s", rows, (), tuple(after), wanted)


def test_coverage_is_of_what_came_later_and_counts() -> None:
    found = backtest()
    assert [row.fact.name for row in found.counted] == ["low", "high", "below", "above"]
    assert [row.fact.name for row in found.missed] == ["below", "above"]
    assert (found.inside_share, found.failed, backtest(0.5).failed) == (0.5, True, False)
    assert [row.inside for row in found.rows] == [True, True, False, False, False, False, None]
    assert [row.scored for row in found.rows] == [True] * 4 + [False, True, True]
    assert Backtest("s", (), (), (), 0.6).inside_share == 0.0
    assert (found.of("q").tolist(), found.row("above").fact.value) == ([7.0], 8.1)


def test_facts_that_feed_are_told_to_their_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    some = {str(n): one for n, one in enumerate((fact(use=FEEDS), fact(use=FEEDS, quantity="other"), fact()))}
    monkeypatch.setattr(room, "facts", lambda: some)
    assert room._fed(("q", "p")) == [some["0"]]


def test_a_release_is_asked_as_of_the_day_of_what_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "as_of", lambda: DAY)
    late = bare(Scenario, name="late", calendar=SimpleNamespace(as_of="2026-03-03"))
    with pytest.raises(ConfigError, match="late: is as of 2026-03-03, expected 2026-02-02"):
        room.release_question(late)
    monkeypatch.setattr(room, "release_chain", lambda given: SimpleNamespace(quantities=("q",)))
    monkeypatch.setattr(room, "release_beliefs", lambda: "beliefs")
    monkeypatch.setattr(room, "_fed", lambda quantities: ["fed", *quantities])
    monkeypatch.setattr(room, "seen", lambda told, quantities: (told, quantities))
    monkeypatch.setattr(room, "Question", lambda *given: bare(Question, beliefs=given[0], chain=given[1], seen=given[2]))
    found = room.release_question(bare(Scenario, name="s", calendar=SimpleNamespace(as_of="2026-02-02")))
    assert (found.beliefs, found.chain.quantities, found.seen) == ("beliefs", ("q",), (["fed", "q"], ("q",)))


def test_the_fleet_is_learned_by_laplace_and_the_release_from_its_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list = []
    fleet, release = bare(Question), bare(Question)
    monkeypatch.setattr(room, "fleet_question", lambda: fleet)
    monkeypatch.setattr(room, "release_question", lambda given: release)
    monkeypatch.setattr(room, "fitted", lambda question: "bell" if question is fleet else None)
    monkeypatch.setattr(room, "prior", lambda *given: asked.append(given) or bare(Posterior, names=("before", len(asked))))
    monkeypatch.setattr(room, "posterior", lambda *given: asked.append(given) or bare(Posterior, names=("after", len(asked))))
    before, after = room.learned(bare(Scenario), 7, 3)
    assert asked == [(fleet, 7, 3), (release, 7, 3), (fleet, "bell", 7, 3), (release, None, 7, 3)]
    assert [one.names for one in (*before, *after)] == [("before", 1), ("before", 2), ("after", 3), ("after", 4)]


def test_every_fact_is_predicted_by_its_chain_or_by_what_nothing_more_was_learned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with noise of its own; facts on no quantity are left out."""

    def posterior(value: float) -> Posterior:
        return bare(Posterior, names=(), quantities=("q",), predictions=np.full((4, 1), value))

    some = {
        "a": fact(quantity="q"),
        "b": fact(quantity=""),
        "c": fact(quantity="still"),
        "d": fact(quantity=room.SITE_QUANTITY),
        "e": fact(quantity="x"),
    }
    told: list = []
    monkeypatch.setattr(room, "facts", lambda: some)
    monkeypatch.setattr(room, "learned", lambda of, draws, seed: ((posterior(1.0),), (posterior(3.0),)))
    monkeypatch.setattr(room, "outlook", lambda draws, seed: {"still": np.full(draws, 5.0 + seed)})
    monkeypatch.setattr(room, "site_w", lambda of, draws, seed: np.full(draws, 7.0 + seed))
    monkeypatch.setattr(room, "_scored", lambda *given: told.append(given) or scored("n", 5.0))
    monkeypatch.setattr(room, "least_inside", lambda: 0.7)
    found = room.backtest_of(bare(Scenario, name="s"), 4, 2)
    noise = np.random.default_rng(2).standard_normal((4, 4))
    assert [(given[0], given[1].tolist()[:1], given[2].tolist()[:1], given[3].tolist()) for given in told] == [
        (some["a"], [3.0], [1.0], noise[0].tolist()), (some["c"], [7.0], [7.0], noise[1].tolist()),
        (some["d"], [9.0], [9.0], noise[2].tolist()), (some["e"], [], [], noise[3].tolist()),
    ]  # fmt: skip
    assert (found.scenario, len(found.rows), found.wanted_share, len(found.before), len(found.after)) == ("s", 4, 0.7, 1, 1)
    assert found.of("q").tolist() == [3.0] * 4
