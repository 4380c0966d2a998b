"""Newton's system of a program of hours: what is left of each condition, and that a step of it leaves nothing to first order."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import hourly_newton as module
from capexmodel.solvers.hourly_newton import Residuals, System, direction, factored, residuals
from capexmodel.solvers.hourly_program import Hourly, HourlyPoint, lagrangian
from tests.unit.solvers.hours import OWNER, plain, point_of_hours, program_of_hours

CASES = [(3, 2), (0, 0), (0, 2), (3, 0)]


def left_by_hand(program: Hourly, point: HourlyPoint) -> dict[str, np.ndarray]:
    """Slopes of the Lagrangian, room that is missing, and products."""
    slope, p, x = plain(jax.grad(lagrangian, argnums=1)(program, point)), plain(program), plain(point)
    chosen = np.arange(x["capacity"].size) < program.choose
    return {
        "flow": slope["flow"],
        "room": p["reach"] * x["capacity"][OWNER][:, None, None] - x["flow"] - x["room"],
        "demand": slope["price"],
        "store": slope["worth"],
        "low": x["flow"] * x["low"],
        "high": x["room"] * x["high"],
        "capacity": np.where(chosen, slope["capacity"], 0.0),
        "idle": np.where(chosen, x["capacity"] * x["idle"], 0.0),
        "limit": -slope["dear"] - x["slack"],
        "dear": x["slack"] * x["dear"],
    }


@pytest.mark.parametrize(("choose", "limits"), CASES)
def test_what_is_left_of_each_condition(choose: int, limits: int) -> None:
    program = program_of_hours(choose, limits)
    point = point_of_hours(program)
    found = residuals(program, point)
    for name, told in left_by_hand(program, point).items():
        np.testing.assert_allclose(getattr(found, name), told, atol=1e-12, err_msg=name)


def stepped(program: Hourly, exact: bool, spoil: Any = lambda system: system) -> tuple[HourlyPoint, Residuals, HourlyPoint, dict[str, Any]]:
    """A direction for what is left, shaken so that every part of it counts, and what the direction leaves of it to first order."""
    point, random = point_of_hours(program), np.random.default_rng(7)
    chosen = np.arange(program.capacity.size) < program.choose
    left = Residuals(*(part + jnp.asarray(random.normal(size=part.shape)) for part in residuals(program, point)))
    left = left._replace(capacity=left.capacity * chosen, idle=left.idle * chosen)
    way = direction(program, point, spoil(factored(program, point)), left, exact)
    moved = jax.jvp(lambda at: residuals(program, at), (point,), (way,))[1]
    return point, left, way, {name: np.asarray(one + other) for name, one, other in zip(left._fields, moved, left, strict=True)}


@pytest.mark.parametrize("exact", [pytest.param(False, marks=pytest.mark.long), True])
@pytest.mark.parametrize(("choose", "limits"), CASES)
def test_a_step_leaves_nothing_to_first_order(choose: int, limits: int, exact: bool) -> None:
    program = program_of_hours(choose, limits)
    _, _, way, remains = stepped(program, exact)
    for name, remain in remains.items():
        np.testing.assert_allclose(remain, 0.0, atol=1e-9, err_msg=name)
    assert not np.asarray(way.capacity)[choose:].any()
    assert not np.asarray(way.idle)[choose:].any()


def test_a_ridge_weighs_steps_of_flows_times_the_dearest_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the nearer bound it shows in the product, with the sign of the bound."""
    monkeypatch.setattr(module, "RIDGE", 0.01)
    program = program_of_hours(0, 0)
    point, _, way, remains = stepped(program, exact=False)
    x, flow = plain(point), np.asarray(way.flow)
    weight, near = 0.01 * np.abs(np.asarray(program.cost)).max(), x["flow"] < x["room"]
    np.testing.assert_allclose(remains["low"], np.where(near, -weight * flow * x["flow"], 0.0), atol=1e-9)
    np.testing.assert_allclose(remains["high"], np.where(near, 0.0, weight * flow * x["room"]), atol=1e-9)
    np.testing.assert_allclose(remains["flow"], 0.0, atol=1e-9)


def test_the_dearest_way_may_be_one_that_is_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of_hours(0, 0)
    program = dataclasses.replace(program, cost=program.cost.at[1, 0, 2].set(-50.0))
    monkeypatch.setattr(module, "RIDGE", 0.01)
    give = factored(program, point_of_hours(program)).give
    x = plain(point_of_hours(program))
    np.testing.assert_allclose(give, 1.0 / (x["low"] / x["flow"] + 0.5 + x["high"] / x["room"]), rtol=1e-12)


def test_a_faint_ground_is_a_share_of_the_largest_joint_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAINT", 0.2)
    program = program_of_hours(0, 0)
    point, _, way, remains = stepped(program, exact=False)
    stored = np.asarray(factored(program, point).give)[-1]
    np.testing.assert_allclose(remains["store"], 0.2 * stored.max(axis=1, keepdims=True) * np.asarray(way.worth), atol=1e-9)
    np.testing.assert_allclose(remains["demand"], 0.0, atol=1e-9)


OFF = 1e-5


def ring_off(system: System) -> System:
    """What is left of the ring is a little off."""
    return system._replace(ring=(system.ring[0], system.ring[1] * (1.0 + OFF)))


def border_off(system: System) -> System:
    """So is the border's matrix."""
    return system._replace(schur=system.schur * (1.0 + OFF))


@pytest.mark.parametrize(("spoil", "names"), [(ring_off, ("demand", "store")), (border_off, ("capacity", "limit"))])
@pytest.mark.parametrize(("choose", "limits"), [(3, 2), (0, 0)])
def test_where_a_step_is_exact_what_a_system_leaves_is_met_once_more(spoil: Any, names: tuple[str, str], choose: int, limits: int) -> None:
    program = program_of_hours(choose, limits)
    rough, fine = (stepped(program, exact, spoil)[3] for exact in (False, True))
    for name in names:
        if name == "store" or (choose and spoil is border_off):
            assert np.abs(rough[name]).max() > 1e-6
        assert np.abs(fine[name]).max(initial=0.0) < 1e-7
    others = set(fine) - {"demand", "store", "capacity", "limit", "low", "high"}
    assert all(np.abs(fine[name]).max(initial=0.0) < 1e-9 for name in others)


@pytest.mark.parametrize("name", ["capacity", "limit", "demand", "store", "flow", "low", "high"])
def test_an_exact_step_with_a_system_a_little_off_is_a_good_one(name: str) -> None:
    """Off by a hundred thousandth, what is left after once more is off by the square of that."""
    remains = stepped(program_of_hours(3, 2), True, lambda system: border_off(ring_off(system)))[3]
    assert np.abs(remains[name]).max() < 3e-8
