"""Differences between two scenarios put together from walks made up by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.studies import attribution as room
from capexmodel.studies.attribution import STRUCTURE, Attribution, Follower, Step, attribute
from capexmodel.studies.integral import Integral
from capexmodel.studies.outputs import Output
from tests.bare import bare

DATE = Output("date_s", "s")


def follower(name: str, *numbers: float, as_of: str = "2026-02-02") -> Follower:
    """A scenario of some numbers, of which the second is verified."""
    evidence = SimpleNamespace(
        figures={"b": SimpleNamespace(status="reported")} if name == "one" else {"c": SimpleNamespace(status="recalled")}
    )
    scenario = bare(Scenario, name=name, numbers=np.array(numbers), calendar=SimpleNamespace(as_of=as_of), evidence=evidence)
    return Follower(scenario, bare(Allocation))


@pytest.fixture(autouse=True)
def _numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios are their numbers; a is a series of two, b and c stand alone, and the plan has one."""
    steps = [SimpleNamespace(step=step) for step in ("a", "b", "a", "c")]
    monkeypatch.setattr(room, "flat", lambda scenario, plan: scenario.numbers)
    monkeypatch.setattr(room, "cells", lambda scenario: iter(steps))
    monkeypatch.setattr(room, "plan_cells", lambda plan: iter([SimpleNamespace(step="plan.x")]))
    monkeypatch.setattr(room, "outputs", lambda scenario: (Output("other_s", "s"), DATE))
    monkeypatch.setattr(room, "named", lambda scenario, name: 1 if scenario.name == "one" else 0)
    monkeypatch.setattr(room, "aligned", lambda one, two: (one, two))
    monkeypatch.setattr(room, "differences", lambda one, two: ())


def attribution(*adds: float) -> Attribution:
    """From 100 to 107."""
    steps = tuple(Step(str(n), add) for n, add in enumerate(adds))
    return Attribution(bare(Scenario), bare(Scenario), DATE, 100.0, 107.0, steps, (), 8)


def test_what_no_step_explains_is_left_over() -> None:
    assert attribution(3.0, 6.0).rest == -2.0
    assert [attribution(3.0, 4.0 + off).closes for off in (0.0, 6.9e-9, -6.9e-9, 7.2e-9, -7.2e-9)] == [True, True, True, False, False]


ONE, TWO = (1.0, 5.0, 3.0, 7.0, 0.5), (2.0, 9.0, 3.0, 7.0, 0.25)


def way(parts: list[float], start: float = 100.0, end: float = 107.0, looks: int = 8) -> Integral:
    """A walk with a part for each number."""
    return Integral(start, end, np.array(parts), looks)


def test_numbers_are_sorted_into_steps() -> None:
    start, end = follower("one", *ONE), follower("two", *TWO)
    found = room._named(start, end)
    assert found[:2] == (start, end)
    assert [(name, places.tolist()) for name, places in found[2]] == [("a", [0, 2]), ("b", [1]), ("c", [3]), ("plan.x", [4])]


def test_scenarios_of_one_shape_are_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that changed, the largest first; a single number has its values and its status."""
    asked: list = []
    one, two = follower("one", *ONE), follower("two", *TWO)
    monkeypatch.setattr(room, "_walked", lambda *given: asked.append(given) or way([1.5, -6.0, 0.5, 0.0, 11.0]))
    found = attribute(one, two, "date_s", print)
    assert asked == [(Follower(one.scenario, one.allocation), Follower(two.scenario, two.allocation), 1, print)]
    assert found.steps == (Step("plan.x", 11.0, 0.5, 0.25), Step("b", -6.0, 5.0, 9.0, "reported"), Step("a", 2.0))
    assert (found.start, found.end, found.looks, found.structure, found.output) == (100.0, 107.0, 8, (), DATE)
    assert (found.one, found.two) == (one.scenario, two.scenario)


def test_what_only_one_has_is_taken_first_and_last_by_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """Late: the structure first, then the numbers, from 150 to 170; early: the numbers first, from 100 to 130. The jumps are 50 and 40."""
    one, two = follower("one", *ONE), follower("two", *TWO)
    first, last = follower("first", *ONE).scenario, follower("last", *TWO).scenario
    asked: list = []
    monkeypatch.setattr(room, "differences", lambda *both: ("chip: new in the second alone",))
    monkeypatch.setattr(room, "bridged", lambda frame, numbers: first if (frame, numbers) == (two.scenario, one.scenario) else last)

    def walked(start: Follower, end: Follower, place: int, progress: object) -> Integral:
        names = start.scenario.name, end.scenario.name
        asked.append((*names, start.allocation is two.allocation, end.allocation is two.allocation, place, progress))
        return (
            way([4.0, 6.0, 2.0, 0.0, 8.0], 150.0, 170.0, 20)
            if start.scenario is first
            else way([8.0, 20.0, 2.0, 0.0, 0.0], 100.0, 130.0, 30)
        )

    monkeypatch.setattr(room, "_walked", walked)
    found = attribute(one, two, "date_s", print)
    assert asked == [("first", "two", True, True, 0, print), ("one", "last", False, False, 1, print)]
    assert (found.start, found.end, found.looks) == (100.0, 170.0, 50)
    assert found.structure == ("chip: new in the second alone",)
    assert {step.name: step.adds for step in found.steps} == {STRUCTURE: 45.0, "b": 13.0, "a": 8.0, "plan.x": 4.0}
    assert [step.name for step in found.steps] == [STRUCTURE, "b", "a", "plan.x"]


def test_steps_of_one_size_stand_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_walked", lambda *given: way([3.0, -3.0, 0.0, 0.0, 0.0]))
    found = attribute(follower("one", *ONE), follower("two", 2.0, 9.0, 3.0, 8.0, 0.5), "date_s")
    assert [(step.name, step.adds, step.status) for step in found.steps] == [
        ("a", 3.0, ""),
        ("b", -3.0, "reported"),
        ("c", 0.0, "recalled"),
    ]


def test_other_days_are_refused() -> None:
    with pytest.raises(ModelError, match="cannot be compared number by number: 2026-02-02 and 2026-03-03"):
        attribute(follower("one", *ONE), follower("two", *TWO, as_of="2026-03-03"), "date_s")


def test_a_walk_asks_for_slopes_along_the_straight_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a quarter: what changes moves by a quarter, what does not or is infinite stays, and slopes count with the change."""
    told: list[str] = []
    seen: list = []
    slopes = SimpleNamespace(numbers=np.array([2.0, np.nan, np.inf, 0.5]))
    monkeypatch.setattr(room, "unflat", lambda scenario, plan, numbers: seen.append(numbers.tolist()) or (scenario, plan))
    monkeypatch.setattr(
        room, "reverse", lambda scenario, plan, place: SimpleNamespace(given=slopes, chosen=None, values=np.array([1.0, 70.0]))
    )
    monkeypatch.setattr(room, "integral", lambda look: bare(Integral, parts=look))
    look = room._walked(follower("one", 1.0, 5.0, np.inf, 8.0), follower("two", 3.0, 5.0, 9.0, 4.0), 1, told.append).parts
    value, parts = look(0.25)
    assert (value, seen, parts.tolist()) == (70.0, [[1.5, 5.0, np.inf, 7.0]], [4.0, 0.0, 0.0, -2.0])
    look(0.5)
    assert told == [f"slopes of date_s on the way from one scenario to the other: {n}" for n in (1, 2)]
    endless = room._walked(follower("one", 1.0, 5.0, 8.0, 8.0), follower("two", 3.0, 5.0, np.inf, 8.0), 1, told.append).parts
    assert endless(0.5)[1].tolist() == [4.0, 0.0, 0.0, 0.0]


def test_an_output_that_is_not_reached_on_the_way_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "unflat", lambda scenario, plan, numbers: (scenario, plan))
    slopes = SimpleNamespace(numbers=np.zeros(2))
    monkeypatch.setattr(
        room, "reverse", lambda scenario, plan, place: SimpleNamespace(given=slopes, chosen=None, values=np.array([1.0, np.nan]))
    )
    monkeypatch.setattr(room, "integral", lambda look: bare(Integral, parts=look))
    with pytest.raises(ModelError, match="date_s is not reached 25% of the way"):
        room._walked(follower("one", 1.0, 5.0), follower("two", 3.0, 5.0), 1, lambda text: None).parts(0.25)
