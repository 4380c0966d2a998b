"""Strategies for Hypothesis are draws of one example: of which seed, reach, width and tables."""

import numpy as np
import pytest

from capexmodel.config.locate import configs_dir
from capexmodel.testing import strategies as module
from capexmodel.testing.cases import Reach, draw, numbers_of
from capexmodel.testing.spoil import spoil
from tests.draws import shipped


@pytest.fixture
def taken(monkeypatch):
    """What a strategy makes of a width and a seed."""
    built = []
    monkeypatch.setattr(module.st, "builds", lambda one, *ranges: built.append((one, ranges)) or module.SEEDS)
    return built


@pytest.mark.parametrize(("strategy", "tables"), [
    (module.envelopes, {"envelope"}), (module.catalogs, set(module.CATALOG)), (module.perturb, None),
])  # fmt: skip
def test_tables_that_move_are_those_of_the_example_and_others_stay(taken, strategy, tables):
    base = shipped("one_period")
    strategy(base, "edge")
    drawn, own = draw(base, [1], 23, Reach.EDGE, 0.75).numbers, numbers_of(base)
    found = numbers_of(taken[0][0](0.75, 23))
    for place in own:
        wanted = drawn[place][0] if tables is None or place[0] in tables else own[place]
        np.testing.assert_array_equal(found[place], wanted)
    assert taken[0][1] == (module.WIDTHS, module.SEEDS)


@pytest.mark.parametrize("strategy", [module.envelopes, module.catalogs, module.perturb])
def test_the_reach_is_sane_unless_told(taken, strategy):
    base = shipped("one_period")
    strategy(base)
    place = ("envelope" if strategy is module.envelopes else "accelerator", "high_usd" if strategy is module.envelopes else "price_usd")
    np.testing.assert_array_equal(numbers_of(taken[0][0](1.0, 5))[place], draw(base, [1], 5, Reach.SANE).numbers[place][0])


def test_scenarios_are_near_the_shipped_one_of_that_name(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "load", lambda name: asked.append(name) or shipped("one_period"))
    monkeypatch.setattr(module, "perturb", lambda scenario, reach: asked.append((scenario, reach)) or module.SEEDS)
    module.scenarios()
    module.scenarios("edge", "mine")
    assert asked == ["meta_2026", (shipped("one_period"), "sane"), "mine", (shipped("one_period"), "edge")]


def mapped(strategy):
    """The function by which a strategy makes something of a seed."""
    return strategy.pack if hasattr(strategy, "pack") else strategy.wrapped_strategy.pack


def test_an_allocation_is_that_of_the_first_example_of_a_seed():
    base = shipped("one_period")
    plan, found = draw(base, [1], 23, width=0.0).plan, mapped(module.allocations(base))(23)
    assert all(np.array_equal(getattr(found, name), values[0]) for name, values in plan.items())


def test_bad_files_are_the_shipped_file_with_the_fault_of_a_seed():
    text = (configs_dir() / "scenarios" / "one_period.toml").read_text(encoding="utf-8")
    for seed in (23, 8):
        assert mapped(module.bad_configs("one_period"))(seed) == (spoil(text, seed).of(text), spoil(text, seed))
    large = (configs_dir() / "scenarios" / "meta_2026.toml").read_text(encoding="utf-8")
    assert mapped(module.bad_configs())(23)[1] == spoil(large, 23)


def test_seeds_and_widths_are_within_these():
    assert (module.SEEDS.wrapped_strategy.start, module.SEEDS.wrapped_strategy.end) == (0, 2_147_483_647)
    assert (module.WIDTHS.wrapped_strategy.min_value, module.WIDTHS.wrapped_strategy.max_value) == (0.0, 1.0)
