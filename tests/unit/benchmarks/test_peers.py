"""Peers get the very program that we solve: where all of them succeed, all give the same answer."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.families import draw, lane, one_period, quarterly
from benchmarks.ipopt import Ipopt
from benchmarks.peers import Slsqp
from capexmodel.solvers import NonlinearProgram, Status, minimize
from capexmodel.solvers.structure import Through

PEERS = [Ipopt, Slsqp]
CLOSE = 1e-6
"""IPOPT moves bounds and rows by 1e-8, and values by that times a price."""


def seen(x: Any, args: Any) -> Any:
    """What the curved functions look through."""
    return jnp.stack([x[0] + x[1], x[2] - x[0], args["tilt"] * x[1]])


@pytest.fixture(scope="module")
def everything() -> tuple[NonlinearProgram, dict[str, Any]]:
    """A program with all that one may hold, and its numbers."""
    program = NonlinearProgram(
        objective=Through(lambda y, args: jnp.sum(jnp.exp(y) - args["pull"] * y), seen, lambda args: args["ridge"]),
        inequality=Through(lambda y, args: jnp.append(2.0 - y[0] ** 2, math.inf), seen),
        affine=lambda x, args: jnp.stack([args["most"] - x[0] - x[2], jnp.asarray(math.inf)]),
        equality=lambda x, args: x[1] ** 2 + x[2] - 1.0,
        lower=jnp.array([0.2, -math.inf, -math.inf]),
        upper=jnp.array([math.inf, 0.9, math.inf]),
    )
    return program, {"tilt": jnp.asarray(0.7), "pull": jnp.array([1.0, 2.0, 3.0]), "ridge": jnp.asarray(0.1), "most": jnp.asarray(1.1)}


@pytest.mark.long
@pytest.mark.parametrize("kind", PEERS)
def test_a_peer_is_told_everything_that_a_program_may_hold(kind: Any, everything: Any) -> None:
    """An affine map looked through, a ridge, both kinds of bounds, equality rows, affine rows, rows that are switched off."""
    program, args = everything
    start = jnp.array([0.5, 0.5, 0.5])
    ours = minimize(program, start, args)
    assert int(ours.status) == Status.OPTIMAL
    theirs = kind(program, start, args).solve()
    assert theirs.value == pytest.approx(float(ours.value), abs=CLOSE)
    np.testing.assert_allclose(theirs.x, ours.x, atol=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("kind", PEERS)
def test_a_peer_takes_other_numbers_and_starts(kind: Any) -> None:
    family = one_period()
    starts, args, _ = draw(family, 3, seed=0)
    peer = kind(family.program, starts[0], lane(args, 0), varied=True)
    values = [peer.solve(starts[i], lane(args, i)).value for i in range(3)]
    wanted = [float(minimize(family.program, starts[i], lane(args, i)).value) for i in range(3)]
    assert len({round(value, 3) for value in wanted}) == 3
    assert values == pytest.approx(wanted, abs=CLOSE)


@pytest.mark.parametrize("kind", PEERS)
def test_affine_rows_cannot_be_told_anew(kind: Any, everything: Any) -> None:
    program, args = everything
    with pytest.raises(ValueError, match="affine"):
        kind(program, jnp.full(3, 0.5), args, varied=True)


def test_families_are_as_large_as_they_say() -> None:
    for family, size, rows in ((one_period(), 18, 11), (quarterly(), 400, 182)):
        starts, args, can = draw(family, 4, seed=1, impossible=1)
        assert starts.shape == (4, size)
        assert family.program.inequality is not None
        assert family.program.inequality(starts[0], lane(args, 0)).shape == (rows,)
        assert int(np.sum(~can)) == 1


def test_impossible_lanes_are_impossible_and_others_are_not() -> None:
    family = one_period()
    starts, args, can = draw(family, 6, seed=2, impossible=2)
    status = [int(minimize(family.program, starts[i], lane(args, i)).status) for i in range(6)]
    assert status == [Status.OPTIMAL if possible else Status.INFEASIBLE for possible in can]
