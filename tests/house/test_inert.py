"""Inputs are data and nothing calls out: no code of the package runs text, unpacks objects, starts programs or opens a connection."""

import ast

import pytest

from tests.house.reading import assert_clean, called, faults

MODULES = {
    "asyncio", "cloudpickle", "code", "codeop", "commands", "ctypes", "dill", "ftplib", "http", "imaplib", "joblib", "marshal", "pickle",
    "poplib", "pty", "requests", "runpy", "shelve", "smtplib", "socket", "socketserver", "ssl", "subprocess", "telnetlib", "urllib",
    "urllib3", "httpx", "aiohttp", "webbrowser", "xmlrpc", "yaml",
}  # fmt: skip
"""What runs text or objects as code, starts programs, or reaches over a network."""
CALLS = {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
REACHES = {
    "system", "popen", "execv", "execve", "execvp", "spawnv", "spawnl", "posix_spawn", "startfile", "read_pickle", "to_pickle", "Unpickler",
    "fork", "read_html", "read_sql", "urlopen", "urlretrieve", "Styler", "to_clipboard",
}  # fmt: skip
"""Methods that do the same, of whatever they are called on."""
WORDS = {"allow_pickle", "shell"}
"""Arguments that ask for it."""


def reaches(text: str) -> list[str]:
    """Imports, calls and arguments that turn data into code, or reach out of the machine."""
    return [f"line {getattr(node, 'lineno', 0)}: {name}" for node in ast.walk(ast.parse(text)) for name in _named(node)]


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.split(".")[0] in MODULES]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module and node.module.split(".")[0] in MODULES else []
    if isinstance(node, ast.Call):
        plain = isinstance(node.func, ast.Name) and called(node) in CALLS
        method = isinstance(node.func, ast.Attribute) and called(node) in REACHES
        words = [f"{word.arg}=" for word in node.keywords if word.arg in WORDS and not _is_false(word.value)]
        loads = called(node) == "import_module" and not _own(node)
        return [f"{called(node)}()"] * (plain or method or loads) + words
    if isinstance(node, ast.Attribute) and node.attr in {"__reduce__", "__subclasses__", "__globals__", "__code__"}:
        return [node.attr]
    return []


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _own(node: ast.Call) -> bool:
    """Whether a module that is imported by name is one of the package's own."""
    first = node.args[0] if node.args else None
    if isinstance(first, ast.JoinedStr) and first.values:
        first = first.values[0]
    return isinstance(first, ast.Constant) and str(first.value).startswith("capexmodel.")


def test_no_code_comes_out_of_data_and_nothing_calls_out() -> None:
    assert_clean(faults(reaches))


@pytest.mark.parametrize(
    "planted",
    [
        "import pickle", "from urllib.request import urlopen", "import yaml", "x = eval('1')", "exec(text)", "import os\nos.system('ls')",
        "x = np.load(path, allow_pickle=True)", "import subprocess", "from socket import socket", "import requests", "__import__(name)",
        "importlib.import_module(name)", "x = pd.read_pickle(path)", "run(words, shell=True)", "x = compile(text, 'f', 'exec')",
        "x = y.__globals__", "import http.client", "table.style.Styler()", "os.fork()", "importlib.import_module(f'{name}.x')",
    ],
)  # fmt: skip
def test_a_planted_reach_is_found(planted: str) -> None:
    assert len(reaches(planted)) == 1


@pytest.mark.parametrize(
    "honest",
    [
        "x = re.compile('a')",
        "importlib.import_module(f'capexmodel.{name}')",
        "x = np.load(path, allow_pickle=False)",
        "x = lowered.compile()",
    ],
)
def test_what_is_harmless_passes(honest: str) -> None:
    assert reaches(honest) == []
