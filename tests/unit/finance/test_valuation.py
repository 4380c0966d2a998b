"""Worth, return and payback against closed forms, and between the published leads."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.valuation import Cash, Venture, ladder

YEAR_S = 365.25 * 86400.0


def cash(paid: list[float], years: list[float]) -> Cash:
    """Payments by years from now."""
    return Cash(jnp.asarray(paid), YEAR_S * jnp.asarray(years), jnp.asarray(YEAR_S))


def venture(lead_years: float) -> Venture:
    """81 billion that earn after a lead."""
    use = ladder(jnp.asarray([0.5, 0.8, 0.9]), 6)
    numbers = (jnp.asarray(number) for number in (81.0, lead_years * YEAR_S, YEAR_S, 0.6))
    return Venture(*numbers, use, jnp.asarray(0.55), jnp.asarray(0.21))


def test_worth_at_no_rate_is_the_sum() -> None:
    """And a dollar in a year at 10 % is worth 1 / 1.1."""
    assert float(cash([-5.0, 2.0, 4.0], [0.0, 1.0, 2.5]).worth_usd(jnp.asarray(0.0))) == pytest.approx(1.0)
    assert float(cash([1.0], [1.0]).worth_usd(jnp.asarray(0.1))) == pytest.approx(1 / 1.1, rel=1e-12)


def test_return_of_what_doubles() -> None:
    """Twice as much after a year is 100 %, after two 41 %; nothing is returned by what only costs."""
    assert float(cash([-1.0, 2.0], [0.0, 1.0]).return_share()) == pytest.approx(1.0, abs=1e-9)
    assert float(cash([-1.0, 2.0], [0.0, 2.0]).return_share()) == pytest.approx(2**0.5 - 1.0, abs=1e-9)
    assert np.isnan(float(cash([-1.0, -2.0], [0.0, 2.0]).return_share()))


def test_payback_within_a_year() -> None:
    """Two thirds into the second year; never, where it does not come back."""
    assert float(cash([-5.0, 3.0, 3.0], [0.0, 1.0, 2.0]).payback_s()) / YEAR_S == pytest.approx(1.0 + 2.0 / 3.0)
    assert np.isinf(float(cash([-5.0, 3.0], [0.0, 1.0]).payback_s()))


@pytest.mark.long
def test_a_longer_lead_is_worth_less_all_the_way() -> None:
    """Value and return fall and payback rises at every lead, not only from year to year; slopes equal differences."""
    leads = np.linspace(0.0, 3.0, 31)
    told = [venture(lead).cash() for lead in leads]
    worth = [float(one.worth_usd(jnp.asarray(0.1))) for one in told]
    returns = [float(one.return_share()) for one in told]
    assert (np.diff(worth) < 0).all()
    assert (np.diff(returns) < 0).all()
    assert (np.diff([float(one.payback_s()) for one in told]) > 0).all()

    def by_lead(lead: jax.Array) -> jax.Array:
        one = venture(0.0)
        return Venture(
            one.capital_usd, lead * YEAR_S, one.interval_s, one.sales_ratio, one.full_share, one.margin_share, one.tax_share
        ).cash().return_share()  # fmt: skip

    slope = float(jax.grad(by_lead)(jnp.asarray(1.05)))
    assert slope == pytest.approx(float(by_lead(jnp.asarray(1.05 + 1e-4)) - by_lead(jnp.asarray(1.05 - 1e-4))) / 2e-4, rel=1e-5)


def test_a_loss_of_one_year_spares_no_tax() -> None:
    """The first year of the example loses money after depreciation: it pays no tax, and gets none back."""
    paid = np.asarray(venture(0.0).cash().paid_usd)
    assert paid[1] == pytest.approx(81 * 0.6 * 0.5 * 0.55)
    assert paid[2] == pytest.approx(0.79 * 81 * 0.6 * 0.8 * 0.55 + 0.21 * 81 / 6)


@pytest.mark.parametrize("size", [1e-9, 1e-3, 1.0, 1e12])
def test_returns_and_payback_do_not_depend_on_the_size_of_the_currency(size: float) -> None:
    """Nor does it whether there is a return at all: gains without spending and spending without gains have none."""

    def sized(paid: list[float]) -> Cash:
        return cash([size * each for each in paid], [0.0, 1.0])

    assert float(sized([-1.0, 2.0]).return_share()) == pytest.approx(1.0, abs=1e-9)
    assert float(sized([-1.0, 0.5]).return_share()) == pytest.approx(-0.5, abs=1e-9)
    assert float(sized([-4.0, 5.0]).payback_s()) / YEAR_S == pytest.approx(0.8)
    for none in ([1.0, 2.0], [-1.0, -2.0], [-1.0, 0.001], [-1.0, 20.0]):
        assert np.isnan(float(sized(none).return_share()))


def test_returns_are_found_from_a_loss_of_99_percent_to_a_gain_of_ten_times() -> None:
    """And none beyond, nor where the sign changes twice so that there may be two."""
    for rate in (-0.98, -0.5, 0.0, 3.0, 9.9):
        assert float(cash([-1.0, 1.0 + rate], [0.0, 1.0]).return_share()) == pytest.approx(rate, abs=1e-11)
    for rate in (-0.995, 10.1):
        assert np.isnan(float(cash([-1.0, 1.0 + rate], [0.0, 1.0]).return_share()))
    assert np.isnan(float(cash([-1.0, 2.5, -1.54], [0.0, 1.0, 2.0]).return_share()))


def test_payback_does_not_depend_on_the_order_in_which_payments_are_listed() -> None:
    """At once where nothing is owed at first; on its date where a payment just makes up; with three quarters of the last one's time."""
    assert float(cash([3.0, 4.0, -6.0, 1.0], [1.0, 3.0, 0.0, 2.0]).payback_s()) / YEAR_S == pytest.approx(2.5)
    assert float(cash([2.0, -1.0], [0.5, 1.0]).payback_s()) / YEAR_S == pytest.approx(0.5)
    assert float(cash([-2.0, 1.0, 1.0, 5.0], [0.0, 1.0, 2.0, 3.0]).payback_s()) / YEAR_S == pytest.approx(2.0)
    assert float(cash([-3.0, 4.0], [2.0, 4.0]).payback_s()) / YEAR_S == pytest.approx(3.5)


def test_a_venture_is_written_off_evenly_and_its_payments_start_after_the_lead() -> None:
    """The sum of payments is what is earned less capital less tax on profit; dates are a year apart."""
    one = venture(1.5).cash()
    use = np.array([0.5, 0.8, 0.9, 0.9, 0.9, 0.9])
    earned = 81.0 * 0.6 * 0.55 * use
    np.testing.assert_allclose(one.paid_usd, [-81.0, *(earned - 0.21 * np.maximum(earned - 81.0 / 6, 0.0))], rtol=1e-12)
    np.testing.assert_allclose(np.asarray(one.at_s) / YEAR_S, [0.0, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5], rtol=1e-12)
    assert float(one.interval_s) == YEAR_S


@pytest.mark.parametrize(("count", "wanted"), [(1, [0.5]), (3, [0.5, 0.8, 0.9]), (5, [0.5, 0.8, 0.9, 0.9, 0.9])])
def test_a_ladder_goes_on_as_it_ended_or_is_cut(count: int, wanted: list[float]) -> None:
    """As many intervals as are asked for."""
    np.testing.assert_array_equal(ladder(jnp.asarray([0.5, 0.8, 0.9]), count), wanted)
