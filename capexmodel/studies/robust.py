"""Plans for futures drawn at random: the one whose late dates come soonest, or the cheapest that meets a deadline with a given probability.

A few futures, the same for all plans, are what a plan is searched on; more of them, that no search has seen, choose among what was found;
and fresh ones judge. Beside it stand the plan for the scenario as it stands and the same plan with its runs kept going beyond their dates,
which only says what compute does later. Where a plan made for futures is no better than these, one of these is the answer.
Leaves out: plans that change once they see how things go, and limits in the futures.
"""

import copy
import dataclasses
from collections.abc import Callable, Mapping

import jax.numpy as jnp
import numpy as np

from capexmodel.errors import ModelError
from capexmodel.model.allocation import Allocation
from capexmodel.model.going import as_planned, kept_going
from capexmodel.model.leaves import leaf
from capexmodel.planner.deals import held
from capexmodel.planner.follow import follow_orders
from capexmodel.planner.optimize import optimize
from capexmodel.planner.robust import Reached, Wanted, improve, tail_mean
from capexmodel.planner.search import Found, Given, research
from capexmodel.planner.tail import LONGEST, balances_of, futures, look, present_usd
from capexmodel.planning.objective import TimeToModel
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.studies.batch import Simulations
from capexmodel.studies.chance import SCORE, interval
from capexmodel.studies.draws import Draws

SAMPLE, CHOOSING, FRESH = 16, 2048, 8192
"""Futures that a plan is searched on, that choose among plans, and that judge the one chosen."""
CHOOSING_FROM, FRESH_FROM = 1 << 20, 1 << 30
"""Indices from which the latter two are drawn: none is seen twice."""
PART_ROWS = 2048
TAIL = 2.5
"""What the share of late futures is multiplied by for the mean of the worst to be the quantile, of a normal distribution."""
ROUNDS = 3
"""Times a bound is moved until the deadline is met as often as asked."""
AS_IT_STANDS, KEPT_GOING, ROBUST, SOONEST = "as it stands", "kept going", "robust", "soonest"

Progress = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Judged:
    """A plan followed into many futures: the date of its aim in each, infinite where it is not reached; its present cost and its date in
    the scenario as it stands."""

    name: str
    allocation: Allocation
    date_s: np.ndarray
    within: float
    cost_usd: float
    planned_s: float

    def quantile_s(self, share: float) -> float:
        """The date by which a share of futures have the model; infinite where fewer ever have it."""
        return float(np.sort(self.date_s)[_rank(share * self.date_s.size, self.date_s.size)])

    def quantile_interval_s(self, share: float) -> tuple[float, float]:
        """Ends of its 95 % confidence interval, by the ranks that hold it. Source: Conover, Practical Nonparametric Statistics, 3.2."""
        count = self.date_s.size
        half = SCORE * np.sqrt(count * share * (1.0 - share))
        low, high = (np.sort(self.date_s)[_rank(share * count + side * half, count)] for side in (-1.0, 1.0))
        return float(low), float(high)

    def worst_s(self, share: float) -> float:
        """Mean date of the worst share of futures; infinite where one of them never has the model."""
        return float(np.mean(np.sort(self.date_s)[-max(round(share * self.date_s.size), 1) :]))

    def probability(self, by_s: float) -> tuple[float, float, float]:
        """Share of futures that have the model by an instant, and its 95 % confidence interval."""
        met = float(np.sum(self.date_s <= by_s))
        return (met / self.date_s.size, *interval(met, self.date_s.size))


def _rank(place: float, count: int) -> int:
    return int(np.clip(np.ceil(place) - 1, 0, count - 1))


@dataclasses.dataclass(frozen=True)
class Robust:
    """What was found: all plans judged on fresh futures, by name, and which is the answer; none where a wish is out of reach.

    `share` is of futures that the date is to be met in; `deadline` the job and instant that were asked for, if any. `nominal` is the plan
    for the scenario as it stands, with its proof; `reached` where the search for the answer ended.
    """

    nominal: Plan
    problem: Problem
    drawn: Draws
    sample: int
    share: float
    deadline: tuple[str, float] | None
    plans: Mapping[str, Judged]
    answer: str | None
    reached: Reached | None

    @property
    def chosen(self) -> Judged | None:
        """The answer."""
        return None if self.answer is None else self.plans[self.answer]


class Bench:
    """A problem's best plan as it stands, some futures to search on, and more to judge by."""

    def __init__(self, problem: Problem, drawn: Draws, sample: int, progress: Progress) -> None:
        """Find the plan for the scenario as it stands.

        Raises: ModelError where what is wanted is no date.
        """
        if not isinstance(problem.minimize, TimeToModel):
            raise ModelError("a plan for many futures is about a date: what is minimized must be one")
        self.problem, self.aim, self.drawn, self.sample, self.progress = problem, problem.minimize, drawn, sample, progress
        self.nominal = optimize(problem, starts=1, ranges=False, progress=progress)
        if self.nominal.allocation is None:
            return
        self.found: Found = self.nominal.solution
        assert isinstance(self.found, Found)
        reading = "mean_date_s" if problem.minimize.job is None else f"{problem.minimize.job}.date_s"
        self.engine = Simulations(problem.scenario, as_planned(self.nominal.allocation), drawn, part_rows=PART_ROWS)
        names = [output.name for output in self.engine.outputs]
        self._date, self._within = names.index(reading), names.index("within_envelope")
        numbers = drawn.rows(jnp.arange(sample))
        self.ahead = futures(problem.scenario, self.aim, drawn.leaves, numbers)

    @property
    def start(self) -> np.ndarray:
        """The orders of the plan as it stands."""
        return np.asarray(self.found.solution.x)

    def best_start(self, worst: float) -> np.ndarray:
        """The plan as it stands, or that for the scenario in which every site is late, whichever has the sooner worst futures: a site at
        which nothing stands yet is hard to see by straight lines."""
        scenario, starts = self.problem.scenario, [self.start]
        for event in self.drawn.events:
            slip = self.drawn.leaves[event.slip]
            scenario = slip.write(scenario, float(slip.read(scenario)) + event.late_s)
        if self.drawn.events:
            late = research(dataclasses.replace(self.problem, scenario=scenario), self.found)
            starts += [np.asarray(late.solution.x)] if held(late) is not None else []
        return min(starts, key=lambda x: tail_mean(look(self.found, self.ahead, jnp.asarray(x, float))[0], worst))

    def with_another(self, found: Found, shift: np.ndarray) -> "Bench":
        """The same futures, with another scenario's plan, and so much added to the numbers drawn."""
        other = copy.copy(self)
        other.problem, other.found = found.problem, found
        other.engine = self.engine.following(self.engine.allocation, found.problem.scenario, shift)
        return other

    def judged(self, name: str, x: np.ndarray, first: int, count: int, hold: bool = False) -> Judged:
        """A plan followed into so many futures from an index on; where it is to `hold`, with its runs kept going."""
        scenario, chart = self.problem.scenario, self.found.reduced.chart
        orders = chart.choice(jnp.asarray(x, float), scenario).orders
        allocation, outcome = follow_orders(scenario, self.found.reduced.linear.pace, orders, balances_of(self.problem))
        edges_s = scenario.calendar.period_edges_s
        followed = kept_going(allocation, edges_s, outcome.training) if hold else as_planned(allocation)
        engine, rows = self.engine.following(followed), []
        for start in range(first, first + count, PART_ROWS):
            rows.append(np.asarray(engine.at(start + np.arange(min(PART_ROWS, first + count - start)))[0])[: first + count - start])
        values = np.concatenate(rows)
        dates = np.where(np.isfinite(values[:, self._date]), values[:, self._date], np.inf)
        weights = np.asarray(self.aim.weights(scenario))
        given = Given(scenario, self.found.size, chart, self.found.reduced.linear)
        cost = float(present_usd(jnp.asarray(x, float), given))
        planned = float(weights @ np.asarray(outcome.training.date_s))
        return Judged(name, allocation, dates, float(values[:, self._within].mean()), cost, planned)

    def without_plan(self, share: float, deadline: tuple[str, float] | None) -> Robust:
        """Nothing: the scenario as it stands has no plan, and the nominal one says why."""
        return Robust(self.nominal, self.problem, self.drawn, self.sample, share, deadline, {}, None, None)

    def search(self, wanted: Wanted, start: np.ndarray) -> Reached:
        """Search on the sample."""
        return improve(self.found, self.ahead, wanted, start, self.progress)

    def answered(self, share: float, deadline: tuple[str, float] | None, tried: Mapping[str, Reached], answer: str | None) -> Robust:
        """Judge on fresh futures: the plan as it stands, the same kept going, and the one found."""
        self.progress(f"following the plans into {FRESH:,} fresh futures")
        plans = {AS_IT_STANDS: self.judged(AS_IT_STANDS, self.start, FRESH_FROM, FRESH)}
        plans[KEPT_GOING] = self.judged(KEPT_GOING, self.start, FRESH_FROM, FRESH, hold=True)
        plans |= {name: self.judged(name, reached.x, FRESH_FROM, FRESH) for name, reached in tried.items()}
        reached = tried.get(answer or ROBUST)
        return Robust(self.nominal, self.problem, self.drawn, self.sample, share, deadline, plans, answer, reached)


def earliest(bench: Bench, share: float) -> Robust:
    """The plan by whose date a share of futures have the model soonest; no plan where the scenario as it stands has none."""
    if bench.nominal.allocation is None:
        return bench.without_plan(share, None)
    best = _soonest(bench, share)
    found = bench.answered(share, None, {ROBUST: best}, ROBUST)
    known = bench.judged(KEPT_GOING, bench.start, CHOOSING_FROM, CHOOSING, hold=True)
    made = bench.judged(ROBUST, best.x, CHOOSING_FROM, CHOOSING)
    return found if made.quantile_s(share) <= known.quantile_s(share) else dataclasses.replace(found, answer=KEPT_GOING)


def _soonest(bench: Bench, share: float) -> Reached:
    """Search with several worst shares, each from where the last one ended, and let other futures choose."""
    best, start = None, bench.best_start(max(1.0 - share, 1.0 / bench.sample))
    for worst in dict.fromkeys((min(1.0, TAIL * (1.0 - share)), 1.0 - share)):
        reached = bench.search(Wanted(max(worst, 1.0 / bench.sample)), start)
        start = reached.x
        date_s = bench.judged(ROBUST, reached.x, CHOOSING_FROM, CHOOSING).quantile_s(share)
        best = (date_s, reached) if best is None or date_s < best[0] else best
    assert best is not None
    return best[1]


def without_limit(problem: Problem, job: str) -> Problem:
    """The problem of the date of one job, whose own deadline is no limit: a wish with a probability takes its place."""
    scenario = problem.scenario
    if scenario.job.deadlined[scenario.job.names.index(job)]:
        far_s = LONGEST * float(scenario.calendar.horizon_s)
        scenario = leaf(scenario, f"job.{job}.deadline_s").write(scenario, far_s)
    return dataclasses.replace(problem, scenario=scenario, minimize=TimeToModel(job=job))


def by_deadline(bench: Bench, deadline_s: float, share: float) -> Robust:
    """The cheapest plan found by which the job of a bench is out by an instant in a share of futures; without an answer where even the
    soonest one is not that.

    Raises: ModelError when the bench is about no one job.
    """
    if bench.aim.job is None:
        raise ModelError("a deadline is that of one job: minimize its date")
    wish = (bench.aim.job, deadline_s)
    if bench.nominal.allocation is None:
        return bench.without_plan(share, wish)
    soonest = _soonest(bench, share)
    if bench.judged(ROBUST, soonest.x, CHOOSING_FROM, CHOOSING).probability(deadline_s)[0] < share:
        return bench.answered(share, wish, {ROBUST: soonest}, None)
    return bench.answered(share, wish, {SOONEST: soonest, ROBUST: _cheapest(bench, share, deadline_s, soonest)}, ROBUST)


def _cheapest(bench: Bench, share: float, deadline_s: float, soonest: Reached) -> Reached:
    """Search with a bound on the mean date of the worst, moved until other futures meet the deadline as often as asked."""
    worst = max(min(1.0, TAIL * (1.0 - share)), 1.0 / bench.sample)
    bound_s, start, best = deadline_s, soonest.x, (bench.judged(ROBUST, soonest.x, CHOOSING_FROM, CHOOSING).cost_usd, soonest)
    for _ in range(ROUNDS):
        reached = bench.search(Wanted(worst, bound_s), start)
        seen = bench.judged(ROBUST, reached.x, CHOOSING_FROM, CHOOSING)
        if seen.probability(deadline_s)[0] >= share and seen.cost_usd < best[0]:
            best = seen.cost_usd, reached
        start = best[1].x
        moved = seen.quantile_s(share) - deadline_s
        if not np.isfinite(moved):
            break
        bound_s -= moved
    return best[1]
