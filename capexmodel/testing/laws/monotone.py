"""Laws of direction: dearer, hungrier and slower is never earlier; more of what trains is never later."""

import dataclasses

import numpy as np

from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, Place, declared
from capexmodel.testing.change import changed, scaled
from capexmodel.testing.law import Body, Law, Verdict, law, nowhere
from capexmodel.testing.readings import Readings

ROUNDING_S, USUAL_S = 1e-3, 1e8
WHY = "a thousandth of a second of a date of 1e8 s, more of later ones: the root of a quadratic loses digits"
WORSE = {
    "price": ("accelerator", "price_usd"), "network price": ("network", "price_usd"), "hall price": ("hall", "price_usd_per_w"),
    "watts of a chip": ("accelerator", "it_power_w"), "peak overhead": ("site", "peak_pue"),
    "installation time": ("accelerator", "install_s"), "building time": ("hall", "build_s"),
    "network lead time": ("network", "install_s"), "failures": ("reliability", "chip_failures_per_s"),
    "restarts": ("reliability", "restart_s"), "work": ("job", "work_eflop"), "experiments needed": ("research", "experiment_ratio"),
    "core share": ("core", "share"),
}  # fmt: skip
BETTER = {
    "speed of a chip": ("accelerator", "peak_eflops"),
    "utilization": ("utilization", "mfu"), "share of the peak": ("efficiency", "product_share"),
    "memory bandwidth": ("chip", "memory_gb_per_s"), "bandwidth within a domain": ("chip", "scaleup_gb_per_s"),
    "bandwidth beyond it": ("chip", "scaleout_gb_per_s"),
    "chips offered": ("supply", "offered_count_per_s"), "chips in place": ("site", "fleet_count"),
    "reach": ("job", "reach"), "halls": ("site", "hall_power_w"), "power": ("site", "site_power_w"), "people": ("staff", "headcount_count"),
}  # fmt: skip
THINNED = {"price", "installation time", "chips offered", "chips in place"}
"""What changes the mix of chips: where a hall, power or ports are short all chips share the shortage alike, so that fewer poor chips may
train faster. These are tried as if nothing were short."""
OFF, PLENTY = "where it is nothing", "; halls, power and ports are taken as plenty"
FLEET = {"speed of a chip", "chips in place"}
"""What makes the fleet of today larger, of which the core is told as a share that grows: it might take more than is gained. These
are tried with a core that asks for as much as before."""
SAME_CORE = "; the core asks for as much as before"
TIMED = {"failures", "restarts", "share of the peak", "memory bandwidth", "bandwidth within a domain", "bandwidth beyond it"}
"""What steps are timed with, at a few sizes, up to nineteen times apart, with a spline between them that may swing: a gain of 1.4, 0.2 and
1.4 % at three sizes was a loss of 0.14 % between the first two. What a slow network leaves is timed at the largest run alone. So these laws
are off where the curve loses between sizes of which none does, and networks are as fast as the chips' own links."""
SMOOTH = "; networks are taken as fast as chips' own links; off where the curve through timed sizes swings between them"
SWUNG, SOLVED = 1e-12, 1e-9
"""Logarithms of a ratio that are nothing: of a curve that is evaluated, and of one that was solved for, at sizes next to each other."""
DAY_S = 86400.0
MOST_WORSE, MOST_BETTER, MOST_DAYS = 0.15, 0.05, 60.0


def _moves(name: str, place: Place, size: float, sign: float) -> Body:
    needs, own = name not in THINNED, name in TIMED

    def body(bench: Bench, cases: Cases, before: Readings) -> Verdict:
        if place not in cases.numbers:
            return nowhere(cases)
        if own:
            cases = changed(cases, ("network", "chip_gb_per_s"), np.zeros_like)
        by, top = 1.0 + size * cases.chance, declared(bench.base)[place].le
        other = changed(scaled(cases, place, by), place, lambda values: values if top is None else np.minimum(values, top))
        if name in FLEET:
            other = scaled(other, ("core", "share"), 1.0 / by)
        base, after = before if needs and not own else bench.observe(cases, needs), bench.observe(other, needs)
        moved = _differ(other.numbers[place], cases.numbers[place])
        return dataclasses.replace(later(after, base, sign), applies=moved & ~(own & swings(after, base, sign)))

    return body


def _differ(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Of each example, whether any number is another one: neither nothing, nor without end, nor at its most."""
    return (new != old).reshape(len(new), -1).any(axis=1)


def swings(one: Readings, other: Readings, sign: float) -> np.ndarray:
    """Of each example, whether runs of some size are faster (sign above nothing) or slower than they were, and none that is timed."""
    curve = sign * np.asarray(one.log_share - other.log_share)
    timed = sign * np.asarray(one.timed_log_share - other.timed_log_share)
    return np.logical_and((curve > SWUNG).any(axis=1), ~(timed > SOLVED).any(axis=1))


def later(one: Readings, other: Readings, sign: float) -> Verdict:
    """By how much dates of the first are earlier (sign above nothing) or later than those of the second."""
    gap = sign * np.asarray(other.date_s - one.date_s) / (ROUNDING_S * np.maximum(np.asarray(one.date_s) / USUAL_S, 1.0))
    return Verdict(gap.max(axis=1), np.ones(gap.shape[0], bool))


def _laws() -> tuple[Law, ...]:
    found = []
    for identity, places, size, sign in (("L10", WORSE, MOST_WORSE, 1.0), ("L11", BETTER, MOST_BETTER, -1.0)):
        for name, place in places.items():
            said = f"more {name} never makes a model {'earlier' if sign > 0 else 'later'}"
            off = OFF + PLENTY * (name in THINNED) + SAME_CORE * (name in FLEET) + SMOOTH * (name in TIMED)
            found.append(law(identity, name, said, ROUNDING_S, WHY, off=off)(_moves(name, place, size, sign)))
    return tuple(found)


@law(
    "L13",
    "halls and power",
    "halls and power that come sooner make no model later",
    ROUNDING_S,
    WHY,
    off="where a stage takes halls or power away, or none brings any",
)
def sooner(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """All sites' stages together, by up to two months."""
    stood = [cases.numbers["site", name].reshape(len(cases), len(bench.base.site.names), -1) for name in ("hall_power_w", "site_power_w")]
    steps = np.concatenate([np.diff(power_w, axis=2) for power_w in stood], axis=2)
    rising = (steps >= 0).all(axis=(1, 2)) & (steps > 0).any(axis=(1, 2))
    after = bench.observe(changed(cases, ("site", "slip_s"), lambda slip: slip - MOST_DAYS * DAY_S * cases.chance[:, None]))
    return dataclasses.replace(later(after, before, -1.0), applies=rising)


LAWS = (*_laws(), sooner)
