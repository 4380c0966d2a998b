"""How clean power is, what is thrown away and what a battery carries: by hand, hour by hour."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.clean import Matching, matching, source_share
from capexmodel.energy.portfolio import Operation, Sources
from tests import hours

DAY_SHARE = [0.25, 0.75]
LOAD_W = [[10.0, 30.0, 20.0], [40.0, 60.0, 50.0]]
"""42.5 W on average."""
WIND_W, GAS_W = np.array([[12.0, 6.0, 10.0], [30.0, 20.0, 8.0]]), np.array([[4.0, 18.0, 6.0], [20.0, 30.0, 32.0]])
CHARGE_W = np.array([[6.0, 0.0, 0.0], [10.0, 0.0, 0.0]])
DISCHARGE_W, UNMET_W = np.array([[0.0, 4.0, 3.0], [0.0, 5.0, 7.0]]), np.array([[0.0, 2.0, 1.0], [0.0, 5.0, 3.0]])
"""On average 2.9375 W stored, 3.5833 W given back and 2.25 W unmet: what is taken and given back, less what is stored, is the load."""


def mean(by_hour: Any) -> float:
    """Over a year of the two days."""
    first, second = np.asarray(by_hour).mean(axis=1)
    return 0.25 * first + 0.75 * second


def wind_and_gas() -> Sources:
    """Wind, all of it clean, half of 80 W there; gas, a quarter of it clean."""
    there = [[[0.5] * 3] * 2, [[1.0] * 3] * 2]
    return hours.sources(there, [0.0, 0.0], [0.0, 3.0], [0.0, 2.0], [1.0, 0.25])


def judged(sources: Sources, found: Operation, load_w: Any = LOAD_W) -> Matching:
    """How it was run."""
    return matching(sources, hours.draw(load_w, DAY_SHARE), found)


@pytest.fixture(scope="module")
def score() -> Matching:
    """Wind, gas and a battery, with some of the load unmet."""
    flows = {"charge_w": CHARGE_W, "discharge_w": DISCHARGE_W, "unmet_w": UNMET_W}
    return judged(wind_and_gas(), hours.operation(hours.capacity([80.0, 50.0]), [WIND_W, GAS_W], **flows))


def test_what_is_given_back_is_as_clean_as_all_that_was_taken_in(score: Matching) -> None:
    """Clean energy that is taken, less that of what is stored, and as clean a share of what comes back as went in."""
    clean = WIND_W + GAS_W / 4.0
    stored = 0.25 * 6.0 * 13.0 / 16.0 / 3.0 + 0.75 * 10.0 * 35.0 / 50.0 / 3.0
    carried = stored / (0.5 + 2.5) * (0.25 * 7.0 + 0.75 * 12.0) / 3.0
    assert float(score.hourly_share) == pytest.approx((mean(clean) - stored + carried) / 42.5)


def test_over_the_year_all_clean_energy_counts(score: Matching) -> None:
    """Wind and a quarter of gas over what is drawn; on paper with the wind that is thrown away."""
    assert float(score.annual_share) == pytest.approx((mean(WIND_W) + mean(GAS_W) / 4.0) / 42.5)
    assert float(score.paper_share) == pytest.approx((40.0 + mean(GAS_W) / 4.0) / 42.5)


def test_what_is_unmet_and_cycled_is_over_what_is_drawn(score: Matching) -> None:
    assert float(score.unmet_share) == pytest.approx((0.25 * 1.0 + 0.75 * 8.0 / 3.0) / 42.5)
    assert float(score.cycled_share) == pytest.approx((0.25 * 7.0 + 0.75 * 12.0) / 3.0 / 42.5)


def test_what_is_thrown_away_is_what_costs_nothing_and_leaves_nothing_in_the_air() -> None:
    """Wind and half-clean heat of the earth count; what costs money or emits does not, however much of it stands still."""
    there = [[[0.5, 0.25, 0.75], [0.4, 0.6, 0.8]], [[0.8, 0.9, 1.0], [0.7, 0.6, 0.5]], *[[[1.0] * 3] * 2] * 3]
    sources = hours.sources(there, [0.0] * 5, [0.0, 0.0, 0.0, 0.3, 0.3], [0.0, 0.0, 0.2, 0.0, 0.2], [1.0, 0.5, 0.125, 0.75, 0.25])
    taken = np.array([0.3, 0.6, 0.2, 0.4, 0.7])[:, None, None] * np.asarray(there) * np.array([40.0, 20.0, 30.0, 50.0, 60.0])[:, None, None]
    score = judged(sources, hours.operation(hours.capacity([40.0, 20.0, 30.0, 50.0, 60.0]), taken))
    wind, earth = 40.0 * mean(there[0]), 20.0 * mean(there[1])
    assert float(score.thrown_w) == pytest.approx(0.7 * wind + 0.4 * earth)
    assert float(score.thrown_share) == pytest.approx((0.7 * wind + 0.4 * earth) / (wind + earth))
    clean = 0.3 * wind + 0.3 * earth + 0.125 * 6.0 + 0.75 * 20.0 + 0.25 * 42.0
    assert float(score.annual_share) == pytest.approx(clean / 42.5)
    assert float(score.paper_share) == pytest.approx((clean + 0.7 * wind + 0.2 * earth) / 42.5)


def test_an_hour_in_which_nothing_is_taken_is_not_clean() -> None:
    """All of one hour from the battery; of another hardly anything is taken, and it is mixed all the same."""
    wind, gas = np.array([[8.0, 0.0, 0.25], [8.0, 0.0, 0.25]]), np.array([[8.0, 0.0, 0.25], [8.0, 0.0, 0.25]])
    flows = {"charge_w": [[6.0, 0.0, 0.0]] * 2, "discharge_w": [[0.0, 4.0, 1.5]] * 2}
    found = hours.operation(hours.capacity([80.0, 50.0]), [wind, gas], **flows)
    score = judged(wind_and_gas(), found, [[10.0, 4.0, 2.0]] * 2)
    assert float(score.hourly_share) == pytest.approx(0.625 * (10.0 + 4.0 + 2.0) / 16.0)


def test_without_a_battery_the_hours_are_as_clean_as_the_year() -> None:
    score = judged(wind_and_gas(), hours.operation(hours.capacity([80.0, 50.0]), [WIND_W, LOAD_W - WIND_W]))
    assert float(score.hourly_share) == pytest.approx((mean(WIND_W) + (42.5 - mean(WIND_W)) / 4.0) / 42.5)
    assert float(score.hourly_share) == pytest.approx(float(score.annual_share))
    assert float(score.cycled_share) == 0.0


def test_little_that_is_stored_is_as_clean_as_it_was() -> None:
    """0.6 W of wind an hour a day, 0.2 W on average, given back as wind beside gas."""
    wind, gas = np.array([[0.6, 0.0, 0.0]] * 2), np.array([[10.0, 9.4, 10.0]] * 2)
    wind[:, 0], gas[:, 0] = 10.6, 0.0
    flows = {"charge_w": [[0.6, 0.0, 0.0]] * 2, "discharge_w": [[0.0, 0.6, 0.0]] * 2}
    score = judged(wind_and_gas(), hours.operation(hours.capacity([80.0, 50.0]), [wind, gas], **flows), [[10.0] * 3] * 2)
    assert float(score.hourly_share) == pytest.approx((10.6 + 19.4 / 4.0) / 30.0)


def test_nothing_is_thrown_away_where_nothing_is_free() -> None:
    """Also where there is hardly any of it."""
    gas = hours.sources([[[1.0] * 3] * 2], [0.0], [3.0], [2.0], [0.25])
    none = judged(gas, hours.operation(hours.capacity([50.0]), [GAS_W]))
    assert (float(none.thrown_w), float(none.thrown_share)) == (0.0, 0.0)
    little = judged(wind_and_gas(), hours.operation(hours.capacity([0.5, 50.0]), [[[0.1] * 3] * 2, GAS_W]))
    assert float(little.thrown_share) == pytest.approx(0.6)


def test_the_share_of_a_source_is_its_energy_over_what_is_drawn() -> None:
    found = hours.operation(hours.capacity([80.0, 50.0]), [WIND_W, GAS_W])
    shares = source_share(hours.draw(LOAD_W, DAY_SHARE), found)
    np.testing.assert_allclose(shares, [mean(WIND_W) / 42.5, mean(GAS_W) / 42.5])
    assert jnp.shape(shares) == (2,)
