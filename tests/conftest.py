"""What holds for every test: 64-bit floats, no silent broadcasting, one cache of compiled programs, repeatable examples.

A random search for new counterexamples: `pytest --hypothesis-profile explore`.
"""

import gc
import importlib.metadata
import os
import time
from collections.abc import Generator, Iterator

if importlib.metadata.version("jaxlib").startswith("0.10."):
    # The older emitters compile in two thirds of the time, into half the memory mappings. `capexmodel.compiler` asks for them itself; here
    # they are for the rest. Other versions may not know the flag.
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false".strip()
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

import jax
import pytest
from hypothesis import settings
from jax._src import xla_bridge

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True, max_examples=1000)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Switch JAX to what the house demands, and keep its compiled programs beside pytest's own cache."""
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_numpy_rank_promotion", "raise")
    jax.config.update("jax_compilation_cache_dir", str(config.rootpath / ".pytest_cache" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected is kept to the end: nothing looks for garbage in it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file of tests computes nothing while it is collected: all wait for that, and the search by mutants forks after it."""
    if report.passed and xla_bridge.backends_are_initialized():
        report.outcome, report.longrepr = "failed", f"{report.nodeid}: it computes while it is collected, or one before it does"


LARGE = {"greenfield", "meta_2026"}
"""Scenarios of hundreds of choices: what solves or differentiates one takes minutes to compile."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Properties of a large scenario are long tests."""
    for item in items:
        asked = getattr(item, "callspec", None)
        if "tests/properties/" in item.nodeid and asked is not None and LARGE & set(filter(_is_text, asked.params.values())):
            item.add_marker(pytest.mark.long)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


MOST_MAPPINGS = 40_000
"""Pieces of memory a process may hold: every compiled program takes dozens, and Linux allows 65,530 before it fails."""

LOOKED_S = 3.0
"""Seconds of tests between looks at the mappings, which take time themselves: what compiles meanwhile are some hundred programs."""

_last_look_s = time.monotonic()


@pytest.fixture(autouse=True)
def _few_compiled_programs() -> Iterator[None]:
    """Forget compiled programs before they take all the mappings a process may have; random scenarios compile hundreds."""
    global _last_look_s
    yield
    mappings = Path("/proc/self/maps")
    if time.monotonic() - _last_look_s > LOOKED_S and mappings.exists():
        _last_look_s = time.monotonic()
        if mappings.read_bytes().count(b"\n") > MOST_MAPPINGS:
            jax.clear_caches()
