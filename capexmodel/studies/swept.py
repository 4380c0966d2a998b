"""What a sweep found, and the ways to take it on: a summary, tables, a labelled grid, and any single row worked out again."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from capexmodel.errors import ModelError
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output
from capexmodel.studies.store import ROWS, Store, arrow
from capexmodel.studies.summary import Bins, Summary
from capexmodel.studies.task import Engine, Part, Task, columns, value_count

if TYPE_CHECKING:
    import pandas as pd

MOST_FRAME_ROWS = 1_000_000
"""Rows up to which a table is made in memory; beyond them there is `dataset`."""


@dataclasses.dataclass(frozen=True)
class Sweep:
    """A sweep that is done."""

    task: Task
    engine: Engine
    at: Bins
    summary: Summary
    store: Store | None
    parts: Mapping[int, Part]

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What was read off every scenario."""
        return self.engine.outputs

    @property
    def size(self) -> int:
        """How many scenarios there are."""
        return self.engine.grid.size

    @property
    def crossed(self) -> Grid:
        """The grid of values. Raises: ModelError where scenarios were drawn."""
        if not isinstance(self.engine.grid, Grid):
            raise ModelError("scenarios that were drawn stand on no grid")
        return self.engine.grid

    def numbers_at(self, index: int) -> dict[str, float]:
        """The numbers of one scenario, by path, in base units."""
        row = np.asarray(self.engine.grid.rows(jnp.asarray([index])))[0]
        return {leaf.path: float(value) for leaf, value in zip(self.engine.grid.leaves, row, strict=True)}

    def row(self, index: int) -> dict[str, float]:
        """One scenario worked out again: its outputs by name."""
        start = index // self.engine.part_rows * self.engine.part_rows
        values = np.asarray(self.engine.values(start)[0])[index - start]
        return {output.name: float(value) for output, value in zip(self.outputs, values, strict=True)}

    def means(self, leaf: str) -> np.ndarray:
        """Mean of each output at each value of a number, over all values of the others.

        Raises: ModelError where the number was not varied, or where there were too many values to keep.
        """
        grid = self.crossed
        paths = [one.path for one in grid.leaves]
        if leaf not in paths or not value_count(grid):
            raise ModelError(f"no means by value of '{leaf}' are kept: varied are {', '.join(paths)}")
        place = paths.index(leaf)
        start = grid.starts[place]
        return self.summary.mean_by_value(self.at)[start : start + grid.counts[place]]

    @property
    def files(self) -> list[Path]:
        """The files that hold rows, in order. Raises: ModelError where rows were not kept."""
        if self.store is None:
            raise ModelError("rows were not written: sweep into a folder, and keep rows")
        found = self.store.there(ROWS)
        if not found:
            raise ModelError("rows were not kept: sweep again with rows kept")
        return [found[number] for number in sorted(found)]

    def dataset(self) -> Any:
        """The rows as a pyarrow Dataset, however many there are."""
        import pyarrow.dataset

        arrow()
        return pyarrow.dataset.dataset(self.files, format="parquet")

    def frame(self) -> "pd.DataFrame":
        """The rows as a pandas table. Raises: ModelError where they were not kept, or are more than a million."""
        import pandas as pd

        if self.size > MOST_FRAME_ROWS:
            raise ModelError(f"{self.size:,} rows are too many for one table in memory: take `dataset`")
        if self.parts:
            names = [column.name for column in columns(self.engine)][1:]
            held = [self.parts[number] for number in sorted(self.parts)]
            return pd.DataFrame(np.concatenate([one.table() for one in held]), np.concatenate([one.index for one in held]), names)
        return self.dataset().to_table().to_pandas().set_index("index")

    def to_xarray(self) -> Any:
        """The rows as an xarray Dataset, with a dimension for each number varied. Raises: ModelError as `frame`."""
        import xarray as xr

        frame, grid = self.frame(), self.crossed
        dims, told = [leaf.path for leaf in grid.leaves], {column.name: {"unit": column.unit} for column in columns(self.engine)}
        read = [name for name in frame.columns if name not in dims]
        cells = {name: (dims, frame[name].to_numpy().reshape(grid.counts), told[name]) for name in read}
        return xr.Dataset(cells, {path: (path, grid.axis(place), told[path]) for place, path in enumerate(dims)})
