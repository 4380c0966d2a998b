"""Planted faults: each changes the model, one is found by the law made for it, and the page names every law."""

import pytest

from capexmodel.config import load
from capexmodel.testing import LAWS, check
from tests.soak.laws import page
from tests.soak.planted import PLANTED


def test_a_planted_fault_is_found_by_its_law_and_by_no_other():
    laws = [one for one in LAWS if one.title in ("L13 halls and power", "L29 no date beats physics", "L1 items are the total")]
    found = check(load("one_period"), laws, model=PLANTED["runs end a third early"])
    assert [one.law.title for one in found.fared if not one.holds] == ["L29 no date beats physics"]


@pytest.mark.long
def test_software_that_reaches_less_is_told_from_a_swing():
    """The law that allows for a swing of hours still finds it, in a scenario whose steps are timed."""
    laws = [one for one in LAWS if one.title == "L11 share of the peak"]
    found = check(load("greenfield"), laws, model=PLANTED["software that reaches more is slower"])
    assert len(found.fared[0].broken) > 40
    assert check(load("greenfield"), laws).holds


def test_the_page_names_every_law_and_every_fault():
    counts = {"level": "quick", "evaluations": 1, "comparisons": 1, "summed_s": 60.0, "scenarios": []}
    found = {"counts": {"found_by": {name: [LAWS[0].title] for name in PLANTED}}}
    text = page({"date": "2026-11-28", "cores": 2, "wall_s": 60.0, "counts": counts, "failures": []}, found)
    assert all(f"| {one.title} |" in text for one in LAWS)
    assert all(f"| {name} |" in text for name in PLANTED)
    assert f"| {LAWS[0].title} | {LAWS[0].statement}" in text
