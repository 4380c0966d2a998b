"""The smallest example that breaks a law: at the least width that does, and with no number moved that need not be."""

import numpy as np
import pytest

from capexmodel.testing import law
from capexmodel.testing import shrink as module
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Reach, draw, lead_times, numbers_of
from capexmodel.testing.law import Kind, everywhere
from capexmodel.testing.readings import Readings
from capexmodel.testing.shrink import Smallest, smallest
from tests.bare import bare
from tests.draws import shipped

PRICE, HALL, INSTALL = ("accelerator", "price_usd"), ("hall", "price_usd_per_w"), ("accelerator", "install_s")


@pytest.fixture(autouse=True)
def nothing_computed(monkeypatch):
    """Laws here look at numbers alone."""
    monkeypatch.setattr(Bench, "observe", lambda self, cases, needs=True: bare(Readings))


def logs(numbers, place):
    """How far a number of each example is from the scenario's own, in moves of a fifth."""
    own = numbers_of(shipped("one_period"))[place]
    return np.log(numbers[place] / own)[:, 0] / np.log(1.2)


def looked(excess, kind=Kind.OUTCOME):
    """A law of a function of examples, and how many it was shown at a time."""
    shown = []

    @law("X1", "planted", "planted", 1.0, "planted", kind)
    def planted(bench, cases, before):
        shown.append(len(cases))
        return everywhere(excess(cases))

    return planted, shown


def up(*places, seed=4):
    """An example all of whose numbers at some places are moved up, by how much each."""
    for example in range(1, 99):
        numbers = draw(shipped("one_period"), [example], seed).numbers
        by = [float(logs(numbers, place)[0]) for place in places]
        if min(by) > 0.4:
            return example, by
    raise AssertionError(places)


def test_the_least_width_that_breaks_a_law_is_a_step_of_a_thirty_second():
    example, (by,) = up(PRICE)
    planted, _ = looked(lambda cases: logs(cases.numbers, PRICE) / 0.2)
    found = smallest(shipped("one_period"), planted, example, 4, Reach.SANE)
    step = np.floor(0.2 / by * 32.0) + 1.0
    assert found.excess == pytest.approx(step / 32.0 * by / 0.2, rel=1e-9)
    assert found.moved == ((PRICE, (0,)),)
    assert float(found.scenario.accelerator.price_usd[0]) == pytest.approx(40_000.0 * 1.2 ** (step / 32.0 * by), rel=1e-9)
    assert float(found.scenario.hall.price_usd_per_w[0]) == float(shipped("one_period").hall.price_usd_per_w[0])


def test_two_numbers_that_break_it_together_are_both_kept():
    example, (one, other) = up(PRICE, HALL)
    planted, shown = looked(lambda cases: np.minimum(logs(cases.numbers, PRICE), logs(cases.numbers, HALL)) / 0.3)
    found = smallest(shipped("one_period"), planted, example, 4, Reach.SANE)
    assert set(found.moved) == {(PRICE, (0,)), (HALL, (0,))}
    assert found.excess == pytest.approx((np.floor(0.3 / min(one, other) * 32.0) + 1.0) / 32.0 * min(one, other) / 0.3, rel=1e-9)
    assert shown[0] == 33
    assert shown[1] in (2, 3)
    assert shown[-2:] == [2, 1]
    told = {leaf.path: (value, was) for leaf, value, was in found.cells(shipped("one_period"))}
    assert set(told) == {"accelerator.chip.price_usd", "hall.shell.price_usd_per_w"}
    assert told["accelerator.chip.price_usd"] == (float(found.scenario.accelerator.price_usd[0]), 40_000.0)


def test_what_is_broken_whatever_stands_is_the_scenario_itself():
    planted, shown = looked(lambda cases: 1.5 + 0.0 * cases.chance)
    found = smallest(shipped("one_period"), planted, 7, 4, Reach.SANE)
    assert (found.moved, found.excess, shown) == ((), 1.5, [33, 1])


def test_exactly_one_tolerance_breaks_no_law():
    """Nothing breaks it, at no width: the example is told as the scenario itself."""
    planted, shown = looked(lambda cases: 1.0 + 0.0 * cases.chance)
    assert smallest(shipped("one_period"), planted, 7, 4, Reach.SANE).moved == ()
    assert shown == [33, 1]


def test_a_law_dearer_than_an_outcome_has_its_share_of_looks_and_lead_times_stand_still(monkeypatch):
    example, _ = up(PRICE)
    planted, shown = looked(lambda cases: logs(cases.numbers, PRICE) / 0.2, Kind.PLAN)
    monkeypatch.setattr(module, "MOST", 29)
    found = smallest(shipped("one_period"), planted, example, 4, Reach.SANE)
    assert shown == [33, 1]
    assert len(found.moved) > 5
    assert not {place for place, _ in found.moved} & lead_times(shipped("one_period"))
    monkeypatch.setattr(module, "MOST", 30)
    shown.clear()
    smallest(shipped("one_period"), planted, example, 4, Reach.SANE)
    assert [shown[0], shown[-1], len(shown)] == [33, 1, 3]


def test_lead_times_move_where_no_plan_is_asked_for():
    example, _ = up(INSTALL)
    planted, _ = looked(lambda cases: logs(cases.numbers, INSTALL) / 0.2)
    assert smallest(shipped("one_period"), planted, example, 4, Reach.SANE).moved == ((INSTALL, (0,)),)


def test_the_chance_and_the_allocation_are_those_of_the_example():
    own, seen = draw(shipped("one_period"), [7], 4, Reach.EDGE), []

    @law("X1", "planted", "planted", 1.0, "planted")
    def planted(bench, cases, before):
        seen.append(cases)
        return everywhere(0.5 + 0.0 * cases.chance)

    smallest(shipped("one_period"), planted, 7, 4, Reach.EDGE)
    np.testing.assert_array_equal(seen[0].chance, np.full(33, own.chance[0]))
    for name in own.plan:
        np.testing.assert_allclose(seen[0].plan[name][-1], own.plan[name][0], rtol=1e-14)
    np.testing.assert_array_equal(seen[0].numbers[PRICE][-1], own.numbers[PRICE][0])
    np.testing.assert_array_equal(seen[0].numbers[PRICE][0], numbers_of(shipped("one_period"))[PRICE])


def test_some_numbers_go_back_to_what_they_were_and_the_rest_stay():
    place, other, fixed = ("a", "b"), ("a", "c"), {("envelope", "low_usd"): np.asarray([1.5]), ("envelope", "high_usd"): np.asarray([2.5])}
    numbers = {place: np.asarray([[3.0, 5.0], [7.0, 11.0]]), other: np.asarray([13.0])} | fixed
    own = {place: np.asarray([[30.0, 50.0], [70.0, 110.0]]), other: np.asarray([130.0])} | fixed
    found = module._reset(numbers, own, [(place, (0, 1)), (place, (1, 0))])
    np.testing.assert_array_equal(found[place], [[3.0, 50.0], [70.0, 11.0]])
    np.testing.assert_array_equal(found[other], [13.0])
    np.testing.assert_array_equal(numbers[place], [[3.0, 5.0], [7.0, 11.0]])


def test_numbers_that_go_back_stand_together():
    """A lower limit that stayed is brought down to the upper one that went back."""
    low, high = ("envelope", "low_usd"), ("envelope", "high_usd")
    found = module._reset(
        {low: np.asarray([9.0]), high: np.asarray([11.0])}, {low: np.asarray([3.0]), high: np.asarray([5.0])}, [(high, (0,))]
    )
    assert (found[low][0], found[high][0]) == (5.0, 5.0)


def test_dates_of_stages_have_no_path():
    base = shipped("one_period")
    assert Smallest(base, ((("a", "b"), (0,)),), 1.5).cells(base) == []
    assert module.WIDTHS.tolist() == [k / 32.0 for k in range(33)]
    assert module.MOST == 10_000
