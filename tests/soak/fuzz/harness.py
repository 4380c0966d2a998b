"""One target in a process of its own: `python -m tests.soak.fuzz.harness TARGET FOUND.jsonl [libFuzzer's options] CORPUS`.

What breaks is noted, once by kind and place, and the search goes on.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import atheris
import jax

jax.config.update("jax_enable_x64", True)
with atheris.instrument_imports(include=["capexmodel.config", "capexmodel.units"]):
    from tests.soak.fuzz.targets import TARGETS

NAME, FOUND = sys.argv[1], Path(sys.argv[2])
KNOWN: set[tuple[str, str]] = set()


def place_of(error: Exception) -> str:
    """Where in the package an error was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "capexmodel" in frame.filename] or traceback.extract_tb(
        error.__traceback__
    )
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"


def once(fed: bytes) -> None:
    """Feed one input."""
    data: Any = atheris.FuzzedDataProvider(fed)
    try:
        TARGETS[NAME](data)
    except Exception as error:  # noqa: BLE001 -- whatever is raised is what is looked for
        kind = type(error).__name__, place_of(error)
        if kind not in KNOWN:
            KNOWN.add(kind)
            row = {"target": NAME, "kind": kind[0], "place": kind[1], "text": str(error)[:300], "fed": fed.hex()}
            handle = os.open(FOUND, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.write(handle, (json.dumps(row) + "\n").encode())
            os.close(handle)


atheris.Setup([sys.argv[0], *sys.argv[3:]], once)
atheris.Fuzz()
