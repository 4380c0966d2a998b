"""Laws of symmetry: what is only said otherwise is the same plan; what is not used changes nothing; small changes do little."""

import dataclasses

import numpy as np

from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, declared
from capexmodel.testing.change import changed, planned, scaled, spread
from capexmodel.testing.law import Verdict, apart, everywhere, law, nowhere
from capexmodel.testing.readings import Readings

FACTORS = np.asarray([1e-6, 0.01, 3.0, 1e6])
PRICES = (("accelerator", "price_usd"), ("network", "price_usd"), ("hall", "price_usd_per_w"), ("source", "price_usd_per_w"))
SPENT = ("chips_usd", "ports_usd", "hall_usd", "source_usd")
EXTENSIVE = (
    ("job", "work_eflop"), ("supply", "offered_count_per_s"), ("rental", "contracted_count"), ("site", "fleet_count"),
    ("site", "hall_power_w"), ("site", "site_power_w"), ("staff", "headcount_count"), ("deal", "heads_count"), ("core", "relief_eflops"),
)  # fmt: skip
"""Numbers that are twice as large where everything is; of a plan, its dollars, rents and hires."""
ALL_OF_A_PLAN = (*SPENT, "rented_count", "hires_count")
OF_A_SITE = ("served", "it_power_w", "energy_usd", "energy_j", "sources_j")
NOTHING = "nothing times anything is nothing"
NUDGE, JUMP = 1e-7, 1e-5


@law(
    "L24",
    "money in another unit",
    "all prices and dollars scaled alike leave chips and dates as they were",
    1e-9,
    "a price divided out again rounds",
)
def money(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """By a millionth, a hundredth, three, or a million."""
    by = FACTORS[np.minimum((cases.chance * FACTORS.size).astype(int), FACTORS.size - 1)]
    other = cases
    for place in PRICES:
        other = scaled(other, place, by)
    for name in SPENT:
        other = planned(other, name, lambda usd: usd * spread(by, usd))
    after = bench.observe(other)
    dates = apart(after.date_s, before.date_s, 1e-9).max(axis=1)
    chips = apart(after.chips_count, before.chips_count, 1e-9, floor=1.0).reshape(len(cases), -1).max(axis=1)
    return everywhere(np.maximum(dates, chips)[:, None])


@law(
    "L25",
    "everything larger",
    "work, chips, watts and people that are all larger alike take the same time",
    1e-9,
    "sums of other numbers",
    off="nothing fails, no utilization falls with size, vendors ask no premium; off where utilization is timed",
)
def larger(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """By half to four times."""
    if ("utilization", "mfu") not in cases.numbers:
        return nowhere(cases)
    by = 0.5 * np.exp(np.log(8.0) * cases.chance)
    for place in (("utilization", "scale_exponent"), ("reliability", "chip_failures_per_s"), ("supply", "premium")):
        cases = changed(cases, place, np.zeros_like)
    other = cases
    for place in EXTENSIVE:
        other = scaled(other, place, by)
    for name in ALL_OF_A_PLAN:
        other = planned(other, name, lambda amount: amount * spread(by, amount))
    before, after = bench.observe(cases), bench.observe(other)
    return everywhere(apart(after.date_s, before.date_s, 1e-9))


@law("L46", "a chip that nobody has", "the watts of a chip that is neither bought nor in place change nothing", 1e-12, NOTHING,
     off="where there is one kind of chip, or the others reach no date")  # fmt: skip
def unused(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """One kind of chip, drawn by the example, with three times its power. Not its price: a vendor's premium is reckoned on the mean of all
    its list prices."""
    kinds = len(bench.base.accelerator.names)
    if kinds < 2:
        return nowhere(cases)
    at = np.minimum((cases.chance * kinds).astype(int), kinds - 1)
    rows = np.arange(len(cases))

    def emptied(values: np.ndarray, axis: int) -> np.ndarray:
        new = np.moveaxis(values.copy(), axis, 1)
        new[rows, at] = 0.0
        return np.moveaxis(new, 1, axis)

    def hungrier(power_w: np.ndarray) -> np.ndarray:
        new = power_w.copy()
        new[rows, at] *= 3.0
        return new

    without = planned(cases, "chips_usd", lambda usd: emptied(usd, 1))
    without = changed(without, ("site", "fleet_count"), lambda count: emptied(count, 2))
    one, two = bench.observe(without), bench.observe(changed(without, ("accelerator", "it_power_w"), hungrier))
    found = everywhere(np.concatenate([apart(two.date_s, one.date_s, 1e-12), apart(two.capex_usd, one.capex_usd, 1e-12)], axis=1))
    return dataclasses.replace(found, applies=one.reached.any(axis=1))


@law(
    "L45",
    "small changes do little",
    "a ten-millionth less of every number moves no date by more than a hundred times as much",
    JUMP,
    "of a date, or of the horizon where that is later: it hangs on no number a hundred times over; what ends beyond the horizon goes on at "
    "a last rate that may be the little that two large numbers leave: how much slower that is than the fastest is how much less is asked",
)
def continuous(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """All numbers but those below nothing and those at an end of what is declared move together. What is never reached has
    no date. What was reached and is not, or the other way round, has jumped, but not beyond the horizon: the last rate may be too slow."""
    promises, horizon_s = declared(bench.base), float(bench.base.calendar.horizon_s)
    free = {place: values for place, values in cases.numbers.items() if promises[place].ge in (None, 0.0)}
    numbers = {
        place: np.where((values >= 0) & (values != promises[place].le), values * (1.0 - NUDGE), values) for place, values in free.items()
    }
    after = bench.observe(dataclasses.replace(cases, numbers=cases.numbers | numbers))
    late = np.maximum(before.run_end_s, before.research_end_s) >= horizon_s * (1.0 - JUMP)
    flipped = (before.reached != after.reached) & ~late
    gap = apart(after.date_s, before.date_s, JUMP, floor=horizon_s) * _steadiness(before, horizon_s)
    return everywhere(np.where(flipped, np.inf, np.where(before.reached & after.reached, gap, 0.0)))


def _steadiness(before: Readings, horizon_s: float) -> np.ndarray:
    """Of each date, the last rate over the fastest one, where it is reached at the last rate; else one."""
    found = []
    for end_s, rate in ((before.run_end_s, before.run_useful_eflops), (before.research_end_s, before.research_useful_eflops[:, None])):
        fastest = rate.max(axis=-1)
        late = before.reached & (end_s > horizon_s) & (fastest > 0)
        found.append(np.where(late, rate[..., -1] / np.where(fastest > 0, fastest, 1.0), 1.0))
    return np.where(before.run_end_s >= before.research_end_s, *found)


@law(
    "L26",
    "sites stand alone",
    "what is ordered at one site changes no chip, no watt and no joule at another",
    1e-12,
    "the same sums of the same numbers",
    off="where there is one site, or none is open; vendors ask no premium: it is of all sites' orders together",
)
def alone(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """An open site, drawn by the example, gets half as much again of chips, halls, sources and ports: at others nothing is ordered."""
    sites, able = len(bench.base.site.names), np.flatnonzero(bench.base.site.open)
    if sites == 1 or able.size == 0:
        return nowhere(cases)
    at = able[np.minimum((cases.chance * able.size).astype(int), able.size - 1)]
    chosen = np.arange(sites) == at[:, None]

    def more(usd: np.ndarray) -> np.ndarray:
        here = chosen.reshape(len(cases), *(1,) * (usd.ndim - 3), sites, 1)
        return np.where(here, 1.5 * usd, usd)

    other = cases = changed(cases, ("supply", "premium"), np.zeros_like)
    for name in SPENT:
        other = planned(other, name, more)
    before, after = bench.observe(cases), bench.observe(other)
    pairs = [(getattr(after, name), getattr(before, name)) for name in OF_A_SITE]
    elsewhere = [np.where(chosen[..., None], 0.0, apart(one, two, 1e-12)).reshape(len(cases), -1) for one, two in pairs]
    kinds = np.where(chosen[:, None, :, None], 0.0, apart(after.chips_count, before.chips_count, 1e-12))
    found = everywhere(np.concatenate([*elsewhere, kinds.reshape(len(cases), -1)], axis=1))
    return dataclasses.replace(found, cells=found.cells * (sites - 1) // sites)  # a site is not held against itself


LAWS = (money, larger, unused, continuous, alone)
