"""What public facts teach about a scenario and its company, with the sampler as a check where it is asked for."""

import dataclasses

from capexmodel.model.scenario import Scenario
from capexmodel.studies.backtest import DRAWS, fleet_question, learned
from capexmodel.studies.calibration import Posterior, Question, fitted
from capexmodel.studies.nuts import nuts

TITLES = ("fleet from what was spent", "release of the model in the making")


@dataclasses.dataclass(frozen=True)
class Check:
    """How far the posterior is from what the sampler finds: middles off in standard deviations, and ratios of those."""

    draws: int
    diverged: int
    rows: tuple[tuple[str, float, float], ...]


@dataclasses.dataclass(frozen=True)
class Learned:
    """Chains by title, before and after their facts, and the checks of those that were sampled."""

    scenario: str
    titles: tuple[str, ...]
    before: tuple[Posterior, ...]
    after: tuple[Posterior, ...]
    checks: dict[str, Check]


def check(question: Question, after: Posterior) -> Check:
    """Sample the posterior anew, by a way of its own, and compare. Raises: ConfigError where the sampler is not installed."""
    scores, diverged = nuts(question, fitted(question))
    spread = scores.std(axis=0)
    off, ratio = (after.scores.mean(axis=0) - scores.mean(axis=0)) / spread, after.scores.std(axis=0) / spread
    rows = tuple((name, float(a), float(b)) for name, a, b in zip(question.beliefs.names, off, ratio, strict=True))
    return Check(scores.shape[0], diverged, rows)


def learn(scenario: Scenario, sampled: bool = False, draws: int = DRAWS, seed: int = 0) -> Learned:
    """Calibrate both chains; only the fleet is sampled beside, for the release has a kink that slows the sampler down.

    Raises: ConfigError where the scenario is of another day, or knows more than it could.
    """
    before, after = learned(scenario, draws, seed)
    checks = {TITLES[0]: check(fleet_question(), after[0])} if sampled else {}
    return Learned(scenario.name, TITLES, before, after, checks)
