"""The record of a solution by hand: what is stored, what is compared with what, and how near counts as the same."""

import hashlib
import math
import sys
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers.base import NonlinearProgram, Status
from capexmodel.solvers.dossier import Dossier, Verification, _differences, _plain, _without, dossier, hash_of, verify
from tests.unit.solvers.test_duality_gap import solved

ROOM = sys.modules[Dossier.__module__]


class Judged(eqx.Module):
    """A judgment with one figure and one word."""

    figure: Any
    within: Any = None

    @property
    def claim(self) -> str:
        return "global"


class Pair(NamedTuple):
    left: Any
    right: Any


def test_things_become_plain() -> None:
    assert _plain(None) is None
    assert _plain(True) is True
    assert _plain("word") == "word"
    assert _plain(1.5) == 1.5
    assert [_plain(number) for number in (math.inf, -math.inf)] == ["inf", "-inf"]
    assert _plain(math.nan) == "nan"
    assert _plain(7) == 7
    assert _plain(jnp.asarray([[1.5, jnp.inf], [2.5, -3.0]])) == [[1.5, "inf"], [2.5, -3.0]]
    assert _plain(jnp.asarray(4)) == 4
    assert _plain(Pair(jnp.asarray(True), [2.5])) == [True, [2.5]]
    assert _plain(Judged(jnp.asarray(0.5))) == {"figure": 0.5, "within": None, "claim": "global"}
    assert _without({"a": 1, "b": 2, "c": 3}, ("a", "c")) == {"b": 2}


@pytest.mark.parametrize(
    ("said", "found", "differs"),
    [
        (1.0, 1.0 + 0.9e-6, False), (1.0, 1.0 + 1.1e-6, True), (1e-12, 0.9e-9, False), (0.0, 1.1e-9, True), (1.0, 1, True), (1, 1, False),
        (1, 2, True), (True, 1, True), ("a", "a", False), ("a", "b", True), (None, None, False),
        (0.5, None, True), (["a"], ["a", "b"], True),
    ],
)  # fmt: skip
def test_a_millionth_is_the_same_and_another_kind_is_not(said: Any, found: Any, differs: bool) -> None:
    assert _differences(said, found, "place") == ({"place": (said, found)} if differs else {})


def test_differences_are_named_by_their_place() -> None:
    said = {"a": {"b": [1.0, 2.0, "c"]}, "d": 4, "f": [3.0]}
    found = {"a": {"b": [1.0, 2.5, "e"]}, "g": 5, "f": [3.0, 3.0]}
    assert _differences(said, found, "") == {
        "a.b.1": (2.0, 2.5), "a.b.2": ("c", "e"), "d": (4, None), "g": (None, 5), "f": ([3.0], [3.0, 3.0]),
    }  # fmt: skip


def test_a_hash_is_of_places_types_shapes_and_numbers() -> None:
    """Functions and words are left out."""
    total = hashlib.sha256()
    total.update(b"['a'] <f8 (2,)" + np.asarray([1.5, 2.5]).tobytes() + b"['b'] <i8 ()" + np.asarray(7).tobytes())
    assert hash_of({"a": np.asarray([1.5, 2.5]), "b": 7, "c": "word", "d": test_things_become_plain}) == total.hexdigest()
    assert hash_of({"a": np.asarray([1.5, 2.5])}) != hash_of({"a": np.asarray([[1.5], [2.5]])})


def program() -> NonlinearProgram:
    return NonlinearProgram(lambda x, args: args * x @ x, lower=jnp.asarray([0.25, 0.75]))


PRICES = {"inequality": [0.5], "affine": [], "equality": [0.6, 0.7]}


def judged(monkeypatch: pytest.MonkeyPatch, status: Status = Status.OPTIMAL, **told: Any) -> tuple[Dossier, list[Any]]:
    """A record whose judgments are given, and what they were asked."""
    asked: list[Any] = []

    def judge(figure: float) -> Any:
        return lambda *given: asked.append((figure, given)) or Judged(jnp.asarray(figure), jnp.asarray(given[-1] if figure > 2 else 0.0))

    for name, figure in (("certify", 1.5), ("second_order", 2.0), ("duality_gap", 2.5), ("prove_infeasible", 3.5)):
        monkeypatch.setattr(ROOM, name, judge(figure))
    monkeypatch.setattr(ROOM, "Dossier", Loose)
    solution = eqx.tree_at(lambda s: s.status, solved([1.5, 2.5], **PRICES), jnp.asarray(int(status)))
    return dossier(program(), solution, jnp.asarray(3.0), **told), asked


class Loose(Dossier):
    """The record without its checks of types: its judgments here are none."""

    solution: Any
    program_hash: Any
    first_order: Any
    second_order: Any
    duality_gap: Any
    infeasibility: Any


@pytest.mark.parametrize(("status", "figures"), [(Status.OPTIMAL, [1.5, 2.0, 2.5]), (Status.INFEASIBLE, [1.5, 2.0, 3.5])])
def test_a_feasible_end_has_a_gap_and_an_infeasible_one_a_proof(monkeypatch: Any, status: Status, figures: list[float]) -> None:
    made, asked = judged(monkeypatch, status)
    assert [figure for figure, _ in asked] == figures
    assert (made.duality_gap is None, made.infeasibility is None) == (status == Status.INFEASIBLE, status != Status.INFEASIBLE)
    assert made.program_hash == hash_of((program(), jnp.asarray(3.0)))
    assert asked[-1][1][-1] == 1000.0


def test_the_record_says_all(monkeypatch: Any) -> None:
    told = judged(monkeypatch, Status.MAX_ITER, within=40.0)[0].to_json()
    solution = solved([1.5, 2.5], **PRICES)
    assert told == {
        "version": 1, "status": "MAX_ITER", "program_sha256": hash_of((program(), jnp.asarray(3.0))),
        "solution_sha256": hash_of((solution.x, solution.multipliers)),
        "shapes": {"x": 2, "inequality": 1, "affine": 0, "equality": 2, "lower": 2, "upper": 2}, "x": [1.5, 2.5],
        "multipliers": PRICES | {"lower": [0.0, 0.0], "upper": [0.0, 0.0]},
        "first_order": {"figure": 1.5, "within": 0.0, "claim": "global"}, "second_order": {"figure": 2.0, "within": 0.0, "claim": "global"},
        "duality_gap": {"figure": 2.5, "within": 40.0, "claim": "global"}, "infeasibility": None,
    }  # fmt: skip


@pytest.mark.parametrize("status", [Status.OPTIMAL, Status.INFEASIBLE])
def test_a_record_is_compared_with_one_made_anew(monkeypatch: Any, status: Status) -> None:
    told = judged(monkeypatch, status, within=40.0)[0].to_json()
    assert verify(told, program(), jnp.asarray(3.0)) == Verification(True, True, {})
    other = verify(told, program(), jnp.asarray(4.0))
    assert (other.same_program, other.same_solution, other.differences, other.holds) == (False, True, {}, False)
    moved = verify(told | {"x": [1.5, 2.75]}, program(), jnp.asarray(3.0))
    assert (moved.same_program, moved.same_solution, moved.differences, moved.holds) == (True, False, {}, False)
    lied = verify(told | {"first_order": {"figure": 1.25, "within": 0.0, "claim": "global"}}, program(), jnp.asarray(3.0))
    assert (lied.differences, lied.holds) == ({"first_order.figure": (1.25, 1.5)}, False)


@pytest.mark.parametrize("fault", [{"version": 2}, {"status": "FINE"}, {"x": ["word"]}, {"multipliers": None}, {"duality_gap": None}])
def test_what_is_no_record_of_this_version_is_refused(monkeypatch: Any, fault: dict) -> None:
    told = judged(monkeypatch)[0].to_json()
    with pytest.raises(SolveError, match="of version 2, not 1" if "version" in fault else "no record of a solution"):
        verify(told | fault, program(), jnp.asarray(3.0))
