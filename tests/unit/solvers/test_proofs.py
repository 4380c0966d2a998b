"""Gaps and proofs of infeasibility agree with independent codes where those can tell, and claim no more than they prove where none can."""

from typing import Any

import clarabel
import highspy
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array
from scipy import sparse

from capexmodel.solvers import (
    Multipliers,
    NonlinearProgram,
    Solution,
    Status,
    check_convexity,
    duality_gap,
    minimize,
    prove_infeasible,
)
from tests.unit.solvers.test_quadratic import SIZE, Data, objective, random_data, rows

SOLVED = 1e-6
"""What two codes may differ by, both at their ordinary tolerance of 1e-8, with numbers of size ten."""


def posed(data: Data, convex: bool = False) -> tuple[NonlinearProgram, dict[str, Array]]:
    program = NonlinearProgram(objective, affine=rows, lower=jnp.asarray(data.lower), upper=jnp.asarray(data.upper), convex=convex)
    return program, {name: jnp.asarray(getattr(data, name)) for name in ("quadratic", "linear", "matrix", "right")}


def simplex(data: Data) -> tuple[bool, np.ndarray]:
    """Whether HiGHS finds a linear program feasible, and its dual ray if not."""
    highs, count = highspy.Highs(), data.right.size
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("presolve", "off")
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = SIZE, count
    program.col_cost_, program.col_lower_, program.col_upper_ = data.linear, data.lower, data.upper
    program.row_lower_, program.row_upper_ = np.full(count, -highspy.kHighsInf), data.right
    matrix = sparse.csc_matrix(data.matrix)
    program.a_matrix_.start_, program.a_matrix_.index_, program.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs.passModel(program)
    highs.run()
    if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
        return True, np.zeros(count)
    assert highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    return False, np.asarray(highs.getDualRay()[2])


@pytest.mark.parametrize("seed", range(8))
def test_infeasible_linear_programs_are_proved_as_highs_proves_them(seed: int) -> None:
    """Shifted at random, some are infeasible; some have variables without bounds. The dual ray of HiGHS proves it here too."""
    data, random = random_data(seed, 0.0), np.random.default_rng(seed)
    data = data._replace(right=data.right - random.uniform(0.0, 3.0))
    if seed % 2:
        data.lower[:3] = -np.inf
    program, args = posed(data)
    solution = minimize(program, jnp.zeros(SIZE), args)
    feasible, ray = simplex(data)
    proof = prove_infeasible(program, solution, args)
    assert (Status(int(solution.status)) is Status.INFEASIBLE) is not feasible
    assert (proof.claim == "global") is not feasible
    if feasible:
        assert proof.claim == "none"
        return
    nothing = jnp.zeros(0)
    theirs = Multipliers(nothing, jnp.abs(jnp.asarray(ray)), nothing, jnp.zeros(SIZE), jnp.zeros(SIZE))
    other = Solution(solution.x, solution.value, theirs, solution.status, solution.steps, solution.errors)
    assert prove_infeasible(program, other, args).claim == "global"
    assert float(proof.bound) <= float(prove_infeasible(program, other, args).bound) * 0.1


def test_variables_without_bounds_do_not_spoil_a_proof() -> None:
    """x + y >= 1 and x + y <= 0 with no bounds at all: half of each, and every plan breaks one by at least a half."""
    program = NonlinearProgram(lambda x, args: x @ x, affine=lambda x, args: jnp.stack([x[0] + x[1] - 1.0, -x[0] - x[1]]))
    proof = prove_infeasible(program, minimize(program, jnp.asarray([3.0, -1.0])))
    assert proof.claim == "global"
    np.testing.assert_allclose(proof.weights[1], [0.5, 0.5], atol=1e-6)
    assert float(proof.bound) == pytest.approx(-0.5, abs=1e-6)


def test_crossed_bounds_prove_themselves() -> None:
    """A lower bound above its upper bound."""
    program = NonlinearProgram(lambda x, args: x @ x, lower=jnp.asarray([0.0, 3.0]), upper=jnp.asarray([1.0, 2.0]))
    proof = prove_infeasible(program, minimize(program, jnp.zeros(2)))
    assert (proof.claim, float(proof.bound), float(proof.violation)) == ("global", -1.0, 1.0)


def discs(x: Any, args: Any) -> Any:
    """Inside of two discs of radius one, `args` apart."""
    return jnp.stack([1.0 - x @ x, 1.0 - (x[0] - args) ** 2 - x[1] ** 2])


@pytest.mark.parametrize(("apart", "claims"), [(3.0, ("global", "local")), (1.5, ("none", "none"))])
def test_curved_rows_prove_only_what_is_declared(apart: float, claims: tuple[str, str]) -> None:
    """Discs that do not meet: proved where the program is declared convex, a local finding where it is not; discs that meet: nothing."""
    for convex, claim in zip((True, False), claims, strict=True):
        program = NonlinearProgram(lambda x, args: x @ x, discs, equality=lambda x, args: x[1:], convex=convex)
        distance = jnp.asarray(apart)
        assert prove_infeasible(program, minimize(program, jnp.asarray([0.3, 0.2]), distance), distance).claim == claim


def test_a_dead_end_is_not_called_proof() -> None:
    """x^3 - 3x >= 2.5 has its dead end at x = -1 and its solutions beyond x = 2, as a grid finds."""

    def row(x: Any, args: Any) -> Any:
        return x**3 - 3 * x - 2.5

    program = NonlinearProgram(lambda x, args: x @ x, row, lower=jnp.asarray([-1.7]), upper=jnp.asarray([4.0]))
    solution = minimize(program, jnp.asarray([-1.2]))
    assert int(solution.status) == Status.INFEASIBLE
    assert float(solution.x[0]) == pytest.approx(-1.0, abs=1e-4)
    assert prove_infeasible(program, solution).claim == "local"
    assert np.any(row(np.linspace(-1.7, 4.0, 1000), None) >= 0)


@pytest.mark.parametrize("seed", range(4))
def test_gaps_of_quadratic_programs_enclose_the_answer_of_clarabel(seed: int) -> None:
    """The bound lies below the value that another code finds, and ours above, all within the tolerance."""
    data = random_data(seed)
    program, args = posed(data, convex=True)
    gap = duality_gap(program, minimize(program, jnp.zeros(SIZE), args), args)
    matrix = sparse.csc_matrix(np.vstack([data.matrix, np.eye(SIZE), -np.eye(SIZE)]))
    right = np.concatenate([data.right, data.upper, -data.lower])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    cones = [clarabel.NonnegativeConeT(right.size)]
    quadratic = sparse.csc_matrix(np.triu(data.quadratic))
    theirs = clarabel.DefaultSolver(quadratic, data.linear, matrix, right, cones, settings).solve()
    assert gap.claim == "global"
    assert 0.0 <= float(gap.gap) <= SOLVED
    assert float(gap.bound) - SOLVED <= theirs.obj_val <= float(gap.value) + SOLVED


def test_a_poor_plan_has_a_wide_gap() -> None:
    """Away from the optimum the bound still holds: it is lower, not wrong."""
    program, args = posed(random_data(1), convex=True)
    solution = minimize(program, jnp.zeros(SIZE), args)
    poor = Solution(solution.x * 0.5, solution.value, solution.multipliers, solution.status, solution.steps, solution.errors)
    gap = duality_gap(program, poor, args)
    assert float(gap.gap) > 1e-2
    assert float(gap.bound) <= float(solution.value)


def test_a_program_that_is_not_convex_gets_no_global_word() -> None:
    """Two wells: from the higher one the gap is small and says nothing, as a grid shows."""

    def wells(x: Any, args: Any) -> Any:
        return jnp.sum((x**2 - 1) ** 2 + 0.3 * x)

    program = NonlinearProgram(wells, lower=jnp.asarray([-2.0]), upper=jnp.asarray([2.0]))
    solution = minimize(program, jnp.asarray([1.5]))
    gap = duality_gap(program, solution)
    lowest = min(float(wells(jnp.asarray([at]), None)) for at in np.linspace(-2.0, 2.0, 401))
    assert gap.claim == "local"
    assert lowest < float(gap.bound) - 0.1
    check = check_convexity(program, solution.x, within=10.0)
    assert bool(check.refuted)
    assert 12 * float(check.witness[0]) ** 2 < 4


def sound(x: Any, args: Any) -> Any:
    """A concave row."""
    return jnp.log(x + 5.0)


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        (
            NonlinearProgram(
                lambda x, args: jnp.exp(x[0]) - x[1], lambda x, args: jnp.log(x + 5.0), lambda x, args: x, lambda x, args: x[:1]
            ),
            "",
        ),
        (NonlinearProgram(lambda x, args: x[0] * x[1]), "objective"),
        (NonlinearProgram(lambda x, args: x[0], lambda x, args: x**2), "inequality"),
        (NonlinearProgram(lambda x, args: x[0], affine=lambda x, args: -(x**2)), "affine"),
        (NonlinearProgram(lambda x, args: x[0], equality=lambda x, args: jnp.sum(x**2, keepdims=True) - 1.0), "equality"),
    ],
)
def test_curvature_of_the_wrong_sign_is_found(program: NonlinearProgram, wrong: str) -> None:
    """Each kind of function, alone."""
    check = check_convexity(program, jnp.asarray([0.1, 0.2]))
    assert bool(check.refuted) is bool(wrong)
    assert {name for name in ("objective", "inequality", "affine", "equality") if float(getattr(check, name)) > 1e-6} == {wrong} - {""}
