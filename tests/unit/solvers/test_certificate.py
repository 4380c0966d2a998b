"""A certificate by hand: each optimality condition of a program whose rows are known, every figure in its own measure."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import certificate
from capexmodel.solvers.base import Certificate, Errors, Multipliers, NonlinearProgram, Solution
from capexmodel.solvers.certificate import certify
from capexmodel.solvers.stages import Stages

POINT = np.asarray([0.5, -1.5, 2.5])
SLOPE = np.asarray([0.6, -3.0, 1.2])
CURVED = np.asarray([[3.0, -4.0, 0.0], [0.002, 0.0, 0.001]])
AFFINE = np.asarray([[0.0, 0.0, 7.0], [6.0, 1.0, -8.0]])
EQUALITY = np.asarray([[4.0, -5.0, 0.5]])


def certified(**given: Any) -> Certificate:
    """Judged at the point, where values, distances to bounds and prices are as given; the rest is far away and free."""
    values = {"curved": [90.0, 80.0], "affine": [60.0, 50.0], "equality": [0.0]}
    values = {name: np.asarray(given.get(name, rest)) for name, rest in values.items()}
    below, above = np.asarray(given.get("below", [40.0] * 3)), np.asarray(given.get("above", [30.0] * 3))

    def row(value: Any, gradient: np.ndarray) -> Any:
        return lambda x, args: value + gradient @ (x - POINT)

    slope = np.asarray(given.get("slope", SLOPE))
    program = NonlinearProgram(
        lambda x, args: args + slope @ x, row(values["curved"], CURVED), row(values["affine"], AFFINE), row(values["equality"], EQUALITY),
        lower=jnp.asarray(POINT - below), upper=jnp.asarray(POINT + above),
    )  # fmt: skip
    sizes = {"price_curved": 2, "price_affine": 2, "price_equality": 1, "price_lower": 3, "price_upper": 3}
    prices = Multipliers(*(jnp.asarray(given.get(name, [0.0] * size)) for name, size in sizes.items()))
    return certify.__wrapped__(program, jnp.asarray(POINT), prices, 11.0, **given.get("told", {}))


ALL_PRICES = {
    "price_curved": [0.11, 0.22], "price_affine": [0.33, 0.44], "price_equality": [-0.55], "price_lower": [0.66, 0.0, 0.77],
    "price_upper": [0.0, 0.88, 0.99],
}  # fmt: skip


def test_stationarity_is_what_no_price_balances() -> None:
    """The largest term is the affine row's 0.44 times 8; the objective's slope is 3."""
    rest = SLOPE - [0.11, 0.22] @ CURVED - [0.33, 0.44] @ AFFINE + 0.55 * EQUALITY[0] - [0.66, 0.0, 0.77] + [0.0, 0.88, 0.99]
    found = certified(**ALL_PRICES)
    assert float(found.stationarity) == pytest.approx(np.abs(rest).max() / 3.52)
    assert float(found.value) == pytest.approx(11.0 + SLOPE @ POINT)
    assert float(certified().stationarity) == 1.0


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({}, 1.0), ({"slope": [0.2, -1.7, 0.3]}, 1.7), ({"told": {"least_gradient": 2.5}}, 2.5), ({"price_curved": [0.4, 0.0]}, 1.6),
        ({"price_affine": [-0.4, 0.0]}, 2.8), ({"price_equality": [-0.5]}, 2.5), ({"price_lower": [0.0, 1.9, 0.0]}, 1.9),
        ({"price_upper": [0.0, -1.9, 0.0]}, 1.9),
    ],
)  # fmt: skip
def test_errors_are_shares_of_the_largest_gradient(given: dict, size: float) -> None:
    """Told by the sign of one price that is wrong by 0.3: the smallest size is one, where nobody says otherwise."""
    wrong = {"price_lower": [-0.3, *given.get("price_lower", [0.0] * 3)[1:]]}
    found = certified(**{"slope": [0.2, -0.4, 0.3]} | given | wrong)
    assert float(found.dual_sign_violation) == pytest.approx(max(0.3, 2.8 if "price_affine" in given else 0, worst(given)) / size)


def worst(given: dict) -> float:
    return max(0.0, *(-price for price in given.get("price_upper", [0.0])))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"price_curved": [-0.2, 0.1]}, 0.8), ({"price_affine": [0.1, -0.2]}, 1.6), ({"price_lower": [0.0, -0.7, 0.0]}, 0.7),
        ({"price_upper": [-0.7, 0.0, 0.0]}, 0.7), ({"price_equality": [-0.2]}, 0.0),
    ],
)  # fmt: skip
def test_a_price_of_the_wrong_sign_counts_by_its_gradient(given: dict, wrong: float) -> None:
    assert float(certified(**given).dual_sign_violation) == pytest.approx(wrong / 3.0)


@pytest.mark.parametrize(
    ("given", "name", "own", "scaled"),
    [
        ({"curved": [-2.0, 80.0]}, "inequality_violation", 2.0, 0.5), ({"curved": [90.0, -3e-3]}, "inequality_violation", 3e-3, 0.3),
        ({"affine": [-2.1, 50.0]}, "affine_violation", 2.1, 0.3), ({"equality": [-2.0]}, "equality_violation", 2.0, 0.4),
        ({"equality": [2.0]}, "equality_violation", 2.0, 0.4), ({"below": [40.0, -0.7, 40.0]}, "bound_violation", 0.7, 0.7),
        ({"above": [30.0, -0.7, 30.0]}, "bound_violation", 0.7, 0.7),
    ],
)  # fmt: skip
def test_violations_are_in_their_own_unit_and_by_their_gradient(given: dict, name: str, own: float, scaled: float) -> None:
    """A gradient below a hundredth counts as one."""
    found = certified(**given)
    names = ("inequality_violation", "affine_violation", "equality_violation", "bound_violation")
    assert {one: pytest.approx(float(getattr(found, one))) for one in names} == {one: own if one == name else 0.0 for one in names}
    assert float(found.scaled_violation) == pytest.approx(scaled)


@pytest.mark.parametrize(
    ("given", "product"),
    [
        ({"curved": [5.0, 80.0], "price_curved": [0.2, 0.0]}, 1.0), ({"affine": [60.0, 5.0], "price_affine": [0.0, -0.2]}, 1.0),
        ({"below": [5.0, 40.0, 40.0], "price_lower": [0.2, 0.0, 0.0]}, 1.0),
        ({"above": [5.0, 40.0, math.inf], "price_upper": [0.2, 0.0, 0.0]}, 1.0),
        ({"equality": [5.0], "price_equality": [0.2]}, 0.0), ({"curved": [-5.0, 80.0], "price_curved": [0.2, 0.0]}, 1.0),
    ],
)  # fmt: skip
def test_complementarity_is_the_largest_product_of_slack_and_price(given: dict, product: float) -> None:
    assert float(certified(**given).complementarity) == pytest.approx(product / 3.0)


TIGHT = {"slope": [0.0, 0.0, 7.0], "price_affine": [1.0, 0.0], "affine": [0.0, 50.0]}
"""Everything holds: the first affine row bears the whole slope."""


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({}, 0.0), ({"slope": [0.0, 0.7, 7.0]}, 0.1), ({"equality": [2.0]}, 0.4), ({"affine": [1.4, 50.0]}, 0.2),
        ({"slope": [0.0, 0.5, 7.0], "price_lower": [0.0, 1.0, 0.0], "price_upper": [0.0, 0.5, 0.0], "below": [40.0, 0.0, 40.0]}, 15.0 / 7),
        ({"slope": [0.0, -2.1, 7.0], "price_lower": [0.0, -2.1, 0.0], "below": [40.0, 0.0, 40.0]}, 0.3),
    ],
)  # fmt: skip
def test_the_overall_error_is_the_largest_of_the_scaled_ones(given: dict, size: float) -> None:
    assert float(certified(**TIGHT | given).kkt_error) == pytest.approx(size, abs=1e-12)


def test_what_holds_within_a_millionth_is_counted() -> None:
    """By scaled distance, on either side."""
    found = certified(curved=[3.9e-6, 1.1e-8], affine=[-6.9e-6, 8.1e-6], below=[0.0, 1.1e-6, 40.0], above=[30.0, -0.9e-6, 0.9e-6])
    counts = found.active_inequality_count, found.active_affine_count, found.active_bound_count
    assert [int(count) for count in counts] == [1, 1, 3]
    assert int(certified(curved=[3.9e-6, 0.9e-8]).active_inequality_count) == 2
    assert int(certified(curved=[4.1e-6, 1.1e-8]).active_inequality_count) == 0


@pytest.mark.parametrize(
    ("given", "margin"),
    [
        ({}, 6.25), ({"curved": [2.0, 80.0]}, 0.5), ({"curved": [2.0, 80.0], "price_curved": [0.6, 0.0]}, 0.8),
        ({"affine": [60.0, 2.0]}, 0.25),
        ({"below": [40.0, 0.2, 40.0]}, 0.2), ({"below": [40.0, 0.2, 40.0], "price_lower": [0.0, 0.9, 0.0]}, 0.3),
        ({"above": [0.2, 30.0, 30.0]}, 0.2), ({"above": [0.0, 30.0, 30.0], "below": [0.0, 40.0, 40.0]}, 6.25),
    ],
)  # fmt: skip
def test_the_margin_is_the_least_of_the_larger_of_slack_and_price(given: dict, margin: float) -> None:
    """In their scaled measures; variables that are fixed have none, nor have equality rows."""
    assert float(certified(**given).strict_complementarity_margin) == pytest.approx(margin)


def test_without_rows_or_bounds_the_margin_has_no_end() -> None:
    none = jnp.zeros(0)
    free = Multipliers(none, none, none, jnp.zeros(2), jnp.zeros(2))
    found = certify.__wrapped__(NonlinearProgram(lambda x, args: x @ x), jnp.asarray([3.0, -4.0]), free)
    assert float(found.strict_complementarity_margin) == math.inf
    assert (float(found.stationarity), float(found.kkt_error), float(found.scaled_violation)) == (1.0, 1.0, 0.0)


def test_a_row_that_is_off_is_met_and_has_no_gradient() -> None:
    found = certified(curved=[math.inf, 80.0], price_curved=[0.5, 0.0])
    assert float(found.inequality_violation) == 0.0
    assert float(found.stationarity) == 1.0


def test_rows_by_stages_are_judged_like_others() -> None:
    """Two stages of one row and one variable each, one row of the whole, one row off."""
    stages = Stages(2, 1, 1, 1)
    x, price = jnp.asarray([0.5, -1.5, 2.5]), jnp.asarray([0.3, 0.4, 0.6])

    def rows(x: Any, args: Any) -> Any:
        return jnp.stack([3.0 * x[0] ** 2 - x[2], jnp.where(args > 0, args * x[1] + 5.0 * x[2], jnp.inf), x[0] * x[1] + 2.0 * x[2]])

    for args in (4.0, -4.0):
        plain, staged = certificate._block(rows, x, price, args), certificate._staged_block(rows, x, price, args, stages)
        for name in ("value", "price", "gradient_size", "pull"):
            np.testing.assert_allclose(getattr(staged, name), getattr(plain, name), atol=1e-12)


@pytest.mark.parametrize("stages", [None, Stages(2, 1, 1, 1)])
def test_a_program_is_judged_by_its_stages_where_it_has_some(monkeypatch: pytest.MonkeyPatch, stages: Stages | None) -> None:
    """Without rows there is nothing to look at by stages."""
    asked = []
    block = certificate._block
    monkeypatch.setattr(certificate, "_staged_block", lambda *given: asked.append(given[-1]) or block(*given[:4]))
    rows = jnp.asarray([[3.0, 0.0, 1.0], [0.5, 2.0, 0.7]])
    for inequality, looks in ((lambda x, args: rows @ x, stages is not None), (None, False)):
        program = NonlinearProgram(lambda x, args: x @ x, inequality, stages=stages)
        prices = Multipliers(*(jnp.zeros(size) for size in (2 if inequality else 0, 0, 0, 3, 3)))
        certificate._blocks(program, jnp.asarray(POINT), prices, None)
        assert asked == ([stages] if looks else [])
        asked.clear()


def test_a_solution_is_given_its_certificate() -> None:
    zero, none = jnp.zeros(()), jnp.zeros(0)
    prices = Multipliers(none, none, none, jnp.zeros(2), jnp.zeros(2))
    found = Solution(jnp.asarray([3.0, -4.0]), zero, prices, jnp.asarray(0), jnp.asarray(0), Errors(zero, zero, zero))
    after = certificate.judged(NonlinearProgram(lambda x, args: args * x @ x), found, jnp.asarray(0.5))
    assert float(after.certificate.value) == 12.5
    assert float(after.certificate.stationarity) == 1.0
    np.testing.assert_array_equal(after.x, found.x)
