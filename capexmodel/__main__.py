"""Run the command line: `capexmodel`, or `python -m capexmodel`."""

import gc
import signal
import sys
from types import FrameType
from typing import NoReturn

from capexmodel.cli import main


def run() -> NoReturn:
    """Run one command, and leave. Who is asked to end, as clusters do, ends as if interrupted: what was written before is whole."""
    signal.signal(signal.SIGTERM, _interrupted)
    status = main()
    gc.freeze()  # nothing is left to collect: without a last walk over all that was imported, the process ends a third of a second earlier
    sys.exit(status)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    run()
