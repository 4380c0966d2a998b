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
MOST_DIGITS = 9
DRAWS, MOST_DRAWS = 65_536, 10**12
"""Scenarios that are drawn unless told otherwise, and at most."""
LEVELS, REACHES = ("quick", "standard", "deep", "soak"), ("sane", "edge", "hostile")
"""How thoroughly laws are tried, and how far from a scenario."""
PERCENTILE, SAMPLE, MOST_SAMPLE = 90, 16, 64
"""Percentile whose date is to be early, futures that a plan is searched on, and most of these."""
FOLLOWED = 8192
"""Futures each plan is followed into unless told otherwise."""
LEAST_SHARE = 0.01
"""Least share that can be asked for of late or of early futures."""
POINTS = 7
"""Bounds on an aim unless told otherwise."""
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
    _frontier(commands)
    _sweep(commands)
    _uncertainty(commands)
    _check(commands)
    _robust(commands)
    _hedges(commands)
    _command(commands, "lint", "check a scenario file without computing anything")
    explain = _command(commands, "explain", "say where each number comes from, what binds when, and what each shadow price means")
    _aims(explain)
    _starts(explain)
    validate = _checked(commands, "validate", "compare what the model says with what was published; status 1 where a goal is missed", True)
    validate.add_argument("--calibration", metavar="FILE.json", type=Path, help="a calibration of your own, as `calibrate --json` wrote it")
    _facts(commands)
    reconcile = _described(commands, "reconcile", "walk from one published cost of a gigawatt to another, assumption by assumption")
    reconcile.add_argument("start", metavar="FROM", nargs="?", help="a build, such as bernstein_gb200; without any, all are listed")
    reconcile.add_argument("end", metavar="TO", nargs="?", help="another, such as epoch_gb200")
    reconcile.add_argument("--builds", metavar="FILE.toml", type=Path, help="builds of your own beside the shipped ones: see docs/costs.md")
    reconcile.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    _power(commands)
    return parser


def _facts(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the commands that learn from what was published, and that ask what came of predictions."""
    calibrate = _checked(commands, "calibrate", "learn from what was published: what software reaches of its chips, or a company's facts")
    calibrate.add_argument("scenario", metavar="SCENARIO", nargs="?", help="with facts: the scenario that they are about (meta_2026)")
    calibrate.add_argument("--sampled", action="store_true", help="with facts: a sampler, NumPyro's, beside both (minutes)")
    calibrate.add_argument("--as-of", metavar="DATE", type=_date, help="only runs published by this date, as 2026-02-02")
    calibrate.add_argument("--folds", metavar="N", type=_folds, default=FOLDS, help=f"parts left out one by one, to validate ({FOLDS})")
    backtest = _described(commands, "backtest", "predict from what was known on a day, and score what came; status 1 where too little was")
    backtest.add_argument("scenario", metavar="SCENARIO", nargs="?", help="a scenario as of the day of priors.toml (meta_2026)")
    backtest.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _frontier(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the command that sweeps one figure, or weighs two aims."""
    frontier = _command(commands, "frontier", "sweep one figure: how the best plan moves with it, each point proven and priced")
    varied = "the figure, as --set takes it, and its values: 'envelope.high=115:135:9 B$' or a list A,B,..."
    frontier.add_argument("--vary", metavar="PATH=LOW:HIGH:N", help=varied)
    weighed = "weigh two aims instead: date,cost; date,power; date,carbon (the date at most so much of the other) or cost,date"
    frontier.add_argument("--aims", metavar="A,B", help=weighed)
    frontier.add_argument("--points", metavar="N", type=_folds, default=POINTS, help=f"bounds on the second aim ({POINTS})")
    _aims(frontier)
    _outputs(frontier)


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
    built = "what is there by month, quarter or year until all is, or for N of them: 'quarter:12'; for one portfolio"
    power.add_argument("--build-out", metavar="PERIOD[:N]", help=built)
    stands = "what stands when the rest is ordered, for --build-out: 'grid=500 MW' (nothing)"
    power.add_argument("--standing", metavar="SOURCE=POWER", action="append", default=[], help=stands)
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
    command.add_argument("--events-only", action="store_true", help="draw only which sites are late, no figure from its range")
    command.add_argument("--allocation", metavar="FILE.json", help="the plan to follow, as `optimize --json` wrote it; else the best one")
    command.add_argument("--keep-rows", action="store_true", help="keep every scenario, not sums, histograms and extremes alone")
    command.add_argument("--float32", dest="single", action="store_true", help="32-bit floats: faster, dates good to minutes")
    command.add_argument("--out", metavar="DIR", type=Path, help="write parts and a manifest here; the same command goes on from there")
    _aims(command)
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _check(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the command on laws."""
    command = _command(commands, "check", "try the laws on many scenarios near yours; status 1 where one is broken")
    levels = "quick (50 examples of each law), standard (500), deep (10,000), soak (100,000)"
    command.add_argument("--level", metavar="LEVEL", choices=LEVELS, default=LEVELS[0], help=levels)
    command.add_argument("--law", metavar="LAW", action="append", default=[], help="only these: L13, or 'L10 price'")
    reach = "how far numbers are moved: sane (a fifth), edge (half to double, some at their bounds), hostile"
    command.add_argument("--reach", metavar="REACH", choices=REACHES, default=REACHES[0], help=reach)
    command.add_argument("--seed", metavar="N", type=_natural, default=0, help="other examples (0)")
    command.add_argument("--example", metavar="N", type=_natural, help="the scenario as it stands, with the allocation of this example")
    command.add_argument("--out", metavar="DIR", type=Path, help="write the smallest scenario that breaks a law here, as TOML")
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _robust(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the command that plans for many futures at once."""
    command = _command(commands, "robust", "plan for many futures at once: the earliest late date, or a deadline met with a probability")
    command.add_argument(
        "--percentile", metavar="P", type=_percentile, default=PERCENTILE, help=f"whose date is to be early ({PERCENTILE})"
    )
    command.add_argument(
        "--deadline", metavar="MODEL=DATE", help="the cheapest plan by which a model is out by a date, as first=2027-06-30"
    )
    command.add_argument("--probability", metavar="SHARE", type=_share, help="... with at least this probability, as 0.8")
    command.add_argument("--draws", metavar="K", type=_sample, default=SAMPLE, help=f"futures to plan on ({SAMPLE})")
    command.add_argument("--seed", metavar="K", type=int, default=0, help="another seed draws other futures (0)")
    command.add_argument("--events-only", action="store_true", help="draw only which sites are late, no figure from its range")
    _aims(command)
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _hedges(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add the command that ranks what buys probability."""
    command = _command(commands, "hedges", "rank what makes a date surer by the probability that a dollar buys")
    command.add_argument("--deadline", metavar="MODEL=DATE", help="whose probability counts, as first=2027-06-30 (the scenario's own)")
    command.add_argument("--percentile", metavar="P", type=_percentile, default=PERCENTILE, help=f"whose date is told ({PERCENTILE})")
    command.add_argument("--draws", metavar="N", type=_many, default=FOLLOWED, help=f"futures each plan is followed into ({FOLLOWED:,})")
    command.add_argument("--seed", metavar="K", type=int, default=0, help="another seed draws other futures (0)")
    command.add_argument("--events-only", action="store_true", help="draw only which sites are late, no figure from its range")
    _aims(command)
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _described(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> argparse.ArgumentParser:
    """Add a command that says what it does."""
    return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)


def _checked(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str, every: bool = False) -> argparse.ArgumentParser:
    """Add a command on published figures with what all of these take; where `every` target can be listed, naming one is not needed."""
    command = _described(commands, name, text)
    what = "training-throughput (tokens by second and chip) or training-cost (amortized dollars of runs)"
    learned = "training-throughput (tokens by second and chip) or facts (a company's fleet and its next model)"
    if every:
        command.add_argument("what", metavar="WHAT", nargs="?", default=EVERY, help=f"{what}; without it, every target is listed")
    else:
        command.add_argument("what", metavar="WHAT", help=learned)
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


def _percentile(text: str) -> float:
    return 100.0 * _between(text, 100.0)


def _share(text: str) -> float:
    return _between(text, 1.0)


def _between(text: str, most: float) -> float:
    try:
        value = float(text) / most
    except ValueError:
        value = -1.0
    if not LEAST_SHARE <= value <= 1.0 - LEAST_SHARE:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from {LEAST_SHARE * most:g} to {(1.0 - LEAST_SHARE) * most:g}")
    return value


def _sample(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text[:4]) <= MOST_SAMPLE:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 2 to {MOST_SAMPLE}")
    return int(text)


def _many(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text[:15]) <= MOST_DRAWS:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 2 to {MOST_DRAWS:,}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 1 to 1000")
    return int(text)


def _natural(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a whole number of at most {MOST_DIGITS} digits")
    return int(text)
