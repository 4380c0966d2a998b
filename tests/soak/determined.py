"""One process of the matrix: `python -m tests.soak.determined FOLDER CORES WORK...` does its work on `mine.toml`, here, into a folder.

Works: `simulate` (the plan in plan.json), `optimize`, `check`, `sweep`; with a `+` each is done twice in the process, and must agree.
"""

import os
import shutil
import sys
from pathlib import Path

CHECKED = ("L1", "L5", "L18", "L24")
"""Laws that are cheap to try."""


def asked(work: str, folder: Path) -> list[str]:
    """The command of a work."""
    plan, out = str(folder / "plan.json"), str(folder / f"{work}.json")
    words = {
        "simulate": ["--allocation", plan, "--figures", str(folder / "figures")],
        "optimize": ["--starts", "1"],
        "check": [word for law in CHECKED for word in ("--law", law)],
        "sweep": ["--vary", "envelope.high=0.8:1.2:4 B$", "--allocation", plan, "--keep-rows", "--out", str(folder / "parts")],
    }[work]
    return [work, "mine.toml", *words, "--json", out]


def main(folder: Path, works: list[str]) -> int:
    """Do the works; the number of those that did not agree with themselves or ended otherwise than well."""
    from capexmodel.cli import main as command

    wrong = 0
    for each in works:
        work = each.removesuffix("+")
        wrong += command(asked(work, folder)) not in (0, 1)
        if each.endswith("+"):
            before = (folder / f"{work}.json").read_bytes()
            shutil.rmtree(folder / "parts", ignore_errors=True)  # or they would be read, not made again
            wrong += command(asked(work, folder)) not in (0, 1)
            wrong += (folder / f"{work}.json").read_bytes() != before
    return wrong


if __name__ == "__main__":
    if int(sys.argv[2]):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])
    sys.exit(main(Path(sys.argv[1]), sys.argv[3:]))
