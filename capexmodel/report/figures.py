"""Three figures of a plan: where the money goes, power against its limits, and work to the date."""

from matplotlib.figure import Figure

from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.planning.plan import Plan
from capexmodel.report.canvas import saved, style
from capexmodel.report.power_figure import power_figure
from capexmodel.report.spend_figure import spend_figure
from capexmodel.report.work_figure import work_figure

KINDS = ("svg", "png")


def figures(plan: Plan) -> dict[str, Figure]:
    """Draw a plan: "spend", "power" and "work".

    Raises: ModelError when the wishes conflict, so that there is no plan to draw.
    """
    if plan.outcome is None:
        raise ModelError(f"{plan.problem.scenario.name}: no plan was found ({plan.status}), so there is nothing to draw")
    return drawn(plan.problem.scenario, plan.outcome)


def drawn(scenario: Scenario, outcome: Outcome) -> dict[str, Figure]:
    """Draw what follows from an allocation."""
    with style():
        return {
            "spend": spend_figure(scenario, outcome),
            "power": power_figure(scenario, outcome),
            "work": work_figure(scenario, outcome),
        }


def drawings(scenario: Scenario, outcome: Outcome) -> dict[str, bytes]:
    """Give the contents of the files of each figure by file name, SVG and PNG."""
    return {f"{name}.{kind}": saved(figure, kind) for name, figure in drawn(scenario, outcome).items() for kind in KINDS}
