"""A plan that can read itself out: the solver's answer with the page of the report attached."""

import dataclasses
from typing import Any

from capexmodel.planner.optimize import optimize as solve
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.report.page import page
from capexmodel.report.shelf import keep_traced


def optimize(problem: Problem, *, keep: bool = True, **options: Any) -> Plan:
    """Solve a problem, prove the plan and price its limits; `print(plan)` then shows its first page.

    Takes the options of `capexmodel.planner.optimize.optimize`. Compiled programs are kept in the private folder of the command line, so
    that the first answer of the next process takes a second or two, not tens of them; with `keep=False`, or with CAPEXMODEL_CACHE=off in
    the environment, no file is read or written. Raises: what solving raises.
    """
    if not keep:
        return dataclasses.replace(solve(problem, **options), words=page)
    with keep_traced(_occasion(problem, options)):
        return dataclasses.replace(solve(problem, **options), words=page)


def _occasion(problem: Problem, options: dict[str, Any]) -> str:
    """What decides which programs a solve needs, as far as can be told beforehand."""
    limits = [constraint.name for constraint in problem.limits]
    return f"optimize {problem.scenario.name} {problem.minimize!r} {limits} {options.get('whole', False)}"
