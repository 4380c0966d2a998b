"""Programs of hours beside HiGHS: cost, prices, capacities and prices of limits; slopes beside differences; nothing lost."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, lil_matrix, vstack

from capexmodel.solvers.hourly import solve_hourly
from capexmodel.solvers.hourly_program import FLOOR, STORE_WAYS, Hourly, bounds, lagrangian, met

DAYS, HOURS, SOURCES = 2, 12, 5
SOLVE = eqx.filter_jit(solve_hourly)


def draw(seed: int, choose: bool = False, limits: int = 0) -> Hourly:
    """Sun, wind and three burners beside a store, costs and sizes at random; what all burn may be limited, and how much there is of one."""
    rng = np.random.default_rng(seed)
    there = np.ones((SOURCES, DAYS, HOURS))
    there[0] = rng.beta(2, 3, (DAYS, HOURS))
    there[1] = np.clip(np.sin((np.arange(HOURS) / HOURS * 24 - 6) / 12 * np.pi), 0, None)[None] * rng.uniform(0.4, 1, (DAYS, 1))
    times = rng.uniform(50, 150, DAYS)
    paid = np.concatenate([[0.0, 0.0], rng.uniform(20, 120, SOURCES - 2), [0.0, 0.0, 3000.0, 0.0]])
    weight = np.zeros((limits, SOURCES + STORE_WAYS, DAYS, HOURS))
    weight[:1, 2:SOURCES] = times[:, None] / 1000
    hold = np.zeros((limits, SOURCES + 3))
    hold[1:, 2] = 1.0
    load = 1 + 0.2 * rng.random((DAYS, HOURS))
    numbers = (
        paid[:, None, None] * times[None, :, None] * np.ones((1, 1, HOURS)),
        np.maximum(np.concatenate([there, np.ones((STORE_WAYS, DAYS, HOURS))]), FLOOR),
        np.r_[np.arange(SOURCES), SOURCES, SOURCES, SOURCES + 2, SOURCES + 1],
        load, 0.955, 0.94, np.r_[rng.uniform(0.0, 0.6, SOURCES), 0.3, 1.2, 2.5],
        np.r_[rng.uniform(50e3, 200e3, SOURCES), 50e3, 30e3, 0.0] * times.sum() / 365, weight, hold,
        np.r_[0.2 * np.sum(load * times[:, None]) / 1000, 0.1][:limits],
    )  # fmt: skip
    return Hourly(*map(jnp.asarray, numbers), SOURCES + 2 if choose else 0)


def oracle(program: Hourly) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Cost, prices by hour, capacities and prices of limits, by HiGHS on the same program written out."""
    cost = np.asarray(program.cost)
    count, capacities, places = cost.size, program.capacity.size, np.arange(cost.size).reshape(cost.shape)
    equal = lil_matrix((2 * DAYS * HOURS, count + capacities))
    for day, hour in np.ndindex(DAYS, HOURS):
        first, second = day * HOURS + hour, DAYS * HOURS + day * HOURS + hour
        charge, discharge, unmet, stored = places[-STORE_WAYS:, day, hour]
        equal[first, [*places[:-STORE_WAYS, day, hour], discharge, unmet]] = 1.0
        equal[first, charge] = -1.0
        equal[second, [stored, places[-1, day, hour - 1], charge, discharge]] = [
            1,
            -1,
            -float(program.charge),
            1 / float(program.discharge),
        ]
    below = lil_matrix((count, count + capacities))
    below[np.arange(count), np.arange(count)] = 1.0
    below[np.arange(count), count + np.repeat(np.asarray(program.owner), DAYS * HOURS)] = -np.asarray(program.reach).ravel()
    rows = csr_matrix(np.asarray(program.weight).reshape(-1, count))
    upper = vstack([below.tocsr(), hstack([rows, csr_matrix(np.asarray(program.hold))])])
    price = np.where(np.arange(capacities) < program.choose, program.price, 0.0)
    ends = [(0, None)] * count + [(0, None) if k < program.choose else (float(c),) * 2 for k, c in enumerate(program.capacity)]
    right = np.r_[np.zeros(count), np.asarray(program.limit)]
    sides = np.r_[np.asarray(program.load).ravel(), np.zeros(DAYS * HOURS)]
    found = linprog(np.r_[cost.ravel(), price], upper, right, equal.tocsr(), sides, ends, method="highs")
    prices = found.eqlin.marginals[: DAYS * HOURS].reshape(DAYS, HOURS)
    return float(found.fun), prices, found.x[count:], -found.ineqlin.marginals[count:]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("choose", "limits"), [(False, 0), (True, 2)])
def test_the_same_as_highs(seed: int, choose: bool, limits: int) -> None:
    """Cost to a millionth and prices to a thousandth of the highest, given or chosen, with and without a limit that binds."""
    program = draw(seed, choose, limits)
    ended = SOLVE(program)
    cost, prices, capacity, dear = oracle(program)
    assert bool(ended.solved)
    assert float(lagrangian(program, ended.point)) == pytest.approx(cost, rel=1e-6)
    np.testing.assert_allclose(np.asarray(ended.point.capacity), capacity, atol=1e-5)
    np.testing.assert_allclose(np.asarray(ended.point.dear), dear, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.asarray(ended.point.price), prices, atol=1e-3 * np.abs(prices).max())


@pytest.mark.parametrize("seed", range(2))
def test_every_demand_is_met_and_nothing_is_lost(seed: int) -> None:
    """What is drawn, stored and lost is what came in, to a billionth; no way beyond its bounds."""
    program = draw(seed)
    flow = SOLVE(program).point.flow
    served, gained = met(program, flow)
    np.testing.assert_allclose(np.asarray(served), np.asarray(program.load), rtol=1e-9)
    np.testing.assert_allclose(np.asarray(gained), 0.0, atol=1e-9)
    charge, discharge = np.asarray(flow[SOURCES]), np.asarray(flow[SOURCES + 1])
    assert discharge.sum() == pytest.approx(0.955 * 0.94 * charge.sum(), rel=1e-6, abs=1e-6)
    assert (np.asarray(flow) >= 0).all()
    assert (np.asarray(bounds(program, program.capacity) - flow) >= -1e-9).all()


@pytest.mark.long
@pytest.mark.parametrize("choose", [False, True])
def test_slopes_equal_differences(choose: bool) -> None:
    """Of the least cost in costs, loads, availability, capacities or their prices, and efficiencies of the store.

    Costs differ by hour: were they alike, the store could fill at any hour of a burner's, and there would be no slope but two."""
    program, rng = draw(7, choose), np.random.default_rng(1)
    program = eqx.tree_at(lambda p: p.cost, program, program.cost * jnp.asarray(rng.uniform(0.9, 1.1, program.cost.shape)))

    def cost(of: Hourly) -> jax.Array:
        return lagrangian(of, solve_hourly(of).point)

    def moved(size: float, way: Hourly) -> Hourly:
        return eqx.apply_updates(program, jax.tree.map(lambda leaf: size * leaf, way))

    numbers = ("cost", "reach", "load", "charge", "discharge", "price" if choose else "capacity")
    slope = eqx.filter_jit(eqx.filter_grad(cost))(program)
    run = eqx.filter_jit(cost)
    for name in numbers:
        way = jax.tree.map(jnp.zeros_like, eqx.filter(program, eqx.is_inexact_array))
        part = getattr(program, name)
        way = eqx.tree_at(lambda tree, name=name: getattr(tree, name), way, part * jnp.asarray(rng.uniform(0.5, 1, part.shape)))
        told = float(jnp.sum(getattr(slope, name) * getattr(way, name)))
        size = 1e-5
        costs = [float(run(moved(sign * size, way))) for sign in (1, -1)]
        assert told == pytest.approx((costs[0] - costs[1]) / (2 * size), rel=1e-3, abs=3e-5 * abs(costs[0])), name


def test_a_limit_below_nothing_is_not_solved() -> None:
    """Load can be left unmet, so that only a limit below nothing cannot be held: the flag says so."""
    program = draw(1, choose=True, limits=2)
    assert bool(SOLVE(program).solved)
    assert not bool(SOLVE(eqx.tree_at(lambda p: p.limit, program, jnp.asarray([-1.0, 0.1]))).solved)
