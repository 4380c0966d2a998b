"""Laws of bounds: shares are shares, nothing is out before today or beats physics, work is its rate, everything is a number."""

import dataclasses

import numpy as np

from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases
from capexmodel.testing.change import planned
from capexmodel.testing.law import Verdict, apart, everywhere, law
from capexmodel.testing.readings import Readings

DOLLARS = ("chips_usd", "ports_usd", "hall_usd", "source_usd", "reserve_usd")
ROUNDING = "a share is a quotient of sums: its last digits round"


@law("L18", "shares are shares", "the chips that run, and the work they do over their peak, are between nothing and all", 1e-12, ROUNDING)
def shares(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Served chips by site and edge, useful work by model."""
    both = [values.reshape(len(cases), -1) for values in (before.served, before.useful_share)]
    values = np.concatenate(both, axis=1)
    return everywhere(np.maximum(values - 1.0, -values) / 1e-12)


@law("L18", "no compute is used twice", "runs and experiments take no more than the core leaves", 1e-9, "in EFLOP/s, of some thousands")
def compute(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """In the worst period."""
    return everywhere((before.overdrawn_eflops / 1e-9)[:, None])


@law("L18", "no model is out before today", "a model is out after its release lag at the earliest", 1e-6, "seconds, of some millions")
def today(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Dates count from the as-of date."""
    return everywhere((cases.numbers["job", "release_lag_s"] - before.date_s) / 1e-6)


@law("L19", "everything is a number", "no outcome of a valid scenario is infinite or no number", 1.0, "none: a number is finite or not")
def finite(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Every reading."""
    every = [np.isfinite(getattr(before, field.name)).reshape(len(cases), -1) for field in dataclasses.fields(before)]
    return everywhere(np.where(np.concatenate(every, axis=1), 0.0, np.inf))


@law(
    "L29",
    "no date beats physics",
    "a run takes at least its work over the fastest rate and over the whole peak",
    1e-9,
    "an integral's rounding",
)
def physics(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Of the run itself, research apart."""
    most = np.minimum(before.fastest_eflops, before.peak_eflops[:, None]) * before.run_end_s
    over = before.remaining_eflop - most
    return everywhere(np.where(before.reached & (over > 0), over / (1e-9 * np.maximum(before.remaining_eflop, 1e-300)), 0.0))


@law("L8", "work is the integral of the rate", "what is done by the end of a run, or of research, is what was left to do", 1e-9,
     "an instant of 1e8 s loses eight of sixteen digits, where work is young", off="where the end is never reached")  # fmt: skip
def integral(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """No more and no less. A rate is that of the middle of its period, straight between these, and goes on beyond the horizon."""
    numbers, edges_s = cases.numbers, np.asarray(bench.base.calendar.period_edges_s)
    run_eflop = numbers["job", "work_eflop"] * (1.0 - numbers["job", "done"])
    own = numbers["research", "experiment_ratio"][:, None] * numbers["job", "research_left"] * numbers["job", "work_eflop"]
    search = np.repeat(before.research_useful_eflops[:, None], run_eflop.shape[1], axis=1)
    misses = [
        apart(np.where(left > 0, _done_eflop(edges_s, np.asarray(rate), np.asarray(end_s)), end_s), left, 1e-9)
        for rate, end_s, left in (
            (before.run_useful_eflops, before.run_end_s, run_eflop),
            (search, before.research_end_s, np.cumsum(own, axis=1)),
        )
    ]
    verdict = everywhere(np.concatenate([np.where(before.reached, miss, 0.0) for miss in misses], axis=1))
    return dataclasses.replace(verdict, applies=before.reached.any(axis=1))


def _done_eflop(edges_s: np.ndarray, rate: np.ndarray, end_s: np.ndarray) -> np.ndarray:
    """The integral of rates in the middles of periods until each end; the axes are example, job and period."""
    knots_s = np.concatenate([edges_s[:1], 0.5 * (edges_s[1:] + edges_s[:-1])])
    done = np.zeros_like(end_s)
    for place, start_s in enumerate(knots_s):
        first, then = rate[..., max(place - 1, 0)], rate[..., place if place < rate.shape[-1] else -1]
        width_s = knots_s[place + 1] - start_s if place + 1 < knots_s.size else np.inf
        past_s = np.clip(end_s - start_s, 0.0, width_s)
        done += past_s * (first + 0.5 * (then - first) * past_s / width_s)
    return done


@law("L29", "out when both are done", "a model is out its release lag after its run and its research are done", 1e-12, "a sum of two dates")
def done(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Neither earlier nor later."""
    both = np.maximum(before.run_end_s, before.research_end_s) + cases.numbers["job", "release_lag_s"]
    return everywhere(apart(before.date_s, both, 1e-12))


@law(
    "L28",
    "nothing spent builds nothing",
    "without a dollar no chip arrives, and nothing but what is committed is paid",
    1e-12,
    "relative: sums of nothing; of what is shipped and what halls cost no last digit is let through",
)
def nothing(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Every order of the plan is taken back; people and rentals stay."""
    idle = cases
    for name in DOLLARS:
        idle = planned(idle, name, np.zeros_like)
    after = bench.observe(idle)
    chips = apart(after.chips_count, after.chips_count[..., :1], 1e-12).reshape(len(cases), -1)
    paid = apart(after.capex_usd, after.committed_usd, 1e-12)
    shipped = apart(np.stack([after.shipped_usd, after.halls_usd], axis=1), 0.0, 1e-12)
    return everywhere(np.concatenate([chips, paid, shipped], axis=1))


LAWS = (shares, compute, today, finite, physics, integral, done, nothing)
