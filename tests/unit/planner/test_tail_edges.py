"""Rows, bounds and start of a step over some futures, on two choices and three futures."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner import tail as module
from capexmodel.planner.chart import Linear
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found, Given
from capexmodel.planner.tail import Goal, Near
from capexmodel.planning.limits import Balance, Crews
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import NonlinearProgram, Solution
from capexmodel.solvers.kept import blank
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town

LEVEL = np.array([[1.0, 2.0, 3.0], [4.0, 1.5, 0.5]])
SLOPE = np.arange(12.0).reshape(2, 3, 2) / 4.0
AT = np.array([2.0, 0.25])


def near() -> Near:
    """Two lines; half of the futures are looked at."""
    linear = fake(
        Linear, matrix=jnp.array([[1.0, -1.0]]), offset=jnp.array([0.5]), sums_matrix=jnp.array([[3.0, 2.0]]), sums_offset=jnp.array([0.25])
    )
    given = fake(Given, scenario=changed(town(), preference__ridge_s=51.0), size=sizes(), linear=linear)
    return Near(given, Goal(*(jnp.asarray(one) for one in (0.5, 1.25, 7.0, 0.0))), jnp.array(LEVEL), jnp.array(SLOPE))


def test_rows_hold_dates_below_the_quantile_and_its_excess_and_their_mean_below_the_bound() -> None:
    over, quantile, excess = 0.75, 3.5, np.array([0.1, 0.2, 0.4])
    z = jnp.asarray(np.concatenate([AT, [over, quantile], excess]))
    late = LEVEL + SLOPE @ AT
    wanted = [2.0 - 0.25 + 0.5, *np.ravel(quantile + excess - late), over + 1.25 - (quantile + 0.7 / 1.5)]
    np.testing.assert_allclose(module._rows(z, near()), wanted, rtol=1e-12)
    assert near().sizes == (2, 3)


def test_sums_come_with_what_is_over_the_bound() -> None:
    z = jnp.asarray([*AT, 0.75, 3.5])
    assert module._sums(z, near()).tolist() == [6.75]
    assert module._sums_and_excess(z, near()).tolist() == [6.75, 0.75]
    assert float(module._ridge(near())) == 21.0


@pytest.mark.parametrize("bounded", [True, False])
def test_a_step_starts_at_the_plan_and_stays_within_its_radius(monkeypatch, bounded: bool) -> None:
    asked = []

    def minimize(left, start, near, solver, certified):
        assert (solver.cold_barrier, certified) == (0.1, False)
        asked.append(start)
        return blank(Solution)

    monkeypatch.setattr(
        module, "_program", lambda found, lines, count, bounds: asked.append((lines, count, *bounds)) or fake(NonlinearProgram)
    )
    monkeypatch.setattr(module, "minimize", minimize)
    module.step(fake(Found, reduced=fake(Reduced, open=np.array([True, False]))), near(), AT, 0.5, bounded)
    (lines, count, lower, upper), start = asked
    end = np.inf
    assert (lines, count) == (2, 3)
    assert lower.tolist() == [1.5, 0.0, 0.0 if bounded else -end, -end, 0.0, 0.0, 0.0]
    assert upper.tolist() == [2.5, 0.0, *[end] * 5]
    date = np.max(LEVEL + SLOPE @ AT, axis=0)
    excess = np.maximum(date - np.median(date), 0.0) + 1.0
    over = np.median(date) + excess.sum() / 1.5 - 1.25 + 1.0
    np.testing.assert_allclose(start, [*AT, over, np.median(date), *excess], rtol=1e-12)


def test_a_problem_looks_at_the_balances_it_holds() -> None:
    limits = Crews(), Balance("network_ports_count"), Balance("it_power_w")
    assert set(module.balances_of(Problem(town(), subject_to=limits))) == {"network_ports_count", "it_power_w"}
    assert module.balances_of(Problem(town(), subject_to=(Crews(),))) == ()
