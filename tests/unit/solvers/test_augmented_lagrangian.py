"""The second algorithm reaches the answers of the first, tells the truth about programs without one, and begins where it is told to."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers import AugmentedLagrangian, InteriorPoint, NonlinearProgram, Solution, Status, certify, minimize, second_opinion
from capexmodel.solvers.projected_newton import ProjectedNewton
from tests.unit.solvers.hock_schittkowski import NUMBERS, PROBLEMS, program
from tests.unit.solvers.test_quadratic import ROWS, SIZE, Data, objective, random_data, rows
from tests.unit.solvers.test_work_by_a_date import START, date, made_up, most

SOLVER = AugmentedLagrangian()
TIGHTER = {64: 1e-10}
"""Tolerance of the interior point where its scaling, found at a steep start, would loosen it."""
SAME = 1e-6
"""Relative difference allowed between two codes that stop at errors of 1e-8: a curved row may magnify an error of the point tenfold."""
CERTIFIED = 1e-7
"""Certified error allowed: the certificate's scaling may differ tenfold from the solver's own."""


def status_of(solution: Solution) -> Status:
    """Status as an enumeration member."""
    return Status(int(solution.status))


def solved(data: Data, solver: AugmentedLagrangian = SOLVER, warm: Solution | None = None) -> Solution:
    """Solution of a quadratic program from zero."""
    program = NonlinearProgram(objective, affine=rows, lower=jnp.asarray(data.lower), upper=jnp.asarray(data.upper))
    args = {name: jnp.asarray(getattr(data, name)) for name in ("quadratic", "linear", "matrix", "right")}
    return minimize(program, jnp.zeros(SIZE), args, solver, warm)


@pytest.mark.long
@pytest.mark.parametrize("number", NUMBERS)
def test_both_algorithms_agree_on_published_problems(number: int) -> None:
    """Best known value, equal values and prices, and a certificate of each one's point with the other's prices."""
    problem, start = program(number)
    first = InteriorPoint(tolerance=TIGHTER.get(number, 1e-8))
    place = jnp.asarray(NUMBERS.index(number))
    opinions = second_opinion(problem, start, place, (first, SOLVER))
    solution = opinions.solutions[1]
    assert status_of(solution) is Status.OPTIMAL
    assert float(solution.value) == pytest.approx(PROBLEMS[number].best, rel=SAME, abs=SAME)
    assert float(certify(problem, solution.x, solution.multipliers, place).kkt_error) <= CERTIFIED
    assert opinions.agree(SAME)
    assert opinions.price_difference <= SAME


@pytest.mark.long
@pytest.mark.parametrize("convexity", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_both_algorithms_agree_on_linear_and_quadratic_programs(seed: int, convexity: float) -> None:
    """Random programs with affine rows and bounds on both sides; a linear one has flat directions everywhere."""
    data = random_data(seed, convexity)
    program = NonlinearProgram(objective, affine=rows, lower=jnp.asarray(data.lower), upper=jnp.asarray(data.upper))
    args = {name: jnp.asarray(getattr(data, name)) for name in ("quadratic", "linear", "matrix", "right")}
    opinions = second_opinion(program, jnp.zeros(SIZE), args)
    assert opinions.agree(SAME)
    assert opinions.price_difference <= SAME


@pytest.mark.long
@pytest.mark.parametrize("problem", [date, most], ids=["date", "most"])
def test_both_algorithms_agree_on_a_program_as_the_planner_makes(problem: Callable[[], NonlinearProgram]) -> None:
    """Hundreds of choices and rows; where choices are equally good only the values and the exchange of prices can agree."""
    opinions = second_opinion(problem(), jnp.asarray(START), made_up())
    assert opinions.agree(SAME)


@pytest.mark.long
def test_a_date_too_early_is_infeasible() -> None:
    """The deadline of 30 is far before the earliest date, 53: the rows that cannot hold say by how much, as those of the interior point."""
    deadline = eqx.tree_at(lambda program: program.upper, date(), date().upper.at[-1].set(30.0))
    solution = minimize(deadline, START, made_up(), SOLVER)
    assert status_of(solution) is Status.INFEASIBLE
    assert float(certify(deadline, solution.x, solution.multipliers, made_up()).scaled_violation) > 1e-3


def test_conflicting_rows_are_reported() -> None:
    """Two rows that exclude one another are infeasible, and both carry a price in the reported point."""
    data = random_data(0, 0.0)
    matrix, right = np.zeros((ROWS, SIZE)), np.full(ROWS, 5.0)
    matrix[0, :2], right[0] = 1.0, 0.0
    matrix[1, :2], right[1] = -1.0, -1.0
    solution = solved(data._replace(matrix=matrix, right=right))
    assert status_of(solution) is Status.INFEASIBLE
    prices = np.asarray(solution.multipliers.affine)
    assert prices[:2].min() > 0.1
    np.testing.assert_array_equal(prices[2:], 0.0)


def test_a_curved_conflict_is_reported() -> None:
    """No point of the plane is both inside the unit circle and on the line x + y = 2."""
    circle = NonlinearProgram(
        objective=lambda x, args: x[0],
        inequality=lambda x, args: 1.0 - jnp.sum(x**2, keepdims=True),
        equality=lambda x, args: jnp.sum(x, keepdims=True) - 2.0,
    )
    assert status_of(minimize(circle, jnp.zeros(2), solver=SOLVER)) is Status.INFEASIBLE


def test_crossed_bounds_are_infeasible() -> None:
    """A lower bound above its upper bound is no program."""
    data = random_data(0)
    lower = data.lower.copy()
    lower[2] = 3.0
    assert status_of(solved(data._replace(lower=lower))) is Status.INFEASIBLE


def test_unbounded_is_reported() -> None:
    """A linear objective that falls forever, though every row holds."""
    data = random_data(0, 0.0)
    matrix = np.zeros((ROWS, SIZE))
    endless = data._replace(matrix=matrix, right=np.ones(ROWS), upper=np.full(SIZE, np.inf), linear=-np.ones(SIZE))
    assert status_of(solved(endless)) is Status.UNBOUNDED


def test_a_row_stops_what_the_penalty_first_does_not() -> None:
    """-x^3 falls faster than any quadratic penalty rises: the first rounds run away, and the answer is the row's."""
    cubic = NonlinearProgram(lambda x, args: -(x[0] ** 3), inequality=lambda x, args: 5.0 - x)
    opinions = second_opinion(cubic, jnp.ones(1))
    assert opinions.agree(SAME)
    assert float(opinions.solutions[1].multipliers.inequality[0]) == pytest.approx(75.0, rel=SAME)


def test_one_round_is_not_called_optimal() -> None:
    """A search cut short says so, whether its rounds or its inner steps are cut."""
    for solver in (AugmentedLagrangian(max_rounds=1), AugmentedLagrangian(max_rounds=2, max_inner=1)):
        assert status_of(solved(random_data(1), solver)) in (Status.MAX_ITER, Status.FEASIBLE_NOT_PROVEN)


def test_not_a_number_is_not_called_optimal() -> None:
    """A NaN in the objective ends as a numeric failure."""
    assert status_of(solved(random_data(1)._replace(linear=np.full(SIZE, np.nan)))) is Status.NUMERIC


def test_a_step_into_nothing_is_taken_back() -> None:
    """The first Newton step from 3 leads where the logarithm is not a number; the minimum of x - log x is at one all the same."""
    logarithm = NonlinearProgram(lambda x, args: x[0] - jnp.log(x[0]))
    solution = minimize(logarithm, jnp.array([3.0]), solver=SOLVER)
    assert status_of(solution) is Status.OPTIMAL
    assert float(solution.x[0]) == pytest.approx(1.0, abs=SAME)


def test_rows_that_are_off_change_nothing() -> None:
    """A row of +inf has no price, and the answer is that of the program without it."""
    data = random_data(2)
    off = data._replace(right=np.concatenate([data.right[:4], np.full(4, np.inf)]))
    without = data._replace(right=np.concatenate([data.right[:4], np.full(4, 1e3)]))
    one, other = solved(off), solved(without)
    assert status_of(one) is Status.OPTIMAL
    np.testing.assert_allclose(one.x, other.x, atol=SAME)
    np.testing.assert_array_equal(np.asarray(one.multipliers.affine[4:]), 0.0)


def test_equal_bounds_fix_a_variable_and_price_it() -> None:
    """A fixed variable stays exactly where it is; its price is the slope of the value."""
    data = random_data(4)

    def at(value: float) -> Solution:
        lower, upper = data.lower.copy(), data.upper.copy()
        lower[1] = upper[1] = value
        return solved(data._replace(lower=lower, upper=upper))

    middle, step = at(0.1), 1e-4
    assert float(middle.x[1]) == 0.1
    slope = (float(at(0.1 + step).value) - float(at(0.1 - step).value)) / (2 * step)
    # Rounding of values to 1e-9 in a difference over 2e-4.
    assert float(middle.multipliers.lower[1] - middle.multipliers.upper[1]) == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_warm_starts_take_fewer_steps() -> None:
    """A slightly changed program from the old solution: same answer as cold, with at most half the steps."""
    data = random_data(4)
    changed = data._replace(linear=data.linear * 1.01)
    warm, cold = solved(changed, warm=solved(data)), solved(changed)
    assert status_of(warm) is Status.OPTIMAL
    assert int(warm.steps) <= int(cold.steps) / 2
    np.testing.assert_allclose(warm.x, cold.x, atol=SAME)


@pytest.mark.long
def test_prices_of_another_algorithm_are_a_warm_start() -> None:
    """From the interior point's answer there is next to nothing left to do."""
    problem, start = program(71)
    place = jnp.asarray(NUMBERS.index(71))
    cold = minimize(problem, start, place, SOLVER)
    warm = minimize(problem, start, place, SOLVER, minimize(problem, start, place))
    assert status_of(warm) is Status.OPTIMAL
    assert int(warm.steps) <= 3 < int(cold.steps)


def test_a_batch_equals_one_by_one() -> None:
    """vmap over data, with an infeasible lane and a lane of NaN among the others."""
    several = [random_data(seed) for seed in range(4)]
    several[2] = several[2]._replace(right=several[2].right - 50.0)
    several[3] = several[3]._replace(linear=np.full(SIZE, np.nan))
    names = ("quadratic", "linear", "matrix", "right")
    args = {name: jnp.stack([jnp.asarray(getattr(data, name)) for data in several]) for name in names}
    program = NonlinearProgram(objective, affine=rows, lower=jnp.asarray(several[0].lower), upper=jnp.asarray(several[0].upper))
    batch = jax.vmap(lambda one: minimize(program, jnp.zeros(SIZE), one, SOLVER))(args)
    expected = [Status.OPTIMAL, Status.OPTIMAL, Status.INFEASIBLE, Status.NUMERIC]
    assert [Status(int(status)) for status in batch.status] == expected
    for lane, data in enumerate(several[:2]):
        alone = solved(data)
        np.testing.assert_allclose(batch.x[lane], alone.x, atol=SAME)
        np.testing.assert_allclose(batch.multipliers.affine[lane], alone.multipliers.affine, atol=SAME)


def test_prices_that_are_not_unique_still_agree() -> None:
    """A row that says what a bound says: each algorithm shares the price of two between them in its own way, and both ways are right."""
    program = NonlinearProgram(lambda x, args: jnp.sum((x + 1.0) ** 2), affine=lambda x, args: 3.0 * x, lower=jnp.zeros(1))
    opinions = second_opinion(program, jnp.ones(1))
    assert opinions.price_difference > 0.1
    assert opinions.agree(SAME)
    for solution in opinions.solutions:
        assert float(3.0 * solution.multipliers.affine[0] + solution.multipliers.lower[0]) == pytest.approx(2.0, rel=SAME)


def test_different_answers_do_not_agree() -> None:
    """A search cut short does not agree with one that ends, nor does one that ends in another valley."""

    def valleys(x: Any, args: Any) -> Any:
        return jnp.sum((x**2 - 1) ** 2 + 0.3 * x)

    class Elsewhere(AugmentedLagrangian):
        def solve(self, program: NonlinearProgram, begin: Solution, warm: Any, args: Any) -> Solution:
            return super().solve(program, eqx.tree_at(lambda b: b.x, begin, -begin.x), warm, args)

    cut = second_opinion(NonlinearProgram(valleys), jnp.array([2.0]), None, (InteriorPoint(), AugmentedLagrangian(max_rounds=0)))
    assert not cut.agree(SAME)
    other = second_opinion(NonlinearProgram(valleys), jnp.array([2.0]), None, (InteriorPoint(), Elsewhere()))
    assert other.all_optimal
    assert other.value_difference > 0.1
    assert not other.agree(SAME)


def test_one_opinion_is_none() -> None:
    """A single solver has nobody to agree with."""
    with pytest.raises(SolveError, match="at least two"):
        second_opinion(NonlinearProgram(lambda x, args: x @ x), jnp.ones(1), None, (SOLVER,))


def test_the_projected_newton_method_is_an_optimistix_solver() -> None:
    """Rosenbrock's valley cut off at 0.5: the minimum is (0.5, 0.25), at the bound."""

    def valley(x: Any, args: Any) -> Any:
        return args * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    box = {"lower": jnp.array([-jnp.inf, -1.5]), "upper": jnp.array([0.5, 2.0])}
    solution = optx.minimise(valley, ProjectedNewton(atol=1e-10), jnp.array([-2.0, 1.0]), 100.0, box)
    np.testing.assert_allclose(solution.value, [0.5, 0.25], atol=1e-10)
    assert float(solution.value[0]) == 0.5
    assert int(solution.stats["num_steps"]) <= 60
