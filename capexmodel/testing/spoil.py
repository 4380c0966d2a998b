"""Files that are wrong: one thing of a scenario's TOML spoiled, and the word that a complaint about it must hold.

What is spoiled is drawn from the file itself: keys, values, units, names of members, and its bytes.
"""

import dataclasses
import re
from collections.abc import Callable

import numpy as np

_PAIR = re.compile(r"^(?P<key>[A-Za-z_]\w*) = (?P<value>.+)$")
_MEMBER = re.compile(r"^\[(?P<table>\w+)\.(?P<member>[\w-]+)\]$")
_NUMBER = re.compile(r"^-?[\d.]+(e[-+]?\d+)?$")
WRONG_TYPES = (
    '"text"', "true", "[]", '[1, "a"]', "{ nested = { deep = 1 } }", "2026-01-01", "12:30:00", '"35 apples"', f"[0x{'f' * 4000}]",
    '"30 June 99999999999"', f'"5{" " * 300}W"',
)  # fmt: skip
NO_NUMBERS = ("nan", "inf", "-inf", "1e400", "-1e400", "5" * 400, f"0x{'f' * 4000}", "1e9999999999999999999")
FOREIGN = ("acres", "parsec", "per_usd", "kelvin", "flop_per_usd", "months_squared")
"""Last words of keys that are no unit, or one of something else."""
BYTES = (b"\x00", b"\xff\xfe", b"\x80", b"\x1b[31m", b"\x07", b'"', b"'''", b"[[", b"]", b"= =", b"{", b"\r")
"""What breaks a line where it is put."""
NAMES = (
    "../../etc/passwd", "/etc/passwd", "a/b", "a\\\\b", "\\u0000", "a\\nb", "\\u001b[31mred", "\\u202egnp.exe", "x" * 300, " ", "", "~",
    "con\\u0000", "$(reboot)", "`id`", "{0}", "%s%s%s", "<script>", "a.b.c", "=1+1", "|cat",
)  # fmt: skip
"""Names of members that no result may carry to a file, a terminal, a page or a table."""


@dataclasses.dataclass(frozen=True)
class Spoiled:
    """One fault of a file: of which kind, the line it stands in and the bytes there, whether they stand instead of what was there or before
    it, and what a complaint must name."""

    kind: str
    line: int
    new: bytes
    names: str
    instead: bool = True

    def of(self, text: str) -> bytes:
        """The file with the fault."""
        lines = text.encode().split(b"\n")
        lines[self.line : self.line + self.instead] = [self.new]
        return b"\n".join(lines)


@dataclasses.dataclass(frozen=True)
class _Line:
    """A line that holds a key and a value."""

    number: int
    key: str
    value: str


def _lines(text: str) -> list[_Line]:
    found = []
    for number, line in enumerate(text.splitlines()):
        pair = _PAIR.match(line)
        if pair is not None:
            found.append(_Line(number, pair["key"], pair["value"]))
    return found


def _chosen(text: str, draw: np.random.Generator, fits: Callable[[_Line], bool]) -> _Line:
    some = [line for line in _lines(text) if fits(line)]
    return some[int(draw.integers(len(some)))]


def _is_number(line: _Line) -> bool:
    return _NUMBER.match(line.value) is not None and line.key != "schema_version"


def shortened(text: str, draw: np.random.Generator) -> Spoiled:
    """A key lacks a letter of its first word: without one of its last, a unit may be another one."""
    line = _chosen(text, draw, lambda one: len(one.key.split("_")[0]) > 2 and one.key != "schema_version")
    at = int(draw.integers(len(line.key.split("_")[0])))
    key = line.key[:at] + line.key[at + 1 :]
    return Spoiled("shortened", line.number, f"{key} = {line.value}".encode(), key)


def misspelled(text: str, draw: np.random.Generator) -> Spoiled:
    """Two letters of a key change places."""
    line = _chosen(text, draw, lambda one: len(set(one.key)) > 3 and len(one.key) > 4 and one.key != "schema_version")
    places = [k for k in range(len(line.key) - 1) if line.key[k] != line.key[k + 1]]
    at = places[int(draw.integers(len(places)))]
    key = line.key[:at] + line.key[at + 1] + line.key[at] + line.key[at + 2 :]
    return Spoiled("misspelled", line.number, f"{key} = {line.value}".encode(), key)


def mistyped(text: str, draw: np.random.Generator) -> Spoiled:
    """A number is something else."""
    line = _chosen(text, draw, _is_number)
    return Spoiled("mistyped", line.number, f"{line.key} = {draw.choice(WRONG_TYPES)}".encode(), line.key)


def boundless(text: str, draw: np.random.Generator) -> Spoiled:
    """A number is none, or has no end."""
    line = _chosen(text, draw, _is_number)
    return Spoiled("boundless", line.number, f"{line.key} = {draw.choice(NO_NUMBERS)}".encode(), line.key)


def foreign(text: str, draw: np.random.Generator) -> Spoiled:
    """A key ends with what is no unit of its quantity."""
    line = _chosen(text, draw, lambda one: _is_number(one) and "_" in one.key)
    key = f"{line.key.rsplit('_', 1)[0]}_{draw.choice(FOREIGN)}"
    return Spoiled("foreign", line.number, f"{key} = {line.value}".encode(), key)


def doubled(text: str, draw: np.random.Generator) -> Spoiled:
    """A key stands twice: the complaint tells the line."""
    line = _chosen(text, draw, lambda one: True)
    return Spoiled("doubled", line.number, f"{line.key} = {line.value}".encode(), f":{line.number + 2}:", instead=False)


def broken(text: str, draw: np.random.Generator) -> Spoiled:
    """Bytes that no line may hold stand in front of a value: the complaint tells the file."""
    line = _chosen(text, draw, lambda one: True)
    put = BYTES[int(draw.integers(len(BYTES)))]
    return Spoiled("broken", line.number, f"{line.key} = ".encode() + put + line.value.encode(), ":")


def hostile(text: str, draw: np.random.Generator) -> Spoiled:
    """A member is named like a path, a command or an escape."""
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines) if _MEMBER.match(line)]
    number = heads[int(draw.integers(len(heads)))]
    head = _MEMBER.match(lines[number])
    table = "" if head is None else head["table"]
    return Spoiled("hostile", number, f'[{table}."{draw.choice(NAMES)}"]'.encode(), table)


WAYS: tuple[Callable[[str, np.random.Generator], Spoiled], ...] = (
    shortened, misspelled, mistyped, boundless, foreign, doubled, broken, hostile,
)  # fmt: skip


def spoil(text: str, seed: int) -> Spoiled:
    """Spoil one thing of a scenario's TOML; the seed says which."""
    draw = np.random.default_rng(seed)
    return WAYS[seed % len(WAYS)](text, draw)
