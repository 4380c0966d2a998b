"""A program of the size and shape the planner makes: stocks linear in orders, concave work, and the date at which enough work is done.

The most work by the end is a concave maximum over a polytope; the earliest date multiplies rates by the date. 649 variables, 432 affine
rows.
"""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import NonlinearProgram, Solution, Status, certify, minimize

KINDS, PERIODS, MARKS = 18, 36, 12
SIZE = KINDS * PERIODS + 1


def made_up() -> dict[str, Any]:
    """Prices, power, speeds, lead times and limits of an invented fleet."""
    random = np.random.default_rng(0)
    price, power, speed = (random.uniform(low, high, KINDS) for low, high in ((0.5, 3.0), (0.3, 1.5), (0.5, 2.0)))
    lead, period = random.uniform(0.2, 6.0, KINDS), np.arange(PERIODS)
    age = period[None, :, None] - period[None, None, :] - lead[:, None, None] + 1
    supply = random.uniform(1.0, 3.0, KINDS)[:, None] * (0.7 + 0.07 * period)[None, :]
    figures = {
        "delivered": np.clip(age, 0, 1),
        "price": price,
        "power": power,
        "speed": speed,
        "budget": np.cumsum(random.uniform(3, 5, PERIODS)),
        "limit": np.linspace(5, 40, PERIODS),
        "supply": supply[:10],
        "need": np.asarray(1500.0),
    }
    return {name: jnp.asarray(value) for name, value in figures.items()}


def stock(x: Any, args: Any) -> Any:
    """Units of each kind at work in each period, linear in the orders."""
    return jnp.einsum("kts,ks->kt", args["delivered"], x[:-1].reshape(KINDS, PERIODS))


def work(x: Any, args: Any) -> tuple[Any, Any]:
    """Work done by the end of each period, concave in the stock, and the rate."""
    held = stock(x, args)
    rate = jnp.einsum("k,kt->t", args["speed"], held)
    mixed = jnp.sum(jnp.sqrt(held + 0.01), axis=0) - 0.1 * KINDS
    return jnp.cumsum((rate + 0.01) ** 0.8 + 0.3 * mixed), rate


def affine(x: Any, args: Any) -> Any:
    """Budget, power and supply left."""
    held = stock(x, args)
    budget = args["budget"] - jnp.cumsum(args["price"] @ x[:-1].reshape(KINDS, PERIODS))
    return jnp.concatenate([budget, args["limit"] - args["power"] @ held, jnp.ravel(args["supply"] - held[:10])])


def milestones(x: Any, args: Any) -> Any:
    """Work done by the end, continued at the rate of each mark until the date (the last variable), beyond what is needed by then."""
    done, rate = work(x, args)
    marks = np.linspace(0, PERIODS - 1, MARKS + 1).astype(int)[1:]
    shares = jnp.linspace(0.3, 1.0, MARKS)
    return (done[marks] + x[-1] * shares * rate[marks] - args["need"] * jnp.linspace(0.1, 1.0, MARKS)) / 100


def earliest(x: Any, args: Any) -> Any:
    """The date."""
    return x[-1]


def least_negative_work(x: Any, args: Any) -> Any:
    """Minus the work done by the end."""
    return -work(x, args)[0][-1] / 100


def date() -> NonlinearProgram:
    """The earliest date."""
    return NonlinearProgram(earliest, milestones, affine, None, jnp.zeros(SIZE), jnp.ones(SIZE).at[-1].set(jnp.inf))


def most() -> NonlinearProgram:
    """The most work by the end."""
    return NonlinearProgram(least_negative_work, None, affine, None, jnp.zeros(SIZE), jnp.ones(SIZE))


START = np.append(np.full(SIZE - 1, 0.05), 1.0)


@pytest.fixture(scope="module")
def args() -> dict[str, Any]:
    """The figures shared by these tests."""
    return made_up()


@pytest.fixture(scope="module")
def dated(args: dict[str, Any]) -> Solution:
    """The earliest date."""
    return minimize(date(), START, args)


def test_the_earliest_date_is_certified(dated: Solution, args: dict[str, Any]) -> None:
    """Optimal in a number of steps typical of an interior point, by an independent judge."""
    assert int(dated.status) == Status.OPTIMAL
    assert int(dated.steps) <= 45
    assert float(certify(date(), dated.x, dated.multipliers, args).kkt_error) <= 1e-7


def test_a_little_more_money_is_worth_its_price(dated: Solution, args: dict[str, Any]) -> None:
    """A warm solve with a larger first budget takes few steps and moves the date by the price of that row; the constraint need not bind."""
    extra = 0.02
    richer = args | {"budget": args["budget"] + extra}
    warm = minimize(date(), START, richer, warm=dated)
    assert int(warm.status) == Status.OPTIMAL
    assert int(warm.steps) <= 15
    gain = float(dated.value - warm.value)
    assert gain > 0
    assert gain == pytest.approx(extra * float(jnp.sum(dated.multipliers.affine[:PERIODS])), rel=1e-2)


@pytest.mark.long
def test_the_most_work_is_the_global_optimum(args: dict[str, Any]) -> None:
    """Concave over a polytope: the gradient bound at the solution, maximized over the polytope by its prices, proves the value."""
    solution = minimize(most(), START, args)
    certificate = certify(most(), solution.x, solution.multipliers, args)
    assert int(solution.status) == Status.OPTIMAL
    assert int(solution.steps) <= 30
    assert float(certificate.kkt_error) <= 1e-7
    prices = solution.multipliers
    gap = jnp.dot(prices.affine, affine(solution.x, args)) + jnp.dot(prices.lower, solution.x) + jnp.dot(prices.upper, 1 - solution.x)
    assert 0 <= float(gap) <= 1e-5 * abs(float(solution.value))


def test_a_date_too_early_is_infeasible(dated: Solution, args: dict[str, Any]) -> None:
    """No date after the deadline is allowed and none before it is possible: reported, never called optimal."""
    deadline = eqx.tree_at(lambda program: program.upper, date(), date().upper.at[-1].set(0.7 * dated.value))
    solution = minimize(deadline, START, args)
    assert int(solution.status) == Status.INFEASIBLE
    assert float(certify(deadline, solution.x, solution.multipliers, args).scaled_violation) > 1e-3
