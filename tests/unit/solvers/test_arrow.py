"""An arrow of blocks does what the matrix it stands for does."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.arrow import Arrow, ArrowLower, _chain
from tests.unit.solvers.chain import ALL, COUNT, FREE, LONG, REST, SIZE, WIDTH, arrow_of_a_chain, rows_of_a_chain, whole_of

RIGHT = np.random.default_rng(4).normal(size=(ALL, 2))
SHIFT = 0.7


def test_an_arrow_multiplies_a_vector_and_columns_as_its_matrix_does() -> None:
    arrow = arrow_of_a_chain()
    np.testing.assert_allclose(arrow @ jnp.asarray(RIGHT), whole_of(arrow) @ RIGHT, atol=1e-11)
    np.testing.assert_allclose(arrow @ jnp.asarray(RIGHT[:, 0]), whole_of(arrow) @ RIGHT[:, 0], atol=1e-11)


def test_the_outer_products_of_staged_rows_are_added_with_their_weights() -> None:
    arrow, (rows, matrix) = arrow_of_a_chain(), rows_of_a_chain()
    weights = np.linspace(0.4, 3.1, len(matrix))
    for weight in (weights, np.full(len(matrix), 2.3)):
        found = arrow.plus_rows(rows, jnp.asarray(weight))
        np.testing.assert_allclose(whole_of(found), whole_of(arrow) + (matrix.T * weight) @ matrix, atol=1e-10)
    one = arrow.plus_rows(rows, jnp.asarray(2.3))
    np.testing.assert_allclose(whole_of(one), whole_of(found), atol=1e-10)
    assert one.long.shape == (LONG + REST, ALL)


def test_rows_without_stages_become_long_ones_times_the_roots_of_their_weights() -> None:
    arrow, rows = arrow_of_a_chain(), np.random.default_rng(6).normal(size=(2, ALL))
    found = arrow.plus_rows(jnp.asarray(rows), jnp.asarray([4.0, 0.25]))
    np.testing.assert_array_equal(found.long[:LONG], arrow.long)
    np.testing.assert_allclose(found.long[LONG:], [2.0 * rows[0], 0.5 * rows[1]])
    np.testing.assert_allclose(arrow.plus_rows(jnp.asarray(rows), jnp.asarray(9.0)).long[LONG:], 3.0 * rows)
    np.testing.assert_allclose(whole_of(found), whole_of(arrow) + 4.0 * np.outer(rows[0], rows[0]) + 0.25 * np.outer(rows[1], rows[1]))


def test_a_diagonal_is_added_in_stages_and_in_the_border() -> None:
    arrow, diagonal = arrow_of_a_chain(), np.linspace(0.2, 3.0, ALL)
    np.testing.assert_allclose(whole_of(arrow.plus_diagonal(jnp.asarray(diagonal))), whole_of(arrow) + np.diag(diagonal), atol=1e-12)


def test_a_confined_arrow_has_nothing_where_variables_are_not_free() -> None:
    arrow = arrow_of_a_chain()
    found = arrow.confined(jnp.asarray(FREE))
    np.testing.assert_allclose(whole_of(found), whole_of(arrow) * np.outer(FREE, FREE), atol=1e-12)
    assert not found.below[0].any()


@pytest.mark.parametrize("part", ["diagonal", "below", "border", "corner"])
def test_the_largest_entry_is_looked_for_in_every_block_but_not_in_long_rows(part: str) -> None:
    arrow = arrow_of_a_chain()
    one = getattr(arrow, part)
    far = dataclasses.replace(arrow, **{part: one.at[(1,) * one.ndim].set(-77.0)}, long=jnp.full((1, ALL), 99.0))
    assert float(far.largest()) == 77.0


def test_nothing_at_all_has_a_largest_entry_of_nothing() -> None:
    none = jnp.zeros((2, 0, 0))
    assert float(Arrow(none, none, none, jnp.zeros((0, 0)), jnp.zeros((0, 0))).largest()) == 0.0


@pytest.mark.parametrize("long", [0, LONG])
def test_a_factored_arrow_solves_what_its_shifted_matrix_does(long: int) -> None:
    arrow = arrow_of_a_chain(long=long)
    inverse = arrow.inverse(arrow.cholesky(jnp.asarray(SHIFT)))
    told = np.linalg.solve(whole_of(arrow) + SHIFT * np.eye(ALL), RIGHT)
    np.testing.assert_allclose(inverse.solve(jnp.asarray(RIGHT)), told, atol=1e-12)
    np.testing.assert_allclose(inverse.solve(jnp.asarray(RIGHT[:, 1])), told[:, 1], atol=1e-12)


def test_the_halves_of_a_solve_are_those_of_the_lower_factor() -> None:
    """Without long rows: L L' is the matrix, whole."""
    arrow = arrow_of_a_chain(long=0)
    inverse = arrow.inverse(arrow.cholesky(jnp.zeros(())))
    lower = np.linalg.cholesky(whole_of(arrow))
    np.testing.assert_allclose(inverse.forward(jnp.asarray(RIGHT)), np.linalg.solve(lower, RIGHT), atol=1e-12)
    np.testing.assert_allclose(inverse.backward(jnp.asarray(RIGHT)), np.linalg.solve(lower.T, RIGHT), atol=1e-12)


def test_the_factor_holds_blocks_of_the_whole_matrix_factor() -> None:
    arrow = arrow_of_a_chain()
    found, lower = arrow.cholesky(jnp.asarray(SHIFT)), np.linalg.cholesky(whole_of(arrow_of_a_chain(long=0)) + SHIFT * np.eye(ALL))
    np.testing.assert_allclose(found.corner, np.linalg.inv(lower[WIDTH:, WIDTH:]), atol=1e-12)
    for stage in range(COUNT):
        mine, last = slice(stage * SIZE, (stage + 1) * SIZE), slice((stage - 1) * SIZE, stage * SIZE)
        np.testing.assert_allclose(found.inverses[stage], np.linalg.inv(lower[mine, mine]), atol=1e-12)
        np.testing.assert_allclose(found.links[stage], lower[mine, last] if stage else np.zeros((SIZE, SIZE)), atol=1e-12)
        np.testing.assert_allclose(found.border[stage], lower[WIDTH:, mine], atol=1e-12)


def test_of_a_diagonal_block_only_the_lower_half_is_read() -> None:
    arrow = arrow_of_a_chain(long=0)
    bent = dataclasses.replace(arrow, diagonal=arrow.diagonal.at[:, 0, 1].add(5.0), corner=arrow.corner.at[1, 3].add(5.0))
    for name in ("inverses", "links", "border", "corner"):
        found, told = (getattr(one.cholesky(jnp.asarray(SHIFT)), name) for one in (bent, arrow))
        np.testing.assert_allclose(found, told, atol=1e-12)


@pytest.mark.parametrize(("stage", "place"), [(1, 0), (COUNT - 1, 1), (0, WIDTH), (0, ALL - 1)])
def test_an_arrow_that_is_not_positive_anywhere_has_no_sound_factor(stage: int, place: int) -> None:
    arrow = arrow_of_a_chain()
    assert bool(arrow.cholesky(jnp.zeros(())).sound)
    where = place if place >= WIDTH else stage * SIZE + place
    assert not bool(arrow.plus_diagonal(jnp.zeros(ALL).at[where].set(-60.0)).cholesky(jnp.zeros(())).sound)


def test_an_arrow_without_a_border_is_solved_too() -> None:
    arrow = arrow_of_a_chain(long=0)
    bare = Arrow(arrow.diagonal, arrow.below, jnp.zeros((COUNT, 0, SIZE)), jnp.zeros((0, 0)), jnp.zeros((0, WIDTH)))
    inverse = bare.inverse(bare.cholesky(jnp.zeros(())))
    told = np.linalg.solve(whole_of(arrow)[:WIDTH, :WIDTH], RIGHT[:WIDTH])
    np.testing.assert_allclose(inverse.solve(jnp.asarray(RIGHT[:WIDTH])), told, atol=1e-12)


@pytest.mark.parametrize("part", ["inverses", "corner"])
def test_one_entry_of_the_last_blocks_that_is_no_number_is_unsound(part: str) -> None:
    arrow = arrow_of_a_chain()
    lower = arrow.cholesky(jnp.zeros(()))
    bad = getattr(lower, part)
    bad = bad.at[(-1, -1, 0)[-bad.ndim :]].set(jnp.nan)
    assert isinstance(lower, ArrowLower)
    assert not bool(dataclasses.replace(lower, **{part: bad}).sound)


def test_a_chain_begins_with_nothing_before_it() -> None:
    links, values = jnp.asarray([[[3.0]], [[4.0]], [[5.0]]]), jnp.asarray([[[2.0]], [[7.0]], [[11.0]]])
    np.testing.assert_allclose(_chain(links, values)[:, 0, 0], [2.0, -1.0, 16.0])
    np.testing.assert_allclose(_chain(links, values, reverse=True)[:, 0, 0], [113.0, -37.0, 11.0])
