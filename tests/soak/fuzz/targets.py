"""What is fed, and what must hold of each answer: a result, or a refusal of one short printable line that says where; nothing written."""

import contextlib
import functools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from capexmodel import config, units
from capexmodel.config.builds import read_builds
from capexmodel.config.calibrated import read_calibration
from capexmodel.config.costs import read_cost_rows
from capexmodel.config.energy import market
from capexmodel.config.faults import Faults
from capexmodel.config.overrides import read_overrides
from capexmodel.config.read import read_toml
from capexmodel.config.rows import Refused, read_rows
from capexmodel.config.vary import variations
from capexmodel.errors import ConfigError, ModelError
from tests.soak.fuzz.edits import Source, edited, piece, tables_of, text_of

LONGEST = 2000
"""Characters of a refusal, its file's path not counted."""
MOST_S = 10.0
"""Seconds of one answer."""
SCENARIOS = tuple(map(text_of, ("tests/corpus/plain.toml", "tests/unit/config/small.toml", "configs/scenarios/one_period.toml")))
BUILDS = (tables_of("configs/finance/gigawatt.toml", "build"), text_of("configs/finance/gigawatt.toml"))
POWER = (tables_of("configs/energy/sources.toml", "source"), text_of("configs/energy/weather.toml"))
RUNS = (text_of("configs/training/runs.csv", 12),)
COSTS = (text_of("configs/finance/training_costs.csv", 12),)
LEARNED = (text_of("configs/training/calibration.json"),)


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
    with watch().listening():
        try:
            ask()
        except refusals as error:
            refused(str(error), names)
    if watch().written:
        raise Broken(f"something was written: {watch().written[:3]}")
    if time.process_time() - began > MOST_S:
        raise Broken("it took too long")


def refused(line: str, names: str = "") -> None:
    """Judge a refusal. Raises: Broken."""
    if not line or not line.isprintable():
        raise Broken(f"a refusal that is not one printable line: {line!r}")
    if len(line) > LONGEST + len(names):
        raise Broken(f"a refusal of {len(line)} characters")
    if names not in line:
        raise Broken(f"a refusal that does not say where: {line!r}")


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
    _load(edited(data, SCENARIOS))


def of_bytes(data: Source) -> None:
    """Any bytes as a file."""
    _load(data.ConsumeBytes(4096))


def of_set(data: Source) -> None:
    """A change as the command line takes it, on a good file."""
    path = folder() / "good.toml"
    if not path.exists():
        path.write_text(SCENARIOS[0], encoding="utf-8")
    keys = [line.partition(" = ")[0] for line in SCENARIOS[0].splitlines() if " = " in line]
    tables = [line.strip("[]") for line in SCENARIOS[0].splitlines() if line.startswith("[")]
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


def _own(data: Source, bases: Sequence[str], read: Callable[[Path], object]) -> None:
    """A file of one's own beside a scenario, spoiled in some lines."""
    path = folder() / "own"
    path.write_bytes(edited(data, bases))
    answered(lambda: read(path), (ConfigError,), str(path))


def of_build(data: Source) -> None:
    """What a gigawatt is built of."""
    _own(data, BUILDS, read_builds)


def of_power(data: Source) -> None:
    """Sources of power and places."""
    _own(data, POWER, market)


def of_runs(data: Source) -> None:
    """Runs to be timed; a row that cannot be says why."""
    _own(data, RUNS, lambda path: [refused(row.reason) for row in read_rows(path) if isinstance(row, Refused)])


def of_costs(data: Source) -> None:
    """Runs whose cost is asked; a row that cannot be used says why."""
    _own(data, COSTS, lambda path: [refused(row.reason) for row in read_cost_rows(path) if row.reason])


def of_learned(data: Source) -> None:
    """What was learned of runs."""
    _own(data, LEARNED, lambda path: read_calibration(path, str(path)))


TARGETS: dict[str, Callable[[Any], None]] = {
    "file": of_file,
    "bytes": of_bytes,
    "set": of_set,
    "vary": of_vary,
    "unit": of_unit,
    "build": of_build,
    "power": of_power,
    "runs": of_runs,
    "costs": of_costs,
    "learned": of_learned,
}
