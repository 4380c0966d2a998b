"""The best plan of every scenario of a grid, of plans made up by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planner.search import Found
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.choice import Choice
from capexmodel.planning.problem import Problem
from capexmodel.studies import replan as room
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output
from capexmodel.studies.replan import Plans
from tests.bare import bare

LEAVES = (Leaf("t.a_w", "t", "a_w", ()), Leaf("t.b_w", "t", "b_w", ()))


def problem() -> Problem:
    """Two jobs, two years; the aim is in natural units of 8, counted negatively."""
    scenario = SimpleNamespace(job=SimpleNamespace(names=("m", "n")), calendar=SimpleNamespace(years=("FY1", "FY2")))
    return bare(Problem, scenario=scenario, minimize=SimpleNamespace(unit="s", size=lambda size: 2.0 * size, value=lambda cost: -cost))


def grid() -> Grid:
    """Five by four."""
    return Grid(LEAVES, (5, 4), jnp.asarray([10.0, 20.0, 30.0, 40.0, 50.0, 1.0, 3.0, 5.0, 7.0]))


def found(value: float = 3.0, error: float = 0.0) -> Found:
    """A plan whose second job has no date."""
    scenario = SimpleNamespace(job=SimpleNamespace(release_lag_s=[5.0, 6.0]))
    gradient = bare(Scenario, t=SimpleNamespace(a_w=np.array(0.5), b_w=np.array(-3.0)))
    choice = bare(Choice, orders="orders", end_s=[100.0, 200.0])
    return bare(
        Found, problem=SimpleNamespace(scenario=scenario), form=SimpleNamespace(timed=[True, False]), size=4.0,
        verdict=SimpleNamespace(kkt_error=error, gradient=gradient, choice=choice), solution=SimpleNamespace(value=value),
    )  # fmt: skip


def plans(slopes: bool = False) -> Plans:
    """All plans of the grid."""
    return Plans(problem(), grid(), slopes=slopes)


def test_what_is_read_off_a_plan_has_names_and_units() -> None:
    made = plans()
    assert made.outputs == (
        Output("aim_s", "s"), Output("proven", "", share=True), Output("m.date_s", "s"), Output("n.date_s", "s"),
        Output("FY1.capex_usd", "usd"), Output("FY2.capex_usd", "usd"), Output("kkt_error", ""),
    )  # fmt: skip
    assert (made.part_rows, made.block, made.slopes, plans(True).slopes, made.single) == (16, 1, False, True, False)


@pytest.mark.parametrize(("error", "proven"), [(0.0, 1.0), (room.TOLERANCE, 1.0), (2.0 * room.TOLERANCE, 0.0)])
def test_a_plan_is_told_by_its_aim_dates_money_and_proof(monkeypatch: pytest.MonkeyPatch, error: float, proven: float) -> None:
    monkeypatch.setattr(room, "aim", lambda best: 77.0)
    monkeypatch.setattr(room, "fleet", lambda scenario, orders: ("fleet", orders))
    monkeypatch.setattr(
        room, "account", lambda scenario, orders, stock: SimpleNamespace(capex_usd=[8.0, 9.0] if stock == ("fleet", orders) else [])
    )
    row = plans()._told(found(error=error))
    assert row[[0, 1, 2, 4, 5, 6]].tolist() == [77.0, proven, 105.0, 8.0, 9.0, error]
    assert np.isnan(row[3])


def test_slopes_are_in_the_unit_of_the_aim() -> None:
    assert plans()._slopes(found()).tolist() == [-4.0, 24.0]


class Planned:
    """Plans of a part: by the numbers of a scenario, which of the combinations have one, and how good."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, worth: dict[float, dict[str, float]]) -> None:
        self.asked: list = []
        self.charts = SimpleNamespace(copy=lambda: "a chart of its own")
        monkeypatch.setattr(Plans, "_shared", self.charts)
        monkeypatch.setattr(Plans, "_planned", lambda of, numbers, known, shared: self.planned(numbers, known, shared, worth))
        monkeypatch.setattr(Plans, "_told", lambda of, best: np.full(7, best.value))
        monkeypatch.setattr(Plans, "_slopes", lambda of, best: np.full(2, -best.value))

    def planned(self, numbers: np.ndarray, known: dict, shared: object, worth: dict) -> dict[str, Found]:
        self.asked.append((numbers.tolist(), {name: one.value for name, one in known.items()}, shared))
        return {name: found(value) for name, value in worth.get(float(numbers.sum()), {}).items()}


def test_a_part_is_planned_one_scenario_from_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last part has four scenarios, of 50 and 1, 3, 5, 7: the best of two combinations, one, none and one; all else is no number."""
    told = Planned(monkeypatch, {51.0: {"x": 9.0, "y": 4.0}, 53.0: {"x": 6.0}, 57.0: {"z": 2.0}})
    values, slopes = plans(True).values(16)
    assert values.shape == (16, 7)
    assert values[[0, 1, 3]].tolist() == [[4.0] * 7, [6.0] * 7, [2.0] * 7]
    assert (values[2, 1], int(np.isnan(values[2]).sum()), bool(np.isnan(values[4:]).all())) == (0.0, 6, True)
    assert slopes[[0, 1, 3]].tolist() == [[-4.0] * 2, [-6.0] * 2, [-2.0] * 2]
    assert np.isnan(slopes[[2, 4, 15]]).all()
    both = {"x": 6.0, "y": 4.0}
    assert [(numbers, known) for numbers, known, _ in told.asked] == [
        ([50.0, 1.0], {}), ([50.0, 3.0], {"x": 9.0, "y": 4.0}), ([50.0, 5.0], both), ([50.0, 7.0], both),
    ]  # fmt: skip
    assert {shared for _, _, shared in told.asked} == {"a chart of its own"}
    assert plans().values(16)[1] is None
    assert len(plans().values(0)[0]) == 16


def test_plans_that_are_sound_are_kept_by_their_companies(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list = []
    good, bad = found(1.0), found(3.0)
    monkeypatch.setattr(Plans, "_at", lambda of, numbers: ("problem", numbers.tolist()))
    monkeypatch.setattr(room, "combinations", lambda at: ("combinations", at))
    monkeypatch.setattr(room, "solve_each", lambda *given: asked.append(given) or {"good": good, "bad": bad})
    monkeypatch.setattr(room, "sound", lambda one: one is good)
    known, shared = {"before": found()}, bare(SharedChart)
    assert plans()._planned(np.array([3.0, 5.0]), known, shared) == {"good": good}
    at = ("problem", [3.0, 5.0])
    assert (asked[0][:2], asked[0][3] is known, asked[0][4] is shared) == ((at, ("combinations", at)), True, True)


def test_the_chart_is_made_for_scenarios_evenly_over_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five of twenty: at 0, 4.75, 9.5, 14.25 and 19, to the nearest even."""
    monkeypatch.setattr(room, "MET", 5)
    monkeypatch.setattr(Plans, "_at", lambda of, numbers: numbers.tolist())
    monkeypatch.setattr(room, "chart_for", lambda problems: bare(SharedChart, problems=list(problems)))
    rows = np.asarray(grid().rows(jnp.asarray([0, 5, 10, 14, 19]))).tolist()
    assert plans()._shared.problems == rows


def test_numbers_are_written_into_the_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Leaf, "write", lambda leaf, scenario, value: [*scenario, (leaf.path, value)])
    monkeypatch.setattr(room.dataclasses, "replace", lambda of, **changed: bare(Problem, **changed))
    made = plans()
    object.__setattr__(made.problem, "scenario", [])
    assert made._at(np.array([3.0, 5.0])).scenario == [("t.a_w", 3.0), ("t.b_w", 5.0)]
