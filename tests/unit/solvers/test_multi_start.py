"""How many starts agree, by what each of them found."""

import sys
from typing import Any

import jax.numpy as jnp
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers import NonlinearProgram, Solution, Status
from capexmodel.solvers.kept import blank
from capexmodel.solvers.multi_start import multi_start

PROGRAM, ARGS, SOLVER = NonlinearProgram(lambda x, args: x[0]), object(), None


def ended(value: float, status: Status) -> Solution:
    solution = blank(Solution)
    object.__setattr__(solution, "value", jnp.asarray(value))
    object.__setattr__(solution, "status", jnp.asarray(int(status)))
    return solution


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start is the value that is found and how the search ends."""

    def found(program: Any, start: Any, args: Any, solver: Any) -> Solution:
        assert (program, args, solver) == (PROGRAM, ARGS, SOLVER)
        return ended(float(start[0]), Status(int(start[1])))

    monkeypatch.setattr(sys.modules["capexmodel.solvers.multi_start"], "minimize", found)


def agreed(*starts: tuple[float, Status], **rest: Any) -> tuple[float, int, int]:
    found = multi_start(PROGRAM, [jnp.asarray(start, float) for start in starts], ARGS, SOLVER, **rest)
    assert [float(one.value) for one in found.solutions] == [value for value, _ in starts]
    return float(found.best.value), found.agreeing_count, found.start_count


GOOD, BAD = Status.OPTIMAL, Status.MAX_ITER


@pytest.mark.usefixtures("looked_up")
def test_the_best_is_the_least_of_the_optimal_ones_and_near_ones_agree() -> None:
    assert agreed((40.00002, GOOD), (7.0, BAD), (40.0, GOOD), (40.00008, GOOD), (60.0, GOOD), (40.0, BAD)) == (40.0, 2, 6)


@pytest.mark.usefixtures("looked_up")
def test_small_values_agree_by_their_difference_and_negative_ones_by_their_size() -> None:
    assert agreed((0.25, GOOD), (0.2500008, GOOD), (0.2500015, GOOD)) == (0.25, 2, 3)
    assert agreed((-40.0, GOOD), (-39.99998, GOOD), (-39.9999, GOOD)) == (-40.0, 2, 3)


@pytest.mark.usefixtures("looked_up")
def test_how_near_is_near_may_be_said_and_the_end_counts() -> None:
    assert agreed((4.0, GOOD), (5.0, GOOD), (5.01, GOOD), (8.0, GOOD), agree_within=0.25) == (4.0, 2, 4)


@pytest.mark.usefixtures("looked_up")
def test_where_none_is_optimal_the_first_stands_and_nothing_agrees() -> None:
    assert agreed((9.0, BAD), (7.0, Status.INFEASIBLE), (8.0, BAD)) == (9.0, 0, 3)


def test_there_must_be_a_start() -> None:
    with pytest.raises(SolveError, match="give at least one"):
        multi_start(PROGRAM, [])
