"""The chain from dollars to what follows, at two sites by hand: what is placed, what is given, and what each later room is handed."""

import dataclasses
import functools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.money import drawn_j, source_most_j
from capexmodel.model.pace import pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome, _given_j, place, simulate
from tests.one_minute import two_sites, unlike

run = eqx.filter_jit(simulate)
PORT_USD = np.asarray([[9.0], [7.0]])
SHAPES = {
    "chips_usd": (3, 2, 3), "hall_usd": (2, 2, 3), "source_usd": (3, 2, 3), "energy_share": (3, 2, 1), "ports_usd": (2, 3),
    "reserve_usd": (1,), "rented_count": (3, 3), "hires_count": (3,), "taken": (2,), "run_share": (2, 2, 4), "experiment_share": (4,),
}  # fmt: skip
MOST = {"energy_share": 0.03, "run_share": 0.02, "experiment_share": 0.08, "chips_usd": 40.0}
"""What turns numbers between 1 and 9 into shares that leave something over, and into chips by the dozen."""


@functools.cache
def scenario() -> Scenario:
    """Two sites by hand."""
    return two_sites()


def allocation(**scaled: float) -> Allocation:
    """Unlike numbers of everything."""
    factors = MOST | scaled
    numbers = {name: factors.get(name, 1.0) * unlike(*shape, seed=place) for place, (name, shape) in enumerate(SHAPES.items())}
    return Allocation(**{name: jnp.asarray(number) for name, number in numbers.items()})


@functools.cache
def outcome() -> Outcome:
    """What follows."""
    return run(scenario(), allocation())


def test_dollars_become_what_they_buy():
    asked = allocation()
    found = place(scenario(), asked)
    np.testing.assert_allclose(found.hall_w, np.asarray(asked.hall_usd) / np.asarray([0.3, 0.7])[:, None, None], rtol=1e-14)
    np.testing.assert_allclose(found.source_w, np.asarray(asked.source_usd) / np.asarray([0.2, 0.4, 0.9])[:, None, None], rtol=1e-14)
    np.testing.assert_allclose(found.ports_count, np.asarray(asked.ports_usd) / PORT_USD, rtol=1e-14)
    spent = np.asarray(asked.chips_usd).sum(axis=1)
    at_list = np.einsum("asd,a->ad", np.asarray(found.chips_count), [30.0, 50.0, 40.0])
    assert (at_list <= spent * (1 + 1e-12)).all()
    low = place(scenario(), allocation(chips_usd=1.0))
    np.testing.assert_allclose(low.chips_count, unlike(3, 2, 3) / np.asarray([30.0, 50.0, 40.0])[:, None, None], rtol=1e-14)


def test_counts_and_reserves_stay_what_they_are():
    asked = allocation()
    found = place(scenario(), asked)
    for name in ("reserve_usd", "rented_count", "hires_count", "taken"):
        np.testing.assert_array_equal(getattr(found, name), getattr(asked, name))


def test_compute_and_energy_are_nothing_until_they_are_known():
    found = place(scenario(), allocation(run_share=0.0, experiment_share=0.0))
    for name, shape in {"energy_j": (3, 2, 1), "run_eflops": (2, 2, 4), "experiment_eflops": (4,)}.items():
        np.testing.assert_array_equal(getattr(found, name), np.zeros(shape))


def test_sources_give_what_is_asked_of_them_where_a_site_draws_more():
    asked, stock = allocation(), outcome().stock
    expected = np.asarray(asked.energy_share) * np.asarray(source_most_j(scenario(), stock))
    assert (expected.sum(axis=0) < np.asarray(drawn_j(scenario(), stock))).all()
    np.testing.assert_allclose(outcome().orders.energy_j, expected, rtol=1e-13)


def test_sources_give_no_more_than_a_site_draws_and_are_cut_back_evenly():
    stock = eqx.tree_at(lambda s: s.sources_w, outcome().stock, 50.0 * outcome().stock.sources_w)
    asked = allocation(energy_share=0.1)
    wanted, drawn = np.asarray(asked.energy_share) * np.asarray(source_most_j(scenario(), stock)), np.asarray(drawn_j(scenario(), stock))
    assert (wanted.sum(axis=0) > drawn).all()
    np.testing.assert_allclose(_given_j(scenario(), asked, stock), wanted * (drawn / wanted.sum(axis=0)), rtol=1e-13)


def test_of_nothing_nothing_is_given():
    stock = eqx.tree_at(lambda s: (s.sources_w, s.chips_count), outcome().stock, replace_fn=lambda leaf: 0.0 * leaf)
    dark = dataclasses.replace(scenario(), hall=dataclasses.replace(scenario().hall, average_pue=jnp.zeros(2)))
    np.testing.assert_array_equal(_given_j(dark, allocation(), stock), np.zeros((3, 2, 1)))


def test_runs_take_their_share_of_what_is_usable_and_experiments_of_the_rest():
    found = outcome()
    usable = np.asarray(found.stock.usable_eflops())
    mean = 0.5 * (usable[:, 1:] + usable[:, :-1])
    runs = np.asarray(allocation().run_share) * mean
    np.testing.assert_allclose(found.compute.run_eflops, runs, rtol=1e-13)
    rest = mean.sum(axis=0) - np.asarray(found.compute.core_eflops) - runs.sum(axis=(0, 1))
    np.testing.assert_allclose(found.compute.experiment_eflops, np.asarray(allocation().experiment_share) * rest, rtol=1e-12)


def test_orders_know_the_compute_in_the_end():
    found = outcome()
    np.testing.assert_array_equal(found.orders.run_eflops, found.compute.run_eflops)
    np.testing.assert_array_equal(found.orders.experiment_eflops, found.compute.experiment_eflops)


def test_the_needs_that_are_looked_at_may_be_told():
    free = run(scenario(), allocation(), ())
    usable = np.asarray(free.stock.usable_eflops(()))
    assert (usable > np.asarray(free.stock.usable_eflops())).any()
    np.testing.assert_allclose(free.compute.usable_eflops, 0.5 * (usable[:, 1:] + usable[:, :-1]), rtol=1e-13)


def test_the_pace_is_worked_out_unless_it_is_at_hand():
    """At a third of the pace runs end later, if ever."""
    speed = pace(scenario())
    same = run(scenario(), allocation(), speed=speed)
    slow = run(scenario(), allocation(), speed=dataclasses.replace(speed, site_share=speed.site_share / 3.0))
    np.testing.assert_allclose(same.training.run_end_s, outcome().training.run_end_s, rtol=1e-12)
    assert (np.asarray(slow.training.run_end_s) > np.asarray(same.training.run_end_s) * 1.01).any()


@pytest.mark.long
def test_an_allocation_that_is_followed_gives_late_runs_more():
    asked = allocation()
    late = Followed(asked, jnp.full((2, 2, 4), 0.01))
    stopped = run(scenario(), Followed(asked, jnp.zeros((2, 2, 4))))
    gone_on = run(scenario(), late)
    np.testing.assert_allclose(stopped.compute.run_eflops, outcome().compute.run_eflops, rtol=1e-13)
    np.testing.assert_allclose(stopped.training.run_end_s, outcome().training.run_end_s, rtol=1e-13)
    more = np.asarray(gone_on.compute.run_eflops) - np.asarray(outcome().compute.run_eflops)
    assert (more >= -1e-9).all()
    assert more.max() > 0.0
    np.testing.assert_array_equal(gone_on.orders.run_eflops, gone_on.compute.run_eflops)
    assert (np.asarray(gone_on.training.run_end_s) < np.asarray(outcome().training.run_end_s)).any()


def test_money_and_carbon_are_of_these_orders_and_this_stock():
    found = outcome()
    np.testing.assert_allclose(found.carbon.source_j, found.orders.energy_j, rtol=1e-13)
    np.testing.assert_allclose(np.asarray(found.money.ports_usd).sum(), np.asarray(allocation().ports_usd).sum(), rtol=1e-12)
    np.testing.assert_array_equal(found.money.reserve_usd, allocation().reserve_usd)
