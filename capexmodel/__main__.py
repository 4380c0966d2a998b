"""Run the command line: `python -m capexmodel`."""

import sys

from capexmodel.cli import main

if __name__ == "__main__":
    sys.exit(main())
