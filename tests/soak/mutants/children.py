"""Tests in a child process: forked from one that has loaded what takes long, stopped at the first failure, killed when it is late."""

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

import pytest
from _pytest.runner import runtestprotocol

MOST_BYTES = 8 * 2**30
"""Memory a mutant may take."""


def arguments(folder: str, files: Sequence[str], marked: str = "") -> list[str]:
    """How pytest is called, to take tests that are marked so."""
    off = [word for name in ("cacheprovider", "faulthandler", "xdist", "benchmark", "terminal") for word in ("-p", f"no:{name}")]
    silent = ["-s", "-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    return [*silent, "-m", marked, *off, f"--basetemp={folder}", *files]


def forked(work: Callable[[int], None]) -> tuple[str, str]:
    """Do something in a child; how it ended ("done", "time", "crash") and what it wrote to its pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            _quiet()
            work(writing)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    said = b""
    while piece := os.read(reading, 65536):
        said += piece
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
        return ("time" if late else "crash"), said.decode()
    return ("done" if status == 0 else "crash"), said.decode()


def _quiet() -> None:
    """A child reads nothing, says nothing, and takes no more memory than it may."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in range(3):
        os.dup2(nothing, handle)
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let a test take several times what it takes unharmed, by the processor's clock and by the wall's."""
    signal.setitimer(signal.ITIMER_PROF, 5.0 * seconds + 5.0)
    signal.setitimer(signal.ITIMER_REAL, 20.0 * seconds + 60.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def first_failure(items: Sequence[pytest.Item], seconds: dict[str, float], pipe: int) -> str:
    """Run collected tests until one fails; its name, or nothing. Each is named in the pipe as it starts."""
    for at, item in enumerate(items):
        os.write(pipe, f"{item.nodeid}\n".encode())
        following = items[at + 1] if at + 1 < len(items) else None
        with limited(seconds.get(item.nodeid, 10.0)):
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                return item.nodeid
    return ""


def told(pipe: int, failure: str) -> None:
    """Write the last word of a child."""
    os.write(pipe, f"failed {failure}\n".encode() if failure else b"passed\n")


def verdict(ended: str, said: str) -> tuple[str, str]:
    """State of a mutant ("killed", "timeout", "survived") and the test that says so."""
    lines = said.splitlines() or ["loading"]
    if ended == "time":
        return "timeout", lines[-1]
    if ended == "crash":
        return "killed", lines[-1].removeprefix("failed ")
    return ("survived", "") if lines[-1] == "passed" else ("killed", lines[-1].removeprefix("failed "))
