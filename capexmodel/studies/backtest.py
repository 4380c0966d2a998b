"""What was predicted by an as-of date, beside what became of it: nothing here is tuned, and misses are listed.

Each fact that was published later is compared with a predictive distribution of the fact itself: draws of what it is about, given the facts
known by the as-of date, with the error that the fact itself has. Facts on one thing are not independent, and neither are their misses.
"""

import dataclasses
import functools

import numpy as np
from jaxtyping import Float

from capexmodel.config import load
from capexmodel.config.facts import EVENT, FEEDS, LOGARITHM, SCORES, Fact, as_of, facts, least_inside
from capexmodel.errors import ConfigError
from capexmodel.model.scenario import Scenario
from capexmodel.studies.calibration import Posterior, Question, fitted, posterior, prior, seen
from capexmodel.studies.draws import TAIL_SCORE
from capexmodel.studies.known_fleet import fleet_beliefs, fleet_chain
from capexmodel.studies.known_release import outlook, release_beliefs, release_chain, site_w
from capexmodel.studies.scores import crps, log_score, place, quantiles, standard

DRAWS = 4096
SITE_QUANTITY = "prometheus_may_w"
SCENARIO = "meta_2026"


@dataclasses.dataclass(frozen=True)
class Scored:
    """A fact beside what was predicted of it: ends and middle of the prediction, where the outcome lies in it, and scores; in base units.

    `before` is the middle by the prior alone. An event has a probability, and no place in a distribution.
    """

    fact: Fact
    low: float
    middle: float
    high: float
    before: tuple[float, float, float]
    place: float | None
    standard: float | None
    crps: float
    log_score: float

    @property
    def scored(self) -> bool:
        """Whether the fact came after the prediction."""
        return self.fact.use == SCORES

    @property
    def inside(self) -> bool | None:
        """Whether the outcome lies between the ends; none for an event."""
        return None if self.place is None else self.low <= self.fact.value <= self.high

    @property
    def counts(self) -> bool:
        """Whether it is part of the coverage that is wanted."""
        return self.scored and self.inside is not None and self.fact.counts


@dataclasses.dataclass(frozen=True)
class Backtest:
    """Every fact that something was predicted of, those that fed first; what was believed and learned of each chain's figures."""

    scenario: str
    rows: tuple[Scored, ...]
    before: tuple[Posterior, ...]
    after: tuple[Posterior, ...]
    wanted_share: float

    @property
    def counted(self) -> tuple[Scored, ...]:
        """Those of which a coverage is wanted."""
        return tuple(row for row in self.rows if row.counts)

    @property
    def inside_share(self) -> float:
        """Share of them between the ends."""
        return sum(bool(row.inside) for row in self.counted) / max(len(self.counted), 1)

    @property
    def missed(self) -> tuple[Scored, ...]:
        """Outcomes beyond the ends."""
        return tuple(row for row in self.counted if not row.inside)

    @property
    def failed(self) -> bool:
        """Whether the coverage is less than wanted."""
        return self.inside_share < self.wanted_share

    def of(self, quantity: str) -> Float[np.ndarray, "draw"]:
        """Draws of a quantity after its facts, without the error of any fact."""
        return next(each.of(quantity) for each in self.after if quantity in each.quantities)

    def row(self, name: str) -> Scored:
        """The row of a fact."""
        return next(row for row in self.rows if row.fact.name == name)


@functools.cache
def fleet_question() -> Question:
    """The company's fleet given what was claimed of it."""
    return Question(fleet_beliefs(), fleet_chain(), seen(_fed(fleet_chain().quantities), fleet_chain().quantities))


def release_question(scenario: Scenario) -> Question:
    """The release of the model that is in the making, given the targets that the press reported.

    Raises: ConfigError where the scenario is of another day, knows more than it could, or has no such model.
    """
    if scenario.calendar.as_of != as_of().isoformat():
        raise ConfigError(f"{scenario.name}: is as of {scenario.calendar.as_of}, expected {as_of()}: the day of what is believed")
    chain = release_chain(scenario)
    return Question(release_beliefs(), chain, seen(_fed(chain.quantities), chain.quantities))


def _fed(quantities: tuple[str, ...]) -> list[Fact]:
    return [fact for fact in facts().values() if fact.use == FEEDS and fact.quantity in quantities]


def learned(scenario: Scenario, draws: int = DRAWS, seed: int = 0) -> tuple[tuple[Posterior, ...], tuple[Posterior, ...]]:
    """What was believed of each chain, and what is after its facts: the fleet by Laplace's approximation, the release from its prior."""
    fleet, release = fleet_question(), release_question(scenario)
    before = prior(fleet, draws, seed), prior(release, draws, seed)
    return before, (posterior(fleet, fitted(fleet), draws, seed), posterior(release, None, draws, seed))


@functools.cache
def backtest() -> Backtest:
    """The back-test of the shipped scenario."""
    return backtest_of(load(SCENARIO))


def backtest_of(of: Scenario, draws: int = DRAWS, seed: int = 0) -> Backtest:
    """Predict every fact from what was known by the as-of date, and score those that came later.

    Raises: ConfigError where the scenario is of another day or knows more than it could.
    """
    before, after = learned(of, draws, seed)
    still = outlook(draws, seed) | {SITE_QUANTITY: site_w(of, draws, seed)}
    asked = [fact for fact in facts().values() if fact.quantity]

    def predicted(name: str, known: tuple[Posterior, ...]) -> Float[np.ndarray, "draw"]:
        return next((each.of(name) for each in known if name in each.quantities), still.get(name, np.zeros(0)))

    noise = np.random.default_rng(seed).standard_normal((len(asked), draws))
    rows = [
        _scored(fact, predicted(fact.quantity, after), predicted(fact.quantity, before), own)
        for fact, own in zip(asked, noise, strict=True)
    ]
    return Backtest(of.name, tuple(rows), before, after, least_inside())


def _scored(fact: Fact, after: Float[np.ndarray, "draw"], before: Float[np.ndarray, "draw"], noise: Float[np.ndarray, "draw"]) -> Scored:
    """One fact beside its predictive distribution."""
    first = quantiles(_reported(fact, before, noise))
    if fact.scale == EVENT:
        likely = float(after.mean())
        missed = likely if fact.value == 0.0 else 1.0 - likely
        low, _, high = quantiles(after)
        return Scored(fact, low, likely, high, first, None, None, missed * missed, float(np.log1p(-missed)))
    drawn = _reported(fact, after, noise)
    low, middle, high = quantiles(drawn)
    off = standard(drawn, fact.value)
    return Scored(fact, low, middle, high, first, place(drawn, fact.value), off, crps(drawn, fact.value), log_score(drawn, fact.value))


def _reported(fact: Fact, drawn: Float[np.ndarray, "draw"], noise: Float[np.ndarray, "draw"]) -> Float[np.ndarray, "draw"]:
    """What the fact would say of what is drawn: with the error that it has itself."""
    if fact.low is None or fact.high is None or fact.low == fact.high:
        return drawn
    if fact.scale == LOGARITHM:
        return drawn * np.exp(noise * np.log(fact.high / fact.low) / (2.0 * TAIL_SCORE))
    return drawn + noise * (fact.high - fact.low) / (2.0 * TAIL_SCORE)
