"""What is wrong with a configuration, collected so that a person sees one line each, and all of them when they ask."""

import datetime
import difflib
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NoReturn

from capexmodel.errors import ConfigError

MOST = 20
_LONGEST = 60
_MOST_BITS = 1000
"""Bits of a whole number that is shown digit by digit."""
LONGEST_PATH = 200
"""Letters of a file's path that are told."""
_BESIDE = 3


def plain(value: object) -> str:
    """Show a given value on one line without control characters, cut to a readable length."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return _bits(value)
    simple = isinstance(value, float | Decimal | datetime.date)
    text = str(value) if simple else json.dumps(_short(value), ensure_ascii=False, default=str)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _short(value: object) -> object:
    """Lists and tables with whole numbers that are too long to be shown said by their length."""
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    if isinstance(value, dict):
        return {word: _short(inner) for word, inner in value.items()}
    return _bits(value) if isinstance(value, int) and value.bit_length() > _MOST_BITS else value


def _bits(value: int) -> str:
    return f"a whole number of {value.bit_length()} bits"


def called(path: object) -> str:
    """Call a file by its path: on one line, the end of a long one."""
    return "".join(c if c.isprintable() else "?" for c in str(path)[-LONGEST_PATH:])


def key(*words: str) -> str:
    """Join the words of a key as TOML writes it: a word with odd characters is quoted, on one line."""
    return ".".join(word if re.fullmatch(r"[A-Za-z0-9_+-]{1,100}", word) else plain(word) for word in words if word)


def nearest(word: object, known: Iterable[str]) -> str | None:
    """Find what was probably meant, or None; what cannot be shown is not."""
    if not isinstance(word, str) or len(word) > 100:
        return None
    choices = {name.lower(): name for name in known if name.isprintable()}
    near = difflib.get_close_matches(word.strip().lower(), list(choices), 1, 0.6)
    return choices[near[0]] if near else None


class Faults:
    """The faults of one configuration, in the order they were found; more than twenty are not kept."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @property
    def full(self) -> bool:
        """Say whether no more faults are kept, so that nobody looks for them."""
        return len(self.lines) >= MOST

    def add(self, file: str, path: str, what: str, got: str | None = None, expected: str | None = None, near: str | None = None) -> None:
        """Note a fault: where it stands, what is wrong, what was given and what would be right."""
        line = f"{file}: {path}: {what}" if path else f"{file}: {what}"
        line += f", got {got}" if got is not None else ""
        line += f", expected {expected}" if expected is not None else ""
        line += f"; did you mean '{near}'?" if near is not None else ""
        if line not in self.lines and not self.full:
            self.lines.append(line)

    def hint(self, guesses: Iterable[tuple[str, str]]) -> None:
        """Add what was probably meant (key and guess) to the faults that name its key; to the first one where none does."""
        beside = 0
        for path, guess in guesses if self.lines else ():
            named = [f" {path}" in line for line in self.lines]
            if any(named):
                self.lines = [f"{line}; {guess}" if here else line for line, here in zip(self.lines, named, strict=True)]
            elif beside < _BESIDE:
                self.lines[0] += f"; {path}: {guess}"
                beside += 1

    def stop(self) -> None:
        """Stop if anything is wrong so far.

        Raises: ConfigError with every fault.
        """
        if self.lines:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Stop with what is wrong.

        Raises: ConfigError with every fault.
        """
        raise ConfigError(*self.lines)
