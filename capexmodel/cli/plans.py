"""Commands on a scenario: optimize, simulate, frontier, lint, explain."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from capexmodel.cli.given import doubt, scenario_of
from capexmodel.cli.status import DONE, UNPROVEN
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import progress, say

if TYPE_CHECKING:
    from capexmodel.model.allocation import Allocation
    from capexmodel.model.scenario import Scenario
    from capexmodel.model.simulate import Outcome
    from capexmodel.planner.frontier import Frontier
    from capexmodel.planning.plan import Plan
    from capexmodel.planning.problem import Problem


def optimize(options: argparse.Namespace) -> int:
    """Find a plan, show it, write what was asked for."""
    _check_outputs(options)
    plan = _solve(options, swing=options.swings, whole=options.whole)
    from capexmodel.files import write
    from capexmodel.report.document import document, to_json
    from capexmodel.report.page import conflict_lines, page

    contents: dict[Path, bytes] = {} if options.json is None else {options.json: to_json(document(plan))}
    if plan.outcome is not None:
        contents |= _drawn(options, plan.problem.scenario, plan.outcome)
    write(contents)
    print(page(plan), end="")
    if plan.status == "INFEASIBLE_EXPLAINED":
        say(" ".join(line.strip() for line in conflict_lines(plan.conflict)))
    elif plan.status != "OPTIMAL":
        say(f"{plan.status}: this plan is not proven; try more starts (--starts)")
    return DONE if plan.status == "OPTIMAL" else UNPROVEN


def simulate(options: argparse.Namespace) -> int:
    """Follow a given allocation."""
    if options.allocation is None:
        raise ConfigError("--allocation: missing: simulate follows a given allocation, expected the file that `optimize --json FILE` wrote")
    _check_outputs(options)
    from capexmodel.files import write
    from capexmodel.planner.follow import follow_allocation
    from capexmodel.report.document import simulation_document, to_json
    from capexmodel.report.page import simulation
    from capexmodel.report.shelf import keep_compiled, keep_traced

    keep_compiled()
    with keep_traced(_occasion(options)):
        scenario = _load(options)
        allocation = given_allocation(options.allocation, scenario)
        outcome = follow_allocation(scenario, allocation)
    body = {} if options.json is None else {options.json: to_json(simulation_document(scenario, allocation, outcome))}
    write(body | _drawn(options, scenario, outcome))
    print(simulation(scenario, allocation, outcome), end="")
    return DONE


def given_allocation(file: str, scenario: "Scenario") -> "Allocation":
    """Read the plan to be followed, and say so where somebody changed it. Raises: ConfigError that begins with the file's name."""
    from capexmodel.report.document import read_allocation, read_result
    from capexmodel.report.proof import unchanged

    path = Path(file)
    try:
        result = read_result(path)
        allocation = read_allocation(result, scenario)
        if not unchanged(result):
            say(f"{path}: was changed since it was written: its result_hash does not fit")
        return allocation
    except ConfigError as error:
        text = str(error)
        raise ConfigError(text if text.startswith(str(path)) else f"{path}: {text}") from None


def frontier(options: argparse.Namespace) -> int:
    """Sweep one figure and show how the best plan moves with it, or weigh one aim against another."""
    if options.vary is not None and options.aims is not None:
        raise ConfigError("--aims: weighs two aims instead of a figure that is swept, expected no --vary beside it")
    if options.vary is None and options.aims is None:
        raise ConfigError(
            "--vary: missing: which figure is swept? expected PATH=LOW:HIGH:N, as 'envelope.high=115:135:9 B$', or --aims date,cost instead"
        )
    _check_outputs(options)
    from capexmodel.report.shelf import keep_compiled, keep_traced

    keep_compiled()
    with keep_traced(_occasion(options)):
        found = _swept(options) if options.aims is None else _weighed(options)
    from capexmodel.files import write
    from capexmodel.report.document import to_json
    from capexmodel.report.frontier import frontier_document, frontier_page

    contents: dict[Path, bytes] = {} if options.json is None else {options.json: to_json(frontier_document(found))}
    if options.figures is not None:
        from capexmodel.report.frontier_figure import frontier_drawings

        contents |= {options.figures / name: content for name, content in frontier_drawings(found).items()}
    write(contents)
    print(frontier_page(found), end="")
    return DONE if found.answered else UNPROVEN


def _swept(options: argparse.Namespace) -> "Frontier":
    """The best plan at each value of a figure."""
    from capexmodel.config.vary import vary
    from capexmodel.config.wishes import problem_of
    from capexmodel.planner.frontier import frontier as swept

    scenario, leaf, values = vary(options.scenario, options.set, options.vary)
    doubt(scenario)
    problem = problem_of(scenario, options.minimize, options.without)
    with progress() as tell:
        return swept(problem, leaf.path, values, progress=tell)


def _weighed(options: argparse.Namespace) -> "Frontier":
    """The best of one aim at each bound on another. Raises: ConfigError where the two cannot be weighed."""
    from capexmodel.planner.aims import PAIRS, weigh

    first, _, second = (word.strip() for word in options.aims.partition(","))
    if (first, second) not in PAIRS:
        raise ConfigError(f"--aims: '{options.aims[:40]}' cannot be weighed, expected one of {'; '.join(','.join(two) for two in PAIRS)}")
    problem = _problem(options)
    with progress() as tell:
        return weigh(problem, first, second, options.points, progress=tell)


def lint(options: argparse.Namespace) -> int:
    """Check a scenario file."""
    scenario = _load(options)
    from capexmodel.report.evidence import summary

    print(f"{scenario.name}: no fault found", *summary(scenario), sep="\n")
    return DONE


def explain(options: argparse.Namespace) -> int:
    """Find a plan and explain it."""
    plan = _solve(options, swing=False)
    from capexmodel.report.explain import explain as explained

    print(explained(plan), end="")
    return DONE if plan.status == "OPTIMAL" else UNPROVEN


def _check_outputs(options: argparse.Namespace) -> None:
    """Find out before computing whether results can be written."""
    from capexmodel.files import check_file, check_folder

    if options.json is not None:
        check_file(options.json)
    if options.figures is not None:
        check_folder(options.figures)


def _load(options: argparse.Namespace) -> "Scenario":
    from capexmodel.report.shelf import keep_compiled

    keep_compiled()
    return scenario_of(options)


def _problem(options: argparse.Namespace) -> "Problem":
    """Say what is wanted of a scenario, and what may not be exceeded."""
    scenario = _load(options)
    from capexmodel.config.wishes import problem_of

    return problem_of(scenario, options.minimize, options.without)


def _solve(options: argparse.Namespace, swing: bool, whole: bool = False) -> "Plan":
    """Find the plan, with a line of progress for whoever waits."""
    from capexmodel.report.shelf import keep_compiled, keep_traced

    keep_compiled()
    with keep_traced(_occasion(options)):
        problem = _problem(options)
        from capexmodel.planner.optimize import optimize as planned

        with progress() as tell:
            return planned(problem, starts=options.starts, swing=swing, whole=whole, progress=tell)


def _occasion(options: argparse.Namespace) -> str:
    """What decides which programs a run needs, as far as the command line knows."""
    changed = sorted(word.partition("=")[0] for word in [*options.set, getattr(options, "vary", None) or ""])
    return " ".join(f"{getattr(options, name, None)}" for name in ("command", "whole", "scenario", "minimize", "without")) + f" {changed}"


def _drawn(options: argparse.Namespace, scenario: "Scenario", outcome: "Outcome") -> dict[Path, bytes]:
    """Draw the figures, if they were asked for."""
    if options.figures is None:
        return {}
    from capexmodel.report.figures import drawings

    return {options.figures / name: content for name, content in drawings(scenario, outcome).items()}
