"""Commands whose insides are replaced by what notes how it was called."""

import contextlib
import importlib
from types import SimpleNamespace

import pytest

from capexmodel.cli.parser import build_parser

FIRST = (
    "studies.hedges", "studies.sweep", "studies.task", "studies.attribution", "studies.backtest", "report.sensitivity", "report.sweep",
    "report.attribution", "report.tornado_figure", "report.hours_figure", "report.laws", "testing.shipped",
)  # fmt: skip
"""What takes names from elsewhere while it is imported: before any of these is replaced."""


class Doubted(str):
    """A scenario that is known by its name alone, and has something doubted in it."""

    evidence = SimpleNamespace(doubts=("a doubt", "another"))


DOUBTS = "capexmodel: a doubt\ncapexmodel: another\n"
"""What is said of it."""


class Inside:
    """What a command calls: notes of every call, and what each gives back."""

    def __init__(self, monkeypatch):
        self.patch, self.calls, self.written = monkeypatch, [], {}

    def gives(self, where, **results):
        """Names of a module, and what each gives back; an error is raised."""
        module = importlib.import_module(where)
        for name, result in results.items():
            self.patch.setattr(module, name, self._noted(name, result))

    def _noted(self, name, result):
        def call(*args, **words):
            self.calls.append((name, args, words))
            if isinstance(result, Exception):
                raise result
            return result

        return call

    def of(self, name):
        """How something was called: its arguments, and a last one of those by name where there were any."""
        return [(*args, words) if words else args for called, args, words in self.calls if called == name]


@pytest.fixture
def inside(monkeypatch):
    """Files are noted instead of written, nothing is compiled, and progress is the word `tell`."""
    for name in FIRST:
        importlib.import_module(f"capexmodel.{name}")
    made = Inside(monkeypatch)
    made.gives("capexmodel.files", check_file=None, check_folder=None, write=None)
    made.gives("capexmodel.report.shelf", keep_compiled=None, keep_traced=contextlib.nullcontext())
    made.gives("capexmodel.report.document", to_json=b"json")
    for name in ("plans", "sweeps", "risk", "laws", "sensitivity", "checks", "power"):
        made.gives(f"capexmodel.cli.{name}", progress=contextlib.nullcontext(print))
    made.gives("capexmodel.cli.risk", share_processors=None)
    made.gives("capexmodel.cli.sensitivity", share_processors=None)
    return made


@pytest.fixture
def asked():
    """Options of a command, of one line."""
    return lambda words: build_parser().parse_args(words.split(" "))
