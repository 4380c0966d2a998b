"""A small sweep for tests: the smallest scenario with its budget spent on chips, four numbers varied, cut into many small parts.

Run as a program (`python -m tests.sweeping FOLDER WHEN`) it sweeps into a folder and kills itself at the WHEN-th rename of a file, so that
tests can see what a killed sweep leaves.
"""

import os
import signal
import sys
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from capexmodel.config import load
from capexmodel.model.allocation import Allocation
from capexmodel.model.express import express
from capexmodel.model.leaves import leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import nothing
from capexmodel.studies.grid import Grid, grid
from capexmodel.studies.sweep import sweep
from capexmodel.studies.task import Task

PART_ROWS = 512
NEVER = "0"
"""The WHEN at which nothing is killed: renames are counted from one."""


def plan(scenario: Scenario) -> Allocation:
    """All the money on chips with their ports, all compute on the run."""
    none = express(scenario, nothing(scenario).orders)
    share = 0.999
    spent = (jnp.full_like(none.chips_usd, share * 0.8e9), jnp.full_like(none.ports_usd, share * 0.2e9), jnp.ones_like(none.run_share))
    return eqx.tree_at(lambda a: (a.chips_usd, a.ports_usd, a.run_share), none, spent)


def numbers(scenario: Scenario) -> Grid:
    """Price, work, power of a chip and time to install one: 3,600 scenarios."""
    paths = {
        "accelerator.chip.price_usd": np.linspace(32e3, 48e3, 10),
        "job.model.work_eflop": np.linspace(1.2e8, 1.5e8, 6),
        "accelerator.chip.it_power_w": np.linspace(900.0, 1100.0, 6),
        "accelerator.chip.install_s": np.linspace(60.0, 120.0, 10) * 86400.0,
    }
    return grid(scenario, {leaf(scenario, path): values for path, values in paths.items()})


def task(**asked: bool) -> Task:
    """The sweep."""
    scenario = load("one_period")
    return Task(scenario, numbers(scenario), plan(scenario), part_rows=PART_ROWS, **asked)


def kill_at(when: int) -> None:
    """Have this process killed in place of its WHEN-th rename: what was to be renamed lies beside its place."""
    rename, count = os.replace, 0

    def counted(source: str, target: str) -> None:
        nonlocal count
        count += 1
        if count == when:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)

    os.replace = counted


if __name__ == "__main__":
    kill_at(int(sys.argv[2]))
    sweep(task(keep_rows=True), Path(sys.argv[1]))
