"""Law 12: arrows point down. `make lint` judges the package; here the judge itself is tried on packages built for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.reading import PACKAGE, ROOT

ROOMS = (
    "cli",
    "studies",
    "testing",
    "report",
    "planner",
    "config",
    "planning",
    "model",
    "training",
    "energy",
    "finance",
    "components",
    "solvers",
    "units",
)


def judge(folder: Path, imports: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Build a package of empty rooms with some imports, and let import-linter judge it by the project's own rules."""
    package = folder / "capexmodel"
    package.mkdir()
    (package / "__init__.py").touch()
    for room in {*ROOMS, *imports}:
        (package / f"{room}.py").write_text(imports.get(room, ""))
    shutil.copy(ROOT / "pyproject.toml", folder)
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache", "--no-logo", "--config", "pyproject.toml"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_every_room_has_a_layer() -> None:
    rules = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()} - {"__init__", "__pycache__"}
    assert len(rooms) > 5
    assert [room for room in sorted(rooms) if f"({room})" not in rules] == []


def test_downward_imports_are_kept(tmp_path: Path) -> None:
    done = judge(
        tmp_path, {"cli": "import capexmodel.report", "planning": "import capexmodel.model", "model": "from capexmodel import units"}
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "imports",
    [
        {"model": "import capexmodel.planning"},
        {"components": "from capexmodel import cli"},
        {"planner": "import capexmodel.config"},
        {"solvers": "import capexmodel.model"},
        {"attic": ""},
        {"solvers": "import scipy.optimize"},
    ],
    ids=["upward", "to the top", "sideways", "a tool that knows what is planned", "a room without a layer", "a peer in the package"],
)
def test_a_broken_law_is_found(tmp_path: Path, imports: dict[str, str]) -> None:
    done = judge(tmp_path, imports)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout or "attic" in done.stdout + done.stderr
