"""Laws of accounts and stocks: every dollar in one place, every chip where it was delivered."""

import numpy as np

from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases
from capexmodel.testing.change import changed, scaled
from capexmodel.testing.law import Verdict, apart, everywhere, law, nowhere
from capexmodel.testing.readings import Readings

SUMS = "sums of some hundred terms in another order lose a few of sixteen digits"


@law("L1", "items are the total", "items of a year add up to its capital expenditure", 1e-9, SUMS)
def items(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Decided, committed and reserved."""
    return everywhere(apart(before.items_usd, before.capex_usd, 1e-9))


@law("L1", "vendors get what is allocated", "chips, premiums and ports cost what was allocated to them", 1e-9, SUMS)
def vendors(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Nothing is lost between dollars and orders."""
    given = cases.plan["chips_usd"].sum(axis=(1, 2, 3)) + cases.plan["ports_usd"].sum(axis=(1, 2))
    return everywhere(apart(before.shipped_usd, given, 1e-9))


@law("L1", "halls cost no more than allocated", "what is paid for halls by the horizon is at most what was allocated", 1e-9, SUMS)
def halls(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """What is not paid by the horizon is paid after it."""
    given = cases.plan["hall_usd"].sum(axis=(1, 2, 3))
    return everywhere(np.where(before.halls_usd <= given, 0.0, apart(before.halls_usd, given, 1e-9)))


@law("L2", "chips are those that stood and arrived", "chips at each edge are those in place and all that arrived since", 1e-9, SUMS)
def chips(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """And none ever leaves."""
    falls = np.maximum(-np.diff(before.chips_count, axis=-1), 0.0).max(axis=-1, initial=0.0)
    size = before.chips_count.max(axis=-1) + 1.0
    differ = apart(before.chips_count, before.arrived_count, 1e-9, floor=1.0)
    return everywhere(np.concatenate([differ, (falls / (1e-9 * size))[..., None]], axis=-1))


@law("L2", "heads are conserved", "where nobody leaves, staff grows by those hired and those who came with companies", 1e-9, SUMS)
def heads(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Attrition is set to nothing."""
    loyal = changed(cases, ("staff", "attrition_per_s"), np.zeros_like)
    grown = bench.observe(loyal).heads_count
    deal, horizon_s = {name: cases.numbers["deal", name] for name in DEALS}, float(bench.base.calendar.horizon_s)
    joined = np.clip((horizon_s - np.asarray(bench.base.deal.close_s)) / deal["integration_s"], 0.0, 1.0)
    brought = (joined * cases.plan["taken"] * deal["heads_count"] * deal["retention"] * deal["clearance"]).sum(axis=1)
    return everywhere(apart(grown[:, -1], grown[:, 0] + cases.plan["hires_count"].sum(axis=1) + brought, 1e-9))


DEALS = ("integration_s", "heads_count", "retention", "clearance")


@law("L5", "pay is operating cost alone", "dearer staff moves operating cost by its pay and no other account", 1e-9, SUMS)
def pay(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Pay is doubled."""
    after = bench.observe(scaled(cases, ("staff", "pay_usd_per_s"), 2.0))
    moved = np.abs(after.capex_usd - before.capex_usd) + np.abs(after.acquisition_usd - before.acquisition_usd)
    grown = apart(after.operating_usd, before.operating_usd + before.pay_usd, 1e-9)
    return everywhere(np.where(moved > 0, np.inf, grown))


@law("L5", "operating cost is its items", "pay, rent, energy, its mix and carbon add up to operating cost", 1e-9, SUMS)
def operating(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """By fiscal year."""
    return everywhere(apart(before.operating_usd, before.running_usd, 1e-9, floor=1.0))


@law("L5", "pay is heads times pay", "what is paid in a year is the mean number of people times their pay", 1e-9, SUMS)
def wages(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """People grow and leave evenly within a period."""
    edges_s, heads = np.asarray(bench.base.calendar.period_edges_s), before.heads_count
    worked = 0.5 * (heads[:, 1:] + heads[:, :-1]) * np.diff(edges_s)
    paid_usd = cases.numbers["staff", "pay_usd_per_s"][:, None] * (worked @ _by_year(bench))
    return everywhere(apart(before.pay_usd, paid_usd, 1e-9, floor=1.0))


@law("L5", "energy is joules times price", "what a year's energy costs is what is drawn times the site's price", 1e-9, SUMS)
def energy(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """By site; what a source costs above that price, and its carbon, stand apart."""
    paid_usd = cases.numbers["site", "energy_price_usd_per_j"][:, :, None] * before.energy_j
    return everywhere(apart(before.energy_usd @ _by_year(bench), paid_usd, 1e-9, floor=1.0))


@law("L5", "a company is paid as it closes", "acquisitions of a year are the prices of the companies taken that close in it", 1e-9, SUMS,
     off="where there is none")  # fmt: skip
def acquisitions(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """And nothing else stands in that account."""
    if not bench.base.deal.names:
        return nowhere(cases)
    close_s, years_s = np.asarray(bench.base.deal.close_s)[:, None], np.asarray(bench.base.calendar.year_edges_s)
    closes = (close_s >= years_s[:-1]) & (close_s < years_s[1:])
    paid_usd = (cases.plan["taken"] * cases.numbers["deal", "price_usd"]) @ closes
    return everywhere(apart(before.acquisition_usd, paid_usd, 1e-9, floor=1.0))


def _by_year(bench: Bench) -> np.ndarray:
    """Which share of each period lies in which fiscal year."""
    edges_s, years_s = np.asarray(bench.base.calendar.period_edges_s), np.asarray(bench.base.calendar.year_edges_s)
    shared_s = np.minimum(edges_s[1:, None], years_s[1:]) - np.maximum(edges_s[:-1, None], years_s[:-1])
    return np.maximum(shared_s, 0.0) / np.diff(edges_s)[:, None]


@law("L3", "sources give no more than is drawn", "energy of a site's own sources is at most what it draws", 1e-9, SUMS)
def sources(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """By site and year."""
    return everywhere(np.where(before.sources_j <= before.energy_j, 0.0, apart(before.sources_j, before.energy_j, 1e-9, floor=1.0)))


LAWS = (items, vendors, halls, chips, heads, pay, operating, wages, energy, acquisitions, sources)
