"""Sources are checked word by word, join those that are known, and may not be of a day after the as-of date."""

import datetime
import os

import pytest

from capexmodel.config.faults import Faults
from capexmodel.config.provenance import add_own_sources, check_dates, read_sources, readable, shipped_sources
from capexmodel.errors import ConfigError

DAY = datetime.date(2026, 1, 15)
GOOD = {"title": "T", "publisher": "P", "date": DAY, "reference": "R"}
KEPT = {"title": "T", "publisher": "P", "date": "2026-01-15", "reference": "R"}
NEEDED = "is missing, expected every source has a title, a publisher and a date"


def read(tree):
    """The sources of a table, and the faults found on the way."""
    faults = Faults()
    return read_sources(tree, "f.toml", faults), faults.lines


def test_a_source_is_kept_with_its_date_as_text():
    short = {word: GOOD[word] for word in ("title", "publisher", "date")}
    assert read({"a": GOOD, "b": short}) == ({"a": KEPT, "b": {word: KEPT[word] for word in short}}, [])
    assert read({}) == ({}, [])


@pytest.mark.parametrize(("tree", "line"), [
    (3, "sources: is not a table, got 3, expected [sources.ID]"),
    ([], "sources: is not a table, got [], expected [sources.ID]"),
    ({"a b": GOOD}, 'sources."a b": is no name for a source, got "a b", expected letters, digits and _ + -, at most 64, and not \'user\''),
    ({"user": GOOD}, 'sources.user: is no name for a source, got "user", expected letters, digits and _ + -, at most 64, and not \'user\''),
    ({"a": "T"}, 'sources.a: is not a table, got "T", expected [sources.a]'),
])  # fmt: skip
def test_what_is_no_table_of_sources_is_said_and_left_out(tree, line):
    assert read(tree) == ({}, [f"f.toml: {line}"])


def test_a_fault_of_one_source_does_not_hide_another():
    found, lines = read({"a b": GOOD, "c": 3, "user": 4, "d": GOOD | {"title": 5}, "e": GOOD})
    assert list(found) == ["d", "e"]
    assert found["e"] == KEPT
    assert [line.split(": ")[1] for line in lines] == ['sources."a b"', "sources.c", "sources.user", "sources.d.title"]


@pytest.mark.parametrize(("changes", "gone", "lines"), [
    ({"publishr": "P"}, (), ["publishr: is not a known key, got \"publishr\"; did you mean 'publisher'?"]),
    ({"zzz": 3}, (), ['zzz: is not a known key, got "zzz"']),
    ({"date": "2026-01-15"}, ("date",), ['date: is not a date, got "2026-01-15", expected the day it was published, as 2026-01-28']),
    ({"date": 2026}, ("date",), ["date: is not a date, got 2026, expected the day it was published, as 2026-01-28"]),
    ({"title": 3}, ("title",), ["title: is not a line of text, got 3, expected text without control characters"]),
    ({"title": DAY}, ("title",), ["title: is not a line of text, got 2026-01-15, expected text without control characters"]),
    ({"reference": True}, ("reference",), ["reference: is not a line of text, got true, expected text without control characters"]),
])  # fmt: skip
def test_a_word_of_a_source_that_is_wrong_is_said_and_left_out(changes, gone, lines):
    found, said = read({"a": GOOD | changes})
    assert found == {"a": {word: KEPT[word] for word in KEPT if word not in gone}}
    assert said == [f"f.toml: sources.a.{line}" for line in lines]


def test_a_time_of_day_is_no_day_of_publication():
    _, lines = read({"a": GOOD | {"date": datetime.datetime(2026, 1, 15, 8)}})
    assert lines == ["f.toml: sources.a.date: is not a date, got 2026-01-15 08:00:00, expected the day it was published, as 2026-01-28"]


def test_a_text_that_cannot_be_shown_is_said():
    assert read({"a": GOOD | {"title": "\x1b"}})[1] == [
        'f.toml: sources.a.title: is not a line of text, got "\\u001b", expected text without control characters'
    ]


def test_words_that_are_missing_are_each_said():
    assert read({"a": {}}) == ({"a": {}}, [f"f.toml: sources.a.{word}: {NEEDED}" for word in ("title", "publisher", "date")])
    assert read({"a": {"reference": "R", "date": DAY}}) == (
        {"a": {"date": "2026-01-15", "reference": "R"}},
        [f"f.toml: sources.a.title: {NEEDED}", f"f.toml: sources.a.publisher: {NEEDED}"],
    )


def shipped(tmp_path, text):
    """The list of sources of a folder."""
    (tmp_path / "sources.toml").write_text(text)
    return shipped_sources(tmp_path)


def test_the_shipped_list_knows_the_user_too(tmp_path):
    text = '[sources.a]\ntitle = "T"\npublisher = "P"\ndate = 2026-01-15\nreference = "R"\n'
    assert shipped(tmp_path, text) == {"a": KEPT, "user": {"title": "given by the user"}}


def test_a_shipped_list_may_be_empty(tmp_path):
    assert shipped(tmp_path, "") == {"user": {"title": "given by the user"}}


def test_a_shipped_list_is_read_again_when_it_has_changed_and_is_nobodys_to_change(tmp_path):
    text = '[sources.a]\ntitle = "T"\npublisher = "P"\ndate = 2026-01-15\nreference = "R"\n'
    shipped(tmp_path, text)["a"]["title"] = "another"
    assert shipped_sources(tmp_path)["a"] == KEPT
    (tmp_path / "sources.toml").write_text(text.replace("sources.a", "sources.b"))
    os.utime(tmp_path / "sources.toml", ns=(1, 1))
    assert list(shipped_sources(tmp_path)) == ["b", "user"]


def test_a_faulty_shipped_list_is_refused(tmp_path):
    with pytest.raises(ConfigError) as error:
        shipped(tmp_path, '[sources.a]\ntitle = "T"\npublisher = "P"\n')
    assert error.value.faults == [f"sources.toml: sources.a.date: {NEEDED}"]


def test_own_sources_join_the_shipped_ones_which_stay_as_they_are():
    faults = Faults()
    known = {"a": KEPT, "user": {"title": "given by the user"}}
    joined = add_own_sources(known, {"a": KEPT | {"title": "other"}, "b": {"title": "no date"}, "c": KEPT}, "f.toml", faults)
    assert faults.lines == []
    assert joined == {"a": KEPT, "user": {"title": "given by the user"}, "b": {"title": "no date"}, "c": KEPT}
    assert known == {"a": KEPT, "user": {"title": "given by the user"}}


def test_a_known_source_has_one_date():
    faults = Faults()
    own = {"a": KEPT | {"date": "2026-01-16"}, "b": {"title": "T"}, "c": KEPT}
    joined = add_own_sources({"a": KEPT, "b": KEPT}, own, "f.toml", faults)
    assert faults.lines == [
        "f.toml: sources.a.date: is a known source of another date, got 2026-01-16, expected 2026-01-15, or another name",
        "f.toml: sources.b.date: is a known source of another date, expected 2026-01-15, or another name",
    ]
    assert joined == {"a": KEPT, "b": KEPT, "c": KEPT}


@pytest.mark.parametrize(("text", "good"), [
    ("", True), ("a line", True), ("two\nlines", True), ("ä × ≈", True), ("\n", True), ("tab\t", False), ("\x1b[31m", False),
    ("\r\n", False), ("a" * 2000, True), ("a" * 2001, False), (3, False), (None, False), (b"a", False), (["a"], False), (True, False),
])  # fmt: skip
def test_a_text_is_readable_without_control_characters(text, good):
    assert readable(text) is good


def test_a_text_is_readable_up_to_a_length():
    assert readable("abc", 3)
    assert not readable("abcd", 3)


SOURCES = {"old": {"date": "2026-02-01"}, "today": {"date": "2026-02-02"}, "new": {"date": "2026-02-03"}, "user": {"title": "t"}}
CITED = [
    ("f.toml", "a.b", "old"), ("f.toml", "a.c", "today"), ("f.toml", "a.d", "user"), ("f.toml", "a.e", "nobody"),
    ("g.toml", "a.f", "new"), ("f.toml", "a.g", "new"), ("f.toml", "a.h", "old"),
]  # fmt: skip


@pytest.mark.parametrize("hindsight", [False, True])
def test_a_source_of_a_later_day_is_named_and_refused_without_hindsight(hindsight):
    faults = Faults()
    assert check_dates(CITED, SOURCES, datetime.date(2026, 2, 2), hindsight, faults) == ("new",)
    words = "rests on source 'new', published after the as-of date, got 2026-02-03, expected at most 2026-02-02, or hindsight = true"
    assert faults.lines == ([] if hindsight else [f"g.toml: a.f: {words}", f"f.toml: a.g: {words}"])


def test_late_sources_are_named_once_each_in_the_order_in_which_they_are_cited():
    late = check_dates(CITED, SOURCES, datetime.date(2026, 1, 31), True, Faults())
    assert late == ("old", "today", "new")
    assert check_dates(CITED, SOURCES, datetime.date(2026, 2, 3), False, Faults()) == ()
