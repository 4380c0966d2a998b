"""Figures by status, and what a plan rests on at worst."""

import pytest

from capexmodel.model.evidence import Evidence, Figure

STATUSES = {"b.x": "scenario", "a.y": "recalled", "d.z": "reported", "c.w": "scenario", "a.v": "recalled", "e.u": "derived"}


def figure(path: str, status: str) -> Figure:
    """A figure of which only path and status matter."""
    return Figure(path, 3.0, None, None, "W", status, "source")


def evidence(**statuses: str) -> Evidence:
    """Figures of a status each."""
    return Evidence({path: figure(path, status) for path, status in (statuses or STATUSES).items()}, {}, "hash")


def test_figures_of_one_status_come_in_order_of_path():
    assert [each.path for each in evidence().with_status("scenario")] == ["b.x", "c.w"]
    assert evidence().with_status("estimated") == ()


def test_open_figures_are_assumed_ones_then_those_not_looked_up():
    assert [each.path for each in evidence().open] == ["b.x", "c.w", "a.v", "a.y"]


@pytest.mark.parametrize(("statuses", "weakest"), [
    (("reported", "derived"), "derived"), (("estimated", "reported", "derived"), "estimated"), (("recalled", "estimated"), "recalled"),
    (("scenario", "recalled", "reported"), "scenario"), (("reported",), "reported"),
])  # fmt: skip
def test_the_weakest_status_is_the_last_of_the_list(statuses, weakest):
    assert evidence(**{str(place): status for place, status in enumerate(statuses)}).weakest == weakest


def test_without_figures_nothing_is_weak():
    assert Evidence({}, {}, "hash").weakest == "reported"


def test_evidence_never_tells_two_computations_apart():
    one, other = evidence(), Evidence({}, {"s": {}}, "other")
    assert one == other
    assert hash(one) == hash(other)
    assert one != "hash"


def test_what_is_not_said_is_empty():
    assert figure("a", "reported").note == ""
    assert (evidence().files, evidence().hindsight, evidence().doubts) == ((), (), ())
    assert Evidence.never_traced is True
