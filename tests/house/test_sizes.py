"""Law 12: a file fits on four screens, a function on one; nothing goes round in a circle."""

import ast
from graphlib import CycleError, TopologicalSorter

from tests.house.reading import ROOT, assert_clean, faults, sources

FILE_LINES = 300
FUNCTION_LINES = 40


def oversized(text: str) -> list[str]:
    """The file if it is too long, and each function that is."""
    lines = text.count("\n")
    found = [f"{lines} lines, more than {FILE_LINES}"] if lines > FILE_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > FUNCTION_LINES:
                found.append(f"line {node.lineno}: {node.name} has {size} lines, more than {FUNCTION_LINES}")
    return found


def imported(text: str, modules: set[str]) -> set[str]:
    """Modules of the project that a file needs when it is loaded."""
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in modules else node.module for alias in node.names}
    return found & modules


def circle(texts: dict[str, str]) -> list[str]:
    """One circle of imports among modules given by name, or nothing."""
    graph = {name: imported(text, set(texts)) for name, text in texts.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def module_name(file: str) -> str:
    """`capexmodel/model/fleet.py` -> `capexmodel.model.fleet`."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_files_and_functions_fit_on_their_screens() -> None:
    assert_clean(faults(oversized))


def test_no_circle_of_imports() -> None:
    texts = {module_name(name): text for name, text in sources()}
    assert len(texts) > 1, f"found no package in {ROOT}"
    assert circle(texts) == []


def test_a_long_file_and_a_long_function_are_found() -> None:
    assert oversized("x = 1\n" * 301) == ["301 lines, more than 300"]
    assert oversized("def f():\n" + "    x = 1\n" * 40) == ["line 1: f has 41 lines, more than 40"]
    assert oversized("def f():\n" + "    x = 1\n" * 39) == []


def test_a_circle_is_found() -> None:
    assert set(circle({"p.a": "from p import b", "p.b": "from p.c import x", "p.c": "import p.a"})) == {"p.a", "p.b", "p.c"}
    assert circle({"p.a": "from p import b", "p.b": "def f():\n    import p.a"}) == []
