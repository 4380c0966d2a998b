"""Tables: labeled, complete, and harmless in a spreadsheet."""

import numpy as np
import pytest

from capexmodel.planning.plan import Plan
from capexmodel.report.binding import slacks
from capexmodel.report.tables import COLUMNS, frame, tables


@pytest.fixture(scope="module")
def found(plan):
    """The tables of the plan."""
    return tables(plan)


def test_every_table_is_there_with_its_columns(found):
    assert set(found) == set(COLUMNS)
    assert all(tuple(table.columns) == COLUMNS[name] and len(table) for name, table in found.items())


def test_spend_by_year_is_the_envelope(found):
    spend = found["spend"]
    capex = spend[spend.account == "capex"].groupby("fiscal_year").usd.sum()
    np.testing.assert_allclose(capex.to_numpy(), found["envelope"].spent_usd.to_numpy(), rtol=1e-9)


def test_slack_of_every_limit_by_period(found, plan, outcome):
    table = found["slack"]
    assert set(table.limit) == {limit.name for limit in plan.problem.limits}
    halls = table[(table.limit == "it_power_w") & (table["where"] == "east")]
    assert list(halls.period) == ["2026-02-02", *plan.problem.scenario.calendar.periods]
    np.testing.assert_allclose(halls.slack.to_numpy(), np.asarray(outcome.stock.balance("it_power_w"))[0])


def test_slack_of_money_is_what_is_unspent(small, outcome):
    room = slacks(small, outcome)
    np.testing.assert_allclose(room["envelope"][0], np.asarray(small.envelope.high_usd - outcome.money.capex_usd))
    np.testing.assert_allclose(room["operating"], np.asarray(small.envelope.operating_usd - outcome.money.operating_usd))


def test_text_is_harmless():
    assert frame([{"item": "=cmd()", "usd": -1.0}], ("item", "usd")).iloc[0].tolist() == ["'=cmd()", -1.0]


def test_a_plan_that_was_not_found_has_no_spending(plan):
    none = tables(Plan(plan.problem, "INFEASIBLE_EXPLAINED", None, None, None, None))
    assert len(none["spend"]) == len(none["slack"]) == 0
    assert len(none["envelope"]) == 2
