"""Sweeps made by hand: a date and a chance over a grid of prices and staff, or over draws."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.model.leaves import leaves
from capexmodel.studies.batch import Simulations
from capexmodel.studies.draws import Draws, Event
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output
from capexmodel.studies.summary import BINS, Bins, Summary
from capexmodel.studies.swept import Sweep
from capexmodel.studies.task import Task
from tests.unit.report.fakes import DAY, fake

OLD, STAFF = "accelerator.old.price_usd", "staff.floor_count"
OUTPUTS = (Output("first.date_s", "s"), Output("spent_usd", "usd"), Output("on_time", "", True))
QUANTILES = {
    0.05: (205.0, 1.5, 0.0), 0.1: (210.0, 2.0, 0.0), 0.5: (240.0, 3.0, 1.0), 0.9: (270.0, 4.0, 1.0), 0.95: (275.0, 4.5, 1.0),
}  # fmt: skip
SIZES = np.array([DAY, 1e9, 1.0])


def bins() -> np.ndarray:
    """Scenarios in a bin below, in the second and the last bar of 64, and beyond."""
    held = np.zeros((3, BINS + 2))
    held[0, 1 + 64] = 2.0
    held[0, 1 + 127] = 1.0
    held[0, -2] = 3.0
    return held


def summary(none: bool = False) -> Any:
    """What is known of six scenarios, of which the first output is not reached in two."""
    return fake(
        Summary,
        count=np.array([0 if none else 4, 6, 5]),
        low=np.array([200.0, 1.0, 0.0]) * SIZES,
        high=np.array([280.0, 5.0, 1.0]) * SIZES,
        low_at=np.array([4, 1, 0]),
        high_at=np.array([2, 3, 1]),
        bins=bins(),
        mean=lambda at: np.array([235.0, 2.5, 0.6]) * SIZES,
        deviation=lambda at: np.array([12.0, 0.5, 0.25]) * SIZES,
        quantile=lambda at, share: np.array(QUANTILES[share]) * SIZES,
    )


def leaf_of(small: Any, path: str) -> Any:
    """A number of the scenario."""
    return next(one for one in leaves(small) if one.path == path)


def grid(small: Any) -> Grid:
    """Two prices, three sizes of staff."""
    return Grid((leaf_of(small, OLD), leaf_of(small, STAFF)), (2, 3), jnp.array([3e4, 4e4, 50.0, 60.0, 80.0]))


def draws(small: Any, events: bool = True) -> Any:
    """Two figures of which one has a range; a site that may be late."""
    late = (Event("east", 0, None, 0.25, 30.0 * DAY),) if events else ()
    picked = (leaf_of(small, OLD), leaf_of(small, STAFF))
    told = jnp.array([[1.0], [0.0], [0.0], [1.0], [1.0], [0.0]])
    return fake(
        Draws,
        leaves=picked,
        size=6,
        seed=7,
        down=np.array([0.0, 0.0]),
        up=np.array([0.5, 0.0]),
        events=late,
        late=lambda index: told[index],
    )


MEANS = {OLD: np.array([[210.0, 2.0, 0.25], [260.0, 3.0, 0.75]]) * SIZES, STAFF: np.array([[220.0, 1.0, 0.5]] * 3) * SIZES}


def sweep(small: Any, over: Any = None, none: bool = False, **more: Any) -> Any:
    """A sweep that is done."""
    over = grid(small) if over is None else over
    engine = fake(Simulations, outputs=OUTPUTS, grid=over, slopes=False)
    task = fake(Task, scenario=small, problem=more.pop("problem", None))
    at = Bins(np.array([180.0, 0.0, 0.0]) * SIZES, np.array([0.025, 0.5, 0.1]) * SIZES)
    parts = {"task": task, "engine": engine, "at": at, "summary": summary(none), "store": None, "means": lambda path: MEANS[path]}
    return fake(Sweep, **(parts | more))
