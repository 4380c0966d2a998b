"""Fronts: whatever the pattern they hold all of it, and what is done with them is what is done with the whole matrix."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.config import load
from capexmodel.planner.elastic import bench
from capexmodel.planner.search import prepare
from capexmodel.planning.problem import Problem
from capexmodel.solvers import NonlinearProgram, Status, minimize
from capexmodel.solvers.curvature import curvature_of
from capexmodel.solvers.dense import Dense
from capexmodel.solvers.dissection import WORTH, covers, dissect
from capexmodel.solvers.fronts import Fronted, fronted, places_of
from capexmodel.solvers.linear_algebra import factorize, gram, solve
from capexmodel.solvers.structure import Border, Pieced, Through, rows_of, structure_of

GROUPS, EACH, SHARED, LONE = 6, 48, 10, 3
SIZE = GROUPS * EACH + SHARED + LONE


def pattern_of(random: np.random.Generator, share: float = 0.3) -> np.ndarray:
    """Rows that each touch columns of one group and of what all groups share, some the shared ones alone; columns in a random order, the
    last few touched by none."""
    rows = []
    for group in range(GROUPS + 1):
        row = np.zeros((2 * EACH, SIZE), bool)
        row[:, GROUPS * EACH : GROUPS * EACH + SHARED] = random.uniform(size=(2 * EACH, SHARED)) < share
        if group < GROUPS:
            row[:, group * EACH : (group + 1) * EACH] = random.uniform(size=(2 * EACH, EACH)) < share
        rows.append(row)
    found = np.concatenate(rows)
    return found[random.permutation(len(found))][:, random.permutation(SIZE)]


def matrices(seed: int, long: int = 0) -> tuple[Dense, Fronted, np.random.Generator]:
    """The same positive definite matrix whole and in fronts, with as many long rows."""
    random = np.random.default_rng(seed)
    pattern = pattern_of(random)
    matrix = jnp.asarray(pattern * random.normal(size=pattern.shape))
    pieces, border = dissect(pattern, np.zeros((SIZE, SIZE), bool))
    assert border is not None
    curved = np.flatnonzero(random.uniform(size=SIZE) < 0.2)
    places = places_of(pieces, border, jnp.asarray(curved), jnp.asarray(curved))
    bends = jnp.asarray(random.uniform(size=curved.size))
    left = Dense(jnp.zeros((SIZE, SIZE)).at[curved, curved].add(bends)), fronted(bends, places, pieces, border)
    rows, weights = rows_of(matrix, pieces, border), jnp.asarray(random.uniform(size=len(pattern)))
    far, weight = jnp.asarray(random.normal(size=(long, SIZE))), jnp.asarray(random.uniform(size=long))
    diagonal = jnp.asarray(random.uniform(0.1, 1.0, SIZE))
    whole = left[0].plus_rows(matrix, weights).plus_rows(far, weight).plus_diagonal(diagonal)
    return whole, left[1].plus_rows(rows, weights).plus_rows(far, weight).plus_diagonal(diagonal), random


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.05, 0.6))
def test_fronts_hold_every_row_once_and_no_column_twice(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    pattern, curved = pattern_of(random, share), np.zeros((SIZE, SIZE), bool)
    pieces, border = dissect(pattern, curved)
    assert border is not None
    assert sorted(np.concatenate([np.asarray(piece.rows) for piece in pieces])) == list(range(len(pattern)))
    own = [np.asarray(piece.columns)[: piece.own] for piece in pieces]
    assert sorted(np.concatenate([*own, np.asarray(border.columns)])) == list(range(SIZE))
    for piece, places in zip(pieces, border.places, strict=True):
        assert (np.asarray(border.columns)[np.asarray(places)] == np.asarray(piece.columns)[piece.own :]).all()
    assert covers(pieces, border, pattern, curved)
    widest = max(piece.columns.size for piece in pieces)
    assert border.columns.size**3 + len(pieces) * widest**3 < WORTH * SIZE**3


def test_fronts_that_a_pattern_outgrew_do_not_cover_it() -> None:
    pattern, curved = pattern_of(np.random.default_rng(0)), np.zeros((SIZE, SIZE), bool)
    pieces, border = dissect(pattern, curved)
    one, other = (np.asarray(pieces[number].columns)[0] for number in (0, 1))
    wider, bent = pattern.copy(), curved.copy()
    wider[np.asarray(pieces[0].rows)[0], other] = True
    bent[one, other] = True
    assert not covers(pieces, border, wider, curved)
    assert not covers(pieces, border, pattern, bent)
    assert not covers((), None, pattern, curved)


@pytest.mark.parametrize("pattern", [np.ones((9, 9), bool), np.ones((300, 300), bool), np.zeros((0, 0), bool), np.eye(40, dtype=bool)])
def test_there_are_no_fronts_where_they_gain_little(pattern: np.ndarray) -> None:
    assert dissect(pattern, np.zeros((pattern.shape[1],) * 2, bool)) == ((), None)


@pytest.mark.long
@pytest.mark.parametrize("long", [0, 4])
def test_fronts_do_what_the_whole_matrix_does(long: int) -> None:
    whole, fronts, random = matrices(long, long)
    free = jnp.asarray(random.uniform(size=SIZE) < 0.9)
    right = jnp.asarray(random.normal(size=(SIZE, 2)))
    for left, found in ((whole, fronts), (whole.confined(free), fronts.confined(free))):
        np.testing.assert_allclose(found @ right, left @ right, atol=1e-10)
        np.testing.assert_allclose(found @ right[:, 0], left @ right[:, 0], atol=1e-10)
    if not long:
        assert whole.largest() / len(fronts.pieces) <= fronts.largest() <= whole.largest()  # in the border it sees shares of the sum
    factor, plain = factorize(fronts, jnp.zeros(())), factorize(whole, jnp.zeros(()))
    assert bool(factor.sound)
    assert float(factor.shift) == 0.0
    for sides in (right, right[:, 0]):
        np.testing.assert_allclose(factor.inverse.solve(sides), plain.inverse.solve(sides), atol=1e-7)
        np.testing.assert_allclose(fronts @ solve(fronts, factor, sides), sides, atol=1e-9)
    shift = jnp.asarray(2.5)
    np.testing.assert_allclose(
        fronts.inverse(fronts.cholesky(shift)).solve(right), jnp.linalg.solve(whole.whole + shift * jnp.eye(SIZE), right), atol=1e-8
    )


def test_pieces_give_the_same_gram() -> None:
    """Where a matrix is kept whole, its pieces still add up."""
    random = np.random.default_rng(3)
    pattern = pattern_of(random)
    matrix, weights = jnp.asarray(pattern * random.normal(size=pattern.shape)), jnp.asarray(random.uniform(size=len(pattern)))
    rows = rows_of(matrix, *dissect(pattern, np.zeros((SIZE, SIZE), bool)))
    np.testing.assert_allclose(rows.gram(weights), gram(matrix, weights), atol=1e-12)


@pytest.mark.long
def test_a_matrix_that_is_not_definite_anywhere_is_shifted() -> None:
    """In a block, in the border, or in a variable that stands alone; a NaN anywhere is unsound."""
    _, fronts, _ = matrices(5, 2)
    border, own = int(fronts.border.columns[0]), int(fronts.pieces[0].columns[0])
    alone = int(np.flatnonzero(np.asarray(fronts @ jnp.ones(SIZE)) == 0)[0]) if (fronts @ jnp.ones(SIZE) == 0).any() else SIZE - 1
    for place in (border, own, alone):
        bent = fronts.plus_diagonal(jnp.zeros(SIZE).at[place].set(-1e3))
        assert not bool(bent.cholesky(jnp.zeros(())).sound)
        factor = factorize(bent, jnp.zeros(()))
        assert bool(factor.sound)
        assert float(factor.shift) > 500.0
        assert not bool(factorize(fronts.plus_diagonal(jnp.zeros(SIZE).at[place].set(jnp.nan)), jnp.zeros(())).sound)


@pytest.mark.long
def test_a_program_in_fronts_has_the_same_solution_in_the_same_steps() -> None:
    """min sum (y - 1)^4 + y0 y2 + x'x / 100 with y = S x, A x >= b and y'y <= 4, told with and without its structure."""
    random = np.random.default_rng(7)
    pattern = pattern_of(random)
    matrix, sums = pattern * random.uniform(size=pattern.shape), pattern[:6] * random.normal(size=(6, SIZE))

    def inner(x, args):
        return jnp.asarray(sums) @ x

    def outer(y, args):
        return jnp.sum((y - 1.0) ** 4) + y[0] * y[2]

    def curved(y, args):
        return jnp.asarray([4.0 - jnp.sum(y**2)])

    def rows(x, args):
        return jnp.asarray(matrix) @ x + 0.3

    coupled = np.eye(6, dtype=bool)
    coupled[0, 2] = coupled[2, 0] = True
    touched = sums != 0
    pieces, border = dissect(pattern, (touched.T @ coupled @ touched) > 0)
    assert isinstance(border, Border)
    known = curvature_of(coupled, touched)
    assert known is not None

    def ridge(args):
        return jnp.asarray(0.01)

    plain, told = (
        minimize(
            NonlinearProgram(Through(outer, inner, ridge, known), Through(curved, inner), affine, lower=jnp.full(SIZE, -5.0)),
            jnp.ones(SIZE),
        )
        for affine in (rows, Pieced(rows, pieces, border))
    )
    assert int(plain.status) == int(told.status) == Status.OPTIMAL
    assert int(plain.steps) == int(told.steps)
    np.testing.assert_allclose(plain.x, told.x, atol=1e-7)
    np.testing.assert_allclose(plain.multipliers.affine, told.multipliers.affine, atol=1e-7)


@pytest.mark.long
@pytest.mark.parametrize("name", ["greenfield", "meta_2026"])
def test_shipped_scenarios_have_fronts_with_and_without_wishes_to_break(name: str) -> None:
    problem = Problem(load(name))
    _, _, reduced = prepare(problem)
    stand = bench(problem, None)
    for pieces, border in (reduced.fronts, structure_of(stand.program.affine)):
        assert border is not None
        assert 2 * border.columns.size < reduced.chart.free.size
        assert len(pieces) < 20
