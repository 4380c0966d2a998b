"""A file that says most of what a shipped scenario says is a copy of it, whatever unit it says it in."""

import datetime
from pathlib import Path

import pytest

from capexmodel.config import copies
from capexmodel.config.copies import FEWEST, copied
from capexmodel.config.documents import Documents
from capexmodel.config.entries import Entry, Layer, Slot
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Reader
from capexmodel.config.schema import tables
from capexmodel.config.values import Said, Scene

NUMBER, SERIES = tables()["hall"].fields["build_s"], tables()["site"].fields["hall_power_w"]
OLD, NEW = datetime.date(2026, 2, 2), datetime.date(2027, 1, 1)


def entry(raw, unit="days"):
    return Entry(raw, unit, "a.toml", "hall.build")


@pytest.fixture
def scene():
    reader = Reader(datetime.date(2026, 2, 2), {"user": {}}, Faults())
    return Scene(Documents("a.toml", Layer("a.toml"), {}, (), Path()), reader, None, {})


@pytest.fixture
def found(scene, monkeypatch):
    """What a file is a copy of, that says some of its figures as the first of the shipped do and the others not."""

    def _found(said, *shipped):
        there = [{Slot("hall", str(place), "build_s"): one for place, one in enumerate(entries)} for entries in shipped]
        monkeypatch.setattr(copies, "_entries", lambda configs: {str(place): one for place, one in enumerate(there)})
        slots = [Slot("hall", str(place), "build_s") for place in range(len(said))]
        told = [Said(slot, NUMBER, one, scene.quietly(one, NUMBER)) for slot, one in zip(slots, said, strict=True)]
        result = copied(scene, told)
        assert scene.reader.faults.lines == []
        return next((place for place, one in enumerate(there) if one is result), None)

    return _found


def some(same, other, unit="days", factor=1.0):
    return [entry(factor * (place + 2.0) if place < same else 1000.0 + place, unit) for place in range(same + other)]


def test_seven_tenths_of_a_file_make_it_a_copy(found):
    shipped = some(20, 0)
    assert found(some(14, 6), shipped) == 0
    assert found(some(20, 0), shipped) == 0
    assert found(some(13, 7), shipped) is None
    assert found(some(0, 20), shipped) is None


def test_a_file_of_a_few_figures_is_none(found):
    assert found(some(FEWEST, 0), some(20, 0)) == 0
    assert found(some(FEWEST - 1, 0), some(20, 0)) is None


def test_of_several_it_is_that_of_which_it_says_most(found):
    near, nearer = some(15, 5), some(18, 2)
    for order, place in (((near, nearer), 1), ((nearer, near), 0), ((some(0, 20), near, nearer, near), 2)):
        assert found(some(20, 0), *order) == place


def test_what_the_other_does_not_say_is_not_the_same(found):
    assert found(some(20, 0), some(14, 0)) == 0
    assert found(some(20, 0), some(13, 0)) is None


def test_the_same_number_may_be_in_another_unit(found):
    assert found(some(20, 0, "hours", 24.0), some(20, 0)) == 0
    assert found(some(20, 0, "hours", 24.0 * (1.0 + 1e-8)), some(20, 0)) is None
    assert found(some(20, 0, "hours"), some(20, 0)) is None


@pytest.mark.parametrize(("ours", "same"), [
    ([100, 300], True), ([0.1, 0.3], False), ([100, 400], False), ([200, 300], False), ([100], False),
])  # fmt: skip
def test_a_series_is_the_same_in_all_its_stages(scene, ours, same):
    theirs = Entry({"at": [OLD, NEW], "value": [100, 300]}, "mw", "b.toml", "site.north.hall_power")
    raw = {"at": [OLD, NEW][: len(ours)], "value": [number / 1000 for number in ours]}
    mine = Entry(raw, "gw", "a.toml", "site.north.hall_power")
    said = Said(Slot("site", "north", "hall_power_w"), SERIES, mine, scene.quietly(mine, SERIES))
    assert copies._same(scene, said, theirs) is same


def test_what_cannot_be_read_is_not_the_same(scene):
    said = Said(Slot("hall", "a", "build_s"), NUMBER, entry(3.0), scene.quietly(entry(3.0), NUMBER))
    assert not copies._same(scene, said, entry("long"))
    assert not copies._same(scene, said, None)
    assert copies._same(scene, said, entry(3.0))
    assert scene.reader.faults.lines == []
