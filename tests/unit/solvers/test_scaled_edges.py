"""Programs that look through an affine map, whose curvature is known, or that are a chain of stages: their derivatives stay the same."""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers.base import NonlinearProgram
from capexmodel.solvers.curvature import curvature_of
from capexmodel.solvers.scaled import ScaledProgram, scale_program
from capexmodel.solvers.stages import Stages
from capexmodel.solvers.structure import Border, Piece, Pieced, Through
from tests.unit.solvers.test_stages import STAGES, balance, draw, staged

INNER = np.asarray([[0.7, -1.2, 0.0, 0.0, 0.0], [0.0, 0.0, 1.9, 0.0, 0.0], [0.0, 0.0, 0.0, 0.6, 0.0]])
START, THERE = np.asarray([1.5, -0.5, 3.0, 0.25, 2.2]), np.asarray([1.1, 0.4, -2.0, 0.85, -1.3])
ARGS, RIDGE = 0.7, 0.15 * 0.7
OUTER = np.asarray([[True, True, False], [True, True, False], [False, False, True]])
WEIGHTS = np.asarray([1.4, -0.6, 2.3])


def inner(x: Any, args: Any) -> Any:
    """Three sums of five variables."""
    return jnp.asarray(INNER) @ x + args


def cost(y: Any, args: Any) -> Any:
    """The first two together, the third by itself."""
    return 150.0 * y[0] ** 2 + y[0] * y[1] ** 2 + args * jnp.exp(0.3 * y[2])


def rows(y: Any, args: Any) -> Any:
    """Two rows that curve where the objective does."""
    return jnp.stack([y[0] * y[1] - args, jnp.sin(y[2]) + y[1]])


def flat(x: Any, args: Any) -> Any:
    """Two affine rows."""
    return jnp.stack([2.0 * x[0] - x[1] + 3.0 * x[2], x[3] - 1.5 * x[4] + args])


def posed(known: bool = False, fronts: bool = False, ridge: bool = True) -> NonlinearProgram:
    """The program, with what is declared of it."""
    curvature = curvature_of(OUTER, INNER != 0) if known else None
    objective = Through(cost, inner, (lambda args: 0.15 * jnp.asarray(args)) if ridge else None, curvature)
    if not fronts:
        return NonlinearProgram(objective, Through(rows, inner), flat)
    pieces = Piece(jnp.asarray([0]), jnp.asarray([0, 1, 2]), 2), Piece(jnp.asarray([1]), jnp.asarray([3, 4]), 1)
    border = Border(jnp.asarray([2, 4]), (jnp.asarray([0]), jnp.asarray([1])))
    return NonlinearProgram(objective, Through(rows, inner), Pieced(flat, pieces, border))


@functools.cache
def seen(known: bool = False, fronts: bool = False, ridge: bool = True) -> ScaledProgram:
    """The same as the solver sees it."""
    return scale_program(posed(known, fronts, ridge), jnp.asarray(START), ARGS)


def stack(x: Any) -> Any:
    """Objective and curved rows of x itself."""
    program = posed()
    return jnp.concatenate([program.objective(x, ARGS)[None], program.inequality(x, ARGS)])


def scales() -> np.ndarray:
    """From the slopes at the start: more than a hundred in the objective."""
    sizes = np.abs(np.asarray(jax.jacrev(stack)(jnp.asarray(START)))).max(axis=1)
    assert sizes[0] > 100.0
    return np.asarray([100.0, 1.0, 1.0]) / sizes


def test_what_is_looked_through_and_the_ridge_are_found() -> None:
    """The map with its shift; no ridge is zero."""
    found = seen()
    assert found.lens is not None
    assert np.allclose(found.look(jnp.asarray(THERE)), INNER @ THERE + ARGS, rtol=1e-14)
    assert float(found.ridge) == pytest.approx(RIDGE, rel=1e-14)
    assert float(seen(ridge=False).ridge) == 0.0
    assert np.allclose(found.scale, scales(), rtol=1e-12)


def test_a_ridge_counts_in_the_scale_of_the_objective() -> None:
    """2 ridge x in the last variable, which nothing else touches: 2 * 0.105 * 900."""
    far = START.copy()
    far[:4], far[4] = 0.01, 900.0
    found = scale_program(posed(), jnp.asarray(far), ARGS)
    assert float(found.scale[0]) == pytest.approx(100.0 / max(189.0, 300.0 * 1.2 * (INNER[0] @ far + 0.7)), rel=1e-2)
    steep = scale_program(dataclasses.replace(posed(), inequality=None), jnp.asarray(far).at[4].set(9000.0), ARGS)
    assert float(steep.scale[0]) == pytest.approx(100.0 / (2.0 * RIDGE * 9000.0), rel=1e-12)


def test_slopes_through_an_affine_map_are_those_of_the_whole() -> None:
    """Values and first derivatives of x, with the ridge in the objective only."""
    found, scale, x = seen().linearize(jnp.asarray(THERE)), scales(), jnp.asarray(THERE)
    values, slopes = scale * np.asarray(stack(x)), scale[:, None] * np.asarray(jax.jacrev(stack)(x))
    assert float(found.objective) == pytest.approx(values[0], rel=1e-12)
    assert np.allclose(found.rows[:2], values[1:], rtol=1e-12)
    assert np.allclose(found.slope, slopes[0], rtol=1e-11)
    assert np.allclose(found.jacobian, slopes[1:], rtol=1e-11)
    assert np.allclose(found.rows[2:], np.asarray(flat(x, ARGS)) / [3.0, 1.5], rtol=1e-12)


EITHER = [(False, False), (True, True), *(pytest.param(*only, marks=pytest.mark.long) for only in ((True, False), (False, True)))]


@pytest.mark.parametrize(("known", "fronts"), EITHER)
def test_the_hessian_through_an_affine_map_is_that_of_the_whole(known: bool, fronts: bool) -> None:
    """Column by column, along few directions, or in fronts."""
    weights = jnp.asarray(WEIGHTS * scales())
    expected = jax.hessian(lambda x: weights @ stack(x))(jnp.asarray(THERE))
    at = seen(known, fronts)
    assert (at.lens.curvature is not None) is known
    found = at.hessian(jnp.asarray(THERE), jnp.asarray(WEIGHTS)) @ jnp.eye(5)
    assert np.allclose(found, expected, rtol=1e-11, atol=1e-12)


@functools.cache
def chains() -> tuple[ScaledProgram, ScaledProgram]:
    """A chain of stages with an equality row, as declared and as a program without stages."""
    whole = staged(balance)
    args, x = draw(3), jnp.asarray(0.3 + 0.01 * np.arange(STAGES.count * STAGES.size + STAGES.border))
    return scale_program(whole, x, args), scale_program(dataclasses.replace(whole, stages=None), x, args)


@pytest.mark.long
def test_a_chain_of_stages_has_the_scales_and_slopes_of_the_same_program_without() -> None:
    """One variable is fixed; rows come stage by stage, then two more."""
    chain, plain = chains()
    assert np.allclose(chain.scale, plain.scale, rtol=1e-12)
    assert (chain.stages, plain.stages) == (STAGES, None)
    x = jnp.asarray(0.2 - 0.02 * np.arange(26.0) ** 0.5)
    found, expected = chain.linearize(x), plain.linearize(x)
    for name in ("objective", "rows", "equality", "slope", "equality_jacobian"):
        assert np.allclose(getattr(found, name), getattr(expected, name), rtol=1e-11, atol=1e-13), name
    assert np.allclose(found.jacobian @ x, expected.jacobian @ x, rtol=1e-11)


@pytest.mark.long
def test_a_chain_of_stages_has_the_hessian_of_the_same_program_without() -> None:
    """Weighted."""
    chain, plain = chains()
    x, weights = (
        jnp.asarray(0.2 - 0.02 * np.arange(26.0) ** 0.5),
        jnp.concatenate([jnp.asarray([1.4]), -jnp.arange(1.0, 21.0) / 9, jnp.asarray([0.6])]),
    )
    assert np.allclose(chain.hessian(x, weights) @ jnp.eye(26), plain.hessian(x, weights).whole, rtol=1e-10, atol=1e-11)


def test_stages_that_do_not_fit_are_refused() -> None:
    """Variables, rows, affine rows."""
    for stages, message in ((Stages(5, 4, 3, 2), "not 26 variables"), (Stages(6, 4, 9, 2), "more than 20 inequality rows")):
        with pytest.raises(SolveError, match=message):
            scale_program(dataclasses.replace(staged(), stages=stages), jnp.full(26, 0.3), draw(3))
    with pytest.raises(SolveError, match="no affine rows"):
        scale_program(dataclasses.replace(staged(), affine=lambda x, args: x[:2]), jnp.full(26, 0.3), draw(3))
