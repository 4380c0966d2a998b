"""The search for curvature of the wrong sign by hand: what is relative to what, and where it looks."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import convexity
from capexmodel.solvers.base import NonlinearProgram
from capexmodel.solvers.convexity import ConvexityCheck, check_convexity

X = np.asarray([0.5, -0.25, 1.5])


def of(hessians: list, slopes: list, either: bool) -> float:
    return float(convexity._upward(jnp.asarray(slopes), jnp.asarray(hessians), either))


BENDS = [np.diag([4.0, -10.0, 1.0]), np.diag([-0.5, -3.0, 0.6])]


def test_curvature_counts_by_the_larger_of_slope_and_curvature() -> None:
    """Upward: 4 in 10 of the first row, 0.6 in 3 of the second; by steeper slopes 4 in 20 and 0.6 in 2."""
    assert of(BENDS, [[0.1, -0.2, 0.3]] * 2, False) == pytest.approx(0.4)
    assert of(BENDS, [[0.1, -20.0, 0.3], [4.0, 0.2, 0.1]], False) == pytest.approx(0.2)
    assert of(BENDS, [[0.1, -80.0, 0.3], [4.0, 0.2, 0.1]], False) == pytest.approx(0.15)


def test_where_either_sign_is_wrong_the_largest_counts() -> None:
    assert of(BENDS, [[0.1, -20.0, 0.3], [8.0, 0.2, 0.1]], True) == pytest.approx(0.5)
    assert of(BENDS[1:], [[0.1, -0.2, 0.3]], True) == 1.0


def test_rows_without_slope_or_curvature_have_none_of_the_wrong_sign() -> None:
    assert of([np.zeros((3, 3))], [[0.0] * 3], True) == 0.0
    assert of([-np.eye(3)], [[0.0] * 3], False) == 0.0
    assert float(convexity._upward(jnp.zeros((0, 3)), jnp.zeros((0, 3, 3)), True)) == 0.0


def program() -> NonlinearProgram:
    """A saddle of slope 8, an upward row, one that is off, an affine row with a bend and a bent equality."""
    return NonlinearProgram(
        lambda x, args: 8.0 * x[2] + args * (x[0] ** 2 - 2.0 * x[1] ** 2),
        lambda x, args: jnp.stack([0.5 * x[1] ** 2 + 5.0 * x[2], jnp.inf + 9.0 * x[0] ** 2]),
        lambda x, args: (-1.5 * x[2] ** 2 + 12.0 * x[0])[None],
        lambda x, args: (0.5 * x[0] ** 2 + 2.0 * x[1])[None],
        lower=jnp.asarray([0.25, -jnp.inf, 1.25]), upper=jnp.asarray([jnp.inf, -0.125, 3.0]),
    )  # fmt: skip


def test_each_kind_of_function_by_hand() -> None:
    """The objective bends down by 4 in a slope of 8, the row up by 1 in 5, the affine one by 3 in 12, the equality by 1 in 2."""
    found = convexity._worst(program(), jnp.asarray(X), jnp.asarray(1.0))
    np.testing.assert_allclose(found, [0.5, 0.2, 0.25, 0.5])


def checked(monkeypatch: pytest.MonkeyPatch, **told: Any) -> tuple[ConvexityCheck, np.ndarray]:
    points = []

    def worst(program: Any, x: Any, args: Any) -> Any:
        jax.debug.callback(lambda point: points.append(np.asarray(point)), x, ordered=True)
        return jnp.stack([args * x[0], x[1], -x[0], -x[2]])

    monkeypatch.setattr(convexity, "_worst", worst)
    found = check_convexity.__wrapped__(program(), jnp.asarray(X), jnp.asarray(0.5), **told)
    jax.effects_barrier()
    return found, np.asarray(points)


@pytest.mark.parametrize(("told", "count", "high"), [({}, 21, [1.5, -0.125, 2.5]), ({"samples": 6, "within": 4.0}, 7, [4.5, -0.125, 3.0])])
def test_it_looks_at_the_point_and_within_the_box(monkeypatch: Any, told: dict, count: int, high: list) -> None:
    """Each entry between the bounds and at most so far away."""
    found, points = checked(monkeypatch, **told)
    assert points.shape == (count, 3)
    np.testing.assert_array_equal(points[0], X)
    low = np.asarray([0.25, -1.25 if not told else -4.25, 1.25])
    draws = jax.random.uniform(jax.random.key(0), (count - 1, 3), jnp.float64)
    np.testing.assert_allclose(points[1:], low + np.asarray(draws) * (np.asarray(high) - low))
    assert float(found.objective) == pytest.approx(0.5 * points[:, 0].max())
    assert float(found.inequality) == pytest.approx(points[:, 1].max())
    assert float(found.affine) == pytest.approx(-points[:, 0].min())
    assert float(found.equality) == pytest.approx(-points[:, 2].min())
    worst = np.max([0.5 * points[:, 0], points[:, 1], -points[:, 0], -points[:, 2]], axis=0)
    np.testing.assert_array_equal(found.witness, points[np.argmax(worst)])
    assert bool(found.refuted)


def test_another_seed_looks_elsewhere(monkeypatch: Any) -> None:
    _, points = checked(monkeypatch, samples=4)
    _, others = checked(monkeypatch, samples=4, seed=3)
    assert np.all(points[1:] != others[1:])


@pytest.mark.parametrize(("bend", "refuted"), [(0.9e-8, False), (1.1e-8, True)])
def test_a_share_of_a_hundred_millionth_is_rounding(monkeypatch: Any, bend: float, refuted: bool) -> None:
    monkeypatch.setattr(convexity, "_worst", lambda program, x, args: jnp.stack([0.0 * x[0] - 3.0, bend + 0.0 * x[0], *(-(x[1:] ** 2))]))
    assert bool(check_convexity.__wrapped__(program(), jnp.asarray(X), samples=2).refuted) is refuted
