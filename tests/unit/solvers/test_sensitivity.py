"""Derivatives of solutions agree with solving again on either side, under every transformation, and on degenerate programs."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from capexmodel.solvers import InteriorPoint, NonlinearProgram, Solution, Status, Tangent, minimize, plan_derivative, value_gradient
from tests.unit.solvers import hock_schittkowski as published
from tests.unit.solvers.test_quadratic import SIZE, Data, objective, random_data, rows

SHARP = InteriorPoint(tolerance=1e-11)
"""Differences over a step of 1e-4 show ten thousand times what a solve leaves undone."""
AGREES = 1e-6
"""Relative difference that is the goal, between a derivative and re-solving at a tolerance of 1e-11."""
STEP = 1e-4
STEPS = {3: 1e-8}
"""Steps of problems whose curvature is so small (1e-5) that a longer step leads to another problem."""


def posed(data: Data) -> tuple[NonlinearProgram, dict[str, Array]]:
    """A program of `test_quadratic` and its args."""
    program = NonlinearProgram(objective, affine=rows, lower=jnp.asarray(data.lower), upper=jnp.asarray(data.upper))
    return program, {name: jnp.asarray(getattr(data, name)) for name in ("quadratic", "linear", "matrix", "right")}


def solve(program: NonlinearProgram, args: Any, start: Any = None, warm: Solution | None = None) -> Solution:
    return minimize(program, jnp.zeros(SIZE) if start is None else start, args, SHARP, warm)


def moved(tree: Any, direction: Any, step: float) -> Any:
    """A tree some way along a direction; None does not move."""
    if direction is None:
        return tree
    return jax.tree.map(lambda leaf, by: leaf if by is None else leaf + step * by, tree, direction, is_leaf=lambda leaf: leaf is None)


def drawn(tree: Any, seed: int) -> Any:
    """A random direction, shaped as the arrays of floats of a tree."""
    random = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), eqx.filter(tree, eqx.is_inexact_array))


def told(solution: Any) -> tuple[Array, Array, Array]:
    """Value, plan and prices, those of the two bounds of a variable together."""
    prices = solution.multipliers
    every = [prices.inequality, prices.affine, prices.equality, prices.lower - prices.upper]
    return solution.value, solution.x, jnp.concatenate(every)


def slope(program: NonlinearProgram, args: Any, tangent: Tangent, start: Any = None, step: float = STEP) -> tuple[Array, ...]:
    """How fast value, plan and prices move, by re-solving at four points around.

    Source: Fornberg, Mathematics of Computation 51 (1988), table 1 (first derivative, fourth order).
    """
    first = solve(program, args, start)

    def at(length: float) -> tuple[Array, Array, Array]:
        there = moved(program, tangent.program, length), moved(args, tangent.args, length)
        solution = solve(*there, start, first)
        assert int(solution.status) == Status.OPTIMAL
        return told(solution)

    near, far = (at(step), at(-step)), (at(2 * step), at(-2 * step))
    return tuple((8 * (a - b) - (c - d)) / (12 * step) for a, b, c, d in zip(*near, *far, strict=True))


def assert_agree(found: tuple[Array, ...], expected: tuple[Array, ...], within: float = AGREES) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=within * max(1.0, float(jnp.max(jnp.abs(theirs), initial=0.0))))


@pytest.mark.parametrize("seed", range(4))
def test_random_programs_move_as_predicted(seed: int) -> None:
    """Every number moves at once: curvature, slope, rows, right-hand sides and both bounds."""
    program, args = posed(random_data(seed))
    tangent = Tangent(drawn(program, seed), drawn(args, seed + 1))
    response = plan_derivative(program, solve(program, args), args, tangent)
    assert_agree(told(response), slope(program, args, tangent))


def tilted(x: Any, args: Any) -> Any:
    return published.objective(x, args["place"]) + args["tilt"] @ x + 0.5 * jnp.sum(args["bend"] * x * x)


def shifted_inequality(x: Any, args: Any) -> Any:
    return published.inequality(x, args["place"]) + args["inequality"]


def shifted_equality(x: Any, args: Any) -> Any:
    return published.equality(x, args["place"]) + args["equality"]


@pytest.mark.long
@pytest.mark.parametrize("number", published.NUMBERS)
def test_published_problems_move_as_predicted(number: int) -> None:
    """Tilted, bent, and with every row and bound shifted; padding has fixed variables, rows that are off, and rows 0 == 0."""
    problem, start = published.program(number)
    program = eqx.tree_at(lambda p: (p.objective, p.inequality, p.equality), problem, (tilted, shifted_inequality, shifted_equality))
    size, equalities = len(published.PROBLEMS[number].start), len(published.PROBLEMS[number].equality)
    numbers = {"tilt": jnp.zeros(5), "bend": jnp.zeros(5), "inequality": jnp.zeros(3), "equality": jnp.zeros(3)}
    args = numbers | {"place": jnp.asarray(published.NUMBERS.index(number))}
    directions = drawn(numbers, number) | {"place": None}
    directions["equality"] = directions["equality"] * (jnp.arange(3) < equalities)
    tangent = Tangent(jax.tree.map(lambda by: by * (jnp.arange(5) < size), drawn(program, number + 1)), directions)
    response = plan_derivative(program, solve(program, args, start), args, tangent)
    assert_agree(told(response), slope(program, args, tangent, start, STEPS.get(number, STEP)))


@pytest.mark.long
def test_every_transformation_tells_the_same() -> None:
    """grad, jacrev, jacfwd, vmap and the functions themselves."""
    program, args = posed(random_data(1))
    solution = solve(program, args)
    reverse = jax.jacrev(lambda given: solve(program, given).x)(args)
    forward = jax.jacfwd(lambda given: solve(program, given).x)(args)
    direction = drawn(args, 3)
    response = plan_derivative(program, solution, args, Tangent(None, direction))
    along = sum(jnp.tensordot(reverse[name], direction[name], direction[name].ndim) for name in args)
    np.testing.assert_allclose(along, response.x, atol=1e-12)
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 1.1 * leaf]), args)
    lanes = jax.vmap(jax.grad(lambda given: solve(program, given).value))(batch)
    envelope = value_gradient(program, solution, args)
    for name in args:
        np.testing.assert_allclose(forward[name], reverse[name], atol=1e-12)
        np.testing.assert_allclose(lanes[name][0], envelope.args[name], atol=1e-12)


def test_bounds_and_arrays_of_functions_have_slopes() -> None:
    """The functions are equinox modules with arrays of their own: (x - aim)^2 below a cap. The cap's price is 2 (aim - cap)."""

    class Distance(eqx.Module):
        aim: Array

        def __call__(self, x: Any, args: Any) -> Any:
            return jnp.sum((x - self.aim) ** 2)

    def value(aim: Array, cap: Array) -> Array:
        return minimize(NonlinearProgram(Distance(aim), upper=cap), jnp.zeros(2), None, SHARP).value

    by_aim, by_cap = jax.grad(value, argnums=(0, 1))(jnp.asarray([1.0, 3.0]), jnp.asarray([2.0, 2.5]))
    np.testing.assert_allclose(by_aim, [0.0, 1.0], atol=1e-8)
    np.testing.assert_allclose(by_cap, [0.0, -1.0], atol=1e-8)


def test_where_a_search_begins_is_of_no_consequence() -> None:
    """Start, warm prices and tolerance carry no derivative."""
    program, args = posed(random_data(2))
    first = solve(program, args)

    def value(start: Array, prices: Array, tolerance: Array) -> Array:
        warm = eqx.tree_at(lambda s: (s.x, s.multipliers.affine), first, (start, prices))
        return minimize(program, start, args, InteriorPoint(tolerance=tolerance), warm).value

    slopes = jax.grad(value, argnums=(0, 1, 2))(first.x, first.multipliers.affine, jnp.asarray(1e-10))
    assert all(not jnp.any(slope) for slope in slopes)


def test_fixed_variables_pass_on_what_fixes_them() -> None:
    """Moving both bounds of a fixed variable moves it as much, and the value by the price."""
    data = random_data(4)
    data.lower[1] = data.upper[1] = 0.1
    program, args = posed(data)
    solution = solve(program, args)
    both = jnp.zeros(SIZE).at[1].set(1.0)
    still = jax.tree.map(lambda _: None, program)
    tangent = Tangent(eqx.tree_at(lambda p: (p.lower, p.upper), still, (both, both), is_leaf=lambda leaf: leaf is None))
    response = plan_derivative(program, solution, args, tangent)
    assert float(response.x[1]) == pytest.approx(1.0)
    assert float(response.value) == pytest.approx(float((solution.multipliers.lower - solution.multipliers.upper)[1]))
    assert_agree(told(response), slope(program, args, tangent))


def test_equal_rows_move_as_one() -> None:
    """Every row twice: prices are not unique, but the plan's derivative is, and so is that of the sum of both prices."""
    data = random_data(2)
    twice = data._replace(matrix=np.tile(data.matrix[:4], (2, 1)), right=np.tile(data.right[:4], 2))
    once = data._replace(right=np.concatenate([data.right[:4], np.full(4, np.inf)]))
    half = np.random.default_rng(0).normal(size=4)
    answers = []
    for posed_data, direction in ((twice, np.tile(half, 2)), (once, np.concatenate([half, np.zeros(4)]))):
        program, args = posed(posed_data)
        tangent = Tangent(None, dict.fromkeys(args) | {"right": jnp.asarray(direction)})
        answers.append(plan_derivative(program, solve(program, args), args, tangent))
    double, single = answers
    assert float(jnp.max(jnp.abs(single.x))) > 0.01
    np.testing.assert_allclose(double.x, single.x, atol=AGREES)
    np.testing.assert_allclose(double.value, single.value, atol=AGREES)
    np.testing.assert_allclose(double.multipliers.affine.reshape(2, 4).sum(axis=0), single.multipliers.affine[:4], atol=1e-4)


@pytest.mark.long
def test_second_derivatives_of_the_value() -> None:
    """The derivative has one itself: the Hessian of the value in the right-hand sides, against differences of its gradient."""
    program, args = posed(random_data(0))

    def value(right: Array) -> Array:
        return solve(program, args | {"right": right}).value

    hessian = jax.hessian(value)(args["right"])
    steps = STEP * jnp.eye(args["right"].size)
    differences = [(jax.grad(value)(args["right"] + by) - jax.grad(value)(args["right"] - by)) / (2 * STEP) for by in steps]
    assert float(jnp.max(jnp.abs(hessian))) > 0.1
    np.testing.assert_allclose(hessian, jnp.stack(differences), atol=AGREES)
