"""What was found: rows appended one by one, equivalents with a reason each, and an account of both by room."""

import collections
import datetime
import json
import os
import platform
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.soak.mutants.choice import digest
from tests.soak.mutants.sites import mutants

FOLDER = Path(__file__).parent
ROWS = FOLDER / "rows.jsonl"
RESULTS = FOLDER / "results.json"
EQUIVALENT = FOLDER / "equivalent.toml"
STATES = ("killed", "timeout", "survived", "equivalent", "unreached", "same")


def latest(path: Path) -> dict[str, dict[str, Any]]:
    """The last row of each mutant; a line that was cut off is passed over."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[row["id"]] = row
    return found


def equivalents() -> dict[tuple[str, str, str], str]:
    """Reasons why a change changes nothing that can be seen, by file, line before and line after."""
    entries = tomllib.loads(EQUIVALENT.read_text())["mutant"] if EQUIVALENT.exists() else []
    return {(entry["file"], entry["was"], entry["now"]): entry["reason"] for entry in entries}


def room_of(file: str) -> str:
    """The room of the package a file belongs to: a folder, or the file itself."""
    return file.removeprefix("capexmodel/").partition("/")[0].removesuffix(".py")


def summarize(root: Path) -> dict[str, Any]:
    """Counts by room, and every survivor with its line. Rows of files that have changed since are passed over."""
    reasons, counts, alive = equivalents(), collections.defaultdict(collections.Counter), []
    rows = [row for row in latest(ROWS).values() if row["source"] == _now(root, row["id"].partition(":")[0])]
    every = {room: _whole(root, room) for room in {room_of(row["id"].partition(":")[0]) for row in rows}}
    for row in rows:
        if row["id"] not in every[room_of(row["id"].partition(":")[0])]:
            continue
        file, state = row["id"].partition(":")[0], row["state"]
        if state in ("survived", "unreached") and (file, row["was"], row["now"]) in reasons:
            state = "equivalent"
        counts[room_of(file)][state] += 1
        if state in ("survived", "unreached"):
            alive.append({key: row[key] for key in ("id", "state", "was", "now")})
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit,
        "versions": {name: metadata.version(name) for name in ("jax", "numpy", "hypothesis", "pytest")},
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "rooms": {room: _counted(found, len(every[room])) for room, found in sorted(counts.items())},
        "survivors": sorted(alive, key=lambda row: row["id"]),
    }


def _now(root: Path, file: str) -> str:
    """The hash of a file as it is; nothing where it is gone."""
    return digest((root / file).read_bytes()) if (root / file).exists() else ""


def _whole(root: Path, room: str) -> set[str]:
    """Every mutant of a room, by name."""
    place = root / "capexmodel" / room
    paths = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return {one.id for path in paths for one in mutants(str(path.relative_to(root)), path.read_bytes())}


def _counted(found: collections.Counter[str], whole: int) -> dict[str, Any]:
    dead = found["killed"] + found["timeout"]
    judged = dead + found["survived"] + found["unreached"]
    share = round(dead / judged, 4) if judged else None
    return {"mutants": whole, "tried": found.total(), **{state: found[state] for state in STATES}, "died_share": share}
