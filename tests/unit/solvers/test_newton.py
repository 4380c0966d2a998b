"""Newton directions, against the whole linear system of the optimality conditions solved at once."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import newton
from capexmodel.solvers.dense import Dense
from capexmodel.solvers.newton import NewtonSystem, direction, newton_system, reduced_matrix
from capexmodel.solvers.structure import Rows
from tests.unit.solvers.tiny import BOUNDED, COUNTED, FREE, bare, gradients, hessian, linearized, newton_step, point, program

TARGETS = np.where(COUNTED, 0.05 * np.arange(3.0, 20.0), 0.0)


def gap() -> np.ndarray:
    """Rows less their slacks; bounds have none."""
    return np.concatenate([np.asarray(linearized().rows) - np.asarray(point().slack)[:7], np.zeros(10)])


def system(shift: float = 0.0) -> NewtonSystem:
    """The factorized matrix at the point."""
    return newton_system(program(), linearized(), point(), jnp.asarray(shift))


def reduced() -> np.ndarray:
    """Hessian of the Lagrangian plus the outer products of all limits, weighted by price over slack; the fixed variable stays."""
    at, grads = point(), gradients(linearized())
    whole = hessian(np.concatenate([[1.0], -np.asarray(at.price)[:3], -np.asarray(at.equality_price)]))
    whole = whole + grads.T @ np.diag(np.asarray(at.price) / np.asarray(at.slack)) @ grads
    return np.where(np.outer(FREE, FREE), whole, np.diag(1.0 * ~FREE))


@pytest.mark.parametrize("equality", [None, 2.5])
def test_the_reduced_matrix_is_the_hessian_plus_weighted_outer_products(equality: float | None) -> None:
    """Of all limits, and of the equality rows where they are given weights."""
    here, weights = linearized(), np.where(COUNTED, np.arange(2.0, 19.0), 0.0)
    start = np.diag([3.0, 4.0, 5.0, 6.0, 7.0]) + 0.25
    grads, equal = gradients(here), np.asarray(here.equality_jacobian)
    added = None if equality is None else jnp.asarray([equality, equality + 1.0])
    found = reduced_matrix(program(), here, Dense(jnp.asarray(start)), jnp.asarray(weights), added)
    expected = start + grads.T @ np.diag(weights) @ grads
    if equality is not None:
        expected = expected + equal.T @ np.diag([equality, equality + 1.0]) @ equal
    assert np.allclose(found.whole, np.where(np.outer(FREE, FREE), expected, np.diag(1.0 * ~FREE)), rtol=1e-13)


def test_kinds_of_rows_that_are_not_there_add_nothing() -> None:
    """Only curved rows, only affine ones, none at all, and weights for equalities that are not there."""
    here, start = linearized(), Dense(jnp.eye(5) * 3.0)
    none, weights = jnp.zeros((0, 5)), np.concatenate([np.arange(2.0, 9.0), np.where(BOUNDED, 1.5, 0.0)])
    walls = np.diag([1.5, 1.5, 3.0, 0.0, 0.0])
    curved = dataclasses.replace(program(), counts=(3, 0, 2), matrix=Rows(none, (), ()))
    found = reduced_matrix(curved, here, start, jnp.asarray(np.concatenate([weights[:3], weights[7:]])))
    jacobian = np.asarray(here.jacobian)
    expected = 3.0 * np.eye(5) + walls + jacobian.T @ np.diag(weights[:3]) @ jacobian
    assert np.allclose(found.whole, np.where(np.outer(FREE, FREE), expected, np.diag(1.0 * ~FREE)), rtol=1e-13)
    flat = eqx.tree_at(lambda h: h.jacobian, here, none)
    affine = dataclasses.replace(program(), counts=(0, 4, 2))
    found = reduced_matrix(affine, flat, start, jnp.asarray(weights[3:]))
    matrix = np.asarray(program().matrix.whole)
    expected = 3.0 * np.eye(5) + walls + matrix.T @ np.diag(weights[3:7]) @ matrix
    assert np.allclose(found.whole, np.where(np.outer(FREE, FREE), expected, np.diag(1.0 * ~FREE)), rtol=1e-13)
    lone = eqx.tree_at(lambda h: (h.jacobian, h.equality, h.equality_jacobian), here, (none, jnp.zeros(0), none))
    assert np.array_equal(reduced_matrix(bare(), lone, start, jnp.zeros(0), jnp.zeros(0)).whole, 3.0 * np.eye(5))


def test_the_matrix_of_a_point_has_the_equality_rows_added_with_the_light_weight() -> None:
    """A hundred times E'E in the free variables, softened by a part in 1e9."""
    found, equal = system(), np.where(FREE, np.asarray(linearized().equality_jacobian), 0.0)
    added = 100.0 / (1.0 + 1e-9)
    assert float(found.added) == pytest.approx(added, rel=1e-14)
    assert np.allclose(found.matrix.whole, reduced() + added * equal.T @ equal, rtol=1e-13)
    columns = np.linalg.solve(reduced() + added * equal.T @ equal, equal.T)
    assert np.allclose(found.columns, columns, rtol=1e-10, atol=1e-14)
    assert np.allclose(found.complement, 1e-11 * np.eye(2) + (1.0 - 1e-11 * added) * equal @ columns, rtol=0.0, atol=1e-15)
    assert float(found.factor.shift) == 0.0


def test_the_heavy_weight_is_taken_where_the_light_one_leaves_the_matrix_indefinite() -> None:
    """diag(-500, 3) with the row (1.5, 0) needs more than 222; the heavy weight is 1e4 of the largest entry."""
    row = jnp.asarray([[1.5, 0.0]])
    found = float(newton._weight(Dense(jnp.diag(jnp.asarray([-500.0, 3.0]))), row))
    assert found == pytest.approx(5e6 / (1.0 + 5e-5), rel=1e-14)
    assert float(newton._weight(Dense(jnp.diag(jnp.asarray([-0.4, 0.5]))), 1e-3 * row)) == pytest.approx(1e4 / (1.0 + 1e-7), rel=1e-14)
    assert float(newton._weight(Dense(jnp.diag(jnp.asarray([-200.0, 3.0]))), row)) == pytest.approx(100.0 / (1.0 + 1e-9), rel=1e-14)


def test_without_equalities_the_matrix_stands_alone() -> None:
    """The Hessian of the objective, no weight, no columns."""
    none, rows = jnp.zeros(0), jnp.zeros((0, 5))
    here = eqx.tree_at(lambda h: (h.rows, h.equality, h.jacobian, h.equality_jacobian), linearized(), (none, none, rows, rows))
    at = eqx.tree_at(lambda p: (p.slack, p.price, p.equality_price), point(), (none, none, none))
    found = newton_system(bare(), here, at, jnp.asarray(0.0))
    objective = hessian(np.asarray([1.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
    assert np.allclose(found.matrix.whole, objective, rtol=1e-13)
    assert (float(found.added), found.columns.shape, found.complement.shape) == (0.0, (5, 0), (0, 0))
    change = direction(bare(), here, at, found, none, none, none)
    assert np.allclose(change.x, -np.linalg.solve(objective, np.asarray(here.slope)), rtol=1e-12)
    assert change.equality_price.shape == (0,)


def test_a_last_shift_is_where_the_next_begins() -> None:
    """Curvature -5 in all directions: a third of the last shift is tried first, then eight times that; with rows all the same."""
    none, rows = jnp.zeros(0), jnp.zeros((0, 5))
    here = eqx.tree_at(lambda h: (h.rows, h.equality, h.jacobian, h.equality_jacobian), linearized(), (none, none, rows, rows))
    at = eqx.tree_at(lambda p: (p.slack, p.price, p.equality_price), point(), (none, none, none))
    curvature = (-jnp.eye(5)[None] * 5.0 / (0.7 * 1.3), *bare().dynamic[1:])
    hollow = dataclasses.replace(bare(), dynamic=curvature)
    assert float(newton_system(hollow, here, at, jnp.asarray(30.0)).factor.shift) == pytest.approx(10.0)
    assert float(newton_system(hollow, here, at, jnp.asarray(3.0)).factor.shift) == pytest.approx(8.0)
    assert float(newton_system(hollow, here, at, jnp.asarray(0.0)).factor.shift) == pytest.approx(100.0)
    hard = dataclasses.replace(program(), dynamic=(program().dynamic[0].at[0].add(-900.0 * jnp.eye(5)), *program().dynamic[1:]))
    shifts = {start: float(newton_system(hard, linearized(), point(), jnp.asarray(start)).factor.shift) for start in (3e4, 6e4)}
    assert shifts == {3e4: pytest.approx(1e4), 6e4: pytest.approx(2e4)}


@pytest.mark.parametrize("softness", [1e-11, 0.003])
def test_a_direction_solves_the_whole_system_at_once(monkeypatch: pytest.MonkeyPatch, softness: float) -> None:
    """Changes of x, slacks, prices and equality prices, for targets and gaps of all limits; soft equalities leave softness * price open."""
    monkeypatch.setattr(newton, "EQUALITY_SOFTNESS", softness)
    equality, gaps = np.asarray([0.83, -1.27]), gap() + np.where(COUNTED, 0.01 * np.arange(17.0), 0.0)
    found = direction(program(), linearized(), point(), system(), jnp.asarray(gaps), jnp.asarray(equality), jnp.asarray(TARGETS))
    expected = newton_step(TARGETS, gaps, equality, softness)
    for part, wanted in zip((found.x, found.slack, found.price, found.equality_price), expected, strict=True):
        assert np.allclose(part, wanted, rtol=1e-9, atol=1e-11)
