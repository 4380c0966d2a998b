"""How laws are tried: in what parts, on how many examples each, and what is counted and told."""

import dataclasses
import importlib
import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.testing import law
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, Reach
from capexmodel.testing.check import EXAMPLES, Checked, Fared, _Tried
from capexmodel.testing.law import Kind, Verdict
from capexmodel.testing.readings import Readings
from tests.draws import shipped

module = importlib.import_module("capexmodel.testing.check")
"""The package gives the function of this name."""


def readings(count):
    """Readings that are the number of their example, whatever is read."""
    found = object.__new__(Readings)
    for field in dataclasses.fields(Readings):
        object.__setattr__(found, field.name, np.arange(count))
    return found


class Empty(Bench):
    """A bench that computes nothing, and says when it forgets its plans."""

    made = ()

    def __init__(self, base, model=None):
        self.base, self.model, self.forgot = base, model, 0
        self.plans = SimpleNamespace(forget=self.forget)
        Empty.made = (*Empty.made, self)

    def forget(self):
        self.forgot += 1

    def observe(self, cases, needs=True):
        return readings(len(cases))


@pytest.fixture
def drawn(monkeypatch):
    """What was drawn: examples are known by their chance, time goes on by three seconds a look."""
    asked = []

    def draw(scenario, examples, seed=0, reach=Reach.SANE, width=1.0, still=()):
        asked.append((list(examples), seed, reach, width, still))
        return Cases({}, {}, np.asarray(asked[-1][0], float))

    clock = itertools.count(10.0, 3.0)
    Empty.made = ()
    monkeypatch.setattr(module, "draw", draw)
    monkeypatch.setattr(module, "Bench", Empty)
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    return asked


def noting(kind, excess=lambda chance: 0.0 * chance, cells=1):
    """A law that notes the examples it sees."""
    seen = []

    @law("X1", kind.name, "planted", 1.0, "planted", kind)
    def noted(bench, cases, before):
        assert len(before.date_s) == len(cases)
        assert before.date_s[0] == 0
        seen.append([int(one) for one in cases.chance])
        return Verdict(excess(cases.chance), np.ones(len(cases), bool), cells)

    return noted, seen


def test_levels_are_fifty_five_hundred_fourteen_and_a_hundred_thousand():
    assert EXAMPLES == {"quick": 50, "standard": 500, "deep": 14_000, "soak": 100_000}
    assert (module.CHUNK, module.FEW) == (256, 16)


def test_laws_of_outcomes_see_all_examples_and_those_of_slopes_half(drawn, monkeypatch):
    monkeypatch.setitem(EXAMPLES, "quick", 600)
    (one, seen), (two, half), told = noting(Kind.OUTCOME), noting(Kind.SLOPE), []
    found = module.check(shipped("one_period"), [one, two], seed=5, reach=Reach.EDGE, tell=told.append)
    assert seen == [list(range(256)), list(range(256, 512)), list(range(512, 600))]
    assert half == [list(range(256)), list(range(256, 300))]
    assert [(examples[0], examples[-1], *rest) for examples, *rest in drawn] == [
        (0, 255, 5, Reach.EDGE, 1.0, ()), (256, 511, 5, Reach.EDGE, 1.0, ()), (512, 599, 5, Reach.EDGE, 1.0, ()),
    ]  # fmt: skip
    assert told == ["256 of 600 examples, 3 s", "512 of 600 examples, 6 s", "600 of 600 examples, 9 s"]
    assert [fared.examples for fared in found.fared] == [600, 300]
    assert (found.seed, found.reach, found.wall_s) == (5, Reach.EDGE, 12.0)


def test_laws_of_plans_see_a_thirtieth_sixteen_at_a_time_with_lead_times_still(drawn, monkeypatch):
    monkeypatch.setitem(EXAMPLES, "quick", 620)
    monkeypatch.setattr(module, "lead_times", lambda base: frozenset({("a", base.name)}))
    (plan, seen), told = noting(Kind.PLAN), []
    module.check(shipped("one_period"), [plan], tell=told.append)
    assert seen == [list(range(16)), list(range(16, 20))]
    assert [rest for _, *rest in drawn] == [[0, Reach.SANE, 1.0, frozenset({("a", "one_period")})]] * 2
    assert told == ["16 of 20 plans, 3 s", "20 of 20 plans, 6 s"]
    assert Empty.made[0].forgot == 2


def test_a_level_of_few_examples_still_tries_plans(drawn, monkeypatch):
    monkeypatch.setitem(EXAMPLES, "standard", 7)
    (plan, seen), (slope, half) = noting(Kind.PLAN), noting(Kind.SLOPE)
    module.check(shipped("one_period"), [plan, slope], "standard")
    assert (seen, half) == ([[0]], [[0, 1, 2]])


def test_a_model_of_ones_own_is_what_the_bench_has(drawn):
    def own(*args):
        raise AssertionError(args)

    module.check(shipped("one_period"), [], model=own)
    assert Empty.made[0].model is own
    assert drawn == []


def test_again_is_the_scenario_itself_with_what_one_example_has(drawn):
    one, seen = noting(Kind.OUTCOME, lambda chance: chance / 8.0, 3)
    found = module.again(shipped("one_period"), [one], 17, 4)
    assert drawn == [([17], 4, Reach.SANE, 0.0, ())]
    assert seen == [[17]]
    assert (found.seed, found.reach, found.wall_s) == (4, Reach.SANE, 3.0)
    assert found.fared == (Fared(one, 1, 3, 0, 2.125, 17, (17,)),)
    assert module.again(shipped("one_period"), [], 17).seed == 0


def verdict(excess, applies, cells=1):
    @law("X2", "given", "planted", 1.0, "planted")
    def given(bench, cases, before):
        return Verdict(np.asarray(excess), np.asarray(applies), cells)

    return given


def test_what_is_counted_of_a_law():
    """Of five examples one is off; those at 1.5 and without number break it, that at exactly one does not."""
    tried = _Tried(verdict([0.5, 1.5, 9.0, 1.0, np.nan], [True, True, False, True, True], 3), 5)
    cases = Cases({}, {}, np.zeros(5))
    tried.look(Empty(shipped("one_period")), 40, cases, readings(5))
    assert tried.fared() == Fared(tried.law, 4, 12, 1, np.inf, 44, (41, 44))


def test_what_is_counted_adds_up_and_the_worst_stays_the_first_of_its_size():
    tried = _Tried(verdict([0.5, 2.5], [True, True], 3), 5)
    cases = Cases({}, {}, np.zeros(2))
    for first in (10, 20):
        tried.look(Empty(shipped("one_period")), first, cases, readings(2))
    assert tried.fared() == Fared(tried.law, 4, 12, 0, 2.5, 11, (11, 21))


def test_a_law_that_nobody_looked_at_has_no_worst_example():
    law_of_nothing = verdict([], [])
    assert _Tried(law_of_nothing, 3).fared() == Fared(law_of_nothing, 0, 0, 0, -np.inf, -1, ())


def test_all_hold_where_each_does_and_numbers_are_summed():
    good, bad = (Fared(verdict([], []), n, 3 * n + 1, 0, 0.0, 0, broken) for n, broken in ((5, ()), (7, (3,))))
    both = Checked(shipped("one_period"), 0, Reach.SANE, (good, bad), 1.5)
    assert (good.holds, bad.holds, both.holds) == (True, False, False)
    assert dataclasses.replace(both, fared=(good, good)).holds
    assert (both.evaluations, both.comparisons) == (12, 38)
