"""Run the command line: `capexmodel`, or `python -m capexmodel`."""

import gc
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

IMPORTING = "<frozen importlib._bootstrap>"
"""The file of whatever is being imported: numpy and JAX do not survive being stopped there."""
ASK_AGAIN_S = 0.05


def run() -> NoReturn:
    """Run one command, and leave. Who is asked to end, as clusters do, ends as if interrupted: what was written before is whole."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupted)
    from capexmodel.cli import main

    status = main()
    gc.freeze()  # nothing is left to collect: without a last walk over all that was imported, the process ends a third of a second earlier
    sys.exit(status)


def interrupted(number: int, frame: FrameType | None) -> None:
    """Stop what is being done. While something is imported the wish is put off: it comes again a moment later.

    Raises: KeyboardInterrupt, with the number of the signal.
    """
    if not _imports(frame):
        raise KeyboardInterrupt(number)
    again = threading.Timer(ASK_AGAIN_S, signal.pthread_kill, [threading.get_ident(), number])
    again.daemon = True
    again.start()


def _imports(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename != IMPORTING:
        frame = frame.f_back
    return frame is not None


if __name__ == "__main__":
    run()
