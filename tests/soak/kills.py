"""Kills and faults of the disk at every point of every writer: nothing whole is lost, nothing is half, and going on gives the same bytes.

`python -m tests.soak kills [SAMPLE]`: all points, or some spread over them. Writers run in forked processes, so that a point takes
milliseconds; whole sweeps and commands are in `tests/soak/commands.py`, with all points only.
"""

import errno
import itertools
import json
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from capexmodel.errors import ConfigError
from capexmodel.files import SUFFIX
from capexmodel.report.shelf import Folder
from capexmodel.studies.store import MANIFEST, ROWS, SUMS, Store, recipe_hash
from tests.soak.jobs import JOBS, KEYS, RECIPE, Job, begun, ended, forked, killed_after, left, tree
from tests.soak.record import keep
from tests.soak.shim import BEFORE, HALF, HOWS, Shim, die, refuse

RANDOM_KILLS, PAIRS = 60, 30
LONGEST_S = 0.02
EVERY = 1_000_000
SMALL_BYTES = 100
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)


class Bench:
    """Folders to work in, counts of what was tried, and what went wrong."""

    def __init__(self, root: Path) -> None:
        """Nothing tried yet."""
        self.root, self.counts, self.failures, self.number = root, {}, [], itertools.count()

    def folder(self, job: Job) -> Path:
        """A fresh folder, laid out for a job."""
        return job.prepare(self.root / f"{next(self.number)}")

    def holds(self, what: str, where: str, truth: bool) -> None:
        """Count one thing that must hold."""
        self.counts[what] = self.counts.get(what, 0) + 1
        if not truth:
            self.failures.append(f"{what}: {where}")


def whole(job: Job, folder: Path, wanted: dict[str, bytes]) -> bool:
    """Whether every file that has its name holds what it held before or holds in the end, and nothing of before is gone."""
    now = tree(folder)
    known = all(content in (wanted.get(name), job.before.get(name)) for name, content in now.items())
    return known and set(job.before) <= set(now)


def resumed(bench: Bench, what: str, where: str, job: Job, folder: Path, wanted: dict[str, bytes]) -> None:
    """Do the job again: what was whole is kept as it lies, the end is the same to the byte, and nothing lies beside."""
    bench.holds(f"{what}: whole at any moment", where, whole(job, folder, wanted))
    lie = {path: path.stat().st_ino for path in folder.rglob("*.parquet")}
    job.work(folder)
    bench.holds(f"{what}: the same bytes in the end", where, tree(folder) == wanted)
    bench.holds(f"{what}: nothing left beside", where, left(folder) == [])
    bench.holds(f"{what}: what was whole is not made again", where, all(path.stat().st_ino == inode for path, inode in lie.items()))


def points(job: Job, folder: Path) -> list[str]:
    """What a job asks of the disk, one by one."""
    shim, told = Shim(), folder.parent / f"{folder.name}.asked"

    def counted() -> None:
        asked = [*shim.asked]
        shim.install()
        job.work(folder)
        asked = [*shim.asked]
        told.write_text("\n".join(asked))

    assert forked(counted) == 0
    return told.read_text().split("\n")


def acted(job: Job, folder: Path, when: int, how: str, act: Callable[[], None]) -> int:
    """Do a job in a process in which something happens at a point."""

    def shimmed() -> None:
        Shim(when, how, act).install()
        job.work(folder)

    return forked(shimmed)


def kills(bench: Bench, job: Job, sample: int) -> None:
    """Kill before, after and amid everything a job asks; and at random times."""
    wanted = tree(done(bench, job))
    asked = points(job, bench.folder(job))
    places = [(when, how) for when, name in enumerate(asked, 1) for how in HOWS if how != HALF or name == "write"]
    for when, how in _some(places, sample):
        folder = bench.folder(job)
        status = acted(job, folder, when, how, die)
        where = f"{job.name}, {how} {asked[when - 1]} number {when}"
        bench.holds("killed", where, status == -9)
        resumed(bench, "killed", where, job, folder, wanted)
    rng = np.random.default_rng(1)
    for seconds in rng.uniform(0.0, LONGEST_S, min(RANDOM_KILLS, sample)):
        folder = bench.folder(job)
        for _ in range(2):
            killed_after(begun(lambda folder=folder: job.work(folder)), float(seconds))
        resumed(bench, "killed at a random time, twice", f"{job.name} after {seconds:.4f} s", job, folder, wanted)


def done(bench: Bench, job: Job) -> Path:
    """A folder in which a job was done undisturbed."""
    folder = bench.folder(job)
    job.work(folder)
    return folder


def _some(places: list[tuple[int, str]], sample: int) -> Iterator[tuple[int, str]]:
    yield from places[:: max(1, -(-len(places) // sample))]


def refusals(bench: Bench, job: Job, sample: int) -> None:
    """A disk that refuses at each point: the error comes up, or is borne where a file is but kept for later, and nothing half is left."""
    wanted = tree(done(bench, job))
    asked = points(job, bench.folder(job))
    for number in ERRORS[: 1 + sample // 100]:
        places = [(when, how) for when, name in enumerate(asked, 1) for how in (BEFORE, HALF) if how == BEFORE or name == "write"]
        for when, how in _some(places, sample):
            folder, where = bench.folder(job), f"{job.name}, {errno.errorcode[number]} {how} {asked[when - 1]} number {when}"
            bench.holds("refused by the disk: ends by itself", where, acted(job, folder, when, how, refuse(number)) in (0, 1))
            unlinking = asked[when - 1] == "unlink"
            bench.holds("refused by the disk: nothing left beside", where, unlinking or left(folder) == [])
            resumed(bench, "refused by the disk", where, job, folder, wanted)


def too_large(bench: Bench, job: Job) -> None:
    """Files may not be larger than so much."""
    wanted = tree(done(bench, job))
    for size in (0, 1, SMALL_BYTES):
        folder = bench.folder(job)

        def limited(folder: Path = folder, size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            job.work(folder)

        where = f"{job.name}, files of at most {size} bytes"
        bench.holds("too large: ends by itself", where, forked(limited) in (0, 1))
        bench.holds("too large: nothing left beside", where, left(folder) == [])
        resumed(bench, "too large", where, job, folder, wanted)


def two_at_once(bench: Bench, job: Job, sample: int) -> None:
    """Two do the same in the same place at the same time, one of them killed in every third pair."""
    wanted = tree(done(bench, job))
    for number in range(min(PAIRS, sample)):
        folder = bench.folder(job)
        one, other = (begun(lambda folder=folder: job.work(folder)) for _ in range(2))
        if number % 3 == 2:
            killed_after(one, LONGEST_S * number / PAIRS / 4)
            bench.holds("two at once: the one that lives is not disturbed", job.name, ended(other) == 0)
        else:
            bench.holds("two at once: both end well", job.name, (ended(one), ended(other)) == (0, 0))
        resumed(bench, "two at once", job.name, job, folder, wanted)


def damage(bench: Bench, sample: int) -> None:
    """Parts of a sweep and kept programs cut at every byte, and with a bit of every byte turned: found out, each by itself."""
    job = next(job for job in JOBS if "sweep" in job.name)
    folder = done(bench, job)
    store, wanted = Store(folder / "sweep", RECIPE), tree(folder)
    for kind in (ROWS, SUMS):
        path = sorted((folder / "sweep" / kind).iterdir())[1]
        for spoiled, where in spoils(path.read_bytes(), sample):
            path.write_bytes(spoiled)
            bench.holds("damaged part: found out", where, sorted(store.there(kind)) == [0, 2, 3, 4] and not path.exists())
            if where.endswith("7"):
                job.work(folder)
                bench.holds("damaged part: made again", where, tree(folder) == wanted)
            path.write_bytes(wanted[str(path.relative_to(folder))])
    manifest = folder / "sweep" / MANIFEST
    for spoiled, where in spoils(manifest.read_bytes(), sample):
        manifest.write_bytes(spoiled)
        bench.holds("damaged manifest: refused in one line", where, refused(lambda: Store(folder / "sweep", RECIPE)) or same(manifest))
    manifest.write_bytes(wanted[f"sweep/{MANIFEST}"])
    place = done(bench, next(job for job in JOBS if "shelf" in job.name))
    path = place / f"{KEYS[0]}.program"
    for spoiled, where in spoils(path.read_bytes(), sample):
        path.write_bytes(spoiled)
        bench.holds("damaged program: counts as missing", where, KEYS[0] not in Folder(place))


def same(manifest: Path) -> bool:
    """Whether a manifest says what it is to say all the same: a blank for a blank."""
    return json.loads(manifest.read_bytes()) == {"recipe": RECIPE, "hash": recipe_hash(RECIPE)}


def refused(work: Callable[[], object]) -> bool:
    """Whether work is refused in one line."""
    try:
        work()
    except ConfigError as error:
        return "\n" not in str(error)
    return False


def spoils(content: bytes, sample: int) -> Iterator[tuple[bytes, str]]:
    """A content cut at each byte, and with a bit of each turned; with a sample, at so many places."""
    step = max(1, len(content) // sample)
    for at in range(0, len(content), step):
        yield content[:at], f"cut at {at}"
        yield content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :], f"bit {at % 8} of byte {at}"


def tried(root: Path, sample: int) -> Bench:
    """Everything, on every writer."""
    bench = Bench(root)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning)  # of forks: nothing has been computed in this process
        for job in JOBS:
            kills(bench, job, sample)
            refusals(bench, job, sample)
            too_large(bench, job)
            two_at_once(bench, job, sample)
        damage(bench, sample)
    bench.holds("no file beside has another ending", SUFFIX, not [p for p in root.rglob(".*") if p.is_file() and p.suffix != ".part"])
    return bench


def run(words: list[str]) -> int:
    """Try everything, or a sample; keep what was found, unless it was a sample."""
    start_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        bench = tried(Path(folder), int(words[0]) if words else EVERY)
        if not words:
            from tests.soak.commands import commanded

            commanded(bench, Path(folder))
            keep("kills", bench.counts, bench.failures, time.perf_counter() - start_s)
    sys.stdout.write("\n".join([*bench.failures, f"{sum(bench.counts.values())} checks, {len(bench.failures)} failures"]) + "\n")
    return len(bench.failures) > 0
