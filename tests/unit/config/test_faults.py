"""How faults are told: paths and values on one line, what was meant, and no more than a person reads."""

import datetime

import pytest

from capexmodel.config.faults import LONGEST_PATH, MOST, Faults, called, key, nearest, plain


def test_a_file_is_called_by_the_end_of_its_path_on_one_line():
    path = "".join(chr(97 + place % 26) for place in range(LONGEST_PATH + 1))
    assert called(path) == path[1:]
    assert called(path[1:]) == path[1:]
    assert called("a\nb\x1b[31m.toml") == "a?b?[31m.toml"


@pytest.mark.parametrize(("value", "shown"), [
    (3, "3"), (1.5, "1.5"), (True, "true"), (None, "null"), ("a\nb", '"a\\nb"'), ("\u202e", '"?"'), ([1, "b"], '[1, "b"]'),
    (datetime.date(2026, 2, 2), "2026-02-02"), (2**1000 - 1, str(2**1000 - 1)[:57] + "..."), (2**1000, "a whole number of 1001 bits"),
    ([2**1000, {"a": [16**5000]}], '["a whole number of 1001 bits", {"a": ["a whole number of...'), ([2**200], f"[{2**200}"[:57] + "..."),
    ([2**1000 - 1], f"[{2**1000 - 1}"[:57] + "..."), (float("inf"), "inf"), (False, "false"),
    (-(2**1000), "a whole number of 1001 bits"), ([True, {"b": None}], '[true, {"b": null}]'),
    ("x" * 58, f'"{"x" * 58}"'), ("x" * 59, f'"{"x" * 56}...'),
])  # fmt: skip
def test_a_value_is_shown_on_one_line(value, shown):
    assert plain(value) == shown


def test_a_key_is_written_as_toml_does():
    assert key("site", "", "north-1", "a b") == 'site.north-1."a b"'
    assert key("x" * 100) == "x" * 100
    assert key("x" * 101) == plain("x" * 101)


def test_what_was_meant_is_near_in_either_case():
    assert nearest(" SITES", ["site", "Job"]) == "site"
    assert nearest("jobs", ["site", "Job"]) == "Job"
    assert nearest("power", ["site", "Job"]) is None
    assert nearest(3, ["3"]) is None
    assert nearest("site", ["site\x07", "sites"]) == "sites"
    assert nearest("site", ["site\x07"]) is None
    assert nearest("x" * 100, ["x" * 99]) == "x" * 99
    assert nearest("x" * 101, ["x" * 100]) is None


def test_faults_are_told_once_in_their_order_and_not_without_end():
    faults = Faults()
    faults.stop()
    for number in (*range(MOST), 0):
        assert not faults.full or number == 0
        faults.add("a.toml", f"k{number}", "is wrong", "3", "4", "key")
    assert faults.full
    faults.add("a.toml", "more", "is wrong")
    assert faults.lines == [f"a.toml: k{number}: is wrong, got 3, expected 4; did you mean 'key'?" for number in range(MOST)]


def test_a_fault_without_a_place_is_of_the_file():
    faults = Faults()
    faults.add("a.toml", "", "is empty")
    assert faults.lines == ["a.toml: is empty"]


def test_guesses_stand_with_the_faults_that_name_their_key_else_with_the_first():
    faults = Faults()
    faults.add("a.toml", "site.north", "is wrong")
    faults.add("a.toml", "job.first", "is late")
    faults.hint([("job.first", "a year?"), ("chip.one", "1?"), ("chip.two", "2?"), ("chip.three", "3?"), ("chip.four", "4?")])
    assert faults.lines == [
        "a.toml: site.north: is wrong; chip.one: 1?; chip.two: 2?; chip.three: 3?",
        "a.toml: job.first: is late; a year?",
    ]
    none = Faults()
    none.hint([("job.first", "a year?")])
    assert none.lines == []
