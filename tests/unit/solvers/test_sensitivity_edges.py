"""The pieces of a derivative of a solution, each by hand: shares, pins, rates, and the linear system of tiny programs."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import sensitivity
from capexmodel.solvers.base import Errors, Multipliers, NonlinearProgram, Solution
from capexmodel.solvers.scaled import scale_program
from capexmodel.solvers.sensitivity import Rates, Tangent, plan_derivative, rates_along, value_gradient


def solution(x: list[float], **prices: list[float]) -> Solution:
    """A point with prices, taken for a solution; bounds without prices have none."""
    given = {"inequality": [], "affine": [], "equality": [], "lower": [0.0] * len(x), "upper": [0.0] * len(x)} | prices
    number, count = jnp.asarray(0.0), jnp.asarray(0, jnp.int32)
    multipliers = Multipliers(**{kind: jnp.asarray(values, jnp.float64) for kind, values in given.items()})
    return Solution(jnp.asarray(x), number, multipliers, count, count, Errors(number, number, number))


def moving(program: NonlinearProgram, **walls: list[float]) -> NonlinearProgram:
    """A direction in which nothing of a program moves but bounds that it has."""
    still = eqx.filter(program, False)
    ends = [jnp.asarray(end) for end in walls.values()]
    return eqx.tree_at(lambda p: [getattr(p, side) for side in walls], still, ends, is_leaf=lambda leaf: leaf is None)


@pytest.mark.parametrize(
    ("slack", "price", "share"),
    [
        (0.0, 3.0, 0.0),
        (3.0, 0.0, 1.0),
        (np.inf, 5.0, 1.0),
        (0.0, 0.0, 0.5),
        (-1.0, -2.0, 0.5),
        (-1.0, 2.0, 0.0),
        (3.0, -2.0, 1.0),
        (0.2, 0.6, 0.25),
        (0.09, 0.91, 0.0),
        (0.1, 0.9, 0.1),
        (0.11, 0.89, 0.11),
        (0.89, 0.11, 0.89),
        (0.9, 0.1, 0.9),
        (0.91, 0.09, 1.0),
        (3e-7, 9e-7, 0.25),
    ],
)
def test_a_row_stands_between_holding_and_being_slack(slack: float, price: float, share: float) -> None:
    """Slack over slack and price; what is nearly decided is; a row with neither is in the middle, one that is off is slack."""
    found = sensitivity._share(jnp.asarray([slack, 4.0]), jnp.asarray([price, 4.0]))
    assert np.asarray(found).tolist() == [pytest.approx(share, rel=1e-12, abs=0.0), 0.5]


def walled(lower: list[float], upper: list[float]) -> NonlinearProgram:
    """Bounds, and an objective of largest slope 500, whose scale is a fifth."""
    return NonlinearProgram(lambda x, args: 500.0 * x[0] + 3.0 * x[1], lower=jnp.asarray(lower), upper=jnp.asarray(upper))


def test_variables_are_pinned_by_the_shares_of_their_bounds() -> None:
    """Loose, half at the lower bound, half at the upper one, between both, at either, fixed with a price on either side."""
    lower, upper = [0.0, 1.0, -9.0, 2.0, 1.0, -np.inf, 4.0, 5.0], [9.0, 9.0, 3.0, 2.5, 9.0, 6.0, 4.0, 5.0]
    x = jnp.asarray([4.0, 1.3, 2.4, 2.2, 1.0, 6.0, 4.0, 5.0])
    below, above = [0.0, 3.5, 0.0, 4.0, 7.0, 0.0, 2.0, 1.0], [0.0, 0.0, 2.0, 1.5, 0.0, 3.0, 1.0, 2.0]
    program = walled(lower, upper)
    scaled = scale_program(program, x, None)
    assert float(scaled.scale[0]) == pytest.approx(0.2)
    found = sensitivity._pins(program, scaled, x, solution([0.0] * 8, lower=below, upper=above).multipliers)
    shares_below, shares_above = [1.0, 0.3, 1.0, 0.2, 0.0, 1.0], [1.0, 1.0, 0.6, 0.5, 1.0, 0.0]
    expected = {"lower": [0.0, 0.7, 0.0, 0.4, 1.0, 0.0, 0.5, 0.5], "upper": [0.0, 0.0, 0.4, 0.1, 0.0, 1.0, 0.5, 0.5]}
    loose = [a * b for a, b in zip(shares_below, shares_above, strict=True)]
    assert np.allclose(found.lower, expected["lower"], rtol=1e-12, atol=1e-15)
    assert np.allclose(found.upper, expected["upper"], rtol=1e-12, atol=1e-15)
    assert np.allclose(found.loose, [*loose, 0.0, 0.0], rtol=1e-12, atol=1e-15)
    assert np.asarray(found.below).tolist() == [True, True, False, True, True, False, True, False]


def test_a_fixed_variable_without_a_price_counts_as_held_from_below() -> None:
    """Equal prices, none or one."""
    program = walled([4.0, 5.0], [4.0, 5.0])
    scaled = scale_program(program, jnp.asarray([4.0, 5.0]), None)
    found = sensitivity._pins(program, scaled, jnp.asarray([4.0, 5.0]), solution([0.0] * 2, lower=[0.0, 2.0], upper=[0.0, 2.0]).multipliers)
    assert np.asarray(found.below).tolist() == [True, True]


def rows(x: Any, args: Any) -> Any:
    """A curved row, and one that is off."""
    return jnp.stack([args["bend"] * x[0] * x[1] - 1.0, jnp.inf + args["bend"] * x[2]])


def flat(x: Any, args: Any) -> Any:
    """Two affine rows, and one that is off."""
    return jnp.stack([args["tilt"] * x[0] + 2.0 * x[1], x[2] - 3.0 * args["tilt"], jnp.inf + args["tilt"] * x[0]])


def whole(lower: list[float] | None = None) -> NonlinearProgram:
    """A program with rows of every kind in three variables."""
    return NonlinearProgram(
        lambda x, args: args["bend"] * x[0] ** 2 + args["tilt"] * x[1] * x[2],
        rows,
        flat,
        lambda x, args: (args["tilt"] * x[2] ** 2 - x[0])[None],
        None if lower is None else jnp.asarray(lower),
        jnp.asarray([5.0, jnp.inf, 7.0]),
    )


PRICES = {"inequality": [0.3, 9.0], "affine": [1.1, 0.2, 8.0], "equality": [-0.9], "lower": [0.4, 0.5, 0.6], "upper": [0.7, 0.8, 1.3]}
X = [1.5, -0.5, 3.0]


def numbers() -> dict[str, Any]:
    """Args; names that are no numbers move nothing."""
    return {"bend": jnp.asarray(0.7), "tilt": jnp.asarray(1.9), "name": "none"}


def test_rates_are_what_a_direction_does_to_each_condition() -> None:
    """bend moves at 2, tilt stands still; the first lower and the last upper bound move; infinite bounds and rows that are off do not."""
    at = whole([1.0, -jnp.inf, 2.0])
    direction = moving(at, lower=[4.0, 5.0, 6.0], upper=[-2.0, 3.0, -7.0])
    found = rates_along(at, solution(X, **PRICES), numbers(), Tangent(direction, {"bend": jnp.asarray(2.0), "tilt": None, "name": None}))
    assert np.allclose(found.inequality, [2.0 * 1.5 * -0.5, 0.0], rtol=1e-13)
    assert np.asarray(found.affine).tolist() == [0.0, 0.0, 0.0]
    assert np.asarray(found.equality).tolist() == [0.0]
    assert np.asarray(found.lower).tolist() == [4.0, 0.0, 6.0]
    assert np.asarray(found.upper).tolist() == [-2.0, 0.0, -7.0]
    value = 2.0 * 2.25 - 0.3 * -1.5 + 0.4 * 4.0 + 0.6 * 6.0 - 0.7 * -2.0 - 1.3 * -7.0
    assert float(found.value) == pytest.approx(value, rel=1e-13)
    assert np.allclose(found.slope, [2.0 * 3.0 - 0.3 * 2.0 * -0.5, -0.3 * 2.0 * 1.5, 0.0], rtol=1e-13)


def test_rates_of_affine_and_equality_rows() -> None:
    """tilt moves at 3, as a whole number."""
    found = rates_along(whole(), solution(X, **PRICES), numbers(), Tangent(None, {"bend": None, "tilt": 3, "name": None}))
    assert np.asarray(found.affine).tolist() == [4.5, -9.0, 0.0]
    assert np.asarray(found.equality).tolist() == [27.0]
    assert np.asarray(found.inequality).tolist() == [0.0, 0.0]
    assert float(found.value) == pytest.approx(3.0 * -1.5 - 1.1 * 4.5 - 0.2 * -9.0 + 0.9 * 27.0, rel=1e-13)
    assert np.allclose(found.slope, [-1.1 * 3.0, 9.0, -1.5 + 0.9 * 18.0], rtol=1e-13)


def test_the_slope_of_the_value_is_that_of_the_lagrangian() -> None:
    """In args and in bounds; a bound moves the value by its price."""
    found = value_gradient(whole([1.0, -jnp.inf, 2.0]), solution(X, **PRICES), {"bend": jnp.asarray(0.7), "tilt": jnp.asarray(1.9)})
    assert float(found.args["bend"]) == pytest.approx(2.25 - 0.3 * -0.75, rel=1e-13)
    assert float(found.args["tilt"]) == pytest.approx(-1.5 - 1.1 * 1.5 + 0.2 * 3.0 + 0.9 * 9.0, rel=1e-13)
    assert np.asarray(found.program.lower)[[0, 2]].tolist() == [0.4, 0.6]
    assert np.asarray(found.program.upper)[[0, 2]].tolist() == [-0.7, -1.3]
    alone = value_gradient(NonlinearProgram(lambda x, args: x[0], lower=jnp.asarray([0.5])), solution([0.5], lower=[1.0]))
    assert (alone.args, float(alone.program.lower[0])) == (None, 1.0)


def test_rates_are_scaled_row_by_row() -> None:
    """Curved, affine, equality; rows that are off stand still whatever is said of them."""
    at = scale_program(whole(), jnp.asarray(X), {"bend": jnp.asarray(0.7), "tilt": jnp.asarray(1.9)})
    moving = Rates(
        jnp.asarray(0.0),
        jnp.zeros(3),
        jnp.asarray([3.0, 5.0]),
        jnp.asarray([7.0, 11.0, 13.0]),
        jnp.asarray([17.0]),
        jnp.zeros(3),
        jnp.zeros(3),
    )
    found = sensitivity._scaled_rates(at, moving)
    assert np.allclose(found, [3.0 / (0.7 * 1.5), 0.0, 3.5, 11.0, 0.0, 17.0 / (1.9 * 6.0)], rtol=1e-13)


@pytest.mark.parametrize("shape", [4.0, 400.0])
def test_a_plan_moves_by_the_whole_system_of_its_active_conditions(shape: float) -> None:
    """Six variables: three loose, one at each bound, one fixed; a curved row, an affine one and an equality hold, the others do not."""
    random = np.random.default_rng(11)
    middle, linear, tilts = random.standard_normal((6, 6)), random.standard_normal(6), random.standard_normal((3, 6))
    curvature = middle @ middle.T + np.diag([2.0, 3.0, 4.0, 5.0, 6.0, 7.0])

    def objective(x: Any, t: Any) -> Any:
        return shape * (0.5 * x @ jnp.asarray(curvature) @ x + jnp.sin(t) * jnp.asarray(linear) @ x)

    def curved(x: Any, t: Any) -> Any:
        values = jnp.stack([3.0 * jnp.asarray(tilts[0]) @ x + 0.3 * x @ x + t, 50.0 + x[0] * t, jnp.inf + t])
        return values - jnp.asarray([3.0 * tilts[0] @ place + 0.3 * place @ place, 0.0, 0.0])

    def affine(x: Any, t: Any) -> Any:
        return jnp.stack([5.0 * jnp.asarray(tilts[1]) @ x - 5.0 * tilts[1] @ place + 2.0 * t, x[2] + 40.0 + t])

    def equality(x: Any, t: Any) -> Any:
        return (7.0 * jnp.asarray(tilts[2]) @ x + x[1] ** 2 - 7.0 * tilts[2] @ place - place[1] ** 2 - 3.0 * t)[None]

    place = np.asarray([0.8, -0.6, 1.1, 0.5, -0.9, 0.4])
    lower, upper = jnp.asarray([-9.0, -9.0, -jnp.inf, 0.5, -9.0, 0.4]), jnp.asarray([9.0, jnp.inf, 9.0, 9.0, -0.9, 0.4])
    program = NonlinearProgram(objective, curved, affine, equality, lower, upper)
    prices = {"inequality": [1.3, 0.0, 0.0], "affine": [0.7, 0.0], "equality": [-0.8]}
    prices |= {"lower": [0.0, 0.0, 0.0, 2.1, 0.0, 0.0], "upper": [0.0, 0.0, 0.0, 0.0, 1.7, 0.9]}
    given = {kind: [shape * price for price in values] for kind, values in prices.items()}
    direction = moving(program, lower=[0.0, 0.0, 0.0, 0.3, 0.2, 0.6], upper=[0.0, 0.0, 0.0, 0.0, -0.4, 0.6])
    found = plan_derivative(program, solution(list(place), **given), jnp.asarray(0.0), Tangent(direction, jnp.asarray(1.1)))

    hessian = shape * (curvature - 1.3 * 0.6 * np.eye(6) + 0.8 * np.diag([0.0, 2.0, 0.0, 0.0, 0.0, 0.0]))
    active = np.stack(
        [3.0 * tilts[0] + 0.6 * place, 5.0 * tilts[1], 7.0 * tilts[2] + np.asarray([0.0, 2.0 * place[1], 0.0, 0.0, 0.0, 0.0])]
    )
    system, right = np.zeros((12, 12)), np.zeros(12)
    held = np.eye(6)[3:]
    system[:6, :6], system[:6, 6:9], system[:6, 9:] = hessian, -active.T, -held.T
    system[6:9, :6], system[9:, :6] = active, held
    right[:6], right[6:9], right[9:] = -shape * 1.1 * linear, -1.1 * np.asarray([1.0, 2.0, -3.0]), [0.3, -0.4, 0.6]
    expected = np.linalg.solve(system, right)
    assert np.allclose(found.x, expected[:6], rtol=1e-8, atol=1e-9)
    assert np.allclose(found.multipliers.inequality, [expected[6], 0.0, 0.0], rtol=1e-8, atol=1e-8)
    assert np.allclose(found.multipliers.affine, [expected[7], 0.0], rtol=1e-8, atol=1e-8)
    assert np.allclose(found.multipliers.equality, [expected[8]], rtol=1e-8, atol=1e-8)
    assert np.allclose(found.multipliers.lower, [0.0, 0.0, 0.0, expected[9], 0.0, 0.0], rtol=1e-8, atol=1e-8)
    assert np.allclose(found.multipliers.upper, [0.0, 0.0, 0.0, 0.0, -expected[10], -expected[11]], rtol=1e-8, atol=1e-8)
    value = 1.1 * shape * linear @ place - shape * 1.1 * (1.3 * 1.0 + 0.7 * 2.0 + 0.8 * 3.0) + shape * (2.1 * 0.3 - 1.7 * -0.4 - 0.9 * 0.6)
    assert float(found.value) == pytest.approx(value, rel=1e-12)


def test_a_row_in_between_weighs_both_what_it_holds_and_its_price() -> None:
    """Slack 0.3 and price 0.7 of the scaled row x - 2 t: 0.7 (dx - 2) + 0.3 dp = 0 and 5 dx - dp = -3."""
    program = NonlinearProgram(lambda x, t: 2.5 * x[0] ** 2 + 3.0 * t * x[0], affine=lambda x, t: 4.0 * x - 8.0 * t)
    found = plan_derivative(program, solution([0.5], affine=[0.175]), jnp.asarray(0.1), Tangent(None, jnp.asarray(1.0)))
    move = (0.7 * 2.0 - 0.3 * 3.0) / (0.7 + 0.3 * 5.0)
    assert float(found.x[0]) == pytest.approx(move, rel=1e-10)
    assert float(found.multipliers.affine[0]) == pytest.approx((5.0 * move + 3.0) / 4.0, rel=1e-10)


@pytest.mark.parametrize("side", ["lower", "upper"])
def test_a_bound_in_between_weighs_both_its_move_and_the_slope(side: str) -> None:
    """Distance 0.3 and price 0.7: 0.3 (5 dx + 3) + 0.7 (dx - 2) = 0, and the bound takes the price of what is left."""
    wall, sign = (0.2, 1.0) if side == "lower" else (0.8, -1.0)
    program = NonlinearProgram(lambda x, t: 2.5 * x[0] ** 2 + 3.0 * t * x[0], **{side: jnp.asarray([wall])})
    direction = moving(program, **{side: [2.0]})
    found = plan_derivative(program, solution([0.5], **{side: [0.7]}), jnp.asarray(0.1), Tangent(direction, jnp.asarray(1.0)))
    move = (0.7 * 2.0 - 0.3 * 3.0) / (0.7 + 0.3 * 5.0)
    assert float(found.x[0]) == pytest.approx(move, rel=1e-10)
    assert float(getattr(found.multipliers, side)[0]) == pytest.approx(sign * (5.0 * move + 3.0), rel=1e-10)


def test_a_flat_direction_stands_still_and_is_said_to() -> None:
    """Softened by 1e-12: what nothing determines does not move, and a slope in it moves it without end."""
    flat_one = NonlinearProgram(lambda x, t: 2.5 * x[0] ** 2 + 3.0 * t * x[0] + 0.0 * x[1])
    found = plan_derivative(flat_one, solution([0.5, 0.7]), jnp.asarray(0.1), Tangent(None, jnp.asarray(1.0)))
    assert np.allclose(found.x, [-0.6, 0.0], rtol=1e-10)
    pulled = NonlinearProgram(lambda x, t: 2.5 * x[0] ** 2 + t * x[1])
    found = plan_derivative(pulled, solution([0.5, 0.7]), jnp.asarray(0.1), Tangent(None, jnp.asarray(3.0)))
    assert float(found.x[1]) == pytest.approx(
        -3e12 * float(scale_program(pulled, jnp.asarray([0.5, 0.7]), jnp.asarray(0.1)).scale[0]), rel=1e-9
    )
