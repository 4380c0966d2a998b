"""Runs a model over many scenarios side by side: the only file that knows devices.

Scenarios go in blocks of a fixed size, one block after the other on every device, and what a block gives depends on nothing but its own
scenarios: results are the same to the bit whatever the order of blocks, the number of devices or the size of the sweep. The size of a block
is that at which its numbers stay in a processor's cache, or fill an accelerator.
"""

import copy
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel import compiler
from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.leaves import write
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from capexmodel.studies.draws import Draws
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output, outputs, read
from capexmodel.types import require_x64

PART_ROWS = 1 << 16
"""Scenarios that are worked out, summed up and written down together."""
ROOM_BYTES = {"cpu": 1 << 21}
"""What a block may hold on each kind of device; `LARGE_ROOM_BYTES` where a kind is not listed."""
LARGE_ROOM_BYTES = 1 << 31
COPIES = 6
"""Arrays of the size of a fleet that a scenario holds at once."""
MOST_BLOCK, LEAST_BLOCK = {"cpu": 1 << 12}, 32
LARGE_BLOCK = 1 << 20
PIECES = 8
"""Pieces of a part that are dealt to devices."""


def block_rows(scenario: Scenario, single: bool) -> int:
    """How many scenarios stand side by side on one device: a power of two, for the kind of device that JAX finds."""
    kind = jax.default_backend()
    cells = len(scenario.accelerator.names) * len(scenario.site.names) * (len(scenario.calendar.periods) + 1)
    fits = ROOM_BYTES.get(kind, LARGE_ROOM_BYTES) // (cells * COPIES * (4 if single else 8))
    return 1 << int(math.log2(min(max(fits, LEAST_BLOCK), MOST_BLOCK.get(kind, LARGE_BLOCK))))


class Simulations:
    """A plan followed in every scenario of a grid. `slopes` gives, beside each row, the slope of the first output in every number varied.

    Compiled once, when the first rows are asked for. With `single` the model runs in 32-bit floats: dates are then good to minutes and
    accounts to thousands of dollars; indices and sums stay in 64 bits.
    """

    def __init__(
        self,
        scenario: Scenario,
        allocation: Allocation | Followed,
        grid: Grid | Draws,
        *,
        slopes: bool = False,
        single: bool = False,
        part_rows: int = PART_ROWS,
    ) -> None:
        """Say what is run; none of it is computed yet."""
        require_x64()
        self.grid, self.slopes, self.single = grid, slopes, single
        self.outputs: tuple[Output, ...] = outputs(scenario)
        self.block = min(block_rows(scenario, single), max(part_rows, LEAST_BLOCK))
        self.part_rows = max(part_rows, self.block)
        self.scenario, self.allocation = scenario, allocation
        given, fixed = eqx.partition((scenario, allocation), eqx.is_array)
        self._given = jax.tree.map(lambda array: np.asarray(self._cast(array)), given)
        self._rows = jax.jit(lambda index: grid.rows(index))
        self._many = _many(grid, fixed, slopes)

    def following(
        self, allocation: Allocation | Followed, scenario: Scenario | None = None, shift: np.ndarray | None = None
    ) -> "Simulations":
        """The same scenarios with another plan; round another scenario's numbers, and with so much added to those of the grid, where that
        is asked for. The model is not compiled anew."""
        other = copy.copy(self)
        other.allocation = allocation
        other.scenario = self.scenario if scenario is None else scenario
        given, _ = eqx.partition((other.scenario, allocation), eqx.is_array)
        other._given = jax.tree.map(lambda array: np.asarray(self._cast(array)), given)
        if shift is not None:
            other._rows = jax.jit(lambda index: self.grid.rows(index) + jnp.asarray(shift)[None])
        return other

    def values(self, start: int) -> tuple[Float[Array, "row output"], Float[Array, "row leaf"] | None]:
        """The part that begins at an index: outputs of its scenarios in 64-bit floats, and slopes if asked for. Rows beyond the grid repeat
        its last one."""
        return self.at(np.minimum(start + np.arange(self.part_rows), self.grid.size - 1))

    def at(self, index: np.ndarray) -> tuple[Float[Array, "row output"], Float[Array, "row leaf"] | None]:
        """The scenarios of some indices, at most as many as a part has; of fewer, the last is repeated."""
        blocks = -(-self.part_rows // self.block)
        deep = -(-blocks // min(PIECES, blocks))
        pieces = -(-blocks // deep)
        padded = np.pad(index, (0, pieces * deep * self.block - index.size), mode="edge")
        rows = self._cast(self._rows(padded)).reshape(pieces, deep, self.block, len(self.grid.leaves))
        found = self._dealt(rows)
        values = jnp.concatenate([jnp.asarray(one, float).reshape(-1, len(self.outputs)) for one, _ in found])[: self.part_rows]
        if not self.slopes:
            return values, None
        slopes = jnp.concatenate([jnp.asarray(slope, float).reshape(-1, len(self.grid.leaves)) for _, slope in found])
        return values, slopes[: self.part_rows]

    def follow(self, rows: Float[np.ndarray, "row leaf"]) -> Float[Array, "row output"]:
        """Outputs of scenarios whose numbers are given, however many, a block at a time."""
        blocks = -(-rows.shape[0] // self.block)
        padded = np.pad(rows, ((0, blocks * self.block - rows.shape[0]), (0, 0)), mode="edge")
        found = self._dealt(self._cast(jnp.asarray(padded)).reshape(blocks, 1, self.block, rows.shape[1]))
        return jnp.concatenate([jnp.asarray(one, float).reshape(-1, len(self.outputs)) for one, _ in found])[: rows.shape[0]]

    def _dealt(self, rows: Float[Array, "piece deep block leaf"]) -> list[tuple[Array, Array | None]]:
        """Pieces worked out side by side, each device taking its turn. The program is that of one device, whatever their number."""
        devices = jax.devices()
        home = devices[0]

        def run(piece: int) -> tuple[Array, Array | None]:
            with jax.enable_x64(not self.single), jax.default_device(devices[piece % len(devices)]):
                return self._many(self._given, jax.device_put(rows[piece], devices[piece % len(devices)]))

        with ThreadPoolExecutor(max_workers=len(devices)) as hands:
            done = list(hands.map(run, range(rows.shape[0])))
        return [jax.tree.map(lambda array: jax.device_put(array, home), one) for one in done]

    def _cast(self, array: Array) -> Array:
        """Floats of the size that is computed with."""
        return array.astype(jnp.float32) if self.single and jnp.issubdtype(array.dtype, jnp.floating) else array


def _many(grid: Grid | Draws, fixed: tuple[Scenario, Allocation | Followed], slopes: bool) -> Callable[..., tuple[Array, Array | None]]:
    """The model over blocks of rows."""

    def one(given: tuple[Scenario, Allocation | Followed], numbers: Array) -> Array:
        scenario, allocation = eqx.combine(given, fixed)
        written = write(scenario, grid.leaves, numbers)
        return read(written, simulate(written, allocation))

    def sloped(given: tuple[Scenario, Allocation | Followed], numbers: Array) -> tuple[Array, Array | None]:
        def aimed(numbers: Array) -> tuple[Array, Array]:
            found = one(given, numbers)
            return found[0], found

        if not slopes:
            return one(given, numbers), None
        slope, found = jax.grad(aimed, has_aux=True)(numbers)
        return found, slope

    def blocks(given: tuple[Scenario, Allocation | Followed], rows: Array) -> tuple[Array, Array | None]:
        return jax.lax.map(lambda block: jax.vmap(sloped, in_axes=(None, 0))(given, block), rows)

    return jax.jit(blocks, compiler_options=compiler.options())


def devices_text() -> str:
    """What the model runs on, in words."""
    found = jax.devices()
    return f"{len(found)} x {found[0].device_kind}"
