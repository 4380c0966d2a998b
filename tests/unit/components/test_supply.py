"""What chips cost beyond an offer, and how many a sum buys: two vendors in three years, worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.supply import Supply

OFFERED = np.asarray([[4.0, 9.0, 19.0], [7.0, 0.0, 3.0]])
LIST_USD = np.asarray([[30.0, 50.0, 80.0], [11.0, 13.0, 17.0]])
COUNT = np.asarray([[10.0, 8.5, 31.0], [9.0, 5.0, 6.0]])
ABOVE = np.asarray([[6.0, 0.0, 12.0], [2.0, 5.0, 3.0]])
"""Chips beyond the offer."""
PREMIUM_USD = np.asarray(
    [[30.0 * 0.5 * 36.0 / 10.0, 0.0, 80.0 * 0.5 * 144.0 / 40.0], [11.0 * 0.8 * 4.0 / 16.0, 130.0, 17.0 * 0.8 * 9.0 / 8.0]]
)
"""List, premium, square of the excess, over twice the offer and one chip."""


def supply(premium=(0.5, 0.8)) -> Supply:
    return Supply(("first", "second"), jnp.asarray(OFFERED), jnp.zeros((2, 3)), jnp.asarray([0.7, 0.9]), jnp.asarray(premium))


def bought(spend, list_count, premium=(0.5, 0.8)):
    return np.asarray(supply(premium).count(jnp.asarray(spend), jnp.asarray(list_count), jnp.asarray(OFFERED), jnp.asarray(LIST_USD)))


def test_price_above_list():
    found = supply().premium_usd(jnp.asarray(COUNT), jnp.asarray(OFFERED), jnp.asarray(LIST_USD))
    np.testing.assert_allclose(found, PREMIUM_USD, rtol=1e-14)


MEAN_USD = np.asarray([[27.0, 44.0, 90.0], [12.0, 9.0, 16.0]])
"""List price of the mix that is ordered."""


def test_a_sum_buys_the_chips_whose_list_price_and_premium_it_pays():
    spend = MEAN_USD * COUNT + PREMIUM_USD
    np.testing.assert_allclose(bought(spend, spend / MEAN_USD), COUNT, rtol=1e-13)


def test_within_the_offer_a_sum_buys_at_list():
    found = bought(MEAN_USD * [[3.5, 8.0, 18.0], [6.5, 0.25, 2.75]], [[3.5, 8.0, 18.0], [6.5, 0.25, 2.75]])
    at_list = np.asarray([[3.5, 8.0, 18.0], [6.5, 0.0, 2.75]])
    np.testing.assert_allclose(found[OFFERED > 0], at_list[OFFERED > 0], rtol=1e-14)


def test_without_a_premium_a_sum_buys_at_list_whatever_is_offered():
    found = bought(MEAN_USD * COUNT, COUNT, premium=(0.0, 0.0))
    np.testing.assert_allclose(found, COUNT, rtol=1e-14)


def test_less_than_a_chip_beyond_an_offer_of_none():
    """11 dollars at 22 a chip: half a chip at list, less with a premium of 26 x 0.8 / 4 the chip: 5.2 e^2 + 22 e = 11."""
    by_hand = (-22.0 + (22.0**2 + 4 * 5.2 * 11.0) ** 0.5) / 10.4
    found = supply().count(*(jnp.full((2, 1), number) for number in (11.0, 0.5, 1.0, 26.0)))
    assert float(found[1, 0]) == 0.5
    found = supply().count(*(jnp.full((2, 1), number) for number in (11.0, 0.5, 0.0, 13.0)))
    assert float(found[1, 0]) == pytest.approx(by_hand, rel=1e-13)


def test_no_money_buys_nothing():
    nothing = np.zeros((2, 3))
    np.testing.assert_array_equal(bought(nothing, nothing), nothing)


def test_first_dollars_have_finite_slopes():
    def total(spend):
        return jnp.sum(supply().count(spend, jnp.zeros((2, 3)), jnp.asarray(OFFERED), jnp.asarray(LIST_USD)))

    assert bool(jnp.all(jnp.isfinite(jax.grad(total)(jnp.zeros((2, 3))))))
    assert bool(jnp.all(jax.grad(total)(jnp.full((2, 3), 5.0)) == 0.0))


@pytest.mark.declarations
def test_names_are_no_numbers():
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(supply()))
