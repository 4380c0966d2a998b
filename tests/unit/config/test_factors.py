"""Mistakes by a usual factor: which are thought of, in which order, and how they are said."""

import itertools
import math

import pytest

from capexmodel import units
from capexmodel.config.factors import Guess, apart, bounds_meant, fitting, guesses, wrong_dimension
from capexmodel.config.faults import nearest

ASKED = [
    "w",
    "mw",
    "usd",
    "usd_per_kw",
    "day",
    "hours",
    "per_year",
    "gb_per_s",
    "",
    "celsius",
    "thousand_per_quarter",
    "t",
    "mm2",
    "eflops",
]


@pytest.mark.parametrize(("factor", "words"), [
    (1000.0, "1000"), (1e-3, "1000"), (12.0, "12"), (1.0 / 12.0, "12"), (1e6, "1000000"), (1e9, "1e+09"), (1e-12, "1e+12"),
    (30.4375, "30.44"), (1.5, "1.5"), (8.0, "8"),
])  # fmt: skip
def test_a_factor_is_said_as_people_do_whichever_way_it_goes(factor, words):
    assert Guess(factor, "w", "").words == words


@pytest.mark.parametrize("unit", ASKED)
def test_another_unit_is_right_by_the_ratio_of_sizes(unit):
    found = guesses(unit)
    for guess in found:
        if not guess.said:
            assert units.dimension(guess.unit) == units.dimension(unit)
            assert guess.factor == pytest.approx(float(units.scale(guess.unit) / units.scale(unit)), rel=1e-15)
            assert guess.factor != 1.0
        else:
            assert guess.unit == unit
    factors = [guess.factor for guess in found if not guess.said]
    assert len({f"{factor:.9g}" for factor in factors}) == len(factors)
    assert all(
        not math.isclose(a.factor, b.factor, rel_tol=1e-5) for a, b in itertools.combinations([g for g in found if g.unit == unit], 2)
    )


def said(unit: str) -> dict[str, list[float]]:
    """The factors of guesses that are said in words."""
    found: dict[str, list[float]] = {}
    for guess in guesses(unit):
        found.setdefault(guess.said, []).append(guess.factor)
    found.pop("", None)
    return found


def test_words_are_said_where_they_make_sense():
    percent = {"percent given as a fraction?": [0.01], "a fraction divided by 100?": [100.0]}
    assert said("") == percent
    assert said("per_year").items() >= percent.items()
    assert said("gb_per_s")["bits given as bytes?"] == [0.125]
    assert said("w") == {"off by thousands?": [1e-3, 1e-6, 1e-9]}  # upward there are units: kw, mw, gw
    assert said("celsius") == {"off by thousands?": [1e-3, 1e3, 1e-6, 1e6, 1e-9, 1e9]}
    assert said("day") == said("celsius")  # no other unit of time is off by a thousand, though an hour and a minute come near


@pytest.mark.parametrize("unit", ASKED)
@pytest.mark.parametrize("near", [1e-4, 1.0, 3e3])
def test_what_fits_lies_between_and_the_nearest_comes_first(unit, near):
    fits = fitting(2.0, unit, near / 1e5, near * 1e5, near)
    assert [guess for guess in guesses(unit) if near / 1e5 <= 2.0 * guess.factor <= near * 1e5] == sorted(fits, key=guesses(unit).index)
    off = [abs(math.log(2.0 * guess.factor / near)) for guess in fits]
    assert off == pytest.approx(sorted(off), abs=1e-5)


def test_what_fits_may_lie_at_either_end():
    assert [guess.unit for guess in fitting(2.0, "w", 2000.0, 2000.0, 1.0)] == ["kw"]
    assert fitting(2.0, "w", 2001.0, 1999000.0, 1.0) == []


@pytest.mark.parametrize(("unit", "others"), [
    ("usd_per_head", {"usd_per_thousand", "usd_per_million"}), ("per_head", {"per_thousand", "per_million"}),
    ("heads", {"thousand", "million"}), ("thousand", {"count", "million"}), ("", set()), ("s", {"minutes", "hours", "days"}),
    ("months", {"years", "s", "quarters"}), ("gflops", {"tflops", "pflops"}),
])  # fmt: skip
def test_units_that_are_taken_for_each_other(unit, others):
    found = {guess.unit for guess in guesses(unit) if not guess.said}
    assert others <= found
    assert bool(others) is bool(found)


def test_a_factor_that_goes_both_ways_is_named_once():
    assert bounds_meant(1.5, "mw", lambda number: "out" if 1 <= number <= 2 else None) == (
        "; a slip of a unit? (factor 1000, or factor 1000000)"
    )


def test_ends_that_are_apart_are_brought_together_and_others_are_not():
    assert next(guess.unit for guess in apart(5.0, 5000.0, "mw")) == "gw"
    assert next(guess.unit for guess in apart(-5.0, -5000.0, "mw")) == "gw"
    assert next(guess.unit for guess in apart(5e-4, 0.5, "mw")) == "gw"
    for one, other in ((-5.0, 5000.0), (5.0, -5000.0), (0.0, 5.0), (5.0, 0.0), (math.inf, 5.0), (-5e-4, 0.5)):
        assert apart(one, other, "mw") == []


@pytest.mark.parametrize(
    ("value", "unit", "low", "high", "words"),
    [
        (35.0, "", 0.0, 1.0, "; percent given as a fraction? (factor 100)"),
        (100.0, "", 0.0, 1.0, "; percent given as a fraction? (factor 100)"),
        (101.0, "", 0.0, 1.1, ""),
        (35.0, "w", 0.0, 1.0, "; a slip of a unit? (factor 1000, or factor 1000000)"),
        (0.004, "count", 1.0, math.inf, "; a slip of a unit? (factor 1000, or factor 1000000)"),
        (2e-6, "count", 1.0, math.inf, "; a slip of a unit? (factor 1000000, or factor 1e+09)"),
        (30.0, "gb_per_s", 1.0, 4.0, "; a slip of a unit? (factor 8)"),
        (0.0, "count", 1.0, math.inf, ""),
        (-3.0, "count", 1.0, math.inf, ""),
        (0.012, "", 1.0, 2.0, "; a fraction divided by 100? (factor 100)"),
        (0.012, "", 1.3, 2.0, ""),
        (0.2, "", 15.0, 25.0, ""),
        (0.1, "", 9.0, 11.0, ""),
        (-3.0, "", 0.0, 1.0, ""),
    ],
)
def test_a_factor_is_named_that_would_bring_a_number_within(value, unit, low, high, words):
    assert bounds_meant(value, unit, lambda number: None if low <= number <= high else "out") == words


@pytest.mark.parametrize(
    ("given", "wanted", "meant"),
    [("gwh", "w", "gw"), ("mw", "w_per_s", "mw_per_quarter"), ("usd", "usd_per_w", "usd_per_kw"), ("kg", "w", None), ("gw", "j", "gwh"),
     ("usd_per_mwh", "usd_per_w", "usd_per_mw"), ("flop", "eflops", "flops"), ("usd", "usd_per_j", "usd_per_mwh"),
     ("usd", "usd_per_t", "usd_per_t"), ("musd", "usd_per_s", "musd_per_year"), ("gw", "", None),
     ("thousand", "count_per_s", "thousand_per_quarter"), ("gwh_per_mw", "", None),
     ("million", "usd", "musd"), ("thousand", "usd", "kusd"), ("million", "w", None)],
)  # fmt: skip
def test_a_unit_of_the_wrong_dimension_is_spelled_nearly(given, wanted, meant):
    assert wrong_dimension(given, wanted) == meant


def test_what_is_near_is_text_of_a_readable_length():
    assert nearest("pricee", ["Price", "power"]) == "Price"
    assert nearest("q", ["price"]) is None
    for word in (3, None, ["price"], "price" + "e" * 96):
        assert nearest(word, ["price"]) is None
