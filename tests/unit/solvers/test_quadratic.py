"""Linear and quadratic programs of one shape: known answers, status of programs without one, symmetries, prices, warm starts, batches."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linprog

from capexmodel.solvers import InteriorPoint, NonlinearProgram, Solution, Status, certify, minimize, minimize_batch

SIZE, ROWS = 6, 8


class Data(NamedTuple):
    """Minimize x'Qx / 2 + c'x with b - Ax >= 0 and lower <= x <= upper."""

    quadratic: np.ndarray
    linear: np.ndarray
    matrix: np.ndarray
    right: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def objective(x: Any, args: Any) -> Any:
    """The quadratic objective."""
    return 0.5 * x @ (args["quadratic"] @ x) + args["linear"] @ x


def rows(x: Any, args: Any) -> Any:
    """The affine rows."""
    return args["right"] - args["matrix"] @ x


def solved(data: Data, warm: Solution | None = None, solver: InteriorPoint | None = None) -> tuple[Solution, float]:
    """Solution of a data set from zero and its certified error."""
    program = NonlinearProgram(objective, affine=rows, lower=jnp.asarray(data.lower), upper=jnp.asarray(data.upper))
    args = {name: jnp.asarray(getattr(data, name)) for name in ("quadratic", "linear", "matrix", "right")}
    solution = minimize(program, jnp.zeros(SIZE), args, solver, warm)
    return solution, float(certify(program, solution.x, solution.multipliers, args).kkt_error)


def status_of(solution: Solution) -> Status:
    """Status as an enumeration member."""
    return Status(int(solution.status))


def random_data(seed: int, convexity: float = 1.0) -> Data:
    """A bounded feasible program; convexity 0 makes it linear, a negative one makes it nonconvex."""
    random = np.random.default_rng(seed)
    root = random.normal(size=(SIZE, SIZE))
    matrix = random.normal(size=(ROWS, SIZE))
    inside = random.uniform(-0.5, 0.5, SIZE)
    right = matrix @ inside + random.uniform(0.0, 1.0, ROWS)
    return Data(convexity * root @ root.T, random.normal(size=SIZE), matrix, right, np.full(SIZE, -1.0), np.full(SIZE, 2.0))


@pytest.mark.parametrize("seed", range(5))
def test_linear_programs_agree_with_highs(seed: int) -> None:
    """Value and prices of random linear programs are those of an independent simplex code."""
    data = random_data(seed, 0.0)
    solution, error = solved(data)
    other = linprog(data.linear, data.matrix, data.right, bounds=np.stack([data.lower, data.upper], axis=1))
    assert status_of(solution) is Status.OPTIMAL
    assert error <= 1e-7
    assert float(solution.value) == pytest.approx(other.fun, abs=1e-7)
    np.testing.assert_allclose(solution.multipliers.affine, -other.ineqlin.marginals, atol=1e-6)
    np.testing.assert_allclose(solution.multipliers.lower, other.lower.marginals, atol=1e-6)
    np.testing.assert_allclose(solution.multipliers.upper, -other.upper.marginals, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_convex_quadratic_programs_have_no_duality_gap(seed: int) -> None:
    """The dual value, computed in closed form from the prices alone, proves the primal value."""
    data = random_data(seed)
    solution, error = solved(data)
    prices = solution.multipliers
    slope = data.linear + data.matrix.T @ prices.affine - prices.lower + prices.upper
    dual = -0.5 * slope @ np.linalg.solve(data.quadratic, slope)
    dual = dual - data.right @ prices.affine + data.lower @ prices.lower - data.upper @ prices.upper
    assert status_of(solution) is Status.OPTIMAL
    assert error <= 1e-7
    assert float(solution.value) == pytest.approx(float(dual), abs=1e-6)


def test_unconstrained_inside_has_the_closed_form() -> None:
    """With rows and bounds far away the answer is the solution of the linear system."""
    data = random_data(3)._replace(right=np.full(ROWS, 1e4), lower=np.full(SIZE, -np.inf), upper=np.full(SIZE, np.inf))
    data = data._replace(quadratic=data.quadratic + np.eye(SIZE))
    solution, _ = solved(data)
    np.testing.assert_allclose(solution.x, np.linalg.solve(data.quadratic, -data.linear), atol=1e-6)


def test_infeasible_rows_are_reported() -> None:
    """x0 <= -2 cannot hold with x0 >= -1; the reported point violates it by as little as possible."""
    data = random_data(0)
    matrix, right = np.zeros((ROWS, SIZE)), np.full(ROWS, 5.0)
    matrix[0, 0], right[0] = 1.0, -2.0
    solution, _ = solved(data._replace(matrix=matrix, right=right))
    assert status_of(solution) is Status.INFEASIBLE
    assert float(solution.x[0]) == pytest.approx(-1.0, abs=1e-3)


def test_conflicting_rows_are_reported() -> None:
    """Two rows that exclude one another are infeasible, and both carry a price in the reported point."""
    data = random_data(0, 0.0)
    matrix, right = np.zeros((ROWS, SIZE)), np.full(ROWS, 5.0)
    matrix[0, :2], right[0] = 1.0, 0.0
    matrix[1, :2], right[1] = -1.0, -1.0
    solution, _ = solved(data._replace(matrix=matrix, right=right))
    assert status_of(solution) is Status.INFEASIBLE
    prices = np.asarray(solution.multipliers.affine)
    assert prices[:2].min() > 0.1
    assert prices[2:].max() < 1e-3 * prices[:2].min()


def test_crossed_bounds_are_infeasible() -> None:
    """A lower bound above its upper bound is no program."""
    data = random_data(0)
    lower = data.lower.copy()
    lower[2] = 3.0
    assert status_of(solved(data._replace(lower=lower))[0]) is Status.INFEASIBLE


def test_unbounded_is_reported() -> None:
    """A linear objective that falls forever."""
    data = random_data(0, 0.0)
    matrix = np.zeros((ROWS, SIZE))
    solution, _ = solved(data._replace(matrix=matrix, right=np.ones(ROWS), upper=np.full(SIZE, np.inf), linear=-np.ones(SIZE)))
    assert status_of(solution) is Status.UNBOUNDED


@pytest.mark.long
def test_many_linear_programs_end_as_highs_ends_them() -> None:
    """Random linear programs, most of them infeasible or unbounded: where HiGHS finds an optimum so do we, with its value; nothing that has
    a plan is called infeasible, and nothing that has none, or a best one, is called unbounded. Every answer carries its certificate."""
    lanes, variables, rows_each = 600, 6, 8
    random = np.random.default_rng(3)
    data = {
        "slopes": random.normal(size=(lanes, rows_each, variables)),
        "right": random.normal(size=(lanes, rows_each)) + 0.3,
        "cost": random.normal(size=(lanes, variables)) + 0.5,
    }
    program = NonlinearProgram(
        lambda x, given: given["cost"] @ x, lambda x, given: given["slopes"] @ x - given["right"], lower=jnp.zeros(variables)
    )
    found = minimize_batch(program, np.ones((lanes, variables)), data)
    unsettled = 0
    for lane, status in enumerate(map(Status, np.asarray(found.status).tolist())):
        limits = {"A_ub": -data["slopes"][lane], "b_ub": -data["right"][lane], "method": "highs"}
        theirs = linprog(data["cost"][lane], **limits)
        if theirs.status == 0:
            assert status is Status.OPTIMAL
            assert float(found.value[lane]) == pytest.approx(theirs.fun, rel=1e-6, abs=1e-6)
            assert float(found.certificate.kkt_error[lane]) <= 1e-7
        elif linprog(np.zeros(variables), **limits).status == 0:
            assert status is not Status.INFEASIBLE
            assert status is not Status.OPTIMAL
            unsettled += status is not Status.UNBOUNDED
        else:
            assert status is Status.INFEASIBLE
            assert float(found.certificate.scaled_violation[lane]) > 1e-7
    assert unsettled <= lanes // 50


def test_too_few_steps_are_not_called_optimal() -> None:
    """A search cut short says so."""
    solution, _ = solved(random_data(1), solver=InteriorPoint(max_steps=2))
    assert status_of(solution) in (Status.MAX_ITER, Status.FEASIBLE_NOT_PROVEN)


def test_not_a_number_is_not_called_optimal() -> None:
    """A NaN in the objective ends as a numeric failure."""
    data = random_data(1)
    solution, _ = solved(data._replace(linear=np.full(SIZE, np.nan)))
    assert status_of(solution) is Status.NUMERIC


def test_duplicated_rows_change_nothing() -> None:
    """Every row given twice: same point, and the prices of both copies add up to the price of the one."""
    data = random_data(2)
    half = data._replace(matrix=np.tile(data.matrix[:4], (2, 1)), right=np.tile(data.right[:4], 2))
    once = data._replace(right=np.concatenate([data.right[:4], np.full(4, np.inf)]))
    double, error = solved(half)
    single, _ = solved(once)
    assert status_of(double) is Status.OPTIMAL
    assert error <= 1e-7
    np.testing.assert_allclose(double.x, single.x, atol=1e-5)
    prices = np.asarray(double.multipliers.affine)
    np.testing.assert_allclose(prices[:4] + prices[4:], single.multipliers.affine[:4], atol=1e-5)
    np.testing.assert_array_equal(np.asarray(single.multipliers.affine[4:]), 0.0)


def test_equal_bounds_fix_a_variable_and_price_it() -> None:
    """A fixed variable stays exactly where it is; its price is the slope of the value."""
    data = random_data(4)

    def at(value: float) -> Solution:
        lower, upper = data.lower.copy(), data.upper.copy()
        lower[1] = upper[1] = value
        solution, error = solved(data._replace(lower=lower, upper=upper))
        assert error <= 1e-7
        return solution

    middle, step = at(0.1), 1e-4
    assert float(middle.x[1]) == 0.1
    slope = (float(at(0.1 + step).value) - float(at(0.1 - step).value)) / (2 * step)
    assert float(middle.multipliers.lower[1] - middle.multipliers.upper[1]) == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_an_empty_interior_is_no_obstacle() -> None:
    """A row and its negative leave a plane only: prices are unbounded, so the proof may fail by rounding; the point is right."""
    data = random_data(1)
    matrix, right = data.matrix.copy(), data.right.copy()
    matrix[1], right[1] = -matrix[0], -right[0]
    solution, error = solved(data._replace(matrix=matrix, right=right))
    other = minimize(
        NonlinearProgram(
            lambda x, args: objective(x, args),
            affine=lambda x, args: rows(x, args)[2:],
            equality=lambda x, args: rows(x, args)[:1],
            lower=jnp.asarray(data.lower),
            upper=jnp.asarray(data.upper),
        ),
        jnp.zeros(SIZE),
        {
            "quadratic": jnp.asarray(data.quadratic),
            "linear": jnp.asarray(data.linear),
            "matrix": jnp.asarray(matrix),
            "right": jnp.asarray(right),
        },
    )
    assert status_of(solution) in (Status.OPTIMAL, Status.FEASIBLE_NOT_PROVEN)
    assert status_of(other) is Status.OPTIMAL
    assert error <= 1e-6
    np.testing.assert_allclose(solution.x, other.x, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_nonconvex_programs_end_at_minima(seed: int) -> None:
    """A concave objective over a box: the inertia correction leads to a point where every free direction is blocked."""
    data = random_data(seed, -1.0)
    solution, error = solved(data)
    assert status_of(solution) is Status.OPTIMAL
    assert error <= 1e-6
    prices = np.concatenate([solution.multipliers.affine, solution.multipliers.lower, solution.multipliers.upper])
    assert np.count_nonzero(prices > 1e-6) >= SIZE


def test_permuted_variables_permute_the_answer() -> None:
    """The order of the variables and rows is of no consequence."""
    data = random_data(2)
    order, row_order = np.random.default_rng(0).permutation(SIZE), np.random.default_rng(1).permutation(ROWS)
    other = Data(
        data.quadratic[np.ix_(order, order)],
        data.linear[order],
        data.matrix[np.ix_(row_order, order)],
        data.right[row_order],
        data.lower[order],
        data.upper[order],
    )
    first, second = solved(data)[0], solved(other)[0]
    np.testing.assert_allclose(np.asarray(first.x)[order], second.x, atol=1e-6)
    np.testing.assert_allclose(np.asarray(first.multipliers.affine)[row_order], second.multipliers.affine, atol=1e-6)


def test_prices_are_derivatives_of_the_value() -> None:
    """The price of a row is what the value loses by tightening it, by central differences."""
    data, step = random_data(1), 1e-4
    solution, _ = solved(data)
    for row in range(ROWS):
        shift = step * np.eye(ROWS)[row]
        more, less = solved(data._replace(right=data.right + shift))[0], solved(data._replace(right=data.right - shift))[0]
        slope = (float(less.value) - float(more.value)) / (2 * step)
        assert float(solution.multipliers.affine[row]) == pytest.approx(slope, abs=1e-4)


def test_scaling_the_problem_scales_the_prices() -> None:
    """The objective in other units gives the same point; prices change by the same factor."""
    data = random_data(3)
    solution, _ = solved(data)
    larger, _ = solved(data._replace(quadratic=1e4 * data.quadratic, linear=1e4 * data.linear))
    np.testing.assert_allclose(larger.x, solution.x, atol=1e-5)
    np.testing.assert_allclose(larger.multipliers.affine, 1e4 * solution.multipliers.affine, rtol=1e-3, atol=1e-2)


def test_warm_starts_take_fewer_steps() -> None:
    """A slightly changed program from the old solution: same answer as cold, in fewer steps."""
    data = random_data(4)
    first, _ = solved(data)
    changed = data._replace(linear=data.linear * 1.01)
    warm, error = solved(changed, warm=first)
    cold, _ = solved(changed)
    assert error <= 1e-7
    assert int(warm.steps) < int(cold.steps)
    np.testing.assert_allclose(warm.x, cold.x, atol=1e-6)


@pytest.mark.long
def test_a_batch_equals_one_by_one() -> None:
    """vmap over data, with an infeasible lane among the others."""
    several = [random_data(seed) for seed in range(4)]
    several[2] = several[2]._replace(right=several[2].right - 50.0)
    names = ("quadratic", "linear", "matrix", "right")
    args = {name: jnp.stack([jnp.asarray(getattr(data, name)) for data in several]) for name in names}
    lower, upper = jnp.asarray(several[0].lower), jnp.asarray(several[0].upper)
    program = NonlinearProgram(objective, affine=rows, lower=lower, upper=upper)
    batch = jax.vmap(lambda one: minimize(program, jnp.zeros(SIZE), one))(args)
    for lane, data in enumerate(several):
        alone, _ = solved(data)
        assert int(batch.status[lane]) == int(alone.status)
        np.testing.assert_allclose(batch.x[lane], alone.x, atol=1e-6)
    assert Status(int(batch.status[2])) is Status.INFEASIBLE


@pytest.mark.long
def test_a_solution_carries_its_certificate() -> None:
    """What `certify` says of it, alone, under vmap and in a batch; NaN where the caller has a judge of its own."""
    several = [random_data(seed) for seed in range(3)]
    names = ("quadratic", "linear", "matrix", "right")
    args = {name: np.stack([getattr(data, name) for data in several]) for name in names}
    program = NonlinearProgram(objective, affine=rows, lower=jnp.asarray(several[0].lower), upper=jnp.asarray(several[0].upper))
    together = minimize_batch(program, np.zeros((3, SIZE)), args)
    mapped = jax.vmap(lambda one: minimize(program, jnp.zeros(SIZE), one))(jax.tree.map(jnp.asarray, args))
    for lane in range(3):
        own = {name: jnp.asarray(value[lane]) for name, value in args.items()}
        alone = minimize(program, jnp.zeros(SIZE), own)
        judged = certify(program, alone.x, alone.multipliers, own)
        assert float(judged.kkt_error) <= 1e-7
        for carried in (alone, *(jax.tree.map(lambda leaf, lane=lane: leaf[lane], many) for many in (mapped, together))):
            for said, is_so in zip(jax.tree.leaves(carried.certificate), jax.tree.leaves(judged), strict=True):
                np.testing.assert_allclose(said, is_so, atol=1e-7)
        assert np.isnan(minimize(program, jnp.zeros(SIZE), own, certified=False).certificate.kkt_error)
