"""What is asked of the compiler that JAX hands its programs to.

Sums of some hundred numbers, which are most of the model, are compiled with what is summed, not left to a library, and by the older of two
ways, which works out less twice and compiles in half the time. Wishes that a version of the compiler does not know are left out.
"""

import functools

import jax
import jax.extend
import jax.numpy as jnp

WISHES: dict[str, dict[str, str | bool]] = {
    "cpu": {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT", "xla_cpu_use_fusion_emitters": False}
}
"""What is asked of the compiler of a kind of device."""

with jax.ensure_compile_time_eval():
    _AT_REST = jax.extend.core.get_opaque_trace_state()


@functools.cache
def options() -> dict[str, str | bool]:
    """The wishes that the compiler of this process's devices knows: they come and go with its versions."""
    wishes = WISHES.get(jax.default_backend(), {})
    return wishes if _known(wishes) else {name: value for name, value in wishes.items() if _known({name: value})}


def tracing() -> bool:
    """Whether JAX is tracing, or mapping, at the moment: a function compiled within another may ask for nothing of its own."""
    return jax.extend.core.get_opaque_trace_state() != _AT_REST


def _known(wish: dict[str, str | bool]) -> bool:
    try:
        jax.jit(jnp.negative, compiler_options=wish).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True
