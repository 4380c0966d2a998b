"""Programs of hours: each sum written out hour by hour."""

import dataclasses

import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.hourly_program import bounds, chosen, held, lagrangian, limited, met, owned, priced
from tests.unit.solvers.hours import CAPACITIES, DAYS, HOURS, LIMITS, OWNER, SHAPE, WAYS, plain, point_of_hours, program_of_hours


def told_met(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Demand that is met and what the store gains, hour by hour, with 0.85 kept of a charge and 0.75 of a discharge."""
    served, gained = np.zeros((DAYS, HOURS)), np.zeros((DAYS, HOURS))
    for day, hour in np.ndindex(DAYS, HOURS):
        first, second, charge, discharge, unmet, stored = flow[:, day, hour]
        served[day, hour] = first + second + discharge - charge + unmet
        gained[day, hour] = stored - flow[5, day, (hour - 1) % HOURS] - 0.85 * charge + discharge / 0.75
    return served, gained


def test_a_way_is_bounded_by_its_reach_times_the_capacity_it_belongs_to() -> None:
    program, capacity = program_of_hours(), np.array([3.0, 5.0, 7.0, 11.0, 13.0])
    np.testing.assert_allclose(
        bounds(program, jnp.asarray(capacity)), np.asarray(program.reach) * np.array([3.0, 7.0, 5.0, 5.0, 13.0, 11.0])[:, None, None]
    )


def test_demand_is_met_and_the_store_gains_hour_by_hour() -> None:
    program = program_of_hours()
    flow = point_of_hours(program).flow
    for found, told in zip(met(program, flow), told_met(np.asarray(flow)), strict=True):
        np.testing.assert_allclose(found, told, rtol=1e-12)


def test_what_prices_pay_for_a_way_is_what_one_more_of_it_meets_and_gains() -> None:
    program = program_of_hours()
    price, worth = (np.asarray(part) for part in (point_of_hours(program).price, point_of_hours(program).worth))
    told = np.zeros(SHAPE)
    for place in np.ndindex(SHAPE):
        one = np.zeros(SHAPE)
        one[place] = 1.0
        served, gained = told_met(one)
        told[place] = (price * served).sum() + (worth * gained).sum()
    np.testing.assert_allclose(priced(program, jnp.asarray(price), jnp.asarray(worth)), told, atol=1e-12)


def test_only_capacities_that_are_chosen_count() -> None:
    program, value = program_of_hours(choose=3), np.array([1.5, 2.5, 3.5, 4.5, 5.5])
    np.testing.assert_array_equal(chosen(program, jnp.asarray(value)), [1.5, 2.5, 3.5, 0.0, 0.0])
    given = np.asarray(program.capacity)
    np.testing.assert_array_equal(held(program, jnp.asarray(value)), [1.5, 2.5, 3.5, given[3], given[4]])
    np.testing.assert_array_equal(chosen(program_of_hours(choose=0), jnp.asarray(value)), np.zeros(5))


def test_limits_are_on_sums_of_flows_and_of_chosen_capacities() -> None:
    program = program_of_hours()
    flow, capacity = np.asarray(point_of_hours(program).flow), np.array([1.5, 2.5, 3.5, 4.5, 5.5])
    found = limited(program, jnp.asarray(flow), jnp.asarray(capacity))
    for number in range(LIMITS):
        told = (np.asarray(program.weight[number]) * flow).sum() + np.asarray(program.hold[number])[:3] @ capacity[:3]
        np.testing.assert_allclose(found[number], told, rtol=1e-12)


def test_sums_over_ways_go_to_their_capacities() -> None:
    by_way = np.array([1.5, 2.5, 4.5, 8.5, 16.5, 32.5])
    np.testing.assert_array_equal(owned(program_of_hours(), jnp.asarray(by_way)), [1.5, 13.0, 2.5, 32.5, 16.5])
    assert len(OWNER) == WAYS


def test_the_lagrangian_is_the_cost_less_every_priced_condition() -> None:
    program = program_of_hours()
    point = point_of_hours(program)
    p, x = plain(program), plain(point)
    x["capacity"] = x["capacity"] + 0.3  # of capacities that are not chosen, what is given counts
    capacity = np.where(np.arange(CAPACITIES) < 3, x["capacity"], p["capacity"])
    served, gained = told_met(x["flow"])
    told = (p["cost"] * x["flow"]).sum() + p["price"][:3] @ capacity[:3]
    told -= (x["price"] * (served - p["load"])).sum() + (x["worth"] * gained).sum() + (x["low"] * x["flow"]).sum()
    told -= (x["high"] * (p["reach"] * capacity[OWNER][:, None, None] - x["flow"])).sum() + x["idle"][:3] @ capacity[:3]
    sums = np.einsum("lwdh,wdh->l", p["weight"], x["flow"]) + p["hold"][:, :3] @ capacity[:3]
    told += x["dear"] @ (sums - p["limit"])
    moved = dataclasses.replace(point, capacity=jnp.asarray(x["capacity"]))
    np.testing.assert_allclose(lagrangian(program, moved), told, rtol=1e-12)
