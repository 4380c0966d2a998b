"""Functions told as operations: what they compute, what tells two apart, and which cannot be told."""

import dataclasses
import functools
import hashlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import NonlinearProgram
from capexmodel.solvers.lagrangian import objective_value
from capexmodel.solvers.recorded import Recorded, _equations, _jax_operations, _numbers, _said, _told, recorded
from capexmodel.solvers.structure import Piece, Pieced

X, ARGS = np.array([1.5, -0.5, 2.5]), np.array([0.3, 0.7, 1.1])


def bowl(centre: np.ndarray) -> Any:
    """Closes over an array."""
    return lambda x, args: jnp.sum((x - centre) ** 2) + jnp.sum(x * args)


def program(**parts: Any) -> NonlinearProgram:
    return dataclasses.replace(NonlinearProgram(bowl(ARGS)), **parts)


def words(function: Any, x: Any = X, args: Any = ARGS) -> str:
    told = _told(function, x, args)
    assert isinstance(told, Recorded)
    return told.operations.words


def test_a_function_that_is_told_computes_the_same_with_what_it_closes_over_beside() -> None:
    told, args = recorded(program(), X, ARGS)
    assert isinstance(told.objective, Recorded)
    assert [np.asarray(one).tolist() for one in told.objective.closed_over] == [ARGS.tolist()]
    other = np.array([2.0, 3.0, 5.0])
    assert float(told.objective(other, (2.0 * ARGS,))) == pytest.approx(((other - ARGS) ** 2).sum() + 2.0 * other @ ARGS)
    assert isinstance(args, tuple)
    assert args[0] is ARGS


def test_another_array_is_the_same_words_and_another_number_is_not() -> None:
    assert words(bowl(ARGS)) == words(bowl(2.0 * ARGS))
    assert words(lambda x, args: x @ x * 2.0) != words(lambda x, args: x @ x * 3.0)
    inner = [jax.jit(lambda x, far=far: x - far) for far in (ARGS, 2.0 * ARGS)]
    assert words(lambda x, args: inner[0](x) @ x) != words(lambda x, args: inner[1](x) @ x)


def test_a_program_of_ours_alone_stays_as_it_is() -> None:
    ours = program(objective=objective_value)
    assert recorded(ours, X, ARGS) == (ours, ARGS)
    assert recorded(ours, X, ARGS)[1] is ARGS


def test_beside_functions_of_ours_args_stay_as_they_are() -> None:
    told, args = recorded(program(inequality=objective_value), X, ARGS)
    assert isinstance(told.objective, Recorded)
    assert told.inequality is objective_value
    assert args is ARGS


def test_where_one_cannot_be_told_none_is() -> None:
    def outside(x: Any, args: Any) -> Any:
        return jax.pure_callback(lambda y: y, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    mixed = program(inequality=outside)
    assert recorded(mixed, X, ARGS)[0] is mixed
    assert _told(outside, X, ARGS) is None
    assert _told(lambda x, args: (x, x), X, ARGS) is None
    assert _told(lambda x, args: x, X, {"word": {1, 2}}) is None


def test_of_rows_in_pieces_the_rows_are_told() -> None:
    pieces = (Piece(jnp.asarray([0]), jnp.asarray([0, 1])),)
    told = _told(Pieced(bowl(ARGS), pieces), X, ARGS)
    assert isinstance(told, Pieced)
    assert isinstance(told.function, Recorded)
    assert told.pieces is pieces
    ours = Pieced(objective_value, pieces)
    assert _told(ours, X, ARGS) is ours
    assert _told(Pieced(lambda x, args: (x, x), pieces), X, ARGS) is None


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (3, True),
        ("word", True),
        (jnp.sum, True),
        (bowl, False),
        (len, False),
        (functools.partial(len), False),
        (X, False),
        ("".join, False),
    ],
)
def test_of_what_an_operation_holds_words_say_all_but_of_arrays_and_functions_of_others(part: Any, said: bool) -> None:
    assert _said(part) is said


def test_operations_within_others_are_found_with_their_numbers() -> None:
    inner = jax.jit(lambda x: jnp.where(x > 0, x * 7.0, jnp.sin(x)))
    jaxpr = jax.make_jaxpr(lambda x: inner(x) + 5.0)(X).jaxpr
    names = [equation.primitive.name for equation in _equations(jaxpr)]
    assert {"jit", "mul", "sin", "add", "gt"} <= set(names)
    assert {5.0, 7.0} <= {float(number) for number in _numbers(jaxpr)}
    assert all(equation.primitive in _jax_operations() for equation in _equations(jaxpr))


def test_one_operation_that_has_no_words_is_enough_to_tell_nothing() -> None:
    key = jax.random.key(3)
    rule = jax.custom_jvp(lambda x: x**2)
    rule.defjvp(lambda x, way: (x[0] ** 2, 2.0 * x[0] * way[0]))
    assert _told(lambda x, args: x * 2.0 + jax.pure_callback(lambda y: y, jax.ShapeDtypeStruct(x.shape, x.dtype), x), X, ARGS) is None
    assert _told(lambda x, args: x + jax.random.normal(key, x.shape), X, ARGS) is None
    assert _told(lambda x, args: jax.jit(rule)(x) + 1.0, X, ARGS) is None


def test_words_are_plain_and_end_with_what_they_leave_out() -> None:
    told = words(lambda x, args: x @ x * 2.0)
    assert "\x1b" not in told
    number = np.asarray(2.0)
    assert told.splitlines()[-1] == hashlib.sha256(b"float64()" + number.tobytes()).hexdigest()
