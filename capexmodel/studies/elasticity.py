"""How much of a percent an output moves for a percent of each given number: exact, by the reverse mode or by the envelope theorem.

Of a plan that is followed, all numbers and no choice move; of the aim of a best plan, the plan moves with them, and to first order that
adds nothing. A date counts in time from the as-of date. Leaves out: a number that is zero or infinite has no percent; its slope is told.

Source: Griewank and Walther, Evaluating Derivatives (2008), section 3.2; Milgrom and Segal, Envelope theorems for arbitrary choice sets,
Econometrica 70 (2002).
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from capexmodel.config.faults import nearest, plain
from capexmodel.errors import ConfigError, ModelError
from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.planning.plan import Plan
from capexmodel.studies.outputs import Output, outputs
from capexmodel.studies.reverse import reverse


@dataclasses.dataclass(frozen=True)
class Elasticity:
    """One number: what it is, and the slope of the output in it, per base unit."""

    path: str
    value: float
    slope: float
    output: float

    @property
    def per_percent(self) -> float:
        """What the output changes by for one percent more, in its base unit; nothing for a number of zero."""
        return 0.01 * self.slope * self.value if np.isfinite(self.value) else 0.0

    @property
    def share(self) -> float:
        """The elasticity: percent of the output for a percent of the number; none where either is zero or infinite."""
        known = np.isfinite(self.value) and np.isfinite(self.output) and self.value and self.output
        return self.slope * self.value / self.output if known else float("nan")


@dataclasses.dataclass(frozen=True)
class Elasticities:
    """All numbers of a scenario for one output, those that move it most first."""

    output: Output
    value: float
    rows: tuple[Elasticity, ...]


def named(scenario: Scenario, name: str) -> int:
    """The place of an output that has slopes. Raises: ConfigError where there is none of that name."""
    known = [output.name for output in outputs(scenario)]
    smooth = [output.name for output in outputs(scenario) if not output.share]
    if name in smooth:
        return known.index(name)
    if name in known:
        raise ConfigError(f"--output: {name} is one or nothing and has no slope, expected one of {', '.join(smooth)}")
    near = nearest(name, smooth)
    raise ConfigError(f"--output: no output {plain(name)}, expected one of {', '.join(smooth)}" + (f"; is '{near}' meant?" if near else ""))


def elasticities(
    scenario: Scenario, allocation: Allocation | Followed, names: Sequence[str], progress: Callable[[str], None] = lambda text: None
) -> dict[str, Elasticities]:
    """Of outputs of a plan that is followed, by name. Raises: ConfigError for an output that is not there."""
    found = {}
    for name in names:
        place = named(scenario, name)
        progress(f"slopes of {name}")
        back = reverse(scenario, allocation, place)
        found[name] = _listed(scenario, outputs(scenario)[place], float(back.values[place]), back.given)
    return found


def aim_elasticities(plan: Plan) -> Elasticities:
    """Of the aim of a best plan, by the envelope theorem; what its tastes cost counts as aim. Raises: ModelError where there is no plan."""
    if plan.solution is None or plan.value is None:
        raise ModelError(f"{plan.problem.scenario.name} has no plan ({plan.status}), and so no slopes of its aim")
    aimed, found = plan.problem.minimize, plan.solution
    size = float(aimed.size(found.size))
    unit = aimed.unit
    return _listed(plan.problem.scenario, Output(f"aim_{unit}", unit), plan.value, found.verdict.gradient, aimed.value(size))


def _listed(scenario: Scenario, output: Output, value: float, slopes: Any, size: float = 1.0) -> Elasticities:
    rows = [Elasticity(one.path, float(one.read(scenario)), size * float(one.read(slopes)), value) for one in leaves(scenario)]
    return Elasticities(output, value, tuple(sorted(rows, key=lambda row: (-abs(row.per_percent), row.path))))
