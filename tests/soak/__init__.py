"""Trials too long for every run of the tests, each with its last results beside it: `python -m tests.soak NAME`."""
