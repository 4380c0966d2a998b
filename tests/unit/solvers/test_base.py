"""What a program and its solution are: statuses, bounds where none are given, a certificate that says nothing."""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.base import Certificate, NonlinearProgram, Status, bounds, unjudged


def test_statuses_are_numbers_that_records_keep() -> None:
    told = {"RUNNING": -1, "OPTIMAL": 0, "FEASIBLE_NOT_PROVEN": 1, "INFEASIBLE": 2, "UNBOUNDED": 3, "MAX_ITER": 4, "NUMERIC": 5}
    assert {status.name: int(status) for status in Status} == told


def test_a_program_declares_nothing_of_itself() -> None:
    program = NonlinearProgram(lambda x, args: x)
    assert program.convex is False
    rest = (program.inequality, program.affine, program.equality, program.lower, program.upper, program.row_counts, program.stages)
    assert rest == (None,) * 7


def test_bounds_that_are_not_given_have_no_end() -> None:
    lower, upper = bounds(NonlinearProgram(lambda x, args: x), 3)
    np.testing.assert_array_equal(lower, [-math.inf] * 3)
    np.testing.assert_array_equal(upper, [math.inf] * 3)
    lower, upper = bounds(NonlinearProgram(lambda x, args: x, lower=jnp.asarray([-2.0, 3.0])), 2)
    np.testing.assert_array_equal([lower, upper], [[-2.0, 3.0], [math.inf, math.inf]])
    lower, upper = bounds(NonlinearProgram(lambda x, args: x, upper=jnp.asarray([4.0])), 2)
    np.testing.assert_array_equal([lower, upper], [[-math.inf, -math.inf], [4.0, 4.0]])
    lower, _ = bounds(NonlinearProgram(lambda x, args: x, lower=jnp.asarray([4.0])), 3)
    np.testing.assert_array_equal(lower, [4.0, 4.0, 4.0])


def test_a_point_that_nobody_judged_has_no_figures_and_no_counts() -> None:
    for field in dataclasses.fields(Certificate):
        number = getattr(unjudged(), field.name)
        assert (number.dtype, number.shape) == ((jnp.int32 if "count" in field.name else jnp.float64), ())
        assert int(number) == 0 if "count" in field.name else math.isnan(number)
