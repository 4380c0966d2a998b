"""Law 5: no file, clock, log or global between config and report."""

import ast

import pytest

from tests.house.reading import assert_clean, called, faults

ROOMS = ("asset.py", "programs.py", "components", "training", "energy", "finance", "model", "planning", "planner", "solvers")
FILES = {"glob", "io", "os", "pathlib", "pickle", "shutil", "sys", "tempfile", "tomllib"}
MODULES = FILES | {"logging", "random", "socket", "subprocess", "time", "urllib"}
CALLS = {"open", "print", "input", "exec", "eval"}
CLOCKS = {"now", "utcnow", "today"}


SEEDED = {"default_rng", "Generator", "SeedSequence"}


def impurities(text: str) -> list[str]:
    """Imports, calls and statements that reach out of the mathematics."""
    return [f"line {getattr(node, 'lineno', 0)}: {name}" for node in ast.walk(ast.parse(text)) for name in _reaches(node)]


def _reaches(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.split(".")[0] in MODULES]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module and node.module.split(".")[0] in MODULES else []
    if isinstance(node, ast.Global):
        return [f"global {', '.join(node.names)}"]
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"np.random", "numpy.random"} and node.attr not in SEEDED:
        return [f"numpy's global {node.attr}"]
    if isinstance(node, ast.Call):
        plain = isinstance(node.func, ast.Name) and called(node) in CALLS
        clock = isinstance(node.func, ast.Attribute) and called(node) in CLOCKS
        unseeded = called(node) in SEEDED and not node.args and not node.keywords
        return [f"{called(node)}()"] if plain or clock or unseeded else []
    return []


def test_the_mathematics_touch_nothing_outside() -> None:
    assert_clean(faults(impurities, *ROOMS))


@pytest.mark.parametrize(
    "planted",
    [
        "import os",
        "from os.path import join",
        "import numpy as np, time",
        "from pathlib import Path",
        "x = open('a')",
        "def f():\n    global x\n    x = 1",
        "import datetime\nnow = datetime.datetime.now()",
        "x = np.random.rand()",
        "x = np.random.default_rng().normal()",
        "print(1)",
    ],
)
def test_a_planted_impurity_is_found(planted: str) -> None:
    assert len(impurities(planted)) == 1


@pytest.mark.parametrize(
    "honest",
    ["import datetime\nx = datetime.date(y, m, d)", "x = jax.random.normal(key)", "x = np.random.default_rng(seed)", "x = self.open"],
)
def test_dates_and_seeded_draws_pass(honest: str) -> None:
    assert impurities(honest) == []
