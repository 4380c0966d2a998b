"""A raw value becomes a figure in base units with its range and evidence, or is refused in a line that says what would be right."""

import datetime
import math
from decimal import Decimal

import pytest

from capexmodel.config.entries import Entry
from capexmodel.config.faults import Faults, plain
from capexmodel.config.figures import FIGURE_KEYS, LARGEST, SMALLEST, Given, Reader, read_date
from capexmodel.config.schema import Field
from capexmodel.param import Param

DELAY = Field("delay_s", "delay", "s", "number", Param("a delay"))
SHORT = Field("short_s", "short", "s", "number", Param("a time", le=100))
SHARE = Field("share", "share", "", "number", Param("a share", ge=0, le=1))
POWER = Field("power_w", "power", "w", "number", Param("a power", gt=0))
WORK = Field("work_eflop", "work", "eflop", "number", Param("work"))
CLOSE = Field("close_s", "close", "s", "date", Param("a day", dates=True))
BARE = Field("bare", "bare", "", "number")

LATE = datetime.datetime(2026, 2, 2, 12, tzinfo=datetime.UTC)
EVIDENCE = {"status": "reported", "source": "early"}
STATUS_LIST = "reported, derived, estimated, recalled, scenario"
SOURCE_LIST = "an entry of sources.toml or [sources.ID]"
DAYS = "a date without time zone, 1900 to 2999, as 2026-06-30"
SIZE = "a number in s (a delay): 0, or between 1e-60 and 1e+60 in size"


def reader():
    """A reader that knows two sources and, of faults, none yet."""
    return Reader(datetime.date(2026, 2, 2), {"user": {}, "early": {}}, Faults())


def read(raw, unit=None, field=POWER, strict=False):
    """The figure of a raw value, and the faults found on the way."""
    one = reader()
    given = one.figure(Entry(raw, unit, "f.toml", "a.b", strict), field)
    assert (given is None) is bool(one.faults.lines)
    return given, one.faults.lines


def refused(raw, unit=None, field=POWER, strict=False):
    """The faults of a raw value, without file and key of the figure."""
    given, lines = read(raw, unit, field, strict)
    assert given is None
    assert all(line.startswith("f.toml: a.b") for line in lines)
    return [line.removeprefix("f.toml: a.b") for line in lines]


@pytest.mark.parametrize(("field", "raw", "unit", "value"), [
    (DELAY, 3, "s", 3.0),
    (DELAY, 2.5, "minute", 150.0),
    (DELAY, Decimal("0.5"), "hour", 1800.0),
    (DELAY, "2 days", None, 172800.0),
    (DELAY, "2 days", "month", 172800.0),
    (DELAY, -7, "s", -7.0),
    (DELAY, 0, "s", 0.0),
    (DELAY, 1e60, "s", 1e60), (DELAY, -1e60, "s", -1e60), (DELAY, 10**60, "s", 1e60),
    (DELAY, 1e-60, "s", 1e-60), (DELAY, -1e-60, "s", -1e-60),
    (POWER, "3 kW", None, 3000.0),
    (POWER, "5" + " " * 198 + "W", None, 5.0),
    (WORK, "5e26 FLOP", None, 5e8),
    (SHARE, 0, None, 0.0), (SHARE, 1, None, 1.0), (SHARE, Decimal("0.25"), None, 0.25),
    (SHORT, 100, "s", 100.0),
    (BARE, 7, None, 7.0), (BARE, -0.5, None, -0.5),
])  # fmt: skip
def test_a_number_arrives_in_base_units(field, raw, unit, value):
    assert read(raw, unit, field) == (Given(value), [])


def test_zero_has_no_sign():
    assert math.copysign(1.0, read(-0.0, "s", DELAY)[0].value) == 1.0
    assert math.copysign(1.0, read("-0 s", None, DELAY)[0].value) == 1.0


def test_a_number_just_beyond_what_can_be_computed_with_is_refused():
    assert (SMALLEST, LARGEST) == (1e-60, 1e60)
    for size in (math.nextafter(1e60, math.inf), 1.5e60, math.nextafter(1e-60, 0.0), 5e-61):
        for raw in (size, -size):
            assert refused(raw, "s", DELAY) == [f": is beyond what can be computed with, got {raw}, expected {SIZE}"]
    assert refused("1e70 s", None, DELAY) == [f': is beyond what can be computed with, got "1e70 s", expected {SIZE}']
    assert refused(10**70, "s", DELAY)[0].startswith(": is beyond what can be computed with, got 1000000")
    assert refused(2**2000, "s", DELAY) == [f": is beyond what can be computed with, got a whole number of 2001 bits, expected {SIZE}"]
    assert refused(-(2**2000), "s", DELAY) == [f": is beyond what can be computed with, got a whole number of 2001 bits, expected {SIZE}"]


@pytest.mark.parametrize(("raw", "unit"), [
    (Decimal("1e-400"), "s"), (Decimal("-1e-999999999"), "year"), ("1e-400 s", None), ("-0.0002E-999 years", None),
])  # fmt: skip
def test_what_is_too_small_to_be_told_from_zero_is_not_taken_for_it(raw, unit):
    assert refused(raw, unit, DELAY) == [f": is beyond what can be computed with, got {plain(raw)}, expected {SIZE}"]


@pytest.mark.parametrize(("raw", "unit"), [(Decimal("0e-999"), "s"), (Decimal("-0.0"), "s"), ("0.000 s", None), ("-0e7 years", None)])
def test_zero_is_zero_however_it_is_written(raw, unit):
    assert math.copysign(1.0, read(raw, unit, DELAY)[0].value) == 1.0
    assert read(raw, unit, DELAY)[0].value == 0.0


@pytest.mark.parametrize("raw", [Decimal("1e-400"), Decimal("-1e-999999"), "1e-400 s", "-1e-999 days"])
def test_a_number_that_would_be_rounded_to_nothing_is_refused(raw):
    shown = f'"{raw}"' if isinstance(raw, str) else raw
    assert refused(raw, "s", DELAY) == [f": is beyond what can be computed with, got {shown}, expected {SIZE}"]


@pytest.mark.parametrize("raw", [0, 0.0, -0.0, Decimal("0e-400"), Decimal("0.00"), "0 s", "-0.0 days", "0e-400 s"])
def test_nothing_may_be_written_in_any_way(raw):
    assert read(raw, "s", DELAY) == (Given(0.0), [])


@pytest.mark.parametrize("raw", [math.inf, -math.inf, math.nan, Decimal("Infinity"), Decimal("-Infinity"), Decimal("NaN")])
def test_what_is_no_finite_number_is_refused(raw):
    assert refused(raw, "s", DELAY) == [f": is no finite number, got {raw}, expected {SIZE}"]


@pytest.mark.parametrize(("raw", "what"), [
    (True, "is true or false, got true"),
    (False, "is true or false, got false"),
    (datetime.date(2026, 1, 2), "is a date, got 2026-01-02"),
    (datetime.datetime(2026, 1, 2, 3), "is a date, got 2026-01-02 03:00:00"),
    (datetime.time(12), 'is a time, got "12:00:00"'),
    ([1, 2], "is a list, got [1, 2]"),
    (None, "is not a number, got null"),
    ("dear", 'is text and no quantity (no number with a unit), got "dear"'),
])  # fmt: skip
def test_what_is_no_number_is_said(raw, what):
    assert refused(raw, "kw") == [f": {what}, expected a number in w (a power)"]
    assert refused({"value": {"value": 1}}, "kw") == ['.value: is a table, got {"value": 1}, expected a number in w (a power)']


@pytest.mark.parametrize(("field", "raw", "unit", "line"), [
    (POWER, 3, None, 'has no unit, got 3, expected the unit in the key (power_w) or in the value ("3 w")'),
    (SHARE, 80, None, "is out of bounds, got 80, expected at most 1: a number without unit (a share); "
     "percent given as a fraction? (factor 100)"),
    (SHARE, -1, None, "is out of bounds, got -1, expected at least 0: a number without unit (a share)"),
    (POWER, 0, "kw", "is out of bounds, got 0, expected above 0 w: a number in w (a power)"),
    (SHORT, 10, "month", "is out of bounds, got 10, expected at most 100 s: a number in s (a time); "
     "a slip of a unit? (factor 1000000, or factor 2629800)"),
    (SHORT, "10 months", None, 'is out of bounds, got "10 months", expected at most 100 s: a number in s (a time); '
     "a slip of a unit? (factor 1000000, or factor 1000000000)"),
    (SHARE, "0.4", None, 'is a number in quotes, got "0.4" (pure number), expected a number without unit (a share): a pure number'),
    (POWER, "3", "kw", 'is a number in quotes, got "3" (pure number), expected a number in w (a power): a power'),
    (POWER, "2 GWh", None, 'has the wrong dimension, got "2 GWh" (energy), expected a number in w (a power): a power; '
     "did you mean '2 gw'?"),
    (POWER, "80 %", None, 'has the wrong dimension, got "80 %" (percent), expected a number in w (a power): a power'),
    (SHARE, "80 %", None, 'has the wrong dimension, got "80 %" (percent), expected a number without unit (a share): a pure number; '
     "did you mean '0.8'?"),
    (SHARE, "3 $", None, 'has the wrong dimension, got "3 $" (money), expected a number without unit (a share): a pure number'),
])  # fmt: skip
def test_what_is_no_number_of_its_kind_is_said_with_what_was_meant(field, raw, unit, line):
    assert refused(raw, unit, field) == [f": {line}"]


def test_a_text_of_more_than_two_hundred_letters_is_no_quantity():
    whole = "5" + " " * 193 + "FLOP/s"
    (line,) = refused(whole, None, WORK)
    assert line.startswith(': has the wrong dimension, got "5   ')
    assert line.endswith("... (compute (FLOP/s)), expected a number in eflop (work): a work (FLOP); did you mean '5 flop'?")
    (line,) = refused(whole + "x", None, WORK)
    assert line.startswith(': is text and no quantity (a text of 201 letters, more than 200), got "5   ')


@pytest.mark.parametrize(("body", "given"), [
    ({"value": 2}, Given(2000.0, None, None, "scenario", "user", "")),
    ({"value": 2, "low": 1, "high": 3, **EVIDENCE, "note": "n\nm"}, Given(2000.0, 1000.0, 3000.0, "reported", "early", "n\nm")),
    ({"value": 2, "low": 2, "high": 2}, Given(2000.0, 2000.0, 2000.0)),
    ({"value": 2, "low": "1 W"}, Given(2000.0, 1.0, None)),
    ({"value": "2 W", "high": 3, "note": "n"}, Given(2.0, None, 3000.0, note="n")),
    ({"value": 2, "note": "n" * 2000}, Given(2000.0, note="n" * 2000)),
])  # fmt: skip
def test_a_figure_has_a_range_and_evidence(body, given):
    assert read(body, "kw") == (given, [])


def test_a_figure_of_the_catalog_says_all_of_it():
    assert read({"value": 2, **EVIDENCE}, "kw", strict=True) == (Given(2000.0, None, None, "reported", "early"), [])
    assert refused(3, "kw", strict=True) == [": is a bare value, got 3, expected a table with value, status and source"]
    assert refused({"value": 2}, "kw", strict=True) == [
        f".status: is missing, expected {STATUS_LIST}", f".source: is missing, expected {SOURCE_LIST}",
    ]  # fmt: skip


def test_every_key_of_a_figure_that_is_unknown_is_named():
    assert refused({"value": 1, "hgih": 2, "a b": 3}, "kw") == [
        ".hgih: is not a known key, got \"hgih\", expected value, low, high, status, source, note; did you mean 'high'?",
        '."a b": is not a known key, got "a b", expected value, low, high, status, source, note',
    ]
    assert reader().known_keys({"at": 1, "value": 2}, Entry(1, None, "f.toml", "a.b"), ("at", *FIGURE_KEYS))


@pytest.mark.parametrize(("body", "lines"), [
    ({"low": 1}, [".value: is missing, expected a number in w (a power)"]),
    ({"value": 2, "low": True}, [".low: is true or false, got true, expected a number in w (a power)"]),
    ({"value": 2, "high": True}, [".high: is true or false, got true, expected a number in w (a power)"]),
    ({"value": True, "low": 1, "high": 3}, [".value: is true or false, got true, expected a number in w (a power)"]),
    ({"value": [], "low": True, "status": "heard", "source": "erly"}, [
        ".low: is true or false, got true, expected a number in w (a power)",
        ".value: is a list, got [], expected a number in w (a power)",
        f'.status: is not a known status, got "heard", expected {STATUS_LIST}',
        f".source: is not a known source, got \"erly\", expected {SOURCE_LIST}; did you mean 'early'?",
    ]),
    ({"value": 2, "status": "reported"}, [f".source: is missing, expected {SOURCE_LIST}"]),
    ({"value": 2, "source": "early"}, [f".status: is missing, expected {STATUS_LIST}"]),
    ({"value": 2, "source": "early", "status": "reportd"},
     [f".status: is not a known status, got \"reportd\", expected {STATUS_LIST}; did you mean 'reported'?"]),
    ({"value": 2, "source": 3, "status": "derived"}, [f".source: is not a known source, got 3, expected {SOURCE_LIST}"]),
    ({"value": 2, "note": 3}, [".note: is not readable text, got 3, expected at most 2000 plain characters"]),
    ({"value": 2, "note": "\t"}, ['.note: is not readable text, got "\\t", expected at most 2000 plain characters']),
    ({"value": 2, "note": "n" * 2001},
     [f'.note: is not readable text, got "{"n" * 56}..., expected at most 2000 plain characters']),
    ({"value": 2, "low": 3}, [".low: is above value, got 3, expected at most 2"]),
    ({"value": 2, "high": 1}, [".value: is above high, got 2, expected at most 1"]),
    ({"value": 2, "low": 3, "high": 1}, [".low: is above value, got 3, expected at most 2"]),
    ({"value": "2 kW", "low": "3 MW"}, ['.low: is above value, got "3 MW", expected at most "2 kW"; off by a factor of 1000?']),
])  # fmt: skip
def test_what_is_wrong_with_a_part_is_said_at_its_key(body, lines):
    assert refused(body, "kw") == lines


def test_a_range_that_is_off_is_told_by_the_factor_that_brings_it_to_the_value():
    line = ".low: is above value, got 60, expected at most 5; off by a factor of 30.44?"
    assert refused({"value": 5, "low": 60}, "month", DELAY) == [line]
    assert refused({"value": 0.3, "low": 0.4}, None, SHARE) == [".low: is above value, got 0.4, expected at most 0.3"]


def test_parts_of_a_stage_are_called_with_its_place():
    for body, line in (
        ({}, "a.b.value[1]: is missing, expected a number in w (a power)"),
        ({"value": 1, "low": True}, "a.b.low[1]: is true or false, got true, expected a number in w (a power)"),
        ({"value": 1, "high": 0.5}, "a.b.value[1]: is above high, got 1, expected at most 0.5"),
    ):
        one = reader()
        assert one.parts(body, Entry(None, "kw", "f.toml", "a.b"), POWER, "[1]") is None
        assert one.faults.lines == [f"f.toml: {line}"]


def test_a_figure_is_not_refused_for_the_faults_of_another():
    one = reader()
    one.faults.add("g.toml", "x", "is wrong")
    assert one.figure(Entry({"value": 1, **EVIDENCE}, "kw", "f.toml", "a.b"), POWER) == Given(1000.0, None, None, "reported", "early")
    assert one.figure(Entry({"value": 1, "status": "heard", "source": "early"}, "kw", "f.toml", "a.b"), POWER) is None
    assert len(one.faults.lines) == 2


@pytest.mark.parametrize("figure", [
    {"value": 1, "source": "early"}, {"value": 1, "status": "reported"}, {"value": 1, "status": "guessed", "source": "early"},
    {"value": 1, "note": "\x07"},
])  # fmt: skip
def test_a_figure_is_refused_though_no_more_faults_are_kept_or_its_own_is_known(figure):
    full, known = reader(), reader()
    for number in range(20):
        full.faults.add("f.toml", str(number), "is wrong")
    for one in (full, known, known):
        assert one.figure(Entry(figure, "w", "f.toml", "a.b"), POWER) is None
    assert (len(full.faults.lines), len(known.faults.lines)) == (20, 1)


@pytest.mark.parametrize("digits", [300, 5000])
def test_a_whole_number_of_thousands_of_digits_is_beyond_what_can_be_computed_with(digits):
    bits = f"a whole number of {4 * digits} bits"
    assert refused(16**digits - 1, "s", DELAY) == [f": is beyond what can be computed with, got {bits}, expected {SIZE}"]
    assert refused(1 - 16**digits, "s", DELAY) == [f": is beyond what can be computed with, got {bits}, expected {SIZE}"]


@pytest.mark.parametrize(("raw", "seconds"), [
    (datetime.date(2026, 2, 2), 0.0), (datetime.date(2026, 2, 3), 86400.0), (datetime.date(2026, 2, 1), -86400.0),
    (datetime.datetime(2026, 2, 2, 12, 0, 1), 43201.0), ("3 February 2026", 86400.0), ("2026-02-12", 864000.0),
])  # fmt: skip
def test_a_date_counts_from_the_as_of_day(raw, seconds):
    assert read(raw, None, CLOSE) == (Given(seconds), [])
    assert read({"value": raw, "low": datetime.date(2026, 1, 1)}, None, CLOSE) == (Given(seconds, -2764800.0), [])


@pytest.mark.parametrize(("raw", "what"), [
    (LATE, "has a time zone, got 2026-02-02 12:00:00+00:00"),
    (datetime.datetime(1800, 1, 1), "is not a date, got 1800-01-01 00:00:00"),
    (20260630, "is not a date, got 20260630"),
    ("soon", 'is not a date, got "soon"'),
])  # fmt: skip
def test_what_is_not_a_date_is_said(raw, what):
    assert refused(raw, None, CLOSE) == [f": {what}, expected {DAYS}"]


@pytest.mark.parametrize(("raw", "when"), [
    ("2026-06-30", (2026, 6, 30)), ("30 June 2026", (2026, 6, 30)), ("1 January 2027", (2027, 1, 1)), ("31 December 2027", (2027, 12, 31)),
    (" 5  May   2030 ", (2030, 5, 5)),
    (datetime.date(2026, 6, 30), (2026, 6, 30)), (datetime.datetime(2026, 6, 30, 7, 8, 9), (2026, 6, 30, 7, 8, 9)),
    (datetime.date(1900, 1, 1), (1900, 1, 1)), (datetime.date(2999, 12, 31), (2999, 12, 31)), ("1900-01-01", (1900, 1, 1)),
    ("30" + " " * 29 + "June 2026", (2026, 6, 30)),
    (datetime.date(1899, 12, 31), None), (datetime.date(3000, 1, 1), None), ("31 December 1899", None), ("3000-01-01", None),
    ("30" + " " * 30 + "June 2026", None), (LATE, None),
    ("30 June 99999999999", None), ("99999999999 June 2026", None),
    ("31 June 2026", None), ("30 june 2026", None), ("30 June", None), ("June 30 2026", None), ("30 June 2026 noon", None),
    ("30 6 2026", None), ("x June 2026", None), ("", None), ("2026-02-30", None), (3, None), (True, None), (None, None),
    (datetime.time(7), None), ([], None),
])  # fmt: skip
def test_a_date_is_read_in_figures_or_in_words(raw, when):
    assert read_date(raw) == (None if when is None else datetime.datetime(*when))
