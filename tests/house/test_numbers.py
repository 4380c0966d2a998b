"""Law 3: no figure about the world in code. An equation's constants stand beside its source, an algorithm's are named and pure."""

import ast
from collections.abc import Iterator

import pytest

from capexmodel.units import UNITS
from tests.house.reading import assert_clean, faults

ROOMS = ("asset.py", "components", "training", "energy", "finance", "model", "planning")
PLAIN = {0.0, 0.5, 1.0, 2.0}


def figures(text: str) -> list[str]:
    """Numbers in code that are neither plain, nor beside a source, nor a named default of an algorithm."""
    return [f"line {node.lineno}: the number {node.value!r}" for node in _bare_numbers(ast.parse(text), False)]


def _bare_numbers(node: ast.AST, sourced: bool) -> Iterator[ast.Constant]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        sourced = sourced or "Source:" in (ast.get_docstring(node) or "")
    if isinstance(node, ast.Constant):
        if not sourced and _is_number(node.value) and abs(node.value) not in PLAIN:
            yield node
        return
    if _is_named_default(node):
        return
    for child in ast.iter_child_nodes(node):
        yield from _bare_numbers(child, sourced)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def _is_named_default(node: ast.AST) -> bool:
    """A module's `_TOLERANCE = 1e-8`: one number, a capital name, and no unit of the world in that name."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return False
    name = node.targets[0].id
    return name.isupper() and isinstance(node.value, ast.Constant) and not set(name.lower().split("_")) & UNITS.keys()


def test_no_figure_about_the_world_stands_in_code() -> None:
    assert_clean(faults(figures, *ROOMS))


@pytest.mark.parametrize(
    "planted",
    [
        "def cost(n):\n    '''Cost of chips.'''\n    return 30e3 * n",
        "pue: Scalar = param('facility over IT power', ge=1, default=1.3)",
        "PRICE_USD = 30000.0",
        "_SECONDS = 365.25 * 86400",
        "def cost(n, price_usd=40e3):\n    '''Cost.'''\n    return n * price_usd",
        "class A:\n    '''A. Source: a book.'''\n    def f(self):\n        '''Six.'''\n        return 6.0",
        "x = -7",
    ],
)
def test_a_planted_figure_is_found(planted: str) -> None:
    assert figures(planted)


@pytest.mark.parametrize(
    "honest",
    [
        "def work(n, d):\n    '''FLOP of a run: 6 N D. Source: Kaplan et al. 2020, eq. 2.1.'''\n    return 6.0 * n * d",
        "_TOLERANCE = 1e-8",
        "def half(x):\n    '''Half.'''\n    return -1 + 0.5 * x * x / 2",
        "mfu: Scalar = param('model FLOP utilization', gt=0, le=1)",
        "flag = True",
    ],
)
def test_an_honest_number_passes(honest: str) -> None:
    assert figures(honest) == []
