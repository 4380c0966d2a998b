"""A figure that is exactly another in another unit is doubted wherever it lies, but for durations and what was declared."""

import pytest

from capexmodel.config.doubts import _same_factor
from capexmodel.config.entries import Entry, Slot
from capexmodel.config.figures import Given
from capexmodel.config.schema import tables
from capexmodel.config.series import Stage
from capexmodel.config.values import Said

EXACTLY = "is {}, exactly the figure it replaces in another unit; {} would fit (factor {})"
OFFERED, BUILD = "offered_thousand_per_quarter = {}", "build_months = {}"


def test_a_rate_that_is_exactly_another_in_another_unit(over):
    """Wherever it lies outside of the range of what it replaces."""
    text = EXACTLY.format("50 k/quarter", "offered_thousand_per_month = 50", 3)
    for figure in ("value = 150, low = 70", "value = 150.1, low = 70", "value = 149.9, low = 70"):
        assert over("supply.maker", OFFERED.format(f"{{ {figure} }}"), OFFERED.format(50)) == text
    for figure in ("value = 150, low = 40", "value = 150, low = 50", "value = 150.2, low = 70", "value = 149.8, low = 70", "value = 50"):
        assert over("supply.maker", OFFERED.format(f"{{ {figure} }}"), OFFERED.format(50)) is None
    assert over("supply.maker", OFFERED.format("{ value = 20, high = 80 }"), OFFERED.format(80)) == EXACTLY.format(
        "80 k/quarter", "offered_thousand_per_year = 80", 4
    )


STAGES = "offered_thousand_per_quarter = {{ at = [2026-02-02, 2026-10-01, 2027-02-01], value = [20, 26, {}], low = [20, {}, 20] }}"


@pytest.mark.parametrize(("last", "low", "value", "said"), [
    (75, 26, 80, "80 k/quarter"),  # four times the first
    (75, 26, 104, "104.0 k/quarter"),  # four times the second
    (75, 26, 90, None), (75, 26, 40, None), (80, 26, 80, None), (79.9, 26, 80, "80 k/quarter"), (104, 26, 80, None),
])  # fmt: skip
def test_one_figure_in_the_place_of_a_series_is_held_against_each_stage(over, last, low, value, said):
    """Off by a factor from one of them, and beyond them all."""
    text = said and EXACTLY.format(said, f"offered_thousand_per_year = {value}", 4)
    assert over("supply.maker", STAGES.format(last, low), OFFERED.format(value)) == text


def test_one_figure_between_the_least_and_the_largest_of_all_stages_is_no_sign():
    """At either end it is none; and a range of its own is held against theirs."""
    slot, field = Slot("supply", "maker", "offered_count_per_s"), tables()["supply"].fields["offered_count_per_s"]

    def doubt(given, *stages):
        raw = {"value": given.value} | ({"low": given.low} if given.low else {})
        said = Said(slot, field, Entry(raw, "count_per_year", "f", "k"), given)
        replaced = [(f"[{index}]", word, stage, getattr(stage, word)) for index, stage in enumerate(stages) for word in ("low", "value")]
        return _same_factor(said, [part for part in replaced if part[3] is not None])

    assert doubt(Given(3.0), Given(9.0), Given(12.0)).guess == "offered_count_per_quarter = 9.46728e+07 would fit (factor 4)"
    assert doubt(Given(3.0), Given(9.0), Given(12.0, low=3.0)) is None
    assert doubt(Given(3.0), Given(3.0), Given(12.0)) is None
    assert doubt(Given(3.0), Given(9.0), Given(12.0, low=2.9)) is None
    assert doubt(Given(3.0), Given(9.0), Given(36.0, low=3.1)).guess.endswith("(factor 12)")
    assert doubt(Given(3.0, low=2.0), Given(9.0), Given(12.0, low=3.1)) is None
    assert doubt(Given(3.0, low=2.0), Given(9.0), Given(12.0, low=8.0)).guess.endswith("(factor 4)")


def test_a_series_in_the_place_of_another_is_held_against_it_stage_by_stage():
    slot, field = Slot("supply", "maker", "offered_count_per_s"), tables()["supply"].fields["offered_count_per_s"]
    stages = (Stage(0.0, Given(3.0)), Stage(1.0, Given(6.0)))
    said = Said(slot, field, Entry({"value": [3, 6]}, "count_per_year", "f", "k"), stages)
    found = [
        _same_factor(said, [(f"[{index}]", "value", Given(size), size) for index, size in enumerate(sizes)])
        for sizes in ((12.0, 24.0), (12.0, 23.0), (24.0, 12.0))
    ]
    assert [doubt and doubt.guess.partition(" = ")[0] for doubt in found] == ["offered_count_per_quarter", None, None]


@pytest.mark.parametrize("numbers", ["20, 26", "20, 26, 75, 80"])
def test_a_series_of_other_length_has_not_the_numbers_of_the_one_it_replaces(over, numbers):
    dates = ", ".join(f"2026-0{month}-02" for month in range(2, 3 + numbers.count(",")))
    found = over("supply.maker", STAGES.format(75, 26), f"offered_thousand_per_month = {{ at = [{dates}], value = [{numbers}] }}")
    assert "has the number" not in str(found)


@pytest.mark.parametrize(("new", "number"), [
    ("offered_thousand_per_month = 20", 20), ("offered_thousand_per_month = 26", 26), ('offered = "75 k/month"', 75),
    ("offered_thousand_per_month = { value = 26, low = 20 }", 26),
    ("offered_thousand_per_month = 27", None), ("offered_thousand_per_quarter = 26", None), ("offered_count_per_month = 26e3", None),
])  # fmt: skip
def test_the_number_of_any_stage_in_another_unit(over, new, number):
    text = (
        f"has the number of the figure it replaces (offered_thousand_per_quarter), in another unit; offered_thousand_per_quarter = {number}"
    )
    found = over("supply.maker", STAGES.format(75, 26), new)
    assert found == f"{text} would fit (factor 3)" if number else "has the number" not in str(found)


def test_a_doubt_says_where_it_is(doubted, write):
    write(
        'schema_version = 1\nname = "parent"\nextends = "small"\n[supply.maker]\n' + OFFERED.format("{ value = 150, low = 70 }"),
        "parent.toml",
    )
    (doubt,) = doubted("[supply.maker]", OFFERED.format(50), extends="parent.toml")
    assert (doubt.path, doubt.key) == ("supply.maker.offered_thousand_per_quarter",) * 2
    assert doubt.file.endswith("case.toml")


def test_from_twenty_times_on_a_range_is_no_excuse(over):
    """As many by the day as were by the quarter, 91.31 times; by the week it is 13.04 times."""
    day, week = (OFFERED.format(f"{{ value = {50 * factor}, low = 40 }}") for factor in (91.3125, 13.0446428571))
    assert over("supply.maker", day, OFFERED.format(50)) == EXACTLY.format("50 k/quarter", "offered_thousand_per_day = 50", "91.31")
    assert over("supply.maker", week, OFFERED.format(50)) is None


def test_a_duration_may_well_be_three_times_another(over):
    """One number is no sign; two are, where the value is not declared."""
    old, text = BUILD.format("{{ value = 45, low = {}, high = 60 }}"), EXACTLY.format("1.25 years", "build_quarters = 15", 3)
    both, one = BUILD.format("{ value = 15, high = 20 }"), BUILD.format(15)
    assert over("hall.shell", old.format(17), both) == text
    assert over("hall.shell", old.format(14), both) is None
    assert over("hall.shell", old.format(17), one) is None


def test_numbers_that_are_the_same_are_no_sign_and_others_have_one_factor(over):
    old = BUILD.format("{ value = 15, low = 10, high = 45 }")
    assert over("hall.shell", old, BUILD.format("{ value = 15, high = 15 }")) == EXACTLY.format("1.25 years", "build_quarters = 15", 3)
    assert over("hall.shell", old, BUILD.format("{ value = 15, high = 45 }")) is None
    alike = BUILD.format("{ value = 15, high = 45 }")
    assert over("hall.shell", alike, BUILD.format("{ value = 15, high = 15 }")) == EXACTLY.format("1.25 years", "build_quarters = 15", 3)
    old = BUILD.format("{ value = 45, low = 17, high = 60 }")
    assert over("hall.shell", old, BUILD.format("{ value = 15, high = 20.01 }")) == EXACTLY.format("1.25 years", "build_quarters = 15", 3)
    for ends in ("value = 15, high = 20.1", "value = 15, high = 19.9", "value = 15, high = 59.9"):
        assert over("hall.shell", old, BUILD.format(f"{{ {ends} }}")) is None
    assert over("hall.shell", BUILD.format("{ value = 45, low = 17 }"), BUILD.format("{ value = 15, high = 20 }")) is None
    for slip in (3, -3, 0):
        assert over("site.north", "slip_months = { value = -1, low = -2, high = 8 }", f"slip_months = {slip}") is None
