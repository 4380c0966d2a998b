"""Wishes reach the compiler, those it does not know are left out, and a function within another asks for nothing."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel import compiler
from capexmodel.solvers.signature import Compiled

POINT = np.arange(3.0)
WITHIN: dict[str, Callable[[Callable[[jax.Array], jax.Array]], object]] = {
    "jit": lambda function: jax.jit(function)(POINT),
    "jit of nothing": lambda function: jax.jit(lambda: function(POINT))(),
    "vmap": lambda function: jax.vmap(function)(POINT),
    "grad": lambda function: jax.grad(lambda x: jnp.sum(function(x)))(POINT),
    "scan": lambda function: jax.lax.scan(lambda last, x: (last, function(x)), 0.0, POINT),
    "shape": lambda function: jax.eval_shape(function, POINT),
}


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A wish that no compiler knows, among those that it does."""
    monkeypatch.setitem(compiler.WISHES, "cpu", {"xla_cpu_no_such_wish": True, **compiler.WISHES["cpu"]})
    compiler._known.cache_clear()
    yield "xla_cpu_no_such_wish"
    compiler._known.cache_clear()


def test_all_wishes_are_known() -> None:
    assert compiler.options() == compiler.WISHES["cpu"]


def test_a_wish_that_the_compiler_does_not_know_is_left_out(unknown: str) -> None:
    assert unknown in compiler.WISHES["cpu"]
    assert compiler.options() == {name: value for name, value in compiler.WISHES["cpu"].items() if name != unknown}


@pytest.mark.parametrize("way", WITHIN)
def test_a_function_within_another_asks_for_nothing(way: str) -> None:
    told, seen = Compiled(lambda x: jnp.sum(x * x)), []

    def outer(x: jax.Array) -> jax.Array:
        with ThreadPoolExecutor(1) as other:
            seen.append((compiler.tracing(), other.submit(compiler.tracing).result()))
        return told(x)

    WITHIN[way](outer)
    assert set(seen) == {(True, False)}, "this thread traces, another does not"
    assert not compiler.tracing()
    assert told(POINT) == 5.0


def test_a_function_by_itself_is_compiled_as_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wish that cannot be met is heard of where it is asked for, and nowhere else."""
    monkeypatch.setattr(compiler, "options", lambda: {"xla_cpu_no_such_wish": True})
    told = Compiled(jnp.sum)
    with pytest.raises(jax.errors.JaxRuntimeError, match="no_such_wish"):
        told(POINT)
    assert jax.jit(told)(POINT) == 3.0


def test_imported_within_a_function_it_still_knows_who_stands_alone() -> None:
    text = """
import jax
def late(x):
    from capexmodel import compiler
    from capexmodel.solvers.signature import Compiled
    assert compiler.tracing()
    return Compiled(jax.numpy.square)(x)
assert jax.jit(late)(3.0) == 9.0
from capexmodel import compiler
assert not compiler.tracing()
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=os.environ | {"JAX_ENABLE_X64": "1"})
    assert done.returncode == 0, done.stderr
