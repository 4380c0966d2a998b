"""What the tests of the house read: the project's files, and Python text as a syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "capexmodel"
SKIPPED = {"build", "dist", "node_modules", "__pycache__"}


def project_files() -> list[Path]:
    """Every file that people wrote: nothing hidden but the CI script, nothing built."""
    return sorted(path for path in _walk(ROOT) if path.is_file())


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in SKIPPED or path.suffix == ".egg-info" or (path.name.startswith(".") and path.name not in {".ci", ".gitignore"}):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        else:
            yield path


def sources(*rooms: str) -> list[tuple[str, str]]:
    """Name and text of the package's Python files, all of them or those of some rooms (`model`, `planning/objective.py`)."""
    places = [PACKAGE / room for room in rooms] or [PACKAGE]
    files = [file for place in places for file in ([place] if place.suffix == ".py" else place.rglob("*.py")) if file.exists()]
    return [(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in sorted(set(files))]


def faults(check: object, *rooms: str) -> list[str]:
    """Apply a checker (text -> faults) to the files of some rooms and name the file before each fault."""
    assert callable(check)
    return [f"{name}: {fault}" for name, text in sources(*rooms) for fault in check(text)]


def assert_clean(found: list[str]) -> None:
    """Fail with every fault on a line of its own."""
    assert not found, "\n" + "\n".join(found)


def called(node: ast.expr | None) -> str:
    """Name of the function a call calls, its last word; empty if the node is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def fields(text: str) -> Iterator[tuple[ast.ClassDef, str, ast.AnnAssign]]:
    """Yield class, name and node of every annotated field of every class."""
    for cls in ast.walk(ast.parse(text)):
        if isinstance(cls, ast.ClassDef):
            for node in cls.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    yield cls, node.target.id, node


def words(node: ast.AST) -> set[str]:
    """All names and attributes that occur in a piece of syntax."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
