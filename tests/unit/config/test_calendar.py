"""The grid of a scenario: its years, its rules, where one ends and the next begins, and what is no grid."""

import datetime

import numpy as np
import pytest

from capexmodel import config
from capexmodel.config.calendar import read_calendar, rules_of
from capexmodel.config.entries import Entry
from capexmodel.config.faults import Faults
from capexmodel.errors import ConfigError

AS_OF = datetime.date(2026, 2, 2)


def day(text: str) -> datetime.date:
    """A day as it is written."""
    return datetime.date.fromisoformat(text)


def read(horizon: object, decisions: object, periods: object = "year", as_of: datetime.date = AS_OF):
    """The calendar, and what is wrong with it."""
    faults, words = Faults(), {"horizon": horizon, "decisions": decisions, "periods": periods}
    settings = {f"grid.{word}": Entry(raw, None, "a.toml", f"grid.{word}") for word, raw in words.items()}
    return read_calendar(settings, as_of, "a.toml", faults, len), faults.lines


@pytest.mark.parametrize("end", ["2026-02-03", "2026-12-31", "2027-01-01", "2030-06-30", "2033-12-31"])
def test_years_begin_on_the_first_of_january_from_the_first_day_to_the_last(end):
    calendar, lines = read(day(end), "year")
    assert lines == []
    years = range(2026, day(end).year + 1)
    assert calendar.years == tuple(f"FY{year}" for year in years)
    edges = [AS_OF, *(datetime.date(year, 1, 1) for year in years if year > 2026), day(end) + datetime.timedelta(days=1)]
    np.testing.assert_array_equal(calendar.year_edges_s, [(edge - AS_OF).days * 86400.0 for edge in edges])
    np.testing.assert_array_equal(calendar.period_edges_s, calendar.year_edges_s)
    assert float(calendar.horizon_s) == float(calendar.year_edges_s[-1])


@pytest.mark.parametrize(("every", "months", "labels"), [
    ("month", 1, ("2026-11", "2026-12", "2027-01", "2027-02")), ("quarter", 3, ("2026Q4", "2027Q1", "2027Q2", "2027Q3")),
    ("half", 6, ("2026H2", "2027H1", "2027H2", "2028H1")), ("year", 12, ("2026", "2027", "2028", "2029")),
])  # fmt: skip
def test_periods_begin_with_the_calendar_and_are_named_by_it(every, months, labels):
    calendar, lines = read(day("2031-12-31"), every, as_of=day("2026-11-20"))
    assert lines == []
    assert calendar.decisions[:4] == labels
    for index in range(1, 4):
        begins = calendar.date(float(calendar.decision_edges_s[index]))
        assert begins.day == 1
        assert (begins.month - 1) % months == 0
    assert calendar.date(float(calendar.decision_edges_s[-1])) == day("2032-01-01")


def test_a_rule_goes_on_where_the_one_before_ends_and_is_written_back():
    rules = [{"every": "month", "until": day("2026-06-30")}, {"every": "quarter", "until": day("2026-12-31")}, {"every": "year"}]
    calendar, lines = read(day("2028-05-15"), rules)
    assert lines == []
    months = [f"2026-0{month}" for month in range(2, 7)]
    assert calendar.decisions == (*months, "2026Q3", "2026Q4", "2027", "2028")
    assert rules_of(calendar) == {"horizon": day("2028-05-15"), "decisions": rules, "periods": [{"every": "year"}]}


@pytest.mark.parametrize("until", ["2026-12-31", "2026-12-15"])
def test_the_last_rule_may_say_the_horizon_and_nothing_else(until):
    assert read(day(until), [{"every": "month", "until": day(until)}])[1] == []
    for other in (-30, -1, 1):
        wrong = day(until) + datetime.timedelta(days=other)
        calendar, (line,) = read(day(until), [{"every": "month", "until": wrong}])
        assert calendar is None
        assert line == f"a.toml: grid.decisions[0].until: does not fit the horizon, got {wrong}, expected {until}"


@pytest.mark.parametrize(("horizon", "rank", "line"), [
    ("2026-06-29", 1, "h.toml: grid.horizon: does not fit grid.decisions[0].until, got 2026-06-29, expected 2026-06-30 or later"),
    ("2026-06-29", 0, "a.toml: grid.decisions[0].until: does not fit the horizon, got 2026-06-30, expected at most 2026-06-29"),
    ("2027-06-30", 1, "h.toml: grid.horizon: does not fit grid.periods[0].until, got 2027-06-30, expected 2026-12-31"),
    ("2026-11-30", 1, "h.toml: grid.horizon: does not fit grid.periods[0].until, got 2026-11-30, expected 2026-12-31"),
    ("2027-06-30", -1, "a.toml: grid.periods[0].until: does not fit the horizon, got 2026-12-31, expected 2027-06-30"),
])  # fmt: skip
def test_of_a_horizon_and_a_rule_the_one_that_was_said_last_is_at_fault(horizon, rank, line):
    raws = {
        "horizon": day(horizon),
        "decisions": [{"every": "month", "until": day("2026-06-30")}, {"every": "year"}],
        "periods": [{"every": "month", "until": day("2026-12-31")}],
    }
    settings = {f"grid.{word}": Entry(raw, None, f"{'h' if word == 'horizon' else 'a'}.toml", f"grid.{word}") for word, raw in raws.items()}
    faults = Faults()
    assert read_calendar(settings, AS_OF, "a.toml", faults, lambda entry: rank * (entry.file == "h.toml")) is None
    assert line in faults.lines
    settings["grid.horizon"] = Entry(day("2026-12-31"), None, "h.toml", "grid.horizon")
    fits = read_calendar(settings, AS_OF, "a.toml", Faults(), lambda entry: rank * (entry.file == "h.toml"))
    assert fits is not None
    assert rules_of(fits)["horizon"] == day("2026-12-31")


@pytest.mark.parametrize(
    ("every", "until"),
    [("month", "2026-03-30"), ("quarter", "2026-05-31"), ("half", "2026-09-30")],
)  # fmt: skip
def test_a_rule_ends_with_a_period(every, until):
    calendar, (line,) = read(day("2027-12-31"), [{"every": every, "until": day(until)}, {"every": "year"}])
    assert calendar is None
    assert f"grid.decisions[0].until: is not the end of a {every}, got {until}" in line
    assert read(day("2027-12-31"), [{"every": every, "until": day("2026-06-30")}, {"every": "year"}])[1] == []


@pytest.mark.parametrize(
    ("horizon", "decisions", "words"),
    [
        (AS_OF, "year", "grid.horizon: is too early, got 2026-02-02, expected a day after 2026-02-02"),
        (day("2026-02-01"), "year", "grid.horizon: is too early"),
        (day("9999-12-31"), "year", "grid.horizon: is not a date"),
        ("soon", "year", "grid.horizon: is not a date"),
        (day("2026-12-31"), [], "grid.decisions: is no list of rules"),
        (day("2026-12-31"), ["year", {"every": "year"}], "grid.decisions: is no list of rules"),
        (day("2026-12-31"), [{"every": "week"}], "grid.decisions[0].every: is not a known step"),
        (day("2026-12-31"), [{"every": "month"}, {"every": "year"}], "grid.decisions[0].until: is missing"),
        (day("2026-12-31"), [{"every": "month", "until": day("2026-02-02")}, {"every": "year"}], "until: is too early"),
        (day("2026-12-31"), [{"every": "month", "until": day("2027-01-31")}, {"every": "year"}], "expected at most 2026-12-31"),
        (day("2026-12-31"), 3, "grid.decisions: is no list of rules, got 3"),
        (day("2026-12-31"), [{"every": ["month"]}], 'grid.decisions[0].every: is not a known step, got ["month"]'),
        (day("2026-12-31"), "mont", "expected month, quarter, half, year; did you mean 'month'?"),
        (
            day("2026-12-31"),
            [{"every": "year", "untill": day("2026-12-31")}],
            "[0].untill: is not a known key, got \"untill\"; did you mean 'until'?",
        ),
        (day("2026-12-31"), [{"every": "month", "until": "soon"}, {"every": "year"}], 'decisions[0].until: is not a date, got "soon"'),
        (
            day("2027-12-31"),
            [{"every": "month", "until": day("2026-06-30")}, {"every": "quarter", "until": day("2026-03-31")}, {"every": "year"}],
            "grid.decisions[1].until: is too early, got 2026-03-31, expected a day after 2026-07-01",
        ),
        (
            day("2026-12-16"),
            [{"every": "month", "until": day("2026-12-15")}, {"every": "year"}],
            "until: is not the end of a month, got 2026-12-15",
        ),
        (day("2626-12-31"), "month", "grid.decisions: has too many periods"),
    ],
)
def test_what_is_no_grid_is_said_in_one_line(horizon, decisions, words):
    calendar, lines = read(horizon, decisions)
    assert calendar is None
    assert len(lines) == 1
    assert words in lines[0]


def test_periods_are_as_many_as_may_be_and_no_more():
    """A hundred years of months from the middle of the first."""
    calendar, lines = read(day("2126-01-31"), "month")
    assert (len(calendar.decisions), lines) == (1200, [])
    assert "has too many periods" in read(day("2126-02-01"), "month")[1][0]


def test_what_is_wrong_with_either_grid_is_said():
    calendar, lines = read(day("2026-12-31"), "year", "week")
    assert calendar is None
    assert lines == ['a.toml: grid.periods[0].every: is not a known step, got "week", expected month, quarter, half, year']


def test_each_part_that_is_missing_is_said_with_what_belongs_there():
    rules = '[{ every = "month", until = 2026-12-31 }, { every = "quarter" }]'
    expected = {"horizon": "the last day of the plan", "decisions": rules, "periods": rules}
    whole = {"horizon": day("2026-12-31"), "decisions": "year", "periods": "year"}
    for left_out in (*((word,) for word in whole), tuple(whole)):
        faults = Faults()
        settings = {f"grid.{word}": Entry(raw, None, "a.toml", f"grid.{word}") for word, raw in whole.items() if word not in left_out}
        assert read_calendar(settings, AS_OF, "a.toml", faults, len) is None
        assert faults.lines == [f"a.toml: grid.{word}: is missing, expected {expected[word]}" for word in left_out]


def test_a_key_that_is_none_is_said_with_what_was_meant():
    faults, whole = Faults(), {"horizon": day("2026-12-31"), "decisions": "year", "periods": "year", "period": "year"}
    read_calendar({f"grid.{word}": Entry(raw, None, "a.toml", f"grid.{word}") for word, raw in whole.items()}, AS_OF, "a.toml", faults, len)
    assert faults.lines == ["a.toml: grid.period: is not a known key, got \"period\"; did you mean 'periods'?"]


@pytest.mark.parametrize("version", ["0", "2", "true", '"1"', "1.5", "[1]"])
def test_a_file_of_another_version_is_refused(changed, version):
    with pytest.raises(ConfigError, match="schema_version: is not one this version of capexmodel reads"):
        config.load(changed(("schema_version = 1", f"schema_version = {version}")))
