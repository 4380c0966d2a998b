"""Annuities by hand: the sum of discounted payments is the capital."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.annuity import Money, Ownership

YEAR_S = 365.25 * 86400.0


def money(interest: float) -> Money:
    """Money at so much a year."""
    return Money(jnp.asarray(interest), jnp.asarray(YEAR_S))


@pytest.mark.parametrize("interest", [0.0, 1e-9, 0.0675, 0.3])
@pytest.mark.parametrize("years", [1, 5, 14])
def test_discounted_payments_are_the_capital(interest: float, years: int) -> None:
    """Payments at the end of each year, each worth what its interest leaves of it."""
    paid = float(money(interest).recovery_per_s(jnp.asarray([years * YEAR_S]))[0]) * YEAR_S
    assert sum(paid / (1.0 + interest) ** year for year in range(1, years + 1)) == pytest.approx(1.0, rel=1e-7)


def test_dearer_money_and_shorter_lives_cost_more() -> None:
    """Both slopes, everywhere."""

    def cost(interest: jax.Array, life: jax.Array) -> jax.Array:
        one = Ownership(jnp.asarray([30e9, 10e9]), jnp.stack([life, 2.0 * life]), jnp.asarray(1.0))
        return one.cost_usd_per_s(Money(interest, jnp.asarray(YEAR_S)))

    for years in (3.0, 7.5):
        by_interest, by_life = jax.grad(cost, argnums=(0, 1))(jnp.asarray(0.07), jnp.asarray(years * YEAR_S))
        assert float(by_interest) > 0 > float(by_life)


def test_capital_and_running_cost_add_up() -> None:
    """What is owned by kind, and what is paid as it is used."""
    one = Ownership(jnp.asarray([100.0, 50.0]), jnp.asarray([5 * YEAR_S, 10 * YEAR_S]), jnp.asarray(3.0))
    parts = np.asarray(one.parts_usd_per_s(money(0.0)))
    np.testing.assert_allclose(parts * YEAR_S, [20.0, 5.0])
    assert float(one.cost_usd_per_s(money(0.0))) == pytest.approx(parts.sum() + 3.0)


@pytest.mark.parametrize("years", [1.0, 4.0, 15.0])
def test_the_first_interest_costs_half_of_what_is_owed_on_average(years: float) -> None:
    """The slope at no interest is (n + 1) / 2n of a payment's interval: the same from a difference just above it."""

    def payment(interest: jax.Array) -> jax.Array:
        return Money(interest, jnp.asarray(1.0)).recovery_per_s(jnp.asarray([years]))[0]

    assert float(jax.grad(payment)(jnp.asarray(0.0))) == pytest.approx((years + 1.0) / (2.0 * years), rel=1e-12)
    assert float(payment(jnp.asarray(1e-6)) - payment(jnp.asarray(0.0))) / 1e-6 == pytest.approx((years + 1.0) / (2.0 * years), rel=1e-4)
    assert float(jax.grad(payment)(jnp.asarray(1e-4))) == pytest.approx((years + 1.0) / (2.0 * years), rel=1e-2)
