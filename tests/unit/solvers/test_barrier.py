"""The barrier parameter's rules and the elastic slacks, against roots and powers worked out by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.barrier import centering, decreased, elastic_pair


@pytest.mark.parametrize(("price", "barrier"), [(3.0, 0.4), (0.7, 1.9)])
def test_the_elastic_pair_is_where_its_barrier_problem_is_stationary(price: float, barrier: float) -> None:
    """The elastic t >= 0 solves price = barrier / (value + t) + barrier / t, a quadratic equation."""
    value = np.asarray([1.3, -0.7, 0.0, 5.1, -4.2])
    slack, elastic = elastic_pair(jnp.asarray(value), price, jnp.asarray(barrier))
    for known, s, t in zip(value, np.asarray(slack), np.asarray(elastic), strict=True):
        root = max(np.roots([price, price * known - 2.0 * barrier, -barrier * known]).real)
        assert t == pytest.approx(root, rel=1e-12)
        assert s == pytest.approx(known + root, rel=1e-12)


@pytest.mark.parametrize("value", [1e9, -1e9])
def test_the_smaller_of_an_elastic_pair_keeps_its_digits_far_out(value: float) -> None:
    """Far from zero the smaller one is nearly barrier / price, plus barrier^2 / (price^2 |value|)."""
    slack, elastic = elastic_pair(jnp.asarray([value]), 5.0, jnp.asarray(0.3))
    smaller = float(min(slack[0], elastic[0]))
    assert smaller == pytest.approx(0.06, rel=1e-9, abs=0.0)
    assert float(max(slack[0], elastic[0])) == pytest.approx(1e9 + 0.06, rel=1e-15)


@pytest.mark.parametrize(
    ("after", "before", "share"), [(0.3, 0.5, 0.216), (0.7, 0.5, 1.0), (0.001, 0.5, 1e-6), (-0.3, 0.5, 1e-6), (3e-301, 0.0, 0.027)]
)
def test_centering_is_the_cube_of_the_ratio_between_its_ends(after: float, before: float, share: float) -> None:
    """0.6^3 = 0.216; at most 1, at least a millionth; a mean of zero counts as 1e-300."""
    assert float(centering(jnp.asarray(after), jnp.asarray(before))) == pytest.approx(share, rel=1e-12, abs=0.0)


@pytest.mark.parametrize(("barrier", "floor", "following"), [(0.09, 1e-5, 0.018), (0.01, 1e-5, 0.001), (0.01, 0.004, 0.004)])
def test_the_barrier_falls_by_a_factor_of_five_or_to_its_own_power(barrier: float, floor: float, following: float) -> None:
    """0.09 / 5 is less than 0.3^3 = 0.027; 0.1^3 is less than 0.01 / 5; never below the floor."""
    assert float(decreased(jnp.asarray(barrier), jnp.asarray(floor))) == pytest.approx(following, rel=1e-12)
