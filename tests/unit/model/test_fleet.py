"""Orders to stock by hand: each share that has arrived is a mean over an even stretch of orders and of lead times."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Orders
from capexmodel.model.fleet import equivalents, fleet
from tests.one_minute import DECISIONS_S, PERIODS_S, two_sites, unlike

EDGES = np.asarray(PERIODS_S)
ORDERED = {
    "chips_count": (3, 2, 3), "hall_w": (2, 2, 3), "source_w": (3, 2, 3), "energy_j": (3, 2, 1), "ports_count": (2, 3),
    "reserve_usd": (1,), "rented_count": (3, 3), "hires_count": (3,), "taken": (2,), "run_eflops": (1, 2, 4), "experiment_eflops": (4,),
}  # fmt: skip


def orders() -> Orders:
    """Unlike numbers of everything."""
    return Orders(**{name: jnp.asarray(unlike(*shape, seed=place)) for place, (name, shape) in enumerate(ORDERED.items())})


def ordered(name: str) -> np.ndarray:
    """One table of the orders."""
    return np.asarray(getattr(orders(), name))


def there(lead_s: float, spread: float) -> np.ndarray:
    """Share that is there at each edge of what each decision orders: the mean over lead times of what was ordered as long before."""
    leads = lead_s * (1.0 + spread * np.linspace(-1.0, 1.0, 4001)[:-1] + spread / 4000)
    columns = []
    for start, end in itertools.pairwise(DECISIONS_S):
        columns.append([np.mean(np.clip((edge - leads - start) / (end - start), 0.0, 1.0)) for edge in EDGES])
    return np.asarray(columns).T


def staged(times: np.ndarray, at: list[float], values: list[float]) -> np.ndarray:
    """Straight lines between dates."""
    return np.interp(times, at, values)


@pytest.fixture(scope="module")
def stock():
    """The stock of it all."""
    return fleet(two_sites(), orders())


def test_chips_are_those_in_place_and_those_installed(stock):
    shares = [there(6.0, 0.5), there(9.0, 0.25), there(14.0, 0.8)]
    place = np.asarray([[13.0, 17.0, 19.0], [23.0, 29.0, 37.0]])
    for chip, share in enumerate(shares):
        for site in range(2):
            expected = place[site, chip] + share @ ordered("chips_count")[chip, site]
            np.testing.assert_allclose(stock.chips_count[chip, site], expected, rtol=1e-6)


def test_ports_are_one_for_each_chip_in_place_and_those_wired(stock):
    """Over the loop here, of the second kind, and over the tree there."""
    loop, tree = there(12.0, 0.75), there(5.0, 0.4)
    np.testing.assert_allclose(stock.ports_count[0], 49.0 + loop @ ordered("ports_count")[0], rtol=1e-6)
    np.testing.assert_allclose(stock.ports_count[1], 89.0 + tree @ ordered("ports_count")[1], rtol=1e-6)


def test_rented_chips_are_those_contracted_and_those_newly_rented(stock):
    contracted = [([0.0, 20.0], [2.0, 8.0]), ([5.0, 30.0], [3.0, 5.0]), ([10.0, 50.0], [7.0, 1.0])]
    shares = [there(4.0, 0.3), there(7.0, 0.6), there(11.0, 0.9)]
    for market, (told, share) in enumerate(zip(contracted, shares, strict=True)):
        np.testing.assert_allclose(stock.rented_count[market], staged(EDGES, *told) + share @ ordered("rented_count")[market], rtol=1e-6)


def test_rented_compute_stands_where_its_market_is(stock):
    """The second market rents chips of 3 here, the others chips of 11 and 5 there."""
    rented = np.asarray(stock.rented_count)
    np.testing.assert_allclose(stock.rented_eflops, [3.0 * rented[1], 11.0 * rented[0] + 5.0 * rented[2]], rtol=1e-12)


def test_power_slips_with_its_site_and_by_itself(stock):
    np.testing.assert_allclose(stock.connection_w[0], staged(EDGES - 9.0, [0.0, 10.0, 40.0], [70.0, 75.0, 130.0]), rtol=1e-12)
    np.testing.assert_allclose(stock.connection_w[1], staged(EDGES - 1.5, [5.0, 15.0, 30.0], [50.0, 95.0, 150.0]), rtol=1e-12)


def promised() -> np.ndarray:
    """Halls in place or promised, late by 3 and 4."""
    return np.asarray([staged(EDGES - 3.0, [0.0, 20.0], [60.0, 90.0]), staged(EDGES - 4.0, [10.0, 35.0], [40.0, 110.0])])


def built(name: str, leads: list[tuple[float, float]]) -> np.ndarray:
    """What stands of each kind at each site."""
    return np.asarray([[there(*lead) @ ordered(name)[kind, site] for site in range(2)] for kind, lead in enumerate(leads)])


def test_halls_are_those_promised_and_those_built(stock):
    halls = built("hall_w", [(8.0, 0.35), (13.0, 0.65)])
    np.testing.assert_allclose(stock.housing.hall_w, np.concatenate([promised()[None], halls]), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(stock.capacity("it_power_w"), promised() + halls.sum(axis=0), rtol=1e-6)


def test_sources_are_built_and_a_part_of_them_is_firm(stock):
    sources = built("source_w", [(6.0, 0.45), (10.0, 0.55), (17.0, 0.85)])
    np.testing.assert_allclose(stock.sources_w, sources, rtol=1e-6, atol=1e-6)
    firm = np.asarray(stock.connection_w) + 0.9 * sources[0] + 0.8 * sources[1] + 0.3 * sources[2]
    np.testing.assert_allclose(stock.capacity("site_power_w"), firm, rtol=1e-6)


def test_chips_draw_power_and_ports_and_give_compute(stock):
    chips = np.asarray(stock.chips_count)
    drawn = 0.7 * chips[0] + 1.3 * chips[1] + 1.9 * chips[2]
    np.testing.assert_allclose(stock.load("it_power_w"), drawn, rtol=1e-12)
    np.testing.assert_allclose(stock.balance("network_ports_count"), stock.ports_count - chips.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(stock.balance("compute_eflops"), 3 * chips[0] + 5 * chips[1] + 11 * chips[2], rtol=1e-12)
    at_own = stock.capacity("site_power_w") - np.asarray([[1.3], [1.15]]) * drawn + np.asarray(stock.housing.spared_w)[0]
    np.testing.assert_allclose(stock.balance("site_power_w"), at_own, rtol=1e-12)


def test_chips_and_promised_halls_are_what_is_housed(stock):
    """Racks of 2.8, 3.9 and 9.5 in halls of 8 there: only the third chip is too large for the promised and the cold ones."""
    dense = 1.9 * np.asarray(stock.chips_count)[2]
    np.testing.assert_allclose(stock.housing.dense_w[1], dense, rtol=1e-12)
    np.testing.assert_allclose(stock.housing.dense_w[0, 1], dense[1], rtol=1e-12)


def stayed(edge: float, start: float, end: float) -> float:
    """Share of those hired evenly over an interval who are there at an edge, a fiftieth leaving in each second."""
    hired = start + (np.arange(20000) + 0.5) / 20000 * (end - start)
    return float(np.mean(np.where(hired < edge, np.exp(-0.02 * (edge - hired)), 0.0)))


def test_heads_are_those_who_stayed_those_hired_and_those_who_came_with_a_company(stock):
    hires, taken = ordered("hires_count"), ordered("taken")
    for place, edge in enumerate(PERIODS_S):
        hired = sum(count * stayed(edge, *span) for count, span in zip(hires, itertools.pairwise(DECISIONS_S), strict=True))
        brought = taken[0] * 14.4 * min(max((edge - 5) / 34, 0), 1) + taken[1] * 14.7 * min(max((edge - 30) / 44, 0), 1)
        assert float(stock.heads_count[place]) == pytest.approx(100.0 * math.exp(-0.02 * edge) + hired + brought, rel=1e-3)


def test_a_fleet_counted_in_one_of_its_chips():
    scenario = two_sites()
    counts = unlike(3, 2)
    np.testing.assert_allclose(equivalents(scenario, jnp.asarray(counts), "B"), (3 * counts[0] + 5 * counts[1] + 11 * counts[2]) / 5)
    assert float(equivalents(scenario, jnp.asarray([7.0, 2.0, 3.0]), "A")) == pytest.approx(7 + 10 / 3 + 11, rel=1e-14)
