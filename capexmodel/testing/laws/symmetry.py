"""Laws of symmetry: what is only said otherwise is the same plan; what is not used changes nothing; small changes do little."""

import dataclasses

import numpy as np

from capexmodel.model.allocation import Allocation
from capexmodel.param import axes, params
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases
from capexmodel.testing.change import changed, planned, scaled, spread
from capexmodel.testing.law import Verdict, apart, everywhere, law
from capexmodel.testing.readings import Readings

FACTORS = np.asarray([1e-6, 0.01, 3.0, 1e6])
PRICES = (("accelerator", "price_usd"), ("network", "price_usd"), ("hall", "price_usd_per_w"), ("source", "price_usd_per_w"))
SPENT = ("chips_usd", "ports_usd", "hall_usd", "source_usd")
NUDGE, JUMP = 1e-7, 1e-3


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


def _alike(bench: Bench) -> tuple[int, int] | None:
    """Two sites that may change places: nothing but numbers tells them apart."""
    site = bench.base.site
    free = [k for k, name in enumerate(site.names) if name not in bench.base.rental.site]
    pairs = [(i, j) for i in free for j in free if i < j and (site.network[i], site.open[i]) == (site.network[j], site.open[j])]
    return pairs[0] if pairs else None


@law("L27", "sites in another order", "two sites that change places change places in the results", 1e-9, "sums in another order round",
     off="where no two sites share a kind of network without rented chips")  # fmt: skip
def permuted(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """All that belongs to a site changes place."""
    pair = _alike(bench)
    if pair is None:
        return Verdict(np.zeros(len(cases)), np.zeros(len(cases), bool))
    order = np.arange(len(bench.base.site.names))
    order[list(pair)] = order[list(pair)[::-1]]

    def swapped(values: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        return np.take(values, order, axis=1 + names.index("site")) if "site" in names else values

    parts = bench.base
    numbers = {(table, field): swapped(values, axes(getattr(parts, table), field)) for (table, field), values in cases.numbers.items()}
    dates = {name: getattr(parts.site, name) for name in ("hall_at_s", "site_at_s")}
    if any(np.any(np.asarray(at)[order] != np.asarray(at)) for at in dates.values()):
        return Verdict(np.zeros(len(cases)), np.zeros(len(cases), bool))
    plan = {name: swapped(values, axes(Allocation, name)) for name, values in cases.plan.items()}
    after = bench.observe(dataclasses.replace(cases, numbers=numbers, plan=plan))
    worst = [apart(after.date_s, before.date_s, 1e-9), apart(after.capex_usd, before.capex_usd, 1e-9)]
    worst.append(apart(after.chips_count[:, :, order], before.chips_count, 1e-9, floor=1.0).reshape(len(cases), -1))
    return everywhere(np.concatenate(worst, axis=1))


@law(
    "L46",
    "a chip that nobody has",
    "the figures of a chip that is neither bought nor in place change nothing",
    1e-12,
    "nothing times anything is nothing",
)
def unused(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """One kind of chip, drawn by the example, with its price seven times and its power three times what it was."""
    kinds = len(bench.base.accelerator.names)
    at = np.minimum((cases.chance * kinds).astype(int), kinds - 1)
    rows = np.arange(len(cases))

    def emptied(values: np.ndarray, axis: int) -> np.ndarray:
        new = np.moveaxis(values.copy(), axis, 1)
        new[rows, at] = 0.0
        return np.moveaxis(new, 1, axis)

    without = planned(cases, "chips_usd", lambda usd: emptied(usd, 1))
    without = changed(without, ("site", "fleet_count"), lambda count: emptied(count, 2))

    def dearer(values: np.ndarray, by: float) -> np.ndarray:
        new = values.copy()
        new[rows, at] *= by
        return new

    other = changed(without, ("accelerator", "price_usd"), lambda usd: dearer(usd, 7.0))
    other = changed(other, ("accelerator", "it_power_w"), lambda power: dearer(power, 3.0))
    one, two = bench.observe(without), bench.observe(other)
    return everywhere(np.concatenate([apart(two.date_s, one.date_s, 1e-12), apart(two.capex_usd, one.capex_usd, 1e-12)], axis=1))


@law(
    "L45",
    "small changes do little",
    "a ten-millionth more of every number moves no date by more than a thousandth of itself",
    JUMP,
    "a jump is a hundred times that",
)
def continuous(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """All numbers but delays and shares at their end move together."""
    numbers = {place: values * (1.0 - NUDGE) for place, values in cases.numbers.items() if np.all(values >= 0) and _free(bench, place)}
    after = bench.observe(dataclasses.replace(cases, numbers=cases.numbers | numbers))
    both = before.reached & after.reached
    return everywhere(np.where(both, apart(after.date_s, before.date_s, JUMP), 0.0))


def _free(bench: Bench, place: tuple[str, str]) -> bool:
    """Whether a little less of a number stays within what is declared."""
    promise = params(getattr(bench.base, place[0]))[place[1]]
    return promise.ge in (None, 0.0)


LAWS = (money, permuted, unused, continuous)
