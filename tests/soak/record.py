"""What a long test found, kept as JSON with what it was found on."""

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
VERSIONS = ("jax", "jaxlib", "numpy", "equinox", "pyarrow")


def keep(name: str, counts: dict[str, Any], failures: list[str], wall_s: float) -> Path:
    """Write down what was found; the path of the file."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=FOLDER, capture_output=True, text=True, check=False).stdout.strip()
    found = {
        "name": name,
        "date": datetime.date.today().isoformat(),
        "commit": commit,
        "versions": {"python": platform.python_version()} | {each: importlib.metadata.version(each) for each in VERSIONS},
        "cores": os.cpu_count(),
        "wall_s": round(wall_s, 1),
        "counts": counts,
        "failures": failures,
    }
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return path
