"""A record goes through JSON and back, is checked without a solver, and every change to it or to its program is found."""

import copy
import json
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers import NonlinearProgram, dossier, minimize, verify


def cost(x: Any, args: Any) -> Any:
    """Distance from a point, with a little of the other variable."""
    return jnp.sum((x - args["aim"]) ** 2) + 0.1 * x[0] * x[1]


def room(x: Any, args: Any) -> Any:
    """What is left of the room."""
    return args["room"] - jnp.sum(x**2, keepdims=True)


def program() -> NonlinearProgram:
    """The nearest place in the room, on one side."""
    return NonlinearProgram(cost, inequality=room, lower=jnp.asarray([0.0, -jnp.inf]), convex=True)


ARGS = {"aim": np.asarray([-1.0, 3.0]), "room": np.asarray(1.0)}
TIGHT = {"aim": np.asarray([-1.0, 3.0]), "room": np.asarray(-1.0)}


def record(args: dict[str, Any]) -> dict[str, Any]:
    """The stored record of a solution, through text and back."""
    made = dossier(program(), minimize(program(), jnp.asarray([0.5, 0.5]), args), args).to_json()
    return json.loads(json.dumps(made, allow_nan=False))


@pytest.mark.long
@pytest.mark.parametrize("args", [ARGS, TIGHT], ids=["feasible", "infeasible"])
def test_a_record_can_be_checked_again(args: dict[str, Any]) -> None:
    """Whether it is of a plan or of a proof that there is none."""
    stored = record(args)
    checked = verify(stored, program(), args)
    assert checked.holds, checked
    gap, proof = stored["duality_gap"], stored["infeasibility"]
    if args is ARGS:
        assert (stored["status"], gap["claim"], proof) == ("OPTIMAL", "global", None)
        assert gap["gap"] <= 1e-6
        assert stored["second_order"]["strict_minimum"] is True
        assert stored["shapes"] == {"x": 2, "inequality": 1, "affine": 0, "equality": 0, "lower": 2, "upper": 2}
    else:
        assert (stored["status"], gap, proof["claim"]) == ("INFEASIBLE", None, "global")


@pytest.mark.parametrize(
    ("place", "value", "found"),
    [
        (("first_order", "kkt_error"), 0.1, {"first_order.kkt_error"}),
        (("duality_gap", "claim"), "none", {"duality_gap.claim"}),
        (("second_order", "active", "inequality", 0), False, {"second_order.active.inequality.0"}),
        (("shapes", "x"), 3, {"shapes.x"}),
    ],
)
def test_a_changed_figure_is_found(place: tuple[Any, ...], value: Any, found: set[str]) -> None:
    """And named."""
    stored = record(ARGS)
    part = stored
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    checked = verify(stored, program(), ARGS)
    assert not checked.holds
    assert set(checked.differences) == found


def test_another_point_or_program_is_found() -> None:
    """A plan that was touched, numbers that changed, bounds that changed."""
    stored = record(ARGS)
    touched = copy.deepcopy(stored)
    touched["x"][0] += 1e-3
    checked = verify(touched, program(), ARGS)
    assert (checked.same_program, checked.same_solution) == (True, False)
    assert not verify(stored, program(), ARGS | {"room": np.asarray(1.0 + 1e-12)}).same_program
    assert not verify(stored, eqx.tree_at(lambda p: p.lower, program(), jnp.asarray([-1e-9, -jnp.inf])), ARGS).same_program


@pytest.mark.parametrize("broken", [{}, {"version": 1, "status": "PERFECT"}, {"version": 1, "status": "OPTIMAL", "multipliers": 3}])
def test_what_is_no_record_is_refused(broken: dict[str, Any]) -> None:
    """With a sentence."""
    with pytest.raises(SolveError, match="no record"):
        verify(broken, program(), ARGS)


def test_a_record_of_another_version_is_refused() -> None:
    """With the remedy."""
    with pytest.raises(SolveError, match="solve again"):
        verify(record(ARGS) | {"version": 0}, program(), ARGS)
