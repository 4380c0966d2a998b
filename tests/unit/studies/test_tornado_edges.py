"""Ends of ranges and what they do, of figures, slopes and simulations made up by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.model.evidence import Evidence, Figure
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.studies import tornado as room
from capexmodel.studies.batch import Simulations
from capexmodel.studies.draws import Draws
from capexmodel.studies.elasticity import Elasticities, Elasticity
from capexmodel.studies.outputs import Output
from capexmodel.studies.tornado import Bar, Moved, Tornado, moved_figure, planned_bars, tornado
from tests.bare import bare

MEAN, COST = Output("mean_date_s", "s"), Output("cost_usd", "usd")
A, B0, B1, C = (Leaf(path, "t", "numbers", (place,)) for place, path in enumerate(("t.a", "t.b.2026", "t.b.2027", "t.c")))


def figure(leaf: Leaf, value: float, low: float | None, high: float | None, status: str = "reported", source: str = "paper") -> Figure:
    """What is known of a number."""
    return Figure(leaf.path, value, low, high, "s", status, source)


def scenario() -> Scenario:
    """A figure of 5 from 3 to 9, a series of 10 and 20, and one of 7 that has no lower end."""
    known = [
        figure(A, 5.0, 3.0, 9.0), figure(B0, 10.0, 6.0, 11.0, "derived", "one"), figure(B1, 20.0, 13.0, 24.0, "recalled", "two"),
        figure(C, 7.0, None, 7.5, "estimated"),
    ]  # fmt: skip
    evidence = Evidence({each.path: each for each in known}, {}, "hash")
    return bare(Scenario, t=SimpleNamespace(numbers=np.array([5.0, 10.0, 20.0, 7.0])), evidence=evidence)


def drawn() -> Draws:
    """The series moves as one."""
    return bare(Draws, leaves=(A, B0, B1, C), mixing=np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 0], [0, 0, 1.0]]))


def slopes() -> Elasticities:
    """Slopes of the cost: 2 in the figure, -3 and 0.5 in the series, 4 in the last."""
    rows = [(A, 5.0, 2.0), (B0, 10.0, -3.0), (B1, 20.0, 0.5), (C, 7.0, 4.0)]
    return Elasticities(COST, 100.0, tuple(Elasticity(leaf.path, value, slope, 100.0) for leaf, value, slope in rows))


BY_SLOPE = [(-4.0, 8.0), (12.0 - 3.5, -3.0 + 2.0), (0.0, 2.0)]
"""What slopes say of both ends of each."""


def engine() -> Simulations:
    """Two outputs of each row: the first number squared, and all weighed."""

    def follow(rows: np.ndarray) -> np.ndarray:
        return np.stack([rows[:, 0] ** 2, rows @ np.array([1.0, 10.0, 100.0, 1000.0])], axis=1)

    return bare(Simulations, grid=drawn(), outputs=(MEAN, COST), follow=follow)


def test_every_figure_is_moved_to_both_ends_with_the_others_where_they_are() -> None:
    """The stages of a series together; a figure without an end stays where it is."""
    found = tornado(engine(), scenario())
    assert found.base.tolist() == [25.0, 7000.0 + 2000.0 + 100.0 + 5.0]
    assert found.ends.tolist() == [[[-16.0, -2.0], [56.0, 4.0]], [[0.0, -740.0], [0.0, 410.0]], [[0.0, 0.0], [0.0, 500.0]]]
    assert [each.path for each in found.figures] == ["t.a", "t.b", "t.c"]
    assert (found.outputs, found.scenario.evidence.config_hash) == ((MEAN, COST), "hash")


def test_bars_are_of_the_output_of_the_slopes_widest_first() -> None:
    found = tornado(engine(), scenario()).bars(slopes())
    assert [bar.figure.path for bar in found] == ["t.b", "t.c", "t.a"]
    assert [(bar.at_low, bar.at_high) for bar in found] == [(-740.0, 410.0), (0.0, 500.0), (-2.0, 4.0)]
    assert [(bar.slope_low, bar.slope_high) for bar in found] == [BY_SLOPE[1], BY_SLOPE[2], BY_SLOPE[0]]
    assert not any(bar.first_order for bar in found)


def test_bars_of_one_width_stand_by_name() -> None:
    known = tuple(moved_figure(scenario(), [leaf]) for leaf in (C, B0, A))
    ends = np.array([[[1.0], [3.0]], [[-2.0], [1.0]], [[0.0], [-3.0]]])
    found = Tornado(scenario(), (COST,), np.array([9.0]), known, ends).bars(slopes())
    assert [bar.figure.path for bar in found] == ["t.a", "t.b.2026", "t.c"]


def test_a_series_has_its_weakest_status_and_the_ends_of_its_last_stage() -> None:
    found = moved_figure(scenario(), [B0, B1])
    assert found == Moved("t.b", (B0, B1), "recalled", "two", 13.0, 20.0, 24.0)
    assert moved_figure(scenario(), [A, C]).status == "estimated"
    assert moved_figure(scenario(), [C]) == Moved("t.c", (C,), "estimated", "paper", 7.0, 7.0, 7.5)
    assert moved_figure(scenario(), [B0]).path == "t.b.2026"


def test_sources_of_the_weakest_are_told_once_each() -> None:
    known = [figure(A, 1.0, 0.0, 3.0, source="x"), figure(B0, 1.0, 0.0, 3.0, source="y"), figure(B1, 1.0, 0.0, 3.0, source="x")]
    given = bare(Scenario, evidence=Evidence({each.path: each for each in known}, {}, ""))
    assert moved_figure(given, [A, B0, B1]).source == "x, y"


def bar(low: float, high: float, slope: tuple[float, float] = (0.0, 0.0)) -> Bar:
    """A bar by its ends."""
    return Bar(moved_figure(scenario(), [A]), low, high, *slope)


def test_widths_reach_from_the_lowest_to_the_highest_of_ends_and_middle() -> None:
    assert [bar(*ends).width for ends in ((-4.0, 3.0), (2.0, 5.0), (-6.0, -1.0), (3.0, np.inf))] == [7.0, 5.0, 6.0, np.inf]
    assert [bar(0.0, 0.0, ends).slope_width for ends in ((-4.0, 3.0), (5.0, 2.0), (-1.0, -6.0))] == [7.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("ends", "slope", "bent"),
    [((-10.0, 10.0), (-12.0, 8.0), False), ((-10.0, 10.0), (-12.5, 10.0), True), ((-10.0, 10.0), (-10.0, 12.5), True),
     ((0.0, 6.31), (0.0, 7.0), False), ((0.0, 6.2), (0.0, 7.0), True), ((7.0, 0.0), (6.31, 0.0), False)],
)  # fmt: skip
def test_a_slope_misleads_by_more_than_a_tenth_of_the_wider_bar(ends: tuple, slope: tuple, bent: bool) -> None:
    assert bar(*ends, slope).bent is bent


def test_what_is_assumed_or_recalled_is_open() -> None:
    found = {status: Moved("t.a", (A,), status, "", 0.0, 1.0, 3.0).open for status in ("scenario", "recalled", "estimated", "reported")}
    assert found == {"scenario": True, "recalled": True, "estimated": False, "reported": False}


def planned(monkeypatch: pytest.MonkeyPatch, solved: dict[tuple[float, ...], float | None]) -> Plan:
    """A plan worth 50 natural units of 4; numbers written and what they are worth stand in `solved`."""

    def write(self: Leaf, at: Scenario, value: float) -> Scenario:
        numbers = at.t.numbers.copy()
        numbers[self.index] = value
        return bare(Scenario, t=SimpleNamespace(numbers=numbers), evidence=at.evidence)

    def resolved(problem: object, found: object, at: Scenario) -> SimpleNamespace | None:
        worth = solved[tuple(at.t.numbers.tolist())]
        return None if worth is None else SimpleNamespace(value=worth)

    monkeypatch.setattr(Leaf, "write", write)
    monkeypatch.setattr(room, "draws", lambda given, size: drawn())
    monkeypatch.setattr(room, "resolved", resolved)
    aimed = SimpleNamespace(size=lambda size: 2.0 * size, value=lambda cost: -cost)
    return bare(Plan, problem=bare(Problem, scenario=scenario(), minimize=aimed), solution=SimpleNamespace(size=2.0, value=50.0))


SOLVED = {(5.0, 6.0, 13.0, 7.0): 53.0, (5.0, 11.0, 24.0, 7.0): 49.0, (3.0, 10.0, 20.0, 7.0): None, (9.0, 10.0, 20.0, 7.0): 51.5}


def test_the_widest_bars_of_a_plan_are_solved_again_at_both_ends(monkeypatch) -> None:
    """A plan that is not found at an end leaves no number and a bar without end, which stands first."""
    told: list[str] = []
    found = planned_bars(planned(monkeypatch, SOLVED), slopes(), 2, told.append)
    assert [bar.figure.path for bar in found] == ["t.a", "t.b", "t.c"]
    assert [(bar.at_low, bar.at_high) for bar in found[1:]] == [(-12.0, 4.0), BY_SLOPE[2]]
    assert np.isnan(found[0].at_low)
    assert found[0].at_high == -6.0
    assert [(bar.slope_low, bar.slope_high) for bar in found] == [BY_SLOPE[0], BY_SLOPE[1], BY_SLOPE[2]]
    assert [bar.first_order for bar in found] == [False, False, True]
    assert told == [f"solving again at both ends of {path} ({n} of 2)" for path, n in (("t.a", 1), ("t.b", 2))]


def test_bars_of_no_width_to_speak_of_are_not_solved_again(monkeypatch) -> None:
    """A millionth of a natural unit is 4e-6 here: what is as wide or narrower stays as its slope has it."""
    plan = planned(monkeypatch, {(5.0, 10.0, 20.0, 7.0): 50.0, (5.0, 10.0, 20.0, 7.5): 50.5})
    rows = tuple(Elasticity(leaf.path, 0.0, slope, 1.0) for leaf, slope in ((A, 0.6e-6), (B0, 0.0), (B1, 0.0), (C, 0.9e-5)))
    values = {"t.a": 5.0, "t.b.2026": 10.0, "t.b.2027": 20.0, "t.c": 7.0}
    given = Elasticities(COST, 1.0, tuple(Elasticity(row.path, values[row.path], row.slope, 1.0) for row in rows))
    found = planned_bars(plan, given, 9)
    assert [(bar.figure.path, bar.first_order) for bar in found] == [("t.c", False), ("t.a", True), ("t.b", True)]
    assert (found[0].at_low, found[0].at_high) == (0.0, -2.0)
