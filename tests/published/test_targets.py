"""Published figures of money and power: every target that counts is met, and none is left out without a word."""

import dataclasses
from functools import cache

import pytest

from capexmodel.config.builds import builds, tables
from capexmodel.config.targets import targets
from capexmodel.studies.reconcile import reconcile
from capexmodel.studies.targets import Judged, judge

COUNTED = {"V1", "V2", "V3", "V4", "V5", "V6", "V8", "V9", "V10", "V11", "V13", "V14", "V15", "V16", "V17"}
"""Targets of which at least one part counts."""
RANGES = {f"V3_{kind}_{end}" for kind in ("gpu", "tpu", "energy", "whole") for end in ("low", "high")}
"""Ranges by simulation: how the publisher mixed runs that tell their hours with those that do not is not told."""
FROM_MEMORY = {"V6_b200", "V6_tpu_v7", "V6_trainium3", "V12_depreciation"} | RANGES
"""Those that rest on figures from memory: B200, TPU and Trainium have no public price, and spending before 2022 was not looked up."""


@cache
def judged() -> dict[str, Judged]:
    """Every target by name."""
    return {each.target.name: each for each in judge()}


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, target in targets().items() if not target.waits and name not in FROM_MEMORY])
def test_target_is_met(name: str) -> None:
    each = judged()[name]
    assert each.gates
    assert each.ours is not None
    assert each.met, f"{each.ours.value} beside {each.target.value}"


@pytest.mark.long
def test_every_target_is_worked_out_or_says_what_it_waits_for() -> None:
    """And nothing is worked out that nobody published."""
    assert {name for name, each in judged().items() if each.ours is None} == {n for n, t in targets().items() if t.waits}
    assert {name for name, each in judged().items() if each.ours is not None and not each.gates} == FROM_MEMORY
    assert {name.split("_")[0] for name, each in judged().items() if each.gates} == COUNTED


@pytest.mark.long
def test_a_figure_from_memory_gates_nothing_and_a_far_one_does() -> None:
    """Broken on purpose: ten times what was published is a miss, unless it rests on memory."""
    each = judged()["V5_capital"]
    assert each.ours is not None
    far = dataclasses.replace(each, ours=dataclasses.replace(each.ours, value=380.0))
    assert far.missed
    assert not dataclasses.replace(far, ours=dataclasses.replace(far.ours, recalled=("price",))).missed


@pytest.mark.parametrize("start", tables()["build"])
@pytest.mark.parametrize("end", ["epoch_gb200", "morgan_stanley_h100"])
def test_walks_between_published_figures_add_up(start: str, end: str) -> None:
    """To the difference of what was published, all of it told."""
    found = reconcile(builds(), start, end)
    first, last = found.ends
    assert first == found.published[0]
    assert found.total == pytest.approx(last - first, abs=1e-9)


@pytest.mark.long
def test_the_ranges_of_gpus_and_of_energy_are_met_and_those_of_tpus_and_of_the_whole_are_not_all() -> None:
    """Told as it is: the mix is taken from the rows at hand, and does not bring all four within 5 percent."""
    met = {name for name in RANGES if judged()[name].met}
    assert {f"V3_{kind}_{end}" for kind in ("gpu", "energy") for end in ("low", "high")} <= met
    assert all(judged()[name].target.miss(judged()[name].ours.value) < 4.0 for name in RANGES)
    assert RANGES - met
