"""Keeps results: one JSON file a machine, one entry a benchmark, each with the versions and the commit it was measured with."""

import datetime
import importlib.metadata
import json
import math
import os
import platform
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).resolve().parent / "results"
VERSIONS = ("jax", "jaxlib", "equinox", "numpy", "scipy", "casadi")


def cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def label() -> str:
    """Name the machine by kind of device, cores and architecture."""
    import jax

    return f"{jax.default_backend()}-{cores()}-{platform.machine()}"


def circumstances() -> dict[str, object]:
    """With what, when and under what load something was measured."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": cores(),
        "load_before": load,
        **{name: importlib.metadata.version(name) for name in VERSIONS},
    }


def commit() -> str | None:
    """The commit, marked when files have changed since; None outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None


def keep(name: str, before: dict[str, object], found: dict[str, object]) -> Path:
    """Put a benchmark's result into the machine's file, whole or not at all; other benchmarks' results stay."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{label()}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"machine": label(), "benchmarks": {}}
    known["benchmarks"][name] = {"measured": before, "found": _finite(found)}
    handle, temporary = tempfile.mkstemp(dir=FOLDER, prefix=".", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=2, allow_nan=False)
            file.write("\n")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def _finite(value: object) -> object:
    """The same with null for every number that JSON does not know."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
