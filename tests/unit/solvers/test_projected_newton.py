"""Newton steps in a box by hand: what is held at a bound, how damping grows and fades, and when it ends."""

import itertools
import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import optimistix as optx
import pytest

from capexmodel.solvers import projected_newton as newton
from capexmodel.solvers.projected_newton import Local, NewtonState, ProjectedNewton, projected_gradient

EPS = 2.0**-52


def test_a_gradient_that_pushes_against_a_bound_is_none() -> None:
    x = jnp.asarray([-2.0, -2.0, 3.0, 3.0, 0.5, -2.5, 3.5])
    gradient = jnp.asarray([0.6, -0.7, 0.8, -0.9, 1.1, 1.2, -1.3])
    found = projected_gradient(x, gradient, jnp.full(7, -2.0), jnp.full(7, 3.0))
    np.testing.assert_array_equal(found, [0.0, -0.7, 0.8, 0.0, 1.1, 0.0, 0.0])


def least_in_box(matrix: np.ndarray, gradient: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The best of all points whose free entries are stationary, the others at either bound."""
    best, found = math.inf, np.zeros_like(gradient)
    for sides in itertools.product((-1, 0, 1), repeat=gradient.size):
        free = np.asarray(sides) == 0
        point = np.where(np.asarray(sides) < 0, low, high)
        point[free] = 0.0
        rest = -gradient - matrix @ point
        point[free] = np.linalg.solve(matrix[np.ix_(free, free)], rest[free])
        value = gradient @ point + 0.5 * point @ matrix @ point
        if np.all((point >= low - 1e-12) & (point <= high + 1e-12)) and value < best:
            best, found = value, point
    return found


LOW, HIGH = np.asarray([-0.3, -0.4, -0.5, -0.6]), np.asarray([0.35, 0.45, 0.55, 0.65])


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5])
def test_a_step_is_the_least_of_the_model_in_the_box(seed: int) -> None:
    random = np.random.default_rng(seed)
    root = random.normal(size=(4, 4)) * 0.2
    matrix, gradient = root @ root.T + np.diag([2.0, 3.0, 4.0, 5.0]), random.normal(size=4) * 1.5
    found = newton._step(*(jnp.asarray(part) for part in (matrix, gradient, LOW, HIGH)))
    expected = least_in_box(matrix, gradient, LOW, HIGH)
    assert np.any((expected == LOW) | (expected == HIGH))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_what_pushes_against_a_bound_at_hand_stays_there() -> None:
    """The first two are held by their bounds, the next two move off theirs, and nothing else is cut off."""
    matrix = np.diag([2.0, 3.0, 4.0, 5.0]) + 0.5
    gradient = np.asarray([0.7, -0.9, -1.0, 1.2])
    low, high = np.asarray([0.0, -9.0, 0.0, -9.0]), np.asarray([9.0, 0.0, 9.0, 0.0])
    found = newton._step(*(jnp.asarray(part) for part in (matrix, gradient, low, high)))
    assert np.all(np.asarray(found[:2]) == 0.0)
    np.testing.assert_allclose(found[2:], np.linalg.solve(matrix[2:, 2:], -gradient[2:]))


def test_a_model_that_is_not_convex_has_no_step() -> None:
    found = newton._step(jnp.diag(jnp.asarray([2.0, -3.0])), jnp.asarray([0.5, 0.6]), jnp.full(2, -9.0), jnp.full(2, 9.0))
    assert np.any(np.isnan(found))


CHAIN = np.asarray([-3.9, 3.3, -0.2, -0.8])


def solved_with(held: np.ndarray, at: np.ndarray, matrix: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The least of the model with some entries held."""
    found = np.where(held, at, 0.0)
    found[~held] = np.linalg.solve(matrix[np.ix_(~held, ~held)], (-gradient - matrix @ found)[~held])
    return found


def test_a_step_is_solved_again_as_often_as_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose second solve carries one more entry out of the box than its first, and whose third carries another."""
    matrix = np.asarray([[2.0, -1.4, 0.3, 0.0], [-1.4, 3.0, -1.7, 0.2], [0.3, -1.7, 4.0, -1.9], [0.0, 0.2, -1.9, 5.0]])
    low, high = np.asarray([-1.0, -0.6, -0.4, -0.3]), np.asarray([0.7, 0.3, 0.6, 0.6])
    raw = solved_with(np.zeros(4, bool), low, matrix, CHAIN)
    held, found = np.zeros(4, bool), [np.clip(raw, low, high)]
    for _ in range(2):
        held = held | (raw < low) | (raw > high)
        raw = solved_with(held, found[-1], matrix, CHAIN)
        found.append(np.clip(raw, low, high))
    assert np.abs(found[0] - found[1]).max() > 1e-2
    assert np.abs(found[1] - found[2]).max() > 1e-2
    for most, expected in enumerate(found):
        monkeypatch.setattr(newton, "MOST_PEELS", most)
        step = newton._step(*(jnp.asarray(part) for part in (matrix, CHAIN, low, high)))
        np.testing.assert_allclose(step, expected, atol=1e-12)


def curved(x: Any) -> Any:
    """A function whose derivatives are known: x0^3 + 2 x0 x1^2 + 5 x1."""
    return x[0] ** 3 + 2.0 * x[0] * x[1] ** 2 + 5.0 * x[1]


def test_value_and_derivatives_at_a_point() -> None:
    found = newton._local(curved, jnp.asarray([1.5, -0.7]))
    assert float(found.value) == pytest.approx(1.5**3 + 2 * 1.5 * 0.49 - 3.5)
    np.testing.assert_allclose(found.gradient, [3 * 2.25 + 2 * 0.49, -4 * 1.5 * 0.7 + 5.0])
    np.testing.assert_allclose(found.hessian, [[9.0, -2.8], [-2.8, 6.0]])


BEND = np.asarray([[6.0, 0.8], [0.8, 3.0]])
TILT = np.asarray([0.9, -1.3])
Y = np.asarray([0.4, -0.6])
MOVE = np.asarray([-0.05, 0.03])
BOX = {"low": -2.0, "high": 1.75}


def bowl(x: Any, args: Any) -> tuple[Any, str]:
    """A quadratic function, with `args` added."""
    return 0.5 * x @ BEND @ x + TILT @ x + args, "aux"


def state(**given: Any) -> NewtonState:
    """Between two steps at Y: a quarter of Newton's move ahead."""
    told = {
        "value": float(bowl(Y, 0.0)[0]), "move": MOVE, "promise": 0.07, "damping": 1e-3, "growth": 16.0, "first": False
    } | given  # fmt: skip
    here = Local(jnp.asarray(told["value"]), jnp.asarray(BEND @ Y + TILT), jnp.asarray(BEND))
    rest = [jnp.asarray(told[name]) for name in ("move", "promise", "damping", "growth", "first")]
    return NewtonState(here, *rest, jnp.asarray(False))


def stepped(before: NewtonState, y: Any = Y, added: float = 0.0, solver: Any = None, function: Any = bowl) -> tuple[Any, NewtonState]:
    options = {"lower": jnp.full(2, BOX["low"]), "upper": jnp.full(2, BOX["high"])}
    there, after, aux = (solver or ProjectedNewton(atol=1e-9)).step(function, jnp.asarray(y), added, options, before, frozenset())
    assert aux == "aux"
    return there, after


def newton_move(y: np.ndarray, damping: float) -> np.ndarray:
    return np.linalg.solve(BEND + damping * np.eye(2), -(BEND @ y + TILT))


def test_it_begins_by_looking_at_the_start() -> None:
    begun = ProjectedNewton(atol=0.1).init(None, jnp.asarray(Y), None, {}, None, None, None)
    for part in (begun.here.value, begun.here.gradient, begun.here.hessian, begun.move, begun.promise, begun.damping):
        np.testing.assert_array_equal(part, np.zeros_like(part))
    assert begun.here.hessian.shape == (2, 2)
    assert (float(begun.growth), bool(begun.first), bool(begun.finished)) == (4.0, True, False)


def test_the_first_step_takes_what_it_sees_and_damps_by_the_largest_curvature() -> None:
    begun = ProjectedNewton(atol=0.1).init(None, jnp.asarray(Y), None, {}, None, None, None)
    there, after = stepped(begun, added=70.0)
    np.testing.assert_array_equal(there, Y)
    assert float(after.here.value) == pytest.approx(bowl(Y, 70.0)[0])
    np.testing.assert_allclose(after.here.gradient, BEND @ Y + TILT)
    assert float(after.damping) == pytest.approx(6e-10)
    np.testing.assert_allclose(after.move, newton_move(Y, 6e-10))
    assert (float(after.growth), bool(after.first), bool(after.finished)) == (4.0, False, False)


def kept_share(share: float) -> float:
    """What the promise must be for the made-up move to keep that share of it."""
    return float(bowl(Y, 0.0)[0] - bowl(Y + MOVE, 0.0)[0]) / share


@pytest.mark.parametrize(
    ("share", "fade"),
    [(1.0, 0.1), (0.8, 1 - 0.6**3), (0.5, 1.0), (0.3, 1 + 0.4**3), (0.01, 1 + 0.98**3), (1.4, 0.1)],
)
def test_damping_fades_by_how_well_the_promise_was_kept(share: float, fade: float) -> None:
    there, after = stepped(state(promise=kept_share(share)))
    np.testing.assert_allclose(there, Y + MOVE)
    assert float(after.damping) == pytest.approx(1e-3 * fade)
    assert float(after.growth) == 4.0
    np.testing.assert_allclose(after.move, newton_move(Y + MOVE, 1e-3 * fade))
    np.testing.assert_allclose(after.here.gradient, BEND @ (Y + MOVE) + TILT)


@pytest.mark.parametrize(
    ("given", "added", "taken"),
    [
        ({"promise": kept_share(1.01e-4)}, 0.0, True),
        ({"promise": kept_share(0.99e-4)}, 0.0, False),
        ({"promise": -1.0}, 0.0, False),
        ({}, 90.0, False),
        ({}, -math.inf, False),
        ({}, math.nan, False),
        ({"promise": math.nan}, 0.0, False),
    ],
)
def test_a_move_that_keeps_too_little_is_not_taken(given: dict, added: float, taken: bool) -> None:
    """The damping then grows, and its growth doubles; from where it stood the next move is Newton's with more damping."""
    there, after = stepped(state(**given), added=added)
    assert np.allclose(there, Y + MOVE) is taken
    if not taken:
        np.testing.assert_array_equal(there, Y)
        assert (float(after.damping), float(after.growth)) == (16e-3, 32.0)
        np.testing.assert_allclose(after.move, newton_move(Y, 16e-3))
        assert float(after.here.value) == float(bowl(Y, 0.0)[0])


@pytest.mark.parametrize(
    ("value", "lost", "promise", "taken"),
    [
        (3.0, 29 * EPS, 5 * EPS, True), (3.0, 31 * EPS, 5 * EPS, False), (0.2, 9.5 * EPS, 0.0, True), (0.2, 10.5 * EPS, 0.0, False),
        (-300.0, 2900 * EPS, 0.0, True), (-300.0, 3100 * EPS, 0.0, False), (3.0, 0.0, -29 * EPS, True), (3.0, 0.0, -31 * EPS, False),
    ],
)  # fmt: skip
def test_a_loss_within_rounding_is_none(value: float, lost: float, promise: float, taken: bool) -> None:
    """Ten units of rounding of the value, or of one where that is more; a promise may be short of none by as much."""
    after = state(value=value, promise=promise)
    there, _ = stepped(after, function=lambda x, args: (value + lost + 0.0 * jnp.sum(x), "aux"))
    assert np.allclose(there, Y + MOVE) is taken


def test_a_move_ends_at_the_bounds_and_the_next_keeps_within_them() -> None:
    """Beyond the box in both, it stops in the corner."""
    there, after = stepped(state(move=np.asarray([-9.0, 9.0]), promise=1e-9, value=1e3))
    np.testing.assert_array_equal(there, [-2.0, 1.75])
    expected = least_in_box(BEND + float(after.damping) * np.eye(2), BEND @ there + TILT, -2.0 - there, 1.75 - there)
    np.testing.assert_allclose(after.move, expected, atol=1e-12)


def test_the_promise_is_what_the_model_loses() -> None:
    """The function is its own model: it promises what the undamped value would fall."""
    there, after = stepped(state(damping=2.0, promise=kept_share(0.5)))
    fall = bowl(np.asarray(there), 0.0)[0] - bowl(np.asarray(there + after.move), 0.0)[0]
    assert float(after.promise) == pytest.approx(float(fall))


@pytest.mark.parametrize(
    ("damping", "given", "expected", "finished"),
    [
        (1e-18, {"promise": kept_share(1.0)}, 1e-18, False),
        (3e-17, {"promise": kept_share(1.0)}, 3e-18, False),
        (0.9e30 / 16.0, {"promise": -1.0}, 0.9e30, True),
        (0.2e30, {"promise": -1.0}, 2e30, True),
    ],
)
def test_damping_keeps_within_its_range(damping: float, given: dict, expected: float, finished: bool) -> None:
    """With the largest the move is nothing; beyond it the search ends in any case."""
    _, after = stepped(state(damping=damping, **given))
    assert float(after.damping) == pytest.approx(expected)
    assert bool(after.finished) is finished


def straight(x: Any, args: Any) -> tuple[Any, str]:
    return args * jnp.sum(x), "aux"


@pytest.mark.parametrize(("damping", "finished"), [(0.9e30, False), (1.1e30, True)])
def test_beyond_the_largest_damping_it_ends(damping: float, finished: bool) -> None:
    """A slope so steep that it moves all the same."""
    before = NewtonState(
        Local(jnp.asarray(0.0), jnp.full(2, 1e32), jnp.zeros((2, 2))), jnp.zeros(2), jnp.asarray(-1e40), jnp.asarray(damping / 16.0),
        jnp.asarray(16.0), jnp.asarray(False), jnp.asarray(False),
    )  # fmt: skip
    _, after = stepped(before, function=straight, added=1e32)
    assert bool(after.finished) is finished


@pytest.mark.parametrize(
    ("solver", "y", "finished"),
    [
        ({"atol": 0.7}, Y, False), ({"atol": 2.83}, Y, True), ({"atol": 2.81}, Y, False), ({"atol": 1e-9, "floor": -1.0}, Y, False),
        ({"atol": 1e-9, "floor": 20.0}, Y, True), ({"atol": 1e-9}, np.linalg.solve(BEND, -TILT), True),
    ],
)  # fmt: skip
def test_it_ends_at_a_small_gradient_or_a_value_below_the_floor(solver: dict, y: np.ndarray, finished: bool) -> None:
    """The gradient at Y has entries of 2.82 and -2.78."""
    _, after = stepped(state(first=True, move=np.zeros(2)), y=y, solver=ProjectedNewton(**solver))
    assert bool(after.finished) is finished


def test_it_has_no_floor_unless_told_and_ends_as_it_says() -> None:
    solver = ProjectedNewton(atol=1e-9)
    assert (solver.floor, solver.rtol) == (-math.inf, 0.0)
    ended, result = solver.terminate(None, None, None, {}, state(), frozenset())
    assert (bool(ended), result) == (False, optx.RESULTS.successful)
    assert solver.postprocess(None, 3.0, "aux", None, {}, None, frozenset(), None) == (3.0, "aux", {})
