"""Sweeps: a grid of scenarios, each simulated with one plan or planned anew; summed up, or every row kept; resumed where it was cut off.

One machine needs nothing but this; the workers of a Dask cluster, who must see the same folder, work out the same parts.
"""

import dataclasses
import functools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from capexmodel.errors import ConfigError
from capexmodel.studies.batch import Simulations, devices_text
from capexmodel.studies.replan import Plans
from capexmodel.studies.store import ROWS, SUMS, Store, read_rows, read_summary, summary_bytes
from capexmodel.studies.summary import Bins, Summary, merged
from capexmodel.studies.swept import Sweep
from capexmodel.studies.task import Engine, Part, Task, columns, part, part_count, recipe, summed

GOLDEN = 0.6180339887498949
"""The first look takes scenarios by the golden ratio: spread over the grid, in step with none of its numbers."""
SPARE = 1.1
"""Room asked for over room reckoned."""
MEMORY_SHARE = 0.5
"""Share of the free memory that rows may take."""
Tell = Callable[[str], None]


def _quiet(text: str) -> None:
    """Say nothing."""


@dataclasses.dataclass(frozen=True)
class Look:
    """A first look over the whole grid: some scenarios and what they give, bins for all, how long a part takes and how large it is."""

    index: np.ndarray
    values: np.ndarray
    at: Bins
    part_s: float
    part_bytes: int


def sweep(task: Task, folder: Path | None = None, client: Any = None, *, announce: Tell = _quiet, tell: Tell = _quiet) -> Sweep:
    """Work out every part that is not there yet, and sum up all of them.

    `announce` is told beforehand what the sweep will take, `tell` how far it is. `client` is that of a Dask cluster.
    Raises: ConfigError where the rows would not fit on the disk or in memory, with the numbers; where the folder holds another sweep.
    OSError when the disk does not take a part: the parts before it are whole, and the same call goes on from there.
    """
    engine = task.engine()
    if client is not None and folder is None:
        raise ConfigError("a sweep on a cluster needs a folder that all workers see")
    store = None if folder is None else Store(folder, recipe(task, engine))
    if store is not None:
        store.clear()
    keeps = task.keep_rows or isinstance(engine, Plans)
    left = list(range(part_count(engine))) if store is None else _missing(store, part_count(engine), keeps, isinstance(engine, Simulations))
    look = _look(engine, keeps) if isinstance(engine, Simulations) else None
    _forecast(engine, look, left, store, keeps, announce)
    sums: dict[int, Summary] = {}
    rows: dict[int, Part] = {}
    start_s = time.perf_counter()
    done = _here(engine, look, keeps, left, store) if client is None else _there(client, task, look, keeps, left, store)
    for count, (number, summary, kept) in enumerate(done, 1):
        sums |= {} if summary is None else {number: summary}
        rows |= {} if kept is None else {number: kept}
        tell(_progress(engine, count, len(left), time.perf_counter() - start_s))
    return _collected(task, engine, store, look, sums, rows)


def _missing(store: Store, count: int, keeps: bool, sums: bool) -> list[int]:
    """Parts that are not wholly there."""
    kinds = [*((SUMS,) if sums else ()), *((ROWS,) if keeps else ())]
    there = set.intersection(*(set(store.there(kind)) for kind in kinds))
    return [number for number in range(count) if number not in there]


def _look(engine: Simulations, keeps: bool) -> Look:
    """Look at scenarios all over the grid, as many as a part has; once to compile, once to see how long it takes."""
    spread = np.modf(np.arange(engine.part_rows) * GOLDEN)[0] if engine.grid.size > engine.part_rows else None
    index = np.arange(engine.grid.size) if spread is None else np.floor(spread * engine.grid.size).astype(int)
    values = np.asarray(engine.at(index)[0])[: index.size]
    at = Bins.around(values)
    summed(engine, 0, values_padded(engine, values), at)
    start_s = time.perf_counter()
    again, slopes = engine.values(0)
    size = len(summary_bytes(summed(engine, 0, again, at), [output.name for output in engine.outputs])) if _parquet() else 0
    kept = part(engine, 0, again, slopes)
    size += (len(kept.content(columns(engine))) if _parquet() else kept.size_bytes) if keeps else 0
    return Look(index, values, at, time.perf_counter() - start_s, size)


@functools.cache
def _parquet() -> bool:
    try:
        import pyarrow.parquet
    except ImportError:
        return False
    return bool(pyarrow)


def _forecast(engine: Engine, look: Look | None, left: list[int], store: Store | None, keeps: bool, announce: Tell) -> None:
    """Say what the sweep will take; refuse what would not fit. Raises: ConfigError."""
    rows = f"{engine.grid.size:,} scenarios in {part_count(engine):,} parts, {len(left):,} of them to work out"
    if look is None:
        announce(f"{rows}: each planned anew")
        return
    need = SPARE * look.part_bytes * len(left)
    where = "on disk" if store is not None else "in memory"
    announce(f"{rows}: about {duration(look.part_s * len(left))} on {devices_text()}, {need / SPARE / 1e6:,.1f} MB {where}")
    free = _free_bytes(store)
    if (store is not None or keeps) and need > free:
        raise ConfigError(
            f"{engine.grid.size:,} scenarios would take {need / 1e9:,.3g} GB {where}, {free / 1e9:,.3g} GB are free: "
            "keep no rows, or vary less"
        )


def _free_bytes(store: Store | None) -> float:
    if store is not None:
        return float(shutil.disk_usage(store.folder).free)
    return MEMORY_SHARE * os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else np.inf


def duration(time_s: float) -> str:
    """A time to wait in words."""
    for unit, size in (("hours", 3600.0), ("minutes", 60.0)):
        if time_s >= 2 * size:
            return f"{time_s / size:.0f} {unit}"
    return f"{time_s:.0f} seconds"


def _progress(engine: Engine, done: int, left: int, passed_s: float) -> str:
    rate = done * engine.part_rows / max(passed_s, 1e-9)
    return f"part {done:,} of {left:,}, {rate:,.0f} scenarios a second, {duration(passed_s / done * (left - done))} left"


def work(engine: Engine, at: Bins | None, keeps: bool, number: int, store: Store | None) -> tuple[int, Summary | None, Part | None]:
    """Work out one part and write it down; what has nowhere to go is handed back."""
    values, slopes = engine.values(number * engine.part_rows)
    summary = None if at is None else summed(engine, number, values, at)
    kept = part(engine, number, values, slopes) if keeps else None
    if store is None:
        return number, summary, kept
    if kept is not None:
        store.put(ROWS, number, kept.content(columns(engine)))
    if summary is not None:
        store.put(SUMS, number, summary_bytes(summary, [output.name for output in engine.outputs]))
    return number, None, None


Done = Iterator[tuple[int, Summary | None, Part | None]]


def _here(engine: Engine, look: Look | None, keeps: bool, left: list[int], store: Store | None) -> Done:
    for number in left:
        yield work(engine, None if look is None else look.at, keeps, number, store)


def _there(client: Any, task: Task, look: Look | None, keeps: bool, left: list[int], store: Store | None) -> Done:
    """The same on the workers of a cluster, in whatever order they end. A worker that dies loses its part to another one."""
    from dask.distributed import as_completed

    given = client.scatter(Remote(task.bare(), None if look is None else look.at, keeps, store), broadcast=True)
    futures = client.map(_remote, left, [given] * len(left), pure=False, retries=RETRIES)
    for future in as_completed(futures):
        yield future.result()
        future.release()


RETRIES = 3
"""How often a part is tried again where its worker failed."""


@dataclasses.dataclass(frozen=True)
class Remote:
    """What a worker elsewhere is told."""

    task: Task
    at: Bins | None
    keeps: bool
    store: Store | None


def _remote(number: int, told: Remote) -> tuple[int, Summary | None, Part | None]:
    assert told.store is not None
    return work(_engine_of(told.store.hash, told), told.at, told.keeps, number, told.store)


_ENGINES: dict[str, Engine] = {}
"""What a worker has compiled, by recipe: the last one only."""


def _engine_of(key: str, told: Remote) -> Engine:
    if key not in _ENGINES:
        _ENGINES.clear()
        _ENGINES[key] = told.task.engine()
    return _ENGINES[key]


def _collected(
    task: Task, engine: Engine, store: Store | None, look: Look | None, sums: dict[int, Summary], rows: dict[int, Part]
) -> Sweep:
    """Sum up all parts in their order. Plans, being few, are summed up when all are there."""
    files = {} if store is None else store.there(ROWS)
    if look is not None:
        found = sums if store is None else {number: read_summary(path) for number, path in store.there(SUMS).items()}
        return Sweep(task, engine, look.at, merged([found[number] for number in sorted(found)]), store, rows)
    values = {number: kept.values for number, kept in rows.items()}
    values |= {number: read_rows(path, [output.name for output in engine.outputs]) for number, path in files.items()}
    at = Bins.around(np.concatenate([values[number] for number in sorted(values)]))
    found = {number: summed(engine, number, values_padded(engine, values[number]), at) for number in sorted(values)}
    return Sweep(task, engine, at, merged(list(found.values())), store, rows)


def values_padded(engine: Engine, values: np.ndarray) -> np.ndarray:
    """Outputs of fewer scenarios than a part has, the others being no numbers."""
    return np.pad(values, ((0, engine.part_rows - values.shape[0]), (0, 0)), constant_values=np.nan)
