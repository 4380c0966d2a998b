"""A plan that can read itself out: the solver's answer with the page of the report attached."""

import dataclasses
from typing import Any

from capexmodel.planner.optimize import optimize as solve
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.report.page import page


def optimize(problem: Problem, **options: Any) -> Plan:
    """Solve a problem, prove the plan and price its limits; `print(plan)` then shows its first page.

    Takes the options of `capexmodel.planner.optimize.optimize`. Raises: what that raises.
    """
    return dataclasses.replace(solve(problem, **options), words=page)
