"""`python -m benchmarks` runs every benchmark that is not long, each in a process of its own; with one name it runs that one in this
process."""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does; must be set before anything loads a linear algebra library
os.environ["JAX_ENABLE_X64"] = "1"
if "sweep" in sys.argv[1:2]:  # each processor a device of its own, as the command line has it for sweeps; before JAX is imported
    os.environ.setdefault("XLA_FLAGS", f"--xla_force_host_platform_device_count={os.cpu_count() or 1}")

import argparse
import importlib
import subprocess

NAMES = (
    "solve", "solvers", "process", "decade", "periods", "refine", "sweep", "training", "dispatch", "variants", "hock_schittkowski",
    "cutest", "oracle_power",
)  # fmt: skip
LONG = ("variants", "hock_schittkowski", "cutest", "oracle_power")
"""Those that take from twenty minutes to hours, or need an oracle of their own: they run when they are named."""


def main() -> int:
    """Run what was asked for; the status is the worst of all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time the solver and sweeps beside their peers, size the solver up, refine its grid, and score throughput.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)} (all but {', '.join(LONG)})")
    parser.add_argument("--count", metavar="N", type=int, nargs=2, help="random variants of one_period and of meta_2026 (variants alone)")
    asked = parser.parse_args()
    names = asked.names
    if asked.count is not None and (names != ["variants"] or min(asked.count) < 1):
        parser.error("--count goes with variants alone, and is at least 1 each")
    for name in names:
        if name not in NAMES:
            parser.error(f"no benchmark '{name}', expected one of {', '.join(NAMES)}")
    if len(names) != 1:
        return max(
            subprocess.run([sys.executable, "-m", "benchmarks", name], check=False).returncode != 0
            for name in names or [name for name in NAMES if name not in LONG]
        )
    return _one(names[0], {} if asked.count is None else {"counts": tuple(asked.count)})


def _one(name: str, options: dict[str, tuple[int, ...]]) -> int:
    """Run one benchmark and keep its result."""
    from benchmarks.record import FOLDER, circumstances, keep

    before = circumstances()
    print(f"\n[{name}] " + ", ".join(f"{key} {value}" for key, value in before.items()), flush=True)
    path = keep(name, before, importlib.import_module(f"benchmarks.{name}").run(**options))
    print(f"\nkept in {path.relative_to(FOLDER.parents[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
