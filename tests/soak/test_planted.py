"""Planted faults: each changes the model, one is found by the law made for it, and the page names every law."""

from types import SimpleNamespace

import pytest

from capexmodel.config import load
from capexmodel.testing import LAWS, Kind, check
from tests.soak import laws as room
from tests.soak.laws import page
from tests.soak.planted import PLANTED

LARGE = (
    ("more people are fewer", "greenfield", "L11 people"),
    ("more experiments needed are fewer", "greenfield", "L10 experiments needed"),
    ("memory that is faster is slower", "greenfield", "L11 memory bandwidth"),
    ("links that are faster are slower", "greenfield", "L11 bandwidth beyond it"),
    ("companies are paid twice", "meta_2026", "L5 a company is paid as it closes"),
    ("the core cuts no runs", "meta_2026", "L18 no compute is used twice"),
    ("a larger core is a smaller one", "meta_2026", "L10 core share"),
    ("chips are lent to every other site", "greenfield", "L26 sites stand alone"),
)
"""Faults in what only large scenarios have."""


def test_a_planted_fault_is_found_by_its_law_and_by_no_other():
    laws = [one for one in LAWS if one.title in ("L13 halls and power", "L29 no date beats physics", "L1 items are the total")]
    found = check(load("one_period"), laws, model=PLANTED["runs end a third early"])
    assert [one.law.title for one in found.fared if not one.holds] == ["L29 no date beats physics"]


@pytest.mark.parametrize(("fault", "name", "title"), [
    *(pytest.param(*row, marks=pytest.mark.long) for row in LARGE),
    ("runs take twice as long", "one_period", "L8 work is the integral of the rate"),
    ("pay is for one more in a hundred", "one_period", "L5 pay is heads times pay"),
    ("energy is dearer than its price", "one_period", "L5 energy is joules times price"),
    ("more chips in place are fewer", "one_period", "L11 chips in place"),
    ("halls cost twice what is allocated", "one_period", "L1 halls cost no more than allocated"),
    ("runs do more work than their chips can", "one_period", "L18 shares are shares"),
    ("the slope of speed is no number", "one_period", "L57 slopes are numbers"),
])  # fmt: skip
def test_a_law_finds_the_fault_it_is_made_for(fault, name, title):
    laws = [one for one in LAWS if one.title == title]
    assert check(load(name), laws, model=PLANTED[fault]).fared[0].broken


@pytest.mark.long
def test_software_that_reaches_less_is_told_from_a_swing():
    """The law that is off where the curve swings still finds it, in a scenario whose steps are timed."""
    laws = [one for one in LAWS if one.title == "L11 share of the peak"]
    found = check(load("greenfield"), laws, model=PLANTED["software that reaches more is slower"])
    assert len(found.fared[0].broken) == found.fared[0].examples > 30
    assert check(load("greenfield"), laws).holds


def test_a_fault_is_tried_on_every_base_and_found_by_all_laws_that_any_of_them_breaks(monkeypatch, tmp_path):
    tried = []

    def checked(scenario, laws, level, model):
        tried.append(scenario)
        broken = {"one_period": [laws[3], laws[1]], "greenfield": [laws[1], laws[0]], "meta_2026": []}[scenario]
        return SimpleNamespace(fared=[SimpleNamespace(law=one, holds=one not in broken) for one in laws])

    monkeypatch.setattr(room, "DONE", tmp_path / "done")
    monkeypatch.setattr(room, "keep_compiled", lambda: None)
    monkeypatch.setattr(room, "load", str)
    monkeypatch.setattr(room, "check", checked)
    for _ in range(2):  # a run that was cut off goes on where it stood
        assert room.planted("energy is paid twice") == [LAWS[place].title for place in (0, 1, 3)]
        assert tried == ["one_period", "greenfield", "meta_2026"]
    assert [path.suffix for path in (tmp_path / "done").iterdir()] == [".json"]


def faults_column(found):
    """What the page says of how many faults each law finds."""
    rows = [{"id": one.id, "name": one.name, "examples": 1, "skipped": 0, "comparisons": 1, "worst_tolerances": 0.0, "broken_examples": []}
            for one in LAWS]  # fmt: skip
    counts = {"level": "quick", "evaluations": 1, "comparisons": 1, "summed_s": 60.0, "scenarios": [{"scenario": "one", "laws": rows}]}
    text = page({"date": "2026-11-28", "cores": 2, "wall_s": 60.0, "counts": counts, "failures": []}, found)
    told = [line.split(" | ") for line in text.splitlines() if line.startswith("| L")]
    return {cells[0].removeprefix("| "): cells[-1].removesuffix(" |") for cells in told}


def test_of_laws_on_which_no_fault_was_tried_the_page_does_not_say_that_they_found_none():
    found_by = {name: [LAWS[0].title] for name in PLANTED}
    for counts in ({"found_by": found_by}, {"found_by": found_by, "tried": [one.title for one in LAWS if one.kind is not Kind.PLAN]}):
        said = faults_column({"counts": counts})
        assert said[LAWS[0].title] == f"{len(PLANTED)}"
        assert {said[one.title] for one in LAWS if one.kind is Kind.PLAN} == {"-"}
        assert {said[one.title] for one in LAWS[1:] if one.kind is not Kind.PLAN} == {"0"}
    assert set(faults_column({"counts": {"found_by": found_by, "tried": [LAWS[0].title]}}).values()) == {f"{len(PLANTED)}", "-"}
    assert set(faults_column(None).values()) == {"-"}


def test_the_page_names_every_law_and_every_fault():
    counts = {"level": "quick", "evaluations": 1, "comparisons": 1, "summed_s": 60.0, "scenarios": []}
    found = {"counts": {"found_by": {name: [LAWS[0].title] for name in PLANTED}}}
    text = page({"date": "2026-11-28", "cores": 2, "wall_s": 60.0, "counts": counts, "failures": []}, found)
    assert all(f"| {one.title} |" in text for one in LAWS)
    assert all(f"| {name} |" in text for name in PLANTED)
    assert f"| {LAWS[0].title} | {LAWS[0].statement}" in text
