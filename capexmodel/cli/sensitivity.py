"""Commands on what an output hangs on: sensitivity of one scenario, attribution of the difference of two."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from capexmodel.cli.given import pair_of, scenario_of
from capexmodel.cli.options import AIM
from capexmodel.cli.status import DONE
from capexmodel.cli.sweeps import followed, share_processors
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import progress

if TYPE_CHECKING:
    from capexmodel.model.allocation import Followed
    from capexmodel.model.scenario import Scenario
    from capexmodel.report.sensitivity import Sensitivity
    from capexmodel.studies.attribution import Follower

PLANNED = "The best plan is found anew for whatever the figures are."
FOLLOWED = "One plan is followed whatever the figures are: what it could have done had it known is left out."
Tell = Callable[[str], None]


def sensitivity(options: argparse.Namespace) -> int:
    """Say what an output hangs on, and which of it nobody verified."""
    _check(options)
    share_processors()
    from capexmodel.report.shelf import keep_traced

    with keep_traced(f"sensitivity {options.scenario}"):
        scenario = scenario_of(options)
        from capexmodel.studies.elasticity import named

        if options.over == "simulate":
            named(scenario, options.output)
            plan = followed(options, scenario)
        with progress() as tell:
            found = _studied(options, scenario, plan, tell) if options.over == "simulate" else _planned(options, scenario, tell)
        name = options.output if options.over == "simulate" else next(iter(found.told))
        from capexmodel.files import write
        from capexmodel.report.document import to_json
        from capexmodel.report.sensitivity import sensitivity_document, sensitivity_page

        contents: dict[Path, bytes] = {} if options.json is None else {options.json: to_json(sensitivity_document(found))}
        if options.figures is not None:
            from capexmodel.report.tornado_figure import tornado_drawings

            drawn = tornado_drawings(found, name)
            contents |= {options.figures / file: content for file, content in drawn.items()}
        write(contents)
        print(sensitivity_page(found, name), end="")
    return DONE


def _studied(options: argparse.Namespace, scenario: "Scenario", plan: "Followed", tell: Tell) -> "Sensitivity":
    """Slopes of every output, every figure at both ends, and the variance if it was asked for."""
    from capexmodel.errors import ModelError
    from capexmodel.report.sensitivity import Sensitivity, Told
    from capexmodel.studies.batch import Simulations
    from capexmodel.studies.draws import draws
    from capexmodel.studies.elasticity import elasticities
    from capexmodel.studies.outputs import outputs
    from capexmodel.studies.sobol import sobol
    from capexmodel.studies.tornado import PART_ROWS, tornado

    slopes = elasticities(scenario, plan, [one.name for one in outputs(scenario) if not one.share], tell)
    try:
        drawn = draws(scenario, max(options.sobol, 1), options.seed)
    except ModelError:
        if options.sobol:
            raise
        return Sensitivity(scenario, {name: Told(one, ()) for name, one in slopes.items()}, None, FOLLOWED)
    tell("every figure at both ends of its range")
    engine = Simulations(scenario, plan, drawn, part_rows=PART_ROWS)
    moved = tornado(engine, scenario)
    variance = sobol(engine, scenario, tell) if options.sobol else None
    return Sensitivity(scenario, {name: Told(one, moved.bars(one)) for name, one in slopes.items()}, variance, FOLLOWED)


def _planned(options: argparse.Namespace, scenario: "Scenario", tell: Tell) -> "Sensitivity":
    """Slopes of the aim of the best plan, and the figures it moves most with, solved again at both ends."""
    from capexmodel.config.wishes import problem_of
    from capexmodel.errors import ModelError
    from capexmodel.planner.optimize import optimize as planned
    from capexmodel.report.sensitivity import Sensitivity, Told
    from capexmodel.studies.elasticity import aim_elasticities
    from capexmodel.studies.tornado import planned_bars

    problem = problem_of(scenario, options.minimize, options.without)
    plan = planned(problem, starts=1, ranges=False, swing=False, progress=tell)
    slopes = aim_elasticities(plan)
    try:
        bars = planned_bars(plan, slopes, options.solves, tell)
    except ModelError:
        bars = ()
    return Sensitivity(scenario, {slopes.output.name: Told(slopes, bars)}, None, PLANNED)


def attribute(options: argparse.Namespace) -> int:
    """Say why an output of one scenario is another one's."""
    _check(options)
    from capexmodel.report.shelf import keep_traced

    with keep_traced(f"attribute {options.one} {options.two}"):
        one, two = pair_of(options)
        from capexmodel.studies.attribution import attribute as attributed
        from capexmodel.studies.elasticity import named

        for scenario in (one, two):
            named(scenario, options.output)
        first, second, way = _plans(options, one, two)
        with progress() as tell:
            found = attributed(first, second, options.output, tell)
        from capexmodel.files import write
        from capexmodel.report.attribution import attribution_document, attribution_page
        from capexmodel.report.document import to_json

        names = _called(options.one, options.set_one), _called(options.two, options.set_two)
        write({} if options.json is None else {options.json: to_json(attribution_document(found, names, way))})
        print(attribution_page(found, names, way), end="")
    return DONE


def _called(name: str, changes: list[str]) -> str:
    """A scenario as it was asked for."""
    return " ".join([name, *(f"--set {change}" for change in changes)])


def _plans(options: argparse.Namespace, one: "Scenario", two: "Scenario") -> tuple["Follower", "Follower", str]:
    """Which plan each follows: the same, or its own where that was asked for, or where one plan does not fit both."""
    from capexmodel.studies.attribution import Follower
    from capexmodel.studies.bridge import same_choices

    if options.allocation is not None and options.own_plans:
        raise ConfigError("--own-plans finds the best plan of each scenario: it goes without --allocation")
    if options.own_plans or not same_choices(one, two):
        if options.allocation is not None:
            raise ConfigError(f"{options.allocation}: one plan cannot be followed in both: their sites, chips or dates differ")
        way = "Each follows its own best plan, whose choices are numbers that differ as others do."
        return Follower(one, followed(options, one)), Follower(two, followed(options, two)), way
    plan = followed(options, one)
    said = f"the plan of {options.allocation}" if options.allocation is not None else "the best plan of the first"
    return Follower(one, plan), Follower(two, plan), f"Both follow {said}."


def _check(options: argparse.Namespace) -> None:
    """Find out before computing what does not go together, and whether results can be written."""
    if getattr(options, "over", "simulate") == "optimize":
        for name, given in (("allocation", options.allocation), ("sobol", options.sobol), ("output", options.output != AIM)):
            if given:
                raise ConfigError(f"--{name} goes with --over simulate: --over optimize looks at the aim of the best plan (--minimize)")
    from capexmodel.files import check_file, check_folder

    if options.json is not None:
        check_file(options.json)
    if getattr(options, "figures", None) is not None:
        check_folder(options.figures)
