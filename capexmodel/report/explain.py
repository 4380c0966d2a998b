"""Where each number comes from, how much room each limit leaves, and what each shadow price means: a plan explained at length."""

from collections.abc import Mapping

from capexmodel.model.evidence import Figure
from capexmodel.model.scenario import Scenario
from capexmodel.planning.plan import Plan
from capexmodel.report import binding, evidence
from capexmodel.report.footprint import footprint
from capexmodel.report.leaf import span, written
from capexmodel.report.page import conflict_lines
from capexmodel.report.prices import sentence
from capexmodel.report.text import heading, paragraph, safe, table


def explain(plan: Plan) -> str:
    """Explain a plan: its numbers with their sources, its limits by period, its shadow prices in sentences."""
    scenario = plan.problem.scenario
    lines = [f"{safe(scenario.name)}: {plan.status}"]
    if plan.outcome is None:
        lines += conflict_lines(plan.conflict)
    else:
        lines += binding.timeline(plan, len(scenario.calendar.periods))
        lines += binding.least_slack(scenario, plan.outcome, plan.problem.limits)
        lines += footprint(scenario, plan.outcome, by_site=True)
        lines += heading("what each shadow price means")
        lines += [line for price in plan.shadow_prices for line in paragraph(sentence(plan, price))] or ["  no limit has a price"]
        lines += evidence.undisclosed(plan)
    return "\n".join([*lines, *figures_lines(scenario), *evidence.summary(scenario)]) + "\n"


def figures_lines(scenario: Scenario) -> list[str]:
    """Set every figure with its value, range, status and source, table by table; then the notes, and the sources cited."""
    figures = [scenario.evidence.figures[path] for path in sorted(scenario.evidence.figures)]
    lines = heading("where each number comes from")
    rows = [[f.path, written(scenario, f.path, f.value), _reach(scenario, f), f.status, f.source] for f in figures]
    lines += table(["figure", "value", "range", "status", "source"], rows) if rows else ["  nowhere: the scenario was not read from a file"]
    noted = [line for f in figures if f.note for line in paragraph(f"{f.path}: {f.note}")]
    if noted:
        lines += heading("notes") + list(dict.fromkeys(noted))
    cited = sorted({f.source for f in figures})
    return lines + heading("sources") + [line for name in cited for line in _source(name, scenario.evidence.sources.get(name, {}))]


def _reach(scenario: Scenario, figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return span(scenario, figure.path, figure.low, figure.high)


def _source(name: str, source: Mapping[str, str]) -> list[str]:
    """Write a source as people cite it."""
    said = ", ".join(str(source[key]) for key in ("title", "publisher", "date", "reference") if source.get(key))
    return paragraph(f"{name}: {said}" if said else name)
