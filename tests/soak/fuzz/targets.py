"""What is fed, and what must hold of each answer: a result, or a refusal of one short printable line that says where; nothing written."""

import contextlib
import functools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from capexmodel import config, units
from capexmodel.config.faults import Faults
from capexmodel.config.overrides import read_overrides
from capexmodel.config.read import read_toml
from capexmodel.config.vary import variations
from capexmodel.errors import ConfigError, ModelError
from capexmodel.testing.spoil import BYTES, FOREIGN, NAMES, NO_NUMBERS, WRONG_TYPES

LONGEST = 2000
"""Characters of a refusal, its file's path not counted."""
MOST_S = 10.0
"""Seconds of one answer."""
ROOT = Path(__file__).parents[3]
BASES = tuple(
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("tests/corpus/plain.toml", "tests/unit/config/small.toml", "configs/scenarios/one_period.toml")
)
PIECES = (*WRONG_TYPES, *NO_NUMBERS, *FOREIGN, *NAMES, "1e3", "0", "-1", "2026-02-30", "0001-01-01", "9999-12-31", "{ every = ", "value = ")
EDITS = ("cut", "twice", "swap", "value", "key", "bytes", "insert", "head", "end")


class Source(Protocol):
    """Draws from the fuzzer's bytes."""

    def ConsumeIntInRange(self, low: int, high: int) -> int: ...
    def ConsumeUnicodeNoSurrogates(self, count: int) -> str: ...
    def ConsumeBytes(self, count: int) -> bytes: ...


class Broken(AssertionError):
    """An answer that is neither a result nor a decent refusal."""


class Watch:
    """Notes every file that is opened for writing while something is being asked."""

    def __init__(self) -> None:
        self.on, self.written = False, []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if self.on and event == "open" and isinstance(details[2], int) and details[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self.written.append(str(details[0]))
        elif self.on and event in ("os.remove", "os.rename", "os.mkdir", "subprocess.Popen", "os.system", "socket.connect"):
            self.written.append(event)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for a while."""
        self.written, self.on = [], True
        try:
            yield
        finally:
            self.on = False


@functools.cache
def watch() -> Watch:
    """The one watch of this process: what listens to an interpreter stays."""
    return Watch()


def answered(ask: Callable[[], object], refusals: tuple[type[Exception], ...], names: str = "") -> None:
    """Ask, and judge the answer.

    Raises: Broken, or whatever the question raised that is no refusal.
    """
    began = time.process_time()
    line = ""
    with watch().listening():
        try:
            ask()
        except refusals as error:
            line = str(error)
            if not line or not line.isprintable():
                raise Broken(f"a refusal that is not one printable line: {line!r}") from error
            if len(line) > LONGEST + len(names):
                raise Broken(f"a refusal of {len(line)} characters") from error
            if names not in line:
                raise Broken(f"a refusal that does not say where: {line!r}") from error
    if watch().written:
        raise Broken(f"something was written: {watch().written[:3]}")
    if time.process_time() - began > MOST_S:
        raise Broken("it took too long")


def edited(data: Source) -> bytes:
    """A good file with some of its lines changed."""
    lines = BASES[data.ConsumeIntInRange(0, len(BASES) - 1)].encode().split(b"\n")
    for _ in range(data.ConsumeIntInRange(1, 4)):
        at = data.ConsumeIntInRange(0, len(lines) - 1)
        edit = EDITS[data.ConsumeIntInRange(0, len(EDITS) - 1)]
        key, equals, value = lines[at].partition(b" = ")
        if edit == "cut":
            del lines[at]
        elif edit == "twice":
            lines.insert(at, lines[at])
        elif edit == "swap":
            other = data.ConsumeIntInRange(0, len(lines) - 1)
            lines[at], lines[other] = lines[other], lines[at]
        elif edit == "value" and equals:
            lines[at] = key + equals + piece(data)
        elif edit == "key" and equals:
            lines[at] = piece(data).replace(b"\n", b"") + equals + value
        elif edit == "bytes":
            where = data.ConsumeIntInRange(0, len(lines[at]))
            lines[at] = lines[at][:where] + BYTES[data.ConsumeIntInRange(0, len(BYTES) - 1)] + lines[at][where:]
        elif edit == "head":
            lines[at] = b"[" + piece(data) + b"]"
        elif edit == "end":
            lines[at] = lines[at][: data.ConsumeIntInRange(0, len(lines[at]))]
        else:
            lines.insert(at, piece(data))
        lines = lines or [b""]
    return b"\n".join(lines)


def piece(data: Source) -> bytes:
    """Something known to be odd, or anything."""
    which = data.ConsumeIntInRange(0, len(PIECES) + 9)
    if which < len(PIECES):
        return PIECES[which].encode()
    return data.ConsumeUnicodeNoSurrogates(data.ConsumeIntInRange(0, 60)).encode("utf-8", "replace")


@functools.cache
def folder() -> Path:
    """Where files are put that are fed."""
    return Path(tempfile.mkdtemp(prefix="fuzz."))


def _load(text: bytes) -> None:
    """Read a file as the loader does first; load it where it is TOML: the loader reads the shipped figures too, which takes long."""
    path, read = folder() / "fed.toml", []
    path.write_bytes(text)
    answered(lambda: read.append(read_toml(path, str(path))), (ConfigError,), str(path))
    if read:
        answered(lambda: config.load(path), (ConfigError, ModelError), str(path))


def of_file(data: Source) -> None:
    """A good file, spoiled in some lines."""
    _load(edited(data))


def of_bytes(data: Source) -> None:
    """Any bytes as a file."""
    _load(data.ConsumeBytes(4096))


def of_set(data: Source) -> None:
    """A change as the command line takes it, on a good file."""
    path = folder() / "good.toml"
    if not path.exists():
        path.write_text(BASES[0], encoding="utf-8")
    keys = [line.partition(" = ")[0] for line in BASES[0].splitlines() if " = " in line]
    tables = [line.strip("[]") for line in BASES[0].splitlines() if line.startswith("[")]
    table, word = tables[data.ConsumeIntInRange(0, len(tables) - 1)], keys[data.ConsumeIntInRange(0, len(keys) - 1)]
    raw = data.ConsumeUnicodeNoSurrogates(60)
    text = (f"{table}.{word}={piece(data).decode('utf-8', 'replace')}", f"{table}.{word}={raw}", raw)[data.ConsumeIntInRange(0, 2)]
    answered(lambda: config.load(path, [text]), (ConfigError, ModelError))


def _changes(text: str) -> None:
    faults = Faults()
    read_overrides([text], faults)
    faults.stop()


def of_vary(data: Source) -> None:
    """A range of values, and a change, as they are split before anything is loaded."""
    numbers = [f"{data.ConsumeIntInRange(-(10**9), 10**9)}" for _ in range(2)]
    tail = data.ConsumeUnicodeNoSurrogates(80)
    form = data.ConsumeIntInRange(0, 3)
    text = (tail, f"envelope.high={tail}", f"envelope.high={numbers[0]}:{numbers[1]}:{tail}", f"a.b={numbers[0]},{tail}")[form]
    answered(lambda: variations(text), (ConfigError,), "override")
    answered(lambda: _changes(text), (ConfigError,), "override")


def of_unit(data: Source) -> None:
    """Names and quantities with their units; what is read of a quantity is shown, and read again."""
    words = [*units.UNITS, "per", "per_", "_per_", "/", "$", " ", "_", "1", "e5", ".", "-", "B$", "k", "%"]
    text = "".join(words[data.ConsumeIntInRange(0, len(words) - 1)] for _ in range(data.ConsumeIntInRange(0, 5)))
    text += data.ConsumeUnicodeNoSurrogates(40)
    stem, unit = units.parse(text)
    if "_".join(word for word in (stem, unit) if word) != text and text.strip("_") == text and "__" not in text:
        raise Broken(f"{text!r} is not {stem!r} and {unit!r}")
    answered(lambda: units.quantity(text), (ValueError,))
    answered(lambda: units.written_unit(text), (ValueError,))
    answered(lambda: units.describe(units.dimension(unit)), (ValueError,))
    answered(lambda: units.show(1.5e7, text), (ValueError,))


TARGETS: dict[str, Callable[[Any], None]] = {"file": of_file, "bytes": of_bytes, "set": of_set, "vary": of_vary, "unit": of_unit}
