"""The program of any number of quarters: its stages are there, and it is convex."""

import jax.numpy as jnp
import pytest

from benchmarks.horizon import ROWS, SIZE, horizon
from capexmodel.solvers import check_convexity, check_stages

QUARTERS = 5


@pytest.mark.long
def test_the_quarters_are_stages_of_a_convex_program() -> None:
    """Nothing reaches beyond a quarter and the one before; no curvature has the wrong sign."""
    one = horizon(QUARTERS)
    assert one.start.size == QUARTERS * SIZE + 1
    assert one.program.inequality is not None
    assert one.program.inequality(one.start, one.given).size == QUARTERS * ROWS
    check_stages(one.program, one.start, one.given)
    assert not bool(check_convexity(one.program, one.start + 0.1 * jnp.arange(one.start.size), one.given, samples=2, within=0.1).refuted)
