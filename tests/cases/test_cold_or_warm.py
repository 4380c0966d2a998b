"""A cold site later or a warm one now: the choice flips where the arithmetic of the scenario's own file says it does."""

import functools

import numpy as np
import pytest

from capexmodel.config import lint, load
from capexmodel.errors import ConfigError
from capexmodel.planner.deals import aim, combinations, solve_each, sound
from capexmodel.planner.search import Found
from capexmodel.planning.objective import TimeToModel
from capexmodel.planning.problem import Problem


@functools.cache
def plan(slip_months: float) -> Found:
    """The best plan with halls of the cold site later by some months."""
    problem = Problem(load("cold_or_warm", [f"site.cold.slip_months={slip_months}"]), TimeToModel())
    combos = combinations(problem)
    found = solve_each(problem, combos, lambda text: None, {})
    return next(one for one in found.values() if sound(one))


def engines(found: Found) -> dict[str, float]:
    """Share of the engines bought that stand at each site."""
    watts = np.asarray(found.choice.orders.source_w).sum(axis=(0, 2))
    return dict(zip(found.problem.scenario.site.names, (watts / watts.sum()).tolist(), strict=True))


@pytest.mark.long
def test_the_choice_flips() -> None:
    """All engines stand at the warm site if the cold one comes in 18 months, all at the cold one if it comes in nine."""
    late, soon = plan(0.0), plan(-9.0)
    assert engines(late)["warm"] > 0.99
    assert engines(soon)["cold"] > 0.99
    assert aim(soon) < aim(late)
    assert max(found.verdict.kkt_error for found in (late, soon)) < 1e-6


DENSE = ("accelerator.chip.rack_count=132", "site.warm.rack_kw=40", "site.cold.rack_kw=40")


def test_a_rack_of_132_kw_on_air_alone_is_refused_by_name() -> None:
    """One line with the chip, its rack, and the halls that take most; with one hall that takes it there is nothing to say."""
    with pytest.raises(ConfigError) as refused:
        load("cold_or_warm", DENSE)
    line = str(refused.value)
    assert all(words in line for words in ("accelerator.chip", "132.0 kW", "at most 40 kW", "site.warm.rack_w"))
    assert load("cold_or_warm", (*DENSE[:2], "site.cold.rack_kw=150")).site.rack_w.shape == (2,)
    assert lint("cold_or_warm") == []


def test_an_overhead_below_one_is_refused() -> None:
    """Nothing stands for the site's own; anything else is at least one."""
    with pytest.raises(ConfigError, match=r"hall\.shell\.peak_pue: is out of bounds, got 0\.9, expected at least 1"):
        load("cold_or_warm", ["hall.shell.peak_pue=0.9"])
