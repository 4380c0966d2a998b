"""The Lagrangian of a program and its parts, by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.base import Multipliers, NonlinearProgram
from capexmodel.solvers.lagrangian import finite, lagrangian, objective_value, row_slopes, row_values

X = np.asarray([1.5, -0.5, 3.0])


def program(**kinds) -> NonlinearProgram:
    """Rows of every kind, two, three and one of them; one of each of the first two is switched off."""
    rows = {
        "inequality": lambda x, args: jnp.stack([x[0] * x[1] + args, jnp.inf + x[2]]),
        "affine": lambda x, args: jnp.stack([2.0 * x[0] - x[2], jnp.inf + 3.0 * x[1], x[1] + 4.0 * x[2]]),
        "equality": lambda x, args: x[2] ** 2 - args * x[0],
    }
    return NonlinearProgram(lambda x, args: args * x[:1] ** 2 + x[1:2] * x[2:], **(rows | kinds))


ARGS = 0.7
PRICES = {"inequality": [0.3, 5.0], "affine": [1.1, 6.0, 0.2], "equality": [-0.9], "lower": [0.4, 7.0, 0.6], "upper": [8.0, 1.3, 0.5]}


def prices() -> Multipliers:
    """Prices of all rows and bounds."""
    return Multipliers(**{kind: jnp.asarray(numbers) for kind, numbers in PRICES.items()})


def test_rows_are_read_at_a_point_as_lists() -> None:
    """A row that is off reads +inf, a single row is a list of one, a kind that is not there an empty one."""
    found = row_values(program(), jnp.asarray(X), ARGS)
    assert np.asarray(found.inequality).tolist() == [pytest.approx(-0.05), np.inf]
    assert np.asarray(found.affine).tolist() == [0.0, np.inf, 11.5]
    assert np.asarray(found.equality).tolist() == [pytest.approx(7.95)]
    none = row_values(NonlinearProgram(lambda x, args: x[0]), jnp.asarray(X), None)
    assert [part.shape for part in none] == [(0,), (0,), (0,)]


def test_gradients_of_rows_are_one_below_the_other() -> None:
    """Those of rows that are off are zero."""
    inequality, affine, equality = row_slopes(program(), jnp.asarray(X), ARGS)
    assert np.asarray(inequality).tolist() == [[-0.5, 1.5, 0.0], [0.0, 0.0, 0.0]]
    assert np.asarray(affine).tolist() == [[2.0, 0.0, -1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 4.0]]
    assert np.asarray(equality).tolist() == [[-0.7, 0.0, 6.0]]


def test_the_objective_is_a_number() -> None:
    """0.7 * 1.5^2 - 0.5 * 3, of a function that gives a list of one."""
    found = objective_value(program(), jnp.asarray(X), ARGS)
    assert found.shape == ()
    assert float(found) == pytest.approx(0.075)


def test_whole_numbers_become_floats() -> None:
    """Of x's kind."""
    whole = NonlinearProgram(lambda x, args: 3, affine=lambda x, args: jnp.asarray([4]))
    assert objective_value(whole, jnp.asarray(X), None).dtype == jnp.float64
    assert row_values(whole, jnp.asarray(X), None).affine.dtype == jnp.float64


def test_the_lagrangian_is_the_objective_less_all_that_is_priced() -> None:
    """What is off or has no bound is left out, whatever its price."""
    bounds = {"lower": jnp.asarray([0.5, -np.inf, 2.5]), "upper": jnp.asarray([np.inf, 0.25, 7.0])}
    found = lagrangian(program(**bounds), jnp.asarray(X), prices(), ARGS)
    rows = 0.3 * -0.05 + 1.1 * 0.0 + 0.2 * 11.5 - 0.9 * 7.95
    assert float(found) == pytest.approx(0.075 - rows - (0.4 * 1.0 + 0.6 * 0.5) - (1.3 * 0.75 + 0.5 * 4.0), rel=1e-13)


def test_only_what_is_infinitely_far_is_left_out() -> None:
    """Minus infinity stays."""
    assert np.asarray(finite(jnp.asarray([2.5, jnp.inf, -jnp.inf, -3.5]))).tolist() == [2.5, 0.0, -np.inf, -3.5]
