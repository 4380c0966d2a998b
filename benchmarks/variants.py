"""Random variants of the shipped scenarios: each must end in a plan that is proven, or in a conflict with a relaxation that works.

Every number but the cuts of runs is drawn anew: evenly within its range where it has one, else between 0.3 and 3 times what it is, inside
its declared bounds. Each by its own path, so that a new number leaves the others of a variant as they were. Every trial is written down as
it ends, with its commit, so that a run that was cut off goes on where it stood; `make clean` forgets them.
"""

import collections
import dataclasses
import json
import time
import zlib
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.record import ROOT, commit
from benchmarks.table import show
from capexmodel.config import load
from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.param import params
from capexmodel.planner.conflict import explain_conflict, rescue
from capexmodel.planner.deals import TOLERANCE, held, sound
from capexmodel.planner.search import Prepared, prepare, search, start_point
from capexmodel.planning.problem import Problem

COUNTS = {"one_period": 1000, "meta_2026": 20}
WIDEST = 3.0
KEPT = ("recipe",)
"""Tables that are not drawn: sizes and cuts of runs are whole numbers that belong together, the smallest run first."""
INSIDE = 0.99
"""Share of the way to a declared bound at which a drawn number stops."""
STARTS = 3
MOST_MAPPINGS = 25_000
"""Memory mappings after which compiled programs are forgotten: each takes some, and a process may usually hold 65,530."""
PROVEN, EXPLAINED = "proven plan", "explained conflict"


@dataclasses.dataclass(frozen=True)
class Trial:
    """How one variant ended, what it looked like, and how long it took."""

    seed: int
    outcome: str
    note: str
    shape: tuple[int, ...]
    wall_s: float
    commit: str | None


def run(counts: tuple[int, ...] = tuple(COUNTS.values())) -> dict[str, object]:
    """Try so many variants of each scenario."""
    return {name: _series(name, many) for name, many in zip(COUNTS, counts, strict=True)}


def _series(name: str, count: int) -> dict[str, object]:
    base, path = load(name), ROOT / "build" / "variants" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {one.seed: one for one in _trials(path) if one.seed < count}
    left = [seed for seed in range(count) if seed not in known]
    start_s = time.perf_counter()
    for done, seed in enumerate(left, 1):
        known[seed] = trial(base, seed)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dataclasses.asdict(known[seed])) + "\n")
        if mappings() > MOST_MAPPINGS:
            jax.clear_caches()
        if done % max(len(left) // 10, 1) == 0:
            print(f"  {name}: {done} of {len(left)}, {time.perf_counter() - start_s:.0f} s", flush=True)
    return _told(name, list(known.values()))


def _trials(path: Path) -> list[Trial]:
    """What was written down before; a line that was cut off is tried again."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            found.append(Trial(**json.loads(line)))
        except (json.JSONDecodeError, TypeError):
            continue
    return found


def _told(name: str, trials: list[Trial]) -> dict[str, object]:
    outcomes = collections.Counter(one.outcome for one in trials)
    walls = sorted(one.wall_s for one in trials)
    show(
        f"variants of {name}",
        ["outcome", "count", "share (%)"],
        [[what, many, 100.0 * many / len(trials)] for what, many in outcomes.most_common()],
    )
    failures = [one for one in trials if one.outcome not in (PROVEN, EXPLAINED)]
    for one in failures[:50]:
        print(f"  seed {one.seed}: {one.outcome}: {one.note}")
    return {
        "count": len(trials),
        "outcomes": dict(outcomes),
        "structures": len({tuple(one.shape) for one in trials}),
        "median_s": walls[len(walls) // 2],
        "wall_s": sum(walls),
        "commits": sorted({str(one.commit) for one in trials}),
        "failures": [{"seed": one.seed, "outcome": one.outcome, "note": one.note} for one in failures],
    }


def mappings() -> int:
    """Memory mappings this process holds; none where the system does not say."""
    listed = Path("/proc/self/maps")
    return len(listed.read_text().splitlines()) if listed.exists() else 0


def trial(base: Scenario, seed: int) -> Trial:
    """Draw a variant and see how it ends."""
    start_s = time.perf_counter()
    problem = Problem(variant(base, seed))
    prepared = prepare(problem)
    outcome, note = _ended(problem, prepared)
    chart = prepared[2].chart
    shape = chart.free.size, chart.affine_rows.size, chart.curved_rows.size
    return Trial(seed, outcome, note, shape, time.perf_counter() - start_s, commit())


def _ended(problem: Problem, prepared: Prepared) -> tuple[str, str]:
    """Search from a few starts, then ask for the conflict."""
    note = "a limit that nothing can mend"
    for seed in range(STARTS) if not prepared[2].broken.size else ():
        start = start_point(prepared[2], problem, seed or None)
        found = search(problem, prepared, start=start)
        if held(found) is not None and sound(found) and found.verdict.kkt_error <= TOLERANCE:
            return PROVEN, ""
        solution = found.solution
        note = f"status {int(solution.status)}, {int(solution.steps)} steps, violation {float(solution.errors.primal):.1e}"
        if held(found) is not None:
            note += f", judged {found.verdict.kkt_error:.1e}"
            if sound(found) and seed == STARTS - 1:
                return "plan not proven", note
    conflict = explain_conflict(problem, None, lambda text: None)
    if conflict is None:
        found = rescue(problem, None)
        proven = found is not None and found.verdict.kkt_error <= TOLERANCE
        return (PROVEN, "from a relaxed plan") if proven else ("neither plan nor conflict", note)
    if any(conflict.works.values()) or conflict.together:
        return EXPLAINED, ", ".join(conflict.members)
    return "conflict without a working relaxation", f"{note}; {', '.join(conflict.members)}"


def variant(base: Scenario, seed: int) -> Scenario:
    """A scenario with every number drawn anew."""
    figures = base.evidence.figures
    drawn: dict[tuple[str, str], np.ndarray] = {}
    for leaf in leaves(base):
        if leaf.table in KEPT:
            continue
        rng = np.random.default_rng([seed, zlib.crc32(leaf.path.encode())])
        declared = params(getattr(base, leaf.table))[leaf.field]
        value, figure = float(leaf.read(base)), figures.get(leaf.path)
        if figure is not None and figure.low is not None and figure.high is not None:
            new = rng.uniform(figure.low, figure.high)
        else:
            new = value * np.exp(rng.uniform(-np.log(WIDEST), np.log(WIDEST)))
        for bound in (declared.le, declared.lt):
            new = new if bound is None else min(new, value + INSIDE * (bound - value))
        for bound in (declared.ge, declared.gt):
            new = new if bound is None else max(new, value + INSIDE * (bound - value))
        array = drawn.setdefault((leaf.table, leaf.field), np.array(getattr(getattr(base, leaf.table), leaf.field), float))
        array[leaf.index] = new
    places = list(drawn)
    arrays = [jnp.asarray(drawn[place], float) for place in places]
    return eqx.tree_at(lambda s: [getattr(getattr(s, table), field) for table, field in places], base, arrays)
