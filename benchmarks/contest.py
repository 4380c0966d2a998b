"""Several solvers on many published problems: each problem in a worker with a limit on its time, every point judged by the same routine.

A worker that is not done with a problem in time, or that dies, is replaced; the problem counts as not solved by whoever was at work. What
is done is written down at once, so a contest that was stopped goes on where it was. Leaves out: comparing times across machines.
"""

import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from benchmarks.entrants import ENTRANTS
from benchmarks.record import ROOT, circumstances

BUDGET_S = 240.0
"""Time for one solver on one problem: building, compiling, solving three times and judging."""
READY_S = 600.0
"""Time for a worker to import everything."""
WORKERS = 2


def contest(title: str, names: list[str], solvers: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """What each solver found on each problem, by problem and solver."""
    log = ROOT / "build" / "contests" / f"{title}-{circumstances()['commit']}.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = {tuple(line["key"]): line["found"] for line in map(json.loads, log.read_text().splitlines())} if log.exists() else {}
    left: Queue[tuple[str, str]] = Queue()
    for name in names:
        for solver in solvers:
            if (name, solver) not in done:
                left.put((name, solver))
    total, lock = len(names) * len(solvers), threading.Lock()

    def note(key: tuple[str, str], found: dict[str, Any]) -> None:
        with lock, log.open("a", encoding="utf-8") as file:
            done[key] = found
            file.write(json.dumps({"key": key, "found": found}) + "\n")
            print(
                f"  {len(done)}/{total} {key[0]} {key[1]}: {found['ended']}, {found.get('steps')} steps, {found.get('value')}", flush=True
            )

    threads = [threading.Thread(target=_serve, args=(left, note)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: {solver: done[name, solver] for solver in solvers} for name in names}


def _serve(left: Queue[tuple[str, str]], note: Callable[[tuple[str, str], dict[str, Any]], None]) -> None:
    """Have one worker after another do what is left."""
    worker = None
    while True:
        try:
            key = left.get_nowait()
        except Empty:
            break
        if worker is None:
            worker = _Worker()
        found = worker.ask(key)
        if found is None:
            worker.end()
            worker = None
        note(key, found or {"ended": f"not done in {BUDGET_S:.0f} s"})
    if worker is not None:
        worker.end()


class _Worker:
    """A process that solves what it is told to."""

    def __init__(self) -> None:
        """Start it, and wait until it has imported everything."""
        context = multiprocessing.get_context("spawn")
        self.line, far = context.Pipe()
        self.process = context.Process(target=_work, args=(far,), daemon=True)
        self.process.start()
        far.close()
        if not self.line.poll(READY_S) or self.line.recv() != "ready":
            raise RuntimeError("a worker did not start")

    def ask(self, key: tuple[str, str]) -> dict[str, Any] | None:
        """What it found, or nothing if it took too long or died."""
        try:
            self.line.send(key)
            return self.line.recv() if self.line.poll(BUDGET_S) else None
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        """Be rid of it."""
        self.process.kill()
        self.process.join()
        self.line.close()


def _work(line: Connection) -> None:
    """The worker's side: solve what comes, until the line is cut."""
    import jax

    from benchmarks.published import catalog, published

    catalog()
    line.send("ready")
    while True:
        try:
            name, solver = line.recv()
        except EOFError:
            return
        start_s = time.perf_counter()
        found: dict[str, Any] = {}
        try:
            problem = published(name)
            found = {"variables": problem.start.size, "rows": problem.rows, "book": problem.best}
            found |= ENTRANTS[solver](problem)
        except Exception as error:  # noqa: BLE001 - whatever a problem or a peer throws is its result
            found |= {"ended": f"{type(error).__name__}: {error}"[:200]}
        line.send(found | {"took_s": time.perf_counter() - start_s})
        jax.clear_caches()


def keep_apart(title: str, found: dict[str, Any], folder: Path, label: str) -> Path:
    """Write a contest's results to a file of their own, a line a problem."""
    path = folder / f"{title}-{label}.json"
    lines = [f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in found.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path
