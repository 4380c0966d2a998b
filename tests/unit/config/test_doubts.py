"""What is doubted in a small world: how far from what, by which factor; and what is never doubted."""

import dataclasses
import re
from decimal import Decimal

import pytest

from capexmodel.config import load
from capexmodel.config.doubts import Span, _far, _limit, _span, spans, written
from capexmodel.config.entries import Entry, Slot
from capexmodel.config.figures import Given
from capexmodel.config.schema import tables
from capexmodel.config.values import Said

MONTH_S = 2629800.0
NUMBER = tables()["hall"].fields["build_s"]
CHIP = 'vendor = ""\npeak_eflops = 0.001\nit_power_kw = 1\nprice_kusd = 30\nload = 0.8\ninstall_months = 2\ninstall_spread = 0.5\n'
RENTAL = 'accelerator = "OLD"\nsite = "leased"\noffered_thousand_per_quarter = 30\nprice_usd_per_hour = 3\ninstall_days = 45\n'
"""A chip and a lease that nothing is replaced by, and that nothing is doubted of."""


@pytest.fixture
def alone(doubted):
    """The one doubt about one key."""

    def _alone(table: str, line: str, at: str = ""):
        (doubt,) = doubted(f"[{table}]", line)
        assert doubt.key == f"{table}.{line.partition(' =')[0]}"
        assert doubt.path == doubt.key + at
        assert doubt.file.endswith("case.toml")
        assert doubt.line == f"{doubt.file}: {doubt.path}: {doubt.text}; {doubt.guess}"
        return f"{doubt.text}; {doubt.guess}"

    return _alone


def test_spans_are_those_of_all_that_is_shipped(configs):
    found = spans(configs)
    assert found["accelerator", "price_usd"] == pytest.approx((30e3, 100e3, 1.4))
    assert found["accelerator", "install_s"] == pytest.approx((MONTH_S, 5 * MONTH_S, 2.5))
    assert found["utilization", "mfu"] == pytest.approx((0.25, 0.43, 1.6))
    assert found["site", "hall_power_w"] == pytest.approx((90e6, 400e6, 1.5))
    assert found["site", "site_power_w"] == pytest.approx((120e6, 500e6, 1.25))
    assert found["site", "slip_s"] == pytest.approx((MONTH_S, 8 * MONTH_S, 1.0))
    assert found["job", "work_eflop"] == pytest.approx((1e8, 5e9, 5.0))
    assert found["network", "install_s"] == pytest.approx((6 * MONTH_S, 6 * MONTH_S, 1.0))


def test_peaks_by_precision_are_peaks(configs):
    found = spans(configs)
    assert found["accelerator", "peak_eflops"] == pytest.approx((989e-6, 8e-3, 1.0))
    assert not [name for table, name in found if table == "accelerator" and "peak_" in name and name != "peak_eflops"]


def test_a_span_has_no_zeros_and_the_widest_range():
    assert _span([]) is None
    assert _span([Given(0.0), Given(0.0, low=0.0)]) is None
    assert _span([Given(0.0, low=-3.0, high=2.0)]) == (2.0, 3.0, 1.0)
    assert _span([Given(-2.0, low=-8.0, high=4.0)]) == (2.0, 8.0, 4.0)
    assert _span([Given(2.0, low=1.0), Given(3.0, high=9.0)]) == (1.0, 9.0, 3.0)


def test_the_number_of_what_is_replaced_in_another_unit(alone, doubted):
    text = "has the number of the figure it replaces ({}), in another unit; {} = {} would fit (factor {})"
    price = text.format("price_musd_per_mw", "price_musd_per_mw", 12, 1000)
    assert alone("hall.shell", "price_kusd_per_mw = 12") == price
    assert alone("hall.shell", "price_kusd_per_mw = { value = 12, low = 10, high = 15 }") == price
    assert alone("hall.shell", "build_years = 15") == text.format("build_months", "build_months", 15, 12)
    assert alone("hall.shell", 'build_s = "15 years"') == text.format("build_months", "build_months", 15, 12)
    assert alone("site.north", "hall_starts_mw_per_month = 100") == text.format(*["hall_starts_mw_per_quarter"] * 2, 100, 3)
    assert alone("supply.maker", "offered_count_per_quarter = { at = [2026-02-02, 2026-10-01], value = [50, 80] }") == text.format(
        *["offered_thousand_per_quarter"] * 2, 50, 1000
    )
    assert alone("hall.shell", "price_kusd_per_mw = 12.0") == price
    assert alone("rental.lease", "contracted_thousand = { at = [2026-02-02, 2026-12-31], value = [0, 20000] }") == text.format(
        *["contracted_count"] * 2, 20000, 1000
    )
    assert doubted("[hall.shell]", "price_kusd_per_kw = 12") == []
    assert doubted("[hall.shell]", "build_months = 15") == []
    assert doubted("[site.leased]", "energy_price_usd_per_kwh = 0") == []


def test_a_number_that_would_fit_what_it_replaces_in_another_unit_is_doubted(alone, doubted):
    """It was 10 to 15, and may be twice as far out: a thousandth of it fits from 5000 to 30,000."""
    text = "is {}.0 $/W, far from the figure it replaces (10 $/W to 15 $/W); price_kusd_per_mw = {} would fit (factor 1000)"
    for number in (5001, 12000, 29999):
        assert alone("hall.shell", f"price_musd_per_mw = {number}") == text.format(number, number)
    for number in (4999, 30001, 5, 12, 40):
        assert doubted("[hall.shell]", f"price_musd_per_mw = {number}") == []
    assert alone("hall.shell", 'price_musd_per_mw = "11000 $/MW"').endswith("; price_kusd_per_mw = 11000 would fit (factor 1000)")
    assert alone("hall.shell", "price_kusd_per_mw = 20").endswith("; price_musd_per_mw = 20 would fit (factor 1000)")


def test_far_from_what_is_replaced_is_a_power_of_the_factor(alone, doubted):
    """Fifty by the quarter, then eighty: up by four (a year) it is far from 2.297 times on, down by three (a month) from 1/1.933 on."""
    line = "offered_thousand_per_quarter = {{ at = [2026-02-02, 2026-10-01], value = [{}, {}] }}"
    guess = "thousand_per_{} = {} would fit (factor {})"
    assert "far from the figure it replaces" in alone("supply.maker", line.format(115, 80), ".value[0]")
    assert alone("supply.maker", line.format(115, 80), ".value[0]").endswith(guess.format("year", 115, 4))
    assert alone("supply.maker", line.format(50, 41.3), ".value[1]").endswith(guess.format("month", 41.3, 3))
    for numbers in ((114.8, 80), (50, 41.5), (50, 80)):
        assert doubted("[supply.maker]", line.format(*numbers)) == []


def test_far_from_what_is_shipped_is_a_lesser_power(alone, doubted):
    """From a thousand to 60,000 chips are shipped: a thousand times too many are seen from 10.47 times the most on."""
    text = "is 629.0 k, far from every shipped figure of its kind (1 k to 60 k); off by thousands? (factor 1000)"
    assert alone("site.leased.fleet_count", "NEW = 629000") == text
    assert doubted("[site.leased.fleet_count]", "NEW = 628000") == []
    assert doubted("[site.leased.fleet_count]", "NEW = 0") == []


@pytest.mark.parametrize(("ends", "new", "units"), [
    ("value = [25], low = [17], high = [200]", "value = [3]", "week month day"),
    ("value = [190], low = [17], high = [200]", "value = [3]", "day week month"),
    ("value = [190], low = [25], high = [200]", "value = [190], low = [3]", "week day"),
    ("value = [60], high = [600]", "value = [60], low = [3]", "week day"),
])  # fmt: skip
def test_the_guess_that_comes_nearest_to_what_stood_there_is_named_first(over, ends, new, units):
    """Three by the quarter are 9, 39 or 274 by the month, the week or the day; an end that had no number is near the value."""
    line = "offered_thousand_per_quarter = {{ at = [2026-02-02], {} }}"
    said = over("supply.maker", line.format(ends), line.format(new))
    assert " ".join(re.findall(r"thousand_per_(\w+) = 3 would fit", said or "")) == units


@pytest.mark.parametrize(("last", "units"), [(10, "week month"), (11, "month week")])
def test_or_else_to_the_middle_of_all_that_stood_there(alone, last, units):
    """Of 50 and 80 that is 63.2."""
    line = f"offered_thousand_per_quarter = {{ at = [2026-02-02, 2026-10-01, 2027-03-01], value = [50, 80, {last}] }}"
    assert " ".join(re.findall(r"thousand_per_(\w+) = ", alone("supply.maker", line, ".value[2]"))) == units


def test_the_middle_is_that_of_what_is_replaced_else_of_what_is_shipped(over, doubted):
    """Of 40 and 900 it is 190, of 50 and 80 it is 63; eight by the quarter are 24, 104 or 730 in other units, ten are 30 or 130."""
    old = "offered_thousand_per_quarter = { at = [2026-02-02, 2026-10-01], value = [40, 900] }"
    new = "offered_thousand_per_quarter = { at = [2026-02-02, 2026-10-01, 2027-03-01], value = [40, 900, 8] }"
    said = over("supply.maker", old, new)
    assert re.findall(r"thousand_per_(\w+) = 8 would fit", said or "") == ["week", "day", "month"]
    (doubt,) = doubted("[supply.other]", "offered_thousand_per_quarter = 10")
    assert re.findall(r"thousand_per_(\w+) = 10 would fit", doubt.guess) == ["week", "month"]


def test_at_most_three_guesses_are_named(over):
    old = "offered_thousand_per_quarter = { value = 90, low = 3, high = 20e3 }"
    said = over("supply.maker", old, "offered_thousand_per_quarter = 1")
    assert said is not None
    assert said.count("(factor ") == 3


def test_the_place_of_a_number_is_named(alone):
    """In a list of figures, in a figure of lists, in a figure, and alone."""
    stages = "{{ at = 2026-02-02, value = {} }}, {{ at = 2026-09-01, value = {}, low = 200 }}, {{ at = 2027-06-01, value = 500 }}"
    assert "is 120.0 GW, far from the figure it replaces (120.0 MW to 120.0 MW)" in alone(
        "site.north", f"site_power_mw = [{stages.format('120e3', 240)}]", "[0]"
    )
    assert "is 240.0 GW, far from the figure it replaces (200.0 MW to 300.0 MW)" in alone(
        "site.north", f"site_power_mw = [{stages.format(120, '240e3')}]", "[1]"
    )
    fewer = "[{ at = 2026-02-02, value = 120 }, { at = 2026-09-01, value = 240e3 }]"
    assert "is 240.0 GW, far from the figure it replaces (120.0 MW to 500.0 MW)" in alone("site.north", f"site_power_mw = {fewer}", "[1]")
    assert "(120.0 MW to 500.0 MW)" in alone("site.north", "site_power_mw = 110e3")
    assert "(120.0 MW to 500.0 MW)" in alone("site.north", "site_power_mw = [{ at = 2026-02-02, value = 110e3 }]")
    assert "is 0.01 $/W" in alone("hall.shell", "price_musd_per_mw = { value = 12, low = 0.01, high = 15 }", ".low")
    assert "is 15000.0 $/W" in alone("hall.shell", "price_musd_per_mw = { value = 12, low = 11, high = 15000 }", ".high")


def test_ends_may_lie_ten_times_from_their_value(alone, doubted):
    """All of these are as large as what is shipped."""
    text = "is {}, far from its own value ({} to {}); {} (factor 1000)"
    few = text.format("1 k", "5 k", "500.0 k", "fleet_thousand = 1000 would fit")
    many = text.format("50 k", "100.0", "10 k", "off by thousands?")
    assert alone("site.leased.fleet_count", "NEW = { value = 50e3, low = 1000 }", ".low") == few
    assert alone("site.leased.fleet_count", "NEW = { value = 1000, high = 50e3 }", ".high") == many
    assert doubted("[hall.other]", "build_months = { value = 15, high = 150 }") == []
    for ends in ("value = 50e3, low = 1001", "value = 50e3, low = 5000", "value = 1000, high = 49999", "value = 0, high = 50e3"):
        assert doubted("[site.leased.fleet_count]", f"NEW = {{ {ends} }}") == []


def test_ends_may_lie_twice_as_far_as_any_that_are_shipped():
    assert _limit(None) == _limit(Span(1.0, 9.0, 1.0)) == _limit(Span(1.0, 9.0, 5.0)) == 10.0
    assert _limit(Span(1.0, 9.0, 5.5)) == 11.0


def test_what_lies_within_the_range_of_what_it_replaces_is_not_doubted(doubted, alone):
    """A slip of 0, from a month early to eight late: half a month is half of the least of these numbers, and would fit as a quarter."""
    for number in (-1, -0.5, 0, 0.5, 8):
        assert doubted("[site.north]", f"slip_months = {number}") == []
    assert "slip_days = 96 would fit (factor 30.44)" in alone("site.north", "slip_months = 96")


def test_a_declared_range_ends_at_the_value_where_nothing_else_is_said(over):
    """Fifteen months are shipped: a month and a quarter of them would fit as years."""
    for figure in ("value = 4, low = 0.5", "value = 1.25, low = 0.5", "value = 4, low = 1.25", "value = 1, low = 0.5, high = 1.25"):
        assert over("hall.shell", f"build_months = {{ {figure} }}", "build_months = 1.25") is None
    for figure in ("value = 1.2, low = 0.5", "value = 4, low = 1.3", "value = 1, low = 0.5, high = 1.24", "value = 1, high = 4"):
        said = over("hall.shell", f"build_months = {{ {figure} }}", "build_months = 1.25")
        assert said is not None
        assert "is 1.25 months, far from every shipped figure of its kind (1.25 years to 1.25 years)" in said


@pytest.mark.parametrize("number", ["0x" + "f" * 300, "1" + "0" * 320, "1e9999999999999999999", "1e400"])
def test_what_is_replaced_may_be_beyond_all_numbers(over, number):
    assert over("hall.shell", f"build_months = {number}", "build_weeks = 60") is None


def test_pure_numbers_are_doubted_as_percent(alone):
    assert alone("hall.shell", "build_spread = 0.002") == (
        "is 0.002, far from the figure it replaces (0.2 to 0.2); a fraction divided by 100? (factor 100)"
    )
    assert alone("preference", "discount_per_year = 7") == (
        "is 7 /year, far from the figure it replaces (0.07 /year to 0.07 /year); percent given as a fraction? (factor 100)"
    )
    assert alone("research", "experiment_ratio = 0.015").endswith("; a fraction divided by 100? (factor 100)")


def test_a_factor_is_no_share_but_where_it_replaces_another():
    field = tables()["efficiency"].fields["passes_factor"]
    said = Said(Slot("efficiency", "", "passes_factor"), field, Entry(150, None, "f.toml", "efficiency.passes_factor"), Given(150.0))
    shipped = Span(1.0, 2.0, 1.0)
    assert _far(said, shipped, []) is None
    assert _far(said, shipped, [("", "value", Given(1.5), 1.5)]).text == "is 150, far from the figure it replaces (1.5 to 1.5)"
    other = dataclasses.replace(said, field=tables()["efficiency"].fields["head_factor"], slot=Slot("x", "", "y"))
    assert _far(dataclasses.replace(other, field=tables()["core"].fields["share"]), shipped, []) is not None


def test_what_nothing_is_replaced_by_is_held_against_what_is_shipped(doubted):
    (price,) = doubted("[deal.other]", "price_busd = 2000", "heads_count = 105")
    assert (price.key, price.text) == ("deal.other.price_busd", "is 2 $T, far from every shipped figure of its kind (2 $B to 2 $B)")
    peaks = CHIP.replace("peak_eflops = 0.001", "peak_bf16_eflops = 2.5\npeak_fp8_pflops = 8")
    (peak,) = doubted("[accelerator.MINE]", peaks)
    assert peak.line.endswith(
        "accelerator.MINE.peak_bf16_eflops: is 2.5 EFLOP/s, far from every shipped figure of its kind (989.0 TFLOP/s to 8 PFLOP/s); "
        "peak_bf16_pflops = 2.5 would fit (factor 1000)"
    )
    assert doubted("[accelerator.MINE]", CHIP, "[rental.more]", RENTAL) == []
    assert [doubt.key for doubt in doubted("[accelerator.MINE]", CHIP.replace("kusd", "usd").replace("0.001", "1"))] == [
        "accelerator.MINE.peak_eflops",
        "accelerator.MINE.price_usd",
    ]


def test_tastes_and_dates_are_not_doubted(doubted):
    assert doubted("[preference]", "ridge_months = 1e-2", "cost_months_per_busd = 0.1", "[deal.startup]", "close = 2035-06-30") == []
    assert [doubt.key for doubt in doubted("[preference]", "ridge_months = 1e-2", "[core]", "share = 0.005")] == ["core.share"]


def test_a_copy_is_held_against_what_it_is_a_copy_of(write, configs):
    """Far from every shipped figure it would be anyway; but it is known what stood there."""
    text = (configs / "scenarios" / "small.toml").read_text()
    old, new = '{ value = 12, low = 10, high = 15, status = "reported", source = "early" }', "12"
    assert "price_musd_per_mw = " + old in text
    path = write(text.replace('"small"', '"mine"', 1).replace("price_musd_per_mw = " + old, "price_kusd_per_mw = " + new))
    (line,) = load(path).evidence.doubts
    assert "hall.shell.price_kusd_per_mw: has the number of the figure it replaces (price_musd_per_mw), in another unit" in line


def test_the_unit_in_which_a_number_is_written():
    """Its own, that of its key, or else that of its field."""
    tens = [{"value": "3 weeks"}, {"value": Decimal("4.5")}, *({"value": 1} for _ in range(8)), {"value": 5, "low": "1 day"}]
    for raw, unit, place, word, expected in (
        (3, None, "", "value", (3.0, "s")), (Decimal("0.1"), "days", "", "value", (0.1, "days")), (1.5, "days", "", "value", (1.5, "days")),
        ("3 weeks", "days", "", "value", (3.0, "weeks")), ({"value": "3 weeks", "low": 2}, "days", "", "value", (3.0, "weeks")),
        ({"value": "3 weeks", "low": 2}, "days", "", "low", (2.0, "days")), ({"value": 3, "high": "4 s"}, "days", "", "high", (4.0, "s")),
        ({"value": [3, "4 weeks"]}, None, "[0]", "value", (3.0, "s")), ({"value": [3, "4 weeks"]}, None, "[1]", "value", (4.0, "weeks")),
        ({"value": ["4 weeks"]}, None, "", "value", (4.0, "weeks")), ([{"value": "4 weeks"}], "days", "", "value", (4.0, "weeks")),
        (tens, "days", "[0]", "value", (3.0, "weeks")), (tens, "days", "[1]", "value", (4.5, "days")),
        (tens, "days", "[10]", "value", (5.0, "days")), (tens, "days", "[10]", "low", (1.0, "day")),
    ):  # fmt: skip
        assert written(Entry(raw, unit, "a", "b"), NUMBER, place, word) == expected


def test_each_part_of_a_figure_is_doubted_in_its_own_unit(alone):
    """A low end in thousands beside a value in millions; a stage in gigawatts beside those in megawatts."""
    assert alone("deal.startup", 'price_busd = { value = 2, low = "2 k$" }', ".low").endswith("; price_busd = 2 would fit (factor 1000000)")
    stages = 'site_power_mw = [{ at = 2026-02-02, value = 120 }, { at = 2026-09-01, value = "240 GW" }, { at = 2027-06-01, value = 500 }]'
    same = "has the number of the figure it replaces (site_power_mw), in another unit; site_power_mw = 240 would fit (factor 1000)"
    assert alone("site.north", stages) == same
    assert alone("site.north", stages.replace("240 GW", "250 GW"), "[1]").endswith("; site_power_mw = 250 would fit (factor 1000)")
    assert "has the number" not in alone("site.north", stages.replace("500 }", "501 }"), "[1]")
