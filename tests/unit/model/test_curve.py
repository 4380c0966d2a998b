"""Work of a rate between the middles of periods, by areas of trapezes, and the first instant of a demand, by the same areas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.curve import Curve, curve

EDGES_S, RATES = (10.0, 14.0, 24.0, 40.0), (0.3, 0.5, 1.1)
KNOTS_S, KNOT_RATES = (10.0, 12.0, 19.0, 32.0, 40.0), (0.3, 0.3, 0.5, 1.1, 1.1)
WORK = (0.0, 0.6, 3.4, 13.8, 22.6)
"""Areas: 2 x 0.3, then 7 x 0.4, 13 x 0.8 and 8 x 1.1."""
FALLING = (1.1, 0.5, 0.0)
"""The other way round: 1.1 until 12, 0.5 at 19, nothing from 32 on; 2.2, 5.6 and 3.25 of work."""


def rising(*rates: float) -> Curve:
    """The curve of three periods; of the rates above where none are given."""
    return curve(jnp.asarray(EDGES_S), jnp.asarray(rates or RATES))


def first(demand: float, *rates: float) -> tuple[float, bool]:
    """The first instant and whether it is one."""
    time_s, reached = rising(*rates).first(jnp.asarray(demand))
    return float(time_s), bool(reached)


def test_knots_are_the_ends_and_the_middles_and_work_is_the_area_until_there():
    found = rising()
    np.testing.assert_allclose(found.knots_s, KNOTS_S, rtol=1e-15)
    np.testing.assert_allclose(found.rate, KNOT_RATES, rtol=1e-15)
    np.testing.assert_allclose(found.work, WORK, rtol=1e-14)


@pytest.mark.parametrize(
    ("time_s", "work"),
    [
        (4.0, 0.0), (10.0, 0.0), (11.0, 0.3), (12.0, 0.6), (15.5, 0.6 + 3.5 * 0.35), (19.0, 3.4), (25.5, 3.4 + 6.5 * 0.65),
        (32.0, 13.8), (36.0, 18.2), (40.0, 22.6), (43.0, 22.6 + 3.3),
    ],
)  # fmt: skip
def test_work_done_is_the_area_until_an_instant(time_s, work):
    assert float(rising().done(jnp.asarray(time_s))) == pytest.approx(work, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(("time_s", "rate"), [(9.0, 0.3), (11.0, 0.3), (15.5, 0.4), (25.5, 0.8), (28.75, 0.95), (36.0, 1.1)])
def test_the_rate_is_a_straight_line_between_middles(time_s, rate):
    assert float(rising().rate_at(jnp.asarray(time_s))) == pytest.approx(rate, rel=1e-14)


@pytest.mark.parametrize(
    ("demand", "time_s"),
    [
        (0.15, 10.5), (0.3, 11.0), (0.6, 12.0), (0.6 + 3.5 * 0.35, 15.5), (3.4, 19.0), (3.4 + 6.5 * 0.65, 25.5), (13.8, 32.0), (18.2, 36.0),
        (22.6, 40.0), (22.6 + 3.3, 43.0), (22.6 + 110.0, 140.0),
    ],
)  # fmt: skip
def test_a_demand_is_reached_when_so_much_is_done(demand, time_s):
    assert first(demand) == (pytest.approx(time_s, rel=1e-14), True)


@pytest.mark.parametrize(("demand", "time_s"), [(1.1, 11.0), (2.2, 12.0), (2.2 + 3.5 * 0.95, 15.5), (7.8, 19.0), (7.8 + 6.5 * 0.375, 25.5)])
def test_a_demand_is_reached_while_the_rate_falls(demand, time_s):
    assert first(demand, *FALLING) == (pytest.approx(time_s, rel=1e-14), True)


def test_all_that_is_done_before_the_rate_ends_is_reached_where_it_ends():
    """Found from the rate alone, for the slope in time is infinite there."""
    time_s, reached = first(11.05, *FALLING)
    assert reached
    assert time_s == pytest.approx(32.0, abs=1e-5)


def test_where_rounding_leaves_less_than_no_speed_the_instant_is_a_number_all_the_same():
    """0.11 squared less twice 0.165 times a third of 0.11 is a little less than nothing in floats."""
    found = Curve(jnp.asarray([0.0, 3.0]), jnp.asarray([0.11, 0.0]), jnp.asarray([0.0, 0.165]))
    assert float(found.first(jnp.asarray(0.165))[0]) == pytest.approx(3.0, rel=1e-9)


def test_a_rate_that_begins_at_nothing_begins_with_a_root():
    """Half of a rise of 0.1 a second each second, squared: 0.45 of work in three seconds."""
    found = Curve(jnp.asarray([2.0, 8.0]), jnp.asarray([0.0, 0.6]), jnp.asarray([0.0, 1.8]))
    assert float(found.first(jnp.asarray(0.45))[0]) == pytest.approx(5.0, rel=1e-14)


@pytest.mark.parametrize("demand", [0.0, -3.0])
def test_no_demand_is_reached_at_once_whatever_the_rate(demand):
    assert first(demand) == (0.0, True)
    assert first(demand, 0.0, 0.0, 0.0) == (0.0, True)


def test_what_is_never_done_has_a_date_far_away_as_if_all_took_a_hundred_horizons():
    """Of 30 asked 11.05 are done: the rest at 30 in 4,000 seconds."""
    assert first(30.0, *FALLING) == (pytest.approx(40.0 + 18.95 / (30.0 / 4000.0), rel=1e-13), False)


def test_a_rate_that_does_it_all_in_just_a_hundred_horizons_does_not_reach_it():
    assert first(12000.0, 3.0, 3.0, 3.0) == (pytest.approx(40.0 + (12000.0 - 90.0) / 3.0, rel=1e-14), False)
    assert first(11999.0, 3.0, 3.0, 3.0) == (pytest.approx(40.0 + (11999.0 - 90.0) / 3.0, rel=1e-14), True)


def test_all_that_the_horizon_holds_is_reached_even_at_no_rate():
    assert first(5.0, 0.5, 0.3, 0.0)[1]
    flat = Curve(jnp.asarray([0.0, 4.0, 8.0]), jnp.asarray([0.5, 0.5, 0.0]), jnp.asarray([0.0, 2.0, 3.0]))
    assert bool(flat.first(jnp.asarray(3.0))[1])


@pytest.mark.parametrize(("demand", "rate"), [(0.3, 0.3), (0.6 + 3.5 * 0.35, 0.4), (18.2, 1.1), (22.6, 1.1), (50.0, 1.1)])
def test_one_more_of_demand_takes_the_inverse_of_the_rate(demand, rate):
    slope = jax.grad(lambda wanted: rising().first(wanted)[0])(jnp.asarray(demand))
    assert float(slope) == pytest.approx(1.0 / rate, rel=1e-12)


def test_one_more_of_a_rate_brings_forward_what_it_does_by_then():
    """At 15.5 the first period has given its flat 2 s and the middle of its ramp, 3.5 s less a quarter; the second that quarter."""
    slope = jax.grad(lambda rates: curve(jnp.asarray(EDGES_S), rates).first(jnp.asarray(0.6 + 3.5 * 0.35))[0])(jnp.asarray(RATES))
    np.testing.assert_allclose(slope, [-(2.0 + 0.75 * 3.5) / 0.4, -0.25 * 3.5 / 0.4, 0.0], rtol=1e-12)


@pytest.mark.parametrize("demand", [0.0, 5.0])
@pytest.mark.parametrize("last", [0.0, 0.7])
def test_slopes_are_numbers_even_where_nothing_runs_at_the_end(demand, last):
    def time_s(rates: jax.Array, wanted: jax.Array) -> jax.Array:
        return curve(jnp.asarray(EDGES_S), rates).first(wanted)[0]

    slopes = jax.grad(time_s, argnums=(0, 1))(jnp.asarray([0.0, 0.0, last]), jnp.asarray(demand))
    assert all(np.isfinite(np.asarray(slope)).all() for slope in slopes)


def test_within_the_horizon_what_is_too_much_ends_with_it():
    assert float(rising()._implicit(jnp.asarray(30.0))) == 40.0
    assert float(rising(*FALLING)._implicit(jnp.asarray(30.0))) == 40.0


def test_within_the_horizon_nothing_is_done_at_its_start():
    assert float(rising()._implicit(jnp.asarray(0.0))) == 10.0
    assert float(rising(0.0, 0.5, 0.3)._implicit(jnp.asarray(0.0))) == 10.0


def test_less_than_nothing_lies_before_the_start_at_the_first_rate():
    assert float(rising()._implicit(jnp.asarray(-0.6))) == pytest.approx(8.0, rel=1e-14)
