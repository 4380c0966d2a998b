"""The best plan of every scenario of a grid, of plans made up by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.leaves import Leaf
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


def found(value: float = 3.0, error: float = 0.0) -> SimpleNamespace:
    """A plan whose second job has no date."""
    scenario = SimpleNamespace(job=SimpleNamespace(release_lag_s=[5.0, 6.0]))
    gradient = bare(room.Found, gradient=None)
    return SimpleNamespace(
        problem=SimpleNamespace(scenario=scenario), choice=SimpleNamespace(orders="orders", end_s=[100.0, 200.0]),
        form=SimpleNamespace(timed=[True, False]), verdict=SimpleNamespace(kkt_error=error, gradient=gradient), size=4.0, value=value,
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
    monkeypatch.setattr(room, "account", lambda scenario, orders, stock: SimpleNamespace(capex_usd=[8.0, 9.0] if stock == ("fleet", orders) else []))
    told = Plans._told.__wrapped__(plans(), found(error=error)) if hasattr(Plans._told, "__wrapped__") else None
    row = told if told is not None else plans()._told(found(error=error))
    assert row[[0, 1, 2, 4, 5, 6]].tolist() == [77.0, proven, 105.0, 8.0, 9.0, error]
    assert np.isnan(row[3])
