"""Stages: the same answer as without them, the same factorization as of the dense matrix, and wrong declarations found."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers import NonlinearProgram, Stages, Status, certify, check_stages, minimize
from capexmodel.solvers.arrow import Arrow
from capexmodel.solvers.dense import Dense
from capexmodel.solvers.linear_algebra import definite, factorize, solve
from capexmodel.solvers.staged_rows import StagedRows

STAGES = Stages(count=6, size=4, rows=3, border=2)
SIZE = STAGES.count * STAGES.size + STAGES.border
START = np.full(SIZE, 0.3)


def pairs(x: Any) -> tuple[Any, Any, Any]:
    """Every stage, the one before it, and the border."""
    own, border = STAGES.split(x)
    return own, jnp.concatenate([jnp.zeros((1, STAGES.size)), own[:-1]]), border


def cost(x: Any, args: Any) -> Any:
    """Curvature within stages, between neighbors and with the border; indefinite where `bend` is large."""
    own, before, border = pairs(x)
    coupled = jnp.einsum("ti,tij,tj->", before, args["between"], own) + jnp.sum(border) * jnp.sum(jnp.sin(own))
    return args["bend"] * coupled + jnp.sum(jnp.cosh(x)) + args["slope"] @ x


def rows(x: Any, args: Any) -> Any:
    """Three rows a stage, then two of everything: a budget that is curved, and a sum that must be reached."""
    own, before, border = pairs(x)
    left = 1.0 - jnp.einsum("trs,ts->tr", args["own"], own**2) - jnp.einsum("trs,ts->tr", args["before"], before) - args["border"] @ border
    return jnp.concatenate([jnp.ravel(left), jnp.stack([3.0 - x @ x, args["slope"] @ x + args["spare"]])])


def balance(x: Any, args: Any) -> Any:
    """An equality row of everything."""
    return (args["slope"][::-1] @ x - 0.1)[None]


def draw(seed: int, bend: float = 0.3, spare: float = 2.0) -> dict[str, jax.Array]:
    """Random numbers of a program; with little to spare it is infeasible."""
    random = np.random.default_rng(seed)
    each = (STAGES.count, STAGES.rows)
    shapes = {"own": (*each, STAGES.size), "before": (*each, STAGES.size), "border": (*each, STAGES.border), "slope": (SIZE,)}
    shapes["between"] = (STAGES.count, STAGES.size, STAGES.size)
    drawn = {name: random.normal(size=shape) for name, shape in shapes.items()}
    return {name: jnp.asarray(value) for name, value in (drawn | {"bend": bend, "spare": spare}).items()}


def staged(equality: Any = None) -> NonlinearProgram:
    """The program with its stages declared."""
    lower = jnp.full(SIZE, -1.0).at[5].set(0.2)
    return NonlinearProgram(cost, rows, equality=equality, lower=lower, upper=jnp.full(SIZE, 1.0).at[5].set(0.2), stages=STAGES)


@pytest.mark.long
@pytest.mark.parametrize(("seed", "equality"), [(0, None), (1, None), (2, balance)])
def test_the_answer_is_the_dense_one(seed: int, equality: Any) -> None:
    """Value, point, prices, steps and certificate are those of the same program without stages."""
    program, args = staged(equality), draw(seed)
    if equality is not None:  # convex: the dense path lets an equality row mend the curvature before it shifts, the staged one does not
        args |= {"own": jnp.abs(args["own"]), "bend": jnp.asarray(0.05)}
    dense = dataclasses.replace(program, stages=None)
    mine, theirs = minimize(program, START, args), minimize(dense, START, args)
    assert int(mine.status) == int(theirs.status) == Status.OPTIMAL
    assert int(mine.steps) == int(theirs.steps)
    np.testing.assert_allclose(mine.x, theirs.x, atol=1e-6)
    for one, other in zip(jax.tree.leaves(mine.multipliers), jax.tree.leaves(theirs.multipliers), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    judged, again = (certify(one, mine.x, mine.multipliers, args) for one in (program, dense))
    for one, other in zip(jax.tree.leaves(judged), jax.tree.leaves(again), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-12)
    assert float(judged.kkt_error) < 1e-6


@pytest.mark.long
def test_batches_bends_and_programs_without_a_plan() -> None:
    """Under jit and vmap: a Hessian that must be shifted, and an infeasible program, end as they do without stages."""
    lanes = [draw(3), draw(4, bend=3.0), draw(5, spare=-50.0)]
    args = jax.tree.map(lambda *leaves: jnp.stack(leaves), *lanes)

    def solved(program: NonlinearProgram) -> Any:
        return jax.jit(jax.vmap(lambda given: minimize(program, START, given)))(args)

    mine, theirs = solved(staged()), solved(dataclasses.replace(staged(), stages=None))
    np.testing.assert_array_equal(mine.status, theirs.status)
    assert [Status(int(status)) for status in mine.status] == [Status.OPTIMAL, Status.OPTIMAL, Status.INFEASIBLE]
    np.testing.assert_allclose(mine.value[:2], theirs.value[:2], rtol=1e-6)


def arrow(seed: int, least: float) -> tuple[Arrow, Dense, StagedRows]:
    """A random matrix of blocks, the same as an array, and rows to add to it; `least` is added to the diagonal."""
    random = np.random.default_rng(seed)
    blocks = [(STAGES.count, STAGES.size, STAGES.size)] * 2 + [(STAGES.count, STAGES.border, STAGES.size), (STAGES.border, STAGES.border)]
    diagonal, below, border, corner = (random.normal(size=shape) for shape in blocks)
    below[0] = 0.0
    parts = [diagonal + np.swapaxes(diagonal, 1, 2), below, border, corner + corner.T, np.zeros((0, SIZE))]
    found = Arrow(*map(jnp.asarray, parts)).plus_diagonal(jnp.full(SIZE, least))
    shapes = [(STAGES.count, STAGES.rows, width) for width in (STAGES.size, STAGES.size, STAGES.border)] + [(2, SIZE)]
    own, before, edge, rest = (random.normal(size=shape) for shape in shapes)
    before[0] = 0.0
    return found, Dense(found @ jnp.eye(SIZE)), StagedRows(*map(jnp.asarray, (own, before, edge, rest)))


@pytest.mark.long
def test_the_arrow_is_the_dense_matrix() -> None:
    """Adding rows and a diagonal, confining, multiplying, factorizing and solving give what the dense matrix gives."""
    blocks, whole, added = arrow(0, least=15.0)
    matrix = jnp.stack([added @ column for column in jnp.eye(SIZE)], axis=1)
    np.testing.assert_allclose(jnp.arange(matrix.shape[0]) * 1.0 @ added, jnp.arange(matrix.shape[0]) @ matrix, atol=1e-10)
    np.testing.assert_allclose(added.largest(), jnp.max(jnp.abs(matrix), axis=1))
    weights, free = jnp.linspace(0.1, 1e6, matrix.shape[0]), jnp.arange(SIZE) % 5 != 0
    np.testing.assert_allclose(added.confined(free).largest(), jnp.max(jnp.abs(matrix * free[None, :]), axis=1))
    blocks, whole = blocks.plus_rows(added, weights), whole.plus_rows(matrix, weights)
    blocks, whole = (one.confined(free).plus_diagonal(jnp.where(free, 0.0, 1.0)) for one in (blocks, whole))
    np.testing.assert_allclose(blocks @ jnp.eye(SIZE), whole.whole, atol=1e-8)
    right = jnp.stack([jnp.ones(SIZE), jnp.arange(SIZE) * 1.0], axis=1)
    found = [solve(one, factorize(one, jnp.zeros(())), right) for one in (blocks, whole)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-9)
    np.testing.assert_allclose(whole.whole @ found[0], right, atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_an_indefinite_arrow_is_shifted_as_the_dense_matrix_is(seed: int) -> None:
    """The same trials end at the same shift, wherever in the chain the fault lies."""
    blocks, whole, _ = arrow(seed, least=1.0)
    assert not bool(definite(blocks))
    mine, theirs = (factorize(one, jnp.zeros(())) for one in (blocks, whole))
    assert bool(mine.sound)
    assert float(mine.shift) == float(theirs.shift) > 0.0


def reaching(x: Any, args: Any) -> Any:
    """The rows, one of which touches a variable two stages back."""
    return rows(x, args).at[3 * STAGES.rows + 1].add(0.1 * x[STAGES.size + 2])


def entangled(x: Any, args: Any) -> Any:
    """The cost with a product of the first stage and the last."""
    return cost(x, args) + x[0] * x[STAGES.size * STAGES.count - 1]


def test_what_reaches_beyond_its_stage_is_named() -> None:
    """A row, a term of the objective, a long row's curvature, or sizes that do not fit."""
    program, start, args = staged(balance), jnp.asarray(START), draw(0)
    check_stages(program, start, args)
    with pytest.raises(SolveError, match=r"row 10 \(number 1 of stage 3\) touches variable 6 \(number 2 of stage 1\)"):
        check_stages(dataclasses.replace(program, inequality=reaching), start, args)
    with pytest.raises(SolveError, match=r"the objective has a term of variable 0 .* and variable 23"):
        check_stages(dataclasses.replace(program, objective=entangled), start, args)
    with pytest.raises(SolveError, match="inequality row 18 has a term"):
        check_stages(dataclasses.replace(program, inequality=lambda x, a: rows(x, a).at[18].add(jnp.sum(x) ** 2)), start, args)
    with pytest.raises(SolveError, match="equality row 0 has a term"):
        check_stages(dataclasses.replace(program, equality=lambda x, a: (jnp.sum(x) ** 2)[None]), start, args)
    with pytest.raises(SolveError, match="declares no stages"):
        check_stages(dataclasses.replace(program, stages=None), start, args)
    with pytest.raises(SolveError, match="are not 26 variables"):
        minimize(dataclasses.replace(program, stages=Stages(5, 4)), start, args)
    with pytest.raises(SolveError, match="are more than"):
        minimize(dataclasses.replace(program, stages=dataclasses.replace(STAGES, rows=4)), start, args)
    with pytest.raises(SolveError, match="no affine rows"):
        minimize(dataclasses.replace(program, affine=rows), start, args)
