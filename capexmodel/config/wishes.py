"""From what people ask for in words to a Problem: the aim and the limits that are lifted."""

from collections.abc import Sequence

from capexmodel.config.faults import nearest
from capexmodel.errors import ConfigError
from capexmodel.model.scenario import Scenario
from capexmodel.planning.limits import LIMITS
from capexmodel.planning.objective import PresentCost, TimeToModel, WorkByDate
from capexmodel.planning.problem import Problem

PARTS = {"site_power_w": "mixed_power_w"}
"""Limits that are a part of another: lifted with it."""
AIMS = {"time": TimeToModel, "work": WorkByDate, "cost": PresentCost}


def problem_of(scenario: Scenario, aim: str, lifted: Sequence[str]) -> Problem:
    """Say what is wanted of a scenario ("time", "work:JOB", "cost"...), and which limits need not hold.

    Raises: ConfigError when no aim, job or limit is called so.
    """
    names = [limit.name for limit in LIMITS]
    for name in lifted:
        if name not in names:
            raise ConfigError(f"--without: no limit '{name[:40]}', expected one of {', '.join(names)}{_meant(name, names)}")
    gone = {*lifted, *(part for whole, part in PARTS.items() if whole in lifted)}
    limits = tuple(limit for limit in LIMITS if limit.name not in gone)
    kind, _, job = aim.partition(":")
    if kind not in AIMS:
        raise ConfigError(
            f"--minimize: no aim '{kind[:40]}', expected time, time:JOB, work:JOB, cost or cost:JOB{_meant(kind, list(AIMS))}"
        )
    jobs = scenario.job.names
    if job not in jobs and (kind == "work" or ":" in aim):
        expected = " or ".join(f"{kind}:{name}" for name in jobs)
        raise ConfigError(f"--minimize: no model '{job[:40]}' in {scenario.name}, expected {expected}{_meant(job, jobs)}")
    return Problem(scenario, AIMS[kind](job=job or None), limits)


def words_of(problem: Problem) -> tuple[str, tuple[str, ...]] | None:
    """Say a problem in the words that `problem_of` takes; None where its aim or its limits are none of those shipped."""
    word = next((word for word, kind in AIMS.items() if type(problem.minimize) is kind), None)
    lifted = tuple(limit.name for limit in problem.lifted)
    if word is None:
        return None
    aim = word if problem.minimize.job is None else f"{word}:{problem.minimize.job}"
    return (aim, lifted) if problem_of(problem.scenario, aim, lifted).form == problem.form else None


def _meant(word: str, known: Sequence[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean '{near}'?" if near is not None else ""
