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


def test_every_number_that_has_an_end_is_moved_and_those_that_have_none_are_counted(bench):
    found, case = gradients(base()), draw(base(), [1], width=0.0)
    own = [(leaf, float(case.numbers[leaf.table, leaf.field][(0, *leaf.index)])) for leaf in leaves(base())
           if (leaf.table, leaf.field) in case.numbers]  # fmt: skip
    wanted = [(leaf, value) for leaf, value in own if np.isfinite(value)]
    assert list(found.leaves) == [leaf for leaf, _ in wanted]
    assert found.values.tolist() == [value for _, value in wanted]
    assert found.left_count == len(own) - len(wanted) > 0
    assert (found.values == 0).sum() > 30


def valued_by(place, told):
    """Aims of which the first is a function of one number too, for `_aims`."""

    def aims(bench, cases):
        found = valued(cases.numbers)
        found[:, 0] += told(cases.numbers[place].reshape(len(cases), -1)[:, 0])
        return found

    return aims


@pytest.fixture
def one_more(bench, monkeypatch):
    """A number that the first aim has a slope in besides, and how it depends on it."""

    def also(place, slope, told):
        class Also(Known):
            def slopes(self, cases, way, weight):
                ahead, back, found = super().slopes(cases, way, weight)
                found[place].reshape(len(cases), -1)[0, 0] = slope
                more = slope * way[place].reshape(len(cases), -1)[0, 0]
                return ahead + np.diag([more, 0.0]), back + np.asarray([more, 0.0]), found

        bench.of = Also
        monkeypatch.setattr(module, "_aims", valued_by(place, told))
        found = gradients(base())
        return found, (0, column(found, *place))

    return also


RATIO = "research", "experiment_ratio"
"""Nothing, and never less."""
LEFT = "job", "research_left"
"""One, and never more."""
SLIP = "site", "slip_s"
"""Nothing, and may be more or less."""


def inside(place):
    """Refuse what is beyond the end of a number."""
    return (lambda x: np.where(x < 0, np.nan, x)) if place == RATIO else (lambda x: np.where(x > 1, np.nan, x))


@pytest.mark.parametrize("place", [RATIO, LEFT])
@pytest.mark.parametrize("factor", [1.0, 1.01])
def test_what_stands_at_an_end_is_moved_inwards_alone(one_more, place, factor):
    """The aim of 3 rises by 6 of it, and bends; beyond its end it is no number."""
    at_end = 0.0 if place == RATIO else 1.0
    found, at = one_more(place, 6.0 * factor, lambda x: 6.0 * (inside(place)(x) - at_end) + 2.0 * (x - at_end) ** 2)
    assert found.ends[at[1]]
    assert not found.ends[column(found, *PRICE)]
    assert (found.values[at[1]], found.whole[at[1]]) == (at_end, pytest.approx(1.0 if place == LEFT else 0.5 / factor))
    assert found.differences[at] / found.whole[at[1]] == pytest.approx(2.0, rel=1e-5 if factor == 1.0 else 1e-3)
    assert bool(found.broken[at]) is (factor > 1.0)
    assert found.holds is (factor == 1.0)


def test_nothing_is_moved_by_what_its_slope_says_moves_a_reading_by_itself_a_delay_by_a_month_at_most(one_more):
    found, at = one_more(SLIP, 3e-9, lambda x: 3e-9 * x)
    assert (found.whole[at[1]], found.ends[at[1]]) == (30.0 * 86400.0, False)
    assert found.slopes[at] == pytest.approx(1e-9 * 30.0 * 86400.0)
    assert found.holds
    found, at = one_more(SLIP, 3e-4, lambda x: 3e-4 * x)
    assert found.whole[at[1]] == pytest.approx(1e4)
    found, at = one_more(SLIP, 0.0, lambda x: 3e-4 * x)
    assert np.argwhere(found.broken).tolist() == [list(at)]


@pytest.mark.parametrize("told", [lambda x: np.where(x > 0, 0.5, 0.0), lambda x: np.sqrt(np.maximum(x, 0.0))])
def test_where_a_number_at_an_end_has_no_slope_that_is_told_and_nothing_is_broken(one_more, told):
    """Nothing means that there is none, or the first bit of it costs endlessly more than the next."""
    found, at = one_more(RATIO, 0.0, told)
    assert np.argwhere(found.endless).tolist() == [list(at)]
    assert not found.kinks[at]
    assert found.holds


@pytest.mark.parametrize(("slope", "holds"), [(0.0, True), (1.5, True), (3.0, True), (3.2, False), (-0.2, False)])
def test_at_a_kink_at_an_end_a_slope_lies_between_the_inward_one_and_that_beyond(one_more, slope, holds):
    found, at = one_more(RATIO, slope, lambda x: 3.0 * np.maximum(x, 0.0))
    assert found.kinks[at]
    assert bool(found.broken[at]) is not holds


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
    found = module._moved(Known(base()), draw(base(), [1], width=0.0), known, values)
    assert found.tolist() == [[10.0, 11.0, 20.0]]
    assert [len(cases) for cases in seen] == [2, 1]
    for k, leaf in enumerate(known):
        numbers = seen[k // 2].numbers[leaf.table, leaf.field]
        assert numbers[k % 2, 0] == values[k]
        assert all(numbers[row, 0] == draw(base(), [1], width=0.0).numbers[leaf.table, leaf.field][0, 0] for row in range(len(numbers))
                   if row != k % 2)  # fmt: skip


@pytest.mark.parametrize(("slope", "gap", "forward", "broken", "holds"), [
    (1.5, 0.5, 0.0, False, True), (1.5, 1.0, 1e-5, False, True), (1.5, 1.01, 0.0, True, False), (np.inf, 0.5, 0.0, True, False),
    (1.5, np.nan, 0.0, True, False), (1.5, 0.5, 1.1e-5, False, False),
])  # fmt: skip
def test_slopes_hold_where_each_is_a_number_and_right(slope, gap, forward, broken, holds):
    found = bare(
        Gradients, slopes=np.asarray([[0.5, slope]]), gaps=np.asarray([[0.3, gap]]), endless=np.zeros((1, 2), bool), forward=forward
    )
    assert found.broken.tolist() == [[False, broken]]
    assert bool(found.holds) is holds


def test_a_case_is_repeated():
    found = module._repeated(Cases({("a", "b"): np.asarray([[3.0, 5.0]])}, {"x": np.asarray([7.0])}, np.asarray([0.3])), 3)
    assert (len(found), found.numbers["a", "b"].tolist(), found.plan["x"].tolist()) == (3, [[3.0, 5.0]] * 3, [7.0] * 3)
    assert (TOLERANCE, FLOOR) == (1e-5, 1e-4)
