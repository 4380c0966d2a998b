"""Commands that ask a scenario many times: sweep, uncertainty."""

import argparse
import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from capexmodel.cli.given import doubt, scenario_of
from capexmodel.cli.status import DONE
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import progress, say

if TYPE_CHECKING:
    from capexmodel.model.allocation import Allocation, Followed
    from capexmodel.model.scenario import Scenario
    from capexmodel.model.training import Training
    from capexmodel.studies.swept import Sweep
    from capexmodel.studies.task import Task

WAYS = ("simulate", "optimize")
CONNECT_S = 20
"""How long a cluster may take to answer."""


def share_processors() -> None:
    """Have JAX see every processor as a device of its own; must come before JAX is imported. A count that somebody set stays."""
    flag = "--xla_force_host_platform_device_count"
    flags = os.environ.get("XLA_FLAGS", "")
    if flag not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {flag}={os.cpu_count() or 1}".strip()


def sweep(options: argparse.Namespace) -> int:
    """Ask a scenario many times and sum up the answers."""
    _check(options)
    if options.over == "simulate":
        share_processors()
    from capexmodel.report.shelf import keep_traced

    with keep_traced(f"sweep {options.scenario} {options.over}"):
        task = _task(options)
        from capexmodel.studies.sweep import sweep as swept

        with progress() as tell, _cluster(options.dask) as client:
            found = swept(task, options.out, client, announce=say, tell=tell)
    _write(options, found)
    from capexmodel.report.sweep import sweep_page

    print(sweep_page(found), end="")
    return DONE


def uncertainty(options: argparse.Namespace) -> int:
    """Follow one plan through scenarios drawn from the ranges of their figures."""
    from capexmodel.files import check_file, check_folder

    if options.json is not None:
        check_file(options.json)
    if options.out is not None:
        check_folder(options.out)
    share_processors()
    from capexmodel.report.shelf import keep_traced

    with keep_traced(f"uncertainty {options.scenario}"):
        scenario = scenario_of(options)
        from capexmodel.studies.draws import draws
        from capexmodel.studies.sweep import sweep as swept
        from capexmodel.studies.task import Task

        drawn = draws(scenario, options.draws, options.seed, () if options.events_only else None, late=True)
        task = Task(scenario, drawn, followed(options, scenario), single=options.single, keep_rows=options.keep_rows)
        with progress() as tell:
            found = swept(task, options.out, announce=say, tell=tell)
        from capexmodel.files import write
        from capexmodel.report.document import to_json
        from capexmodel.report.uncertainty import uncertainty_document, uncertainty_page

        write({} if options.json is None else {options.json: to_json(uncertainty_document(found))})
        print(uncertainty_page(found), end="")
    return DONE


def _check(options: argparse.Namespace) -> None:
    """Find out before computing what does not go together, and whether results can be written."""
    from capexmodel.files import check_file, check_folder

    if not options.vary:
        raise ConfigError("--vary: missing: which figures are varied? expected PATH=LOW:HIGH:N, PATH=-20%:+20%:N or PATH=A,B,...")
    if options.dask is not None and options.out is None:
        raise ConfigError("--dask: the workers write into --out DIR, a folder that all of them see")
    if options.allocation is not None and options.over == "optimize":
        raise ConfigError("--allocation goes with --over simulate: --over optimize finds a plan of its own for every scenario")
    if options.single and options.over == "optimize":
        raise ConfigError("--float32 goes with --over simulate: plans are found and proven in 64 bits")
    if options.json is not None:
        check_file(options.json)
    for folder in (options.out, options.figures):
        if folder is not None:
            check_folder(folder)


def _task(options: argparse.Namespace) -> "Task":
    """What is asked, from what was written."""
    from capexmodel.config.crossed import crossed

    scenario, axes = crossed(options.scenario, options.set, options.vary)
    doubt(scenario)
    from capexmodel.studies.grid import grid
    from capexmodel.studies.task import Task

    asked = {"slopes": options.gradients, "single": options.single, "keep_rows": options.keep_rows}
    if options.over == "simulate":
        return Task(scenario, grid(scenario, axes), allocation=followed(options, scenario), **asked)
    from capexmodel.config.wishes import problem_of

    return Task(scenario, grid(scenario, axes), problem=problem_of(scenario, options.minimize, options.without), **asked)


def followed(options: argparse.Namespace, scenario: "Scenario") -> "Followed":
    """The plan that is followed: the one given, else the best one of the scenario as it stands; its runs go on until they are done."""
    from capexmodel.model.going import as_planned, kept_going

    allocation, training = _given(options, scenario) if options.allocation is not None else _best(options, scenario)
    if options.as_planned:
        return as_planned(allocation)
    return kept_going(allocation, scenario.calendar.period_edges_s, training)


def _given(options: argparse.Namespace, scenario: "Scenario") -> "tuple[Allocation, Training]":
    """The plan of a file, and its training in the scenario as it stands."""
    from capexmodel.cli.plans import given_allocation
    from capexmodel.planner.follow import follow_allocation

    allocation = given_allocation(options.allocation, scenario)
    return allocation, follow_allocation(scenario, allocation).training


def _best(options: argparse.Namespace, scenario: "Scenario") -> "tuple[Allocation, Training]":
    """The best plan and its training. Raises: ConfigError where there is none."""
    from capexmodel.config.wishes import problem_of
    from capexmodel.planner.optimize import optimize as planned

    with progress() as tell:
        plan = planned(problem_of(scenario, options.minimize, options.without), starts=1, swing=False, progress=tell)
    if plan.allocation is None or plan.outcome is None:
        raise ConfigError(f"{scenario.name} has no plan to follow ({plan.status}): see `capexmodel optimize`, or give --allocation FILE")
    say(f"following the best plan of {scenario.name} as it stands; --allocation FILE follows another one")
    return plan.allocation, plan.outcome.training


@contextlib.contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    """A client of a Dask cluster while this lasts, or none. Raises: ConfigError where there is no cluster."""
    if address is None:
        yield None
        return
    try:
        from dask.distributed import Client
    except ImportError:
        raise ConfigError("--dask needs Dask: pip install 'capexmodel[cluster]'") from None
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--dask {address}: no cluster answers there ({' '.join(str(error).split())[:120]})") from None
    with client:
        yield client


def _write(options: argparse.Namespace, found: "Sweep") -> None:
    """Write what was asked for."""
    from capexmodel.files import write
    from capexmodel.report.document import to_json
    from capexmodel.report.sweep import sweep_document

    contents = {} if options.json is None else {options.json: to_json(sweep_document(found))}
    if options.figures is not None:
        from capexmodel.report.sweep_figure import sweep_drawings

        contents |= {options.figures / name: content for name, content in sweep_drawings(found).items()}
    write(contents)
