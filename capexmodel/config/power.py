"""What is asked of power, from the words of a command line: so much of it, where, from what, at which prices and within which limits."""

import math
from collections.abc import Mapping, Sequence

from capexmodel.config.energy import Market
from capexmodel.config.faults import nearest, plain
from capexmodel.config.spelled import meant
from capexmodel.errors import ConfigError
from capexmodel.units import describe, dimension, quantity

SHARE = ""
PERCENT = "percent"
MOST_VALUES = 60
"""Values of one figure, or periods, that are taken at most: each takes a solve."""
PERIODS = ("month", "quarter", "year")


def amount(flag: str, text: str, unit: str, least: float = 0.0, above: bool = False) -> float:
    """A quantity in base units, written with its unit; a share may be a plain number or in percent.

    Raises: ConfigError for anything else, or below the least.
    """
    wanted = dimension(unit)
    expected = f"a {describe(wanted)}" if unit else "a share from 0 to 1, or in %"
    try:
        value, kind = quantity(text)
    except ValueError as error:
        raise ConfigError(f"--{flag}: {error}{meant(text, unit)}, got {plain(text)}, expected {expected}") from None
    if unit == SHARE and kind == dimension(PERCENT):
        kind = wanted
    if kind != wanted:
        raise ConfigError(f"--{flag}: got {plain(text)} ({describe(kind)}), expected {expected}")
    if not math.isfinite(value) or value < least or (above and value == least) or (unit == SHARE and value > 1.0):
        raise ConfigError(f"--{flag}: got {plain(text)}, expected {expected}{f', above {least:g}' if above else ''}")
    return value


def names(text: str | None, market: Market, battery: str) -> tuple[tuple[str, ...], bool]:
    """Sources by name from a list with commas, and whether the battery is among them; all of them where nothing is said."""
    if text is None:
        return tuple(market.sources), True
    asked = [word.strip() for word in text.split(",") if word.strip()]
    kept = [word for word in asked if word != battery]
    market.named(kept)
    if not kept:
        raise ConfigError(f"--sources: got {plain(text)}, expected at least one of {', '.join(market.sources)}")
    return tuple(kept), battery in asked


def most(texts: Sequence[str], known: Sequence[str], flag: str = "most") -> dict[str, float]:
    """How much there may be of sources, or is: `grid=500 MW`, once for each.

    Raises: ConfigError for a source that is not asked for, or no power.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise ConfigError(f"--{flag}: got {plain(text)}, expected SOURCE=POWER, as grid=500MW")
        if name not in known:
            near = nearest(name, known)
            raise ConfigError(f"--{flag}: {plain(name)} is not among the sources" + (f"; is '{near}' meant?" if near else ""))
        found[name] = amount(flag, value, "w")
    return found


def spell(text: str) -> tuple[str, int | None]:
    """A period of time and how many of them: `quarter:12`; as many as it takes where no number is given.

    Raises: ConfigError when it is no such period.
    """
    word, colon, count = (part.strip() for part in text.partition(":"))
    if word not in PERIODS:
        near = nearest(word, PERIODS)
        expected = f"{', '.join(PERIODS)}, or one of them with :N"
        raise ConfigError(f"--build-out: got {plain(text)}, expected {expected}" + (f"; is '{near}' meant?" if near else ""))
    if colon and not (count.isdecimal() and 1 <= int(count) <= MOST_VALUES):
        raise ConfigError(f"--build-out: got {plain(text)}, expected {word}:N, N from 1 to {MOST_VALUES}")
    return word, int(count) if colon else None


def varied(text: str, known: Mapping[str, tuple[str, str]]) -> tuple[str, list[float]]:
    """What is varied and its values in base units: `carbon-price=0:300:7 $/t`; without a unit in the one it is told in.

    Raises: ConfigError when it is no such range.
    """
    name, equals, values = (part.strip() for part in text.partition("="))
    if not equals or name not in known:
        near = None if name in known else nearest(name, known)
        raise ConfigError(
            f"--vary: got {plain(text)}, expected one of {', '.join(known)} with =LOW:HIGH:N" + (f"; is '{near}' meant?" if near else "")
        )
    ends, _, unit = values.partition(" ")
    low, high, count = ([*ends.split(":"), "", ""])[:3]
    if not count.isdecimal() or not 2 <= int(count) <= MOST_VALUES or ends.count(":") != 2:
        raise ConfigError(f"--vary: got {plain(values)}, expected LOW:HIGH:N, N from 2 to {MOST_VALUES}")
    told = unit.strip() or known[name][1].replace("usd", "$").replace("_per_", "/")
    first, last = (amount("vary", f"{end} {told}".strip(), known[name][1]) for end in (low, high))
    return name, [first + (last - first) * place / (int(count) - 1) for place in range(int(count))]
