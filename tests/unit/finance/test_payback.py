"""Payback at its ends: the last payment just makes up, the first one already does, and nothing ever does."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.valuation import Cash


@pytest.mark.parametrize(
    ("paid", "wanted"),
    [([-2.0, 1.0, 1.0], 2.0), ([-2.0, 1.0, 1.0, 1.0], 2.0), ([0.0, -1.0, 1.0], 0.0), ([-2.0, 1.0, 0.5], np.inf), ([-1.0, 2.0, -3.0], 0.5)],
)
def test_payback_is_when_the_sum_first_reaches_nothing(paid: list[float], wanted: float) -> None:
    """Payments at 0, 1, 2, ... years."""
    one = Cash(jnp.asarray(paid), jnp.asarray(np.arange(len(paid), dtype=float)), jnp.asarray(1.0))
    assert float(one.payback_s()) == pytest.approx(wanted)
