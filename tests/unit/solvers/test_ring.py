"""Systems on a ring against dense ones, for rings of every size, and digits that a subtraction would lose."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.ring import factor, solve


def dense(joint: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """The matrix written out."""
    count = joint.size
    matrix = np.diag(ground)
    for place in range(count):
        after = (place + 1) % count
        matrix[[place, after], [place, after]] += joint[place]
        matrix[place, after] -= joint[place]
        matrix[after, place] -= joint[place]
    return matrix


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 24, 25])
def test_the_same_as_dense(count: int) -> None:
    """Every ring of a stack."""
    rng = np.random.default_rng(count)
    joint, ground, right = np.exp(rng.normal(0, 2, (3, 2, count)))
    found = np.asarray(solve(factor(jnp.asarray(joint), jnp.asarray(ground)), jnp.asarray(right)))
    for place in range(2):
        written = dense(joint[place] if count > 1 else 0.0 * joint[place], ground[place])
        np.testing.assert_allclose(found[place], np.linalg.solve(written, right[place]), rtol=1e-9)


def test_no_digit_is_lost_where_grounds_are_faint() -> None:
    """All places alike but for the ground of one, twenty orders of magnitude below the joints: the answer is what goes through it."""
    joint, ground = jnp.ones(24), jnp.full(24, 1e-300).at[5].set(1e-20)
    found = solve(factor(joint, ground), jnp.ones(24))
    np.testing.assert_allclose(np.asarray(found), 24e20, rtol=1e-12)
