"""Carbon and water of two sites over two years, entry by entry."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.carbon import Carbon, account, counted_kg, paid_usd
from tests.two_sites import YEARS_S, counted, given, orders, passed, there, two_sites

IT_J, DRAWN_J = ((310.0, 420.0), (530.0, 610.0)), ((500.0, 640.0), (710.0, 830.0))
PLACES = [(site, year) for site in range(2) for year in range(2)]
assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-12)


@functools.cache
def counted_carbon() -> Carbon:
    """The account of all orders."""
    return account(two_sites(), orders(), jnp.asarray(IT_J), jnp.asarray(DRAWN_J))


def told() -> Carbon:
    """An account whose every entry is a number of its own."""
    shapes = dict.fromkeys(("source_j", "own_kg", "sources_kg"), (3, 2, 2)) | {"halls_kg": (2, 2, 2)}
    names = ("drawn_j", "source_j", "own_kg", "grid_kg", "contracts_kg", "hourly_kg", "chips_kg", "halls_kg", "sources_kg", "water_kg")
    return Carbon(**{
        name: jnp.asarray(counted(*shapes.get(name, (2, 2)), first=3.0 + 7.0 * row, step=1.0 + 0.1 * row, bend=0.01))
        for row, name in enumerate(names)
    })  # fmt: skip


def test_sums_of_an_account_add_its_rows():
    found = told()
    own, sources = np.asarray(found.own_kg), np.asarray(found.source_j)
    assert_close(found.grid_j, np.asarray(found.drawn_j) - sources[0] - sources[1] - sources[2])
    assert_close(found.location_kg, np.asarray(found.grid_kg) + own[0] + own[1] + own[2])
    assert_close(found.annual_kg, np.asarray(found.contracts_kg) + own[0] + own[1] + own[2])
    assert_close(found.matched_kg, np.asarray(found.hourly_kg) + own[0] + own[1] + own[2])
    halls, made = np.asarray(found.halls_kg), np.asarray(found.sources_kg)
    assert_close(found.embodied_kg, np.asarray(found.chips_kg) + halls[0] + halls[1] + made[0] + made[1] + made[2])


@pytest.mark.parametrize(("site", "year"), PLACES)
def test_energy_carries_the_carbon_of_who_gives_it(site, year):
    found, by_source = counted_carbon(), np.asarray(orders().energy_j)[:, site, year]
    grid = (DRAWN_J[site][year] - by_source.sum()) * (0.5, 0.35)[site]
    assert float(found.drawn_j[site, year]) == DRAWN_J[site][year]
    assert_close(found.source_j[:, site, year], by_source)
    assert_close(found.own_kg[:, site, year], [0.45 * by_source[0], 0.21 * by_source[1], 0.04 * by_source[2]])
    assert_close(found.grid_kg[site, year], grid)
    assert_close(found.contracts_kg[site, year], grid * (0.4, 0.7)[site])
    elsewhen = (0.2 * by_source[0] + 0.3 * by_source[1] + 0.6 * by_source[2]) * (0.5, 0.35)[site]
    assert_close(found.hourly_kg[site, year], grid * (0.6, 0.85)[site] + elsewhen)
    assert_close(found.water_kg[site, year], IT_J[site][year] * (0.02, 0.05)[site])


@pytest.mark.parametrize(("site", "year"), PLACES)
def test_chips_count_as_they_ship(site, year):
    shipped = (passed(YEARS_S)[year + 1] - passed(YEARS_S)[year]).tolist()
    chips = np.asarray(orders().chips_count)
    by_decision = [3.0 * chips[0, site, d] + 5.0 * chips[1, site, d] + 11.0 * chips[2, site, d] for d in range(3)]
    assert_close(counted_carbon().chips_kg[site, year], sum(kg * share for kg, share in zip(by_decision, shipped, strict=True)))


@pytest.mark.parametrize(("site", "year"), PLACES)
def test_halls_and_sources_count_while_they_are_built(site, year):
    for table, placed_w, found in (("hall", orders().hall_w, "halls_kg"), ("source", orders().source_w, "sources_kg")):
        for kind, (build_s, kg) in enumerate(zip(given(table, "build_s"), given(table, "embodied_kg_per_w"), strict=True)):
            paid = there(YEARS_S, 0.0, build_s)
            wanted = sum(kg * float(placed_w[kind, site, d]) * (paid[year + 1, d] - paid[year, d]) for d in range(3))
            assert_close(getattr(counted_carbon(), found)[kind, site, year], wanted)


@pytest.mark.parametrize("year", [0, 1])
def test_a_limit_counts_operation_by_location_and_a_share_of_what_is_embodied(year):
    found = told()
    operation, embodied = np.asarray(found.location_kg)[:, year], np.asarray(found.embodied_kg)[:, year]
    assert float(counted_kg(two_sites(), found)[year]) == pytest.approx(operation.sum() + (0.35, 0.8)[year] * embodied.sum(), rel=1e-13)


@pytest.mark.parametrize(("site", "year"), PLACES)
def test_carbon_costs_the_price_of_the_place_and_of_the_year(site, year):
    found = told()
    operation, embodied = float(found.location_kg[site, year]), float(found.embodied_kg[site, year])
    place, of_year, part = (0.08, 0.03)[site], (0.04, 0.06)[year], (0.35, 0.8)[year]
    wanted = operation * (place + of_year) + part * embodied * of_year
    assert float(paid_usd(two_sites(), found)[site, year]) == pytest.approx(wanted, rel=1e-13)
