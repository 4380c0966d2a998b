"""From the solver's last state to a solution in the program's own units."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.base import Solution, Status
from capexmodel.solvers.outcome import solution_of
from capexmodel.solvers.state import FREE as FREE_PHASE
from capexmodel.solvers.state import RESTORE, State, fresh_filter
from tests.unit.solvers.tiny import AFFINE_ON, AFFINE_SCALE, FREE, ON, SCALE, X, gradients, linearized, point, program


def state(status: Status = Status.OPTIMAL, phase: int = FREE_PHASE) -> State:
    """A last state with numbers of its own."""
    number, count = jnp.asarray(0.5), jnp.asarray(3, jnp.int32)
    return State(
        point=point(),
        here=linearized(),
        barrier=number,
        phase=jnp.asarray(phase, jnp.int32),
        filters=fresh_filter(number),
        shift=number,
        history=jnp.ones(4),
        switches=count,
        stuck=count,
        restorations=count,
        entry_violation=number,
        first_objective=number,
        status=jnp.asarray(int(status), jnp.int32),
        steps=jnp.asarray(29, jnp.int32),
        errors=jnp.asarray([0.03, 0.05, 0.07]),
        inner_error=number,
        checked_violation=number,
        checked_step=count,
        mean_product=number,
    )


def solved(status: Status = Status.OPTIMAL, tolerance: float = 1e3, phase: int = FREE_PHASE) -> Solution:
    """The solution of the program at the point."""
    return solution_of(program(), state(status, phase), jnp.asarray(tolerance))


def test_point_value_steps_and_errors_are_those_of_the_state() -> None:
    """The value is unscaled."""
    found = solved()
    assert np.asarray(found.x).tolist() == X.tolist()
    assert float(found.value) == pytest.approx(float(linearized().objective) / 0.7, rel=1e-14)
    assert int(found.steps) == 29
    assert [float(found.errors.primal), float(found.errors.dual), float(found.errors.complementarity)] == [0.03, 0.05, 0.07]
    assert found.status.dtype == jnp.int32


def test_prices_of_rows_are_unscaled_and_those_of_rows_that_are_off_are_zero() -> None:
    """Times the row's scale, divided by the objective's."""
    found, price = solved().multipliers, np.asarray(point().price)
    assert np.allclose(found.inequality, np.where(ON[1:4], price[:3] * SCALE[1:4] / 0.7, 0.0), rtol=1e-13)
    assert np.allclose(found.affine, np.where(AFFINE_ON, price[3:7] * AFFINE_SCALE / 0.7, 0.0), rtol=1e-13)
    assert np.allclose(found.equality, np.asarray(point().equality_price) * SCALE[4:] / 0.7, rtol=1e-13)


@pytest.mark.parametrize(("slope", "sign"), [(50.0, 1.0), (-50.0, -1.0)])
@pytest.mark.parametrize("phase", [FREE_PHASE, RESTORE])
def test_a_fixed_variable_is_priced_by_what_the_rest_leaves(slope: float, sign: float, phase: int) -> None:
    """At the lower bound if its slope is positive, at the upper one else; without the objective's slope while feasibility is restored."""
    here = eqx.tree_at(lambda h: h.slope, linearized(), linearized().slope.at[4].set(slope))
    equality = jnp.asarray([0.37, -0.62]) + (0.0 if phase == FREE_PHASE else -40.0 * sign * jnp.sign(here.equality_jacobian[:, 4]))
    last = eqx.tree_at(lambda s: (s.here, s.point.equality_price), state(phase=phase), (here, equality))
    found = solution_of(program(), last, jnp.asarray(1.0)).multipliers
    rest = -gradients(here).T @ np.asarray(point().price) - np.asarray(here.equality_jacobian).T @ np.asarray(equality)
    rest = rest[4] + (slope if phase == FREE_PHASE else 0.0)
    assert sign * rest > 1.0
    price = np.asarray(point().price)
    lower, upper = np.where(FREE, price[7:12], max(rest, 0.0)), np.where(FREE, price[12:], max(-rest, 0.0))
    assert np.allclose(found.lower, lower / 0.7, rtol=1e-12)
    assert np.allclose(found.upper, upper / 0.7, rtol=1e-12)


def test_bounds_of_a_kind_that_is_not_there_have_no_price_but_a_fixed_variable_does() -> None:
    """Lower bounds alone: upper prices are zero."""
    below = dataclasses.replace(program(), upper=jnp.zeros(0), bounded=program().bounded[:5])
    here = eqx.tree_at(lambda h: h.slope, linearized(), linearized().slope.at[4].set(-50.0))
    last = eqx.tree_at(lambda s: (s.here, s.point.slack, s.point.price), state(), (here, point().slack[:12], point().price[:12]))
    found = solution_of(below, last, jnp.asarray(1.0)).multipliers
    assert np.allclose(found.lower[:4], np.asarray(point().price)[7:11] / 0.7, rtol=1e-13)
    assert np.asarray(found.upper[:4]).tolist() == [0.0] * 4
    assert float(found.upper[4]) > 1.0


@pytest.mark.parametrize(
    ("status", "feasible", "ended"),
    [
        (Status.RUNNING, True, Status.FEASIBLE_NOT_PROVEN),
        (Status.RUNNING, False, Status.MAX_ITER),
        (Status.NUMERIC, True, Status.FEASIBLE_NOT_PROVEN),
        (Status.NUMERIC, False, Status.NUMERIC),
        (Status.OPTIMAL, True, Status.OPTIMAL),
        (Status.OPTIMAL, False, Status.OPTIMAL),
        (Status.INFEASIBLE, True, Status.INFEASIBLE),
        (Status.UNBOUNDED, True, Status.UNBOUNDED),
    ],
)
def test_how_a_search_ended_is_named_by_its_status_and_its_violation(status: Status, feasible: bool, ended: Status) -> None:
    """A violation equal to the tolerance is feasible."""
    here = linearized()
    worst = max(float(np.abs(np.asarray(here.equality)).max()), float(-np.asarray(here.rows).min()))
    assert int(solved(status, worst if feasible else 0.999 * worst).status) == ended
