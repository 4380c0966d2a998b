"""What takes too long for every run of the tests: `python -m tests.soak NAME`, or `make soak` for all. The last results stand beside."""
