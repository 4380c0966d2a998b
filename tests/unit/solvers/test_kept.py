"""Programs that are kept give the same bits, are traced once, and never stand in the way."""

import json
import threading
import time
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from capexmodel import programs as module
from capexmodel.errors import SolveError
from capexmodel.named import OURS
from capexmodel.programs import Program, keeping
from capexmodel.solvers import NonlinearProgram, minimize
from capexmodel.solvers import kept as kept_module
from capexmodel.solvers.kept import Kept, kept


class Pair(eqx.Module):
    """A result of two arrays, or an argument of one array and a word."""

    first: Array
    second: Array
    word: str = eqx.field(static=True, default="")


class Traced:
    """A function that counts its traces."""

    def __init__(self) -> None:
        self.count = 0

        @kept(like=lambda pair, power: pair)
        def function(pair: Pair, power: int) -> Pair:
            self.count += 1
            scale = 2.0 if pair.word == "double" else 1.0
            return Pair(jnp.sin(pair.first) * scale, jnp.linalg.cholesky(pair.second) ** power, pair.word)

        self.call: Kept = function


class Full(dict[str, bytes]):
    """A mapping that takes nothing, as a folder on a full disk."""

    def __setitem__(self, key: str, content: bytes) -> None:
        pass


@pytest.fixture(autouse=True)
def tests_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests hand over is told by name, as if the source's version told what it is."""
    known = kept_module.known_by_name
    monkeypatch.setattr(kept_module, "known_by_name", lambda thing, homes=OURS: known(thing, (*homes, "tests")))


@pytest.fixture
def traced() -> Traced:
    return Traced()


def example(word: str = "", size: int = 3) -> Pair:
    matrix = np.random.default_rng(1).normal(size=(4, 4))
    return Pair(jnp.linspace(0.0, 1.0, size), jnp.asarray(matrix @ matrix.T + np.eye(4)), word)


def same(left: Pair, right: Pair) -> bool:
    return bool(jnp.array_equal(left.first, right.first)) and bool(jnp.array_equal(left.second, right.second)) and left.word == right.word


def test_a_kept_program_gives_the_same_bits_without_a_trace(traced: Traced) -> None:
    plain, programs, before = traced.call(example(), 3), dict[str, bytes](), traced.count
    with keeping(programs, "v"):
        assert same(traced.call(example(), 3), plain)
    assert (len(programs), traced.count) == (1, before + 1)
    with keeping(programs, "v"):
        again = [traced.call(example(), 3) for _ in range(2)]
    assert all(same(one, plain) for one in again)
    assert (len(programs), traced.count) == (1, before + 1)


def test_whatever_a_trace_depends_on_is_in_the_key(traced: Traced) -> None:
    programs: dict[str, bytes] = {}
    with keeping(programs, "v"):
        traced.call(example(), 3)
        traced.call(example(), 2)
        traced.call(example(size=4), 3)
        traced.call(example(), 3.0)
        doubled = traced.call(example("double"), 3)
    assert len(programs) == 5
    with keeping(programs, "another source"):
        traced.call(example(), 3)
    assert len(programs) == 6
    assert same(doubled, traced.call(example("double"), 3))


def to_one(x: Array, args: object) -> Array:
    return jnp.sum((x - 1.0) * (x - 1.0))


def test_a_cold_solve_and_a_warm_one_are_one_program() -> None:
    programs: dict[str, bytes] = {}
    with keeping(programs, "v"):
        first = minimize(NonlinearProgram(to_one, row_counts=(0, 0, 0)), np.zeros(2), certified=False)
        minimize(NonlinearProgram(to_one, row_counts=(0, 0, 0)), np.zeros(2), warm=first, certified=False)
    assert len(programs) == 1


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def other_module(content: bytes) -> bytes:
    return content.partition(b"\n")[0] + b"\nno module"


def no_results(content: bytes) -> bytes:
    head, _, module = content.partition(b"\n")
    return json.dumps(json.loads(head) | {"outputs": []}).encode() + b"\n" + module


def nothing(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [cut, other_module, no_results, nothing])
def test_damaged_bytes_are_written_anew(traced: Traced, damage: Callable[[bytes], bytes]) -> None:
    plain, programs = traced.call(example(), 3), dict[str, bytes]()
    with keeping(programs, "v"):
        traced.call(example(), 3)
    ((key, sound),) = programs.items()
    programs[key], before = damage(sound), traced.count
    for _ in range(2):
        with keeping(programs, "v"):
            assert same(traced.call(example(), 3), plain)
    assert list(programs) == [key]
    assert (programs[key] != damage(sound), traced.count) == (True, before + 1)


def test_what_cannot_be_kept_is_computed_all_the_same(traced: Traced) -> None:
    plain = traced.call(example(), 3)
    with keeping(Full(), "v"):
        assert same(traced.call(example(), 3), plain)


def test_an_argument_that_cannot_be_spelled_keeps_nothing() -> None:
    programs: dict[str, bytes] = {}
    apply = kept(like=lambda function, x: x)(lambda function, x: function(x))
    with keeping(programs, "v"):
        assert float(apply(lambda x: x + 1.0, jnp.asarray(1.0))) == 2.0
        assert float(apply(lambda x: x + 2.0, jnp.asarray(1.0))) == 3.0
    assert programs == {}


def test_a_result_that_looks_otherwise_is_an_error() -> None:
    programs: dict[str, bytes] = {}
    wrong = kept(like=lambda x: (x, x))(lambda x: x + 1.0)
    with keeping(programs, "v"), pytest.raises(SolveError, match="gives PyTreeDef"):
        wrong(jnp.asarray(1.0))
    assert programs == {}


def test_what_calls_back_to_python_is_computed_in_the_ordinary_way() -> None:
    programs: dict[str, bytes] = {}

    @kept(like=lambda x: x)
    def outside(x: Array) -> Array:
        return jax.pure_callback(lambda y: np.asarray(y) + 1.0, x, x)

    with keeping(programs, "v"):
        assert float(outside(jnp.asarray(1.0))) == 2.0
    assert programs == {}


def test_an_error_of_the_function_itself_comes_up() -> None:
    @kept(like=lambda x: x)
    def failing(x: Array) -> Array:
        raise ValueError("the function's own")

    with keeping({}, "v"), pytest.raises(ValueError, match="the function's own"):
        failing(jnp.asarray(1.0))


def test_what_an_occasion_used_is_fetched_before_it_is_asked_for(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    programs: dict[str, bytes] = {}
    with keeping(programs, "v", "monday"):
        plain = traced.call(example(), 3)
    fetched: list[bytes] = []

    def noted(content: bytes, count: int | None) -> Program:
        fetched.append(content)
        return compiled(content, count)

    compiled = module._compiled
    monkeypatch.setattr(module, "_compiled", noted)
    with keeping(programs, "v", "tuesday"):
        time.sleep(0.1)
    assert fetched == []
    with keeping(programs, "v", "monday"):
        deadline = time.monotonic() + 60.0
        while not fetched and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(fetched) == 1
        assert same(traced.call(example(), 3), plain)
    assert len(fetched) == 1


def test_what_takes_longest_is_fetched_before_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    programs: dict[str, bytes] = {"a": b"12", "b": b"1234", "c": b"", "e": b"123"}
    asked: list[str] = []
    monkeypatch.setattr(module.Shelf, "fetch", lambda shelf, key, taken_down: asked.append(key))
    programs[module.digest("v", "trail", "monday")] = b"c a b d e"
    with keeping(programs, "v", "monday"):
        assert asked == ["b", "c", "a", "d", "e"]
    with keeping({}, "v", "monday"):
        assert asked == ["b", "c", "a", "d", "e"]


def test_two_programs_are_fetched_side_by_side(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    programs: dict[str, bytes] = {}
    with keeping(programs, "v", "monday"):
        plain = [traced.call(example(size=size), 3) for size in (3, 4)]
    both, compiled = threading.Barrier(2), module._compiled

    def waiting(content: bytes, count: int | None) -> Program:
        both.wait(timeout=60.0)
        return compiled(content, count)

    monkeypatch.setattr(module, "_compiled", waiting)
    with keeping(programs, "v", "monday"):
        assert all(same(traced.call(example(size=size), 3), one) for size, one in zip((3, 4), plain, strict=True))
    assert not both.broken


def test_a_run_that_fails_leaves_the_trail_of_the_last_good_one(traced: Traced) -> None:
    programs: dict[str, bytes] = {}
    with keeping(programs, "v", "monday"):
        traced.call(example(), 3)
    before = dict(programs)
    with pytest.raises(RuntimeError, match="stopped"), keeping(programs, "v", "monday"):
        raise RuntimeError("stopped")
    with keeping(programs, "v", "monday"):
        pass
    assert programs == before
