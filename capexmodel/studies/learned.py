"""What public facts teach about a scenario and its company, with the sampler as a check where it is asked for."""

import dataclasses

from capexmodel.model.scenario import Scenario
from capexmodel.studies.backtest import DRAWS, fleet_question, learned, release_question
from capexmodel.studies.calibration import Bell, Posterior, Question, fitted, nothing_seen
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


def check(question: Question, start: Bell | None, after: Posterior) -> Check:
    """Sample the posterior anew, by a way of its own, and compare; without a start, from the middle of the prior.

    Raises: ConfigError where the sampler is not installed.
    """
    scores, diverged = nuts(question, nothing_seen(len(question.beliefs.names)) if start is None else start)
    spread = scores.std(axis=0)
    off, ratio = (after.scores.mean(axis=0) - scores.mean(axis=0)) / spread, after.scores.std(axis=0) / spread
    rows = tuple((name, float(a), float(b)) for name, a, b in zip(question.beliefs.names, off, ratio, strict=True))
    return Check(scores.shape[0], diverged, rows)


def learn(scenario: Scenario, sampled: bool = False, draws: int = DRAWS, seed: int = 0) -> Learned:
    """Calibrate both chains. Raises: ConfigError where the scenario is of another day, or knows more than it could."""
    before, after = learned(scenario, draws, seed)
    asked = (fleet_question(), fitted(fleet_question())), (release_question(scenario), None)
    pairs = zip(TITLES, asked, after, strict=True)
    checks = {title: check(*question, known) for title, question, known in pairs} if sampled else {}
    return Learned(scenario.name, TITLES, before, after, checks)
