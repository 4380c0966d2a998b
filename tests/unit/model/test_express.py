"""Orders in dollars and shares, entry by entry."""

import dataclasses
import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.model import timing
from capexmodel.model.allocation import Allocation, Orders
from capexmodel.model.compute import core_eflops
from capexmodel.model.express import express
from capexmodel.model.fleet import BALANCES, NEEDS, fleet
from capexmodel.model.scenario import Scenario
from tests.two_sites import PERIODS_S, means, orders, premium_usd, two_sites

assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-12)
SECONDS = np.array([[8.0, 12.0, 4.0, 0.0], [0.0, 0.0, 9.0, 27.0]])
"""Of each period in each year."""


def tight() -> Scenario:
    """A line that is all like the site, racks that the halls of one site do not take, and a site in the dark, where nobody rents.

    All compute is small beside one EFLOP/s, and so is all energy beside one joule.
    """
    base = two_sites()
    dark, few = base.site.site_power_w.at[1].set(0.0), 0.2 * base.site.fleet_count
    site = dataclasses.replace(base.site, rack_w=jnp.asarray([7.0, 0.0]), site_power_w=dark, fleet_count=few)
    source = dataclasses.replace(base.source, site_share=jnp.asarray([0.25, 1.0, 0.1]))
    rental = dataclasses.replace(base.rental, site=("north", "north"))
    core = dataclasses.replace(base.core, share=jnp.asarray(0.02), relief_eflops=jnp.zeros(2))
    chip = dataclasses.replace(base.accelerator, peak_eflops=0.01 * base.accelerator.peak_eflops)
    return dataclasses.replace(base, site=site, source=source, rental=rental, core=core, accelerator=chip)


def placed() -> Orders:
    """Orders of which none brings power to the dark site, and whose runs take all there is in the first period."""
    made = orders()
    runs = jnp.asarray(np.asarray(made.run_eflops) * (0.027, 0.0003, 0.0006, 0.0009))
    return dataclasses.replace(made, source_w=1e-4 * made.source_w.at[:, 1].set(0.0), run_eflops=runs)


@functools.cache
def said(balances: tuple[str, ...] = NEEDS) -> Allocation:
    """The orders as an allocation."""
    return express(tight(), placed(), balances)


def usable(balances: tuple[str, ...] = NEEDS) -> np.ndarray:
    """Compute that runs, by site and period."""
    return means(np.asarray(fleet(tight(), placed()).usable_eflops(balances)))


def core() -> np.ndarray:
    """What the core takes of a fleet of 0.0567, a fiftieth, growing by two percent a second."""
    return means(0.02 * 0.2 * 0.2835 * np.exp(0.02 * np.array(PERIODS_S)))


def test_chips_are_priced_at_list_and_share_their_vendors_premium_by_price():
    count, paid = np.asarray(orders().chips_count), premium_usd(np.asarray(orders().chips_count))
    listed = np.array([30.0 * count[0], 45.0 * count[1], 70.0 * count[2]])
    of_maker, of_other = (listed[0] + listed[2]).sum(axis=0), listed[1].sum(axis=0)
    above = [paid[0] / of_maker, paid[1] / of_other, paid[0] / of_maker]
    assert_close(said().chips_usd, [listed[kind] * (1.0 + above[kind]) for kind in range(3)])


def test_halls_sources_and_ports_are_priced_by_kind_and_place():
    assert_close(said().hall_usd, [price * np.asarray(placed().hall_w)[kind] for kind, price in enumerate((11.0, 17.0))])
    assert_close(said().source_usd, [price * np.asarray(placed().source_w)[kind] for kind, price in enumerate((1.9, 2.3, 3.1))])
    assert_close(said().ports_usd, [price * np.asarray(placed().ports_count)[site] for site, price in enumerate((9.0, 13.0))])


def test_what_is_no_matter_of_dollars_stays():
    for name in ("reserve_usd", "rented_count", "hires_count", "taken"):
        assert_close(getattr(said(), name), getattr(placed(), name))


def test_energy_is_a_share_of_the_most_that_sources_by_themselves_can_give():
    """Of the line and of the dark site, which has none, no share."""
    watts = means(np.asarray(fleet(tight(), placed()).sources_w))[:, 0]
    most = [[part * (watts[kind] * SECONDS[year]).sum() for year in range(2)] for kind, part in ((0, 0.85 * 0.75), (2, 0.35 * 0.9))]
    assert np.max(most) < 1.0
    energy = np.asarray(placed().energy_j)
    assert_close(said().energy_share[:, 0], [energy[0, 0] / most[0], [0.0, 0.0], energy[2, 0] / most[1]])
    assert_close(said().energy_share[:, 1], np.zeros((3, 2)))


def test_runs_have_shares_of_what_is_usable_at_their_site_and_none_of_nothing():
    assert (usable() > 0).tolist() == [[True] * 4, [False] * 4]
    assert (usable() < 1.0).all()
    assert_close(said().run_share[0], [np.asarray(placed().run_eflops)[0, 0] / usable()[0], np.zeros(4)])


def test_without_a_look_at_power_more_is_usable():
    only = ("it_power_w",)
    assert (usable(only) > usable()).all()
    assert_close(said(only).run_share[0], np.asarray(placed().run_eflops)[0] / usable(only))
    assert (usable(BALANCES)[0] > usable()[0]).any()


def test_experiments_have_a_share_of_what_core_and_runs_leave_and_none_of_nothing():
    left = usable().sum(axis=0) - core() - np.asarray(placed().run_eflops)[0].sum(axis=0)
    assert (left > 0).tolist() == [False, True, True, True]
    assert (np.abs(left) < 1.0).all()
    assert_close(said().experiment_share, [0.0, *(np.array([2.5, 3.5, 3.0]) / left[1:])])


def test_experiments_have_no_share_where_runs_take_just_what_the_core_leaves():
    left = jnp.sum(timing.mean(fleet(tight(), placed()).usable_eflops()), axis=0) - core_eflops(tight())
    exact = placed().run_eflops.at[0, 1].set(0.0).at[0, 0].set(left)
    found = express(tight(), dataclasses.replace(placed(), run_eflops=exact))
    np.testing.assert_array_equal(found.experiment_share, 0.0)


def test_shares_have_slopes_where_there_is_something_and_none_where_there_is_not():
    scenario, orders_placed = tight(), placed()

    @eqx.filter_jit
    def slopes(energy_j: jax.Array, run_eflops: jax.Array, experiment_eflops: jax.Array) -> list[jax.Array]:
        def shares(*chosen: jax.Array) -> jax.Array:
            energy, runs, experiments = chosen
            made = dataclasses.replace(orders_placed, energy_j=energy, run_eflops=runs, experiment_eflops=experiments)
            found = express(scenario, made)
            return jnp.sum(found.energy_share) + jnp.sum(found.run_share) + jnp.sum(found.experiment_share)

        return jax.grad(shares, argnums=(0, 1, 2))(energy_j, run_eflops, experiment_eflops)

    by_energy, by_runs, by_experiments = slopes(placed().energy_j, placed().run_eflops, placed().experiment_eflops)
    assert_close(by_energy, np.asarray(said().energy_share) / np.asarray(placed().energy_j))
    assert_close(by_experiments, np.asarray(said().experiment_share) / np.asarray(placed().experiment_eflops))
    crowding = np.asarray(by_experiments) * np.asarray(said().experiment_share)
    assert_close(by_runs[0], [1.0 / usable()[0] + crowding, crowding])
