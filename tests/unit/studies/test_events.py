"""Sites that are late by an event: as often and as much as said, each by itself, any row by its index; how well a share is known."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.errors import ModelError
from capexmodel.studies.chance import interval
from capexmodel.studies.draws import draws
from tests.draws import shipped

NAME = "greenfield"
COUNT = 20_000


def test_sites_are_late_as_often_as_said_and_each_by_itself() -> None:
    drawn = draws(shipped(NAME), COUNT, paths=(), late=True)
    late = np.asarray(drawn.late(jnp.arange(COUNT)))
    chances = np.asarray(shipped(NAME).site.late_probability)
    assert [event.site for event in drawn.events] == list(shipped(NAME).site.names)
    for site, share in enumerate(late.mean(axis=0)):
        low, high = interval(COUNT * share, COUNT)
        assert low - 0.003 < chances[site] < high + 0.003
    both = (late[:, 0] & late[:, 1]).mean()
    assert both == pytest.approx(chances[0] * chances[1], abs=4.0 * np.sqrt(chances[0] * chances[1] / COUNT))
    again = np.asarray(drawn.late(jnp.asarray([7_171, 2**33 + 5])))
    np.testing.assert_array_equal(again[0], late[7_171])


@pytest.mark.long
def test_an_event_is_a_longer_slip_and_nothing_else() -> None:
    """With the same figures: the slip of a late site is longer by its delay, and all else stays to the bit."""
    with_events, without = (np.asarray(draws(shipped(NAME), COUNT, late=late).rows(jnp.arange(COUNT))) for late in (True, False))
    drawn = draws(shipped(NAME), COUNT)
    late, slips = np.asarray(drawn.late(jnp.arange(COUNT))), [event.slip for event in drawn.events]
    others = np.setdiff1d(np.arange(with_events.shape[1]), slips)
    np.testing.assert_array_equal(with_events[:, others], without[:, others])
    for place, event in enumerate(drawn.events):
        assert event.delay is not None
        expected = without[:, event.slip] + np.where(late[:, place], without[:, event.delay], 0.0)
        np.testing.assert_array_equal(with_events[:, event.slip], expected)


def test_events_alone_leave_figures_where_they_are() -> None:
    drawn = draws(shipped(NAME), COUNT, paths=(), late=True)
    rows, late = np.asarray(drawn.rows(jnp.arange(COUNT))), np.asarray(drawn.late(jnp.arange(COUNT)))
    for event, column in zip(drawn.events, late.T, strict=True):
        np.testing.assert_array_equal(rows[:, event.slip], np.where(column, event.late_s, 0.0))
    with pytest.raises(ModelError, match="no site of one_period may be late"):
        draws(load("one_period"), 10, paths=(), late=True)


def test_a_share_is_known_to_its_interval() -> None:
    """Of many samples of a hundred, 95 of a hundred intervals hold the share they were drawn with; never below nothing or above all."""
    happened = np.random.default_rng(0).binomial(100, 0.2, 4000)
    ends = np.array([interval(float(count), 100) for count in happened])
    assert ((ends[:, 0] <= 0.2) & (ends[:, 1] >= 0.2)).mean() == pytest.approx(0.95, abs=0.02)
    assert interval(0.0, 50)[0] == pytest.approx(0.0, abs=1e-12)
    assert interval(50.0, 50)[1] == pytest.approx(1.0, abs=1e-12)
    assert interval(0.0, 0) == (0.0, 1.0)
