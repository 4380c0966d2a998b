"""What long runs share: processes of their own, and a name for the package as it stands."""

import hashlib
import importlib.metadata
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from tests.soak.record import FOLDER, VERSIONS

ROOT = FOLDER.parents[1]


def processes() -> ProcessPoolExecutor:
    """As many as there are processors, each for one task alone: compiled programs take memory."""
    return ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"), max_tasks_per_child=1)


def state() -> str:
    """The package, its figures, its long tests and its versions as they stand, in a few letters."""
    files = sorted(
        path for folder in ("capexmodel", "configs", "tests/soak") for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".toml")
    )
    seen = hashlib.sha256("".join(importlib.metadata.version(each) for each in VERSIONS).encode())
    for path in files:
        seen.update(f"{path.relative_to(ROOT)}".encode() + path.read_bytes())
    return seen.hexdigest()[:12]
