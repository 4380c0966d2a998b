"""All that makes a sweep what it is, and any part of it worked out: here, elsewhere, twice, in any order, with the same numbers."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.errors import ModelError
from capexmodel.files import source_version
from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.evidence import Evidence
from capexmodel.model.scenario import Scenario
from capexmodel.planning.problem import Problem
from capexmodel.studies.batch import PART_ROWS, Simulations
from capexmodel.studies.draws import Draws
from capexmodel.studies.grid import Grid
from capexmodel.studies.replan import Plans
from capexmodel.studies.store import Column, recipe_hash, table_bytes
from capexmodel.studies.summary import MOST_VALUES, Bins, Summary, summarize
from capexmodel.units import parse

SCHEMA_VERSION = 1


Engine = Simulations | Plans
"""What works out rows."""


@dataclasses.dataclass(frozen=True)
class Task:
    """All it takes to work out any part. With an allocation every scenario is simulated with it; with a problem each is planned anew."""

    scenario: Scenario
    grid: Grid | Draws
    allocation: Allocation | Followed | None = None
    problem: Problem | None = None
    slopes: bool = False
    single: bool = False
    keep_rows: bool = False
    part_rows: int = PART_ROWS

    def engine(self) -> Engine:
        """What works it out. Raises: ModelError where there is neither an allocation nor a problem."""
        if self.problem is not None:
            return Plans(self.problem, self.grid, slopes=self.slopes)
        if self.allocation is None:
            raise ModelError("a sweep over simulations follows a plan: give an allocation")
        return Simulations(self.scenario, self.allocation, self.grid, slopes=self.slopes, single=self.single, part_rows=self.part_rows)

    def bare(self) -> "Task":
        """Without the evidence for its numbers: what another machine needs, and no more."""
        given = dataclasses.replace(self.scenario, evidence=Evidence({}, {}, self.scenario.evidence.config_hash))
        problem = None if self.problem is None else dataclasses.replace(self.problem, scenario=given)
        return dataclasses.replace(self, scenario=given, problem=problem)


@dataclasses.dataclass(frozen=True)
class Part:
    """Rows in a row: their indices, numbers, outputs and slopes."""

    index: np.ndarray
    numbers: np.ndarray
    values: np.ndarray
    slopes: np.ndarray | None

    def table(self) -> np.ndarray:
        """Numbers, outputs and slopes side by side."""
        return np.concatenate([self.numbers, self.values, *(() if self.slopes is None else (self.slopes,))], axis=1)

    @property
    def size_bytes(self) -> int:
        """What the rows take in memory."""
        return self.table().nbytes + self.index.nbytes

    def content(self, columns: list[Column]) -> bytes:
        """The rows as a file."""
        return table_bytes(columns, [self.index, *self.table().T])


def part_count(engine: Engine) -> int:
    """How many parts there are."""
    return -(-engine.grid.size // engine.part_rows)


def part(engine: Engine, number: int, values: Any, slopes: Any) -> Part:
    """Bring what was worked out of one part here."""
    start = number * engine.part_rows
    index = np.arange(start, min(start + engine.part_rows, engine.grid.size))
    numbers = np.asarray(engine.grid.rows(jnp.asarray(index)))
    return Part(index, numbers, np.asarray(values)[: index.size], None if slopes is None else np.asarray(slopes)[: index.size])


def summed(engine: Engine, number: int, values: Any, at: Bins) -> Summary:
    """Sum up one part where it lies."""
    rows = np.shape(values)[0]
    index = jnp.asarray(number * engine.part_rows + np.arange(rows))
    places = engine.grid.places(jnp.minimum(index, engine.grid.size - 1))
    return summarize(jnp.asarray(values), index, places, index < engine.grid.size, at, value_count(engine.grid))


def value_count(grid: Grid | Draws) -> int:
    """Values by which means are kept: all, or none where there are too many."""
    count = int(np.size(np.asarray(grid.values)))
    return count if count <= MOST_VALUES else 0


def recipe(task: Task, engine: Engine) -> dict[str, Any]:
    """What makes a sweep what it is: two with the same recipe give the same numbers on the same kind of machine."""
    plan = None if task.allocation is None else recipe_hash({"plan": [np.asarray(x).tolist() for x in jax.tree.leaves(task.allocation)]})
    aim = None if task.problem is None else f"{task.problem.minimize} within {[limit.name for limit in task.problem.limits]}"
    return {
        "schema_version": SCHEMA_VERSION, "config_hash": task.scenario.evidence.config_hash, "numbers": task.grid.recipe(),
        "over": "simulate" if task.problem is None else "optimize", "aim": aim, "allocation": plan, "slopes": task.slopes,
        "single": task.single, "keep_rows": task.keep_rows, "rows": task.grid.size, "part_rows": engine.part_rows, "block": engine.block,
        "columns": [dataclasses.asdict(column) for column in columns(engine)], "device": jax.devices()[0].device_kind,
        "jax": jax.__version__, "source": source_version(),
    }  # fmt: skip


def columns(engine: Engine) -> list[Column]:
    """The columns of a row: its index, the numbers varied, the outputs, and slopes of the first output."""
    varied = [Column(leaf.path, parse(leaf.field)[1]) for leaf in engine.grid.leaves]
    read = [Column(output.name, output.unit) for output in engine.outputs]
    sloped = [Column(f"slope.{column.name}", f"{engine.outputs[0].unit}/{column.unit or '1'}") for column in varied]
    return [Column("index", "", whole=True), *varied, *read, *(sloped if engine.slopes else ())]
