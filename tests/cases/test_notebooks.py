"""Notebooks run from top to bottom, use public names only, and keep no outputs."""

import ast
import os
from pathlib import Path

import jupytext
import nbclient
import pytest

import capexmodel

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))


def private_names(code: str) -> set[str]:
    """Names that a notebook takes from the package without their being public."""
    nodes = list(ast.walk(ast.parse(code)))
    dotted = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    taken = {node.attr for node in dotted if ast.unparse(node.value) == "cm"}
    deeper = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    deeper |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return (taken - set(capexmodel.__all__)) | {name for name in deeper if name.startswith("capexmodel") and name != "capexmodel"}


def test_private_names_are_found():
    code = "import capexmodel as cm\ncm.load('x')\ncm.secret()\nfrom capexmodel.model import x"
    assert private_names(code) == {"secret", "capexmodel.model"}


def test_there_are_notebooks_and_nothing_but_their_sources():
    assert [path.name for path in NOTEBOOKS] == ["01_first_plan.py"]
    assert not list(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path):
    notebook = jupytext.read(path)
    assert notebook.metadata["jupytext"]["text_representation"]["format_name"] == "percent"
    assert private_names(path.read_text()) == set()


@pytest.mark.long
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, pytestconfig, monkeypatch, tmp_path):
    cache = pytestconfig.rootpath / ".pytest_cache" / "jax"
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(cache))
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(pytestconfig.rootpath), os.environ.get("PYTHONPATH", "")]))
    notebook = jupytext.read(path)
    client = nbclient.NotebookClient(notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5
    assert any("OPTIMAL" in output.get("text", "") for output in outputs)
