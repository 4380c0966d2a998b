"""The program as a process: wishes to stop, and who cannot be told anything."""

import os
import signal
import subprocess
import sys

import pytest

STOPPED_IN = """
import os, signal, sys, time
from capexmodel.__main__ import interrupted
number = int(sys.argv[2])
signal.signal(number, interrupted)
sys.path.insert(0, sys.argv[1])
began = time.monotonic()
try:
    import slow
    print("imported", slow.DONE, flush=True)
    time.sleep(10.0)
except KeyboardInterrupt as stop:
    print("stopped by", stop.args[0], time.monotonic() - began < 5.0)
"""

SLOW = """
import os, signal, time
os.kill(os.getpid(), NUMBER)
time.sleep(0.3)
DONE = 3
"""


def run(*words, **more):
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, **more)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_asked_to_stop_while_importing_stops_after_it(tmp_path, number):
    """Numpy and JAX end in a fault of memory when they are stopped there."""
    (tmp_path / "slow.py").write_text(SLOW.replace("NUMBER", str(int(number))))
    ended = run("-c", STOPPED_IN, str(tmp_path), str(int(number)))
    assert ended.stdout.splitlines() == ["imported 3", f"stopped by {int(number)} True"], ended.stderr


def test_who_ignores_an_interrupt_goes_on_ignoring_it():
    """As what a shell runs behind does."""
    words = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.argv = ['capexmodel', '--version']\n"
    words += "from capexmodel.__main__ import run\ntry:\n    run()\nexcept SystemExit as end:\n"
    words += "    print(end.code, int(signal.getsignal(signal.SIGINT)), signal.getsignal(signal.SIGTERM).__name__)"
    assert run("-c", words).stdout.splitlines()[-1] == f"0 {int(signal.SIG_IGN)} interrupted"


def test_streams_that_are_closed_or_full_change_no_status():
    command = f"'{sys.executable}' -m capexmodel lint"
    for ways, status in (("one_period >&-", 0), ("one_period 2>&-", 0), ("nosuch 2>&-", 2), ("nosuch 2>/dev/full", 2)):
        ended = subprocess.run(["/bin/sh", "-c", f"{command} {ways}"], capture_output=True, text=True, check=False, env=os.environ)
        assert (ways, ended.returncode) == (ways, status), ended.stderr
        assert "Traceback" not in ended.stderr
