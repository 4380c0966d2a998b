"""Names the wishes that cannot hold together, and the least relaxation of each, tried out.

A wish that no choice helps to hold conflicts by itself, and its rows say how much it must give at least. Otherwise a deletion filter keeps
those wishes that are needed for the conflict; after each deletion those that carry no price go with it. What each alone would have to give
is then changed in the scenario itself, and a plan found with it.
Source: deletion and sensitivity filters, Chinneck, Feasibility and Infeasibility in Optimization (2008), sections 6.2.1 and 6.2.2.
"""

from collections.abc import Callable, Mapping

import jax.numpy as jnp
import numpy as np

from capexmodel.model.scenario import Scenario
from capexmodel.planner.deals import TOLERANCE, held, sound
from capexmodel.planner.elastic import BROKEN, INWARD, Bench, Least, bench
from capexmodel.planner.judge import Prices, judge
from capexmodel.planner.lever import Wish
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found, prepare, search
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.plan import Conflict
from capexmodel.planning.problem import Problem
from capexmodel.units import parse

PRESSING = 1e-6
"""Price of a wish, in natural units, above which it may be part of the conflict."""
GIVEN_UP = 1e-6
"""Price of breaking a wish that is given up: just enough to keep it finite."""
HELD = 1e3
"""Price of breaking a wish that is to be held: far above what any other can be worth."""
TRIFLE = 1e-2
"""Natural units up to which a wish may be broken only because a solve did not end: as far inward as one starts anew (`INWARD`)."""
MARGINS = ((1e-3, 1e-4), (1e-2, 1e-3))
"""What is added to a least relaxation, as a share of it and in natural units, so that the problem has an interior: tried in turn."""


def explain_conflict(
    problem: Problem, taken: np.ndarray | None, progress: Callable[[str], None], shared: SharedChart | None = None
) -> Conflict | None:
    """Find an irreducible set of wishes that conflict, and what relaxing each alone would take; None if they can all hold, or if no wish
    has to do with it. All relaxations are tried out on one `shared` chart, which may be that of other problems too."""
    shared = shared or SharedChart()
    stand = bench(problem, taken, shared.relaxed)
    shared.include(shared.relaxed)  # what wishes give may open: a chart that has it serves whatever is tried
    needed = [max(stand.outright, key=lambda k: stand.outright[k])] if stand.outright else _needed(stand, progress)
    if not needed:
        return None
    alone, together = _ways(problem, taken, stand, needed, progress, shared)
    told = {k: stand.wishes[k] for k in {*needed, *together}}
    return Conflict(
        tuple(stand.wishes[k].name for k in needed),
        {stand.wishes[k].name: change for k, (change, _) in alone.items()},
        {wish.name: parse(wish.lever.field)[1] or "1" for wish in told.values()},
        {wish.name: wish.place for wish in told.values()},
        {wish.name: wish.lever.path for wish in told.values()},
        {stand.wishes[k].name: works for k, (_, works) in alone.items()},
        {stand.wishes[k].name: change for k, change in together.items()},
    )


def _needed(stand: Bench, progress: Callable[[str], None]) -> list[int]:
    """An irreducible set of wishes that conflict, by solving again and again; none if they can all hold, or if no solve has seen it."""
    least = stand.whole
    if not least.found or least.amounts.max(initial=0.0) <= BROKEN:
        return []
    suspects = _pressing(least.amounts, least.press, set(range(len(stand.wishes)))) | stand.closers
    return sorted(irreducible(stand, suspects, least.press, progress))


def _ways(
    problem: Problem, taken: np.ndarray | None, stand: Bench, needed: list[int], progress: Callable[[str], None], shared: SharedChart
) -> tuple[dict[int, tuple[float, bool]], dict[int, float]]:
    """What each of the needed wishes would have to give alone, and whether that works; and what several together, where no one does.

    Wishes that are broken outright have to give at least that much whatever else is done: where it works, nothing less does.
    """
    if stand.outright:
        progress(f"conflict: whether it is enough that {', '.join(stand.wishes[k].name for k in stand.outright)} gave what must be")
    together = _tried(problem, taken, stand, stand.outright, None, shared)
    if len({stand.wishes[k].lever.path for k in stand.outright}) > 1:
        alone: dict[int, tuple[float, bool]] = dict.fromkeys(needed, (np.inf, False))
    elif together:
        alone = {k: (change, True) for k in needed for change in together.values()}
    else:
        alone = {k: _alone(problem, taken, stand, k, progress, shared) for k in needed}
    if any(works for _, works in alone.values()):
        return alone, {}
    together = together or _together(problem, taken, stand, shared) or _in_turn(problem, taken, stand, shared)
    if len(together) == 1 and set(together) <= set(needed):  # the relaxation of all wishes broke one alone
        return alone | {k: (change, True) for k, change in together.items()}, {}
    return alone, together


def conflicts(stand: Bench, members: set[int]) -> tuple[bool, set[int]]:
    """Whether these wishes are seen not to hold together, all others being given up; and those of them that carry a price. A solve that
    is not proven has seen nothing, but what is broken outright needs none."""
    outright = members & stand.outright.keys()
    if outright:
        return True, outright
    chosen = sorted(members)
    least = stand.least(np.where(np.isin(np.arange(len(stand.wishes)), chosen), 1.0, GIVEN_UP), members)
    real = least.proven and float(least.amounts[chosen].max(initial=0.0)) > BROKEN
    return real, _pressing(least.amounts, least.press, members)


def irreducible(stand: Bench, suspects: set[int], press: np.ndarray, progress: Callable[[str], None]) -> set[int]:
    """Leave out every wish without which the others are seen to conflict still, those that press least first; none where no solve sees a
    conflict at all."""
    real, pressing = conflicts(stand, suspects)
    if not real:
        suspects = set(range(len(stand.wishes)))
        real, pressing = conflicts(stand, suspects)
    if not real:
        return set()
    needed = _screened(stand, suspects, pressing)
    for k in sorted(needed, key=lambda k: press[k]):
        if k in needed:
            progress(f"conflict: is {stand.wishes[k].name} part of it?")
            real, pressing = conflicts(stand, needed - {k})
            needed = _screened(stand, needed - {k}, pressing) if real else needed
    return needed


def _screened(stand: Bench, members: set[int], pressing: set[int]) -> set[int]:
    """Those members of a conflict that carry a price, if they conflict by themselves."""
    fewer = pressing | (stand.closers & members)
    return fewer if fewer < members and conflicts(stand, fewer)[0] else members


def _pressing(amounts: np.ndarray, press: np.ndarray, members: set[int]) -> set[int]:
    return {k for k in members if press[k] > PRESSING or amounts[k] > BROKEN}


def _alone(
    problem: Problem, taken: np.ndarray | None, stand: Bench, k: int, progress: Callable[[str], None], shared: SharedChart
) -> tuple[float, bool]:
    """The least change of a wish's number that lets all others hold, infinite where none does, and whether it was found to work."""
    progress(f"conflict: how far {stand.wishes[k].name} would have to give")
    everybody = np.arange(len(stand.wishes))
    least = stand.least(np.where(everybody == k, 1.0, HELD), {int(j) for j in everybody if j != k})
    if not least.found or np.delete(least.amounts, k).max(initial=0.0) > (BROKEN if least.proven else TRIFLE):
        return np.inf, False
    works = _tried(problem, taken, stand, {k: float(least.amounts[k])}, least.choice, shared)
    if works:
        return works[k], True
    may = [_change(stand.wishes[k], float(least.amounts[k]), *margin) for margin in reversed(MARGINS)]
    return next((change for change in may if stand.wishes[k].lever.push(problem.scenario, change) is not None), np.inf), False


def _together(problem: Problem, taken: np.ndarray | None, stand: Bench, shared: SharedChart) -> dict[int, float]:
    """Changes of several wishes at once, the cheapest that are seen or else of fewer wishes, if they work."""
    least = _fewer(stand, stand.whole)
    broken = {int(k): float(least.amounts[k]) for k in np.flatnonzero(least.amounts > BROKEN)} if least.found else {}
    return _tried(problem, taken, stand, broken, least.choice, shared)


def _fewer(stand: Bench, least: Least) -> Least:
    """A breaking that is not proven to be the least breaks much by a trifle: one without those trifles, if it is found from there, and
    again as long as fewer wishes are broken."""
    if least.proven or not least.found:
        return least
    without = stand.least(np.where(least.amounts > TRIFLE, 1.0, HELD), set(range(len(stand.wishes))))
    return _fewer(stand, without) if np.sum(without.amounts > BROKEN) < np.sum(least.amounts > BROKEN) else least


def _in_turn(problem: Problem, taken: np.ndarray | None, stand: Bench, shared: SharedChart) -> dict[int, float]:
    """What the wishes that are broken outright have to give, and then the cheapest changes of all that is still broken, if they work."""
    places = {wish.name: k for k, wish in enumerate(stand.wishes)}
    for margin in MARGINS if stand.outright else ():
        changes = _changes(stand, stand.outright, margin)
        scenario = _pushed(problem.scenario, {stand.wishes[k]: change for k, change in changes.items()})
        if scenario is None:
            continue
        eased = Problem(scenario, problem.minimize, problem.subject_to)
        after = bench(eased, taken, shared.relaxed)
        more = {after.wishes[k].name: change for k, change in _together(eased, taken, after, shared).items()}
        if more and more.keys() <= places.keys():
            return changes | {places[name]: change + changes.get(places[name], 0.0) for name, change in more.items()}
    return {}


def _tried(
    problem: Problem, taken: np.ndarray | None, stand: Bench, amounts: Mapping[int, float], near: np.ndarray | None, shared: SharedChart
) -> dict[int, float]:
    """The changes of wishes that break each by at least so much, if a plan is found with them; nothing if not."""
    for margin in MARGINS if amounts else ():
        changes = _changes(stand, amounts, margin)
        if applies(problem, taken, {stand.wishes[k]: change for k, change in changes.items()}, near, shared):
            return changes
    return {}


def _changes(stand: Bench, amounts: Mapping[int, float], margin: tuple[float, float]) -> dict[int, float]:
    """The changes of numbers that break wishes by so much: of a number that several hang on, the largest."""
    largest: dict[str, tuple[int, float]] = {}
    for k, amount in amounts.items():
        wish, change = stand.wishes[k], _change(stand.wishes[k], amount, *margin)
        if abs(change) > abs(largest.get(wish.lever.path, (k, 0.0))[1]):
            largest[wish.lever.path] = k, change
    return dict(largest.values())


def _change(wish: Wish, amount: float, share: float, more: float) -> float:
    return float(amount * (1.0 + share) + more) * wish.lever.size


def applies(
    problem: Problem,
    taken: np.ndarray | None,
    changes: Mapping[Wish, float],
    near: np.ndarray | None = None,
    shared: SharedChart | None = None,
) -> bool:
    """Whether a plan is found once numbers of the scenario are changed, from the choice that is `near`, if any, or from scratch; or the
    choice itself is one."""
    scenario = _pushed(problem.scenario, changes)
    if scenario is None:
        return False
    eased = Problem(scenario, problem.minimize, problem.subject_to)
    return (near is not None and _stands(eased, taken, near, shared)) or _found(eased, taken, near, shared) is not None


def _pushed(scenario: Scenario | None, changes: Mapping[Wish, float]) -> Scenario | None:
    """A scenario with numbers changed, if they all can be."""
    for wish, change in changes.items():
        scenario = None if scenario is None else wish.lever.push(scenario, change)
    return scenario


def rescue(problem: Problem, taken: np.ndarray | None, shared: SharedChart) -> Found | None:
    """A plan where the usual starts lead to none: from one that breaks wishes as little as possible, which is not at all."""
    stand = bench(problem, taken, shared.relaxed)
    least = stand.whole
    if not least.found or least.amounts.max(initial=0.0) > (BROKEN if least.proven else TRIFLE):
        return None
    return _found(problem, taken, least.choice, shared)


def _stands(problem: Problem, taken: np.ndarray | None, near: np.ndarray, shared: SharedChart | None) -> bool:
    """Whether a choice holds every limit as it is, as the judge sees it."""
    form, size, reduced = prepare(problem, taken, shared)
    if reduced.broken.size:
        return False
    x = np.maximum(_natural(near, reduced), 0.0) * reduced.open
    nothing = Prices(*(jnp.zeros(count) for count in reduced.row_counts))
    seen = judge(jnp.asarray(x), nothing, jnp.zeros(x.size), problem.scenario, size, form, reduced.chart, reduced.fixed)
    return seen.primal <= TOLERANCE


def _natural(choice: np.ndarray, reduced: Reduced) -> np.ndarray:
    """What a choice in base units is on a chart: natural units change with the numbers of a scenario."""
    free = np.asarray(reduced.chart.free)
    return choice[free] / np.asarray(reduced.chart.unit)[free]


def _found(problem: Problem, taken: np.ndarray | None, near: np.ndarray | None, shared: SharedChart | None) -> Found | None:
    """A plan that holds every limit, from a choice nearby or from scratch."""
    prepared = prepare(problem, taken, shared)
    reduced = prepared[2]
    if reduced.broken.size:
        return None
    for start in (None,) if near is None else (np.maximum(_natural(near, reduced), INWARD), None):
        found = held(search(problem, prepared, start))
        if found is not None and sound(found):
            return found
    return None
