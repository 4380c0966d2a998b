"""A thousand files that are wrong, kept as the one line in which each differs from a good one.

`python -m tests.corpus` draws them anew from `plain.toml`, which stays as it is.
"""

import json
from pathlib import Path

from capexmodel.testing.spoil import Spoiled, spoil

FOLDER = Path(__file__).parent
FILE = FOLDER / "malformed.jsonl"
COUNT = 1000


def base() -> str:
    """The good file."""
    return (FOLDER / "plain.toml").read_text(encoding="utf-8")


def faults() -> list[Spoiled]:
    """Every fault. Bytes are kept as the letters of Latin-1."""
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [Spoiled(**row | {"new": row["new"].encode("latin-1")}) for row in rows]


def drawn() -> list[Spoiled]:
    """As many different faults as there are to be."""
    found: dict[bytes, Spoiled] = {}
    seed = 0
    while len(found) < COUNT:
        one = spoil(base(), seed)
        found.setdefault(one.of(base()), one)
        seed += 1
    return list(found.values())
