"""Strategies for Hypothesis: random scenarios that shrink towards the one they are near.

Needs Hypothesis, which the package itself does not: `pip install 'capexmodel[testing]'`.
"""

from hypothesis import strategies as st

from capexmodel.config import load
from capexmodel.config.locate import configs_dir
from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.testing.cases import Numbers, Reach, allocation_of, draw, numbers_of, scenario_of
from capexmodel.testing.spoil import Spoiled, spoil

SEEDS = st.integers(0, 2**31 - 1)
WIDTHS = st.floats(0.0, 1.0)
CATALOG = ("accelerator", "network", "hall", "source", "supply", "rental", "reliability", "chip")
"""Tables of what can be bought."""


def perturb(scenario: Scenario, reach: str = "sane") -> st.SearchStrategy[Scenario]:
    """Scenarios near one of your own: every number moved, within its declared bounds; the least is the scenario itself."""
    return _moved(scenario, reach, tuple({table for table, _ in numbers_of(scenario)}))


def scenarios(reach: str = "sane", name: str = "meta_2026") -> st.SearchStrategy[Scenario]:
    """Scenarios near a shipped one. `reach` is sane (a fifth either way), edge (half to double, some at their bounds) or hostile."""
    return perturb(load(name), reach)


def envelopes(scenario: Scenario, reach: str = "sane") -> st.SearchStrategy[Scenario]:
    """The scenario with other limits of money and carbon."""
    return _moved(scenario, reach, ("envelope",))


def catalogs(scenario: Scenario, reach: str = "sane") -> st.SearchStrategy[Scenario]:
    """The scenario with other figures of what can be bought."""
    return _moved(scenario, reach, CATALOG)


def allocations(scenario: Scenario) -> st.SearchStrategy[Allocation]:
    """Allocations of the size of a scenario's envelope."""

    def one(seed: int) -> Allocation:
        plan = draw(scenario, [1], seed, width=0.0).plan
        return allocation_of({name: values[0] for name, values in plan.items()})

    return SEEDS.map(one)


def bad_configs(name: str = "meta_2026") -> st.SearchStrategy[tuple[bytes, Spoiled]]:
    """Files of a shipped scenario with one fault each, and what the fault is: what a complaint must name."""
    text = (configs_dir() / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")

    def one(seed: int) -> tuple[bytes, Spoiled]:
        fault = spoil(text, seed)
        return fault.of(text), fault

    return SEEDS.map(one)


def _moved(scenario: Scenario, reach: str, tables: tuple[str, ...]) -> st.SearchStrategy[Scenario]:
    own = numbers_of(scenario)

    def one(width: float, seed: int) -> Scenario:
        numbers: Numbers = {
            place: values[0] if place[0] in tables else own[place]
            for place, values in draw(scenario, [1], seed, Reach[reach.upper()], width).numbers.items()
        }
        return scenario_of(scenario, numbers)

    return st.builds(one, WIDTHS, SEEDS)
