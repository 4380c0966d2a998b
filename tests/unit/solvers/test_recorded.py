"""Programs of others are kept by what they compute: nothing else finds them again, and what is found gives the same bits."""

import sys
import types
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from capexmodel.programs import keeping
from capexmodel.solvers import NonlinearProgram, Solution, minimize
from capexmodel.solvers.recorded import Recorded, recorded
from capexmodel.solvers.structure import Piece, Pieced

FAR = np.array([3.0, -1.0])
START = np.zeros(2)
TRACES: list[str] = []


class Bowl(eqx.Module):
    """A user's module: an array, and a word that decides."""

    centre: Any
    shape: str = eqx.field(static=True, default="round")

    def __call__(self, x: Array, args: Any) -> Array:
        TRACES.append("bowl")
        away = x - self.centre
        return jnp.sum(away**2) if self.shape == "round" else jnp.sum(away**4 + away**2)


def bowl(power: int, centre: np.ndarray) -> Callable[[Any, Any], Array]:
    """A function that closes over a number that is written down and one that is not."""

    def function(x: Any, args: Any) -> Array:
        TRACES.append("bowl")
        return jnp.sum((x - centre) ** power) + jnp.sum((x - args) ** 2)

    return function


def inner(centre: np.ndarray) -> Callable[[Any, Any], Array]:
    """The same with what it closes over in a compiled function within."""
    away = jax.jit(lambda x: x - centre)
    return lambda x, args: jnp.sum(away(x) ** 2) + jnp.sum((x - args) ** 2)


def solved(objective: Callable[[Any, Any], Any], args: Any = START, **rest: Any) -> Solution:
    return minimize(NonlinearProgram(objective, row_counts=(0, 0, 0), **rest), START, args, certified=False)


def same(one: Solution, other: Solution) -> bool:
    """To the last bit."""
    return one.x.tobytes() == other.x.tobytes() and float(one.value) == float(other.value) and int(one.steps) == int(other.steps)


def near(one: Solution, other: Solution) -> bool:
    """As far as numbers that are arguments here and constants there are rounded alike."""
    return int(one.steps) == int(other.steps) and bool(np.allclose(one.x, other.x, rtol=1e-9, atol=1e-9))


def test_what_another_process_kept_is_found_and_gives_the_same_bits() -> None:
    """The same function made anew, as another process would."""
    programs: dict[str, bytes] = {}
    plain = solved(bowl(4, FAR))
    with keeping(programs, "v"):
        first = solved(bowl(4, FAR))
    count = len(programs)
    TRACES.clear()
    with keeping(programs, "v"):
        again = solved(bowl(4, FAR))
    assert count == len(programs) == 1
    assert TRACES == ["bowl"]  # to see what it computes
    assert same(again, first)
    assert near(again, plain)
    assert int(again.steps) > 1


@pytest.mark.parametrize(
    ("one", "other", "programs_count"),
    [
        (bowl(2, FAR), bowl(4, FAR), 2),
        (bowl(2, FAR), bowl(2, 2.0 * FAR), 1),
        (inner(FAR), inner(2.0 * FAR), 2),
        (Bowl(jnp.asarray(FAR)), Bowl(jnp.asarray(2.0 * FAR)), 1),
        (Bowl(FAR), Bowl(FAR, "steep"), 2),
    ],
    ids=["another number in the words", "another array closed over", "within", "another array of a module", "another word of a module"],
)
def test_another_function_is_another_program_or_another_number(one: Any, other: Any, programs_count: int) -> None:
    programs: dict[str, bytes] = {}
    with keeping(programs, "v"):
        found = [solved(each) for each in (one, other)]
    assert len(programs) == programs_count
    assert all(near(here, solved(each)) for here, each in zip(found, (one, other), strict=True))
    assert not near(*found)


def test_a_function_that_was_changed_under_its_name_is_not_taken_for_the_old_one() -> None:
    """As when somebody edits a file between two runs."""
    programs, found = {}, []
    for power in (2, 4):
        module = types.ModuleType("theirs")
        sys.modules["theirs"] = module
        exec(f"def objective(x, args):\n    return ((x - 3.0) ** {power}).sum() + (x ** 2).sum()", module.__dict__)
        with keeping(programs, "v"):
            found.append(solved(module.objective))
    del sys.modules["theirs"]
    assert len(programs) == 2
    np.testing.assert_allclose(found[0].x, 1.5, atol=1e-6)
    assert float(found[1].x[0]) > 1.6


@jax.custom_jvp
def bent(x: Any) -> Any:
    """A function whose derivative is told apart from it."""
    return x**2


bent.defjvp(lambda primals, tangents: (bent(primals[0]), 2.0 * primals[0] * tangents[0]))


def twisted(x: Any) -> Any:
    """A square that Python works out."""
    return jax.pure_callback(lambda y: y * y, jax.ShapeDtypeStruct(x.shape, x.dtype), x, vmap_method="legacy_vectorized")


@pytest.mark.parametrize("outside", [bent, jax.jit(bent), lambda x: bent(x) + 0.0 * twisted(jax.lax.stop_gradient(x))])
def test_what_cannot_be_written_down_is_solved_and_not_kept(outside: Callable[[Any], Any]) -> None:
    programs: dict[str, bytes] = {}

    def objective(x: Any, args: Any) -> Any:
        return jnp.sum(outside(x - args))

    with keeping(programs, "v"):
        found = solved(objective, FAR)
    assert programs == {}
    np.testing.assert_allclose(found.x, FAR, atol=1e-8)


def test_all_functions_of_a_program_are_told_and_rows_stay_in_their_pieces() -> None:
    piece = Piece(jnp.arange(1), jnp.arange(2))
    program = NonlinearProgram(
        bowl(2, FAR),
        lambda x, args: x[:1] - 1.0,
        Pieced(lambda x, args: jnp.array([x[0] + x[1]]), (piece,)),
        lambda x, args: x[1:] - args[1:],
    )
    told = recorded(program, START, START)
    assert all(isinstance(each, Recorded) for each in (told.objective, told.inequality, told.affine.function, told.equality))
    assert told.affine.pieces is program.affine.pieces
    ask = np.array([1.5, -0.5])
    for name in ("objective", "inequality", "affine", "equality"):
        np.testing.assert_array_equal(getattr(told, name)(ask, START), getattr(program, name)(ask, START))
    assert recorded(told, START, START) is told
