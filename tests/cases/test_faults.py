"""Faults from outside: disks that refuse, processes that are killed, names no file can have, no network; and the same bytes everywhere.

A sample of what `python -m tests.soak` tries at length.
"""

import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest

import capexmodel
from capexmodel.cli import main
from capexmodel.config import load
from capexmodel.model.simulate import simulate
from capexmodel.planner.follow import follow_allocation
from capexmodel.report.document import to_json
from tests import sweeping
from tests.soak.determinism import OTHER, ULPS, Variant, done, named

SAMPLE = "10"
"""Points at which each writer is killed, refused and damaged here."""


def test_killed_and_refused_writers_lose_nothing():
    ended = subprocess.run([sys.executable, "-m", "tests.soak", "kills", SAMPLE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    checks = int(ended.stdout.split()[-4])
    assert checks > 500


@pytest.fixture
def odd(tmp_path):
    """Places that no result can go to, by what is wrong with them."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere.json")
    (tmp_path / "plain").write_text("x")
    return {
        "fifo": tmp_path / "fifo", "link": tmp_path / "link", "folder": tmp_path, "full": Path("/dev/full"), "zero": Path("/dev/zero"),
        "below a file": tmp_path / "plain" / "x.json", "no folder": tmp_path / "none" / "x.json", "nul": Path(f"{tmp_path}/a\0b"),
        "long": tmp_path / ("x" * 300), "very long": tmp_path / "/".join(["y" * 200] * 40), "surrogate": tmp_path / "none" / "a\udc80b",
        "escape": tmp_path / "none\x1b[31m" / "x.json",
    }  # fmt: skip


def refused(words, capsys) -> str:
    """The command ends with status 2 and one line of plain text, which is given back."""
    assert main([str(word) for word in words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.isprintable()
    assert line.startswith("capexmodel: ")
    assert "internal error" not in line
    return line


def test_results_go_to_plain_files_or_are_refused_before_anything_is_computed(odd, capsys, tmp_path):
    before = sorted(tmp_path.iterdir())
    for place in odd.values():
        refused(["optimize", "one_period", "--json", place], capsys)
    for name in ("fifo", "full", "below a file", "nul", "long", "very long"):
        refused(["optimize", "one_period", "--figures", odd[name]], capsys)
        refused(["check", "one_period", "--out", odd[name]], capsys)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_no_plain_file_is_not_read(odd, capsys):
    """A pipe would be waited for, and zeros never end."""
    for name in ("fifo", "folder", "zero", "full", "below a file", "nul", "long"):
        assert refused(["simulate", "one_period", "--allocation", odd[name]], capsys)
        assert refused(["lint", odd[name]], capsys)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sweep_that_is_told_to_stop_says_so_and_goes_on_where_it_stood(number, tmp_path):
    """As by a person or by a cluster that wants its machine back: status 130 or 143, one line, whole parts, the same bytes in the end."""
    plan, out, whole = tmp_path / "plan.json", tmp_path / "parts", tmp_path / "whole"
    scenario = load("one_period")
    plan.write_bytes(to_json({"allocation": named(sweeping.plan(scenario), scenario)}))
    vary = ("accelerator.chip.price_usd=0.8:1.2:800", "job.model.work_flop=0.8:1.2:800")
    words = ["sweep", "one_period", *(word for each in vary for word in ("--vary", each)), "--allocation", str(plan)]
    heard = [
        sys.executable,
        "-c",
        f"import os, signal, sys; signal.signal({int(number)}, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])",
    ]
    child = subprocess.Popen(
        [*heard, sys.executable, "-m", "capexmodel", *words, "--out", str(out)], stderr=subprocess.PIPE, text=True
    )  # whoever runs tests behind a shell has it ignore an interrupt
    while child.poll() is None and len(list(out.glob("*/*.parquet")) if out.exists() else ()) < 1:
        time.sleep(0.01)
    child.send_signal(number)
    said = child.communicate()[1]
    assert (child.returncode, said.splitlines()[-1]) == (128 + number, "capexmodel: stopped; what was written before is whole")
    assert "Traceback" not in said
    assert main([*words, "--out", str(out)]) == main([*words, "--out", str(whole)]) == 0
    left, right = ({path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} for folder in (out, whole))
    assert left == right


BLOCKED = """
import pkgutil, importlib, socket, sys
def no(*words, **named):
    raise RuntimeError("a connection was opened")
class Cut(socket.socket):
    connect = connect_ex = bind = no
socket.socket, socket.create_connection, socket.getaddrinfo = Cut, no, no
import capexmodel
for found in pkgutil.walk_packages(capexmodel.__path__, "capexmodel."):
    if found.name != "capexmodel.__main__":
        importlib.import_module(found.name)
from capexmodel.cli import main
sys.exit(main(["lint", "meta_2026"]))
"""


def test_nothing_is_asked_of_a_network():
    """Every module is imported and a scenario read where no connection can be opened; without any network, where that can be arranged."""
    alone = ["unshare", "-rn"]
    cut = shutil.which(alone[0]) is not None and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    words = [*(alone if cut else []), sys.executable, "-W", "ignore", "-c", BLOCKED]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.splitlines()[:1]) == (0, ["meta_2026: no fault found"]), ended.stderr[-2000:]
    assert len(list(pkgutil.walk_packages(capexmodel.__path__, "capexmodel."))) > 200


@pytest.mark.long
def test_bytes_do_not_depend_on_process_language_time_zone_folder_or_order_of_keys(tmp_path):
    """Law 61: all of it changed at once."""
    works = ("simulate+",)
    status, base = done(tmp_path, "base", Variant(works=works), tmp_path / "cache")
    assert (status, "simulate.json" in base, any(name.endswith(".svg") for name in base)) == (0, True, True)
    assert done(tmp_path, "other", Variant(OTHER, True, 3, works=works), tmp_path / "cache") == (0, base)


@pytest.mark.long
def test_compiled_or_not_is_within_64_units_in_the_last_place():
    """Law 66."""
    scenario = load("one_period")
    allocation = sweeping.plan(scenario)
    compiled = follow_allocation(scenario, allocation)
    with jax.disable_jit():
        plain = simulate(scenario, allocation)
    for one, other in zip(jax.tree.leaves(compiled), jax.tree.leaves(plain), strict=True):
        a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
        near = np.abs(a - b) <= ULPS * np.spacing(np.maximum(np.maximum(np.abs(a), np.abs(b)), np.finfo(float).tiny))
        assert bool(np.all(near | (a == b) | (np.isnan(a) & np.isnan(b))))
