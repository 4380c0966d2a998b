"""Where laws are tried: blocks of a fixed size, filled up with the last example, and what programs are given."""

import dataclasses
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.fleet import NEEDS
from capexmodel.model.simulate import simulate
from capexmodel.testing import bench as module
from capexmodel.testing.bench import BLOCK, Bench
from capexmodel.testing.cases import Cases
from capexmodel.testing.plans import Plans
from capexmodel.testing.readings import Readings
from tests.bare import bare
from tests.draws import shipped

PLACE, OTHER = ("a", "b"), ("a", "c")


def cases(count):
    """Examples that are known by a number each."""
    numbers = {PLACE: 10.0 + np.arange(count), OTHER: np.stack([100.0 + np.arange(count), 200.0 + np.arange(count)], axis=1)}
    return Cases(numbers, {"x": 1000.0 + np.arange(count)}, np.zeros(count))


@pytest.mark.parametrize(("count", "sizes"), [(3, [32]), (32, [32]), (33, [32, 32])])
def test_programs_run_on_blocks_of_one_size_filled_with_the_last_example(count, sizes):
    seen = []

    def program(numbers, plan, more):
        seen.append((numbers[PLACE], plan["x"]))
        return {"sum": jnp.asarray(numbers[OTHER] + plan["x"][:, None]), "more": 2.0 * more}

    found = Bench(shipped("one_period"))._blocks(program, cases(count), np.arange(count))
    assert [part.size for part, _ in seen] == sizes
    last, filled = seen[-1][0], 10.0 + np.minimum(np.arange(32 * (len(sizes) - 1), 32 * len(sizes)), count - 1)
    np.testing.assert_array_equal(last, filled)
    np.testing.assert_array_equal(seen[-1][1], filled + 990.0)
    np.testing.assert_array_equal(found["sum"][:, 0], 1100.0 + 2.0 * np.arange(count))
    np.testing.assert_array_equal(found["sum"][:, 1], 1200.0 + 2.0 * np.arange(count))
    np.testing.assert_array_equal(found["more"], 2.0 * np.arange(count))
    assert found["more"].dtype == float


def test_what_is_observed_is_asked_of_the_model_with_what_chips_need(monkeypatch):
    asked = []

    def outcomes(base, model, needs, numbers, plan):
        asked.append((base, model, needs, numbers[PLACE][0], plan["x"][0]))
        return bare(Readings, **{field.name: np.zeros(BLOCK) for field in dataclasses.fields(Readings)} | {"date_s": numbers[PLACE]})

    monkeypatch.setattr(module, "_outcomes", outcomes)
    base = shipped("one_period")
    found = Bench(base, own_model).observe(cases(3))
    np.testing.assert_array_equal(found.date_s, [10.0, 11.0, 12.0])
    Bench(base).observe(cases(3), needs=False)
    assert asked == [(base, own_model, NEEDS, 10.0, 1000.0), (base, simulate, (), 10.0, 1000.0)]


def own_model(*args):
    """A model that nobody calls."""
    raise AssertionError(args)


def test_slopes_along_a_way_are_sums_over_all_numbers_of_each_example(monkeypatch):
    asked = []

    def slopes(base, model, numbers, plan, way, weight):
        asked.append((base, model, way[PLACE][0], weight[1, 0]))
        return 7.0 * numbers[PLACE], {PLACE: 3.0 + numbers[PLACE], OTHER: 5.0 * numbers[OTHER]}

    monkeypatch.setattr(module, "_slopes", slopes)
    base, way = shipped("one_period"), {PLACE: np.asarray([0.5, 0.25]), OTHER: np.asarray([[0.1, 0.2], [0.3, 0.4]])}
    forward, along, slope = Bench(base, own_model).slopes(cases(2), way, np.asarray([[1.5], [2.5]]))
    np.testing.assert_allclose(forward, [70.0, 77.0])
    np.testing.assert_allclose(along, [13.0 * 0.5 + 500.0 * 0.1 + 1000.0 * 0.2, 14.0 * 0.25 + 505.0 * 0.3 + 1005.0 * 0.4], rtol=1e-14)
    np.testing.assert_allclose(slope[OTHER], [[500.0, 1000.0], [505.0, 1005.0]])
    assert asked == [(base, own_model, 0.5, 2.5)]


def test_a_slope_without_end_along_a_way_that_stands_still_is_no_number(monkeypatch):
    monkeypatch.setattr(module, "_slopes", lambda *args: (np.zeros(32), {PLACE: np.full(32, np.inf)}))
    found = Bench(shipped("one_period")).slopes(cases(1), {PLACE: np.zeros(1)}, np.zeros((1, 1)))[1]
    assert np.isnan(found[0])


def test_the_model_is_told_the_example_and_what_chips_need(monkeypatch):
    base, told, read = shipped("one_period"), [], []
    monkeypatch.setattr(module, "scenario_of", lambda base, numbers: (base, numbers))
    monkeypatch.setattr(module, "allocation_of", lambda plan: ("plan", plan))
    monkeypatch.setattr(module, "read", lambda *parts: read.append(parts) or bare(Readings))
    module._told(base, lambda *parts: told.append(parts) or SimpleNamespace(of="model"), ("hall_w",), {PLACE: 3.0}, {"x": 5.0})
    assert told == [((base, {PLACE: 3.0}), ("plan", {"x": 5.0}), ("hall_w",))]
    assert read[0][:2] == told[0][:2]
    assert read[0][2].of == "model"


def test_a_bench_has_the_plans_of_its_scenario():
    found = Bench(shipped("one_period"))
    assert isinstance(found.plans, Plans)
    assert found.base is found.plans.base is shipped("one_period")
    assert BLOCK == 32
