"""What is asked of the compiler that JAX hands its programs to.

Sums of some hundred numbers, which are most of the model, are compiled with what is summed, not left to a library, and by the older of two
ways, which works out less twice and compiles sooner. Wishes that a version of the compiler does not know are left out.
"""

import functools
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.extend
import jax.numpy as jnp

WISHES: dict[str, dict[str, str | bool]] = {
    "cpu": {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT", "xla_cpu_use_fusion_emitters": False}
}
"""What is asked of the compiler of a kind of device."""

with ThreadPoolExecutor(1) as _hand:  # a new thread traces nothing, whoever imports this
    _AT_REST = _hand.submit(jax.extend.core.get_opaque_trace_state).result()


def options() -> dict[str, str | bool]:
    """The wishes that the compiler of this process's devices knows: they come and go with its versions."""
    return dict(_known(jax.default_backend()))


def tracing() -> bool:
    """Whether JAX is tracing, or mapping, at the moment: a function compiled within another may ask for nothing of its own."""
    return jax.extend.core.get_opaque_trace_state() != _AT_REST


@functools.cache
def _known(backend: str) -> dict[str, str | bool]:
    wishes = WISHES.get(backend, {})
    return wishes if _taken(wishes) else {name: value for name, value in wishes.items() if _taken({name: value})}


def _taken(wishes: dict[str, str | bool]) -> bool:
    """Whether the compiler takes these, found by compiling next to nothing."""
    if not wishes:
        return True
    try:
        jax.jit(jnp.negative, compiler_options=wishes).lower(0.0).compile()
    except jax.errors.JaxRuntimeError as refusal:
        if not any(name in str(refusal) for name in wishes):
            raise
        return False
    return True
