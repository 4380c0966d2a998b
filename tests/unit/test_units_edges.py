"""Where a figure in base units is no number, or too large or too small for one."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest

from capexmodel import units


@pytest.mark.parametrize("number", [math.nan, Decimal("nan")])
def test_what_is_no_number_stays_none(number):
    assert math.isnan(units.to_base(number, Fraction(2)))


@pytest.mark.parametrize("number", [math.inf, -math.inf, Decimal("inf"), Decimal("-inf")])
def test_what_has_no_end_keeps_its_sign(number):
    assert units.to_base(number, Fraction(1, 3)) == math.copysign(math.inf, number)


@pytest.mark.parametrize("number", [1, 0.5, Decimal("0.5"), Decimal("1e-3"), 3, 1e-9])
def test_a_small_number_of_a_unit_beyond_all_numbers_has_no_end(number):
    for sign in (1, -1):
        assert units.to_base(sign * number, Fraction(10) ** 400) == sign * math.inf


def test_nothing_is_nothing_in_any_unit():
    for nothing in (0, 0.0, Decimal(0)):
        assert units.to_base(nothing, Fraction(10) ** 400) == 0.0
    assert math.copysign(1.0, units.to_base(-0.0, Fraction(3))) == -1.0
    assert math.isnan(units.to_base(math.nan, Fraction(10) ** 400))


@pytest.mark.parametrize(("value", "text"), [(1e9, "1 $B"), (1e9 * (1 - 0.9e-9), "1 $B"), (1e9 * (1 - 1.5e-9), "1000.0 $M")])
def test_a_value_short_of_a_rung_by_less_than_its_tenth_digit_stands_on_it(value, text):
    assert units.show(value, "high_usd") == text
