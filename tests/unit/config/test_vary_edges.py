"""One figure at several values at the edge of what is taken: how few and how many, days between dates, and which number moves."""

import re

import numpy as np
import pytest

from capexmodel.config.vary import MOST_VALUES, variations, vary
from capexmodel.errors import ConfigError

FORM = "expected PATH=LOW:HIGH:N or PATH=A,B,..., as envelope.high=115:135:9 B$"
DATES = "expected two dates or two numbers"
STAGES = "{ at = 2027-06-01, value = 500 },"
MORE = "{ at = 2027-06-01, value = 500 }, { at = 2027-07-01, value = 600 }, { at = 2027-08-01, value = 700 },"


def raises_line(text: str):
    """The error of exactly this text."""
    return pytest.raises(ConfigError, match=rf"^{re.escape(text)}$")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=0:1:2", ["0", "1"]),
        ("a=0:1:5", ["0", "0.25", "0.5", "0.75", "1"]),
        ("a=10:4:4", ["10", "8", "6", "4"]),
        ("a=1:2:4", ["1", "1.33333333333", "1.66666666667", "2"]),
        (" a = +1 : 3 : 3 ", ["1", "2", "3"]),
        ("a=-0.5:0.5:3 GW", ["-0.5 GW", "0.0 GW", "0.5 GW"]),
        ("a=1_000:3_000:3   B$", ["1000 B$", "2000 B$", "3000 B$"]),
        ("a=0.3,0.35", ["0.3", "0.35"]),
        ("a= 1 , 2,3  k$", ["1 k$", "2 k$", "3 k$"]),
        ("a=2026-06-30,2026-07-31", ["2026-06-30", "2026-07-31"]),
        ("a=2026-01-01:2026-01-03:2", ["2026-01-01", "2026-01-03"]),
        ("a=2026-01-01:2026-01-03:4", ["2026-01-01", "2026-01-02", "2026-01-02", "2026-01-03"]),
        ("a=2026-01-01:2026-01-02:3", ["2026-01-01", "2026-01-02", "2026-01-02"]),
        ("a=2026-01-31:2026-01-01:4", ["2026-01-31", "2026-01-21", "2026-01-11", "2026-01-01"]),
        ("a=2026-01-01:2026-01-02:25", 12 * ["2026-01-01"] + 13 * ["2026-01-02"]),
        ("a=2026-01-01:2026-01-25:49", [f"2026-01-{(k + 1) // 2 + 1:02d}" for k in range(49)]),
    ],
)
def test_each_value_is_spelled_with_the_path_and_the_unit(text, values):
    assert variations(text) == [f"a={value}" for value in values]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", f'override: is not a range of values, got "", {FORM}'),
        ("a", f'override: is not a range of values, got "a", {FORM}'),
        ("a=", f'override: is not a range of values, got "a=", {FORM}'),
        ("=1:2:3", f'override: is not a range of values, got "=1:2:3", {FORM}'),
        ("=1,2", f'override: is not a range of values, got "=1,2", {FORM}'),
        ("a=1", f'override: is not a range of values, got "a=1", {FORM}'),
        ("a=1:2", f'override: is not a range of values, got "a=1:2", {FORM}'),
        ("a=1:2:3kW", f'override: is not a range of values, got "a=1:2:3kW", {FORM}'),
        ("a=1:2:1234567890", f'override: is not a range of values, got "a=1:2:1234567890", {FORM}'),
        ("a=1,2,", f'override: is not a range of values, got "a=1,2,", {FORM}'),
        ("a=1,2\u2028k$", f'override: is not a range of values, got "a=1,2?k$", {FORM}'),
        ("a\x07=1:2:3", f'override: is not a range of values, got "a\\u0007=1:2:3", {FORM}'),
        ("a=1:2:0", "override: a: asks for too few or too many values, got 0, expected 2 to 200 of them"),
        ("a=1:2:1", "override: a: asks for too few or too many values, got 1, expected 2 to 200 of them"),
        ("a=1:2:201 W", "override: a: asks for too few or too many values, got 201, expected 2 to 200 of them"),
        ("a=" + ",".join("1" * 201), "override: a: asks for too many values, got 201, expected 2 to 200 of them"),
        ("a=" + ",".join("1" * 203) + " W", "override: a: asks for too many values, got 203, expected 2 to 200 of them"),
        ("a=1:1.1e60:2", 'override: is beyond what can be computed with, got "1:1.1e60", expected at most 1e+60 in size'),
        ("a=-1.1e60:1:2", 'override: is beyond what can be computed with, got "-1.1e60:1", expected at most 1e+60 in size'),
        ("a=1:1e1000000:3 W", 'override: is beyond what can be computed with, got "1:1e1000000", expected at most 1e+60 in size'),
        ("a=" + ",".join("1" * 201) + " x,y", "override: a: asks for too many values, got 201, expected 2 to 200 of them"),
        ("a=2026-01-01:5:3", f'override: is not a range of values, got "2026-01-01:5", {DATES}'),
        ("a=5:2026-01-01:3", f'override: is not a range of values, got "5:2026-01-01", {DATES}'),
        ("a=2026-13-01:2026-01-01:3", f'override: is not a range of values, got "2026-13-01:2026-01-01", {DATES}'),
        ("a=2026-01-01:2026-13-01:3", f'override: is not a range of values, got "2026-01-01:2026-13-01", {DATES}'),
    ],
)
def test_what_is_neither_a_range_nor_a_list_is_told(text, line):
    with raises_line(line):
        variations(text)


def test_two_to_two_hundred_values_are_taken_in_a_range_and_in_a_list():
    assert MOST_VALUES == 200
    assert variations("a=1:200:200") == variations("a=" + ",".join(str(k) for k in range(1, 201))) == [f"a={k}" for k in range(1, 201)]
    assert variations("a=-1e60:1e60:3") == ["a=-1e+60", "a=0e+60", "a=1e+60"]
    assert len(variations("a=" + ",".join("1" * 200) + " x,y")) == 200
    assert variations("a=1:2:2 W") == variations("a=1,2 W") == ["a=1 W", "a=2 W"]


def test_the_scenario_is_at_the_first_value_and_values_come_in_order():
    scenario, where, values = vary("small", ["utilization.mfu=0.35"], "envelope.high=6,4,5 B$")
    assert (where.path, values) == ("envelope.FY2026.high_usd", [6e9, 4e9, 5e9])
    assert float(where.read(scenario)) == 6e9
    assert float(scenario.utilization.mfu) == 0.35


@pytest.mark.parametrize(
    ("text", "values"), [("4,4,5", [4e9, 4e9, 5e9]), ("4,5,4", [4e9, 5e9, 4e9]), ("4,5", [4e9, 5e9]), ("5,4,4", [5e9, 4e9, 4e9])]
)
def test_a_figure_varies_where_any_value_differs_from_the_first(text, values):
    _, where, found = vary("small", [], f"envelope.high={text} B$")
    assert (where.path, found) == ("envelope.FY2026.high_usd", values)


def test_a_figure_at_one_value_only_does_not_vary():
    with raises_line("override: envelope.high: does not vary, expected two different values of a figure"):
        vary("small", [], " envelope.high = 4,4,4 B$")


@pytest.mark.parametrize("text", ["grid.horizon=2027-06-30,2027-12-31", "grid. horizon =2027-06-30,2027-12-31", "precision=8,16"])
def test_a_setting_is_no_figure(text):
    path = text.partition("=")[0].strip()
    with raises_line(f"override: {path}: is not a figure, expected a figure of a table, as envelope.high"):
        vary("small", [], text)


def test_a_deadline_that_was_none_moves_alone():
    scenario, where, values = vary("small", [], "job.second.deadline=2026-05-31,2026-06-30")
    assert where.path == "job.second.deadline_s"
    np.testing.assert_array_equal(np.asarray(values) / 86400.0, [118.0, 148.0])
    assert float(where.read(scenario)) == values[0]


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        ("hall_power", "site.leased.hall_power_w.2026-02-02, site.leased.hall_power_w.2026-02-03"),
        (
            "site_power",
            "site.leased.site_power_w.2026-02-02, site.leased.site_power_w.2026-02-03, site.leased.site_power_w.2026-02-04",
        ),
    ],
)
def test_a_value_that_goes_on_through_a_series_moves_several_figures_of_which_three_are_named(changed, figure, line):
    with raises_line(f"override: site.leased.{figure}: moves several figures, got {line}, expected one"):
        vary(str(changed((STAGES, MORE))), [], f"site.leased.{figure}=5,6 MW")


def test_of_what_is_doubted_at_some_values_the_first_is_told_and_what_is_doubted_at_all_stays():
    scenario, _, _ = vary("small", ["accelerator.OLD.price_usd=42"], "accelerator.OWN.price=30e3,30,31 $")
    assert [line.split(": ")[1] for line in scenario.evidence.doubts] == ["accelerator.OLD.price_usd", "accelerator.OWN.price"]
