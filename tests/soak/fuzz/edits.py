"""Good files with some of their lines changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from capexmodel.testing.spoil import BYTES, FOREIGN, NAMES, NO_NUMBERS, WRONG_TYPES

ROOT = Path(__file__).parents[3]
PIECES = (*WRONG_TYPES, *NO_NUMBERS, *FOREIGN, *NAMES, "1e3", "0", "-1", "2026-02-30", "0001-01-01", "9999-12-31", "{ every = ", "value = ")
EDITS = ("cut", "twice", "swap", "value", "key", "cell", "bytes", "insert", "head", "end")


class Source(Protocol):
    """Draws from the fuzzer's bytes."""

    def ConsumeIntInRange(self, low: int, high: int) -> int: ...
    def ConsumeUnicodeNoSurrogates(self, count: int) -> str: ...
    def ConsumeBytes(self, count: int) -> bytes: ...


def text_of(name: str, lines: int | None = None) -> str:
    """A file of the project, or its first lines."""
    whole = (ROOT / name).read_text(encoding="utf-8")
    return whole if lines is None else "\n".join(whole.split("\n")[:lines])


def tables_of(name: str, table: str) -> str:
    """What a TOML file says of the members of one table."""
    parts = text_of(name).split("\n[")
    return "\n".join(f"[{part}" for part in parts if part.startswith(f"{table}."))


def edited(data: Source, bases: Sequence[str]) -> bytes:
    """One of some good files with some of its lines changed."""
    lines = bases[data.ConsumeIntInRange(0, len(bases) - 1)].encode().split(b"\n")
    for _ in range(data.ConsumeIntInRange(1, 4)):
        edit(lines, data)
        lines = lines or [b""]
    return b"\n".join(lines)


def edit(lines: list[bytes], data: Source) -> None:
    """Change something in a list of lines."""
    at, kind = data.ConsumeIntInRange(0, len(lines) - 1), EDITS[data.ConsumeIntInRange(0, len(EDITS) - 1)]
    if kind == "cut":
        del lines[at]
    elif kind == "twice":
        lines.insert(at, lines[at])
    elif kind == "swap":
        other = data.ConsumeIntInRange(0, len(lines) - 1)
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == "insert":
        lines.insert(at, piece(data))
    elif kind == "head":
        lines[at] = b"[" + piece(data) + b"]"
    else:
        lines[at] = within(lines[at], kind, data)


def within(line: bytes, kind: str, data: Source) -> bytes:
    """Change something in a line."""
    word, equals, value = next((line.partition(sign) for sign in (b" = ", b": ") if sign in line), (line, b"", b""))
    if kind == "value":
        return word + equals + piece(data)
    if kind == "key":
        return piece(data).replace(b"\n", b"") + equals + value
    if kind == "cell":
        cells = line.split(b",")
        cells[data.ConsumeIntInRange(0, len(cells) - 1)] = piece(data)
        return b",".join(cells)
    where = data.ConsumeIntInRange(0, len(line))
    return line[:where] if kind == "end" else line[:where] + BYTES[data.ConsumeIntInRange(0, len(BYTES) - 1)] + line[where:]


def piece(data: Source) -> bytes:
    """Something known to be odd, or anything."""
    which = data.ConsumeIntInRange(0, len(PIECES) + 9)
    if which < len(PIECES):
        return PIECES[which].encode()
    return data.ConsumeUnicodeNoSurrogates(data.ConsumeIntInRange(0, 60)).encode("utf-8", "replace")
