"""How the command line ends: the status of each kind of fault, and what is said."""

import os
import signal
from types import SimpleNamespace

import pytest

from capexmodel import cli
from capexmodel.cli import status
from capexmodel.errors import CapexModelError, ConfigError, ModelError


class SolveFault(CapexModelError):
    """A fault that is neither of the input nor of the program."""


@pytest.fixture
def ends(monkeypatch):
    """The command line where the command raises something."""

    def of(error, *words):
        def run(given):
            raise error

        monkeypatch.setattr(cli, "_run", run)
        return cli.main(words)

    return of


def test_each_kind_of_end_has_its_status():
    told = status.DONE, status.UNPROVEN, status.BAD_INPUT, status.INTERNAL, status.SIGNALED
    assert told == (0, 1, 2, 3, 128)


def test_of_many_faults_the_first_is_told_or_twenty(ends, capsys):
    faults = [f"fault {k}" for k in range(23)]
    assert ends(ConfigError(*faults)) == 2
    assert capsys.readouterr().err == "capexmodel: fault 0\n"
    assert ends(ConfigError(*faults), "lint", "--all") == 2
    assert capsys.readouterr().err.splitlines() == [f"capexmodel: {fault}" for fault in faults[:20]]


@pytest.mark.parametrize(("error", "expected", "said"), [
    (ModelError("wrong"), 2, "wrong"), (SolveFault("no plan"), 1, "no plan"),
    (OSError(28, "No space", "f.json"), 2, "f.json: No space; what was written before is whole"),
    (OSError("odd"), 2, "a file: odd; what was written before is whole"),
    (KeyboardInterrupt(), 130, "stopped; what was written before is whole"),
    (KeyboardInterrupt(signal.SIGTERM), 143, "stopped; what was written before is whole"),
])  # fmt: skip
def test_a_fault_has_its_status_and_its_line(ends, capsys, error, expected, said):
    assert ends(error) == expected
    assert capsys.readouterr().err == f"capexmodel: {said}\n"


def test_a_fault_of_the_program_is_told_in_one_line(ends, capsys):
    assert ends(RuntimeError("odd")) == 3
    assert capsys.readouterr().err.startswith("capexmodel: internal error: RuntimeError: odd")


def test_an_error_that_came_of_a_wish_to_stop_is_that_wish(ends, capsys):
    outer, inner = RuntimeError("lock"), ValueError("inner")
    outer.__context__, inner.__context__ = inner, KeyboardInterrupt(signal.SIGTERM)
    assert ends(outer) == 143
    assert "stopped" in capsys.readouterr().err
    assert cli._stop_behind(None) is None


@pytest.mark.parametrize(("error", "expected"), [(BrokenPipeError(), 0), (SystemExit(), 0), (SystemExit(5), 5)])
def test_other_ends_are_silent(ends, capsys, error, expected):
    assert ends(error) == expected
    assert capsys.readouterr().err == ""


def test_the_status_of_a_command_is_that_of_the_program(monkeypatch):
    seen = []
    monkeypatch.setattr(cli, "_run", lambda words: seen.append(words) or 7)
    monkeypatch.setattr(cli.sys, "argv", ["capexmodel", "lint", "S"])
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert (cli.main(), cli.main(("a", "b")), cli.main([])) == (7, 7, 7)
    assert seen == [["lint", "S"], ["a", "b"], []]
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    cli.main([])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "5"


COMMANDS = {
    "optimize S": "plans", "simulate S": "plans", "frontier S": "plans", "sweep S": "sweeps", "uncertainty S": "sweeps", "check S": "laws",
    "verify R": "laws", "grads S": "laws", "robust S": "risk", "hedges S": "risk", "sensitivity S": "sensitivity",
    "attribute A B": "sensitivity", "lint S": "plans", "explain S": "plans", "validate": "checks", "calibrate W": "checks",
    "backtest": "facts", "reconcile": "checks", "power --load 3": "power",
}  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_each_command_is_run_with_its_options(monkeypatch, words):
    name = words.split()[0]
    monkeypatch.setattr(getattr(cli, COMMANDS[words]), name, lambda options: (options.command == name) * 11)
    assert cli._run(words.split()) == 11


def test_what_is_no_command_or_no_option_is_told_with_what_is_near():
    with pytest.raises(ConfigError, match=r"^no command 'optimise', expected one of optimize, .*, power; did you mean 'optimize'\?$"):
        cli._run(["--all", "optimise"])
    with pytest.raises(ConfigError, match=rf"^no command '{'x' * 40}', expected"):
        cli._run(["x" * 50])
    with pytest.raises(ConfigError, match=r"^lint takes no '--alll'; did you mean '--all'\?$"):
        cli._run(["lint", "S", "--alll"])
    with pytest.raises(ConfigError, match=rf"^lint takes no '--{'x' * 38}'$"):
        cli._run(["lint", "S", "--" + "x" * 50, "more"])


def test_a_reader_that_went_away_is_no_error(monkeypatch):
    done = []

    def flush():
        raise BrokenPipeError

    monkeypatch.setattr(cli.sys, "stdout", SimpleNamespace(flush=flush, fileno=lambda: 77))
    monkeypatch.setattr(cli.os, "open", lambda *how: done.append(how) or 55)
    monkeypatch.setattr(cli.os, "dup2", lambda *how: done.append(how))
    assert cli._shown(1) == 0
    assert done == [(os.devnull, os.O_WRONLY), (55, 77)]
