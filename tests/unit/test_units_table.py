"""Every unit by its size and its kind, beside a list of our own; and every rung of the ladders on which values are shown."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest

from capexmodel import units

DAY, YEAR = 86_400, 31_557_600
PREFIXED = [
    ("usd", " kmbt", Fraction(1), (("usd", 1),)),
    ("w", " kmgt", Fraction(1), (("w", 1),)),
    ("j", " kmgtpe", Fraction(1), (("s", 1), ("w", 1))),
    ("wh", " kmgt", Fraction(3600), (("s", 1), ("w", 1))),
    ("flop", " kmgtpezy", Fraction(1, 10**18), (("flop", 1),)),
    ("flops", " kmgtpezy", Fraction(1, 10**18), (("flop", 1), ("s", -1))),
    ("b", "kmgtpe", Fraction(1, 10**6), (("gb", 1),)),
]
SINGLE = {
    "kg": ((("kg", 1),), {"g": Fraction(1, 1000), "kg": 1, "t": 1000, "kt": 10**6, "mt": 10**9}),
    "m2": ((("m2", 1),), {"mm2": Fraction(1, 10**6), "cm2": Fraction(1, 10**4), "m2": 1}),
    "celsius": ((("celsius", 1),), {"celsius": 1}),
    "percent": ((("percent", 1),), {"percent": Fraction(1, 100)}),
    "count": (
        (("count", 1),),
        {**dict.fromkeys(("count", "chip", "chips", "head", "heads", "port", "ports"), 1), "thousand": 1000, "million": 10**6},
    ),
    "s": (
        (("s", 1),),
        {"s": 1}
        | {
            word + plural: size
            for word, size in {
                "second": 1, "minute": 60, "hour": 3600, "day": DAY, "week": 7 * DAY,
                "month": YEAR // 12, "quarter": YEAR // 4, "year": YEAR,
            }.items()
            for plural in ("", "s")
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("stem", "prefixes", "least", "kind"), PREFIXED, ids=[row[0] for row in PREFIXED])
def test_each_prefix_is_a_thousand_times_the_one_before(stem, prefixes, least, kind):
    for step, prefix in enumerate(prefixes):
        assert units.scale(prefix.strip() + stem) == least * 1000**step
        assert units.dimension(prefix.strip() + stem) == kind


@pytest.mark.parametrize("name", SINGLE)
def test_units_without_prefixes(name):
    kind, sizes = SINGLE[name]
    for unit, size in sizes.items():
        assert units.scale(unit) == size
        assert units.dimension(unit) == kind


def test_there_is_no_other_unit():
    listed = {prefix.strip() + stem for stem, prefixes, _, _ in PREFIXED for prefix in prefixes}
    assert listed | {unit for _, sizes in SINGLE.values() for unit in sizes} == set(units.UNITS)


WRITTEN = [
    *(("$", "k M B T", form, 1.0, "usd") for form in ("{p}$", "${p}", "{p}USD")),
    ("W", "k M G T", "{p}W", 1.0, "w"),
    ("Wh", "k M G T", "{p}Wh", 3600.0, "j"),
    ("J", "k M G T", "{p}J", 1.0, "j"),
    ("FLOP", "k M G T P E Z Y", "{p}FLOP", 1e-18, "eflop"),
    ("FLOPS", "k M G T P E Z Y", "{p}FLOPS", 1e-18, "eflops"),
]


@pytest.mark.parametrize(("stem", "prefixes", "form", "least", "unit"), WRITTEN, ids=[row[2] for row in WRITTEN])
def test_units_as_people_write_them(stem, prefixes, form, least, unit):
    for step, prefix in enumerate(["", *prefixes.split()]):
        value, kind = units.quantity(f"3 {form.format(p=prefix)}")
        assert value == pytest.approx(3.0 * least * 1000.0**step, rel=1e-15)
        assert kind == units.dimension(unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("2 kB", 2e-6, "gb"), ("2 MB", 2e-3, "gb"), ("2 GB", 2.0, "gb"), ("2 TB", 2e3, "gb"), ("2 PB", 2e6, "gb"), ("2 EB", 2e9, "gb"),
        ("2 min", 120.0, "s"), ("2 h", 7200.0, "s"), ("2 d", 172_800.0, "s"), ("2 k", 2e3, "count"), ("2 M", 2e6, "count"),
        ("2 k chips", 2e3, "count"), ("2 M chips", 2e6, "count"), ("2 %", 0.02, "percent"), ("2 Mt", 2e9, "kg"),
        ("2 $ per chip per year", 2.0 / YEAR, "usd_per_count_per_s"), ("2 per   hour", 2.0 / 3600, "per_s"),
    ],
)  # fmt: skip
def test_words_for_units(text, value, unit):
    found, kind = units.quantity(text)
    assert found == pytest.approx(value, rel=1e-15)
    assert kind == units.dimension(unit)


RUNGS = [
    ("high_usd", ("$", "$k", "$M", "$B", "$T")),
    ("it_power_w", ("W", "kW", "MW", "GW", "TW")),
    ("energy_j", ("Wh", "kWh", "MWh", "GWh", "TWh")),
    ("slip_s", ("s", "hours", "days", "months", "years")),
    ("work_eflop", ("FLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP", "ZFLOP", "YFLOP")),
    ("peak_eflops", ("GFLOP/s", "TFLOP/s", "PFLOP/s", "EFLOP/s", "ZFLOP/s", "YFLOP/s")),
    ("memory_gb", ("kB", "MB", "GB", "TB", "PB")),
    ("fleet_count", ("", "k", "M")),
    ("embodied_kg", ("g", "kg", "t", "kt", "Mt")),
    ("die_m2", ("mm2", "cm2", "m2")),
    ("supply_celsius", ("celsius",)),
    ("carbon_kg_per_j", ("g/kWh",)),
    ("carbon_usd_per_kg", ("$/t",)),
    ("price_usd_per_w", ("$/W",)),
    ("price_usd_per_j", ("$/MWh",)),
    ("pay_usd_per_s", ("$/hour", "$M/year", "$B/year")),
    ("starts_w_per_s", ("MW/quarter", "GW/quarter")),
    ("offered_count_per_s", ("chips/quarter", "k/quarter")),
    ("growth_per_s", ("/year",)),
    ("need_eflops_per_head", ("TFLOP/s per head", "PFLOP/s per head", "EFLOP/s per head")),
    ("cost_s_per_usd", ("days/$B",)),
]


@pytest.mark.parametrize(("name", "rungs"), RUNGS, ids=[row[0] for row in RUNGS])
def test_values_climb_their_ladder_rung_by_rung(name, rungs):
    sizes = [units.quantity(f"1 {rung}".rstrip())[0] for rung in rungs]
    assert sizes == sorted(sizes)
    for at, (rung, size) in enumerate(zip(rungs, sizes, strict=True)):
        assert units.show(size, name) == f"1 {rung}".rstrip()
        assert units.show(-2.0 * size, name) == f"-2 {rung}".rstrip()
        assert units.show(size * (1 - 1e-10), name) == f"1 {rung}".rstrip()
        below = units.show(size * (1 - 1e-8), name).partition(" ")[2]
        assert below == (rungs[at - 1] if at else rung)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (0.001, "0.001"), (0.000999, "0.000999"), (0.00012345, "0.0001234"), (99.994, "99.99"), (100.0, "100.0"),
        (-123.46, "-123.5"), (999_999.0, "999999.0"), (1e6, "1e+06"), (12_345_678.0, "1.235e+07"), (1.0, "1"), (-0.5, "-0.5"),
    ],
)  # fmt: skip
def test_digits_of_what_has_one_rung(value, text):
    assert units.show(value, "supply_celsius") == f"{text} celsius"


def test_dimensions_have_words():
    words = {
        "usd": "money", "w": "power", "j": "energy", "s": "time", "eflop": "work (FLOP)", "eflops": "compute (FLOP/s)", "gb": "data",
        "count": "count", "kg": "mass", "m2": "area", "celsius": "temperature", "percent": "percent", "": "pure number",
        "usd_per_kg": "money per mass", "per_m2": "per area", "kg_per_j": "mass per energy",
    }  # fmt: skip
    assert {unit: units.describe(units.dimension(unit)) for unit in words} == words
    assert units.describe((("gb", 2), ("w", -3))) == "gb^2 w^-3"


def test_long_numbers_are_rounded_and_short_ones_are_not():
    assert isinstance(units.exact("1" * 80), Decimal)
    assert isinstance(units.exact("1" * 81), float)
    assert units.to_base(Decimal("1e400"), Fraction(1, 10**200)) == pytest.approx(1e200, rel=1e-15)
    assert units.to_base(Decimal("1e401"), Fraction(1, 10**200)) == math.inf
    assert units.to_base(Decimal("-1e-401"), Fraction(10**200)) == 0.0
    assert units.to_base(Decimal("-1e-400"), Fraction(10**200)) == pytest.approx(-1e-200, rel=1e-15)
    assert units.to_base(Decimal("nan"), Fraction(2)) != units.to_base(Decimal("nan"), Fraction(2))
    assert units.to_base(Decimal("0.1"), Fraction(3)) == 0.3
    assert units.to_base(2.5, Fraction(1, 1000)) == 0.0025


def test_a_name_has_the_longest_unit_it_ends_in():
    assert units.parse("usd_per_w") == ("", "usd_per_w")
    assert units.parse("a_per_w") == ("a", "per_w")
    assert units.parse("w_a") == ("w_a", "")
    assert units.parse("") == ("", "")


def test_an_unknown_unit_is_named_by_its_first_forty_letters():
    with pytest.raises(ValueError, match=r"^unknown unit 'zzzzqq'$"):
        units.written_unit("zzzzqq")
    with pytest.raises(ValueError, match=f"^unknown unit '{'q' * 40}'$"):
        units.written_unit("q" * 41)
    with pytest.raises(ValueError, match=r"^unknown unit 'q\?q'$"):
        units.written_unit("q\0q")
