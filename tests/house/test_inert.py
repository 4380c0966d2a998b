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


WRITERS = {
    "write_text",
    "write_bytes",
    "to_csv",
    "to_parquet",
    "to_pickle",
    "to_excel",
    "to_json_file",
    "tofile",
    "savetxt",
    "touch",
    "rename",
}
REPLACERS = {"replace", "remove", "rmtree", "copyfile", "move", "NamedTemporaryFile", "mkstemp"}
"""Of `os`, `shutil` and `tempfile`."""
DOORS = ("capexmodel/files.py", "capexmodel/report/terminal.py")
"""The one door through which results go, and the traceback that somebody asks for in a file."""


def written(text: str) -> list[str]:
    """Calls that write, rename or remove files."""
    return [f"line {node.lineno}: {called(node)}()" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and _writes(node)]


def _writes(node: ast.Call) -> bool:
    name, owner = called(node), ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    modes = [word.value for word in [*node.args, *(word.value for word in node.keywords)] if isinstance(word, ast.Constant)]
    opened = name == "open" and any(isinstance(mode, str) and set(mode) <= set("rwxab+t") and set(mode) & set("wxa+") for mode in modes)
    return name in WRITERS or opened or (name in REPLACERS and owner in {"os", "shutil", "tempfile"})


def test_every_result_is_written_through_one_door() -> None:
    """Whole or not at all: nothing else in the package writes, renames or makes files for a while."""
    assert_clean([fault for fault in faults(written) if not fault.startswith(DOORS)])


@pytest.mark.parametrize(
    "planted",
    [
        "path.write_text(x)",
        "open(path, 'w')",
        "path.open('wb')",
        "frame.to_csv(path)",
        "os.replace(a, b)",
        "open(path, mode='a')",
        "a.rename(b)",
    ],
)
def test_a_planted_writer_is_found(planted: str) -> None:
    assert len(written(planted)) == 1


@pytest.mark.parametrize(
    "honest", ["path.open('rb')", "open(path)", "text.replace('w', 'a')", "dataclasses.replace(a, b=1)", "lock.open()"]
)
def test_reading_is_no_writing(honest: str) -> None:
    assert written(honest) == []
