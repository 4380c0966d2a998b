"""What breaks a law: what is no number, a slope that is neither a difference nor between both sides, a search that ends nowhere."""

import dataclasses

import equinox as eqx
import numpy as np
import pytest

from capexmodel import config
from capexmodel.planner.deals import TOLERANCE
from capexmodel.solvers.base import Status
from capexmodel.testing import LAWS, check, law
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import draw
from capexmodel.testing.law import Verdict, everywhere, named
from capexmodel.testing.laws.plans import WORSE, proven
from capexmodel.testing.laws.prices import nothing_better
from capexmodel.testing.laws.slopes import KINK_STEP, STEPS, missed
from capexmodel.testing.laws.symmetry import continuous


@pytest.fixture(scope="module")
def base():
    return config.load("one_period")


def test_what_is_no_number_breaks_a_law_and_what_is_off_does_not():
    verdict = Verdict(np.asarray([np.nan, np.nan, 0.5]), np.asarray([True, False, True]))
    np.testing.assert_array_equal(verdict.tolerances, [np.inf, -np.inf, 0.5])
    np.testing.assert_array_equal(everywhere(np.asarray([[0.0, np.nan], [0.0, 0.1]])).tolerances, [np.inf, 0.1])


def test_a_law_that_is_no_number_is_told_as_broken(base):
    nowhere = law("X1", "no number", "nothing", 1.0, "none")(
        lambda bench, cases, before: Verdict(np.full(len(cases), np.nan), cases.chance >= 0)
    )
    fared = check(base, [nowhere], "quick").fared[0]
    assert len(fared.broken) == fared.examples == 50
    assert fared.worst == np.inf


@pytest.mark.parametrize(
    "title", ["L10 core share", "L10 failures", "L10 restarts", "L10 experiments needed", "L13 halls and power", "L26"]
)
def test_a_law_is_off_where_what_it_changes_is_nothing(base, title):
    """One period has one site, one stage, and nothing that fails."""
    fared = check(base, named(LAWS, [title]), "quick").fared[0]
    assert (fared.examples, fared.comparisons, fared.skipped) == (0, 0, 50)


def test_a_site_less_is_one_where_halls_can_be_begun():
    base = config.load("greenfield")
    cases = draw(base, range(40))
    starts = cases.numbers["site", "hall_starts_w_per_s"]
    starts[:, 1:] = 0.0
    cut = WORSE["a site less"][1](cases).numbers["site", "hall_starts_w_per_s"]
    np.testing.assert_allclose(cut[:, 0], 1e-3 * starts[:, 0])
    starts[:] = 0.0
    np.testing.assert_array_equal(WORSE["a site less"][1](cases).numbers["site", "hall_starts_w_per_s"], starts)


ONE = np.ones(1)


@pytest.mark.parametrize(("slope", "left", "right", "by"), [
    (1.0, 1.0, 1.0, 0.0),  # smooth
    (1.01, 1.0, 1.0, 0.01 / 1.01),  # wrong
    (0.0, 1.0, 1.0, 100.0),  # hidden: held to the least size, a hundredth
    (0.5, 0.0, 1.0, 0.0),  # at a kink, between both sides
    (1.0, 0.0, 1.0, 0.0),  # at a kink, one of them
    (1.2, 0.0, 1.0, 0.2 / 1.2),  # at a kink, neither
])  # fmt: skip
def test_a_slope_is_that_of_differences_and_at_a_kink_between_both_sides(slope, left, right, by):
    np.testing.assert_allclose(missed(slope * ONE, left * ONE, right * ONE, KINK_STEP, 0.01), by, atol=1e-15)


def test_what_only_bends_is_no_kink():
    """A curve whose one-sided slopes differ by 2 % at the widest step: a slope off by half a percent is told."""
    steps = {step: missed(1.005 * ONE, (1.0 - 100.0 * step) * ONE, (1.0 + 100.0 * step) * ONE, step, 0.01)[0] for step in STEPS}
    assert min(steps.values()) == pytest.approx(0.005 / 1.005, rel=1e-6)


@pytest.fixture(scope="module")
def found(base):
    return Bench(base).plans.of(draw(base, [0]))[0]


@pytest.mark.parametrize(("status", "primal", "stationarity", "tolerances"), [
    (None, 0.0, 0.0, -np.inf),  # a limit is broken whatever is chosen
    (Status.INFEASIBLE, 0.3, 0.3, -np.inf),  # seen to be impossible
    (Status.OPTIMAL, 1e-9, 2e-7, 0.2),
    (Status.OPTIMAL, 0.1, 0.1, 0.1 / TOLERANCE),  # it says so, and breaks a limit
    (Status.MAX_ITER, 1e-9, 0.1, 0.1 / TOLERANCE),
    (Status.INFEASIBLE, 1e-9, 0.1, 0.1 / TOLERANCE),  # it says so, and is not
])  # fmt: skip
def test_a_search_ends_at_a_proven_plan_or_sees_that_there_is_none(base, found, status, primal, stationarity, tolerances):
    bench, cases = Bench(base), draw(base, [0])
    if status is None:
        end = None
    else:
        verdict = dataclasses.replace(found.verdict, primal=primal, stationarity=stationarity, dual_sign=0.0, complementarity=0.0)
        solution = eqx.tree_at(lambda solution: solution.status, found.solution, int(status))
        end = dataclasses.replace(found, solution=solution)
        vars(end)["verdict"] = verdict  # of the judge, who would find what there is
    bench.plans.ends = lambda cases: [end]
    np.testing.assert_allclose(proven.body(bench, cases, bench.observe(cases)).tolerances, [tolerances])


def test_a_mixture_that_is_no_number_is_looked_at(base, found, monkeypatch):
    bench, cases = Bench(base), draw(base, [0])
    bench.plans.of = lambda cases: [found]
    monkeypatch.setattr("capexmodel.testing.laws.prices.values_at", lambda one, points: (np.full(len(points), np.nan),) * 2)
    assert nothing_better.body(bench, cases, bench.observe(cases)).tolerances == [np.inf]


def test_a_jump_of_a_date_is_told_of_the_example_that_jumps(base, monkeypatch):
    """A jump of hours in three years; a number below nothing in another example is of no consequence."""
    bench, cases = Bench(base), draw(base, range(3))
    before = bench.observe(cases)
    cases.numbers["site", "slip_s"][1] = -1.0

    def observe(other):
        assert (other.numbers["accelerator", "price_usd"] < cases.numbers["accelerator", "price_usd"]).all()
        assert (other.numbers["site", "slip_s"][1] == -1.0).all()
        jumped = np.asarray(before.date_s).copy()
        jumped[2] *= 1.0 + 1e-4
        return eqx.tree_at(lambda readings: readings.date_s, before, jumped)

    monkeypatch.setattr(bench, "observe", observe)
    np.testing.assert_array_equal(continuous.body(bench, cases, before).tolerances > 1.0, [False, False, True])
