"""What stands around the solver: the certificate, several starts, elastic rows, the linear algebra."""

import functools
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers import Multipliers, NonlinearProgram, Status, certify, minimize, multi_start, soften
from capexmodel.solvers.dense import Dense
from capexmodel.solvers.linear_algebra import factorize, solve
from capexmodel.solvers.structure import Piece, Pieced, Through


def _prices(affine: list[float]) -> Multipliers:
    """Prices of a program of two variables with affine rows and lower bounds."""
    return Multipliers(jnp.zeros(0), jnp.asarray(affine), jnp.zeros(0), jnp.zeros(2), jnp.zeros(2))


@functools.cache
def _corner() -> NonlinearProgram:
    """Two rows that cross at (1, 1)."""
    return NonlinearProgram(
        objective=lambda x, args: x[0] + x[1],
        affine=lambda x, args: jnp.stack([x[0] + 2 * x[1] - 3, 2 * x[0] + x[1] - 3]),
        lower=jnp.zeros(2),
    )


def test_the_certificate_accepts_the_optimum() -> None:
    """At (1, 1) with prices 1/3, 1/3 everything holds exactly."""
    certificate = certify(_corner(), jnp.ones(2), _prices([1 / 3, 1 / 3]))
    assert float(certificate.kkt_error) <= 1e-15
    assert int(certificate.active_affine_count) == 2
    assert int(certificate.active_bound_count) == 0
    assert float(certificate.value) == 2.0


@pytest.mark.parametrize(
    ("x", "affine", "field", "size"),
    [
        ([1.0, 1.0], [0.5, 1 / 3], "stationarity", 1 / 3),
        ([1.0, 0.9], [1 / 3, 1 / 3], "affine_violation", 0.2),
        ([-0.5, 4.0], [1 / 3, 1 / 3], "bound_violation", 0.5),
        ([1.0, 1.0], [-0.25, 1 / 3], "dual_sign_violation", 0.5),
        ([2.0, 2.0], [1 / 3, 1 / 3], "complementarity", 1.0),
    ],
)
def test_the_certificate_sees_each_fault(x: list[float], affine: list[float], field: str, size: float) -> None:
    """Each planted fault shows in its own entry and in the overall error."""
    certificate = certify(_corner(), jnp.asarray(x), _prices(affine))
    assert float(getattr(certificate, field)) == pytest.approx(size)
    assert float(certificate.kkt_error) >= 0.1


def _double_well(x: Any, args: Any) -> Any:
    """Two minima, the left one lower."""
    return jnp.sum((x**2 - 1) ** 2 + args * x)


def test_several_starts_find_the_lower_well() -> None:
    """Starts on both sides disagree, and the best is the global minimum."""
    program = NonlinearProgram(_double_well)
    agreement = multi_start(program, [jnp.array([-2.0]), jnp.array([2.0]), jnp.array([-0.5])], jnp.asarray(0.3))
    assert (agreement.agreeing_count, agreement.start_count) == (2, 3)
    assert float(agreement.best.x[0]) < -1.0
    assert all(int(solution.status) == Status.OPTIMAL for solution in agreement.solutions)


def test_no_starts_are_refused() -> None:
    """Nothing to start from is an error, not an empty answer."""
    with pytest.raises(SolveError, match="at least one"):
        multi_start(NonlinearProgram(_double_well), [])


def test_a_start_must_be_a_vector() -> None:
    """A matrix of variables is refused with a sentence."""
    with pytest.raises(SolveError, match="flatten"):
        minimize(NonlinearProgram(_double_well), jnp.zeros((2, 2)), jnp.asarray(0.0))


def test_elastic_rows_share_the_least_violation() -> None:
    """x0 >= 3 (price 5), x0 <= 1 (price 1) and x1 >= 2 (hard): only the cheap row is violated, by two."""
    program = NonlinearProgram(
        objective=lambda x, args: jnp.sum(x), affine=lambda x, args: jnp.stack([x[0] - 3.0, 1.0 - x[0], x[1] - 2.0]), lower=jnp.zeros(2)
    )
    softened = soften(program, 2, weights_affine=jnp.array([5.0, 1.0, jnp.inf]))
    solution = minimize(softened.program, softened.lift(jnp.zeros(2)))
    parts = softened.split(solution.x)
    assert int(solution.status) == Status.OPTIMAL
    np.testing.assert_allclose(parts.affine, [0.0, 2.0, 0.0], atol=1e-5)
    assert float(parts.x[1]) >= 2.0 - 1e-6
    assert float(solution.value) == pytest.approx(2.0, abs=1e-6)


@pytest.mark.parametrize("size", [1, 2, 48, 193, 421])
def test_the_factor_inverts(size: int) -> None:
    """Factor and refined solve of a positive definite matrix."""
    root = np.random.default_rng(size).normal(size=(size, size))
    matrix = Dense(jnp.asarray(root @ root.T + np.eye(size)))
    right = jnp.asarray(root[0])
    factor = factorize(matrix, jnp.zeros(()))
    assert float(factor.shift) == 0.0
    np.testing.assert_allclose(matrix @ solve(matrix, factor, right), right, atol=1e-9)


def test_an_indefinite_matrix_is_shifted() -> None:
    """The shift exceeds the most negative eigenvalue, by less than the growth of the trials; a matrix of NaN is unsound."""
    size = 197
    matrix = Dense(jnp.diag(jnp.linspace(-0.5, 1.0, size)))
    factor = factorize(matrix, jnp.asarray(0.3))
    assert bool(factor.sound)
    assert 0.5 < float(factor.shift) <= 0.5 * 8
    assert not bool(factorize(Dense(jnp.full((3, 3), jnp.nan)), jnp.zeros(())).sound)


@pytest.mark.long
def test_a_program_of_declared_structure_has_the_same_solution() -> None:
    """min sum (y - 1)^4 + x'x / 100 with y = S x and A x >= b, said plainly and through its structure."""
    random = np.random.default_rng(1)
    sums, matrix = jnp.asarray(random.normal(size=(3, 8))).at[0, 5:].set(0.0), jnp.asarray(np.eye(8)[:4])

    def inner(x, args):
        return sums @ x

    def outer(y, args):
        return jnp.sum((y - 1.0) ** 4) * args

    def rows(x, args):
        return matrix @ x - 0.1

    plain = NonlinearProgram(lambda x, args: outer(inner(x, args), args) + 0.01 * x @ x, affine=rows)
    pieces = (Piece(jnp.arange(0, 4, 2), jnp.asarray([0, 2])), Piece(jnp.arange(1, 4, 2), jnp.asarray([1, 3])))
    told = NonlinearProgram(Through(outer, inner, lambda args: jnp.asarray(0.01)), affine=Pieced(rows, pieces))
    start, one = jnp.ones(8), jnp.asarray(1.0)
    left, right = minimize(plain, start, one), minimize(told, start, one)
    assert int(left.status) == int(right.status) == Status.OPTIMAL
    np.testing.assert_allclose(left.x, right.x, atol=1e-7)
    np.testing.assert_allclose(left.multipliers.affine, right.multipliers.affine, atol=1e-7)
