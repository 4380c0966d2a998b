"""Delays, stages and series on a grid of a few instants, by areas of trapezes."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model import timing
from tests.two_sites import share_there

ORDERS_S = (3.0, 7.0, 15.0)
"""Two decisions, of four and of eight seconds."""
SPELLS_S = ((3.0, 7.0), (7.0, 15.0))
assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-13, atol=1e-15)


def numbers(*values: object) -> jax.Array:
    """An array of what is given."""
    return jnp.asarray(values, float)


def test_an_order_arrives_over_its_interval_and_its_delay():
    """From 3 to 7 and 2.5 to 5.5 later: a trapeze of 5.5, 8.5, 9.5 and 12.5; from 7 to 15: of 9.5, 12.5, 17.5 and 20.5."""
    found = timing.arrived(numbers(4, 7, 8.5, 9.5, 11.5, 14, 19.5, 25), numbers(*ORDERS_S), 2.5, 5.5)
    first = [0, 1.125 / 12, 4.5 / 12, 7.5 / 12, 1 - 0.5 / 12, 1, 1, 1]
    second = [0, 0, 0, 0, 2 / 24, 9 / 24, 1 - 0.5 / 24, 1]
    assert_close(found, np.transpose([first, second]))


def test_a_kind_arrives_about_its_lead_time():
    """8 give or take a quarter: 6 to 10 later; 10 give or take a half: 5 to 15 later."""
    times = (9.5, 13.0, 19.0, 21.0)
    found = timing.delivered(numbers(*times), numbers(*ORDERS_S), numbers(8, 10), numbers(0.25, 0.5))
    for kind, (first_s, last_s) in enumerate([(6.0, 10.0), (5.0, 15.0)]):
        assert_close(found[kind], [[share_there(time, *spell, first_s, last_s) for spell in SPELLS_S] for time in times])


def test_an_interval_passes_evenly():
    found = timing.placed(numbers(1, 4, 6, 8, 13, 18), numbers(*ORDERS_S))
    assert_close(found, [[0, 0], [0.25, 0], [0.75, 0], [1, 0.125], [1, 0.75], [1, 1]])


def test_what_is_built_is_paid_from_its_order_on():
    """Five seconds of building: paid evenly from no time at all to five seconds later; and six of another."""
    times = (2.0, 5.0, 9.0, 13.5, 24.0)
    found = timing.paid_while_building(numbers(*times), numbers(*ORDERS_S), numbers(5, 6))
    for kind, build_s in enumerate([5.0, 6.0]):
        assert_close(found[kind], [[share_there(time, *spell, 0.0, build_s) for spell in SPELLS_S] for time in times])
    assert float(found[0, 1, 0]) == pytest.approx(2.0 / 20.0)


AT_S, STAGES = ((4.0, 10.0, 10.0, 18.0), (5.0, 7.0, 11.0, 15.0)), ((30.0, 42.0, 50.0, 26.0), (3.0, 13.0, 11.0, 19.0))


def test_stages_are_joined_by_lines_and_two_of_one_date_are_a_step():
    found = timing.level(numbers(2, 6, 9.5, 10, 10.25, 13, 20), numbers(*AT_S), numbers(*STAGES))
    assert_close(found, [[30, 34, 41, 50, 49.25, 41, 26], [3, 8, 11.75, 11.5, 11.375, 15, 19]])


def test_one_stage_alone_holds_always():
    assert_close(timing.level(numbers(2, 6), numbers((4.0,), (5.0,)), numbers((7.0,), (9.0,))), [[7, 7], [9, 9]])


def test_stages_have_slopes_in_their_dates_even_where_two_have_one():
    """A rise of 12 in six seconds: 2 less a second for a later start, in proportion to what is left of it; the step has no slope."""
    slope = jax.grad(lambda at_s: timing.level(numbers(6), at_s, numbers(STAGES[0]))[0, 0])(numbers(AT_S[0]))
    assert_close(slope[0], [-2.0 * 4.0 / 6.0, -2.0 * 2.0 / 6.0, 0.0, 0.0])


def test_a_rate_holds_from_its_date_on():
    """Nothing before the first date; the last goes on."""
    found = timing.volume(numbers(2, 5, 9, 12, 20), numbers((4.0, 7.0), (6.0, 11.0)), numbers((3.0, 5.0), (0.7, 0.2)))
    assert_close(found, [[3, 3 * 2 + 5 * 2, 15, 40], [0, 0.7 * 3, 0.7 * 2 + 0.2, 0.2 * 8]])


def test_a_mean_is_halfway_between_two_edges():
    assert_close(timing.mean(numbers((3, 7, 13), (4, 9, 20))), [[5, 10], [6.5, 14.5]])


def test_a_running_sum_has_each_step_and_all_before_it():
    assert_close(timing.running(numbers(3, 5, 11, 0.5)), [3, 8, 19, 19.5])


def test_people_hired_over_an_interval_leave_at_a_constant_rate():
    """At 5 half of the first are there, since 1 second in the mean; at 12 all, since 5 seconds at the least and 9 at the most."""
    rate = 0.125
    found = timing.surviving(numbers(2, 5, 12, 20), numbers(*ORDERS_S), jnp.asarray(rate))

    def still(since_first: float, since_last: float, interval: float) -> float:
        return (math.exp(-rate * since_last) - math.exp(-rate * since_first)) / (rate * interval)

    first = [0.0, still(2, 0, 4), still(9, 5, 4), still(17, 13, 4)]
    second = [0.0, 0.0, still(5, 0, 8), still(13, 5, 8)]
    assert_close(found, np.transpose([first, second]))


def test_where_nobody_leaves_all_who_joined_are_there():
    assert_close(timing.surviving(numbers(2, 5, 12, 20), numbers(*ORDERS_S), jnp.asarray(0.0)), [[0, 0], [0.5, 0], [1, 0.625], [1, 1]])


def test_the_first_to_leave_are_half_of_those_who_joined_times_their_seconds():
    """At no rate at all each second of it takes half of the square of the time of joining, and all of the time since."""
    slope = jax.jacfwd(lambda rate: timing.surviving(numbers(5, 12), numbers(*ORDERS_S), rate))(jnp.asarray(0.0))
    assert_close(slope, [[-0.5 * 4.0 / 4.0, 0.0], [-0.5 * 4.0 - 5.0, -0.5 * 25.0 / 8.0]])
    back = jax.grad(lambda rate: timing.surviving(numbers(5), numbers(*ORDERS_S), rate)[0, 0])(jnp.asarray(0.0))
    assert_close(back, -0.5)


@pytest.mark.parametrize(("rate", "squared"), [(2e-7, 0.0), (2.5e-7, 1.0), (4e-7, 1.0), (6e-7, 1.0)])
def test_below_a_millionth_the_square_of_the_exposure_is_left_out(rate, squared):
    """Four seconds of joining, just over."""
    exposed = 4.0 * rate
    found = timing.surviving(numbers(7), numbers(3, 7), jnp.asarray(rate))
    assert float(found[0, 0]) == pytest.approx(1.0 - exposed / 2.0 + squared * exposed**2 / 6.0, rel=3e-15)
