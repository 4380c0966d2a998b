"""Random variants of the shipped scenarios: each must end in a plan that is proven, or in a conflict with a relaxation that works.

Every number but the cuts of runs is drawn anew: evenly within its range where it has one, else between 0.3 and 3 times what it is, inside
its declared bounds. Each by its own path, so that a new number leaves the others of a variant as they were. Every trial is written down as
it ends, with its commit, so that a run that was cut off goes on where it stood; `make clean` forgets them. As many are tried side by side
as there are processors, so that times are of a busy machine; what was compiled is kept beside the trials.
"""

import collections
import concurrent.futures
import dataclasses
import json
import multiprocessing
import os
import time
import zlib
from collections.abc import Iterable
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
from capexmodel.planner.elastic import bench
from capexmodel.planner.search import Prepared, chart_for, prepare, search, start_point
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Problem

COUNTS = {"one_period": 1000, "meta_2026": 20}
WIDEST = 3.0
KEPT = ("recipe",)
"""Tables that are not drawn: sizes and cuts of runs are whole numbers that belong together, the smallest run first."""
INSIDE = 0.99
"""Share of the way to a declared bound at which a drawn number stops."""
STARTS = 3
WORKERS = os.cpu_count() or 1
MET = 40
"""Variants that a chart is made for before the first is solved: what a later one has besides is compiled anew."""
MOST_MAPPINGS = 40_000
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
    path = ROOT / "build" / "variants" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    left = sorted(set(range(count)) - {one.seed for one in _trials(path)})
    shares = [(name, path, left[first::WORKERS]) for first in range(WORKERS)]
    with concurrent.futures.ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_share, shares))
    return _told(name, [one for one in _trials(path) if one.seed < count])


def _share(share: tuple[str, Path, list[int]]) -> None:
    """Try some variants one after the other, on one chart: few programs serve them all."""
    (name, path, seeds), start_s = share, time.perf_counter()
    jax.config.update("jax_compilation_cache_dir", str(path.parent / "compiled"))
    base = load(name)
    shared = shared_chart_of(base, seeds[:MET])
    for done, seed in enumerate(seeds, 1):
        line = json.dumps(dataclasses.asdict(trial(base, seed, shared)))
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if mappings() > MOST_MAPPINGS:
            jax.clear_caches()
        if done % max(len(seeds) // 10, 1) == 0:
            print(f"  {name}: {done} of {len(seeds)}, {time.perf_counter() - start_s:.0f} s", flush=True)


def shared_chart_of(base: Scenario, seeds: Iterable[int]) -> SharedChart:
    """A chart for some variants, also for what they may have to give."""
    problems = [Problem(variant(base, seed)) for seed in seeds]
    shared = chart_for(problems)
    for problem in problems:
        bench(problem, None, shared.relaxed)
    shared.include(shared.relaxed)
    return shared


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


def trial(base: Scenario, seed: int, shared: SharedChart) -> Trial:
    """Draw a variant and see how it ends."""
    start_s = time.perf_counter()
    problem = Problem(variant(base, seed))
    prepared = prepare(problem, shared=shared)
    outcome, note = _ended(problem, prepared, shared)
    reduced = prepared[2]
    shape = int(reduced.open.sum()), int(reduced.on.sum()), reduced.chart.curved_rows.size
    return Trial(seed, outcome, note, shape, time.perf_counter() - start_s, commit())


def _ended(problem: Problem, prepared: Prepared, shared: SharedChart) -> tuple[str, str]:
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
    conflict = explain_conflict(problem, None, lambda text: None, shared)
    if conflict is None:
        found = rescue(problem, None, shared)
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
