"""What a plan says of itself."""

import numpy as np
import pytest

from capexmodel.planning.plan import Certificate, Plan, ShadowPrice, Swing
from capexmodel.planning.problem import Problem
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import town


@pytest.mark.parametrize(("error", "holds"), [(0.25, True), (0.26, False)])
def test_a_certificate_holds_up_to_its_tolerance(error: float, holds: bool) -> None:
    assert fake(Certificate, kkt_error=error, tolerance=0.25).holds == holds


@pytest.mark.parametrize(("low", "high", "width"), [(-3.0, 2.0, 3.0), (1.0, -4.0, 4.0), (None, 2.0, np.inf), (2.0, None, np.inf)])
def test_a_swing_is_as_wide_as_its_larger_change(low, high, width: float) -> None:
    swing = Swing("leaf", "estimated", 0.0, 1.0, low, high)
    assert (swing.width, swing.first_order) == (width, False)


def test_a_plan_is_told_in_its_own_words_or_by_status_and_value() -> None:
    plan = Plan(Problem(town()), "OPTIMAL", 7.5, None, None, None)
    assert str(plan) == "town: OPTIMAL, time_to_model 7.5"
    assert str(Plan(Problem(town()), "OPTIMAL", 7.5, None, None, None, words=lambda one: f"all of {one.value}")) == "all of 7.5"


def test_what_was_not_asked_is_not_told() -> None:
    plan = Plan(Problem(town()), "NUMERIC", None, None, None, None)
    assert (plan.shadow_prices, plan.binding, plan.swings, plan.dollar_days, plan.alternatives) == ((), (), (), {}, {})
    assert (plan.conflict, plan.solution, plan.words, plan.rounding, plan.whole) == (None, None, None, None, None)
    price = ShadowPrice("leaf", None, 1.0, "s/usd", 2.0)
    assert (price.low, price.high) == (None, None)
