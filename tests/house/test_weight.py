"""The command line's help must not wait for the numerical libraries, nor must a bare import."""

import subprocess
import sys

HEAVY = ("jax", "pandas", "matplotlib", "numpy", "equinox", "scipy")
HELP = """
import sys
from capexmodel.cli import main
sys.argv = ["capexmodel", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""


def heavy_modules(code: str) -> list[str]:
    """Run code in a fresh interpreter and name the heavy libraries it loaded."""
    report = f"\nimport sys\nsys.stderr.write(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.split()


def test_a_bare_import_loads_no_numerical_library() -> None:
    assert heavy_modules("import capexmodel") == []


def test_help_loads_no_numerical_library() -> None:
    assert heavy_modules(HELP) == []


def test_a_heavy_import_is_found() -> None:
    assert heavy_modules("import numpy") == ["numpy"]
