"""What commands share of their options: a parser whose complaint is one line, what several take, and numbers within bounds."""

import argparse
import datetime
from pathlib import Path
from typing import NoReturn

from capexmodel.errors import ConfigError

EVERY = "targets"
"""What is validated where nothing is named: every published figure."""
MOST_FAULTS = 20
STARTS = 2
"""Points from which a plan is searched unless told otherwise."""
MOST_DIGITS = 9
AIM = "mean_date_s"
"""The output that is looked at unless told otherwise."""
SOLVES = 12
"""Figures at whose ends a plan is found anew unless told otherwise."""
MOST_POINTS = 1_000_000
"""Points of a study of variance, at most."""
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
_SMALL = 1000
"""Numbers up to here are told without a comma."""
FOLDS = 10
"""Parts that cross-validation leaves out one by one unless told otherwise."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Stop with one line that says what to do."""
        raise ConfigError(f"{message}; `{self.prog} --help` shows what can be asked")


def described(commands: "argparse._SubParsersAction[Parser]", name: str, text: str) -> argparse.ArgumentParser:
    """Add a command that says what it does."""
    return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)


def checked(commands: "argparse._SubParsersAction[Parser]", name: str, text: str, every: bool = False) -> argparse.ArgumentParser:
    """Add a command on published figures with what all of these take; where `every` target can be listed, naming one is not needed."""
    command = described(commands, name, text)
    what = "training-throughput (tokens by second and chip) or training-cost (amortized dollars of runs)"
    learned = "training-throughput (tokens by second and chip) or facts (a company's fleet and its next model)"
    if every:
        command.add_argument("what", metavar="WHAT", nargs="?", default=EVERY, help=f"{what}; without it, every target is listed")
    else:
        command.add_argument("what", metavar="WHAT", help=learned)
    command.add_argument("--rows", metavar="FILE.csv", type=Path, help="runs of your own: see docs/training.md and docs/costs.md")
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    return command


def of_scenario(commands: "argparse._SubParsersAction[Parser]", name: str, text: str, needed: bool = True) -> argparse.ArgumentParser:
    """Add a command with what all commands take; where a scenario is not `needed`, the command says what it does without."""
    command = described(commands, name, text)
    which = "a shipped scenario (meta_2026, greenfield, one_period) or a TOML file"
    command.add_argument("scenario", metavar="SCENARIO", nargs=None if needed else "?", help=which)
    command.add_argument("--set", metavar="PATH=VALUE", action="append", default=[], help="replace a figure: 'envelope.high=125 B$'")
    command.add_argument("--all", action="store_true", help=f"name every fault of the input, up to {MOST_FAULTS}, not the first alone")
    return command


def aims(command: argparse.ArgumentParser) -> None:
    """Add what says what is wanted."""
    aims = "time (weighted mean date), time:JOB, work:JOB (most work by its deadline), cost, cost:JOB"
    command.add_argument("--minimize", metavar="AIM", default="time", help=aims)
    command.add_argument("--without", metavar="LIMIT", action="append", default=[], help="lift a limit, such as supply")


def starts(command: argparse.ArgumentParser) -> None:
    """Add from how many points a plan is searched."""
    command.add_argument("--starts", metavar="N", type=count, default=STARTS, help=f"points to search from ({STARTS})")


def outputs(command: argparse.ArgumentParser) -> None:
    """Add where results go besides the screen."""
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    command.add_argument("--figures", metavar="DIR", type=Path, help="draw what was found as SVG and PNG")


def date(text: str) -> datetime.date:
    """Read a calendar date."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a date, as 2026-02-02") from None


def folds(text: str) -> int:
    """Read how many parts or points there are to be."""
    return _whole(text, 2, 50)


def percentile(text: str) -> float:
    """Read a percentile."""
    return 100.0 * _between(text, 100.0)


def share(text: str) -> float:
    """Read a share."""
    return _between(text, 1.0)


def _between(text: str, most: float) -> float:
    try:
        value = float(text) / most
    except ValueError:
        value = -1.0
    if not LEAST_SHARE <= value <= 1.0 - LEAST_SHARE:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from {LEAST_SHARE * most:g} to {(1.0 - LEAST_SHARE) * most:g}")
    return value


def _whole(text: str, least: int, most: int) -> int:
    """Read a whole number between two; zeros before it count for nothing."""
    digits = text.lstrip("0") or "0"
    if not text.isdecimal() or len(digits) > len(str(most)) or not least <= int(digits) <= most:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from {least} to {f'{most:,}' if most > _SMALL else most}")
    return int(digits)


def sample(text: str) -> int:
    """Read how many futures a plan is searched on."""
    return _whole(text, 2, MOST_SAMPLE)


def many(text: str) -> int:
    """Read how many scenarios are drawn."""
    return _whole(text, 2, MOST_DRAWS)


def points(text: str) -> int:
    """Read how many points a study of variance takes."""
    return _whole(text, 16, MOST_POINTS)


def count(text: str) -> int:
    """Read how many starts there are."""
    return _whole(text, 1, 1000)


def natural(text: str) -> int:
    """Read a whole number."""
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a whole number of at most {MOST_DIGITS} digits")
    return int(text)
