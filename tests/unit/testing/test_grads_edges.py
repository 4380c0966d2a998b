"""Slopes beside differences of a bench of which both are known: two aims that are powers and a product of two numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.model.leaves import leaves
from capexmodel.testing import grads as module
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, allocation_of, draw
from capexmodel.testing.grads import FLOOR, TOLERANCE, Gradients, gradients
from tests.bare import bare
from tests.draws import shipped

PRICE, HALL = ("accelerator", "price_usd"), ("hall", "price_usd_per_w")


def base():
    return shipped("one_period")


def valued(numbers, kinked=False):
    """Aims of each example: the cube of one number over its own size, and 40 times the product of both."""
    one, two = numbers[PRICE][:, 0] / 40_000.0, numbers[HALL][:, 0] / 10.0
    first = 3.0 * one**3 + (np.abs(one - 1.0) if kinked else 0.0)
    return np.stack([first, 40.0 * one * two], axis=1)


class Known(Bench):
    """A bench whose slopes are known; what is said of the second aim in the second number may be wrong by a factor."""

    factor, shift, kinked = 1.0, 0.0, False

    def slopes(self, cases, way, weight):
        count = len(cases)
        assert count == 2
        assert weight.tolist() == [[1.0, 0.0], [0.0, 1.0]]
        one, two = cases.numbers[PRICE][:, 0] / 40_000.0, cases.numbers[HALL][:, 0] / 10.0
        slope = {place: np.zeros_like(values) for place, values in cases.numbers.items()}
        slope[PRICE][:, 0] = np.asarray([9.0 * one[0] ** 2, 40.0 * two[1]]) / 40_000.0
        slope[HALL][:, 0] = np.asarray([0.0, 40.0 * one[1] * self.factor]) / 10.0
        along = sum((slope[place] * np.where(np.isfinite(way[place]), way[place], 0.0)).reshape(count, -1).sum(1) for place in slope)
        return np.diag(along) * (1.0 + self.shift) + 5.0 * (1.0 - np.eye(2)), along, slope


@pytest.fixture
def bench(monkeypatch):
    """The bench, in place of the one that compiles."""
    made = SimpleNamespace(of=Known)
    monkeypatch.setattr(module, "Bench", lambda scenario: made.of(scenario))
    monkeypatch.setattr(module, "_aims", lambda bench, cases: valued(cases.numbers, bench.kinked))
    return made


def column(found, table, field):
    return next(k for k, leaf in enumerate(found.leaves) if (leaf.table, leaf.field) == (table, field))


def test_slopes_are_for_the_whole_of_a_number_over_the_size_of_the_aim(bench):
    found = gradients(base())
    price, hall = column(found, *PRICE), column(found, *HALL)
    np.testing.assert_allclose(found.aims, [3.0, 40.0])
    np.testing.assert_allclose(found.slopes[:, [price, hall]], [[3.0, 0.0], [1.0, 1.0]], rtol=1e-14, atol=0.0)
    np.testing.assert_allclose(found.differences[:, [price, hall]], [[3.0, 0.0], [1.0, 1.0]], rtol=1e-7)
    assert found.values[price] == 40_000.0
    assert (found.gaps < 0.01).all()
    assert not found.kinks.any()
    assert found.forward == 0.0
    assert found.holds


def test_only_numbers_that_are_not_nothing_and_have_an_end_are_moved(bench):
    found, case = gradients(base()), draw(base(), [1], width=0.0)
    own = [(leaf, float(case.numbers[leaf.table, leaf.field][(0, *leaf.index)])) for leaf in leaves(base())
           if (leaf.table, leaf.field) in case.numbers]  # fmt: skip
    wanted = [(leaf, value) for leaf, value in own if value != 0 and np.isfinite(value)]
    assert list(found.leaves) == [leaf for leaf, _ in wanted]
    assert found.values.tolist() == [value for _, value in wanted]
    assert len(wanted) < len(own)


def test_a_slope_that_is_wrong_is_told_by_how_many_tolerances(bench):
    bench.of = type("Wrong", (Known,), {"factor": 1.25})
    found = gradients(base())
    at = 1, column(found, *HALL)
    assert found.gaps[at] == pytest.approx(0.25 / 1.25 / 1e-5, rel=1e-6)
    assert np.argwhere(found.broken).tolist() == [list(at)]
    assert not found.holds


def test_modes_that_differ_are_told(bench):
    """Forward slopes a thousandth larger than backward ones, relative to the larger."""
    bench.of = type("Apart", (Known,), {"shift": 1e-3})
    found = gradients(base())
    assert found.forward == pytest.approx(1e-3 / 1.001, rel=1e-9)
    assert not found.broken.any()
    assert not found.holds


def test_at_a_kink_a_slope_lies_between_both_sides(bench):
    """The slopes of both sides are 10 and 8 of an aim of 3."""
    bench.of = type("Kinked", (Known,), {"kinked": True})
    found = gradients(base())
    at = 0, column(found, *PRICE)
    assert np.argwhere(found.kinks).tolist() == [list(at)]
    assert found.differences[at] == pytest.approx(3.0, rel=1e-6)
    assert found.holds


def test_an_allocation_of_ones_own_stands_instead_of_the_examples(bench, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "_aims", lambda bench, cases: seen.append(cases) or valued(cases.numbers))
    own = allocation_of({name: values[0] for name, values in draw(base(), [2]).plan.items()})
    gradients(base(), own)
    assert all(np.array_equal(values[0], getattr(own, name)) for name, values in seen[0].plan.items())


def test_the_example_is_the_first_of_seed_nothing_unless_told(bench, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "_aims", lambda bench, cases: seen.append(cases) or valued(cases.numbers))
    for given, example, seed in (((), 1, 0), ((None, 5, 7), 5, 7)):
        seen.clear()
        gradients(base(), *given)
        drawn = draw(base(), [example], seed, width=0.0)
        assert all(np.array_equal(seen[0].plan[name], values) for name, values in drawn.plan.items())
        assert seen[0].numbers[PRICE][0, 0] == 40_000.0


def test_what_is_moved_is_one_number_at_a_time_in_parts(bench, monkeypatch):
    """Parts of two numbers; the second part begins where the first ends."""
    seen = []
    monkeypatch.setattr(module, "_aims", lambda bench, cases: seen.append(cases) or np.arange(len(cases))[:, None] + 10.0 * len(seen))
    monkeypatch.setattr(module, "CHUNK", 2)
    known = tuple(leaf for leaf in leaves(base()) if (leaf.table, leaf.field) in (PRICE, HALL, ("hall", "build_s")))
    values = np.asarray([3.0, 5.0, 7.0])
    found = module._moved(Known(base()), draw(base(), [1], width=0.0), known, values, 0.5)
    assert found.tolist() == [[10.0, 11.0, 20.0]]
    assert [len(cases) for cases in seen] == [2, 1]
    for k, leaf in enumerate(known):
        numbers = seen[k // 2].numbers[leaf.table, leaf.field]
        assert numbers[k % 2, 0] == values[k] * 1.5
        assert all(numbers[row, 0] == draw(base(), [1], width=0.0).numbers[leaf.table, leaf.field][0, 0] for row in range(len(numbers))
                   if row != k % 2)  # fmt: skip


@pytest.mark.parametrize(("slope", "gap", "forward", "broken", "holds"), [
    (1.5, 0.5, 0.0, False, True), (1.5, 1.0, 1e-5, False, True), (1.5, 1.01, 0.0, True, False), (np.inf, 0.5, 0.0, True, False),
    (1.5, np.nan, 0.0, True, False), (1.5, 0.5, 1.1e-5, False, False),
])  # fmt: skip
def test_slopes_hold_where_each_is_a_number_and_right(slope, gap, forward, broken, holds):
    found = bare(Gradients, slopes=np.asarray([[0.5, slope]]), gaps=np.asarray([[0.3, gap]]), forward=forward)
    assert found.broken.tolist() == [[False, broken]]
    assert bool(found.holds) is holds


def test_a_case_is_repeated():
    found = module._repeated(Cases({("a", "b"): np.asarray([[3.0, 5.0]])}, {"x": np.asarray([7.0])}, np.asarray([0.3])), 3)
    assert (len(found), found.numbers["a", "b"].tolist(), found.plan["x"].tolist()) == (3, [[3.0, 5.0]] * 3, [7.0] * 3)
    assert (TOLERANCE, FLOOR) == (1e-5, 1e-4)
