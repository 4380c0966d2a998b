"""Target V17: slopes of every room's functions beside differences; and a slope that is wrong is seen."""

import jax
import jax.numpy as jnp
import pytest

from capexmodel.studies.slopes import Case, look, slopes


@pytest.mark.long
def test_slopes_are_differences() -> None:
    """To a hundred-thousandth; forward and backward to rounding; every function of every room."""
    found = slopes()
    assert len(found) > 10
    assert not [one for one in found if not (one.off_differences < 1e-5 and one.off_backward < 1e-9)]


def test_a_wrong_slope_is_seen() -> None:
    """A function whose own slope is told a thousandth too large."""

    @jax.custom_jvp
    def cube(x: jax.Array) -> jax.Array:
        return x * x * x

    cube.defjvp(lambda at, way: (cube(at[0]), 3.003 * at[0] * at[0] * way[0]))
    assert look(Case("wrong", cube, jnp.asarray([1.0, 2.0]))).off_differences > 9e-4
    assert look(Case("right", lambda x: x * x * x, jnp.asarray([1.0, 2.0]))).off_differences < 1e-9
