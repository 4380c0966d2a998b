"""Results as pandas tables, labeled, with units in the column beside the value. Text cannot be executed by a spreadsheet."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from capexmodel.planning.plan import Plan
from capexmodel.report.binding import slack_rows
from capexmodel.report.books import account_rows
from capexmodel.report.footprint import footprint_rows
from capexmodel.report.prices import reading
from capexmodel.report.rows import Row, date_rows, envelope_rows, outcome_rows, spend_rows
from capexmodel.report.text import cell

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "envelope": ("fiscal_year", "low_usd", "high_usd", "spent_usd", "unspent_usd"),
    "spend": ("item", "account", "site", "period", "fiscal_year", "usd"),
    "outcome": ("quantity", "site", "period", "value", "unit"),
    "footprint": ("quantity", "site", "fiscal_year", "value", "unit"),
    "accounts": ("quantity", "server_life_years", "fiscal_year", "usd"),
    "dates": ("model", "date", "deadline", "slack_days"),
    "slack": ("limit", "where", "period", "slack", "unit"),
    "shadow_prices": ("leaf", "constraint", "value", "unit", "low", "high"),
}


def tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Give the tables of a plan by name: envelope, spend, outcome, footprint, accounts, dates, slack, shadow_prices.

    Without a plan most are empty.
    """
    scenario, outcome = plan.problem.scenario, plan.outcome
    rows: dict[str, Iterable[Row]] = {
        "envelope": envelope_rows(scenario, outcome),
        "dates": date_rows(scenario, outcome),
        "shadow_prices": [reading(plan, price).row() for price in plan.shadow_prices],
    }
    if outcome is not None:
        rows["spend"] = spend_rows(scenario, outcome)
        rows["outcome"] = outcome_rows(scenario, outcome)
        rows["footprint"] = footprint_rows(scenario, outcome)
        rows["accounts"] = account_rows(scenario, outcome)
        rows["slack"] = slack_rows(scenario, outcome, plan.problem.limits)
    return {name: frame(rows.get(name, []), columns) for name, columns in COLUMNS.items()}


def frame(rows: Iterable[Row], columns: tuple[str, ...]) -> pd.DataFrame:
    """Set rows in a table with given columns, every text made harmless."""
    return pd.DataFrame([[_harmless(row[column]) for column in columns] for row in rows], columns=list(columns))


def _harmless(value: Any) -> Any:
    return cell(value) if isinstance(value, str) else value
