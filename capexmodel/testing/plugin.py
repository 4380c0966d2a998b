"""Laws as tests of one's own: a plugin of pytest that gives a test one law on one scenario at a time.

    # conftest.py
    pytest_plugins = ["capexmodel.testing.plugin"]

    # test_my_scenario.py
    def test_law(capex_law):
        capex_law.holds()

    pytest --capex-scenario my_scenario.toml --capex-level standard --capex-law L13

All laws that are asked for are tried on a scenario together, once, when the first of its tests runs.
"""

import dataclasses
import functools
from typing import Any

from capexmodel.config import load
from capexmodel.testing.check import EXAMPLES, Checked, check
from capexmodel.testing.law import Law, asked
from capexmodel.testing.laws import LAWS
from capexmodel.testing.shrink import smallest

FIXTURE = "capex_law"
MOST_TOLD = 8
"""Numbers of a failing scenario that a message names."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """One law on one scenario, and all those that are tried beside it."""

    scenario: str
    level: str
    law: Law
    beside: tuple[Law, ...]

    @property
    def name(self) -> str:
        """What the test is called."""
        return f"{self.scenario}-{self.law.title}"

    def holds(self) -> None:
        """Pass where the law held, or was off, in every example. Raises: AssertionError that tells the smallest scenario that breaks it."""
        found = _checked(self.scenario, self.level, self.beside)
        fared = next(one for one in found.fared if one.law == self.law)
        if fared.holds:
            return
        least = smallest(found.scenario, self.law, fared.broken[0], found.seed, found.reach)
        moved = [f"{leaf.path}: {base:.6g} -> {value:.6g}" for leaf, value, base in least.cells(found.scenario)]
        raise AssertionError(
            f"{self.law.title} is broken by {len(fared.broken)} of {fared.examples} examples: {self.law.statement}; at worst by "
            f"{fared.worst:.3g} tolerances of {self.law.tolerance:g}. The smallest: {', '.join(moved[:MOST_TOLD]) or 'the scenario itself'}"
        )


@functools.cache
def _checked(scenario: str, level: str, laws: tuple[Law, ...]) -> Checked:
    return check(load(scenario), laws, level)


def pytest_addoption(parser: Any) -> None:
    """Add what is tried, and how thoroughly."""
    group = parser.getgroup("capexmodel", "laws of capexmodel")
    group.addoption("--capex-scenario", action="append", default=[], metavar="FILE", help="a scenario whose laws are tried (one_period)")
    group.addoption("--capex-level", default="quick", choices=tuple(EXAMPLES), help="how thoroughly (quick)")
    group.addoption("--capex-law", action="append", default=[], metavar="LAW", help="only these: L13, or 'L10 price'")


def pytest_generate_tests(metafunc: Any) -> None:
    """Give every test that asks for a law each law of each scenario. Raises: ConfigError for a law that there is not."""
    if FIXTURE not in metafunc.fixturenames:
        return
    options = metafunc.config.option
    laws = tuple(asked(LAWS, options.capex_law, "--capex-law"))
    trials = [Trial(name, options.capex_level, one, laws) for name in options.capex_scenario or ["one_period"] for one in laws]
    metafunc.parametrize(FIXTURE, trials, ids=[trial.name for trial in trials])
