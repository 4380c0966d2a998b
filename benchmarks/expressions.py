"""Writes a JAX function as native CasADi expressions, so that a peer that needs them gets the very same program.

Interprets the function's jaxpr on NumPy arrays: of numbers where nothing depends on the variables (JAX computes those), of CasADi scalars
elsewhere. Primitives that only move numbers about are run by JAX itself, on positions instead of numbers. Loops of known length are
unrolled. Derivatives are CasADi's own: custom derivative rules are not looked at, and `stop_gradient` is refused.

Source: Andersson, Gillis, Horn, Rawlings and Diehl, CasADi, Mathematical Programming Computation 11 (2019), section 3 (SX graphs).
"""

from collections.abc import Callable, Sequence
from typing import Any

import casadi
import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal

from benchmarks.scalars import CUMULATED, ELEMENTWISE, REDUCED, array_of, contracted, cumulated, each, reduced, scalars, scattered, symbolic

MOVED: dict[str, slice] = {
    "broadcast_in_dim": slice(1),
    "concatenate": slice(None),
    "dynamic_slice": slice(1),
    "dynamic_update_slice": slice(2),
    "expand_dims": slice(1),
    "gather": slice(1),
    "pad": slice(None),
    "reshape": slice(1),
    "rev": slice(1),
    "scatter": slice(0, 3, 2),
    "select_n": slice(1, None),
    "slice": slice(1),
    "split": slice(1),
    "squeeze": slice(1),
    "stack": slice(None),
    "transpose": slice(1),
}
"""Primitives that only move numbers about, and which of their operands hold those numbers; the others say where to."""
CALLS = ("jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr", "remat2", "checkpoint")
"""Primitives that do what an inner jaxpr says."""


class UntranslatableError(NotImplementedError):
    """A function uses something that cannot be written as a CasADi expression."""


def expressions(function: Callable[[Any], Any], symbols: casadi.SX) -> casadi.SX:
    """The outputs of a function of a vector, raveled into one column, written in the vector's symbols.

    Raises: UntranslatableError naming the primitive that cannot be written.
    """
    closed = jax.make_jaxpr(function)(jax.ShapeDtypeStruct((symbols.numel(),), jnp.float64))
    results = _run(closed.jaxpr, closed.consts, [array_of(casadi.vertsplit(symbols), (symbols.numel(),))])
    return casadi.vertcat(*(scalar for result in results for scalar in scalars(result).flat))


def _run(jaxpr: Jaxpr, consts: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
    """Do what a jaxpr says."""
    known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *inputs], strict=True))

    def read(atom: Any) -> Any:
        return np.asarray(atom.val) if isinstance(atom, Literal) else known[atom]

    for eqn in jaxpr.eqns:
        known.update(zip(eqn.outvars, _apply(eqn, [read(atom) for atom in eqn.invars]), strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _apply(eqn: JaxprEqn, operands: list[Any]) -> list[Any]:
    """Do what one equation says, with numbers if they are all numbers.

    Raises: UntranslatableError when nobody knows how.
    """
    name, params = eqn.primitive.name, eqn.params
    if name in CALLS:
        return _inner(next(params[key] for key in ("jaxpr", "call_jaxpr", "fun_jaxpr") if key in params), operands)
    if not any(map(symbolic, operands)):
        return _computed(eqn, operands)
    if name in LOOPS:
        return LOOPS[name](params, operands)
    if name in MOVED and not any(map(symbolic, _rest(operands, MOVED[name]))):
        return _moved(eqn, operands, MOVED[name])
    known = _single(eqn, operands)
    if known is None:
        raise UntranslatableError(f"no CasADi expression for the primitive '{name}' with operands that depend on the variables: {eqn}")
    return [known]


def _single(eqn: JaxprEqn, operands: list[Any]) -> Any:
    """The one result of a primitive that computes something; None if it is not known."""
    name, params = eqn.primitive.name, eqn.params
    if name in ELEMENTWISE:
        return each(ELEMENTWISE[name], *operands)
    if name == "integer_pow":
        return each(lambda a: a ** params["y"], *operands)
    if name == "convert_element_type" and (eqn.invars[0].aval.dtype == bool or jnp.issubdtype(params["new_dtype"], jnp.floating)):
        return operands[0]
    if name == "select_n" and len(operands) == 3:
        return each(lambda chosen, no, yes: casadi.if_else(chosen, yes, no), *operands)
    if name == "dot_general":
        return contracted(params["dimension_numbers"], *operands)
    if name == "scatter-add" and not symbolic(operands[1]):
        return scattered(params, *operands)
    if name in REDUCED:
        return reduced(REDUCED[name], operands[0], params["axes"])
    if name in CUMULATED:
        return cumulated(CUMULATED[name], operands[0], params)
    return None


def _computed(eqn: JaxprEqn, operands: Sequence[Any], **other: Any) -> list[np.ndarray]:
    """Let JAX compute, with some parameters other than the equation's."""
    results = eqn.primitive.bind(*map(jnp.asarray, operands), **(eqn.params | other))
    return [np.asarray(result) for result in (results if eqn.primitive.multiple_results else [results])]


def _rest(operands: list[Any], chosen: slice) -> list[Any]:
    """The operands that were not chosen."""
    left = set(range(len(operands))) - set(range(len(operands))[chosen])
    return [operands[index] for index in sorted(left)]


def _moved(eqn: JaxprEqn, operands: list[Any], chosen: slice) -> list[np.ndarray]:
    """Run a primitive on the positions of the numbers it moves, and look up what stands there; at 0 stands what fills gaps."""
    fill = eqn.params.get("fill_value")
    table, places = [casadi.SX(np.nan if fill is None else float(fill))], list(operands)
    for index in range(len(operands))[chosen]:
        array = scalars(operands[index])
        places[index] = np.arange(len(table), len(table) + array.size).reshape(array.shape)
        table += list(array.flat)
    found = _computed(eqn, places, **({"fill_value": 0} if "fill_value" in eqn.params else {}))
    return [array_of([table[place] for place in part.flat], part.shape) for part in found]


# ---------------------------------------------------------------- jaxprs inside


def _inner(inner: ClosedJaxpr | Jaxpr, operands: Sequence[Any]) -> list[Any]:
    """Do what an inner jaxpr says."""
    return _run(inner.jaxpr, inner.consts, operands) if isinstance(inner, ClosedJaxpr) else _run(inner, [], operands)


def _scan(params: dict[str, Any], operands: list[Any]) -> list[Any]:
    """Unroll a scan."""
    fixed, carried = params["num_consts"], params["num_carry"]
    consts, carry, streams = operands[:fixed], operands[fixed : fixed + carried], operands[fixed + carried :]
    steps = range(params["length"])
    kept = []
    for step in reversed(steps) if params["reverse"] else steps:
        results = _inner(params["jaxpr"], [*consts, *carry, *(np.asarray(stream)[step, ...] for stream in streams)])
        carry = results[:carried]
        kept.append(results[carried:])
    kept = kept[::-1] if params["reverse"] else kept
    return [*carry, *(_stacked(parts) for parts in zip(*kept, strict=True))]


def _stacked(parts: Sequence[Any]) -> np.ndarray:
    """Results of all steps along a new first axis."""
    return np.stack([scalars(part) for part in parts] if any(map(symbolic, parts)) else [np.asarray(part) for part in parts])


def _while(params: dict[str, Any], operands: list[Any]) -> list[Any]:
    """Unroll a loop whose end does not depend on the variables.

    Raises: UntranslatableError when it does.
    """
    before, inside = params["cond_nconsts"], params["body_nconsts"]
    asked, done, carry = operands[:before], operands[before : before + inside], operands[before + inside :]
    while True:
        (more,) = _inner(params["cond_jaxpr"], [*asked, *carry])
        if symbolic(more):
            raise UntranslatableError("no CasADi expression for the primitive 'while': when it ends depends on the variables")
        if not more:
            return carry
        carry = _inner(params["body_jaxpr"], [*done, *carry])


def _cond(params: dict[str, Any], operands: list[Any]) -> list[Any]:
    """Take the branch that a number chooses.

    Raises: UntranslatableError when the choice depends on the variables.
    """
    if symbolic(operands[0]):
        raise UntranslatableError("no CasADi expression for the primitive 'cond': which branch it takes depends on the variables")
    return _inner(params["branches"][int(np.clip(operands[0], 0, len(params["branches"]) - 1))], operands[1:])


LOOPS = {"scan": _scan, "while": _while, "cond": _cond}
"""Primitives that run inner jaxprs in an order of their own."""
