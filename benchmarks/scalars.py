"""Arrays of CasADi scalars, and what JAX primitives compute, done to them.

An array is symbolic when it holds expressions (its type is then `object`); any other is an array of plain numbers.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import casadi
import jax
import jax.numpy as jnp
import numpy as np

SAME = (
    *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "cos", "cosh", "eq", "erf", "exp", "expm1", "floor", "ge"),
    *("gt", "le", "log", "log1p", "lt", "ne", "sign", "sin", "sinh", "sqrt", "tan", "tanh"),
)
"""Functions of single numbers that have the same name here and there."""
ELEMENTWISE: dict[str, Callable[..., Any]] = {
    **{name: getattr(casadi, name) for name in SAME},
    "abs": casadi.fabs,
    "add": operator.add,
    "add_any": operator.add,
    "and": casadi.logic_and,
    "cbrt": lambda a: casadi.sign(a) * casadi.fabs(a) ** (1.0 / 3.0),
    "clamp": lambda low, a, high: casadi.fmin(casadi.fmax(a, low), high),
    "copy": operator.pos,
    "div": operator.truediv,
    "exp2": lambda a: 2.0**a,
    "logistic": lambda a: 1.0 / (1.0 + casadi.exp(-a)),
    "max": casadi.fmax,
    "min": casadi.fmin,
    "mul": operator.mul,
    "neg": operator.neg,
    "not": casadi.logic_not,
    "or": casadi.logic_or,
    "pow": operator.pow,
    "rsqrt": lambda a: 1.0 / casadi.sqrt(a),
    "square": lambda a: a * a,
    "sub": operator.sub,
}
"""Functions of single numbers, by the name of the JAX primitive."""
_FOLDS: dict[str, Callable[..., Any]] = {"sum": operator.add, "prod": operator.mul, "max": casadi.fmax, "min": casadi.fmin}
REDUCED = {f"reduce_{name}": fold for name, fold in _FOLDS.items()}
"""What is done to two numbers on the way along all of some axes."""
CUMULATED = {f"cum{name}": fold for name, fold in _FOLDS.items()}
"""What is done to two numbers on the way along one axis, every result kept."""


def symbolic(value: Any) -> bool:
    """Whether an array holds expressions."""
    return getattr(value, "dtype", None) == np.dtype(object)


def array_of(scalars: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
    """An array of scalars; of numbers if it has no entry."""
    if not scalars:
        return np.zeros(shape)
    array = np.empty(len(scalars), object)
    array[:] = scalars
    return array.reshape(shape)


def scalars(value: Any) -> np.ndarray:
    """The same array with every entry a CasADi scalar."""
    if symbolic(value):
        return value
    numbers = np.asarray(value, float)
    return array_of([casadi.SX(number) for number in numbers.ravel().tolist()], numbers.shape)


def each(function: Callable[..., Any], *operands: Any) -> np.ndarray:
    """Apply a function of scalars entry by entry; an operand without axes goes with every entry."""
    arrays = np.broadcast_arrays(*map(scalars, operands))
    return array_of([function(*entries) for entries in zip(*(array.flat for array in arrays), strict=True)], arrays[0].shape)


def reduced(fold: Callable[..., Any], value: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Fold all entries along some axes."""
    first = np.moveaxis(value, axes, range(len(axes)))
    rest = first.shape[len(axes) :]
    columns = first.reshape(-1, int(np.prod(rest)))
    total = columns[0]
    for row in columns[1:]:
        total = each(fold, total, row)
    return total.reshape(rest)


def cumulated(fold: Callable[..., Any], value: np.ndarray, params: dict[str, Any]) -> np.ndarray:
    """Fold along an axis and keep every result on the way."""
    first = np.moveaxis(value, params["axis"], 0)
    steps = range(len(first))
    total: list[np.ndarray] = []
    for step in reversed(steps) if params["reverse"] else steps:
        row = first[step, ...]
        total.append(each(fold, total[-1], row) if total else row)
    return np.moveaxis(np.stack(total[::-1] if params["reverse"] else total), 0, params["axis"])


def contracted(numbers: Any, left: Any, right: Any) -> np.ndarray:
    """Products summed over the axes that are contracted: batch axes first, then what is left of either side."""
    (left_sum, right_sum), (left_batch, right_batch) = numbers
    left_axes = list(range(left.ndim))
    right_axes = list(range(left.ndim, left.ndim + right.ndim))
    for a, b in zip((*left_sum, *left_batch), (*right_sum, *right_batch), strict=True):
        right_axes[b] = a
    free = [axis for axis in left_axes if axis not in (*left_sum, *left_batch)] + [axis for axis in right_axes if axis >= left.ndim]
    total = np.einsum(scalars(left), left_axes, scalars(right), right_axes, [*left_batch, *free])
    return total if isinstance(total, np.ndarray) else array_of([total], ())


def scattered(params: dict[str, Any], base: Any, indices: Any, updates: Any) -> np.ndarray:
    """Add updates where the indices say. The transpose of scattering tells where each one lands: 0 is nowhere."""
    lands = jax.lax.GatherScatterMode.from_any(params["mode"])

    def scatter(added: Any) -> Any:
        numbers = params["dimension_numbers"]
        return jax.lax.scatter_add(jnp.zeros(base.shape), jnp.asarray(indices), added, numbers, mode=lands)

    (places,) = jax.vjp(scatter, jnp.zeros(updates.shape))[1](1.0 + jnp.arange(float(base.size)).reshape(base.shape))
    total = list(scalars(base).flat)
    for place, update in zip(np.asarray(places, int).flat, scalars(updates).flat, strict=True):
        if place > 0:
            total[place - 1] = total[place - 1] + update
    return array_of(total, base.shape)
