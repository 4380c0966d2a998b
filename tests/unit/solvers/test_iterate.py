"""Residuals and errors of a point, against the optimality conditions in plain numpy."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.iterate import Residuals, mean_product, residuals, slacks, stationarity
from tests.unit.solvers.tiny import COUNTED, FREE, X, bare, distances, gradients, linearized, point, program


def gradient() -> np.ndarray:
    """Of the Lagrangian, at the point."""
    here, at = linearized(), point()
    return (
        np.asarray(here.slope)
        - gradients(here).T @ np.asarray(at.price)
        - np.asarray(here.equality_jacobian).T @ np.asarray(at.equality_price)
    )


def made_up(scale: float = 4.0) -> Residuals:
    """Residuals with products of their own; the second limit is not there."""
    product, counts = jnp.asarray([0.5, 90.0, 0.2, 0.9]), jnp.asarray([True, False, True, True])
    numbers = (jnp.asarray(number) for number in (0.03, 0.02))
    return Residuals(*numbers, product, counts, jnp.asarray(scale), jnp.asarray(1.0), jnp.asarray(1.0))


def test_slacks_are_those_of_rows_as_given_and_of_bounds_as_x_has_them() -> None:
    """Rows first."""
    rows = np.arange(2.0, 9.0)
    assert np.allclose(slacks(program(), jnp.asarray(X), jnp.asarray(rows)), np.concatenate([rows, distances()]), rtol=1e-14)


def test_stationarity_is_the_gradient_of_the_lagrangian() -> None:
    """Slope less priced gradients of limits and equalities."""
    assert np.allclose(stationarity(program(), linearized(), point()), gradient(), rtol=1e-13)


def test_the_mean_product_is_over_the_limits_there_are() -> None:
    """Eleven of seventeen; absent ones count for nothing even if they carry a price; without any the mean is zero."""
    priced = eqx.tree_at(lambda p: p.price, point(), point().price + jnp.where(jnp.asarray(COUNTED), 0.0, 5.0))
    expected = np.sum((np.asarray(point().slack) * np.asarray(point().price))[COUNTED]) / 11
    assert float(mean_product(program(), priced)) == pytest.approx(expected, rel=1e-13)
    assert float(residuals(program(), linearized(), priced).mean_product) == pytest.approx(expected, rel=1e-13)
    one = dataclasses.replace(bare(), lower=program().lower, bounded=jnp.arange(5) == 2)
    alone = eqx.tree_at(
        lambda p: (p.slack, p.price, p.equality_price), point(), (jnp.arange(3.0, 8.0), jnp.arange(6.0, 11.0), jnp.zeros(0))
    )
    assert float(mean_product(one, alone)) == 40.0
    empty = eqx.tree_at(lambda p: (p.slack, p.price, p.equality_price), point(), (jnp.zeros(0),) * 3)
    assert float(mean_product(bare(), empty)) == 0.0


def test_the_residuals_of_a_point_are_those_of_the_conditions() -> None:
    """The gradient in free variables, rows less their slacks with the equalities, products; together by their squares."""
    found, here, at = residuals(program(), linearized(), point()), linearized(), point()
    dual, product = np.where(FREE, gradient(), 0.0), np.where(COUNTED, np.asarray(at.slack) * np.asarray(at.price), 0.0)
    primal = np.concatenate([np.asarray(here.rows) - np.asarray(at.slack)[:7], np.asarray(here.equality)])
    assert float(found.scale) == 1.0
    assert float(found.dual_error) == pytest.approx(np.abs(dual).max(), rel=1e-13)
    assert float(found.primal_error) == pytest.approx(np.abs(primal).max(), rel=1e-13)
    assert np.allclose(found.product, product, rtol=1e-14)
    assert np.asarray(found.counts).tolist() == COUNTED.tolist()
    assert float(found.merit) == pytest.approx(np.sqrt(dual @ dual + product @ product + primal @ primal), rel=1e-13)


def test_a_fixed_variable_has_no_dual_error_and_equalities_have_a_primal_one() -> None:
    """A slope of a million in the fixed variable is not seen; an equality of minus a thousand is."""
    here = eqx.tree_at(lambda h: h.slope, linearized(), linearized().slope.at[4].set(1e6))
    assert float(residuals(program(), here, point()).dual_error) < 100.0
    here = eqx.tree_at(lambda h: h.equality, linearized(), jnp.asarray([0.5, -1000.0]))
    assert float(residuals(program(), here, point()).primal_error) == 1000.0


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_errors_are_scaled_where_the_mean_price_is_above_a_hundred(sign: float) -> None:
    """Prices of 900 on 11 limits and of 3000 on 2 equalities, either sign: (9900 + 6000) / 13 / 100; the merit is not scaled."""
    prices = jnp.where(jnp.asarray(COUNTED), 900.0, 0.0), sign * jnp.full(2, 3000.0)
    at = eqx.tree_at(lambda p: (p.price, p.equality_price), point(), prices)
    found, scale = residuals(program(), linearized(), at), 159.0 / 13.0
    dual = np.where(FREE, np.asarray(stationarity(program(), linearized(), at)), 0.0)
    assert float(found.scale) == pytest.approx(scale, rel=1e-13)
    assert float(found.dual_error) == pytest.approx(np.abs(dual).max() / scale, rel=1e-13)
    primal = np.concatenate([np.asarray(linearized().rows) - np.asarray(at.slack)[:7], np.asarray(linearized().equality)])
    assert float(found.primal_error) == pytest.approx(np.abs(primal).max(), rel=1e-13)
    assert float(found.merit) == pytest.approx(
        np.sqrt(dual @ dual + primal @ primal + 900.0**2 * np.sum(np.asarray(at.slack)[COUNTED] ** 2)), rel=1e-13
    )


def test_without_rows_and_bounds_only_the_slope_is_left() -> None:
    """No products, no scale, a mean of zero."""
    none, rows = jnp.zeros(0), jnp.zeros((0, 5))
    here = eqx.tree_at(lambda h: (h.rows, h.equality, h.jacobian, h.equality_jacobian), linearized(), (none, none, rows, rows))
    empty = eqx.tree_at(lambda p: (p.slack, p.price, p.equality_price), point(), (none, none, none))
    found = residuals(bare(), here, empty)
    assert float(found.dual_error) == pytest.approx(np.abs(np.asarray(here.slope)).max())
    assert float(found.merit) == pytest.approx(np.linalg.norm(np.asarray(here.slope)))
    assert [float(number) for number in (found.primal_error, found.scale, found.mean_product)] == [0.0, 1.0, 0.0]
    gentle = eqx.tree_at(lambda h: h.slope, here, jnp.asarray([0.1, -0.3, 0.2, 0.0, 0.05]))
    assert float(residuals(bare(), gentle, empty).dual_error) == 0.3
    assert float(found.complementarity_error(jnp.asarray(0.3))) == 0.0


def test_the_complementarity_error_is_the_largest_distance_of_a_product_from_the_barrier() -> None:
    """Products 0.5, 0.2 and 0.9 over a scale of 4: either side of the barrier may be the farther one."""
    assert float(made_up().complementarity_error(jnp.asarray(0.3))) == pytest.approx(0.15)
    assert float(made_up().complementarity_error(jnp.asarray(0.7))) == pytest.approx(0.125)


def test_the_error_is_the_largest_of_the_three() -> None:
    """Dual 0.03, primal 0.02, complementarity 0.6 or 0.4 over the scale."""
    assert float(made_up().error_at(jnp.asarray(0.3))) == pytest.approx(0.15)
    assert float(made_up(60.0).error_at(jnp.asarray(0.3))) == pytest.approx(0.03)
    less = eqx.tree_at(lambda r: r.dual_error, made_up(60.0), jnp.asarray(0.001))
    assert float(less.error_at(jnp.asarray(0.3))) == pytest.approx(0.02)
