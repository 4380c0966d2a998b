"""What was spent, number by number: shares in the log-odds, prices of a day, and what has come and gone."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.vintage import Vintage
from capexmodel.model.past import Past

EDGES_S = [1.0, 3.0, 7.0, 8.0]
SPENT_USD, MIX = np.array([300.0, 500.0, 700.0]), np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])
LATE = np.array([1.0, 4.0, 6.5]) / 7.0
"""How far the middles of the spells lie from the first edge, over the whole."""


def vintage() -> Vintage:
    """Prices fall, and early buyers pay more: the first old chip comes before the middle of the first spell, the first new one after."""
    rows = ([20.0, 50.0], [1.5, 4.0], [0.05, 0.1], [0.3, 0.4], [0.25, 0.5], [0.5, 6.0], [3.0, 2.0], [0.2, 0.3])
    return Vintage(("old", "new"), *(jnp.asarray(row) for row in rows))


def past() -> Past:
    """Three spells of two, four and one seconds; 60% of what is spent is servers, of which at first a quarter has chips, at last 60%."""
    numbers = {
        "server_share": 0.6, "early_ai_share": 0.25, "late_ai_share": 0.6, "port_usd": 3.0, "install_s": 2.0, "install_spread": 0.25,
        "life_s": 5.0, "life_spread": 0.2,
    }  # fmt: skip
    rows = {
        "spent_usd": SPENT_USD, "spell_s": EDGES_S, "mix_share": MIX, "peak_ratio": [1.5, 3.0], "it_power_w": [1.3, 1.9],
        "chip_w": [0.7, 1.1],
    }  # fmt: skip
    return Past(vintage=vintage(), **{name: jnp.asarray(value) for name, value in (numbers | rows).items()})


def shares() -> np.ndarray:
    """Odds of one to three that grow to three to two: by a factor of 4.5, evenly in their logarithm."""
    odds = 4.5**LATE / 3.0
    return odds / (1.0 + odds)


def counts() -> np.ndarray:
    """Chips bought, by what each costs in the middle of a spell with its port."""
    days = np.array([2.0, 5.0, 7.5])
    old = 20.0 * np.exp(-0.05 * (days - 1.5)) * (1.0 + 0.25 * np.exp(-(days - 0.5) / 3.0))
    new = 50.0 * np.exp(-0.1 * (days - 4.0)) * (1.0 + 0.5 * np.array([1.0, 1.0, np.exp(-1.5 / 2.0)]))
    return (SPENT_USD * 0.6 * shares())[:, None] * MIX / (np.stack([old, new], axis=1) + 3.0)


def test_a_spell_has_the_prices_of_its_middle() -> None:
    np.testing.assert_allclose(past().middle_s, [2.0, 5.0, 7.5])


def test_shares_grow_evenly_in_the_logarithm_of_their_odds() -> None:
    np.testing.assert_allclose(past().ai_share(), shares(), rtol=1e-12)


def test_each_vintage_has_its_part_of_what_is_paid_for_chips() -> None:
    np.testing.assert_allclose(past().paid_usd(), (SPENT_USD * 0.6 * shares())[:, None] * MIX, rtol=1e-12)


def test_chips_are_bought_at_the_price_of_the_day_with_a_port_each() -> None:
    np.testing.assert_allclose(past().bought_count(), counts(), rtol=1e-12)


@pytest.mark.parametrize("at_s", [2.0, 4.5, 5.25, 7.75, 9.5, 12.0, 14.25, 20.0])
def test_chips_come_and_go_as_evenly_as_they_were_bought(at_s: float) -> None:
    """A chip comes 1.5 to 2.5 seconds after it was bought, whenever in its spell, and goes 6 to 8 seconds after."""
    there = np.zeros(3)
    for place, (start, end) in enumerate(itertools.pairwise(EDGES_S)):
        age = at_s - start - (np.arange(1024) + 0.5) / 1024.0 * (end - start)
        there[place] = np.mean(np.clip((age - 1.5) / 1.0, 0.0, 1.0) - np.clip((age - 6.0) / 2.0, 0.0, 1.0))
    found = np.asarray(past().in_service_count(jnp.asarray([at_s])))[0]
    np.testing.assert_allclose(found, there @ counts(), rtol=1e-9, atol=1e-9)
