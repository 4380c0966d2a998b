"""Run one of the trials."""

import importlib
import sys

TRIALS = {"fuzz": "tests.soak.fuzz.command", "mutants": "tests.soak.mutants.command"}

if len(sys.argv) < 2 or sys.argv[1] not in TRIALS:
    sys.exit(f"usage: python -m tests.soak {'|'.join(TRIALS)} [options]")
sys.exit(importlib.import_module(TRIALS[sys.argv[1]]).main(sys.argv[2:]))
