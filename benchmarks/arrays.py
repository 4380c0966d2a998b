"""Runs a JAX function with NumPy alone, primitive by primitive on whole blocks of rows: the honest peer of a sweep.

What depends on no row is computed once beforehand, as somebody who writes for NumPy would. Primitives that pick numbers by places that
depend on rows are left to JAX, one call each; `fallbacks` says which.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import Jaxpr, JaxprEqn, Literal

CALLS = ("jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "remat2", "checkpoint")
ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "max": np.maximum, "min": np.minimum, "neg": np.negative,
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "sqrt": np.sqrt, "square": np.square, "abs": np.abs,
    "sign": np.sign, "floor": np.floor, "gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal, "eq": np.equal,
    "ne": np.not_equal, "and": np.logical_and, "or": np.logical_or, "not": np.logical_not, "tanh": np.tanh,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),    "stop_gradient": lambda x: x, "is_finite": np.isfinite,
}  # fmt: skip
REDUCED = {"reduce_sum": np.sum, "reduce_max": np.max, "reduce_min": np.min, "reduce_and": np.all, "reduce_or": np.any}


class Program:
    """A function of (constants, rows) as NumPy runs it."""

    def __init__(self, function: Callable[[Any], Any], rows: int, width: int) -> None:
        """Trace it for a number of rows."""
        self.closed = jax.make_jaxpr(function)(jax.ShapeDtypeStruct((rows, width), np.float64))
        self.fallbacks: set[str] = set()
        self._known: dict[tuple[int, ...], list[np.ndarray]] = {}

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Run it on a block."""
        return self._run(self.closed.jaxpr, self.closed.consts, [rows], [True], ())[0][0]

    def _run(
        self, jaxpr: Jaxpr, consts: Sequence[Any], inputs: Sequence[Any], varies: Sequence[bool], within: tuple[int, ...]
    ) -> tuple[list[Any], list[bool]]:
        """Do what a jaxpr says; `within` are the calls it stands in, for one jaxpr may be called with several constants."""
        known = {var: (np.asarray(value), False) for var, value in zip(jaxpr.constvars, consts, strict=True)}
        known |= {var: (value, moves) for var, value, moves in zip(jaxpr.invars, inputs, varies, strict=True)}

        def read(atom: Any) -> tuple[Any, bool]:
            return (np.asarray(atom.val), False) if isinstance(atom, Literal) else known[atom]

        for number, eqn in enumerate(jaxpr.eqns):
            place = (*within, number)
            operands, moving = zip(*map(read, eqn.invars), strict=True) if eqn.invars else ((), ())
            if eqn.primitive.name in CALLS:
                inner = next(eqn.params[key] for key in ("jaxpr", "call_jaxpr", "fun_jaxpr") if key in eqn.params)
                results, moves = self._run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), operands, moving, place)
            elif any(moving):
                results, moves = self._apply(eqn, operands), [True] * len(eqn.outvars)
            else:
                if place not in self._known:
                    self._known[place] = _by_jax(eqn, operands)
                results, moves = self._known[place], [False] * len(eqn.outvars)
            known |= dict(zip(eqn.outvars, zip(results, moves, strict=True), strict=True))
        pairs = [read(atom) for atom in jaxpr.outvars]
        return [value for value, _ in pairs], [moves for _, moves in pairs]

    def _apply(self, eqn: JaxprEqn, operands: Sequence[Any]) -> list[Any]:
        name, params = eqn.primitive.name, eqn.params
        if name in ELEMENTWISE:
            return [ELEMENTWISE[name](*operands)]
        if name in REDUCED:
            return [REDUCED[name](operands[0], axis=tuple(params["axes"]))]
        if name in MOVES:
            return [MOVES[name](params, *operands)]
        self.fallbacks.add(name)
        return _by_jax(eqn, operands)


def _by_jax(eqn: JaxprEqn, operands: Sequence[Any]) -> list[np.ndarray]:
    results = eqn.primitive.bind(*map(jax.numpy.asarray, operands), **eqn.params)
    return [np.asarray(result) for result in (results if eqn.primitive.multiple_results else [results])]


def _sliced(params: dict[str, Any], operand: np.ndarray) -> np.ndarray:
    strides = params["strides"] or [1] * operand.ndim
    return operand[tuple(slice(*at) for at in zip(params["start_indices"], params["limit_indices"], strides, strict=True))]


def _spread(params: dict[str, Any], operand: np.ndarray) -> np.ndarray:
    shape = [1] * len(params["shape"])
    for axis, size in zip(params["broadcast_dimensions"], operand.shape, strict=True):
        shape[axis] = size
    return np.broadcast_to(operand.reshape(shape), params["shape"])


def _contracted(params: dict[str, Any], left: np.ndarray, right: np.ndarray) -> np.ndarray:
    (left_sum, right_sum), (left_batch, right_batch) = params["dimension_numbers"]
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    one = [next(letters) for _ in left.shape]
    other = [next(letters) for _ in right.shape]
    for ours, theirs in [*zip(left_sum, right_sum, strict=True), *zip(left_batch, right_batch, strict=True)]:
        other[theirs] = one[ours]
    out = [one[k] for k in left_batch] + [one[k] for k in range(left.ndim) if k not in (*left_sum, *left_batch)]
    out += [other[k] for k in range(right.ndim) if k not in (*right_sum, *right_batch)]
    return np.einsum(f"{''.join(one)},{''.join(other)}->{''.join(out)}", left, right, optimize=True)


MOVES: dict[str, Callable[..., Any]] = {
    "broadcast_in_dim": _spread,
    "dot_general": _contracted,
    "reshape": lambda p, x: x.reshape(p["new_sizes"]),
    "squeeze": lambda p, x: np.squeeze(x, tuple(p["dimensions"])),
    "expand_dims": lambda p, x: np.expand_dims(x, tuple(p["dimensions"])),
    "transpose": lambda p, x: np.transpose(x, p["permutation"]),
    "concatenate": lambda p, *x: np.concatenate(x, axis=p["dimension"]),
    "slice": lambda p, x: _sliced(p, x),
    "select_n": lambda p, at, no, yes: np.where(at, yes, no),
    "convert_element_type": lambda p, x: x.astype(p["new_dtype"]),
    "integer_pow": lambda p, x: x ** p["y"],
    "cumsum": lambda p, x: np.flip(np.cumsum(np.flip(x, p["axis"]), p["axis"]), p["axis"]) if p["reverse"] else np.cumsum(x, p["axis"]),
}  # fmt: skip
