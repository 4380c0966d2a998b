"""How arguments are spelled, and when a shelf is asked, without a program being compiled."""

import dataclasses
import enum
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from capexmodel.errors import SolveError
from capexmodel.programs import Shelf, digest
from capexmodel.solvers import InteriorPoint
from capexmodel.solvers import kept as module
from capexmodel.solvers.base import Errors, Multipliers, Solution, Status
from capexmodel.solvers.kept import Kept, _key, _spelled, blank
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.signature import Compiled, taken_apart
from capexmodel.solvers.stages import Stages


class Shade(enum.Enum):
    RED = 3


class Unseen:
    """Changes no computation."""

    never_traced = True


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (np.zeros((2, 3)), ["float64(2, 3)False"]),
        (np.arange(4, dtype=np.int32), ["int32(4,)False"]),
        (None, ["NoneType None"]),
        (True, ["bool True"]),
        (3, ["int 3"]),
        (2.5, ["float 2.5"]),
        (1j, ["complex 1j"]),
        ("a b", ["str 'a b'"]),
        (b"ab", ["bytes b'ab'"]),
        (Shade.RED, ["Shade <Shade.RED: 3>"]),
        (Status.OPTIMAL, ["Status <Status.OPTIMAL: 0>"]),
        ((1, "x"), ["tuple 2", "int 1", "str 'x'"]),
        ([None], ["list 1", "NoneType None"]),
        ({"k": 7}, ["dict 1", "tuple 2", "str 'k'", "int 7"]),
        (minimize, ["capexmodel.solvers.minimize.minimize"]),
        (InteriorPoint, ["capexmodel.solvers.interior_point.InteriorPoint"]),
        (Unseen(), []),
        ((Unseen(), 4), ["tuple 2", "int 4"]),
        (Stages(5, 4), ["capexmodel.solvers.stages.Stages", *["count", "int 5", "size", "int 4", "rows", "int 0", "border", "int 0"]]),
    ],
)
def test_a_value_is_spelled_by_all_that_a_trace_depends_on(thing: Any, words: list[str]) -> None:
    assert list(_spelled(thing)) == words


def test_arrays_are_told_apart_by_how_firm_their_kind_is() -> None:
    assert list(_spelled(jnp.asarray(1.0))) == ["float64()True"]
    assert list(_spelled(jnp.zeros(2))) == ["float64(2,)False"]


def test_a_key_is_the_digest_of_version_name_and_words() -> None:
    assert _key("v", "name", (3,)) == digest("v", f"equinox {eqx.__version__}", "name", "tuple 1", "int 3")


def test_what_cannot_be_spelled_is_named() -> None:
    with pytest.raises(SolveError, match="a program that depends on a object cannot be kept"):
        list(_spelled(object()))


def test_a_blank_is_nothing_all_the_way_down() -> None:
    found = blank(Solution)
    assert isinstance(found.multipliers, Multipliers)
    assert isinstance(found.errors, Errors)
    assert (found.x, found.multipliers.lower, found.errors.dual) == (0.0, 0.0, 0.0)
    assert set(jax.tree.leaves(found)) == {0.0}


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """One that gives a program that adds a hundred, and remembers what it was asked for."""
    asked: list[str] = []
    found = Shelf({}, "v")
    monkeypatch.setattr(found, "take", lambda key, made: (asked.append(f"take {key}"), lambda *flat: [flat[0] + 100.0])[1])
    monkeypatch.setattr(found, "fetch", lambda key, made: asked.append(f"fetch {key}"))
    monkeypatch.setattr(module, "lent", lambda: found)
    monkeypatch.setattr(found, "asked", asked, raising=False)
    return found


def plain(x: Array, power: Any = 1) -> Array:
    return x**power


def example() -> Kept:
    kept = Kept(plain, lambda x, power=1: x)
    kept._ordinary = plain
    return kept


def key_of(shelf: Shelf, *args: Any) -> str:
    return _key(shelf.version, f"{plain.__module__}.plain", args)


def test_a_call_is_answered_by_the_shelf(shelf: Any) -> None:
    assert float(example()(jnp.asarray(3.0), 2)) == 103.0
    assert shelf.asked == [f"take {key_of(shelf, jnp.asarray(3.0), 2)}"]
    assert vars(example())["__name__"] == "plain"


def test_without_a_shelf_with_names_or_while_traced_it_is_computed(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert float(example()(jnp.asarray(3.0), power=2)) == 9.0
    assert float(jax.grad(lambda x: example()(x, 2))(jnp.asarray(3.0))) == 6.0
    with jax.disable_jit():
        assert float(example()(jnp.asarray(3.0), 2)) == 9.0
    monkeypatch.setattr(module, "lent", lambda: None)
    assert float(example()(jnp.asarray(3.0), 2)) == 9.0
    assert shelf.asked == []


def test_where_the_shelf_gives_none_it_is_computed(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "take", lambda key, made: None)
    assert float(example()(jnp.asarray(3.0), 2)) == 9.0


def test_a_program_may_be_fetched_ahead(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    example().ahead(jnp.asarray(3.0), 2)
    assert shelf.asked == [f"fetch {key_of(shelf, jnp.asarray(3.0), 2)}"]
    example().ahead(jnp.asarray(3.0), power=2)
    example().ahead(jnp.asarray(3.0), object())
    assert len(shelf.asked) == 1
    monkeypatch.setattr(module, "lent", lambda: None)
    example().ahead(jnp.asarray(3.0), 2)
    assert len(shelf.asked) == 1


def test_a_key_is_worked_out_once_for_arguments_that_look_alike(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(module, "_key", lambda version, name, args: made.append(args) or f"{version} {name} {len(made)}")
    kept = example()
    for x, power in (
        (jnp.zeros(2), 2),
        (jnp.ones(2), 2),
        (jnp.zeros(3), 2),
        (jnp.zeros(2), 2.0),
        (jnp.zeros(2), True),
        (jnp.zeros(2, int), 2),
    ):
        kept(x, power)
    name = f"v {plain.__module__}.plain"
    assert shelf.asked == [f"take {name} {number}" for number in (1, 1, 2, 3, 4, 5)]
    kept(jnp.asarray(1.0), 2)
    kept(jnp.asarray(1.0, float), 2)
    assert len(made) == 7


def test_what_cannot_be_compared_is_computed_in_the_ordinary_way(shelf: Any) -> None:
    with pytest.raises(SolveError, match=r"plain cannot be kept: unhashable type"):
        example()._order(shelf, (jnp.zeros(2), {1, 2}))


def test_a_program_is_taken_down_by_its_key_its_arrays_and_how_many_it_gives(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(lambda x, power: (x**power, 3.0 * x), lambda x, power: (x, x))
    key, made, leaves, shape = kept._order(shelf, (jnp.asarray(3.0), 2))
    monkeypatch.setattr(module, "taken_down", lambda *told: lambda: list(told))
    programs, told, arrays, count, flat = cast(Any, made())()
    assert programs is shelf.programs
    assert (told, arrays, count, shape.num_leaves) == (key, leaves, 2, 2)
    assert list(map(float, flat(jnp.asarray(5.0)))) == [25.0, 15.0]


def test_a_result_that_looks_otherwise_is_named(shelf: Any) -> None:
    kept = Kept(plain, lambda x: (x, x))
    kept._order(shelf, (jnp.asarray(3.0),))
    signature, leaves = taken_apart((jnp.asarray(3.0),))
    with pytest.raises(SolveError, match=r"plain gives PyTreeDef\(\*\), not PyTreeDef\(\(\*, \*\)\)"):
        kept._flat(signature, jax.tree.structure((1, 2)), tuple(leaves))


def test_an_array_of_numpy_and_a_firm_one_of_jax_are_alike(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(module, "_key", lambda version, name, args: made.append(args) or "key")
    kept = example()
    kept(jnp.zeros(2), 2)
    kept(np.zeros(2), 2)
    assert len(made) == 1


@dataclasses.dataclass
class Theirs:
    number: int = 3


@pytest.mark.parametrize("thing", [Theirs(), Compiled(plain)])
def test_of_instances_only_our_dataclasses_are_spelled(thing: Any) -> None:
    with pytest.raises(SolveError, match="cannot be kept"):
        list(_spelled(thing))
