"""Start, error, reach and steps of programs of hours, worked out by hand."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import hourly as module
from capexmodel.solvers.hourly import TOLERANCE, Ended, _error, _moved, _product, _reach, _start, _step, solve_hourly
from capexmodel.solvers.hourly_newton import Residuals
from capexmodel.solvers.hourly_program import Hourly, HourlyPoint
from tests.unit.solvers.hours import CAPACITIES, LIMITS, OWNER, SHAPE, plain, point_of_hours, program_of_hours


def nothing_left() -> Residuals:
    hours, ways, own, limits = jnp.zeros(SHAPE[1:]), jnp.zeros(SHAPE), jnp.zeros(CAPACITIES), jnp.zeros(LIMITS)
    return Residuals(ways, ways, hours, hours, ways, ways, own, own, limits, limits)


def test_a_start_lies_inside_of_all_bounds_with_flat_prices() -> None:
    program = program_of_hours()
    program = dataclasses.replace(program, limit=jnp.asarray([400.0, -90.0]), cost=program.cost.at[2, 1, 1].set(-31.0))
    p, x = plain(program), plain(_start(program))
    size = p["load"].max()
    capacity = np.concatenate([np.full(3, 2.0 * size), p["capacity"][3:]])
    most = p["reach"] * capacity[OWNER][:, None, None]
    flow = np.clip(p["load"][None], 0.3 * most, 0.7 * most)
    assert {True, False} == set((flow == 0.3 * most).ravel()) == set((flow == 0.7 * most).ravel()) == set((flow == p["load"][None]).ravel())
    sums = np.einsum("lwdh,wdh->l", p["weight"], flow) + p["hold"][:, :3] @ capacity[:3]
    told = {"flow": flow, "room": most - flow, "price": np.zeros(SHAPE[1:]), "worth": np.zeros(SHAPE[1:])}
    told |= {"low": np.full(SHAPE, 31.0), "high": np.full(SHAPE, 31.0), "capacity": capacity, "idle": np.full(CAPACITIES, 31.0)}
    told |= {"slack": np.array([400.0 - sums[0], size]), "dear": np.full(LIMITS, 31.0)}
    for name, value in told.items():
        np.testing.assert_allclose(x[name], value, rtol=1e-12, err_msg=name)


def test_the_error_is_the_worst_of_what_is_left_each_by_its_own_measure() -> None:
    program = program_of_hours()
    program = dataclasses.replace(
        program, cost=program.cost.at[2, 1, 1].set(-31.0), limit=jnp.asarray([-40.0, 1.0]), price=program.price.at[1].set(-50.0)
    )
    point, left = point_of_hours(program), nothing_left()
    p, x = plain(program), plain(point)
    load, value = p["load"].max(), np.abs(p["cost"] * x["flow"]).sum() + np.abs(p["price"] * x["capacity"])[:3].sum()
    told = [("room", (1, 0, 2), load), ("demand", (1, 3), load), ("store", (0, 4), load)]
    told += [("flow", (3, 1, 2), 31.0 + x["low"][3, 1, 2] + x["high"][3, 1, 2]), ("limit", (0,), 40.0), ("limit", (1,), load)]
    told += [("capacity", (1,), 50.0), ("capacity", (2,), 31.0)]
    for name, place, by in told:
        one = left._replace(**{name: getattr(left, name).at[place].set(-7.0).at[(0,) * len(place)].add(-0.01)})
        np.testing.assert_allclose(_error(program, point, one), 7.0 / by if place[0] else (7.0 + 0.01 * (not any(place))) / by, rtol=1e-12)
    for name in ("low", "high", "idle", "dear"):
        one = left._replace(**{name: getattr(left, name) + 0.3})
        np.testing.assert_allclose(_error(program, point, one), 0.3 * getattr(left, name).size / value, rtol=1e-12)
    assert float(_error(program, point, left)) == 0.0


def test_without_limits_there_is_an_error_all_the_same() -> None:
    program = program_of_hours(3, 0)
    none = jnp.zeros(0)
    left = nothing_left()._replace(limit=none, dear=none)
    assert float(_error(program, point_of_hours(program), left)) == 0.0


def still(point: HourlyPoint) -> HourlyPoint:
    return jax.tree.map(jnp.zeros_like, point)


@pytest.mark.parametrize("name", ["flow", "room", "capacity", "slack", "low", "high", "idle", "dear"])
def test_a_step_goes_nearly_to_the_first_bound(name: str) -> None:
    """Primal and dual parts each by themselves; what grows does not count."""
    program = program_of_hours()
    point = point_of_hours(program)
    value = getattr(point, name)
    change = jnp.full(value.shape, 9.0).at[(-1,) * value.ndim].set(-4.0 * value[(-1,) * value.ndim]).at[(0,) * value.ndim].set(-0.01)
    far = dataclasses.replace(still(point), **{name: change})
    primal, dual = _reach(program, point, far)
    mine, other = (primal, dual) if name in ("flow", "room", "capacity", "slack") else (dual, primal)
    assert float(mine) == pytest.approx(0.9995 / 4.0, rel=1e-12)
    assert float(other) == 1.0


def test_nothing_moves_further_than_the_whole_way() -> None:
    program = program_of_hours()
    point = point_of_hours(program)
    assert tuple(map(float, _reach(program, point, jax.tree.map(lambda leaf: -0.5 * leaf, point)))) == (1.0, 1.0)
    primal, dual = _reach(program, point, jax.tree.map(lambda leaf: -leaf, point))
    assert float(primal) == float(dual) == 0.9995


def test_flows_and_prices_move_by_lengths_of_their_own() -> None:
    program = program_of_hours()
    point, way = point_of_hours(program), point_of_hours(program, 5)
    found, x, w = plain(_moved(point, way, jnp.asarray(0.25), jnp.asarray(0.625))), plain(point), plain(way)
    for name, value in found.items():
        length = 0.25 if name in ("flow", "room", "capacity", "slack") else 0.625
        np.testing.assert_allclose(value, x[name] + length * w[name], rtol=1e-12, err_msg=name)


def told_product(program: Hourly, x: dict[str, np.ndarray]) -> float:
    chosen = program.choose
    flows = (x["flow"] * x["low"]).sum() + (x["room"] * x["high"]).sum()
    return flows + x["slack"] @ x["dear"] + x["capacity"][:chosen] @ x["idle"][:chosen]


def test_the_product_sums_each_room_times_its_price() -> None:
    program = program_of_hours()
    point = point_of_hours(program)
    np.testing.assert_allclose(_product(program, point), told_product(program, plain(point)), rtol=1e-12)


def test_a_corrector_aims_at_a_share_of_the_mean_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cube of what the predictor could not remove; its own products are taken off."""
    program = program_of_hours()
    point, asked = point_of_hours(program), []
    guess, final = (jax.tree.map(lambda leaf, size=size: size * leaf, point_of_hours(program, 9)) for size in (-0.2, 0.3))
    left = Residuals(*(part + number for number, part in enumerate(nothing_left())))

    def noted(of: Any, at: Any, system: Any, rest: Any, exact: bool) -> HourlyPoint:
        asked.append((system, rest, exact))
        return final if exact else guess

    monkeypatch.setattr(module, "factored", lambda of, at: "system")
    monkeypatch.setattr(module, "direction", noted)
    found = _step(program, point, left)
    x, g = plain(point), plain(guess)
    primal, dual = map(float, _reach(program, point, guess))
    lengths = {name: primal if name in ("flow", "room", "capacity", "slack") else dual for name in x}
    before, after = told_product(program, x), told_product(program, {name: x[name] + lengths[name] * g[name] for name in x})
    aim = before / (2 * np.prod(SHAPE) + LIMITS + 3) * (after / before) ** 3
    (first, second) = asked
    assert (first[0], first[2], second[0], second[2]) == ("system", False, "system", True)
    assert first[1] is left
    chosen = np.arange(CAPACITIES) < 3
    told = {"low": 4 + g["flow"] * g["low"] - aim, "high": 5 + g["room"] * g["high"] - aim, "dear": 9 + g["slack"] * g["dear"] - aim}
    told["idle"] = np.where(chosen, 7 + g["capacity"] * g["idle"] - aim, 0.0)
    for name in left._fields:
        np.testing.assert_allclose(getattr(second[1], name), told.get(name, getattr(left, name)), rtol=1e-12, err_msg=name)
    told_end = plain(_moved(point, final, *_reach(program, point, final)))
    for name, value in plain(found).items():
        np.testing.assert_allclose(value, told_end[name], rtol=1e-12)


@pytest.fixture
def halving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step halves the slack of the first limit, which is the error."""
    monkeypatch.setattr(module, "_step", lambda program, point, left: dataclasses.replace(point, slack=0.5 * point.slack))
    monkeypatch.setattr(module, "_start", lambda program: dataclasses.replace(point_of_hours(program), slack=jnp.asarray([1.0, 2.0])))
    monkeypatch.setattr(module, "_error", lambda program, point, left: point.slack[0] * program.load[0, 0] / program.load[0, 0])


def test_a_solve_steps_until_the_error_is_as_small_as_asked_for(halving: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOLERANCE", 0.125)
    ended = solve_hourly(program_of_hours())
    assert (int(ended.steps), float(ended.error)) == (3, 0.125)
    np.testing.assert_array_equal(ended.point.slack, [0.125, 0.25])
    assert bool(ended.solved)


def test_a_solve_gives_up_after_as_many_steps_as_there_may_be(halving: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 5)
    ended = solve_hourly(program_of_hours())
    assert (int(ended.steps), float(ended.error)) == (5, 2.0**-5)
    assert not bool(ended.solved)


def test_slopes_do_not_come_from_the_steps(halving: None) -> None:
    slope = eqx.filter_grad(lambda program: solve_hourly(program).error)(program_of_hours())
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(eqx.filter(slope, eqx.is_inexact_array)))


def test_an_error_of_just_the_tolerance_is_solved() -> None:
    point, steps = point_of_hours(program_of_hours()), jnp.asarray(3)
    assert bool(Ended(point, jnp.asarray(TOLERANCE), steps).solved)
    assert not bool(Ended(point, jnp.asarray(TOLERANCE * 1.001), steps).solved)
