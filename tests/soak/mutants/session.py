"""The quick way: one pytest session that has collected every test waits; for each mutant a child is forked, one function of it exchanged,
and the tests are run there. What is computed while files are loaded is not exchanged: such mutants take the slow way (`afresh.py`)."""

import functools
import gc
import importlib
import json
import os
import signal
import sys
import time
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import pytest
from hypothesis import Phase, settings
from jax._src import xla_bridge

from tests.soak.mutants.children import first_failure, forked, told, verdict
from tests.soak.mutants.choice import Asking
from tests.soak.mutants.sites import Mutant

_SLOW_S = 30
"""Seconds a test may take at most to be asked about mutants."""


def settle(root: Path) -> None:
    """Let JAX keep even small programs, and hypothesis stop at the first counterexample."""
    jax.config.update("jax_compilation_cache_dir", str(root))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    settings.register_profile("mutants", parent=settings.get_profile("repeatable"), phases=(Phase.explicit, Phase.generate), database=None)
    settings.load_profile("mutants")


class Waiting:
    """A pytest plugin: after collection, `work` is called instead of running the tests.

    Which functions run while files are loaded is watched from the start: a conftest is loaded before any hook is called."""

    def __init__(self, cache: Path, work: Any) -> None:
        self.cache, self.work = cache, work
        self.early: set[tuple[str, str]] = set()
        self.root = str(Path.cwd()) + os.sep
        self.computes = ""
        sys.setprofile(self._saw)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Let JAX keep its programs."""
        settle(self.cache)

    def _saw(self, frame: types.FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(self.root + "capexmodel"):
            self.early.add((frame.f_code.co_filename.removeprefix(self.root), frame.f_code.co_qualname))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Stop where a file computes while it is collected: a fork would not be safe after that."""
        if xla_bridge.backends_are_initialized():
            self.computes = report.nodeid.partition("::")[0]
            raise pytest.exit.Exception(f"{self.computes} computes while it is collected")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do the work."""
        sys.setprofile(None)
        self.work(self, {item.nodeid: item for item in session.items})
        return True


class TooSlow(BaseException):
    """A test that takes too long to be asked."""


def reach(items: dict[str, pytest.Item], package: str, files: Sequence[str], forget: Callable[[], None]) -> dict[str, dict[str, Any]]:
    """Run tests in a child and find which lines of the package each runs, when nothing is known of what others computed.

    Those that look at declarations reach each file of the package, as what runs while it is loaded: line 0.
    """

    def work(pipe: int) -> None:
        for item in items.values():
            seen: dict[str, set[int]] = {}
            trace = functools.partial(_trace, seen, package, {})
            signal.signal(signal.SIGPROF, _late)
            signal.setitimer(signal.ITIMER_PROF, _SLOW_S)
            began, failure = time.process_time(), True
            forget()
            sys.settrace(trace)
            try:
                failure = bool(first_failure_of(item))
            except TooSlow:
                failure = True
            finally:
                sys.settrace(None)
                signal.setitimer(signal.ITIMER_PROF, 0.0)
            row = {"test": item.nodeid, "ok": not failure, "s": round(time.process_time() - began, 3)}
            row["lines"] = {name.removeprefix(package): sorted(lines) for name, lines in seen.items()}
            if item.get_closest_marker("declarations"):
                row["lines"] |= {name: [*row["lines"].get(name, []), 0] for name in files}
            os.write(pipe, (json.dumps(row) + "\n").encode())

    said = forked(work)[1]
    rows = [json.loads(line) for line in said.splitlines() if line.endswith("}}")]
    return {row.pop("test"): row for row in rows}


def first_failure_of(item: pytest.Item) -> bool:
    """Whether one test fails."""
    from _pytest.runner import runtestprotocol

    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _late(*_: Any) -> None:
    raise TooSlow


def _trace(seen: dict[str, set[int]], package: str, known: dict[str, Any], frame: types.FrameType, event: str, _: Any) -> Any:
    name = frame.f_code.co_filename
    if name not in known:
        known[name] = name.startswith(package + "capexmodel")
    if not known[name]:
        return None
    lines = seen.setdefault(name, set())

    def local(frame: types.FrameType, event: str, _: Any) -> Any:
        if event == "line":
            lines.add(frame.f_lineno)
        return local

    return local


class Exchange:
    """The functions of the package as they are in memory, and how one is exchanged for its mutant."""

    def __init__(self, root: Path, names: list[str]) -> None:
        self.root = root
        self.modules = {
            name: importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")) for name in names
        }
        self.functions: dict[tuple[str, str], list[types.FunctionType]] = {}
        self.caches: list[Any] = []
        start = str(root) + os.sep
        gc.unfreeze()  # nothing is told of what was set aside
        for thing in gc.get_objects():
            if type(thing) is types.FunctionType and thing.__code__.co_filename.startswith(start + "capexmodel"):
                self.functions.setdefault((thing.__code__.co_filename.removeprefix(start), thing.__code__.co_qualname), []).append(thing)
            elif type(thing) is functools._lru_cache_wrapper and getattr(thing, "__module__", "").startswith(("capexmodel", "tests")):
                self.caches.append(thing)

    def codes(self, mutant: Mutant) -> tuple[types.CodeType, types.CodeType] | None:
        """Code of a mutant's function, before and after."""
        loader: Any = self.modules[mutant.file].__loader__
        source = (self.root / mutant.file).read_bytes()
        with warnings.catch_warnings(action="ignore"):
            codes = [loader.source_to_code(text, str(self.root / mutant.file)) for text in (source, mutant.of(source))]
        before, after = (_found(code, mutant.function) for code in codes)
        return (before, after) if before and after else None

    def put(self, mutant: Mutant, code: types.CodeType) -> None:
        """Exchange it, and forget what was computed with the old one."""
        functions = self.functions[mutant.file, mutant.function]
        for function in functions:
            function.__code__ = code
        self.forget()

    def forget(self) -> None:
        """Forget what was computed."""
        for cache in self.caches:
            cache.cache_clear()


def _found(code: types.CodeType, name: str) -> types.CodeType | None:
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            if inner.co_qualname == name:
                return inner
            if deeper := _found(inner, name):
                return deeper
    return None


def same(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two pieces of code do the same, wherever they stand."""
    if (one.co_code, one.co_names, one.co_varnames, one.co_freevars) != (
        other.co_code,
        other.co_names,
        other.co_varnames,
        other.co_freevars,
    ):
        return False
    if len(one.co_consts) != len(other.co_consts):
        return False
    pairs = zip(one.co_consts, other.co_consts, strict=True)
    return all(same(a, b) if isinstance(a, types.CodeType) and isinstance(b, types.CodeType) else repr(a) == repr(b) for a, b in pairs)


class Judge:
    """Tries mutants by the tests that reach them."""

    def __init__(self, items: dict[str, pytest.Item], asking: Asking, exchange: Exchange, budget_s: float) -> None:
        self.items, self.asking, self.exchange, self.budget_s = items, asking, exchange, budget_s
        self.seconds = asking.seconds
        self.sound: dict[str, bool] = {}

    def judge(self, mutant: Mutant) -> dict[str, Any]:
        """State of a mutant, by which test, after how many seconds."""
        tests = [test for test in self.asking.tests(mutant, self.budget_s) if test in self.items and self.sound.get(test, True)]
        codes = self.exchange.codes(mutant)
        if codes is None or (mutant.file, mutant.function) not in self.exchange.functions:
            return {"state": "elsewhere", "by": "", "s": 0.0, "asked": 0}
        if same(*codes):
            return {"state": "same", "by": "", "s": 0.0, "asked": 0}
        if not tests:
            return {"state": "unreached", "by": "", "s": 0.0, "asked": 0}
        began = time.monotonic()

        def work(pipe: int) -> None:
            try:
                self.exchange.put(mutant, codes[1])
            except ValueError:
                told(pipe, "elsewhere")
                return
            told(pipe, first_failure([self.items[test] for test in tests], self.seconds, pipe))

        state, by = verdict(*forked(work))
        if by == "elsewhere":
            return {"state": "elsewhere", "by": "", "s": 0.0, "asked": 0}
        if by in self.items and not self._is_sound(by):
            return self.judge(mutant)
        return {"state": state, "by": by, "s": round(time.monotonic() - began, 2), "asked": len(tests)}

    def _is_sound(self, test: str) -> bool:
        """Whether a test passes alone when nothing is changed."""
        if test not in self.sound:
            said = verdict(*forked(lambda pipe: told(pipe, first_failure([self.items[test]], self.seconds, pipe))))
            self.sound[test] = said[0] == "survived"
        return self.sound[test]
