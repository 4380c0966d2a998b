"""Commands on futures drawn at random: robust, hedges."""

import argparse
import datetime
from typing import TYPE_CHECKING

from capexmodel.cli.given import scenario_of
from capexmodel.cli.status import DONE, UNPROVEN
from capexmodel.cli.sweeps import share_processors
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import near, progress

if TYPE_CHECKING:
    from capexmodel.model.scenario import Scenario
    from capexmodel.studies.draws import Draws

ENDLESS = 10**12
"""Scenarios that there are to draw: each is known by its index."""


def robust(options: argparse.Namespace) -> int:
    """Plan for many futures at once."""
    from capexmodel.files import check_file

    if (options.deadline is None) != (options.probability is None):
        raise ConfigError("--deadline MODEL=DATE and --probability SHARE go together; without them the plan of --percentile is found")
    if options.json is not None:
        check_file(options.json)
    share_processors()
    from capexmodel.report.shelf import keep_compiled, keep_traced

    keep_compiled()
    with keep_traced(f"robust {options.scenario} {options.minimize} {options.without} {options.draws}"):
        scenario = scenario_of(options)
        from capexmodel.config.wishes import problem_of
        from capexmodel.studies.robust import Bench, by_deadline, earliest, without_limit

        wish, drawn = _deadline(options, scenario), drawn_of(options, scenario)
        problem = problem_of(scenario, options.minimize, options.without)
        problem = problem if wish is None else without_limit(problem, wish[0])
        with progress() as tell:
            bench = Bench(problem, drawn, options.draws, tell)
            share = options.percentile / 100.0 if wish is None else options.probability
            found = earliest(bench, share) if wish is None else by_deadline(bench, wish[1], share)
        from capexmodel.files import write
        from capexmodel.report.document import to_json
        from capexmodel.report.robust import robust_document, robust_page

        write({} if options.json is None else {options.json: to_json(robust_document(found))})
        print(robust_page(found), end="")
    return DONE if found.answer is not None else UNPROVEN


def hedges(options: argparse.Namespace) -> int:
    """Rank what buys probability by what a dollar of it buys."""
    from capexmodel.files import check_file

    if options.json is not None:
        check_file(options.json)
    share_processors()
    from capexmodel.report.shelf import keep_compiled, keep_traced

    keep_compiled()
    with keep_traced(f"hedges {options.scenario} {options.minimize} {options.without}"):
        scenario = scenario_of(options)
        from capexmodel.config.wishes import problem_of
        from capexmodel.studies.hedges import rank
        from capexmodel.studies.robust import FRESH_FROM, Bench

        wish = _deadline(options, scenario) or _stated(options, scenario)
        aim = options.minimize if options.deadline is None else f"time:{options.deadline.partition('=')[0]}"
        problem, drawn = problem_of(scenario, aim, options.without), drawn_of(options, scenario)
        with progress() as tell:
            bench = Bench(problem, drawn, 1, tell)
            due_s = None if wish is None else wish[1]
            found = rank(bench, options.percentile / 100.0, due_s, options.draws, FRESH_FROM, tell)
        from capexmodel.files import write
        from capexmodel.report.document import to_json
        from capexmodel.report.hedges import hedges_document, hedges_page

        write({} if options.json is None else {options.json: to_json(hedges_document(found))})
        print(hedges_page(found), end="")
    return DONE if found.base is not None else UNPROVEN


def _stated(options: argparse.Namespace, scenario: "Scenario") -> tuple[str, float] | None:
    """The scenario's own deadline of the model that is asked about, where it has one."""
    job, names = options.minimize.partition(":")[2] or scenario.job.names[0], scenario.job.names
    if job not in names or (len(names) > 1 and ":" not in options.minimize) or not scenario.job.deadlined[names.index(job)]:
        return None
    return job, float(scenario.job.deadline_s[names.index(job)])


def drawn_of(options: argparse.Namespace, scenario: "Scenario") -> "Draws":
    """The futures that are drawn: all figures with a range and all events, or events alone."""
    from capexmodel.studies.draws import draws

    return draws(scenario, ENDLESS, options.seed, () if options.events_only else None, late=True)


def _deadline(options: argparse.Namespace, scenario: "Scenario") -> tuple[str, float] | None:
    """The model and the instant of `--deadline MODEL=DATE`. Raises: ConfigError where it names none."""
    if options.deadline is None:
        return None
    job, _, date = options.deadline.partition("=")
    if job not in scenario.job.names:
        raise ConfigError(
            f"--deadline: no model '{job[:40]}' in {scenario.name}, expected one of {', '.join(scenario.job.names)}"
            f"{near(job, scenario.job.names)}"
        )
    try:
        day = datetime.date.fromisoformat(date.strip())
    except ValueError:
        raise ConfigError(f"--deadline: '{date[:20]}' is not a date, expected {job}=2027-06-30") from None
    passed = day - datetime.date.fromisoformat(scenario.calendar.as_of)
    if passed.days <= 0:
        raise ConfigError(f"--deadline: {day} is not after the as-of date of {scenario.name}, {scenario.calendar.as_of}")
    return job, passed.total_seconds()
