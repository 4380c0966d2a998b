"""A chain of four stages of two variables and a border of one, checked with what reaches too far planted in it."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import SolveError
from capexmodel.solvers import NonlinearProgram, Stages
from capexmodel.solvers.stage_check import _large, _named, _nearby, check_stages

STAGES = Stages(count=4, size=2, rows=2, border=1)
START = np.linspace(0.5, 1.3, 9)


def cost(x: Any, args: Any) -> Any:
    """Stages with their neighbors, and all with the border."""
    return x[0] * x[3] + x[2] * x[5] + x[4] * x[7] + jnp.sum(x[:8] ** 2) * x[8]


def rows(x: Any, args: Any) -> Any:
    """Of each stage a row of its own, and one with the stage before; then two of all."""
    each = [row for t in range(4) for row in (x[2 * t] * x[8], x[2 * t + 1] + x[max(2 * t - 2, 0)] + x[max(2 * t - 1, 0)])]
    return jnp.stack([*each, jnp.sum(x), jnp.sum(x**2)])


def balance(x: Any, args: Any) -> Any:
    return jnp.stack([jnp.sum(x), x @ x - args])


def chain(**parts: Any) -> NonlinearProgram:
    return dataclasses.replace(NonlinearProgram(cost, rows, equality=balance, stages=STAGES), **parts)


def check(**parts: Any) -> None:
    check_stages(chain(**parts), jnp.asarray(START), jnp.asarray(0.7))


def test_a_chain_is_what_it_says() -> None:
    check()
    assert chain().stages is STAGES


@pytest.mark.parametrize(
    ("row", "variable", "told"),
    [
        (4, 1, "row 4 (number 0 of stage 2) touches variable 1 (number 1 of stage 0), but may touch only stages 1 and 2 and the border"),
        (3, 4, "row 3 (number 1 of stage 1) touches variable 4 (number 0 of stage 2), but may touch only stages 0 and 1 and the border"),
        (0, 7, "row 0 (number 0 of stage 0) touches variable 7 (number 1 of stage 3), but may touch only stages -1 and 0 and the border"),
    ],
)
def test_a_row_that_reaches_beyond_is_named(row: int, variable: int, told: str) -> None:
    with pytest.raises(SolveError) as error:
        check(inequality=lambda x, args: rows(x, args).at[row].add(0.1 * x[variable]))
    assert str(error.value) == f"inequality {told}"


def test_rows_after_those_of_stages_may_touch_all() -> None:
    check(inequality=lambda x, args: rows(x, args).at[8].add(x[0] - x[7]))
    with pytest.raises(SolveError, match=r"^inequality row 7 "):
        check(inequality=lambda x, args: rows(x, args).at[7].add(x[0]))


@pytest.mark.parametrize(
    ("part", "number", "name"),
    [
        ("objective", 0, "the objective"), ("inequality", 8, "inequality row 8"), ("inequality", 9, "inequality row 9"),
        ("equality", 0, "equality row 0"), ("equality", 1, "equality row 1"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("one", "other", "fine"), [(1, 4, False), (3, 7, False), (0, 2, True), (7, 8, True), (0, 8, True)])
def test_curvature_between_stages_that_are_not_neighbors_is_named(
    part: str, number: int, name: str, one: int, other: int, fine: bool
) -> None:
    function = getattr(chain(), part)

    def bent(x: Any, args: Any) -> Any:
        value = function(x, args)
        return value + x[one] * x[other] if part == "objective" else value.at[number].add(x[one] * x[other])

    if fine:
        check(**{part: bent})
        return
    with pytest.raises(SolveError) as error:
        check(**{part: bent})
    ends = [f"variable {place} (number {place % 2} of stage {place // 2})" for place in (one, other)]
    assert str(error.value) == f"{name} has a term of {ends[0]} and {ends[1]}, which are not neighbors"


def test_what_does_not_fit_is_said_before_anything_is_looked_for() -> None:
    with pytest.raises(SolveError, match="declares no stages: nothing to check"):
        check(stages=None)
    with pytest.raises(SolveError, match=r"4 stages of 2 variables and 2 more are not 9"):
        check(stages=Stages(4, 2, 2, 2))
    with pytest.raises(SolveError, match=r"4 stages of 3 rows are more than 10"):
        check(stages=Stages(4, 2, 3, 1))
    with pytest.raises(SolveError, match=r"no affine rows"):
        check(affine=balance)


def test_the_point_of_a_check_lies_a_hundredth_beside_the_given_one() -> None:
    x = np.array([0.0, 0.5, -4.0, 30.0])
    share = np.random.default_rng(5).uniform(size=4)
    np.testing.assert_allclose(_nearby(NonlinearProgram(cost), jnp.asarray(x), 5), x + share * [0.01, 0.01, 0.04, 0.3], rtol=1e-14)
    low, high = jnp.asarray([1.0, -9.0, -9.0, -9.0]), jnp.asarray([9.0, 9.0, -5.0, 90.0])
    both = _nearby(NonlinearProgram(cost, lower=low, upper=high), jnp.asarray(x), 5)
    np.testing.assert_allclose(both, [1.0, 0.5 + 0.01 * share[1], -5.0, 30.0 + 0.3 * share[3]], rtol=1e-14)
    np.testing.assert_allclose(_nearby(NonlinearProgram(cost, upper=high), jnp.asarray(x), 5)[0], 0.01 * share[0])


def test_a_check_looks_at_the_same_point_unless_another_is_asked_for() -> None:
    """A row that reaches too far only beyond what the first random number gives."""
    moved = float(_nearby(chain(), jnp.asarray(START), 0)[0])

    def bent(x: Any, args: Any) -> Any:
        return rows(x, args).at[7].add(jnp.where(jnp.abs(x[0] - moved) < 1e-9, x[0], 0.0))

    with pytest.raises(SolveError, match=r"^inequality row 7 "):
        check(inequality=bent)
    check_stages(chain(inequality=bent), jnp.asarray(START), jnp.asarray(0.7), seed=3)


def test_a_derivative_counts_from_a_share_of_the_largest_on() -> None:
    np.testing.assert_array_equal(_large(np.array([-4.0, 4.1e-10, -4.1e-10, 3.9e-10, 0.0])), [True, True, True, False, False])
    assert not _large(np.zeros(3)).any()
    assert _large(np.zeros(0)).size == 0


def test_a_variable_is_named_by_its_stage() -> None:
    assert _named(Stages(4, 3), 7) == "variable 7 (number 1 of stage 2)"
