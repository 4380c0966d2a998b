"""Slopes by number, of scenarios and plans made up by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.errors import ConfigError, ModelError
from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.studies import elasticity as room
from capexmodel.studies.elasticity import Elasticity, aim_elasticities, elasticities, named
from capexmodel.studies.outputs import Output
from tests.bare import bare

LEAVES = tuple(Leaf(f"t.{name}", "t", "numbers", (place,)) for place, name in enumerate("abcd"))


@pytest.fixture(autouse=True)
def _outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        room, "outputs", lambda given: (Output("mean_date_s", "s"), Output("reached", "", share=True), Output("cost_usd", "usd"))
    )
    monkeypatch.setattr(room, "leaves", lambda given: iter(LEAVES))


def scenario(*numbers: float) -> Scenario:
    """Four numbers."""
    return bare(Scenario, name="small", t=SimpleNamespace(numbers=np.array(numbers)))


@pytest.mark.parametrize(
    ("value", "slope", "output", "per_percent", "share"),
    [(40.0, 3.0, 50.0, 1.2, 2.4), (0.0, 3.0, 50.0, 0.0, np.nan), (40.0, 3.0, 0.0, 1.2, np.nan), (np.inf, 3.0, 50.0, 0.0, np.nan),
     (40.0, 3.0, np.inf, 1.2, np.nan), (-40.0, 3.0, 50.0, -1.2, -2.4)],
)  # fmt: skip
def test_a_percent_of_a_number(value: float, slope: float, output: float, per_percent: float, share: float) -> None:
    found = Elasticity("t.a", value, slope, output)
    assert found.per_percent == pytest.approx(per_percent)
    assert found.share == pytest.approx(share, nan_ok=True)


def test_outputs_that_have_slopes_are_named() -> None:
    assert [named(scenario(), name) for name in ("mean_date_s", "cost_usd")] == [0, 2]
    with pytest.raises(ConfigError, match="--output: reached is one or nothing and has no slope, expected one of mean_date_s, cost_usd"):
        named(scenario(), "reached")
    with pytest.raises(ConfigError, match=r"--output: no output .*cost_us.*, expected one of mean_date_s, cost_usd; is 'cost_usd' meant\?"):
        named(scenario(), "cost_us")
    with pytest.raises(ConfigError, match=r"mean_date_s, cost_usd$"):
        named(scenario(), "zzzzzzzzzzzz")


def test_what_moves_an_output_most_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slope times value: 6, -8, 6 and 2; what moves it as much comes by name."""
    asked: list = []
    told: list[str] = []
    given, plan = scenario(3.0, 4.0, 2.0, 1.0), bare(Allocation)
    slopes = scenario(2.0, -2.0, 3.0, 2.0)
    back = SimpleNamespace(values=np.array([70.0, 1.0, 90.0]), given=slopes)
    monkeypatch.setattr(room, "reverse", lambda *given: asked.append(given) or back)
    found = elasticities(given, plan, ["cost_usd", "mean_date_s"], told.append)
    assert [call == (given, plan, place) for call, place in zip(asked, (2, 0), strict=True)] == [True, True]
    assert told == ["slopes of cost_usd", "slopes of mean_date_s"]
    cost = found["cost_usd"]
    assert (cost.output.name, cost.value, found["mean_date_s"].value) == ("cost_usd", 90.0, 70.0)
    assert [row.path for row in cost.rows] == ["t.b", "t.a", "t.c", "t.d"]
    assert cost.rows[0] == Elasticity("t.b", 4.0, -2.0, 90.0)


def plan(**changed) -> Plan:
    """A plan of 500 days whose slopes are in natural units of 6, the aim being counted negatively."""
    gradient = scenario(2.0, -2.0, 3.0, 2.0)
    aimed = SimpleNamespace(unit="eflop", size=lambda size: 2.0 * size, value=lambda cost: -cost)
    solution = SimpleNamespace(size=3.0, verdict=SimpleNamespace(gradient=gradient))
    told = {
        "problem": bare(Problem, scenario=scenario(3.0, 4.0, 2.0, 1.0), minimize=aimed),
        "solution": solution,
        "value": 500.0,
        "status": "X",
    }
    return bare(Plan, **(told | changed))


def test_slopes_of_the_aim_are_in_its_own_unit() -> None:
    found = aim_elasticities(plan())
    assert (found.output, found.value) == (Output("aim_eflop", "eflop"), 500.0)
    assert [(row.path, row.slope, row.output) for row in found.rows[:2]] == [("t.b", 12.0, 500.0), ("t.a", -12.0, 500.0)]


@pytest.mark.parametrize("lacking", ["solution", "value"])
def test_without_a_plan_there_are_no_slopes(lacking: str) -> None:
    with pytest.raises(ModelError, match=r"small has no plan .X., and so no slopes"):
        aim_elasticities(plan(**{lacking: None}))
