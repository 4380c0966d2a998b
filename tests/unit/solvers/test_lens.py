"""Which programs are looked at through one affine map, and what that map is."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import NonlinearProgram, Stages
from capexmodel.solvers.curvature import curvature_of
from capexmodel.solvers.lens import Lens, inner_of, lens_of
from capexmodel.solvers.structure import Border, Piece, Pieced, Through

MATRIX = np.array([[1.5, 0.0, -2.5], [0.0, 0.7, 3.5]])


def inner(x: Any, args: Any) -> Any:
    return jnp.asarray(MATRIX) @ x + args


def other(x: Any, args: Any) -> Any:
    return inner(x, args)


def outer(y: Any, args: Any) -> Any:
    return y[0] ** 2 + y[1]


def ridge(args: Any) -> Any:
    return 0.3


def program(**parts: Any) -> NonlinearProgram:
    plain = Through(outer, inner)
    return dataclasses.replace(NonlinearProgram(Through(outer, inner, ridge), plain, equality=plain), **parts)


def test_functions_that_all_look_through_one_map_have_an_inner_one() -> None:
    assert inner_of(program()) is inner
    assert inner_of(program(inequality=None)) is inner
    assert inner_of(NonlinearProgram(Through(outer, inner))) is inner
    assert inner_of(program(affine=outer)) is inner


@pytest.mark.parametrize("part", ["objective", "inequality", "equality"])
def test_one_that_looks_through_none_or_another_is_enough_to_have_none(part: str) -> None:
    assert inner_of(program(**{part: outer})) is None
    assert inner_of(program(**{part: Through(outer, other)})) is None


def test_rows_with_a_ridge_and_stages_have_none() -> None:
    assert inner_of(program(inequality=Through(outer, inner, ridge))) is None
    assert inner_of(program(equality=Through(outer, inner, ridge))) is None
    assert inner_of(program(stages=Stages(3, 1))) is None


def test_a_lens_is_the_inner_maps_matrix_and_shift() -> None:
    x, args = np.array([0.4, 0.9, 1.7]), np.array([11.0, 13.0])
    lens = lens_of(program(), jnp.asarray(x), jnp.asarray(args))
    np.testing.assert_allclose(lens.matrix, MATRIX)
    np.testing.assert_allclose(lens.shift, args)
    np.testing.assert_allclose(lens(jnp.asarray(2.0 * x)), MATRIX @ (2.0 * x) + args)
    assert lens.curvature is None
    assert lens.places is None
    assert isinstance(lens, Lens)


def test_products_of_known_curvature_have_places_in_fronts() -> None:
    known = curvature_of(np.array([[True, False], [False, False]]), MATRIX * [[1.0, 1.0, 0.4]] > 0)
    assert known is not None
    fronts = Pieced(outer, (Piece(jnp.asarray([0]), jnp.asarray([0, 1]), 1),), Border(jnp.asarray([1, 2]), (jnp.asarray([0]),)))
    x, args = jnp.ones(3), jnp.zeros(2)
    told = Through(outer, inner, curvature=known)
    assert lens_of(program(objective=told), x, args).curvature is known
    assert lens_of(program(objective=told), x, args).places is None
    np.testing.assert_array_equal(lens_of(program(objective=told, affine=fronts), x, args).places, [0])
    assert lens_of(program(affine=fronts), x, args).places is None


def test_the_places_are_of_a_products_row_and_its_column() -> None:
    """One entry of the second derivative, between the inner numbers: both halves."""
    touched = np.array([[False, True, False], [True, False, False]])
    known = curvature_of(np.array([[False, True], [False, False]]), touched)
    assert known is not None
    fronts = Pieced(outer, (Piece(jnp.asarray([0]), jnp.asarray([0, 1]), 1),), Border(jnp.asarray([1, 2]), (jnp.asarray([0]),)))
    lens = lens_of(program(objective=Through(outer, inner, curvature=known), affine=fronts), jnp.ones(3), jnp.zeros(2))
    np.testing.assert_array_equal(lens.places, [2, 1])
