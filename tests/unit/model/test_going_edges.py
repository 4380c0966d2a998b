"""Runs that go on after their planned end, share by share and period by period."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.compute import Compute
from capexmodel.model.curve import curve
from capexmodel.model.going import as_planned, go_on, kept_going
from capexmodel.model.pace import Pace, pace
from capexmodel.model.training import Training
from tests.two_sites import PERIODS_S, allocation, two_sites

assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-15)
SHARES = (((0.2, 0.5, 0.25, 0.1), (0.4, 0.6, 0.1, 0.05)), ((0.1, 0.05, 0.4, 0.2), (0.2, 0.1, 0.5, 0.35)),
          ((0.25, 0.15, 0.05, 0.22), (0.3, 0.35, 0.2, 0.1)))  # fmt: skip
"""Of three runs at two sites in four periods; what is left is 0.45, 0.3, 0.3 and 0.48, and 0.1, -0.05, 0.2 and 0.5."""
TRIALS, FROM_FIRST = (0.3, 0.5, 0.2, 0.7), (0.3, 0.5, 0.3, 0.7)


def shared(run_share: object) -> Allocation:
    """These shares of runs, and those of experiments."""
    return allocation(np.asarray(run_share), np.asarray(TRIALS))


def planned(run_end_s: tuple[float, ...], research_end_s: tuple[float, ...]) -> Training:
    """A training of which only the ends are looked at."""
    jobs = len(run_end_s)
    none = jnp.zeros(jobs)
    return Training(jnp.zeros((jobs, 4)), jnp.zeros(4), jnp.asarray(run_end_s), jnp.asarray(research_end_s), none, none > 0)


def test_a_run_has_what_it_had_in_its_last_whole_period_as_far_as_nobody_else_has_it():
    """The first ends in the third period, the second in the fourth, the third in the first, which it then is."""
    followed = kept_going(shared(SHARES), jnp.asarray(PERIODS_S), planned((25.0, 40.0, 5.0), (50.0, 55.0, 58.0)))
    late = [
        [[0.0, 0.0, 0.25, 0.4], [0.0, 0.0, 0.2, 0.5]],
        [[0.0, 0.0, 0.0, 0.2], [0.0, 0.0, 0.0, 0.15]],
        [[0.0, 0.1, 0.2, 0.03], [0.0, 0.0, 0.1, 0.2]],
    ]
    assert_close(followed.late_share, late)
    assert_close(followed.plan.run_share, SHARES)


def test_a_run_that_ends_with_a_period_had_the_one_before():
    followed = kept_going(shared(SHARES), jnp.asarray(PERIODS_S), planned((33.0, 20.0, 60.1), (50.0, 55.0, 58.0)))
    assert_close(followed.late_share[0], [[0.0, 0.0, 0.25, 0.4], [0.0, 0.0, 0.2, 0.5]])
    assert_close(followed.late_share[1], [[0.0, 0.05, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    assert_close(followed.late_share[2], np.zeros((2, 4)))


@pytest.mark.parametrize(
    ("ends_s", "trials"),
    [((0.05, 0.5), (0.3, 0.5, 0.5, 0.7)), ((0.2, 0.05), FROM_FIRST), ((0.04, 0.05), FROM_FIRST), ((), FROM_FIRST)],
)
def test_experiments_keep_what_they_had_when_the_last_of_them_was_to_end(ends_s, trials):
    """Or in the first period, where they end in it or there are none; what is more later stays."""
    edges_s = jnp.asarray([0.0, 0.1, 0.3, 0.6, 0.9])
    followed = kept_going(shared(np.asarray(SHARES)[: len(ends_s)]), edges_s, planned((0.7,) * len(ends_s), ends_s))
    assert_close(followed.plan.experiment_share, trials)


def test_as_planned_nothing_goes_on():
    followed = as_planned(shared(SHARES))
    assert_close(followed.late_share, np.zeros((3, 2, 4)))
    assert_close(followed.plan.run_share, SHARES)


REACH, SITE_SHARE = ((0.8, 0.5), (0.6, 0.9)), ((0.9, 0.7), (0.95, 0.85))
RUNS = (((3.0, 4.0, 0.0, 0.0), (1.0, 1.5, 0.0, 0.0)), ((1.0, 0.5, 2.5, 0.6), (0.4, 0.3, 1.5, 0.2)))
USABLE, CORE = ((10.0, 11.0, 12.0, 13.0), (6.0, 7.0, 8.0, 8.5)), (2.0, 2.2, 2.4, 2.6)
LEFT = (8.6, 9.5, 13.6, 18.1)
"""What the core and planned runs leave."""
MODEST, GREEDY = (
    (((0.0, 0.0, 0.3, 0.2), (0.0, 0.0, 0.25, 0.15)), ((0.0, 0.0, 0.0, 0.35), (0.0, 0.0, 0.0, 0.3))),
    (((0.0, 0.6, 0.9, 0.8), (0.0, 0.7, 0.6, 0.95)), ((0.0, 0.2, 0.5, 0.9), (0.0, 0.3, 0.7, 0.85))),
)


def speed() -> Pace:
    """Half of all compute is useful, at whatever size; a network leaves some of it."""
    return Pace(pace(two_sites()).useful, jnp.zeros(2), jnp.asarray(SITE_SHARE))


def world(work_eflop: tuple[float, float], done: tuple[float, float]):
    """The scenario with two runs."""
    told = (jnp.asarray(REACH), jnp.asarray(work_eflop), jnp.asarray(done))
    return eqx.tree_at(lambda s: (s.job.reach, s.job.work_eflop, s.job.done), two_sites(), told)


def compute(runs: object = RUNS) -> Compute:
    """What there is, and what the plan gives runs."""
    return Compute(jnp.asarray(USABLE), jnp.asarray(CORE), jnp.asarray(runs), jnp.zeros(4))


def by_hand(late: object, remaining: tuple[float, float]) -> tuple[np.ndarray, np.ndarray, list[float], list[float]]:
    """Run by run and period by period: what is used, what each would have for ever, what is left; and the ends."""
    left, used, endless, ends = list(LEFT), np.array(RUNS), np.array(RUNS), []
    for job in range(2):
        for period in range(4):
            wanted = [late[job][site][period] * USABLE[site][period] for site in range(2)]
            fits = min(left[period] / sum(wanted), 1.0) if sum(wanted) else 1.0
            endless[job, :, period] += [fits * each for each in wanted]
        worth = [REACH[job][site] * SITE_SHARE[job][site] for site in range(2)]
        rates = [0.5 * (worth[0] * endless[job, 0, period] + worth[1] * endless[job, 1, period]) for period in range(4)]
        ends.append(float(curve(jnp.asarray(PERIODS_S), jnp.asarray(rates)).first(jnp.asarray(remaining[job]))[0]))
        for period in range(4):
            part = min(max((ends[job] - PERIODS_S[period]) / (PERIODS_S[period + 1] - PERIODS_S[period]), 0.0), 1.0)
            more = part * (endless[job, :, period] - np.array(RUNS)[job, :, period])
            used[job, :, period] += more
            left[period] = max(left[period] - more.sum(), 0.0)
    return used, endless, left, ends


@pytest.mark.long
@pytest.mark.parametrize(
    ("late", "work", "done"),
    [(MODEST, (90.0, 45.0), (0.5, 0.2)), (GREEDY, (150.0, 120.0), (0.3, 0.4)), (GREEDY, (900.0, 90.0), (0.1, 0.4))],
)
def test_late_runs_take_what_is_left_until_they_are_done_and_experiments_have_the_rest(late, work, done):
    remaining = (work[0] * (1.0 - done[0]), work[1] * (1.0 - done[1]))
    used, endless, left, ends = by_hand(late, remaining)
    found, going = go_on(world(work, done), speed(), compute(), Followed(shared(RUNS), jnp.asarray(late)))
    assert min(ends) > 20.0
    assert_close(found.run_eflops, used, rtol=1e-10)
    assert_close(going, endless, rtol=1e-10)
    assert_close(found.experiment_eflops, [share * rest for share, rest in zip(TRIALS, left, strict=True)], rtol=1e-10, atol=1e-9)
    assert_close(found.usable_eflops, USABLE)
    assert_close(found.core_eflops, CORE)


def test_where_plan_and_core_take_more_than_there_is_nothing_is_left():
    runs = np.array(RUNS) * np.array([5.0, 1.0, 1.0, 1.0])
    found, going = go_on(world((90.0, 45.0), (0.5, 0.2)), speed(), compute(runs), Followed(shared(RUNS), jnp.full((2, 2, 4), 0.2)))
    assert_close(going[:, :, 0], runs[:, :, 0])
    assert_close(found.experiment_eflops[0], 0.0)


def test_where_nothing_goes_on_slopes_are_numbers():
    """By late shares of the first run it would have what is usable; by what is usable, experiments have their share."""
    scenario, at, given, plan = world((90.0, 45.0), (0.5, 0.2)), speed(), compute(), shared(RUNS)

    @eqx.filter_jit
    def slopes(late_share: jax.Array, usable_eflops: jax.Array) -> list[jax.Array]:
        def had(late: jax.Array, usable: jax.Array) -> jax.Array:
            there = Compute(usable, given.core_eflops, given.run_eflops, given.experiment_eflops)
            after, endless = go_on(scenario, at, there, Followed(plan, late))
            return jnp.stack([jnp.sum(endless[0]), jnp.sum(after.experiment_eflops) + jnp.sum(after.run_eflops)])

        return [jax.jacrev(had, argnums=k)(late_share, usable_eflops)[k] for k in range(2)]

    by_late, by_usable = slopes(jnp.zeros((2, 2, 4)), jnp.asarray(USABLE))
    assert_close(by_late, [USABLE, np.zeros((2, 4))])
    assert_close(by_usable, [TRIALS, TRIALS])
