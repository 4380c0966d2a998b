"""Derivatives of staged functions by coloring: variables that no row has in common are moved together, so that few passes give all blocks.

A row touches two neighboring stages: stages two apart may be moved together. A block of the Hessian's columns reaches three: stages three
apart may. The number of passes depends on the size of a stage only, and each goes over the periods once.

Source: Curtis, Powell and Reid, Journal of the Institute of Mathematics and its Applications 13 (1974) (Jacobians); Coleman and More,
Mathematical Programming 28 (1984) (Hessians); Griewank and Walther, Evaluating Derivatives, 2nd ed., chapter 8.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.solvers.arrow import Arrow
from capexmodel.solvers.staged_rows import StagedRows
from capexmodel.solvers.stages import Stages

ROW_COLORS = 2
HESSIAN_COLORS = 3

Map = Callable[[Array], Array]


class StagedSlopes(NamedTuple):
    """Values of the stack [objective, inequality, equality], and first derivatives of its parts."""

    stack: Float[Array, " stack"]
    slope: Float[Array, " n"]
    jacobian: StagedRows
    equality_jacobian: Float[Array, "equality n"]


def staged_slopes(function: Map, x: Float[Array, " n"], stages: Stages, inequality: int) -> StagedSlopes:
    """Values and first derivatives of a stack: rows of stages by coloring, everything else one by one, in reverse."""
    stack, pullback = jax.vjp(function, x)
    alone = np.append(0, np.arange(1 + stages.count * stages.rows, stack.shape[0]))
    (slopes,) = jax.vmap(pullback)(jnp.asarray(alone[:, None] == np.arange(stack.shape[0])[None, :], stack.dtype))
    rest = 1 + inequality - stages.count * stages.rows
    jacobian = staged_rows(lambda point: function(point)[1 : 1 + inequality], x, stages, slopes[1:rest])
    return StagedSlopes(stack, slopes[0], jacobian, slopes[rest:])


def staged_rows(function: Map, x: Float[Array, " n"], stages: Stages, rest: Float[Array, "rest n"]) -> StagedRows:
    """Jacobian of rows that come stage by stage; the gradients of the `rest` are known."""
    columns = jax.vmap(jax.linearize(function, x)[1])(_seeds(stages, ROW_COLORS))
    rows = jnp.reshape(columns[:, : stages.count * stages.rows], (-1, stages.count, stages.rows))
    own, before = (_picked(rows, stages, ROW_COLORS, back) for back in (0, 1))
    border = jnp.transpose(rows[ROW_COLORS * stages.size :], (1, 2, 0))
    return StagedRows(own, before, border, rest)


def staged_hessian(function: Map, x: Float[Array, " n"], stages: Stages) -> Arrow:
    """Second derivative of a sum of terms of neighboring stages and the border."""
    columns = jax.vmap(jax.linearize(jax.grad(function), x)[1])(_seeds(stages, HESSIAN_COLORS))
    rows, ends = columns[:, : stages.count * stages.size], columns[HESSIAN_COLORS * stages.size :, stages.count * stages.size :]
    blocks = jnp.reshape(rows, (-1, stages.count, stages.size))
    diagonal, below = (_picked(blocks, stages, HESSIAN_COLORS, back) for back in (0, 1))
    border = jnp.transpose(blocks[HESSIAN_COLORS * stages.size :], (1, 0, 2))
    diagonal, corner = 0.5 * (diagonal + jnp.swapaxes(diagonal, 1, 2)), 0.5 * (ends + ends.T)
    return Arrow(diagonal, below, border, corner, jnp.zeros((0, x.shape[0])))


def _seeds(stages: Stages, colors: int) -> Float[Array, "seed n"]:
    """A direction for each color and variable of a stage, which moves that variable in all stages of the color; then the border's."""
    chosen = jnp.arange(stages.count)[None, :] % colors == jnp.arange(colors)[:, None]
    moved = chosen[:, None, :, None] * jnp.eye(stages.size)[None, :, None, :]
    width = stages.count * stages.size
    inner = jnp.reshape(moved, (colors * stages.size, width))
    return jnp.concatenate([jnp.pad(inner, ((0, 0), (0, stages.border))), jnp.eye(stages.border, width + stages.border, width)])


def _picked(columns: Float[Array, "seed stage row"], stages: Stages, colors: int, back: int) -> Float[Array, "stage row size"]:
    """Of every stage, the columns of the stage so many before it, found under that stage's color; zeros where there is none."""
    by_color = jnp.reshape(columns[: colors * stages.size], (colors, stages.size, stages.count, -1))
    stage = jnp.arange(stages.count)
    found = jnp.swapaxes(by_color[(stage - back) % colors, :, stage], 1, 2)
    return jnp.where((stage >= back)[:, None, None], found, 0.0)
