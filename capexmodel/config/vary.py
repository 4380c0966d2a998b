"""One figure at several values: "envelope.high=115:135:9 B$" is nine changes as `--set` takes them, evenly from one end to the other."""

import dataclasses
import datetime
import re
from collections.abc import Sequence
from decimal import Decimal

from capexmodel.config.faults import Faults, plain
from capexmodel.config.figures import LARGEST, read_date
from capexmodel.config.load import load
from capexmodel.config.overrides import FILE, SETTINGS
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.model.scenario import Scenario
from capexmodel.units import exact

MOST_VALUES = 200
"""Values of one figure that are taken at most: each takes a solve."""
NUMBER = r"[+-]?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NOON = datetime.timedelta(hours=12)
_EXPECTED = "PATH=LOW:HIGH:N or PATH=A,B,..., as envelope.high=115:135:9 B$"


def variations(text: str) -> list[str]:
    """Spell out a range (`LOW:HIGH:N`, both ends included) or a list of values (`A,B,...`), with the unit at the end if the path has none.

    Raises: ConfigError when it is neither, or asks for fewer than two values or for too many.
    """
    faults = Faults()
    path, _, values = (part.strip() for part in text.partition("="))
    item = rf"(?:{DATE}|{NUMBER})"
    ranged = re.fullmatch(rf"({item})\s*:\s*({item})\s*:\s*([0-9]{{1,9}})(?:\s+(\S.*))?", values)
    listed = re.fullmatch(rf"({item}(?:\s*,\s*{item})+)(?:\s+(\S.*))?", values)
    if not (path and text.isprintable() and (ranged or listed)):
        faults.add(FILE, "", "is not a range of values", plain(text), _EXPECTED)
    elif ranged and not 2 <= int(ranged[3]) <= MOST_VALUES:
        faults.add(FILE, path, "asks for too few or too many values", ranged[3], f"2 to {MOST_VALUES} of them")
    elif listed and listed[1].count(",") >= MOST_VALUES:
        faults.add(FILE, path, "asks for too many values", str(listed[1].count(",") + 1), f"2 to {MOST_VALUES} of them")
    faults.stop()
    if ranged:
        spread, unit = _spread(ranged[1], ranged[2], int(ranged[3])), ranged[4]
    else:
        assert listed is not None
        spread, unit = [value.strip() for value in listed[1].split(",")], listed[2]
    return [f"{path}={value} {unit or ''}".rstrip() for value in spread]


def _spread(low: str, high: str, count: int) -> list[str]:
    """Values evenly from one end to the other; days where the ends are dates.

    Raises: ConfigError when one end is a date and the other is none.
    """
    first, last = read_date(low), read_date(high)
    if first is not None and last is not None:
        steps = [(last - first) * k / (count - 1) for k in range(count)]
        return [str((first + step + _NOON).date()) for step in steps]
    if re.fullmatch(DATE, low) or re.fullmatch(DATE, high):
        faults = Faults()
        faults.add(FILE, "", "is not a range of values", plain(f"{low}:{high}"), "two dates or two numbers")
        faults.refuse()
    start, end = Decimal(exact(low)), Decimal(exact(high))
    if max(abs(float(start)), abs(float(end))) > LARGEST:
        faults = Faults()
        faults.add(FILE, "", "is beyond what can be computed with", plain(f"{low}:{high}"), f"at most {LARGEST:g} in size")
        faults.refuse()
    return [f"{start + (end - start) * k / (count - 1):.12g}" for k in range(count)]


def vary(name_or_path: str, overrides: Sequence[str], text: str) -> tuple[Scenario, Leaf, list[float]]:
    """Load a scenario at the first value of a figure that is to be varied; say which number that is, and its values in base units.

    Each value is checked as if it stood in the file; of what is doubted at some values alone, the first is told.
    Raises: ConfigError when one is refused, or when more than one number would move.
    """
    changes, faults, path = variations(text), Faults(), text.partition("=")[0].strip()
    if ".".join(word.strip() for word in path.split(".")) in SETTINGS:
        faults.add(FILE, path, "is not a figure", None, "a figure of a table, as envelope.high")
    faults.stop()
    scenarios = [load(name_or_path, [*overrides, change]) for change in changes]
    first, last = scenarios[0], max(scenarios[1:], key=lambda s: len(_moved(scenarios[0], s)))
    where = alone(first, last, path)
    told = [one.evidence.doubts for one in scenarios]
    everywhere = [line for line in told[0] if all(line in lines for lines in told)]
    here = [line for lines in told for line in lines if line not in everywhere]
    return doubting(first, [*everywhere, *here[:1]]), where, [float(where.read(scenario)) for scenario in scenarios]


def alone(one: Scenario, other: Scenario, path: str) -> Leaf:
    """The number in which two scenarios differ.

    Raises: ConfigError where there is none, or more than one: the last value of a series goes on beside one that is longer.
    """
    moved, faults = _moved(one, other), Faults()
    if not moved:
        faults.add(FILE, path, "does not vary", None, "two different values of a figure")
    elif len(moved) > 1:
        faults.add(FILE, path, "moves several figures", ", ".join(where.path for where in moved[:3]), "one")
    faults.stop()
    return moved[0]


def doubting(scenario: Scenario, doubts: Sequence[str]) -> Scenario:
    """A scenario with other doubts, each once."""
    return dataclasses.replace(scenario, evidence=dataclasses.replace(scenario.evidence, doubts=tuple(dict.fromkeys(doubts))))


def _moved(one: Scenario, other: Scenario) -> list[Leaf]:
    """The numbers in which two scenarios differ."""
    return [where for where in leaves(one) if where.read(one) != where.read(other)]
