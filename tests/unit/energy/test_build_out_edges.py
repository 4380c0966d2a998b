"""A portfolio that arrives: what is there, what is paid and what a year costs, by hand, where each year is run in a known way."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.build_out import BuildOut, build_out, mean_arrived
from capexmodel.energy.plants import Cells, Plants
from capexmodel.energy.portfolio import Battery, Capacity, Draw, Operation, Sources
from tests import hours

LOAD_W = [[10.0, 30.0, 20.0], [40.0, 60.0, 50.0]]
"""42.5 W on average, where the first day stands for a quarter of the year."""
HERE = np.array([0.5, 0.25, 0.125])
"""Share of each source that is there, and taken, at any hour."""


def run(sources: Sources, battery: Battery, draw: Draw, capacity: Capacity) -> Operation:
    """All that is there is taken, and the more battery, the more is unmet."""
    taken = capacity.source_w[:, None, None] * sources.available_share
    running = 100.0 * battery.charge_share + capacity.source_w[0] + 3.0 * capacity.battery_w + 0.5 * capacity.battery_j
    unmet = 0.02 * capacity.battery_w * draw.load_w
    return hours.operation(capacity, taken, running, 7.0 * capacity.source_w[2], unmet_w=unmet)


def plants(build_s: tuple[float, ...] = (4.0, 16.0, 1.0)) -> Plants:
    """Three kinds, with what matters here."""
    none = jnp.zeros(3)
    return Plants(
        ("a", "b", "c"), capital_usd_per_w=jnp.asarray([2.0, 3.0, 5.0]), recovery_per_s=none, fixed_per_s=none, contract_usd_per_j=none,
        energy_usd_per_j=none, heat_ratio=none, carbon_kg_per_j=none, clean_share=none, build_s=jnp.asarray(build_s),
    )  # fmt: skip


def built(at: Plants, edges_s: tuple[float, ...] = (-1.0, 2.0, 5.0, 9.0), cells_s: float = 3.0) -> BuildOut:
    """Towards 11, 5 and 10 W, a battery of 6 W and 15 J, from 3, 8 and 1 W; a lead time reaches a quarter either way."""
    cells = Cells(*(jnp.asarray(number) for number in (2.5, 0.2, 0.4, 0.03, 0.9, 0.8, cells_s)))
    there = np.broadcast_to(HERE[:, None, None], (3, 2, 3))
    sources = hours.sources(there, [0.4, 0.3, 0.7], [2.0, 3.0, 5.0], [0.0] * 3, [1.0, 0.5, 0.25])
    draw, standing = hours.draw(LOAD_W, [0.25, 0.75], unmet=11.0), jnp.asarray([3.0, 8.0, 1.0])
    target = hours.capacity([11.0, 5.0, 10.0], 6.0, 15.0)
    return build_out(at, cells, sources, hours.battery(0.6, 0.9, 0.75), draw, target, standing, jnp.asarray(edges_s), 0.25)


@pytest.fixture(scope="module")
def years() -> BuildOut:
    """Three years, the first of which begins a second before anything is ordered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("capexmodel.energy.build_out.operate", run)
        return built(plants())


SOURCE_W = np.array([[3.0, 8.0, 4.0], [3.0 + 8.0 / 3.0, 8.0, 10.0], [11.0, 8.0, 10.0]])
"""The first comes from the third second to the fifth, the last from 0.75 to 1.25; more of the second stands than is wanted."""
BATTERY_W, BATTERY_J = np.array([0.0, 4.0, 6.0]), np.array([0.0, 10.0, 15.0])
"""From 2.25 seconds to 3.75."""


def test_two_ramps_by_hand() -> None:
    """One from the second to the fifth instant, one from the fourth to the eighth, over intervals that differ."""
    share = mean_arrived(jnp.asarray([1.0, 3.0, 6.0, 10.0]), jnp.asarray([2.0, 4.0]), jnp.asarray([5.0, 8.0]))
    np.testing.assert_allclose(share, [[1.0 / 12.0, 0.0], [7.0 / 9.0, 1.0 / 6.0], [1.0, 0.875]], rtol=1e-12)


def test_what_stands_stays_and_what_is_ordered_comes(years: BuildOut) -> None:
    np.testing.assert_allclose(years.source_w, SOURCE_W, rtol=1e-12)
    np.testing.assert_allclose(years.battery_w, BATTERY_W, rtol=1e-12)


def test_a_part_is_paid_evenly_until_it_is_there(years: BuildOut) -> None:
    """8 W at 2 dollars in four seconds, 9 W at 5 in one, a battery of 18 dollars in three; nothing before the order."""
    np.testing.assert_allclose(years.capital_usd, [8.0 + 45.0 + 12.0, 8.0 + 6.0, 0.0], rtol=1e-12, atol=1e-12)


def test_a_year_costs_what_it_has_and_how_it_is_run_but_not_what_is_unmet(years: BuildOut) -> None:
    having = SOURCE_W @ [0.4, 0.3, 0.7] + 0.6 * BATTERY_W + 0.9 * BATTERY_J
    running = 75.0 + SOURCE_W[:, 0] + 3.0 * BATTERY_W + 0.5 * BATTERY_J
    unmet_w = np.array([0.0, 0.08, 0.12]) * 42.5
    np.testing.assert_allclose(years.cost_usd_per_s, having + running - 11.0 * unmet_w, rtol=1e-12)


def test_carbon_and_shares_are_those_of_how_it_is_run(years: BuildOut) -> None:
    taken_w, unmet = SOURCE_W * HERE, np.array([0.0, 0.08, 0.12])
    np.testing.assert_allclose(years.carbon_kg_per_s, 7.0 * SOURCE_W[:, 2], rtol=1e-12)
    np.testing.assert_allclose(years.unmet_share, unmet, rtol=1e-12)
    np.testing.assert_allclose(years.taken_share, taken_w / 42.5, rtol=1e-12)
    np.testing.assert_allclose(years.clean_share, (1.0 - unmet) * (taken_w @ [1.0, 0.5, 0.25]) / taken_w.sum(axis=1), rtol=1e-12)


def test_what_takes_no_time_arrives_within_a_billionth_of_the_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """9 of 9e9 seconds, from 6.75 to 11.25: the first year ends at the eighth."""
    monkeypatch.setattr("capexmodel.energy.build_out.operate", run)
    found = built(plants((0.0, 0.0, 18.0)), (0.0, 8.0, 20.0, 9e9), 0.0)
    early = 0.5 * 1.25 * 1.25 / 4.5 / 8.0
    np.testing.assert_allclose(found.source_w[0], [3.0 + 8.0 * early, 8.0, 1.0], rtol=1e-12)
    np.testing.assert_allclose(found.battery_w[0], 6.0 * early, rtol=1e-12)
    np.testing.assert_allclose(found.capital_usd, [34.0 * 8.0 / 9.0 + 20.0, 34.0 / 9.0 + 25.0, 0.0], rtol=1e-12, atol=1e-12)
