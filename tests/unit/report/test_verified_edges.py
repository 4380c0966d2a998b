"""Comparisons of what is said with what is found again, number by number."""

import math

import pytest

from capexmodel.report import verified as room
from capexmodel.report.text import heading, table
from capexmodel.report.verified import NO_PLAN, Compared, verified_document, verified_page
from tests.unit.report.fakes import page

INF = math.inf


@pytest.mark.parametrize(
    ("said", "again", "apart"),
    [
        (3.0, 4.0, 0.25),
        (-3.0, 5.0, 1.6),
        (5, 4, 0.2),
        (2e-4, 5e-4, 0.3),
        (7.0, 7.0, 0.0),
        ("a", "a", 0.0),
        ("a", "b", INF),
        (None, None, 0.0),
        (None, 3.0, INF),
        (3.0, None, INF),
        (True, True, 0.0),
        (True, 1, 0.0),
        (True, 2, INF),
        (1, False, INF),
        (math.nan, 3.0, INF),
        ("3", 3, INF),
    ],
)
def test_two_numbers_differ_by_a_share_of_the_larger(said, again, apart):
    assert room._differ(said, again) == pytest.approx(apart)


def test_a_difference_is_never_of_less_than_a_size():
    assert room._differ(3.0, 4.0, 20.0) == pytest.approx(0.05)
    assert room._differ(3.0, 4.0, 1e-9) == pytest.approx(0.25)
    assert room._differ(1e-5, 2e-5, 1e-9) == pytest.approx(0.01)


def test_the_worst_of_many_is_told_with_its_place():
    assert room._worst("what", 0.5, [("a", 0.25), ("b", 3.0), ("c", 0.75)]) == Compared("what", 3, 3.0, 0.5, "b")
    assert room._worst("what", 0.5, []) == Compared("what", 0, 0.0, 0.5, "")
    assert room._worst("what", 0.5, [("a", 7.0), ("b", math.nan)]) == Compared("what", 2, INF, 0.5, "b")


def test_a_comparison_holds_up_to_its_tolerance():
    assert Compared("what", 1, 0.5, 0.5).holds
    assert not Compared("what", 1, 0.51, 0.5).holds


def test_numbers_of_a_row_are_beside_the_largest_of_their_unit():
    row = {"high_usd": 50.0, "left_usd": -80.0, "power_w": 900.0, "count_usd": 3, "year": "FY"}
    assert room._beside(row, "high_usd") == 80.0
    assert room._beside(row, "power_w") == 900.0
    assert room._beside(row, "other_kg") == 1e-3


def test_trees_are_compared_number_by_number():
    again = {"a": {"high_usd": 50.0, "left_usd": 4.0, "word": "x"}, "b": [1.0, 2.0], "c": 7}
    said = {"a": {"high_usd": 50.0, "left_usd": 3.0, "word": "y", "more": 1}, "b": [1.0, 2.5], "c": 7, "else": 3}
    assert list(room._apart(said, again, "")) == [
        ("a.high_usd", 0.0), ("a.left_usd", pytest.approx(0.02)), ("a.word", INF), ("a.more", INF), ("b", 0.0), ("b[0]", 0.0),
        ("b[1]", pytest.approx(0.2)), ("c", 0.0),
    ]  # fmt: skip


def test_what_is_missing_differs_without_end():
    again = {"a": {"x_usd": 5.0}, "b": [3.0]}
    assert list(room._apart({"a": 3, "b": []}, again, "r")) == [("r.a.x_usd", INF), ("r.b", INF), ("r.b[0]", INF)]
    assert list(room._apart({"a": {"x_usd": 5.0}, "b": 3.0}, again, "r")) == [("r.a.x_usd", 0.0), ("r.b", INF), ("r.b[0]", INF)]


def test_a_hash_is_the_same_or_not():
    assert room._hash("what", "where", "abc", "abc") == Compared("what", 1, 0.0, 0.0, "where")
    assert room._hash("what", "where", "abc", "abd") == Compared("what", 1, INF, 0.0, "where")


ROWS = [Compared("one", 1234, 3.4e-12, 1e-9, "a.b"), Compared("two", 1, 0.0, 0.0, "hash"), Compared("three", 7, INF, 2e-6, "c")]


def told(*rows):
    head = ["what is said", "numbers", "worst", "may be", "", "worst at"]
    return [
        *heading("worked out again", "worst: largest relative difference, of a hash or word 0 where it is the same"),
        *table(head, rows),
    ]


def test_what_was_compared_is_told_line_by_line():
    one, two = ["one", "1,234", "3.4e-12", "1.0e-09", "holds", "a.b"], ["two", "1", "0", "0", "holds", "hash"]
    three = ["three", "7", "different", "2.0e-06", "DOES NOT HOLD", "c"]
    assert verified_page("r.json", ROWS) == page("r.json", *told(one, two, three), "", "The result does NOT hold.")
    assert verified_page("r.json", ROWS[:2]) == page("r.json", *told(one, two), "", "The result holds.")
    none = verified_page("r.json", [Compared(NO_PLAN, 3, 0.0, 1e-9)])
    assert none.endswith("\n\nIt claims neither a plan nor a conflict; what it says holds.\n")


def test_the_document_holds_every_comparison():
    assert verified_document("r.json", ROWS[1:]) == {
        "schema_version": 1, "kind": "verify", "result": "r.json", "holds": False,
        "compared": [
            {"what": "two", "count": 1, "worst": 0.0, "tolerance": 0.0, "where": "hash", "holds": True},
            {"what": "three", "count": 7, "worst": None, "tolerance": 2e-6, "where": "c", "holds": False},
        ],
    }  # fmt: skip
    assert verified_document("r.json", ROWS[:1])["holds"]
