"""A step towards plans for many futures keeps to what its problem may choose."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.model.leaves import leaf
from capexmodel.planner.robust import Wanted
from capexmodel.planner.search import Given, prepare, search
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planner.tail import Near, futures, look, step
from capexmodel.planning.objective import TimeToModel
from capexmodel.planning.problem import Problem
from capexmodel.solvers import Status

NOBODY_TO_HIRE = ["staff.hiring_per_year=0"]
HARDER = np.array([[0.9], [1.0], [1.1], [1.3]])
"""Times the work of the run, in each future."""


@pytest.mark.long
def test_a_step_leaves_alone_what_is_not_to_be_chosen() -> None:
    """Told that every future is sooner with more of what is closed, it does not believe it."""
    chart, problem = SharedChart(), Problem(load("one_period", NOBODY_TO_HIRE))
    prepare(Problem(load("one_period")), shared=chart)
    found = search(problem, prepare(problem, shared=chart))
    open_, at = found.reduced.open, np.asarray(found.solution.x)
    assert 0 < open_.sum() < open_.size
    work, aim = leaf(problem.scenario, "job.model.work_eflop"), problem.minimize
    assert isinstance(aim, TimeToModel)
    ahead = futures(problem.scenario, aim, (work,), jnp.asarray(HARDER * float(work.read(problem.scenario))))
    date, slope = look(found, ahead, jnp.asarray(at, float))
    level, told = date - slope @ at, np.where(open_, slope, -1.0)
    given = Given(problem.scenario, found.size, found.reduced.chart, found.reduced.linear)
    near = Near(given, Wanted(0.5).goal(found), jnp.asarray(level[None], float), jnp.asarray(told[None], float))
    solution = step(found, near, at, 1.0, bounded=False)
    assert int(solution.status) in (Status.OPTIMAL, Status.FEASIBLE_NOT_PROVEN)
    np.testing.assert_array_equal(np.asarray(solution.x)[: at.size][~open_], 0.0)
