"""The slow way: the file is changed in the copy of the tree, and the tests are collected and run by a child that loads everything anew."""

import os
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.soak.mutants.children import arguments, first_failure, forked, told, verdict
from tests.soak.mutants.choice import Asking
from tests.soak.mutants.session import same, settle
from tests.soak.mutants.sites import Mutant


class Chosen:
    """A pytest plugin that runs some tests, in an order, and says in a pipe how it went."""

    def __init__(self, tests: Sequence[str], seconds: dict[str, float], pipe: int, cache: Path) -> None:
        self.tests, self.seconds, self.pipe, self.cache = tests, seconds, pipe, cache

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Let JAX keep its programs."""
        settle(self.cache)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them, unless a file could not be loaded."""
        items = {item.nodeid: item for item in session.items}
        lost = session.testsfailed > 0
        told(
            self.pipe, "loading" if lost else first_failure([items[test] for test in self.tests if test in items], self.seconds, self.pipe)
        )
        return True


class Afresh:
    """Tries mutants of what is computed while a file is loaded."""

    def __init__(self, root: Path, cache: Path, asking: Asking, budget_s: float) -> None:
        self.root, self.cache, self.asking, self.budget_s = root, cache, asking, budget_s
        self.seconds = asking.seconds
        self.sound: dict[str, bool] = {}

    def judge(self, mutant: Mutant) -> dict[str, Any]:
        """State of a mutant, by which test, after how many seconds."""
        path = self.root / mutant.file
        source, times = path.read_bytes(), path.stat()
        changed = mutant.of(source)
        with warnings.catch_warnings(action="ignore"):
            codes = [compile(text, "", "exec") for text in (source, changed)]
        if same(*codes):
            return {"state": "same", "by": "", "s": 0.0, "asked": 0}
        tests = [test for test in self.asking.tests(mutant, self.budget_s) if self.sound.get(test, True)]
        if not tests:
            return {"state": "unreached", "by": "", "s": 0.0, "asked": 0}
        began = time.monotonic()
        try:
            path.write_bytes(changed)
            state, by = self._run(tests)
        finally:
            path.write_bytes(source)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        if by in self.seconds and not self._is_sound(by):
            return self.judge(mutant)
        return {"state": state, "by": by, "s": round(time.monotonic() - began, 2), "asked": len(tests)}

    def _run(self, tests: Sequence[str]) -> tuple[str, str]:
        first = [test for test in tests if test.partition("::")[0] == tests[0].partition("::")[0]]
        state, by = "survived", ""
        for group in (first, [test for test in tests if test not in first]):
            if group and state == "survived":
                files = list(dict.fromkeys(test.partition("::")[0] for test in group))
                plugin = [group, self.seconds]
                state, by = verdict(*forked(lambda pipe, f=files, p=plugin: self._child(pipe, f, *p)))
        return state, by

    def _child(self, pipe: int, files: Sequence[str], tests: Sequence[str], seconds: dict[str, float]) -> None:
        pytest.main(arguments(str(self.root / ".made"), files), plugins=[Chosen(tests, seconds, pipe, self.cache)])

    def _is_sound(self, test: str) -> bool:
        """Whether a test passes alone when nothing is changed."""
        if test not in self.sound:
            self.sound[test] = self._run([test])[0] == "survived"
        return self.sound[test]
