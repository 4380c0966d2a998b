"""Programs of others are kept by what they compute: nothing else finds them again, and what is found gives the same bits."""

import dataclasses
import functools
import sys
import types
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import Primitive
from jax.interpreters import ad, mlir
from jaxtyping import Array

from capexmodel.config import load
from capexmodel.errors import SolveError
from capexmodel.planner.search import search
from capexmodel.planning.problem import Problem
from capexmodel.programs import keeping
from capexmodel.solvers import InteriorPoint, NonlinearProgram, Solution, minimize
from capexmodel.solvers.kept import _spelled
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
    ("make", "one", "other", "programs_count"),
    [
        (bowl, (2, FAR), (4, FAR), 2),
        (bowl, (2, FAR), (2, 2.0 * FAR), 1),
        pytest.param(inner, (FAR,), (2.0 * FAR,), 2, marks=pytest.mark.long),
        (lambda centre: Bowl(jnp.asarray(centre)), (FAR,), (2.0 * FAR,), 1),
        pytest.param(Bowl, (FAR,), (FAR, "steep"), 2, marks=pytest.mark.long),
    ],
    ids=["another number in the words", "another array closed over", "within", "another array of a module", "another word of a module"],
)
def test_another_function_is_another_program_or_another_number(make: Any, one: Any, other: Any, programs_count: int) -> None:
    programs, both = {}, (make(*one), make(*other))
    with keeping(programs, "v"):
        found = [solved(each) for each in both]
    assert len(programs) == programs_count
    assert all(near(here, solved(each)) for here, each in zip(found, both, strict=True))
    assert not near(*found)


THEIRS = """
import functools
from capexmodel.planner.search import summed
from capexmodel.solvers import InteriorPoint, NonlinearProgram

def objective(x, args):
    return ((x - 3.0) ** POWER).sum() + (x ** 2).sum()

@functools.wraps(summed)
def disguised(x, args):
    return objective(x, args)

class Solver(InteriorPoint):
    def solve(self, program, begin, warm, args):
        return InteriorPoint().solve(NonlinearProgram(objective), begin, warm, args)
"""
"""A file of a user's, who changes the power between two runs."""


@pytest.mark.parametrize("what", ["objective", "disguised", "Solver"])
def test_what_was_changed_under_its_name_is_not_taken_for_what_it_was(what: str) -> None:
    programs: dict[str, bytes] = {}
    found = []
    for power in (2, 4):
        module = sys.modules["theirs"] = types.ModuleType("theirs")
        exec(THEIRS.replace("POWER", str(power)), module.__dict__)
        thing = getattr(module, what)
        with keeping(programs, "v"):
            if what == "Solver":
                found.append(minimize(NonlinearProgram(bowl(2, FAR), row_counts=(0, 0, 0)), START, START, thing(), certified=False))
            else:
                found.append(solved(thing))
    del sys.modules["theirs"]
    np.testing.assert_allclose(found[0].x, 1.5, atol=1e-6)
    assert float(found[1].x[0]) > 1.6


@pytest.mark.long
def test_what_the_planner_solves_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its functions are ours, and known by name: nothing is traced again."""
    programs: dict[str, bytes] = {}
    problem = Problem(load("one_period"))
    with keeping(programs, "v"):
        first = search(problem)
    count = len(programs)
    monkeypatch.setattr(InteriorPoint, "solve", lambda *anything: pytest.fail("traced again"))
    with keeping(programs, "v"):
        again = search(problem)
    assert len(programs) == count
    assert same(first.solution, again.solution)


@pytest.mark.parametrize("thing", [Bowl(FAR), Bowl, bowl(2, FAR), functools.wraps(search)(bowl(2, FAR)), (InteriorPoint(), {"a": Bowl})])
def test_what_is_not_ours_is_not_known_by_name(thing: Any) -> None:
    with pytest.raises(SolveError, match="cannot be kept"):
        list(_spelled(thing))
    assert list(_spelled((InteriorPoint(), search, InteriorPoint)))


def test_a_package_that_begins_like_one_that_is_known_is_not_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jax_of_theirs", "numpyro", "capexmodel_of_theirs"):
        module = types.ModuleType(name)
        exec("class Thing:\n    pass", module.__dict__)
        monkeypatch.setitem(sys.modules, name, module)
        with pytest.raises(SolveError, match="cannot be kept"):
            list(_spelled(module.Thing))


def test_settings_of_jax_are_told_apart() -> None:
    """The same words, but other random numbers."""

    def objective(x: Any, args: Any) -> Any:
        return jnp.sum((x - jax.random.normal(jax.random.key(1), x.shape)) ** 2)

    programs: dict[str, bytes] = {}
    found = []
    for flag in (True, False):
        with keeping(programs, "v"), jax.threefry_partitionable(flag):
            found.append(solved(objective))
            assert near(found[-1], solved(objective))
    assert not near(*found)
    assert len(programs) == 2


def usual(x: Any, args: Any) -> Any:
    """Operations of many kinds, some without a public name."""
    left, right = jnp.split(x, 2)
    rows = jnp.stack([left, right, jnp.interp(left, args, args)])
    looped = jax.lax.fori_loop(0, 3, lambda _, y: y + jnp.clip(y, -1.0, 1.0), x)
    return jnp.sum(rows**2) + jnp.sum((jnp.cumsum(looped) - args) ** 2) + jnp.linalg.norm(x + 3.0) + jnp.where(x[0] > 0, x[1], 0.0) ** 2


def test_what_is_usual_can_be_told() -> None:
    told, _ = recorded(NonlinearProgram(usual, row_counts=(0, 0, 0)), START, FAR[::-1])
    assert isinstance(told.objective, Recorded)


def test_functions_stay_as_they_are_where_compilation_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks for something in them sees it."""
    module, handed = sys.modules["capexmodel.solvers.minimize"], []

    def noted(program: NonlinearProgram, begin: Solution, *rest: Any) -> Solution:
        handed.append(program.objective)
        return begin

    monkeypatch.setattr(module, "_solve", noted)
    objective = bowl(2, FAR)
    with keeping({}, "v"):
        solved(objective)
        with jax.disable_jit():
            solved(objective)
    assert isinstance(handed[0], Recorded)
    assert handed[1] is objective


def test_args_may_be_anything_that_holds_arrays() -> None:
    """A container of a user's, a word in it, and a number that Python counts with."""
    told = {"bowl": Bowl(FAR, "steep"), "times": 2}
    programs: dict[str, bytes] = {}
    with keeping(programs, "v"):
        found = [solved(lambda x, args: args["times"] * args["bowl"](x, None), told) for _ in range(2)]
    assert len(programs) == 1
    assert same(*found)
    assert near(found[0], solved(lambda x, args: args["times"] * args["bowl"](x, None), told))


@jax.custom_jvp
def bent(x: Any) -> Any:
    """A function whose derivative is told apart from it."""
    return x**2


bent.defjvp(lambda primals, tangents: (bent(primals[0]), 2.0 * primals[0] * tangents[0]))


def twisted(x: Any) -> Any:
    """A square that Python works out."""
    return jax.pure_callback(lambda y: y * y, jax.ShapeDtypeStruct(x.shape, x.dtype), x, vmap_method="legacy_vectorized")


mine = Primitive("mine")
mine.def_impl(lambda x: x * x)
mine.def_abstract_eval(lambda x: x)
mlir.register_lowering(mine, mlir.lower_fun(lambda x: x * x, multiple_results=False))
ad.defjvp(mine, lambda t, x: 2.0 * x * t)


def scattered() -> Callable[[Any], Any]:
    """A square beside random numbers of a key that it closes over."""
    key = jax.random.key(3)
    return lambda x: x**2 + 0.0 * jax.random.normal(key, x.shape)


BEYOND_WORDS = {
    "a key closed over": scattered,
    "the same within": lambda: jax.jit(scattered()),
    "an operation of one's own": lambda: mine.bind,
    "a rule of one's own": lambda: bent,
    "the same within another": lambda: jax.jit(bent),
    "Python": lambda: lambda x: bent(x) + 0.0 * twisted(jax.lax.stop_gradient(x)),
}


@pytest.mark.parametrize("made", BEYOND_WORDS.values(), ids=BEYOND_WORDS.keys())
def test_what_cannot_be_written_down_is_solved_and_not_kept(made: Callable[[], Callable[[Any], Any]]) -> None:
    programs, outside = {}, made()
    with keeping(programs, "v"):
        found = solved(lambda x, args: jnp.sum(outside(x - args)), FAR)
    assert programs == {}
    np.testing.assert_allclose(found.x, FAR, atol=1e-8)


def test_all_functions_of_a_program_are_told_and_rows_stay_in_their_pieces() -> None:
    program = NonlinearProgram(
        bowl(2, FAR),
        lambda x, args: x[:1] - 1.0,
        Pieced(lambda x, args: jnp.array([x[0] + x[1]]), (Piece(jnp.arange(1), jnp.arange(2)),)),
        lambda x, args: x[1:] - args[1:],
    )
    told, args = recorded(program, START, START)
    assert len(args) == 1
    assert all(isinstance(each, Recorded) for each in (told.objective, told.inequality, told.affine.function, told.equality))
    assert told.affine.pieces is program.affine.pieces
    ask = np.array([1.5, -0.5])
    for name in ("objective", "inequality", "affine", "equality"):
        np.testing.assert_array_equal(getattr(told, name)(ask, args), getattr(program, name)(ask, START))
    assert recorded(told, START, START) == (told, START)
    partly = dataclasses.replace(program, inequality=lambda x, args: bent(x))
    assert recorded(partly, START, START)[0] is partly  # all or nothing
