"""What buys probability: hedges, each with its price, planned with anew and followed into the same futures; ranked by what a dollar buys.

Candidates are sized by the scenario itself and priced by its own figures: more money in a year; halls, power, or both at a site; power
there sooner, at the price of generation that bridges the largest gap; chips rented to the horizon. Each is paid for outside of the envelope
and comes for nothing inside. Compute of every plan goes on beyond its dates with what it last ran, so that plans differ in what they buy.
Leaves out: hedges together, the time that a hedge takes to be had, and plans made for futures (`robust`).
"""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.planner.deals import combinations, names_of, solve_each, sound
from capexmodel.planner.search import Found
from capexmodel.planning.problem import Problem
from capexmodel.studies.chance import SCORE
from capexmodel.studies.robust import Bench, Judged
from capexmodel.units import scale

MORE = 0.05
"""Share of a year's money, and of the largest halls, power or rented fleet, that a hedge adds."""
SOONER = 0.1
"""Share of the horizon by which a connection is sooner."""
ROOM = "room"
Progress = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Hedge:
    """One thing that could be bought against being late: what it is, its price, and what it adds to numbers of the scenario."""

    name: str
    kind: str
    price_usd: float
    added: dict[str, float]

    def written(self, scenario: Scenario) -> Scenario:
        """The scenario with it."""
        for one in leaves(scenario):
            if one.path in self.added:
                scenario = one.write(scenario, float(one.read(scenario)) + self.added[one.path])
        return scenario


@dataclasses.dataclass(frozen=True)
class Bought:
    """What a hedge buys, in the same futures as without it: change of the probability of the deadline, with its standard error, and of the
    percentile's date; none where the scenario has no plan with it."""

    hedge: Hedge
    plan: Judged | None
    probability: float
    error: float
    earlier_s: float

    @property
    def per_usd(self) -> tuple[float, float]:
        """Probability and seconds for a dollar."""
        return self.probability / self.hedge.price_usd, self.earlier_s / self.hedge.price_usd

    @property
    def sure(self) -> bool:
        """Whether the change of the probability is more than chance."""
        return abs(self.probability) > SCORE * self.error


@dataclasses.dataclass(frozen=True)
class Ranked:
    """All hedges, what a dollar buys most first; the plan without any; and the deadline, if there is one."""

    bench: Bench
    share: float
    deadline_s: float | None
    base: Judged | None
    bought: tuple[Bought, ...]


def candidates(scenario: Scenario) -> Iterator[Hedge]:
    """All hedges that a scenario has prices for."""
    envelope, site = scenario.envelope, scenario.site
    for year, high_usd in zip(scenario.calendar.years, np.asarray(envelope.high_usd), strict=True):
        if high_usd > 0:
            yield Hedge(f"more money in {year}", "money", MORE * float(high_usd), {f"envelope.{year}.high_usd": MORE * float(high_usd)})
    hall_usd = float(np.min(np.asarray(scenario.hall.price_usd_per_w), initial=np.inf))
    firm = np.asarray(scenario.source.firm_share)
    source_usd = float(np.min(np.asarray(scenario.source.price_usd_per_w)[firm > 0] / firm[firm > 0], initial=np.inf))
    paths = [one.path for one in leaves(scenario)]
    for place, name in enumerate(site.names):
        halls_w, power_w = np.asarray(site.hall_power_w)[place], np.asarray(site.site_power_w)[place]
        if not site.open[place] or power_w.max(initial=0.0) <= 0:
            continue
        more_w = MORE * float(power_w.max())
        hall_w = more_w / float(np.asarray(site.peak_pue)[place])
        halls = {path: hall_w for path in paths if path.startswith(f"site.{name}.hall_power_w.")}
        power = {path: more_w for path in paths if path.startswith(f"site.{name}.site_power_w.")}
        yield Hedge(f"spare halls at {name}", "halls", hall_w * hall_usd, halls)
        yield Hedge(f"spare power at {name}", "power", more_w * source_usd, power)
        first = "" if halls_w[0] > 0 else "a first "
        yield Hedge(f"{first}spare halls and power at {name}", ROOM, hall_w * hall_usd + more_w * source_usd, halls | power)
        yield from _sooner(scenario, place, source_usd)
    yield from _rented(scenario, paths)


def _sooner(scenario: Scenario, place: int, source_usd: float) -> Iterator[Hedge]:
    """Power that is there sooner, by generation that bridges the largest gap."""
    site, by_s = scenario.site, SOONER * float(scenario.calendar.horizon_s)
    at_s, power_w = np.asarray(site.site_at_s)[place], np.asarray(site.site_power_w)[place]
    times = np.unique(np.concatenate([at_s, at_s - by_s]))
    gap_w = float(np.max(np.interp(times + by_s, at_s, power_w) - np.interp(times, at_s, power_w)))
    if gap_w > 0:
        path = f"site.{site.names[place]}.power_slip_s"
        months = by_s / float(scale("months"))
        yield Hedge(f"power at {site.names[place]} {months:.1f} months sooner", "sooner", gap_w * source_usd, {path: -by_s})


def _rented(scenario: Scenario, paths: list[str]) -> Iterator[Hedge]:
    """More chips rented, from the first stage of a contract to the horizon."""
    market = scenario.rental
    for place, name in enumerate(market.names):
        count = MORE * float(np.sum(np.asarray(scenario.site.fleet_count))) or MORE * float(
            np.max(np.asarray(market.contracted_count)[place])
        )
        price_usd = count * float(market.price_usd_per_s[place]) * float(scenario.calendar.horizon_s)
        added = {path: count for path in paths if path.startswith(f"rental.{name}.contracted_count.")}
        if price_usd > 0 and added:
            yield Hedge(f"chips rented of {name}", "rented", price_usd, added)


def rank(bench: Bench, share: float, deadline_s: float | None, count: int, first: int, progress: Progress) -> Ranked:
    """Plan with each hedge anew, and follow each plan into the same futures."""
    if bench.nominal.allocation is None:
        return Ranked(bench, share, deadline_s, None, ())
    base = bench.judged("without", bench.start, first, count, hold=True)
    hedges = list(candidates(bench.problem.scenario))
    rows = []
    for done, hedge in enumerate(hedges):
        progress(f"hedge {done + 1} of {len(hedges)}: {hedge.name}")
        rows.append(_bought(bench, hedge, base, share, deadline_s, first))
    order = 0 if deadline_s is not None else 1
    return Ranked(bench, share, deadline_s, base, tuple(sorted(rows, key=lambda row: -row.per_usd[order])))


def _bought(bench: Bench, hedge: Hedge, base: Judged, share: float, deadline_s: float | None, first: int) -> Bought:
    problem = dataclasses.replace(bench.problem, scenario=hedge.written(bench.problem.scenario))
    found = _planned(problem, bench.found)
    if found is None:
        return Bought(hedge, None, 0.0, np.inf, 0.0)
    shift = np.array([hedge.added.get(leaf.path, 0.0) for leaf in bench.drawn.leaves])
    plan = bench.with_another(found, shift).judged(hedge.name, np.asarray(found.solution.x), first, base.date_s.size, hold=True)
    before, after = ((one.date_s <= (np.inf if deadline_s is None else deadline_s)).astype(float) for one in (base, plan))
    gain = after - before if deadline_s is not None else np.zeros_like(after)
    moved_s = base.quantile_s(share) - plan.quantile_s(share)
    error = float(gain.std() / np.sqrt(gain.size))
    return Bought(hedge, plan, float(gain.mean()), error, moved_s if np.isfinite(moved_s) else 0.0)


def _planned(problem: Problem, near: Found) -> Found | None:
    """The best plan with a hedge, from the plan without it; none where that has none."""
    combos = combinations(problem)
    found = solve_each(problem, combos, lambda text: None, dict.fromkeys(map(partial(names_of, problem), combos), near))
    good = [one for one in found.values() if sound(one)]
    return min(good, key=lambda one: one.value) if good else None
