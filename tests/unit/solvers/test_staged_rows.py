"""Rows that come stage by stage do what the matrix they stand for does."""

import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.staged_rows import StagedRows, joined, later, parted
from tests.unit.solvers.chain import ALL, COUNT, FREE, REST, ROWS, rows_of_a_chain


def test_rows_have_the_shape_of_their_matrix() -> None:
    rows, whole = rows_of_a_chain()
    assert rows.shape == whole.shape == (COUNT * ROWS + REST, ALL)


def test_rows_multiply_a_vector_from_either_side_as_their_matrix_does() -> None:
    (rows, whole), random = rows_of_a_chain(), np.random.default_rng(0)
    vector, prices = random.normal(size=ALL), random.normal(size=len(whole))
    np.testing.assert_allclose(rows @ jnp.asarray(vector), whole @ vector, atol=1e-12)
    np.testing.assert_allclose(jnp.asarray(prices) @ rows, prices @ whole, atol=1e-12)


def test_confined_rows_have_nothing_where_variables_are_not_free() -> None:
    (rows, whole), vector = rows_of_a_chain(), np.random.default_rng(0).normal(size=ALL)
    found = rows.confined(jnp.asarray(FREE))
    np.testing.assert_allclose(found @ jnp.asarray(vector), (whole * FREE) @ vector, atol=1e-12)
    assert not found.before[0].any()


def test_the_largest_of_a_row_is_looked_for_in_all_its_blocks() -> None:
    own = np.array([[[1.0, -2.0], [0.3, 0.4]], [[0.1, 0.2], [5.0, 4.0]]])
    before = np.array([[[0.0, 0.0], [0.0, 0.0]], [[3.5, -4.5], [0.5, 1.5]]])
    border = np.array([[[0.6, 1.1, 0.7], [-7.0, 6.0, 0.8]], [[0.9, 1.2, 1.3], [2.1, 2.2, 2.3]]])
    rest = np.array([[0.1, -9.0, 0.2, 0.3, 0.4, 0.5, 8.0]])
    found = StagedRows(*map(jnp.asarray, (own, before, border, rest))).largest()
    np.testing.assert_array_equal(found, [2.0, 7.0, 4.5, 5.0, 9.0])


def test_rows_without_columns_have_a_largest_of_nothing() -> None:
    none = jnp.zeros((2, 3, 0))
    np.testing.assert_array_equal(StagedRows(none, none, none, jnp.zeros((1, 0))).largest(), np.zeros(7))


def test_a_vector_is_parted_into_stages_and_border_and_joined_again() -> None:
    vector, columns = np.arange(3.0, 11.0), np.arange(24.0).reshape(8, 3)
    stages, border = parted(jnp.asarray(vector), 3, 2)
    np.testing.assert_array_equal(stages, [[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    np.testing.assert_array_equal(border, [9.0, 10.0])
    np.testing.assert_array_equal(joined(stages, border), vector)
    many, few = parted(jnp.asarray(columns), 3, 2)
    assert (many.shape, few.shape) == ((3, 2, 3), (2, 3))
    np.testing.assert_array_equal(many[2, 1], columns[5])
    np.testing.assert_array_equal(joined(many, few), columns)


def test_every_stage_sees_the_one_before_it_and_the_first_sees_nothing() -> None:
    np.testing.assert_array_equal(later(jnp.asarray([[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])), [[0.0, 0.0], [3.0, 4.0], [5.0, 6.0]])
