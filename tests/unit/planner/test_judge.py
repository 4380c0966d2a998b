"""Residuals of a point and its prices, where slacks and slopes are written down by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Orders
from capexmodel.planner import judge as module
from capexmodel.planner import speed
from capexmodel.planner.chart import Chart
from capexmodel.planner.judge import Prices, Verdict
from capexmodel.planning.choice import Choice
from capexmodel.planning.problem import Problem
from capexmodel.solvers.kept import blank
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town

PLAIN = {
    "x": [3.0, 0.25, 5.0], "slope": [0.0, 7.0, 0.5], "lower": [0.1, 6.0, 0.0], "affine": [4.0, 0.5], "curved": [9.0, 2.0, 0.75],
    "affine_price": [0.0, 3.0], "curved_price": [8.0, 0.2, 0.0],
}  # fmt: skip
"""Of three curved rows the last two are kept."""


def judged(monkeypatch, fixed=None, **changes) -> Verdict:
    """Judge a point of three choices."""
    given = {name: jnp.asarray(value) for name, value in (PLAIN | changes).items()}
    choice = Choice(blank(Orders), jnp.zeros(2))
    sweep = ((0.0, (jnp.asarray(70.0), given["affine"], given["curved"], choice)), (given["slope"], None, None))
    monkeypatch.setattr(module, "_sweep", lambda *parts: sweep)
    monkeypatch.setattr(speed, "paced", lambda scenario: None)
    monkeypatch.setattr(speed, "traced_back", lambda scenario, straight, through: scenario)
    none = jnp.zeros(0, int)
    chart = Chart(jnp.zeros(3), jnp.ones(3), jnp.arange(3), none, jnp.array([1, 2]))
    prices = Prices(given["affine_price"], given["curved_price"])
    return module.judge(given["x"], prices, given["lower"], town(), sizes(), Problem(town()).form, chart, fixed)


def test_residuals_are_the_largest_of_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slopes less bounds are -0.1, 1 and 0.5; slacks by prices 1.5 and 0.4; choices by bounds 0.3 and 1.5; margins 3, 2, 3, 6, 5."""
    found = judged(monkeypatch)
    assert (found.stationarity, found.primal, found.dual_sign) == (1.0, 0.0, 0.0)
    assert (found.complementarity, found.strictness, found.aim) == (1.5, 2.0, 70.0)
    assert (found.affine.tolist(), found.curved.tolist()) == ([4.0, 0.5], [9.0, 2.0, 0.75])
    assert judged(monkeypatch, affine_price=[0.0, 4.0]).complementarity == 2.0
    assert judged(monkeypatch, x=[30.0, 0.25, 5.0]).complementarity == pytest.approx(3.0)
    assert judged(monkeypatch, curved=[9.0, 11.0, 0.75]).complementarity == pytest.approx(2.2)
    assert judged(monkeypatch, x=[0.05, 0.25, 5.0]).strictness == pytest.approx(0.1)
    assert judged(monkeypatch, slope=[-3.0, 7.0, 0.5]).stationarity == pytest.approx(3.1)


@pytest.mark.parametrize(("changes", "primal"), [
    ({"affine": [-4.0, 0.5]}, 4.0), ({"curved": [9.0, 2.0, -0.75]}, 0.75), ({"curved": [-9.0, 2.0, 0.75]}, 0.0),
    ({"x": [3.0, -0.25, 5.0]}, 0.25),
])  # fmt: skip
def test_what_is_broken_is_a_row_that_is_kept_or_a_choice_below_nothing(monkeypatch, changes: dict, primal: float) -> None:
    assert judged(monkeypatch, **changes).primal == primal


@pytest.mark.parametrize(("changes", "wrong"), [
    ({"affine_price": [-2.0, 3.0]}, 2.0), ({"curved_price": [8.0, -0.2, 0.0]}, 0.2), ({"curved_price": [-8.0, 0.2, 0.0]}, 0.0),
    ({"lower": [0.1, 6.0, -3.0]}, 3.0),
])  # fmt: skip
def test_prices_below_nothing_are_wrong(monkeypatch, changes: dict, wrong: float) -> None:
    assert judged(monkeypatch, **changes).dual_sign == wrong


def test_what_is_broken_counts_for_nothing_with_its_price(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, affine=[4.0, -90.0], x=[3.0, -80.0, 5.0]).complementarity == pytest.approx(0.4)


def test_what_is_fixed_has_no_bound_to_justify(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, np.array([False, True, False]), lower=[0.1, -6.0, 0.0], x=[3.0, 0.001, 5.0])
    assert (found.stationarity, found.dual_sign, found.complementarity) == (0.5, 0.0, 1.5)
    assert found.strictness == 2.0


def test_the_error_is_the_worst_of_four_and_no_number_the_worst_of_all() -> None:
    names = ("stationarity", "primal", "dual_sign", "complementarity")
    for name in names:
        assert fake(Verdict, **(dict.fromkeys(names, 1.0) | {name: 3.0})).kkt_error == 3.0
    assert np.isnan(fake(Verdict, **(dict.fromkeys(names, 1.0) | {"primal": np.nan})).kkt_error)


def test_smaller_of_equal_plans_are_preferred_by_a_weight_in_natural_units() -> None:
    assert float(module.ridge_weight(changed(town(), preference__ridge_s=51.0), sizes())) == 3.0
