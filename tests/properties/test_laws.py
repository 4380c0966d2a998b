"""The laws of the registry, on examples near every small shipped scenario and the main one."""

import functools

import pytest

from capexmodel import config
from capexmodel.testing import LAWS, Checked, check

EXAMPLES = "quick"
NEVER = {
    "one_period": {
        "L11 share of the peak",
        "L10 core share",
        "L10 failures",
        "L10 restarts",
        "L10 experiments needed",
        "L13 halls and power",
        "L26 sites stand alone",
        "L14 plan: a site less",
        "L11 memory bandwidth",
        "L11 bandwidth within a domain",
        "L11 bandwidth beyond it",
        "L46 a chip that nobody has",
        "L5 a company is paid as it closes",
    },
    "greenfield": {
        "L11 utilization",
        "L25 everything larger",
        "L10 core share",
        "L11 chips in place",
        "L5 a company is paid as it closes",
    },
    "meta_2026": {"L11 utilization", "L25 everything larger", "L10 plan: hungrier chips"},
}
"""Laws that do not apply to a scenario: it has no such number or one that is nothing, one site, one stage, one kind of chip, no chip or
hall to begin, no company, a utilization that is timed or one that is not, or a fleet without power for hungrier chips."""


@functools.cache
def checked(name: str) -> Checked:
    return check(config.load(name), level=EXAMPLES)


@pytest.mark.parametrize("name", NEVER)
@pytest.mark.parametrize("title", [one.title for one in LAWS])
def test_it_holds(name, title):
    fared = next(one for one in checked(name).fared if one.law.title == title)
    assert fared.holds, f"broken by examples {fared.broken[:5]}, by {fared.worst:.3g} tolerances"
    assert (fared.examples == 0) == (title in NEVER[name])
