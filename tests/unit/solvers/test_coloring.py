"""Blocks of derivatives found by coloring are those of matrices that are known."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.coloring import staged_hessian, staged_rows, staged_slopes
from capexmodel.solvers.staged_rows import StagedRows
from capexmodel.solvers.stages import Stages
from tests.unit.solvers.chain import ALL, BORDER, COUNT, REST, ROWS, SIZE, WIDTH, arrow_of_a_chain, at, rows_of_a_chain, whole_of

STAGES = Stages(COUNT, SIZE, ROWS, BORDER)
X = np.linspace(0.3, 2.4, ALL)


def squared(matrix: np.ndarray) -> Callable[[Any], Any]:
    """Rows of squares: their slopes at x are 2 x times the matrix."""
    return lambda x: jnp.asarray(matrix) @ x**2


def check_blocks(found: StagedRows, known: StagedRows) -> None:
    """Blocks are those of the matrix, times 2 x; the first stage has nothing before it."""
    own, before, border = (np.asarray(part) for part in (known.own, known.before, known.border))
    for stage in range(COUNT):
        np.testing.assert_allclose(found.own[stage], own[stage] * 2.0 * X[at(stage)], atol=1e-12)
        earlier = before[stage] * 2.0 * X[at(stage - 1)] if stage else np.zeros((ROWS, SIZE))
        np.testing.assert_allclose(found.before[stage], earlier, atol=1e-12)
        np.testing.assert_allclose(found.border[stage], border[stage] * 2.0 * X[WIDTH:], atol=1e-12)


def test_rows_of_stages_are_taken_apart_into_their_blocks() -> None:
    known, whole = rows_of_a_chain()
    rest = jnp.asarray(whole[COUNT * ROWS :])
    found = staged_rows(squared(whole), jnp.asarray(X), STAGES, rest)
    check_blocks(found, known)
    assert found.rest is rest


def test_a_stack_gives_its_values_the_objectives_slope_and_rows_of_either_kind() -> None:
    known, whole = rows_of_a_chain()
    objective, equality = np.linspace(-1.3, 1.9, ALL), np.random.default_rng(5).normal(size=(2, ALL))
    stack = np.concatenate([objective[None], whole, equality])
    found = staged_slopes(squared(stack), jnp.asarray(X), STAGES, len(whole))
    slopes = stack * 2.0 * X
    np.testing.assert_allclose(found.stack, stack @ X**2, atol=1e-12)
    np.testing.assert_allclose(found.slope, slopes[0], atol=1e-12)
    check_blocks(found.jacobian, known)
    np.testing.assert_allclose(found.jacobian.rest, slopes[-2 - REST : -2], atol=1e-12)
    np.testing.assert_allclose(found.equality_jacobian, slopes[-2:], atol=1e-12)


def test_second_derivatives_are_taken_apart_into_an_arrow() -> None:
    known = arrow_of_a_chain(long=0)
    whole = whole_of(known)
    found = staged_hessian(lambda x: 0.5 * x @ jnp.asarray(whole) @ x + jnp.sum(x**3) / 6.0, jnp.asarray(X), STAGES)
    np.testing.assert_allclose(whole_of(found), whole + np.diag(X), atol=1e-12)
    np.testing.assert_allclose(found.below[0], 0.0)
    assert found.long.shape == (0, ALL)


def sloped(matrix: np.ndarray) -> Callable[[Any], Any]:
    """A function whose slope is said to be the matrix times x."""
    function = jax.custom_jvp(lambda x: jnp.sum(x))
    function.defjvp(lambda x, way: (function(x[0]), (jnp.asarray(matrix) @ x[0]) @ way[0]))
    return function


def test_what_is_not_symmetric_by_rounding_is_made_so_on_the_diagonal() -> None:
    whole = np.random.default_rng(8).normal(size=(ALL, ALL))
    middle = 0.5 * (whole + whole.T)
    apart = np.zeros((ALL, ALL))
    for stage in range(COUNT):
        apart[at(stage), at(stage)] = whole[at(stage), at(stage)]
    found = staged_hessian(sloped(apart + np.pad(whole[WIDTH:, WIDTH:], (WIDTH, 0))), jnp.asarray(X), STAGES)
    for stage in range(COUNT):
        np.testing.assert_allclose(found.diagonal[stage], middle[at(stage), at(stage)], atol=1e-12)
    np.testing.assert_allclose(found.corner, middle[WIDTH:, WIDTH:], atol=1e-12)


def test_rows_of_stages_may_be_all_there_is() -> None:
    known, whole = rows_of_a_chain()
    stack = np.concatenate([np.linspace(-1.3, 1.9, ALL)[None], whole[: COUNT * ROWS]])
    found = staged_slopes(squared(stack), jnp.asarray(X), STAGES, COUNT * ROWS)
    check_blocks(found.jacobian, known)
    assert found.jacobian.rest.shape == found.equality_jacobian.shape == (0, ALL)
