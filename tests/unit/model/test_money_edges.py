"""Every dollar of two sites, entry by entry: when it is paid, in which account, and what energy it stands for."""

import dataclasses
import functools
import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model import carbon, money
from capexmodel.model.money import Money
from tests.two_sites import PERIODS_S, given, means, of_year, orders, passed, premium_usd, stock, there, two_sites

assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-12)
LASTS_S = (8.0, 12.0, 13.0, 27.0)
SECONDS = np.array([[8.0, 0.0], [12.0, 0.0], [4.0, 9.0], [0.0, 27.0]])
"""Of each period in each year."""
IT_W = np.array([1.5 * 0.6, 2.5 * 0.75, 0.75 * 0.9])
"""Mean draw of a chip of each type."""


@functools.cache
def booked() -> Money:
    """The account of all orders and all that stands."""
    return money.account(two_sites(), orders(), stock())


def ordered(name: str) -> np.ndarray:
    """A table of orders."""
    return np.asarray(getattr(orders(), name))


def busy_w() -> np.ndarray:
    """IT power of the chips that stand, by site and edge."""
    chips = np.asarray(stock().chips_count)
    return IT_W[0] * chips[0] + IT_W[1] * chips[1] + IT_W[2] * chips[2]


def power_w() -> np.ndarray:
    """At the meter: the second kind of hall has 1.3 where the sites have 1.15 and 1.2, at a mean load of 0.75."""
    tents = np.asarray(stock().housing.hall_w)[2]
    return np.array([1.15 * busy_w()[0] + 0.75 * 0.15 * tents[0], 1.2 * busy_w()[1] + 0.75 * 0.1 * tents[1]])


def yearly(at_edges: np.ndarray) -> np.ndarray:
    """Energy by year of a power at edges."""
    by_period = means(at_edges)
    return np.stack([sum(by_period[..., p] * SECONDS[p, year] for p in range(4)) for year in range(2)], axis=-1)


def shipped(ordered_usd: np.ndarray) -> np.ndarray:
    """What is paid as it ships, by period in the place of decision."""
    share = passed(PERIODS_S)
    return np.stack([sum(ordered_usd[..., d] * (share[p + 1, d] - share[p, d]) for d in range(3)) for p in range(4)], axis=-1)


def built(ordered_w: np.ndarray, table: str) -> np.ndarray:
    """What is paid while it is built, by period in the place of decision."""
    rows = []
    for kind, (build_s, price) in enumerate(zip(given(table, "build_s"), given(table, "price_usd_per_w"), strict=True)):
        share = there(PERIODS_S, 0.0, build_s)
        rows.append([sum(price * ordered_w[kind, :, d] * (share[p + 1, d] - share[p, d]) for d in range(3)) for p in range(4)])
    return np.moveaxis(np.array(rows), 1, 2)


def test_periods_fall_into_years_by_their_seconds():
    assert_close(money.by_year(two_sites()), of_year(), atol=1e-15)


def test_decisions_fall_into_years_by_their_seconds():
    """Of the second decision 14 of 20 seconds are in the first year."""
    assert_close(money.by_year_ordered(two_sites()), [[1.0, 0.0], [0.7, 0.3], [0.0, 1.0]], atol=1e-15)


def test_what_is_committed_is_spent_to_be_completed_or_for_other_ends():
    assert_close(money.committed_usd(two_sites()), [210.0 + 130.0 + 750.0, 40.0 + 70.0 + 1750.0])


def test_mean_power_is_that_of_busy_chips_and_what_halls_of_another_overhead_take_more():
    assert_close(money.average_power_w(two_sites(), stock()), power_w())


def test_energy_is_mean_power_over_a_period_and_over_a_year():
    assert_close(money.energy_j(two_sites(), stock()), means(power_w()) * np.array([LASTS_S, LASTS_S]))
    assert_close(money.drawn_j(two_sites(), stock()), yearly(power_w()))


def test_a_footprint_is_of_the_energy_of_chips_and_of_that_at_the_meter():
    found = money.footprint(two_sites(), orders(), stock())
    assert_close(found.drawn_j, yearly(power_w()))
    assert_close(found.water_kg, yearly(busy_w()) * np.array([[0.02], [0.05]]))
    assert_close(found.source_j, ordered("energy_j"))


def test_sources_by_themselves_give_at_most_their_use_of_what_is_not_like_the_site():
    watts = np.asarray(stock().sources_w)
    most = [part * yearly(watts[kind]) for kind, part in enumerate((0.85 * 0.75, 0.95 * 0.4, 0.35 * 0.9))]
    assert_close(money.source_most_j(two_sites(), stock()), most)


def test_what_is_like_the_site_adds_to_its_connection():
    watts = np.asarray(stock().sources_w)
    alike = 0.85 * 0.25 * watts[0] + 0.95 * 0.6 * watts[1] + 0.35 * 0.1 * watts[2]
    assert_close(money.grid_most_j(two_sites(), stock()), yearly(np.asarray(stock().connection_w) + alike))


def test_chips_and_ports_are_paid_as_they_ship():
    chips = [price * shipped(ordered("chips_count")[kind]) for kind, price in enumerate((30.0, 45.0, 70.0))]
    assert_close(booked().chips_usd, chips)
    ports = [price * shipped(ordered("ports_count")[site]) for site, price in enumerate((9.0, 13.0))]
    assert_close(booked().ports_usd, ports)


def test_a_premium_is_paid_as_its_chips_ship():
    assert_close(booked().premium_usd, shipped(premium_usd(ordered("chips_count"))))
    assert_close(booked().premium_capex_usd, shipped(premium_usd(ordered("chips_count"))).sum(axis=0) @ of_year())


def test_halls_and_sources_are_paid_while_they_are_built():
    assert_close(booked().hall_usd, built(ordered("hall_w"), "hall"))
    assert_close(booked().source_usd, built(ordered("source_w"), "source"))


def test_what_is_put_by_is_new_and_what_is_taken_back_is_less():
    assert_close(booked().reserve_usd, [300.0, -130.0])
    assert_close(booked().committed_usd, [1090.0, 1860.0])


def test_capex_at_list_is_all_that_is_bought_what_is_committed_and_what_is_put_by():
    found = booked()
    parts = [np.asarray(part).sum(axis=(0, 1)) for part in (found.chips_usd, found.hall_usd, found.source_usd)]
    bought = sum(parts) + np.asarray(found.ports_usd).sum(axis=0)
    assert_close(found.list_capex_usd, bought @ of_year() + np.array([1090.0 + 300.0, 1860.0 - 130.0]))
    assert_close(found.capex_usd, np.asarray(found.list_capex_usd) + np.asarray(found.premium_capex_usd))


def test_pay_rent_and_energy_are_for_the_time_they_last():
    heads, rented = means(np.asarray(stock().heads_count)), means(np.asarray(stock().rented_count))
    assert_close(booked().pay_usd, [0.35 * count * lasts for count, lasts in zip(heads, LASTS_S, strict=True)])
    assert_close(booked().rent_usd, [price * rented[row] * np.array(LASTS_S) for row, price in enumerate((0.6, 0.25))])
    power = means(power_w())
    assert_close(booked().energy_usd, [price * power[site] * np.array(LASTS_S) for site, price in enumerate((0.07, 0.11))])


def test_energy_of_sources_costs_what_they_ask_beyond_the_price_of_the_site():
    energy, asked, price = ordered("energy_j"), (0.13, 0.05, 0.03), (0.07, 0.11)
    assert_close(booked().mix_usd, [[energy[k, s] * (asked[k] - price[s]) for s in range(2)] for k in range(3)])


def test_carbon_is_paid_by_what_stands_and_what_is_bought():
    seen = carbon.account(two_sites(), orders(), jnp.asarray(yearly(busy_w())), jnp.asarray(yearly(power_w())))
    assert_close(booked().carbon_usd, carbon.paid_usd(two_sites(), seen))


def test_operating_cost_is_pay_rent_energy_mix_and_carbon():
    found = booked()
    by_period = np.asarray(found.pay_usd) + np.asarray(found.rent_usd).sum(axis=0) + np.asarray(found.energy_usd).sum(axis=0)
    by_year = np.asarray(found.mix_usd).sum(axis=(0, 1)) + np.asarray(found.carbon_usd).sum(axis=0)
    assert_close(found.operating_usd, by_period @ of_year() + by_year)


def test_companies_are_paid_in_the_year_in_which_they_close():
    """The first closes with the second year, the second in the first, the third in the second; so much of each is taken."""
    assert_close(booked().deals_usd, [[0.0, 0.9 * 400.0], [0.6 * 700.0, 0.0], [0.0, 0.3 * 900.0]])
    assert_close(booked().acquisition_usd, [420.0, 630.0])


@pytest.mark.parametrize(("close_s", "paid"), [((-6.0, -7.0, 23.9), [360.0 + 270.0, 0.0]), ((70.0, 69.9, 80.0), [0.0, 420.0])])
def test_companies_outside_of_all_years_are_not_paid(close_s, paid):
    moved = dataclasses.replace(two_sites(), deal=dataclasses.replace(two_sites().deal, close_s=jnp.asarray(close_s)))
    assert_close(money.account(moved, orders(), stock()).acquisition_usd, paid)


def test_a_dollar_is_discounted_from_the_middle_of_its_year():
    assert_close(money.discount(two_sites()), [math.exp(-0.03 * 9.0), math.exp(-0.03 * 47.0)])


def test_capex_is_at_list_and_above_it():
    told = dataclasses.replace(booked(), list_capex_usd=jnp.asarray([3.0, 5.0]), premium_capex_usd=jnp.asarray([0.7, 0.4]))
    assert_close(told.capex_usd, [3.7, 5.4])
