"""What can be asked on the command line: commands, options, and a complaint of one line."""

import argparse
import datetime
from pathlib import Path
from typing import NoReturn

from capexmodel import __version__
from capexmodel.errors import ConfigError

EVERY = "targets"
"""What is validated where nothing is named: every published figure."""
MOST_FAULTS = 20
STARTS = 2
"""Points from which a plan is searched unless told otherwise."""
AIM = "mean_date_s"
"""The output that is looked at unless told otherwise."""
SOLVES = 12
"""Figures at whose ends a plan is found anew unless told otherwise."""
MOST_POINTS = 1_000_000
"""Points of a study of variance, at most."""
DRAWS, MOST_DRAWS = 65_536, 10**12
"""Scenarios that are drawn unless told otherwise, and at most."""
FOLDS = 10
"""Parts that cross-validation leaves out one by one unless told otherwise."""


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
    _sweep(commands)
    _uncertainty(commands)
    _sensitivity(commands)
    _command(commands, "lint", "check a scenario file without computing anything")
    explain = _command(commands, "explain", "say where each number comes from, what binds when, and what each shadow price means")
    _aims(explain)
    _starts(explain)
    validate = _checked(commands, "validate", "compare what the model says with what was published; status 1 where a goal is missed", True)
    validate.add_argument("--calibration", metavar="FILE.json", type=Path, help="a calibration of your own, as `calibrate --json` wrote it")
    calibrate = _checked(commands, "calibrate", "learn what software reaches of its chips from published runs, and from your own")
    calibrate.add_argument("--as-of", metavar="DATE", type=_date, help="only runs published by this date, as 2026-02-02")
    calibrate.add_argument("--folds", metavar="N", type=_folds, default=FOLDS, help=f"parts left out one by one, to validate ({FOLDS})")
    reconcile = _described(commands, "reconcile", "walk from one published cost of a gigawatt to another, assumption by assumption")
    reconcile.add_argument("start", metavar="FROM", nargs="?", help="a build, such as bernstein_gb200; without any, all are listed")
    reconcile.add_argument("end", metavar="TO", nargs="?", help="another, such as epoch_gb200")
    reconcile.add_argument("--builds", metavar="FILE.toml", type=Path, help="builds of your own beside the shipped ones: see docs/costs.md")
    reconcile.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    _power(commands)
    return parser


def _power(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the command on the power of a site."""
    power = _described(commands, "power", "find the cheapest power for a site, all year and every hour, and price its limits")
    power.add_argument("--load", metavar="POWER", required=True, help="what is drawn at the meter, day and night: '2 GW'")
    power.add_argument("--place", metavar="NAME", default="ohio", help="whose sun, wind and grid (ohio); see configs/energy/weather.toml")
    power.add_argument("--sources", metavar="A,B,...", help="from what, such as grid,wind,solar,battery,gas_engine (all that is known)")
    power.add_argument("--carbon-price", metavar="PRICE", default="0 $/t", help="of a tonne left in the air: '100 $/t' (none)")
    power.add_argument("--clean", metavar="SHARE", help="least share of the energy that is clean: 0.9 or '90 %%'")
    power.add_argument("--carbon-cap", metavar="CARBON", help="most carbon of the energy: '100 g/kWh'")
    power.add_argument("--most", metavar="SOURCE=POWER", action="append", default=[], help="no more of a source: 'grid=500 MW'")
    power.add_argument("--by", metavar="TIME", help="only what can be there within a time from now: '18 months'")
    power.add_argument("--gas-price", metavar="PRICE", help="of a MWh of heat: '14 $/MWh' (4 $ a million BTU is 13.65)")
    power.add_argument("--rate", metavar="SHARE", help="cost of money a year: 0.0675 or '6.75 %%'")
    ranged = "several values of one: carbon-price=0:300:7, clean=0:0.95:6, gas-price, carbon-cap, rate or by"
    power.add_argument("--vary", metavar="WHAT=LOW:HIGH:N", help=ranged)
    power.add_argument("--energy", metavar="FILE.toml", type=Path, help="sources and places of your own beside the shipped ones")
    power.add_argument("--toml", metavar="NAME", help="print the portfolio as [source.NAME] of a scenario instead of the page")
    _outputs(power)


def _sweep(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the command that asks a scenario many times."""
    command = _command(commands, "sweep", "vary several figures at once: every combination simulated with one plan, or planned anew")
    varied = "a figure and its values, LOW:HIGH:N, A,B,... or -20%%:+20%%:N of what it is; once for each figure (required)"
    command.add_argument("--vary", metavar="PATH=VALUES", action="append", default=[], help=varied)
    command.add_argument("--over", choices=("simulate", "optimize"), default="simulate", help="follow one plan, or plan each anew")
    command.add_argument("--allocation", metavar="FILE.json", help="the plan to follow, as `optimize --json` wrote it; else the best one")
    command.add_argument("--keep-rows", action="store_true", help="keep every scenario, not sums, histograms and extremes alone")
    command.add_argument("--gradients", action="store_true", help="slopes of the first output in every figure varied, beside each row kept")
    command.add_argument("--float32", dest="single", action="store_true", help="32-bit floats: faster, dates good to minutes")
    command.add_argument("--out", metavar="DIR", type=Path, help="write parts and a manifest here; the same command goes on from there")
    command.add_argument("--dask", metavar="ADDRESS", help="work on the Dask cluster of a scheduler, as tcp://127.0.0.1:8786")
    _aims(command)
    _outputs(command)


def _uncertainty(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the command that draws figures from their ranges."""
    command = _command(commands, "uncertainty", "follow one plan through scenarios drawn from the ranges of their figures")
    command.add_argument("--draws", metavar="N", type=_many, default=DRAWS, help=f"scenarios to draw ({DRAWS:,})")
    command.add_argument("--seed", metavar="K", type=int, default=0, help="another seed draws other scenarios (0)")
    command.add_argument("--allocation", metavar="FILE.json", help="the plan to follow, as `optimize --json` wrote it; else the best one")
    command.add_argument("--keep-rows", action="store_true", help="keep every scenario, not sums, histograms and extremes alone")
    command.add_argument("--float32", dest="single", action="store_true", help="32-bit floats: faster, dates good to minutes")
    command.add_argument("--out", metavar="DIR", type=Path, help="write parts and a manifest here; the same command goes on from there")
    _aims(command)
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _sensitivity(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the commands on what an output hangs on."""
    output = f"what is looked at, such as FY2026.capex_usd or energy_j ({AIM})"
    command = _command(commands, "sensitivity", "say what an output hangs on: slopes, ends of ranges, variance, and what nobody verified")
    command.add_argument("--output", metavar="NAME", default=AIM, help=output)
    ways = "simulate: one plan is followed; optimize: the aim of the best plan, which is found anew at the ends"
    command.add_argument("--over", choices=("simulate", "optimize"), default="simulate", help=ways)
    solves = f"figures at whose ends --over optimize solves again, widest by slope first ({SOLVES})"
    command.add_argument("--solves", metavar="N", type=_count, default=SOLVES, help=solves)
    command.add_argument("--sobol", metavar="N", type=_points, default=0, help="shares of the variance too, from N points (none; try 1024)")
    command.add_argument("--seed", metavar="K", type=int, default=0, help="another seed takes other points (0)")
    command.add_argument("--allocation", metavar="FILE.json", help="the plan to follow, as `optimize --json` wrote it; else the best one")
    _aims(command)
    _outputs(command)
    attribute = _described(commands, "attribute", "say why an output of one scenario is another one's: what each number that differs adds")
    attribute.add_argument("one", metavar="ONE", help="a shipped scenario or a TOML file")
    attribute.add_argument("two", metavar="TWO", help="another, or the same with figures replaced")
    attribute.add_argument("--set-one", metavar="PATH=VALUE", action="append", default=[], help="replace a figure of the first")
    attribute.add_argument("--set-two", metavar="PATH=VALUE", action="append", default=[], help="replace a figure of the second")
    attribute.add_argument("--output", metavar="NAME", default=AIM, help=output)
    attribute.add_argument("--allocation", metavar="FILE.json", help="the plan both follow; else the best one of the first")
    attribute.add_argument("--own-plans", action="store_true", help="each follows its own best plan, and what that changes is told too")
    _aims(attribute)
    attribute.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _described(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> argparse.ArgumentParser:
    """Add a command that says what it does."""
    return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)


def _checked(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str, every: bool = False) -> argparse.ArgumentParser:
    """Add a command on published figures with what all of these take; where `every` target can be listed, naming one is not needed."""
    command = _described(commands, name, text)
    what = "training-throughput (tokens by second and chip) or training-cost (amortized dollars of runs)"
    if every:
        command.add_argument("what", metavar="WHAT", nargs="?", default=EVERY, help=f"{what}; without it, every target is listed")
    else:
        command.add_argument("what", metavar="WHAT", help=what)
    command.add_argument("--rows", metavar="FILE.csv", type=Path, help="runs of your own: see docs/training.md and docs/costs.md")
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    return command


def _command(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> argparse.ArgumentParser:
    """Add a command with what all commands take."""
    command = _described(commands, name, text)
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


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a date, as 2026-02-02") from None


def _folds(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 50:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 2 to 50")
    return int(text)


def _many(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text[:15]) <= MOST_DRAWS:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 2 to {MOST_DRAWS:,}")
    return int(text)


def _points(text: str) -> int:
    if not text.isdecimal() or not 16 <= int(text[:15]) <= MOST_POINTS:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 16 to {MOST_POINTS:,}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 1 to 1000")
    return int(text)
