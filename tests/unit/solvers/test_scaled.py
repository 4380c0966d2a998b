"""The program as the solver sees it: its scales, masks and bounds, and its derivatives, by hand."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import scaled
from capexmodel.solvers.base import NonlinearProgram
from capexmodel.solvers.scaled import ScaledProgram, scale_program
from tests.unit.solvers.tiny import AFFINE_SCALE, LOWER, SCALE, UPPER, X, hessian, linearized, program

START = np.asarray([1.5, -0.5, 3.0, 0.25])
ARGS = 0.7


def objective(x: Any, args: Any) -> Any:
    """Gradient (900, 3 + args, -0.5, -7000) at the start; the last variable is fixed."""
    return 300.0 * x[:1] ** 2 + x[1] * (x[2] + args) - 7000.0 * x[3]


def curved(x: Any, args: Any) -> Any:
    """Gradients (-0.5, 1.5, 0, 40) and (0, 0, 0.001, 0), and one that is off."""
    return jnp.stack([x[0] * x[1] + 40.0 * x[3] + args, jnp.inf + x[2], 0.001 * x[2]])


def flat(x: Any, args: Any) -> Any:
    """Largest slopes of free variables 2, 5 and 4; the second row is off."""
    return jnp.stack([2.0 * x[0] - x[2] + 8.0 * x[3] - 0.3, jnp.inf + 5.0 * x[1], x[1] - 4.0 * x[2] + args])


def equal(x: Any, args: Any) -> Any:
    """Gradients (-1, 0, 6, 0) and (0, 0.5, 0, 9)."""
    return jnp.stack([x[2] ** 2 - x[0], 0.5 * x[1] + 9.0 * x[3]])


def posed(**parts: Any) -> NonlinearProgram:
    """A program of four variables, the last fixed."""
    bounds = {"lower": jnp.asarray([0.5, -jnp.inf, 1.0, 0.25]), "upper": jnp.asarray([jnp.inf, 2.0, 4.0, 0.25])}
    return NonlinearProgram(objective, **({"inequality": curved, "affine": flat, "equality": equal} | bounds | parts))


def scaled_at(**parts: Any) -> ScaledProgram:
    """The same as the solver sees it."""
    return scale_program(posed(**parts), jnp.asarray(START), ARGS)


def test_rows_are_divided_by_the_largest_slope_of_a_free_variable() -> None:
    """The objective's 900 by 9; a slope of 0.001 counts as 0.01; rows that are off are left alone."""
    found = scaled_at()
    assert np.allclose(found.scale, [1.0 / 9.0, 1.0 / 1.5, 1.0, 100.0, 1.0 / 6.0, 2.0], rtol=1e-14)
    assert np.allclose(found.affine_scale, [0.5, 1.0, 0.25], rtol=1e-14)
    assert np.asarray(found.on).tolist() == [True, True, False, True, True, True]
    assert np.asarray(found.affine_on).tolist() == [True, False, True]


def test_affine_rows_are_one_scaled_matrix_with_an_offset() -> None:
    """A row that is off reads 1 and has no slope."""
    found = scaled_at()
    assert np.allclose(found.matrix.whole, [[1.0, 0.0, -0.5, 4.0], [0.0] * 4, [0.0, 0.25, -1.0, 0.0]], rtol=1e-14)
    assert np.allclose(found.offset, [-0.15, 1.0, 0.175], rtol=1e-12)
    assert found.matrix.pieces == ()


def test_counts_and_masks_of_bounds_are_found() -> None:
    """Infinite bounds and those of the fixed variable are none."""
    found = scaled_at()
    assert (found.counts, found.row_count) == ((3, 3, 2), 6)
    assert np.asarray(found.free).tolist() == [True, True, True, False]
    assert np.asarray(found.bounded).tolist() == [True, False, True, False, False, True, True, False]
    assert np.asarray(found.walls).tolist() == [0.5, 0.0, 1.0, 0.0, 0.0, 2.0, 4.0, 0.0]
    assert not bool(found.empty)
    assert (float(found.ridge), found.lens, found.stages, found.args) == (0.0, None, None, ARGS)


def test_kinds_of_rows_and_bounds_that_are_not_there_have_no_entries() -> None:
    """Nothing but an objective."""
    found = scaled_at(inequality=None, affine=None, equality=None, lower=None, upper=None)
    assert (found.counts, found.matrix.whole.shape, found.walls.shape, found.offset.shape) == ((0, 0, 0), (0, 4), (0,), (0,))
    assert np.asarray(found.free).tolist() == [True] * 4
    assert float(found.scale[0]) == pytest.approx(1.0 / 70.0)
    assert float(found.linearize(jnp.asarray(START)).objective) == pytest.approx((675.0 - 1.85 - 1750.0) / 70.0)
    above = scaled_at(lower=None, upper=jnp.asarray([1.6, jnp.inf, 4.0, 0.5]))
    assert (above.lower.shape, np.asarray(above.upper).tolist()) == ((0,), [1.6, 0.0, 4.0, 0.5])
    assert np.asarray(above.bounded).tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    ("lower", "upper", "free", "empty"),
    [
        (0.5, 0.5 + 0.9e-12, False, False),
        (0.5, 0.5 + 1.1e-12, True, False),
        (-300.0, -300.0 + 2.5e-10, False, False),
        (-300.0, -300.0 + 3.5e-10, True, False),
        (-np.inf, 3.0, True, False),
        (5.0, 4.0, False, True),
    ],
)
def test_a_variable_is_fixed_where_its_bounds_are_a_rounding_apart(lower: float, upper: float, free: bool, empty: bool) -> None:
    """1e-12 of the bound's size, or of one; crossed bounds leave nothing to choose from."""
    walls = {"lower": jnp.asarray([lower, -5.0]), "upper": jnp.asarray([upper, 5.0])}
    found = scaled._bounds(NonlinearProgram(objective, **walls), 2)
    assert np.asarray(found[0]).tolist() == [free, True]
    assert bool(found[4]) is empty


@pytest.mark.parametrize(
    ("size", "row", "whole"),
    [
        (0.004, 100.0, 100.0),
        (0.5, 2.0, 2.0),
        (40.0, 0.025, 1.0),
        (500.0, 0.002, 0.2),
        (np.inf, 1.0, 1.0),
        (np.nan, 1.0, 1.0),
        (1.0, 1.0, 1.0),
    ],
)
def test_scales_are_one_over_a_slope_within_limits(size: float, row: float, whole: float) -> None:
    """Of a row from 0.01 up; of the objective up to 1, and from 100 up a hundredth."""
    assert np.asarray(scaled._row_scale(jnp.asarray([size, 8.0]))).tolist() == [pytest.approx(row), 0.125]
    assert float(scaled._objective_scale(jnp.asarray(size))) == pytest.approx(whole)


def test_the_size_of_a_gradient_is_its_largest_entry_of_a_free_variable() -> None:
    """On either side of zero; without rows there is none, without variables it is zero."""
    gradients = jnp.asarray([[3.0, -7.0, 90.0], [-0.5, 0.25, 40.0]])
    free = jnp.asarray([True, True, False])
    assert np.asarray(scaled._sizes(gradients, free)).tolist() == [7.0, 0.5]
    assert np.asarray(scaled._sizes(jnp.zeros((2, 0)), jnp.zeros(0, bool))).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("rows", [1, 3])
def test_affine_rows_are_differentiated_whatever_their_number(rows: int) -> None:
    """Fewer or more rows than two variables."""
    matrix = np.arange(1.0, 1.0 + 2 * rows).reshape(rows, 2) ** 1.5
    affine = NonlinearProgram(objective, affine=lambda x, args: args * jnp.asarray(matrix) @ x + 3.0)
    value, slopes = scaled._affine_rows(affine, jnp.asarray([0.5, -2.0]), 4.0)
    assert np.allclose(value, 4.0 * matrix @ [0.5, -2.0] + 3.0, rtol=1e-14)
    assert np.allclose(slopes, 4.0 * matrix, rtol=1e-14)


def test_values_and_slopes_are_scaled_and_cut_into_their_kinds() -> None:
    """At a point away from where the scaling was found; the rows that are off read 1 there too."""
    x = np.asarray([2.0, 0.5, 1.5, -0.75])
    found = scaled_at().linearize(jnp.asarray(x))
    assert float(found.objective) == pytest.approx((1200.0 + 0.5 * 2.2 + 5250.0) / 9.0, rel=1e-13)
    flat_rows = [0.5 * (4.0 - 1.5 - 6.0 - 0.3), 1.0, 0.25 * (0.5 - 6.0 + 0.7)]
    assert np.allclose(found.rows, [(1.0 - 30.0 + 0.7) / 1.5, 1.0, 0.15, *flat_rows], rtol=1e-13)
    assert np.allclose(found.equality, [(2.25 - 2.0) / 6.0, 2.0 * (0.25 - 6.75)], rtol=1e-13)
    assert np.allclose(found.slope, np.asarray([1200.0, 2.2, 0.5, -7000.0]) / 9.0, rtol=1e-13)
    assert np.allclose(found.jacobian, [np.asarray([0.5, 2.0, 0.0, 40.0]) / 1.5, [0.0] * 4, [0.0, 0.0, 0.1, 0.0]], rtol=1e-13)
    assert np.allclose(found.equality_jacobian, [np.asarray([-1.0, 0.0, 3.0, 0.0]) / 6.0, [0.0, 1.0, 0.0, 18.0]], rtol=1e-13)


def test_a_tiny_program_is_linearized_as_by_hand() -> None:
    """Five variables, quadratic rows of every kind."""
    found, expected = program().linearize(jnp.asarray(X)), linearized()
    for field in dataclasses.fields(expected):
        assert np.allclose(getattr(found, field.name), getattr(expected, field.name), rtol=1e-12), field.name


@pytest.mark.parametrize("chunk", [1024, 5, 4])
def test_the_hessian_is_that_of_the_weighted_stack(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """All at once or some columns at a time."""
    monkeypatch.setattr(scaled, "HESSIAN_CHUNK", chunk)
    weights = np.asarray([1.4, -0.6, 2.3, 0.8, -1.7, 3.1])
    assert np.allclose(program().hessian(jnp.asarray(X), jnp.asarray(weights)).whole, hessian(weights), rtol=1e-12, atol=1e-13)


def test_the_stack_is_seen_scaled_where_it_is_on() -> None:
    """Objective, inequalities, equalities; without a lens x is seen itself."""
    x = jnp.asarray(X)
    assert program().look(x) is x
    found, here = program().seen(x), linearized()
    assert np.allclose(found, np.concatenate([[float(here.objective)], np.asarray(here.rows)[:3], np.asarray(here.equality)]), rtol=1e-13)
    assert [np.asarray(part).tolist() for part in program().split(jnp.arange(6.0))] == [0.0, [1.0, 2.0, 3.0], [4.0, 5.0]]
    assert np.asarray(program().walls).tolist() == [*LOWER, *UPPER]


def test_prices_are_unscaled_by_kind_and_scaled_again() -> None:
    """Times the row's scale, divided by the objective's."""
    rows, equality = np.arange(3.0, 10.0), np.asarray([-2.5, 4.5])
    found = program().unscaled(jnp.asarray(rows), jnp.asarray(equality))
    expected = rows[:3] * SCALE[1:4] / 0.7, rows[3:] * AFFINE_SCALE / 0.7, equality * SCALE[4:] / 0.7
    for part, wanted in zip(found, expected, strict=True):
        assert np.allclose(part, wanted, rtol=1e-14)
    again = program().scaled_prices(*(jnp.asarray(part) for part in expected))
    assert np.allclose(again[0], rows, rtol=1e-13)
    assert np.allclose(again[1], equality, rtol=1e-13)
