"""What is done with symmetric matrices: sums of outer products, refined solves, and the shifts of an indefinite one."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.dense import Dense
from capexmodel.solvers.linear_algebra import AbstractInverse, Factor, definite, factorize, gram, solve


class Half(AbstractInverse):
    """A poor inverse: half of what it should be, in each of two variables."""

    def solve(self, right):
        """Half the solution of diag(4, 5)."""
        return 0.5 * right / jnp.reshape(jnp.asarray([4.0, 5.0]), (2,) + (1,) * (right.ndim - 1))


def diagonal(*entries: float) -> Dense:
    """A diagonal matrix."""
    return Dense(jnp.diag(jnp.asarray(entries)))


@pytest.mark.parametrize("weights", [np.asarray([0.5, 3.0, 7.0]), np.asarray(2.5)])
def test_weighted_outer_products_are_summed(weights: np.ndarray) -> None:
    """One weight a row, or one for all."""
    rows = np.asarray([[1.0, 2.0], [3.0, -5.0], [0.5, 4.0]])
    expected = sum(weight * np.outer(row, row) for weight, row in zip(np.broadcast_to(weights, 3), rows, strict=True))
    assert np.allclose(gram(jnp.asarray(rows), jnp.asarray(weights)), expected, rtol=1e-14)


def test_a_solve_is_refined_twice() -> None:
    """Each time half of what is left is found: 7/8 of the solution."""
    found = solve(diagonal(3.0, 4.0), Factor(Half(), jnp.asarray(1.0), jnp.asarray(True)), jnp.asarray([8.0, 30.0]))
    assert np.allclose(found, [7.0 / 4.0, 7.0 / 8.0 * 6.0], rtol=1e-14)


def test_a_solve_is_of_the_shifted_matrix_and_of_several_columns() -> None:
    """diag(-3, 4) + 5 times the columns gives them back."""
    matrix = diagonal(-3.0, 4.0)
    factor = Factor(matrix.inverse(matrix.cholesky(jnp.asarray(5.0))), jnp.asarray(5.0), jnp.asarray(True))
    assert np.allclose(
        solve(matrix, factor, jnp.asarray([[8.0, 1.0, 4.0], [27.0, 18.0, 9.0]])), [[4.0, 0.5, 2.0], [3.0, 2.0, 1.0]], rtol=1e-14
    )


@pytest.mark.parametrize(("least", "positive"), [(0.3, True), (0.0, False), (-1e-9, False)])
def test_a_matrix_is_definite_if_its_factor_exists_without_a_shift(least: float, positive: bool) -> None:
    """By its least eigenvalue."""
    assert bool(definite(diagonal(7.0, least, 3.0))) is positive


@pytest.mark.parametrize(
    ("least", "last", "shift"),
    [
        (3.0, 0.0, 0.0),
        (3.0, 9.0, 0.0),
        (-0.9e-4, 0.0, 1e-4),
        (-1.1e-4, 0.0, 1e-2),
        (-1.1e-2, 0.0, 1.0),
        (-0.9, 3.0, 1.0),
        (-1.1, 3.0, 8.0),
        (-63.0, 3.0, 64.0),
        (-1e-13, 1e-12, 1e-12),
        (-2e-12, 1e-12, 8e-12),
    ],
)
def test_the_shift_starts_small_or_near_the_last_and_grows_until_the_matrix_is_definite(least: float, last: float, shift: float) -> None:
    """First 1e-4 and then a hundred times as much; from a third of the last shift, at least 1e-12, and then eight times as much."""
    matrix = diagonal(7.0, least, 3.0)
    factor = factorize(matrix, jnp.asarray(last))
    assert float(factor.shift) == pytest.approx(shift, rel=1e-12)
    assert bool(factor.sound)
    assert np.allclose(
        solve(matrix, factor, jnp.asarray([1.0, 2.0, 3.0])),
        np.asarray([1.0, 2.0, 3.0]) / (np.asarray([7.0, least, 3.0]) + shift),
        rtol=1e-6,
    )


@pytest.mark.parametrize(("least", "shift", "sound"), [(-1e21, 1e22, True), (-1e22 * 1.1, 1e22, False), (np.nan, 1e22, False)])
def test_shifts_end_below_1e24(least: float, shift: float, sound: bool) -> None:
    """From 1e-4 in steps of a hundred the last one is 1e22; then the factor is not sound."""
    factor = factorize(diagonal(7.0, least, 3.0), jnp.asarray(0.0))
    assert float(factor.shift) == pytest.approx(shift, rel=1e-9)
    assert bool(factor.sound) is sound
