"""Wishes reach the compiler, those it does not know are left out, and a function within another asks for nothing."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel import compiler
from capexmodel.solvers.signature import Compiled

POINT = np.arange(3.0)


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A wish that no compiler knows, among those that it does."""
    monkeypatch.setitem(compiler.WISHES, "cpu", {"xla_cpu_no_such_wish": True, **compiler.WISHES["cpu"]})
    compiler.options.cache_clear()
    yield "xla_cpu_no_such_wish"
    compiler.options.cache_clear()


def test_all_wishes_are_known() -> None:
    assert compiler.options() == compiler.WISHES["cpu"]


def test_a_wish_that_the_compiler_does_not_know_is_left_out(unknown: str) -> None:
    assert unknown in compiler.WISHES["cpu"]
    assert compiler.options() == {name: value for name, value in compiler.WISHES["cpu"].items() if name != unknown}


def test_only_a_function_by_itself_asks() -> None:
    assert not compiler.tracing()
    seen = []
    told = Compiled(lambda x: (seen.append(compiler.tracing()), jnp.sum(x * x))[1])
    assert told(POINT) == 5.0
    np.testing.assert_array_equal(jax.jit(jax.vmap(told))(np.stack([POINT, 2 * POINT])), [5.0, 20.0])
    np.testing.assert_array_equal(jax.grad(told)(POINT), 2 * POINT)
    assert jax.jit(lambda: told(POINT))() == 5.0
    assert seen
    assert all(seen)


def test_a_function_by_itself_is_compiled_as_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wish that cannot be met is heard of where it is asked for, and nowhere else."""
    monkeypatch.setattr(compiler, "options", lambda: {"xla_cpu_no_such_wish": True})
    told = Compiled(jnp.sum)
    with pytest.raises(jax.errors.JaxRuntimeError, match="no_such_wish"):
        told(POINT)
    assert jax.jit(told)(POINT) == 3.0
