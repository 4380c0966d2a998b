"""A chain of five stages of two variables, three rows each, and a border of four: its blocks at random, and the matrices they stand for."""

import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.arrow import Arrow
from capexmodel.solvers.staged_rows import StagedRows

COUNT, SIZE, ROWS, BORDER, REST, LONG = 5, 2, 3, 4, 6, 3
WIDTH = COUNT * SIZE
ALL = WIDTH + BORDER
FREE = np.array([True, False, True, True, False, True, True, True, True, False, True, False, True, True])


def at(stage: int) -> slice:
    """The variables of a stage."""
    return slice(stage * SIZE, (stage + 1) * SIZE)


def rows_of_a_chain(seed: int = 1) -> tuple[StagedRows, np.ndarray]:
    """Rows by stage and the same as one matrix; the first stage's block of the stage before it stands for nothing."""
    draw = np.random.default_rng(seed).normal
    own, before = draw(size=(COUNT, ROWS, SIZE)), draw(size=(COUNT, ROWS, SIZE))
    border, rest = draw(size=(COUNT, ROWS, BORDER)), draw(size=(REST, ALL))
    whole = np.zeros((COUNT * ROWS, ALL))
    for stage in range(COUNT):
        mine = whole[stage * ROWS : (stage + 1) * ROWS]
        mine[:, at(stage)], mine[:, WIDTH:] = own[stage], border[stage]
        if stage:
            mine[:, at(stage - 1)] = before[stage]
    return StagedRows(*map(jnp.asarray, (own, before, border, rest))), np.concatenate([whole, rest])


def whole_of(arrow: Arrow) -> np.ndarray:
    """The matrix of an arrow, block by block; what stands left of the first block stands for nothing."""
    found = np.zeros((ALL, ALL))
    for stage in range(COUNT):
        found[at(stage), at(stage)] = arrow.diagonal[stage]
        found[WIDTH:, at(stage)] = arrow.border[stage]
        found[at(stage), WIDTH:] = np.asarray(arrow.border[stage]).T
        if stage:
            found[at(stage), at(stage - 1)] = arrow.below[stage]
            found[at(stage - 1), at(stage)] = np.asarray(arrow.below[stage]).T
    found[WIDTH:, WIDTH:] = arrow.corner
    return found + np.asarray(arrow.long).T @ np.asarray(arrow.long)


def arrow_of_a_chain(seed: int = 2, long: int = LONG, least: float = 9.0) -> Arrow:
    """Blocks at random; `least` on the diagonal makes them positive definite together."""
    draw = np.random.default_rng(seed).normal
    diagonal, below = draw(size=(COUNT, SIZE, SIZE)), draw(size=(COUNT, SIZE, SIZE))
    border, corner, far = draw(size=(COUNT, BORDER, SIZE)), draw(size=(BORDER, BORDER)), draw(size=(long, ALL))
    diagonal, corner = diagonal + np.swapaxes(diagonal, 1, 2) + least * np.eye(SIZE), corner + corner.T + 2.0 * least * np.eye(BORDER)
    return Arrow(*map(jnp.asarray, (diagonal, below, border, corner, far)))
