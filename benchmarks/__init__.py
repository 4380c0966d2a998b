"""Benchmarks: how long plans take, how large they may grow, and how much the grid decides. Not part of the package, never a test."""
