"""Units: names, factors, dimensions, and how quantities are read and shown."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capexmodel import units


@pytest.mark.parametrize(
    ("name", "stem", "unit"),
    [
        ("it_power_w", "it_power", "w"),
        ("price_usd_per_w", "price", "usd_per_w"),
        ("growth_per_s", "growth", "per_s"),
        ("hall_starts_w_per_s", "hall_starts", "w_per_s"),
        ("offered_thousand_per_quarter", "offered", "thousand_per_quarter"),
        ("heads_count", "heads", "count"),
        ("eflops_per_head", "", "eflops_per_head"),
        ("cost_s_per_usd", "cost", "s_per_usd"),
        ("low_usd", "low", "usd"),
        ("embodied_kg", "embodied", "kg"),
        ("energy_kwh_per_cm2", "energy", "kwh_per_cm2"),
        ("share", "share", ""),
        ("peak_pue", "peak_pue", ""),
        ("peak_bf16", "peak_bf16", ""),
        ("per_s", "", "per_s"),
    ],
)
def test_names_split_into_stem_and_unit(name, stem, unit):
    assert units.parse(name) == (stem, unit)


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("gw", 10**9),
        ("busd", 10**9),
        ("usd_per_kwh", Fraction(1, 3_600_000)),
        ("musd_per_mw", 1),
        ("flop", Fraction(1, 10**18)),
        ("zflop", 1000),
        ("tflops", Fraction(1, 10**6)),
        ("months", 2_629_800),
        ("year", 31_557_600),
        ("per_year", Fraction(1, 31_557_600)),
        ("thousand", 1000),
        ("gb", 1),
        ("tb", 1000),
        ("g_per_kwh", Fraction(1, 3_600_000_000)),
        ("t", 1000),
        ("kt", 10**6),
        ("g_per_cm2", 10),
        ("mm2", Fraction(1, 10**6)),
        ("", 1),
    ],
)
def test_scales_are_exact(unit, size):
    assert units.scale(unit) == size


def test_twelve_months_four_quarters_and_365_and_a_quarter_days_are_a_year():
    assert 12 * units.scale("month") == 4 * units.scale("quarter") == Fraction(36525, 100) * units.scale("day") == units.scale("year")


@pytest.mark.parametrize(
    ("one", "other"),
    [("kwh", "gj"), ("eflops", "flop_per_s"), ("w", "j_per_s"), ("usd_per_w", "busd_per_gw"), ("chips", "thousand"), ("per_s", "per_year")],
)
def test_the_same_dimension(one, other):
    assert units.dimension(one) == units.dimension(other)


@pytest.mark.parametrize(("one", "other"), [("gw", "gwh"), ("flop", "flops"), ("usd", "usd_per_year"), ("percent", ""), ("count", "")])
def test_another_dimension(one, other):
    assert units.dimension(one) != units.dimension(other)
    assert units.describe(units.dimension(one)) != units.describe(units.dimension(other))


def test_dimensions_in_words():
    words = {
        "usd_per_j": "money per energy",
        "w_per_s": "power per time",
        "per_s": "per time",
        "eflops": "compute (FLOP/s)",
        "": "pure number",
    }
    for unit, text in words.items():
        assert units.describe(units.dimension(unit)) == text
    assert units.describe((("gb", 2),)) == "gb^2"


def test_unknown_units_are_refused():
    assert not units.is_unit("furlong")
    assert not units.is_unit("")
    assert not units.is_unit("usd_per")
    for ask in (units.scale, units.dimension):
        with pytest.raises(ValueError, match="unknown unit 'furlong'"):
            ask("furlong")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("125 B$", 125e9, "usd"),
        ("$125B", 125e9, "usd"),
        ("$125 B", 125e9, "usd"),
        ("125.0 $B", 125e9, "usd"),
        ("$40", 40.0, "usd"),
        ("2 GW", 2e9, "w"),
        ("1.9 kW", 1900.0, "w"),
        ("800mw", 8e8, "w"),
        ("5e26 FLOP", 5e8, "eflop"),
        ("989 TFLOP/s", 989e-6, "eflops"),
        ("989 TFLOPS", 989e-6, "eflops"),
        ("3 $/hour", 3 / 3600, "usd_per_s"),
        ("12 M$/MW", 12.0, "usd_per_w"),
        ("0.5 per year", 0.5 / 31_557_600, "per_s"),
        ("0.5/year", 0.5 / 31_557_600, "per_s"),
        ("30 days", 2_592_000.0, "s"),
        ("100 k chips", 1e5, "count"),
        ("80 GB", 80.0, "gb"),
        ("1_000 W", 1000.0, "w"),
        ("-1.5 months", -3_944_700.0, "s"),
        ("0.4", 0.4, ""),
    ],
)
def test_quantities_are_read(text, value, unit):
    found, kind = units.quantity(text)
    assert math.isclose(found, value, rel_tol=1e-15)
    assert kind == units.dimension(unit)


@pytest.mark.parametrize(
    "text",
    ["", "GW", "2 mW", "2 Gw",
     "2 parsec", "2 GW-year", "1,5 GW", "nan W", "inf", ".5 W", "2 W/", "2 per", "125 milliard $", "0x10 W", "٣ W", "2 GW 3"],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(ValueError, match=r"unknown unit|no number"):
        units.quantity(text)


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (125e9, "high_usd", "125.0 $B"),
        (1.5e6, "price_usd", "1.5 $M"),
        (1900.0, "it_power_w", "1.9 kW"),
        (3e8, "hall_power_w", "300.0 MW"),
        (2.2e9, "site_power_w", "2.2 GW"),
        (20 * 86400.0, "slip_s", "20 days"),
        (15 * 2_629_800.0, "build_s", "1.25 years"),
        (5e8, "work_eflop", "500.0 YFLOP"),
        (2.5e-3, "peak_eflops", "2.5 PFLOP/s"),
        (60e3, "fleet_count", "60 k"),
        (2950.0, "headcount_count", "2.95 k"),
        (60 / 3.6e9, "energy_price_usd_per_j", "60 $/MWh"),
        (3 / 3600, "price_usd_per_s", "3 $/hour"),
        (0.07 / 31_557_600, "discount_per_s", "0.07 /year"),
        (12.0, "price_usd_per_w", "12 $/W"),
        (-3e9, "left_usd", "-3 $B"),
        (0.0, "left_usd", "0 $"),
        (0.4, "mfu", "0.4"),
        (math.inf, "it_power_w", "inf w"),
        (math.nan, "it_power_w", "nan w"),
    ],
)
def test_values_are_shown_for_people(value, name, text):
    assert units.show(value, name) == text


NAMES = [
    *("high_usd", "it_power_w", "slip_s", "work_eflop", "peak_eflops", "memory_gb", "fleet_count", "energy_j"),
    *("price_usd_per_w", "price_usd_per_s", "energy_price_usd_per_j", "hall_starts_w_per_s", "growth_per_s"),
    *("offered_count_per_s", "eflops_per_head", "cost_s_per_usd"),
]


@given(name=st.sampled_from(NAMES), size=st.floats(-12, 14), sign=st.sampled_from([-1, 1]))
def test_what_is_shown_can_be_read_again(name, size, sign):
    value = sign * 10**size
    if name == "fleet_count" and abs(value) < 1e3:
        return  # a small count is shown as a bare number
    found, kind = units.quantity(units.show(value, name))
    assert kind == units.dimension(units.parse(name)[1])
    assert math.isclose(found, value, rel_tol=6e-4)


@given(
    number=st.decimals(min_value=-(10**12), max_value=10**12, places=6),
    pair=st.sampled_from([("gw", "mw"), ("busd", "musd"), ("day", "hour"), ("eflop", "pflop")]),
)
def test_a_figure_is_the_same_float_in_whatever_unit(number, pair):
    one, other = (units.scale(unit) for unit in pair)
    assert units.to_base(number, one) == units.to_base(number * int(one / other), other)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_written_out_come_back_exactly(value):
    assert units.to_base(units.exact(repr(value)), Fraction(1)) == value


def test_numbers_too_large_become_infinite_at_once():
    assert units.to_base(units.exact("1e999999999"), units.scale("gw")) == math.inf
    assert units.to_base(-(10**400), Fraction(1)) == -math.inf
    assert units.to_base(units.exact("9" * 1000), Fraction(1)) == math.inf
    assert units.to_base(units.exact("1e-999999999"), Fraction(1)) == 0.0


@pytest.mark.parametrize(("text", "number"), [
    ("1e9999999999999999999", math.inf), ("-1e9999999999999999999", -math.inf), ("1e-9999999999999999999", 0.0), ("0", Decimal(0)),
    ("1e400", Decimal("1e400")),
    ("1" + "0" * 79, Decimal("1" + "0" * 79)), ("1" + "0" * 80, 1e80), ("0.1", Decimal("0.1")), ("-1e-300", Decimal("-1e-300")),
])  # fmt: skip
def test_a_number_is_kept_as_written_unless_it_is_absurd(text, number):
    assert units.exact(text) == number
    assert type(units.exact(text)) is type(number)


def test_a_quantity_has_two_hundred_letters_at_most():
    assert units.split(" 5" + " " * 198 + "W ") == ("5", "w")
    with pytest.raises(ValueError, match=r"^a text of 201 letters, more than 200$"):
        units.split("5" + " " * 199 + "W")
