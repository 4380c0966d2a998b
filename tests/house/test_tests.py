"""Every test can fail: it asserts something and is never skipped."""

import ast

import pytest

from tests.house.reading import ROOT, assert_clean

SKIPS = {"skip", "skipif", "xfail", "importorskip"}
JUDGES = ("assert", "check", "raises", "warns", "fail")


def toothless(text: str) -> list[str]:
    """Tests that assert nothing, or that may be skipped."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in SKIPS:
                found.append(f"line {node.lineno}: {name}")
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not any(_judges(part) for part in ast.walk(node)):
            found.append(f"line {node.lineno}: {node.name} asserts nothing")
    return found


def _judges(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return any(word in name.lower() for word in JUDGES)


def test_every_test_can_fail() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    found = [f"{file.relative_to(ROOT)}: {fault}" for file in files for fault in toothless(file.read_text(encoding="utf-8"))]
    assert_clean(found)


@pytest.mark.parametrize(
    "body",
    ["pass", "x = compute()", "assert True", "pytest." + "skip('later')\n    assert x", "pytest.import" + "orskip('scipy')\n    assert x"],
)
def test_a_toothless_test_is_found(body: str) -> None:
    assert len(toothless(f"def test_it():\n    {body}\n")) == 1


def test_a_real_test_passes() -> None:
    assert toothless("def test_it():\n    assert x == 1\ndef test_that():\n    with pytest.raises(ValueError):\n        f()\n") == []
