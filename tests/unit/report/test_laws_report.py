"""How laws fared, line by line."""

import dataclasses

import pytest

from capexmodel.model.leaves import Leaf
from capexmodel.report import laws as room
from capexmodel.report.laws import check_document, check_page, failing_file, self_document, self_page
from capexmodel.report.text import heading, table
from capexmodel.testing.cases import Reach
from capexmodel.testing.check import Checked, Fared
from capexmodel.testing.law import Law
from capexmodel.testing.shrink import Smallest
from tests.unit.report.fakes import fake, page

PRICE = "accelerator.old.price_usd"


def law(identity="T3", name="money", off=""):
    return Law(identity, name, "what is paid was ordered", 2.5e-6, "sums of many", lambda *_: None, off=off)


def fared(one, examples=1200, worst=0.25, broken=(), skipped=0):
    return Fared(one, examples, 34567, skipped, worst, 5, broken)


def shrunk(small, count=1, excess=4.5678):
    leaf = Leaf(PRICE, "accelerator", "price_usd", (0,))

    def cells(base):
        return [(leaf, 12345.678, 30000.0 + k) for k in range(count)]

    return fake(Smallest, scenario=small, moved=tuple(range(count)), excess=excess, cells=cells)


@pytest.fixture
def found(small):
    laws = (
        fared(law()),
        fared(law("T4", "power", off="where there is no hall"), 0, float("-inf"), skipped=1234),
        fared(law("T5", "work"), 50, 4.5, (7, 9), skipped=3),
    )
    return Checked(small, 17, Reach.SANE, laws, 0.5)


def test_each_law_has_its_examples_and_margin(found, small):
    rows = [
        ["T3", "money", "1,200", "34,567", "0", "75 %", "holds"], ["T4", "power", "0", "34,567", "1,234", "-", "off"],
        ["T5", "work", "50", "34,567", "3", "-350 %", "BROKEN 2x"],
    ]  # fmt: skip
    made = table(
        ["number", "is", "was made", "what it is"], [[PRICE, "30000", "12345.7", "price of one chip with its share of the server"]]
    )
    meaning = room.meaning(small, PRICE)
    made = table(["number", "is", "was made", "what it is"], [[PRICE, "30000", "12345.7", meaning]])
    text = check_page(found, [(found.fared[2], shrunk(small))])
    assert text == page(
        "small: Two sites, two chips, two models",
        *heading("laws", "margin: share of the tolerance that is left at worst; off: examples where a law does not apply"),
        *table(["law", "of", "examples", "numbers", "off", "margin", ""], rows, left=2),
        "  T4 power is off where there is no hall.", "  T5 work is off where the scenario has no such number.",
        *heading("T5 work is broken", "by 4.57 tolerances of 2.5e-06"),
        "  what is paid was ordered. Example 7 of seed 17, brought as near to the scenario as it goes:", *made, "",
        f"{found.evaluations:,} law-checked evaluations in 0.5 s ({found.evaluations * 2:,} a second), seed 17",
        f"{found.comparisons:,} numbers held against a law",
    )  # fmt: skip


def test_a_law_that_never_applied_is_off_and_not_said_to_hold(small):
    rows = check_page(Checked(small, 17, Reach.SANE, (fared(law(), 0, float("-inf"), skipped=50), fared(law("T4"))), 1.0), []).splitlines()
    assert [row.split()[-1] for row in rows if row.startswith(("  T3  ", "  T4  "))] == ["off", "holds"]


def test_evaluations_and_comparisons_are_those_of_all_laws(found):
    assert (found.evaluations, found.comparisons) == (1250, 103701)


def test_a_margin_is_never_more_than_whole(small):
    found = Checked(small, 17, Reach.SANE, (fared(law(), worst=-3.0),), 0.0)
    assert "  100 %  holds" in check_page(found, [])
    assert "in 0.0 s (1,200,000,000,000 a second)" in check_page(found, [])


def test_a_scenario_that_breaks_a_law_by_itself_is_said(found, small):
    assert "\n  no number: the scenario itself breaks it\n" in check_page(found, [(found.fared[2], shrunk(small, 0))])


@pytest.mark.parametrize(("count", "rows", "more"), [(12, 12, False), (15, 12, True)])
def test_at_most_twelve_numbers_are_told(found, small, count, rows, more):
    text = check_page(found, [(found.fared[2], shrunk(small, count))])
    assert text.count(f"  {PRICE}  ") == rows
    assert ("\n  and 3 more\n" in text) is more
    assert ("more\n" in text.replace("and 3 more\n", "")) is False


def test_the_document_holds_every_law(found, small):
    whole = check_document(found, [(found.fared[2], shrunk(small))])
    first, second, third = whole.pop("laws")
    assert whole == {
        "schema_version": 1, "kind": "check", "scenario": "small", "config_hash": small.evidence.config_hash, "seed": 17,
        "reach": "sane", "evaluations": 1250, "comparisons": 103701, "wall_s": 0.5, "holds": False,
    }  # fmt: skip
    assert first == {
        "id": "T3", "name": "money", "statement": "what is paid was ordered", "tolerance": 2.5e-6, "reason": "sums of many", "off": "",
        "examples": 1200, "comparisons": 34567, "skipped": 0, "worst_tolerances": 0.25, "worst_example": 5, "broken_examples": [],
        "smallest": None,
    }  # fmt: skip
    assert second["worst_tolerances"] is None
    assert third["smallest"] == [{"path": PRICE, "value": 12345.678, "was": 30000.0}]
    assert third["broken_examples"] == [7, 9]


def test_all_scenarios_are_summed_up(found, small):
    good = Checked(small, 3, Reach.SANE, (fared(law()),), 1500.0)
    assert self_page([good, found]) == page(
        *heading("all scenarios", "small, small"),
        "  2 laws, 2,450 law-checked evaluations, 138,268 numbers held against a law, 1,500 s", "  BROKEN: T5 work on small",
    )  # fmt: skip
    assert self_page([good]).endswith("\n  every law holds\n")


def test_the_document_of_all_sums_up_too(found, small):
    good = Checked(small, 3, Reach.SANE, (fared(law()),), 1500.0)
    whole = self_document([good, found], [[], [(found.fared[2], shrunk(small))]])
    assert {name: part for name, part in whole.items() if name != "scenarios"} == {
        "schema_version": 1, "kind": "check self", "holds": False, "evaluations": 2450, "comparisons": 138268, "wall_s": 1500.5,
    }  # fmt: skip
    assert [len(one["laws"]) for one in whole["scenarios"]] == [1, 3]
    assert self_document([good], [[]])["holds"]


def test_a_failing_scenario_says_how_it_fails_again(found, small, monkeypatch):
    monkeypatch.setattr(room, "dump", lambda scenario: f"name = '{scenario.name}'\n")
    assert failing_file(found, found.fared[2], shrunk(small), "big.toml").decode() == (
        "# T5 work is broken here: what is paid was ordered.\n"
        "# capexmodel check big.toml --law \"T5 work\" --example 7 --seed 17\nname = 'small'\n"
    )
    assert dataclasses.is_dataclass(found)
    odd = failing_file(found, found.fared[2], shrunk(small), "my big\n.toml").decode()
    assert "# capexmodel check 'my big?.toml' --law" in odd
