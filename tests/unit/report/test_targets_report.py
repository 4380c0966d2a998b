"""Targets beside what the model says of them, line by line."""

import pytest

from capexmodel.config.targets import Target
from capexmodel.report.targets import targets_document, targets_page
from capexmodel.report.text import heading, table
from capexmodel.studies.targets import Judged, Ours
from tests.unit.report.fakes import page

HEAD = ["target", "what", "published", "ours", "off", "allowed", ""]
FROM_MEMORY = heading("targets", "those that rest on figures from memory do not count")
TITLE = "targets: published figures, and what the model says of them"


def target(name="cost", value=50.0, status="reported", **more):
    return Target(name, f"what {name} is", value, "busd", status, "paper", **more)


def found():
    return [
        Judged(target("near", 50.0, tolerance_percent=10.0), Ours(52.5)),
        Judged(target("far", 8.0, tolerance=0.25), Ours(9.876543)),
        Judged(target("kept", 4.0, tolerance=3.0), Ours(2.5, ("price", "life"))),
        Judged(target("gone", 4.0, tolerance=0.5), Ours(6.5, ("share",))),
        Judged(target("later", 7.0, waits="a paper"), None),
    ]


def test_every_target_stands_with_what_becomes_of_it():
    rows = [
        ["near", "what near is", "50 busd", "52.5", "+5.0 %", "10 %", "met"],
        ["far", "what far is", "8 busd", "9.877", "1.9", "0.25", "MISSED"],
        ["kept", "what kept is", "4 busd", "2.5", "-1.5", "3", "met, does not count"],
        ["gone", "what gone is", "4 busd", "6.5", "2.5", "0.5", "off, does not count"],
    ]
    assert targets_page(found()) == page(
        TITLE, "  4 worked out; 2 count, of which 1 are met; 1 wait.", *FROM_MEMORY, *table(HEAD, rows, left=2),
        "", "FROM MEMORY  (what those that do not count rest on)", "  kept: price, life", "  gone: share",
        "", "NOT WORKED OUT YET  (and what for)", "  later, what later is: a paper", "", "GOALS  (missed)", "  far",
    )  # fmt: skip


def test_without_any_target_the_goals_are_met():
    lines = [TITLE, "  0 worked out; 0 count, of which 0 are met; 0 wait.", *FROM_MEMORY, *table(HEAD, [], left=2), "", "GOALS  (met)"]
    assert targets_page([]) == page(*lines)


@pytest.mark.parametrize(("tolerance", "told"), [(9e-4, "1.23457"), (1e-3, "1.235"), (2.0, "1.235")])
def test_a_narrow_target_is_told_to_more_digits(tolerance, told):
    words = targets_page([Judged(target(value=3.4567891, tolerance=tolerance), Ours(1.2345678))]).split("\n")[5].split()
    assert told in words
    assert ("3.45679" if tolerance == 9e-4 else "3.457") in words


def test_percent_of_a_target_of_nothing_are_not_told():
    assert "  0 busd  0.34  0.34     10 %  met" in targets_page([Judged(target(value=0.0, tolerance_percent=10.0), Ours(0.34))])


def test_the_document_holds_all_of_it():
    near, _, kept, _, later = targets_document(found())["targets"]
    assert near == {
        "target": "near", "what": "what near is", "published": 50.0, "ours": 52.5, "unit": "busd", "error": 2.5, "allowed": "10 %",
        "miss": 0.5, "met": True, "counts": True, "recalled": [], "waits": None, "source": "paper", "status": "reported",
    }  # fmt: skip
    assert (kept["recalled"], kept["counts"], kept["error"], kept["miss"]) == (["price", "life"], False, -1.5, 0.5)
    assert later == {
        "target": "later", "what": "what later is", "published": None, "ours": None, "unit": "busd", "error": None, "allowed": None,
        "miss": None, "met": None, "counts": False, "recalled": [], "waits": "a paper", "source": "paper", "status": "reported",
    }  # fmt: skip
    whole = targets_document(found())
    assert {name: whole[name] for name in whole if name != "targets"} == {"schema_version": 1, "kind": "targets", "goals_missed": ["far"]}
