"""Many programs at once: which lanes go together, when, and that each gets its own answer back."""

import inspect
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers import InteriorPoint, NonlinearProgram, Solution, Status
from capexmodel.solvers import batch as module
from capexmodel.solvers.batch import _gone_on, _opened, minimize_batch
from capexmodel.solvers.kept import blank
from capexmodel.solvers.minimize import unpriced
from capexmodel.solvers.state import FREE, RESTORE, State

NEEDS = np.array([5, 100, 12, 13, 30, 1000, 24])
LANES = NEEDS.size
HARD = np.isin(np.arange(LANES), [1, 3])


def state_of(lanes: int, steps: Any, need: Any, hard: Any) -> State:
    """Where lanes are: at an end once they took the steps they need."""
    none = jax.tree.map(lambda _: np.zeros(lanes), blank(State))
    status = np.where(steps >= need, int(Status.OPTIMAL), int(Status.RUNNING))
    return eqx.tree_at(lambda s: (s.status, s.steps, s.phase), none, (status, steps, np.where(hard, RESTORE, FREE)))


def solution_of(x: np.ndarray, steps: np.ndarray) -> Solution:
    none = jax.tree.map(lambda _: np.zeros(len(x)), blank(Solution))
    return eqx.tree_at(lambda s: (s.x, s.steps), none, (10.0 * x, steps))


SOLVER = InteriorPoint(max_steps=84)


def check(program: Any, begin: Any, solver: Any) -> None:
    """What all lanes have in common is handed on."""
    assert isinstance(program, NonlinearProgram)
    assert isinstance(begin, Solution)
    assert int(solver.max_steps) == 84


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], int]]:
    """Lanes and steps of every chunk, in order; no program is solved."""
    seen: list[tuple[list[int], int]] = []

    def first(program: Any, begin: Any, x0s: Any, args: Any, solver: Any, steps: Any) -> tuple[State, Solution]:
        check(program, begin, solver)
        seen.append(([int(lane) for lane in x0s[:, 0]], int(steps)))
        taken = np.minimum(steps, args["need"])
        return state_of(len(x0s), taken, args["need"], args["hard"]), solution_of(x0s, taken)

    def following(program: Any, begin: Any, x0s: Any, args: Any, solver: Any, steps: Any, at: State) -> tuple[State, Solution]:
        check(program, begin, solver)
        seen.append(([int(lane) for lane in x0s[:, 0]], int(steps)))
        taken = np.minimum(at.steps + steps, args["need"])
        return state_of(len(x0s), taken, args["need"], args["hard"]), solution_of(x0s, taken)

    monkeypatch.setattr(module, "_FIRST", first)
    monkeypatch.setattr(module, "_NEXT", following)
    return seen


def bowl(x: Any, args: Any) -> Any:
    return jnp.sum((x - 3.0) ** 2)


def starts() -> np.ndarray:
    return np.stack([np.arange(LANES) * 1.0, np.linspace(0.3, 0.9, LANES)], axis=1)


def solved(**rest: Any) -> Solution:
    args = {"need": NEEDS, "hard": HARD, "more": np.zeros((LANES, 3))}
    return minimize_batch(NonlinearProgram(bowl, row_counts=(0, 0, 0)), starts(), args, SOLVER, **rest)


def test_lanes_that_have_not_ended_go_on_together_those_that_want_restoration_last(calls: list[Any]) -> None:
    told: list[tuple[int, int]] = []
    found = solved(chunk=3, progress=lambda ended, lanes: told.append((ended, lanes)))
    first = [([0, 1, 2], 12), ([3, 4, 5], 12), ([6, 6, 6], 12)]
    second = [([4, 5, 6], 24), ([1, 3, 1], 24)]
    assert calls == [*first, *second, ([5, 1, 5], 48)]
    assert told == [(2, 7), (5, 7), (7, 7)]
    np.testing.assert_array_equal(found.x, 10.0 * starts())
    np.testing.assert_array_equal(found.steps, np.minimum(NEEDS, 12 + 24 + 48))
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(found))


def test_a_chunk_is_no_larger_than_there_are_lanes_nor_than_the_usual(calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    solved()
    assert calls[0] == ([0, 1, 2, 3, 4, 5, 6], 12)
    assert calls[1] == ([4, 5, 6, 1, 3, 4, 5], 24)
    assert module.CHUNK == 64


@pytest.mark.parametrize(
    ("x0", "args", "told"),
    [
        (np.zeros(3), None, r"one row a lane, not an array of shape \(3,\)"),
        (np.zeros((2, 3, 4)), None, r"one row a lane, not an array of shape \(2, 3, 4\)"),
        (np.zeros((3, 2)), {"a": np.zeros(3), "b": np.zeros((4, 3))}, r"axis of 3 lanes, as x0 has, but one has shape \(4, 3\)"),
        (np.zeros((3, 2)), 0.5, r"axis of 3 lanes, as x0 has, but one has shape \(\)"),
        (np.zeros((0, 2)), None, "at least one lane"),
    ],
)
def test_lanes_that_do_not_match_are_an_error(x0: np.ndarray, args: Any, told: str) -> None:
    with pytest.raises(SolveError, match=told):
        inspect.unwrap(minimize_batch)(NonlinearProgram(bowl, row_counts=(0, 0, 0)), x0, args)


def shifted(x: Any, args: Any) -> Any:
    return jnp.sum((x - args) ** 2)


class Still(InteriorPoint):
    """Takes the start, moved by as many hundreds as it may take steps, for the answer, and cold starts alone."""

    def go_easily(self, program: Any, begin: Any, warm: Any, args: Any, steps: Any) -> tuple[State, Solution]:
        state = jax.tree.map(lambda _: jnp.zeros(()), blank(State))
        return state, eqx.tree_at(lambda s: (s.x, s.value), begin, (begin.x + 100.0 * steps, jnp.asarray(warm, float)))

    def go_on(self, program: Any, begin: Any, warm: Any, args: Any, state: State, steps: Any) -> tuple[State, Solution]:
        return eqx.tree_at(lambda s: s.steps, state, state.steps + steps), self.go_easily(program, begin, warm, args, steps)[1]


def test_each_lane_begins_at_its_own_start_is_cold_and_is_judged_with_its_own_args() -> None:
    program, x0s, args = NonlinearProgram(shifted, row_counts=(0, 0, 0)), jnp.asarray([[1.0, 2.0], [3.0, 5.0]]), jnp.asarray([0.5, 0.25])
    begin, steps = unpriced(program, x0s[0], args[0]), jnp.asarray(7)
    state, found = _opened(program, begin, x0s, args, Still(), steps)
    later, again = _gone_on(program, begin, x0s, args, Still(), steps, eqx.tree_at(lambda s: s.steps, state, jnp.asarray([4, 6])))
    np.testing.assert_array_equal(later.steps, [11, 13])
    for one in (found, again):
        np.testing.assert_array_equal(one.x, [[701.0, 702.0], [703.0, 705.0]])
        np.testing.assert_array_equal(one.value, [0.0, 0.0])
        np.testing.assert_allclose(one.certificate.value, [700.5**2 + 701.5**2, 702.75**2 + 704.75**2])


def test_one_lane_is_a_batch(calls: list[Any]) -> None:
    args = {"need": np.array([40]), "hard": np.array([False])}
    found = minimize_batch(NonlinearProgram(bowl, row_counts=(0, 0, 0)), np.array([[3.0, 4.0]]), args, SOLVER)
    np.testing.assert_array_equal(found.x, [[30.0, 40.0]])
    assert calls == [([3], 12), ([3], 24), ([3], 48)]


def test_a_batch_asks_for_long_floats(calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise SolveError("short floats")

    monkeypatch.setattr(module, "require_x64", refused)
    with pytest.raises(SolveError, match="short floats"):
        solved()
