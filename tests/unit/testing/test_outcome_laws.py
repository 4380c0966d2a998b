"""Laws of outcomes, each held against what it must tell apart: work against its rate, open sites from closed ones, and what moves."""

import numpy as np
import pytest

from capexmodel.testing.laws.bounds import _done_eflop

EDGES_S = np.asarray([0.0, 2.0, 4.0])


@pytest.mark.parametrize(("end_s", "eflop"), [
    (0.0, 0.0), (1.0, 3.0), (2.0, 6.5), (3.0, 11.0), (4.0, 16.0), (10.0, 46.0),
])  # fmt: skip
def test_work_is_flat_before_the_first_middle_straight_between_and_goes_on_at_the_last_rate(end_s, eflop):
    rate = np.asarray([[[3.0, 5.0], [0.0, 0.0]]])
    np.testing.assert_allclose(_done_eflop(EDGES_S, rate, np.asarray([[end_s, end_s]])), [[eflop, 0.0]])
