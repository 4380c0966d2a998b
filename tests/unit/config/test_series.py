"""A series is one figure, lists of dates and values, or dated figures; its dates ascend by a day at least."""

import datetime

import pytest

from capexmodel.config.entries import Entry, Slot
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Given, Reader
from capexmodel.config.schema import Field
from capexmodel.config.series import DAY_S, Stage, Values, read_series
from capexmodel.param import Param

POWER = Field("power_w", "power", "w", "series", Param("a power", ge=0), axis="step")
EVIDENCE = {"status": "reported", "source": "early"}
NUMBER = "expected a number in w (a power)"


def day(number, **time):
    """A day after the as-of date, or an hour of it."""
    return datetime.datetime(2026, 2, 2) + datetime.timedelta(days=number, **time)


def read(raw, unit="kw", strict=False):
    """The stages of a raw value, and the faults found on the way."""
    one = Reader(datetime.date(2026, 2, 2), {"user": {}, "early": {}}, Faults())
    stages = read_series(one, Entry(raw, unit, "f.toml", "a.b", strict), POWER)
    assert (stages is None) is bool(one.faults.lines)
    return stages, one.faults.lines


def refused(raw):
    """The faults of a raw value, without file and key of the series."""
    stages, lines = read(raw)
    assert stages is None
    assert all(line.startswith("f.toml: a.b") for line in lines)
    return [line.removeprefix("f.toml: a.b") for line in lines]


def at(*days, **columns):
    """Lists of dates and values: the dates by their number from the as-of day."""
    return {"at": [day(number) for number in days], "value": list(range(1, len(days) + 1))} | columns


@pytest.mark.parametrize(("raw", "unit", "given"), [
    (3, "kw", Given(3000.0)),
    (2.5, "w", Given(2.5)),
    ("3 W", None, Given(3.0)),
    ({"value": 3, "low": 1, **EVIDENCE}, "kw", Given(3000.0, 1000.0, None, "reported", "early")),
])  # fmt: skip
def test_a_figure_without_dates_holds_from_the_as_of_day_on(raw, unit, given):
    assert read(raw, unit) == ((Stage(0.0, given),), [])


def test_a_figure_without_dates_that_is_none_is_said_once():
    assert refused(True) == [f": is true or false, got true, {NUMBER}"]
    assert refused("what is this") == [f': is text and no quantity (no number with a unit), got "what is this", {NUMBER}']
    assert refused({"values": 3}) == [
        ".values: is not a known key, got \"values\", expected value, low, high, status, source, note; did you mean 'value'?"
    ]


def test_lists_of_dates_and_values_share_status_source_and_note():
    raw = {"at": [day(0), day(10)], "value": [1, "2 W"], "low": [0.5, 1e-3], "high": [2, 3], **EVIDENCE, "note": "n"}
    assert read(raw) == (
        (
            Stage(0.0, Given(1000.0, 500.0, 2000.0, "reported", "early", "n")),
            Stage(864000.0, Given(2.0, 1.0, 3000.0, "reported", "early", "n")),
        ),
        [],
    )
    assert read(at(0, 1)) == ((Stage(0.0, Given(1000.0)), Stage(86400.0, Given(2000.0))), [])


def test_dated_figures_have_each_their_own_evidence():
    raw = [{"at": day(-3), "value": 1, **EVIDENCE, "note": "n"}, {"at": "2 March 2026", "value": 2, "high": 3}]
    assert read(raw) == (
        (Stage(-259200.0, Given(1000.0, None, None, "reported", "early", "n")), Stage(2419200.0, Given(2000.0, None, 3000.0))),
        [],
    )


@pytest.mark.parametrize(("raw", "lines"), [
    (at(0, 1, vale=[1, 2]),
     [".vale: is not a known key, got \"vale\", expected at, value, low, high, status, source, note; did you mean 'value'?"]),
    ({"at": day(0), "value": [1]}, [".at: is not a list, got 2026-02-02 00:00:00, expected one entry for each date"]),
    (at(0, value=1), [".value: is not a list, got 1, expected one entry for each date"]),
    (at(0, 1, low=3, high=4), [".low: is not a list, got 3, expected one entry for each date"]),
    (at(0, 1, value=[1]), [".value: does not match the dates, got 1 entries, expected 2 as in a.b.at"]),
    (at(0, value=[1, 2]), [".value: does not match the dates, got 2 entries, expected 1 as in a.b.at"]),
    (at(0, 1, low=[], high=[2, 2, 2]), [".low: does not match the dates, got 0 entries, expected 2 as in a.b.at"]),
    (at(0, 1, high=[2, 2, 2]), [".high: does not match the dates, got 3 entries, expected 2 as in a.b.at"]),
    ({"at": [day(0)]}, [f".value[0]: is missing, {NUMBER}"]),
    (at(), [": has no stages, got an empty list, expected at least one date and value"]),
    ([], [": has no stages, got an empty list, expected at least one date and value"]),
    (at(0, 5, value=[1, -2]), [f".value[1]: is out of bounds, got -2, expected at least 0 w: {NUMBER.removeprefix('expected ')}"]),
    (at(0, 5, low=[2, 2]), [".low[0]: is above value, got 2, expected at most 1"]),
])  # fmt: skip
def test_what_is_wrong_with_lists_is_said(raw, lines):
    assert refused(raw) == lines


@pytest.mark.parametrize(("second", "lines"), [
    (500, ["[1]: is not a dated figure, got 500, expected { at = DATE, value = ... }"]),
    ([day(3), 500], ['[1]: is not a dated figure, got ["2026-02-05 00:00:00", 500], expected { at = DATE, value = ... }']),
    ({"at": day(3), "value": 2, "hgih": 3},
     ["[1].hgih: is not a known key, got \"hgih\", expected at, value, low, high, status, source, note; did you mean 'high'?"]),
    ({"value": 2}, [".at[1]: is missing, expected the date from which the figure holds"]),
    ({"at": day(3)}, [f".value[1]: is missing, {NUMBER}"]),
    ({"at": 3, "value": 2}, [".at[1]: is not a date, got 3, expected a date without time zone, 1900 to 2999, as 2026-06-30"]),
    ({"at": 3, "value": []}, [
        ".at[1]: is not a date, got 3, expected a date without time zone, 1900 to 2999, as 2026-06-30",
        f".value[1]: is a list, got [], {NUMBER}",
    ]),
    ({"at": day(3), "value": 2, "status": "reported"}, [".source: is missing, expected an entry of sources.toml or [sources.ID]"]),
])  # fmt: skip
def test_what_is_wrong_with_a_dated_figure_is_said(second, lines):
    assert refused([{"at": day(0), "value": 1}, second, {"at": day(9), "value": True}]) == lines


def test_dates_ascend_by_a_day_at_least():
    assert DAY_S == 86400.0
    assert [stage.at_s for stage in read(at(-1, 0, 1, 30))[0] or ()] == [-86400.0, 0.0, 86400.0, 2592000.0]
    for days, place, got in (
        ((0, 0), 1, "2026-02-02 00:00:00"),
        ((10, 9), 1, "2026-02-11 00:00:00"),
        ((0, 10, 5), 2, "2026-02-07 00:00:00"),
        ((0, 10, 10.5), 2, "2026-02-12 12:00:00"),
        ((-20, -5, -10, 30), 2, "2026-01-23 00:00:00"),
    ):
        assert refused(at(*days)) == [f".at[{place}]: does not ascend, got {got}, expected dates in order, at least a day apart"]


def test_a_second_less_than_a_day_is_no_day():
    stages = [{"at": day(0), "value": 1}, {"at": day(1, seconds=-1), "value": 2}]
    assert refused(stages) == [".at[1]: does not ascend, got 2026-02-02 23:59:59, expected dates in order, at least a day apart"]
    assert len(read([stages[0], stages[1] | {"at": day(1)}])[0] or ()) == 2


def test_a_series_of_the_catalog_gives_its_evidence():
    assert read(3, strict=True)[1] == ["f.toml: a.b: is a bare value, got 3, expected a table with value, status and source"]
    assert [line.split(": ")[1] for line in read(at(0), strict=True)[1]] == ["a.b.status", "a.b.source"]
    assert len(read(at(0, 1, **EVIDENCE), strict=True)[0] or ()) == 2


def test_values_are_asked_for_as_a_figure_or_as_stages():
    figure, series = Given(1.0), (Stage(0.0, Given(2.0)), Stage(DAY_S, Given(3.0)))
    slots = [Slot("a", "b", name) for name in ("figure", "series", "text", "flag", "none")]
    values = Values(zip(slots[:4], (figure, series, "text", True), strict=True))
    assert [values.figure(slot) for slot in slots] == [figure, None, None, None, None]
    assert [values.stages(slot) for slot in slots] == [(), series, (), (), ()]
    assert [values.givens(slot) for slot in slots] == [(figure,), (Given(2.0), Given(3.0)), (), (), ()]
