"""Curvature that is known: few directions show every second derivative, whatever the pattern, and solutions stay what they were."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.planner.chart import gist
from capexmodel.planner.search import Cost, Curved, Given, prepare, summed
from capexmodel.planning.problem import Problem
from capexmodel.solvers import NonlinearProgram, Status, minimize
from capexmodel.solvers.curvature import coupled, curvature_of
from capexmodel.solvers.structure import Through


def arrow(size: int, long: int, random: np.random.Generator) -> np.ndarray:
    """A diagonal, some neighbors, and a few long rows, in a random order."""
    pattern = np.eye(size, dtype=bool) | np.eye(size, k=1, dtype=bool)
    pattern[:long] |= random.uniform(size=(long, size)) < 0.8
    order = random.permutation(size)
    return (pattern | pattern.T)[np.ix_(order, order)]


@pytest.mark.parametrize(("size", "long"), [(1, 0), (2, 1), (40, 0), (60, 3)])
def test_few_directions_show_every_entry_of_an_arrow(size: int, long: int) -> None:
    random = np.random.default_rng(size)
    pattern = arrow(size, long, random)
    middle = random.normal(size=(size, size)) * pattern
    middle = middle + middle.T
    inner = np.zeros((size, 3 * size))
    inner[np.arange(size), random.permutation(3 * size)[:size]] = random.normal(size=size)
    inner[np.arange(size), random.integers(3 * size, size=size)] = random.normal(size=size)
    found = curvature_of(pattern, inner != 0)
    assert found is not None
    assert found.directions.shape[0] <= long + 5
    product = found.congruence(found.directions @ jnp.asarray(middle), jnp.asarray(inner))
    np.testing.assert_allclose(product, inner.T @ middle @ inner, atol=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 1.0])
def test_any_pattern_is_shown(share: float) -> None:
    random = np.random.default_rng(3)
    pattern = random.uniform(size=(30, 30)) < share
    pattern |= pattern.T
    middle = random.normal(size=(30, 30)) * pattern
    middle, inner = middle + middle.T, np.eye(30, 60)
    found = curvature_of(pattern, inner != 0)
    assert found is not None
    np.testing.assert_allclose(
        found.congruence(found.directions @ jnp.asarray(middle), jnp.asarray(inner)), inner.T @ middle @ inner, atol=1e-12
    )


def test_where_much_is_coupled_nothing_is_gained() -> None:
    assert curvature_of(np.ones((20, 20), bool), np.ones((20, 30), bool)) is None


def test_coupled_sees_through_kinks_and_leaves_alone_what_stands_apart() -> None:
    def function(y):
        return y[0] * y[1] + jnp.maximum(y[2] - 5.0, 0.0) * y[3] + y[4] + jnp.exp(y[5])

    pairs = np.asarray(coupled(function, jnp.ones(6)))
    assert {(0, 1), (1, 0), (2, 3), (3, 2), (5, 5)} <= set(zip(*np.nonzero(pairs), strict=True))
    assert not pairs[4].any()
    assert not pairs[:2, 2:].any()
    assert not pairs[5, :5].any()


def test_a_program_whose_curvature_is_known_has_the_same_solution_in_the_same_steps() -> None:
    sums = jnp.asarray(np.random.default_rng(1).normal(size=(3, 8)) * (np.arange(8) % 3 == np.arange(3)[:, None]))

    def inner(x, args):
        return sums @ x

    def outer(y, args):
        return jnp.sum((y - 1.0) ** 4) + y[0] * y[2]

    pattern = np.asarray(coupled(lambda y: outer(y, None), jnp.ones(3)))
    assert not pattern[1, [0, 2]].any()

    def ridge(args):
        return jnp.asarray(0.01)

    plain, told = (
        minimize(NonlinearProgram(Through(outer, inner, ridge, known)), jnp.ones(8))
        for known in (None, curvature_of(pattern, np.asarray(sums) != 0))
    )
    assert int(plain.status) == int(told.status) == Status.OPTIMAL
    assert int(plain.steps) == int(told.steps)
    np.testing.assert_allclose(plain.x, told.x, atol=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("name", ["one_period", "greenfield", "firm_power", "meta_2026"])
def test_no_second_derivative_of_a_shipped_scenario_lies_outside_what_is_coupled(name: str) -> None:
    """At random plans, early and late dates among them, with the present cost that robust plans look at; and few directions are needed."""
    problem = Problem(load(name))
    form, size, reduced = prepare(problem)
    given = Given(problem.scenario, size, reduced.chart, reduced.linear)
    pattern = np.asarray(reduced.linear.coupled)
    assert (pattern == pattern.T).all()

    def curved(sums):
        present_usd = gist(problem.scenario, reduced.linear.pace, sums).present_usd()
        return Cost(form)(sums, given) + jnp.sum(Curved(form)(sums, given)) + present_usd / size.usd

    hessian = jax.jit(jax.hessian(curved))
    random = np.random.default_rng(0)
    for _ in range(6):
        x = jnp.asarray(2.0 * np.exp(random.uniform(-1.5, 1.5, reduced.chart.free.size)))
        found = np.asarray(hessian(summed(x, given)))
        assert np.isfinite(found).all()
        assert not found[~pattern].any()
    assert reduced.curvature is not None
    assert reduced.curvature.directions.shape[0] <= 3 * len(problem.scenario.job.names) + 5
