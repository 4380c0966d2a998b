"""The command line: `capexmodel optimize | simulate | frontier | lint | explain SCENARIO`.

Exit status: 0 done; 1 no proven plan (wishes that conflict are named); 2 bad input, nothing written; 3 an error of the program itself.
What computes is imported by the command that needs it, so that `--help` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from capexmodel import __version__
from capexmodel.errors import CapexModelError, ConfigError, ModelError
from capexmodel.report.terminal import internal, near, progress, say

if TYPE_CHECKING:
    from capexmodel.model.scenario import Scenario
    from capexmodel.model.simulate import Outcome
    from capexmodel.planning.plan import Plan
    from capexmodel.planning.problem import Problem

DONE, UNPROVEN, BAD_INPUT, INTERNAL = 0, 1, 2, 3
MOST_FAULTS = 20
STARTS = 2
"""Points from which a plan is searched unless told otherwise."""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Stop with one line that says what to do."""
        raise ConfigError(f"{message}; `{self.prog} --help` shows what can be asked")


def build_parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    parser = _Parser(prog="capexmodel", description="From capital expenditure to the date of a trained model.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"capexmodel {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    optimize = _command(commands, "optimize", "find the best plan, prove it, and price its limits")
    _aims(optimize)
    _starts(optimize)
    _outputs(optimize)
    swings = "re-solve at both ends of every undisclosed figure that has a range and a slope (a minute or two)"
    optimize.add_argument("--swings", action="store_true", help=swings)
    optimize.add_argument("--whole", action="store_true", help="order whole racks and halls, and say what that costs")
    simulate = _command(commands, "simulate", "follow a given allocation from dollars to dates")
    simulate.add_argument("--allocation", metavar="FILE.json", help="the result file of an `optimize` run (required)")
    _outputs(simulate)
    frontier = _command(commands, "frontier", "sweep one figure: how the best plan moves with it, each point proven and priced")
    varied = "the figure, as --set takes it, and its values: 'envelope.high=115:135:9 B$' or a list A,B,... (required)"
    frontier.add_argument("--vary", metavar="PATH=LOW:HIGH:N", help=varied)
    _aims(frontier)
    _outputs(frontier)
    _command(commands, "lint", "check a scenario file without computing anything")
    explain = _command(commands, "explain", "say where each number comes from, what binds when, and what each shadow price means")
    _aims(explain)
    _starts(explain)
    return parser


def _command(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> argparse.ArgumentParser:
    """Add a command with what all commands take."""
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
    command.add_argument("scenario", metavar="SCENARIO", help="a shipped scenario (meta_2026, greenfield, one_period) or a TOML file")
    command.add_argument("--set", metavar="PATH=VALUE", action="append", default=[], help="replace a figure: 'envelope.high=125 B$'")
    command.add_argument("--all", action="store_true", help=f"name every fault of the input, up to {MOST_FAULTS}, not the first alone")
    return command


def _aims(command: argparse.ArgumentParser) -> None:
    """Add what says what is wanted."""
    aims = "time (weighted mean date), time:JOB, work:JOB (most work by its deadline), cost, cost:JOB"
    command.add_argument("--minimize", metavar="AIM", default="time", help=aims)
    command.add_argument("--without", metavar="LIMIT", action="append", default=[], help="lift a limit, such as supply")


def _starts(command: argparse.ArgumentParser) -> None:
    """Add from how many points a plan is searched."""
    command.add_argument("--starts", metavar="N", type=_count, default=STARTS, help=f"points to search from ({STARTS})")


def _outputs(command: argparse.ArgumentParser) -> None:
    """Add where results go besides the screen."""
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    command.add_argument("--figures", metavar="DIR", type=Path, help="draw what was found as SVG and PNG")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 1 to 1000")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a threaded factorization of this size is several times slower on shared cores
    try:
        return _shown(_run(words))
    except (ConfigError, ModelError) as error:
        faults = getattr(error, "faults", None) or [str(error)]
        for line in faults[: MOST_FAULTS if "--all" in words else 1]:
            say(line)
        return BAD_INPUT
    except CapexModelError as error:
        say(str(error))
        return UNPROVEN
    except KeyboardInterrupt:
        say("stopped; nothing was written")
        return 130
    except BrokenPipeError:
        return _shown(DONE)
    except SystemExit as stop:
        return _shown(int(stop.code or 0))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the program, people get one line and a way to the rest
        say(internal(error))
        return INTERNAL


def _run(words: list[str]) -> int:
    parser = build_parser()
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "optimize": _optimize,
        "simulate": _simulate,
        "frontier": _frontier,
        "lint": _lint,
        "explain": _explain,
    }
    wanted = next((word for word in words if not word.startswith("-")), None)
    if wanted is not None and wanted not in commands:
        raise ConfigError(f"no command '{wanted[:40]}', expected one of {', '.join(commands)}{near(wanted, commands)}")
    options, extra = parser.parse_known_args(words)
    if extra:
        raise ConfigError(f"{options.command} takes no '{extra[0][:40]}'{near(extra[0], [f'--{name}' for name in vars(options)])}")
    return commands[options.command](options)


def _shown(status: int) -> int:
    """Hand over what was printed; a reader that went away is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status


def _optimize(options: argparse.Namespace) -> int:
    """Find a plan, show it, write what was asked for."""
    _check_outputs(options)
    plan = _solve(options, swing=options.swings, whole=options.whole)
    from capexmodel.report.document import document, to_json
    from capexmodel.report.files import write
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


def _simulate(options: argparse.Namespace) -> int:
    """Follow a given allocation."""
    if options.allocation is None:
        raise ConfigError("--allocation: missing: simulate follows a given allocation, expected the file that `optimize --json FILE` wrote")
    _check_outputs(options)
    scenario = _load(options)
    from capexmodel.model.simulate import simulate
    from capexmodel.report.document import read_allocation, read_result, simulation_document, to_json
    from capexmodel.report.files import write
    from capexmodel.report.page import simulation

    path = Path(options.allocation)
    try:
        allocation = read_allocation(read_result(path), scenario)
    except ConfigError as error:
        text = str(error)
        raise ConfigError(text if text.startswith(str(path)) else f"{path}: {text}") from None
    outcome = simulate(scenario, allocation)
    body = {} if options.json is None else {options.json: to_json(simulation_document(scenario, allocation, outcome))}
    write(body | _drawn(options, scenario, outcome))
    print(simulation(scenario, allocation, outcome), end="")
    return DONE


def _frontier(options: argparse.Namespace) -> int:
    """Sweep one figure and show how the best plan moves with it."""
    if options.vary is None:
        raise ConfigError("--vary: missing: which figure is swept? expected PATH=LOW:HIGH:N, as 'envelope.high=115:135:9 B$'")
    _check_outputs(options)
    from capexmodel.report.shelf import keep_traced

    with keep_traced(_occasion(options)):
        from capexmodel.config.vary import vary
        from capexmodel.config.wishes import problem_of

        scenario, leaf, values = vary(options.scenario, options.set, options.vary)
        problem = problem_of(scenario, options.minimize, options.without)
        from capexmodel.planner.frontier import frontier

        with progress() as tell:
            found = frontier(problem, leaf.path, values, progress=tell)
    from capexmodel.report.document import to_json
    from capexmodel.report.files import write
    from capexmodel.report.frontier import frontier_document, frontier_page

    contents: dict[Path, bytes] = {} if options.json is None else {options.json: to_json(frontier_document(found))}
    if options.figures is not None:
        from capexmodel.report.frontier_figure import frontier_drawings

        contents |= {options.figures / name: content for name, content in frontier_drawings(found).items()}
    write(contents)
    print(frontier_page(found), end="")
    return DONE if found.answered else UNPROVEN


def _lint(options: argparse.Namespace) -> int:
    """Check a scenario file."""
    scenario = _load(options)
    from capexmodel.report.evidence import summary

    print(f"{scenario.name}: no fault found", *summary(scenario), sep="\n")
    return DONE


def _explain(options: argparse.Namespace) -> int:
    """Find a plan and explain it."""
    plan = _solve(options, swing=False)
    from capexmodel.report.explain import explain

    print(explain(plan), end="")
    return DONE if plan.status == "OPTIMAL" else UNPROVEN


def _check_outputs(options: argparse.Namespace) -> None:
    """Find out before computing whether results can be written."""
    from capexmodel.report.files import check_file, check_folder

    if options.json is not None:
        check_file(options.json)
    if options.figures is not None:
        check_folder(options.figures)


def _load(options: argparse.Namespace) -> "Scenario":
    from capexmodel.config import load
    from capexmodel.report.shelf import keep_compiled

    keep_compiled()

    return load(options.scenario, options.set, faults="all" if options.all else "first")


def _problem(options: argparse.Namespace) -> "Problem":
    """Say what is wanted of a scenario, and what may not be exceeded."""
    scenario = _load(options)
    from capexmodel.config.wishes import problem_of

    return problem_of(scenario, options.minimize, options.without)


def _solve(options: argparse.Namespace, swing: bool, whole: bool = False) -> "Plan":
    """Find the plan, with a line of progress for whoever waits."""
    from capexmodel.report.shelf import keep_traced

    with keep_traced(_occasion(options)):
        problem = _problem(options)
        from capexmodel.planner.optimize import optimize

        with progress() as tell:
            return optimize(problem, starts=options.starts, swing=swing, whole=whole, progress=tell)


def _occasion(options: argparse.Namespace) -> str:
    """What decides which programs a run needs, as far as the command line knows."""
    changed = sorted(word.partition("=")[0] for word in [*options.set, getattr(options, "vary", None) or ""])
    return f"{options.command} {getattr(options, 'whole', False)} {options.scenario} {options.minimize} {options.without} {changed}"


def _drawn(options: argparse.Namespace, scenario: "Scenario", outcome: "Outcome") -> dict[Path, bytes]:
    """Draw the figures, if they were asked for."""
    if options.figures is None:
        return {}
    from capexmodel.report.figures import drawings

    return {options.figures / name: content for name, content in drawings(scenario, outcome).items()}
