"""Run one long test, and keep what it found."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does; must be set before anything loads a linear algebra library

import sys
from collections.abc import Callable

from tests.soak import determinism, fuzz, kills, laws, mutants, slopes

RUNS: dict[str, Callable[[list[str]], int]] = {
    "laws": laws.run,
    "planted": laws.plant,
    "slopes": slopes.run,
    "kills": kills.run,
    "determinism": determinism.run,
    "mutants": mutants.run,
    "fuzz": fuzz.run,
}


def main(words: list[str]) -> int:
    """Run what is named; the rest of the words are its own."""
    if not words or words[0] not in RUNS:
        sys.stderr.write(f"usage: python -m tests.soak {' | '.join(RUNS)}\n")
        return 2
    return RUNS[words[0]](words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
