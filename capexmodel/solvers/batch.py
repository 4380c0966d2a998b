"""Many programs of one kind at once: solved in chunks, those that take long or want restoration gathered into chunks of their own.

Of many programs under one `vmap` the slowest decides when all are done. Here a chunk stops after a few steps; what has not ended goes on
beside its like, so that a few hard or infeasible programs do not hold up the rest.
Leaves out: bounds that differ between programs (use a row), and devices: chunks run where their arrays are.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.base import NonlinearProgram, Solution, Status
from capexmodel.solvers.certificate import judged
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import plain, unpriced
from capexmodel.solvers.signature import Compiled
from capexmodel.solvers.state import RESTORE, State
from capexmodel.types import require_x64

CHUNK = 64
"""Programs solved side by side: enough to share the cost of a step, few enough to stay in the cache."""
FIRST_STEPS = 12
"""Steps before what has not ended is gathered; each later round allows twice as many. Easy programs end within the first round."""

Progress = Callable[[int, int], None]


def minimize_batch(
    program: NonlinearProgram,
    x0: Float[ArrayLike, "lane n"],
    args: Any = None,
    solver: InteriorPoint | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Solution:
    """Finds a local minimum of the program for every lane: each row of x0 with the same row of every array in args.

    The result is a `Solution` whose arrays have a first axis of lanes. `progress(ended, lanes)` is told after each round.

    Raises: SolveError when lanes do not match; ModelError when 64-bit floats are switched off.
    """
    require_x64()
    starts = np.asarray(x0, np.float64)
    if starts.ndim != 2:
        raise SolveError(f"starts of a batch must be one row a lane, not an array of shape {starts.shape}")
    lanes = starts.shape[0]
    program, args, settings = (jax.tree.map(plain, tree) for tree in (program, args, solver or InteriorPoint()))
    odd = [np.shape(leaf) for leaf in jax.tree.leaves(args) if np.shape(leaf)[:1] != (lanes,)]
    if odd:
        raise SolveError(f"every array in args must have a first axis of {lanes} lanes, as x0 has, but one has shape {odd[0]}")
    if lanes == 0:
        raise SolveError("a batch needs at least one lane")
    begin = unpriced(program, jnp.asarray(starts[0]), jax.tree.map(lambda leaf: leaf[0], args))
    pool = _Pool(program, begin, starts, args, settings, min(chunk, lanes))
    for ended in pool.rounds():
        if progress is not None:
            progress(ended, lanes)
    return jax.tree.map(jnp.asarray, pool.solution)


def _opened(program: NonlinearProgram, begin: Solution, x0s: Array, args: Any, solver: InteriorPoint, steps: Any) -> tuple[State, Solution]:
    """The first steps of a chunk of lanes, as long as they are easy."""

    def lane(x: Any, own: Any) -> tuple[State, Solution]:
        state, found = solver.go_easily(program, dataclasses.replace(begin, x=x), jnp.zeros((), bool), own, steps)
        return state, judged(program, found, own)

    return jax.vmap(lane)(x0s, args)


def _gone_on(
    program: NonlinearProgram, begin: Solution, x0s: Array, args: Any, solver: InteriorPoint, steps: Any, state: State
) -> tuple[State, Solution]:
    """More steps of a chunk of lanes."""

    def lane(x: Any, own: Any, at: State) -> tuple[State, Solution]:
        state, found = solver.go_on(program, dataclasses.replace(begin, x=x), jnp.zeros((), bool), own, at, steps)
        return state, judged(program, found, own)

    return jax.vmap(lane)(x0s, args, state)


_FIRST, _NEXT = Compiled(_opened), Compiled(_gone_on)


class _Pool:
    """Lanes, where each is, and what it has found."""

    def __init__(self, program: NonlinearProgram, begin: Solution, x0s: np.ndarray, args: Any, solver: InteriorPoint, chunk: int) -> None:
        """Put all lanes before their first step. Lanes are chosen by NumPy: JAX takes a hundred times as long to take rows of an array."""
        self.program, self.solver, self.chunk = program, solver, chunk
        self.begin, self.x0s, self.args = begin, x0s, jax.tree.map(np.asarray, args)
        self.state: Any = None
        self.solution: Any = None

    def rounds(self) -> Iterator[int]:
        """Go on with every lane that has not ended, round after round; how many have ended."""
        count, steps = self.x0s.shape[0], FIRST_STEPS
        waiting = np.arange(count)
        while waiting.size:
            self._round(waiting, np.asarray(steps))
            left = np.flatnonzero((self.state.status == Status.RUNNING) & (self.state.steps < self.solver.max_steps))
            waiting = left[np.argsort(self.state.phase[left] == RESTORE, kind="stable")]
            steps *= 2
            yield count - waiting.size

    def _round(self, lanes: np.ndarray, steps: np.ndarray) -> None:
        """Go on with some lanes, chunk by chunk; the last one is filled up with lanes that are there already."""
        chunks = [lanes[first : first + self.chunk] for first in range(0, lanes.size, self.chunk)]
        found = [self._chunk(np.resize(chosen, self.chunk), steps) for chosen in chunks]
        parts = [
            jax.tree.map(lambda leaf, size=chosen.size: np.asarray(leaf)[:size], one) for one, chosen in zip(found, chunks, strict=True)
        ]
        gathered = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
        if self.state is None:
            self.state, self.solution = gathered
            return
        for kept, new in zip(jax.tree.leaves((self.state, self.solution)), jax.tree.leaves(gathered), strict=True):
            kept[lanes] = new

    def _chunk(self, lanes: np.ndarray, steps: np.ndarray) -> tuple[State, Solution]:
        """Go on with one chunk; the answer is on its way."""
        x0s, args = self.x0s[lanes], jax.tree.map(lambda leaf: leaf[lanes], self.args)
        if self.state is None:
            return _FIRST(self.program, self.begin, x0s, args, self.solver, steps)
        return _NEXT(self.program, self.begin, x0s, args, self.solver, steps, jax.tree.map(lambda leaf: leaf[lanes], self.state))
