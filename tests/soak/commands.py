"""Whole commands in processes of their own: killed at random times, on a disk that is full, over kept programs that are damaged."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from capexmodel.config.calibrated import read_calibration
from capexmodel.config.locate import configs_dir
from capexmodel.errors import ConfigError
from capexmodel.files import SUFFIX
from capexmodel.report.document import read_result
from capexmodel.report.proof import unchanged
from tests.soak.jobs import content
from tests.soak.kills import EVERY, Bench, refused
from tests.sweeping import NEVER

SWEEPS = 6
"""Whole sweeps that are killed, each at another time."""
TMPFS_BYTES = 65536
CALIBRATION_PLACES = 100
"""Bytes of a calibration at which it is cut: reading one takes a third of a second."""


def commanded(bench: Bench, root: Path) -> None:
    """Everything here."""
    sweeps(bench, root / "sweeps")
    plan = kept(bench, root / "kept")
    result = read_result(plan)
    spoiled(bench, "result", plan, root / "spoiled.json", EVERY, lambda path: found_out(read_result(path), result))
    shipped = configs_dir() / "training" / "calibration.json"
    spoiled(bench, "calibration", shipped, root / "spoiled.json", CALIBRATION_PLACES, lambda path: bool(read_calibration(path, "it")))
    full(bench, root)


def _python(*words: str, **env: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", *words], env=os.environ | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def _parts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def sweeps(bench: Bench, root: Path) -> None:
    """A sweep killed again and again at random times, then left to end: its folder is that of one that was never killed."""
    start_s = time.perf_counter()
    assert _python("tests.sweeping", str(root / "whole"), NEVER).wait() == 0
    lasts_s, wanted = time.perf_counter() - start_s, _parts(root / "whole")
    rng, folder = np.random.default_rng(2), root / "killed"
    for number in range(SWEEPS):
        child = _python("tests.sweeping", str(folder), NEVER)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(float(rng.uniform(0.5, 1.05)) * lasts_s)
        child.kill()
        child.wait()
        now = _parts(folder) if folder.exists() else {}
        whole = all(wanted.get(name) == body for name, body in now.items() if not name.endswith(SUFFIX))
        bench.holds("sweep killed: whole at any moment", f"kill {number}", whole)
        if number % 3 == 2:
            shutil.rmtree(folder, ignore_errors=True)
    bench.holds("sweep killed: ends well", "at last", _python("tests.sweeping", str(folder), NEVER).wait() == 0)
    bench.holds("sweep killed: the same bytes in the end", "at last", _parts(folder) == wanted)


def kept(bench: Bench, root: Path) -> Path:
    """Programs kept between runs, each damaged in one way: the same bytes come out, and not a word of it."""
    root.mkdir()
    plan, cache = root / "plan.json", {"XDG_CACHE_HOME": str(root)}
    assert _python("capexmodel", "optimize", "one_period", "--starts", "1", "--json", str(plan), **cache).wait() == 0
    wanted = plan.read_bytes()
    ways = {
        "cut in half": lambda old: old[: len(old) // 2],
        "one bit turned": lambda old: (
            old[: len(old) // 2] + bytes(byte ^ 4 for byte in old[len(old) // 2 :][:1]) + old[len(old) // 2 + 1 :]
        ),
        "something else": lambda old: content("something else"),
    }
    for way, spoiled in ways.items():
        for path in (root / "capexmodel" / "jax").iterdir():
            path.write_bytes(spoiled(path.read_bytes()))
        child = _python("capexmodel", "optimize", "one_period", "--starts", "1", "--json", str(plan), **cache)
        said = child.communicate()[1].decode()
        bench.holds("kept programs damaged: ends well", way, child.returncode == 0)
        bench.holds("kept programs damaged: the same bytes", way, plan.read_bytes() == wanted)
        bench.holds("kept programs damaged: not a word", f"{way}: {said[:200]}", not said)
    return plan


def found_out(result: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Whether a result says what the whole one does, or its seal tells that it was changed."""
    return result == whole or not unchanged(result)


def spoiled(bench: Bench, what: str, whole: Path, path: Path, places: int, read: Callable[[Path], bool]) -> None:
    """A file cut at each byte, or at so many, is refused in one line; with a bit of it turned it is refused, or read as it may be."""
    content = whole.read_bytes()
    length = len(content.rstrip())
    for at in np.linspace(0, length - 1, min(places, length)).astype(int):
        path.write_bytes(content[:at])
        bench.holds(f"{what} cut: refused in one line", f"at {at}", refused(lambda: read(path)))
        path.write_bytes(content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :])
        bench.holds(f"{what} with a bit turned: refused in one line, or found out", f"bit {at % 8} of {at}", borne(lambda: read(path)))


def borne(work: Callable[[], bool]) -> bool:
    """Whether work is well done, or refused in one line; nothing else comes up."""
    try:
        return work()
    except ConfigError as error:
        return "\n" not in str(error)
    except Exception:  # noqa: BLE001 - whatever comes up is what is looked for
        return False


def full(bench: Bench, root: Path) -> None:
    """A disk without room: a small one, where one may be made, and a screen that takes nothing."""
    with open("/dev/full", "wb") as nothing:
        child = subprocess.run(
            [sys.executable, "-m", "capexmodel", "lint", "one_period"], stdout=nothing, stderr=subprocess.PIPE, check=False
        )
    said = child.stderr.decode()
    bench.holds("a screen that takes nothing: one line", said[:300], child.returncode == 2 and said.count("\n") == 1)
    disk = root / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(disk)], capture_output=True, check=False
    ).returncode:
        bench.counts["a small disk: not permitted here"] = 1
        return
    try:
        child = _python("tests.sweeping", str(disk / "sweep"), NEVER)
        said = child.communicate()[1].decode().splitlines()
        told = any(words in said[-1] for words in ("No space left", "are free"))
        bench.holds("a small disk: refused, or the error comes up", said[-1][:200], told)
        bench.holds("a small disk: nothing left beside", "", not list(disk.rglob(f"*{SUFFIX}")))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
