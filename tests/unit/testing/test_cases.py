"""Examples near a scenario: how one number moves, what stands together, and allocations of the size of an envelope."""

import dataclasses
import functools
from math import exp, log

import numpy as np
import pytest

from capexmodel import config
from capexmodel.param import Param
from capexmodel.testing import cases as module
from capexmodel.testing.cases import Cases, Reach, declared, draw, lead_times, numbers_of, related, scenario_of, source_of
from tests.two_sites import two_sites


@functools.cache
def base():
    return config.load("one_period")


def moved(value, move, factor=1.2, field="price_usd", jump=False, **bounds):
    """One number after its move."""
    return module._moved(np.asarray([value]), Param("", **bounds), field, np.asarray([[move]]), np.asarray([[jump]]), factor)[0, 0]


@pytest.mark.parametrize(("value", "move", "factor", "expected"), [
    (3.0, 0.5, 1.44, 3.0 * 1.2), (5.0, -1.0, 4.0, 1.25), (-3.0, 1.0, 20.0, -60.0), (7.0, 0.0, 20.0, 7.0),
])  # fmt: skip
def test_a_number_without_bounds_is_multiplied(value, move, factor, expected):
    assert moved(value, move, factor) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("move", "factor", "days"), [(0.5, 1.2, 15.0), (-0.25, 1.2, 7.5), (0.5, 1.44, 30.0)])
def test_a_delay_grows_by_days_and_never_shrinks(move, factor, days):
    assert moved(86_400.0, move, factor, "slip_s") == pytest.approx((1.0 + days) * 86_400.0, rel=1e-12)


@pytest.mark.parametrize("bound", ["le", "lt"])
def test_what_its_top_would_stop_goes_down_by_a_twentieth_of_itself(bound):
    assert moved(9.5, 0.6, **{bound: 10.0}) == pytest.approx(9.5 * (1.0 - 0.6 * 0.05), rel=1e-14)
    assert moved(-1.1, -0.8, **{bound: -1.0}) == pytest.approx(-1.1 * (1.0 + 0.8 * 0.05), rel=1e-14)


def test_a_number_keeps_a_twentieth_of_the_way_from_its_top():
    """From 8 the last place is 9.9."""
    assert moved(8.0, 1.0, 9.89 / 8.0, le=10.0) == pytest.approx(9.89, rel=1e-14)
    assert moved(8.0, 1.0, 9.91 / 8.0, le=10.0) == pytest.approx(7.6, rel=1e-14)


def test_the_lower_of_two_tops_stops():
    assert moved(9.5, 0.6, le=10.0, lt=40.0) == pytest.approx(9.5 * 0.97, rel=1e-14)
    assert moved(9.5, 0.6, le=40.0, lt=10.0) == pytest.approx(9.5 * 0.97, rel=1e-14)


@pytest.mark.parametrize("bound", ["ge", "gt"])
def test_what_its_bottom_would_stop_goes_up_by_what_it_stands_above(bound):
    assert moved(2.2, -0.9, **{bound: 2.0}) == pytest.approx(2.0 + (0.2 + 0.02) * exp(0.9), rel=1e-12)
    assert moved(-3.7, 0.5, 9.0, **{bound: -4.0}) == pytest.approx(-4.0 + (0.3 + 0.04) * exp(0.5), rel=1e-12)
    assert moved(2.6, -0.9, **{bound: 2.0}) == pytest.approx(2.6 * 1.2**-0.9, rel=1e-14)


def test_a_bottom_that_is_included_goes_before_one_that_is_not():
    assert moved(2.2, -0.9, ge=2.0, gt=1.0) == pytest.approx(2.0 + (0.2 + 0.02) * exp(0.9), rel=1e-12)


def test_exactly_on_its_bottom_a_number_leaves_it_only_where_it_moves():
    assert moved(2.0, 0.0, ge=2.0) == 2.0
    assert moved(2.0, -0.5, ge=2.0) == pytest.approx(2.0 + 0.02 * exp(0.5), rel=1e-12)


def test_exactly_at_the_last_place_below_its_top_a_number_turns_back():
    assert moved(10.0, 0.0, le=10.0) == 10.0
    assert moved(10.0, 0.5, 1.0, le=10.0) == 9.75
    assert moved(10.0, 0.5, 4.0, le=10.0) == pytest.approx(10.0 - 0.5 * 0.05 * 10.0, rel=1e-14)


def test_nothing_stops_a_positive_number_above_nothing():
    assert moved(0.3, -1.0, 20.0, ge=0.0) == pytest.approx(0.015, rel=1e-13)
    assert moved(0.3, -1.0, 20.0, gt=0.0) == pytest.approx(0.015, rel=1e-13)


@pytest.mark.parametrize(("move", "bounds", "expected"), [
    (0.4, {"ge": 2.0, "le": 10.0}, 10.0), (-0.4, {"ge": 2.0, "le": 10.0}, 2.0), (0.0, {"ge": 2.0, "le": 10.0}, 2.0),
    (0.4, {"ge": 2.0, "lt": 10.0}, 9.7), (-0.4, {"ge": 2.0, "lt": 10.0}, 2.0),
    (0.4, {"gt": 2.0, "lt": 10.0}, 9.7), (-0.4, {"gt": 2.0, "lt": 10.0}, 9.7),
    (0.4, {"ge": 2.0}, 2.0), (0.4, {"gt": 2.0}, 4.0 * 1.2**0.4), (0.4, {}, 4.0 * 1.2**0.4),
])  # fmt: skip
def test_a_jump_ends_where_a_number_may_stand(move, bounds, expected):
    assert moved(4.0, move, jump=True, **bounds) == pytest.approx(expected, rel=1e-14)


def test_what_has_no_end_stays_so_even_in_a_jump():
    assert moved(np.inf, 0.4, jump=True, ge=2.0) == np.inf


def test_stages_that_rise_go_on_rising_and_others_may_fall():
    move, no = np.asarray([[1.0, -1.0, 0.5]]), np.zeros((1, 3), bool)
    rising = module._moved(np.asarray([3.0, 3.0, 7.0]), Param("", at="at_s"), "x", move, no, 4.0)
    np.testing.assert_allclose(rising, [[12.0, 12.0, 14.0]], rtol=1e-14)
    falling = module._moved(np.asarray([3.0, 2.9, 7.0]), Param("", at="at_s"), "x", move, no, 4.0)
    np.testing.assert_allclose(falling, [[12.0, 0.725, 14.0]], rtol=1e-14)
    alone = module._moved(np.asarray([3.0, 3.0, 7.0]), Param(""), "x", move, no, 4.0)
    np.testing.assert_allclose(alone, [[12.0, 0.75, 14.0]], rtol=1e-14)


def test_stages_that_turn_are_in_order_along_their_own_row():
    move, no = np.zeros((1, 2, 2)), np.zeros((1, 2, 2), bool)
    move[0, 0, 0] = 1.0
    rows = module._moved(np.asarray([[3.0, 5.0], [1.5, 4.0]]), Param("", at="at_s"), "x", move, no, 4.0)
    np.testing.assert_allclose(rows, [[[12.0, 12.0], [1.5, 4.0]]], rtol=1e-14)


def test_a_lower_limit_is_brought_down_to_the_upper_one():
    low, high = ("envelope", "low_usd"), ("envelope", "high_usd")
    found = related({low: np.asarray([[5.0, 3.0]]), high: np.asarray([[4.0, 6.0]])})
    np.testing.assert_array_equal(found[low], [[4.0, 3.0]])
    np.testing.assert_array_equal(found[high], [[4.0, 6.0]])


def together(sizes, **parts):
    low, high = np.asarray([3.0]), np.asarray([4.0])
    given = {("envelope", "low_usd"): low, ("envelope", "high_usd"): high, ("recipe", "chips_count"): np.asarray(sizes)}
    return related(given | {("recipe", name): np.asarray(values) for name, values in parts.items()})


def test_sizes_stand_in_order_each_a_hundredth_above_the_one_before():
    first = {name: [[3.0, 5.0, 7.0]] for _, name in [(0, field) for field in module.ONE_COPY]}
    sizes = together([[900.0, 800.0, 804.0]], **first)["recipe", "chips_count"]
    np.testing.assert_allclose(sizes, [[800.0, 808.0, 900.0]], rtol=1e-14)
    np.testing.assert_allclose(together([[800.0, 803.0, 805.0]], **first)["recipe", "chips_count"], [[800.0, 808.0, 816.08]], rtol=1e-14)


def test_parts_of_a_cut_are_no_more_than_what_the_ones_before_left():
    """Of 800 chips the first takes 40, which leaves 20; the second wants 50 and gets 20, which leaves one to the third."""
    one, two, three = module.ONE_COPY
    found = together([[800.0]], **{one: [[40.0]], two: [[50.0]], three: [[7.0]]})
    assert [float(found["recipe", name][0, 0]) for name in module.ONE_COPY] == [40.0, 20.0, 1.0]
    found = together([[800.0]], **{one: [[900.0]], two: [[50.0]], three: [[7.0]]})
    assert [float(found["recipe", name][0, 0]) for name in module.ONE_COPY] == [800.0, 1.0, 1.0]


def test_some_of_the_examples():
    many = Cases({("a", "b"): np.asarray([3.0, 5.0, 7.0])}, {"x": np.asarray([[3.0], [4.0], [6.0]])}, np.asarray([0.1, 0.2, 0.3]))
    some = many.take(np.asarray([2, 0]))
    assert (len(many), len(some)) == (3, 2)
    np.testing.assert_array_equal(some.numbers["a", "b"], [7.0, 3.0])
    np.testing.assert_array_equal(some.plan["x"], [[6.0], [3.0]])
    np.testing.assert_array_equal(some.chance, [0.3, 0.1])


def test_reaches_are_a_fifth_double_and_twenty_times():
    assert [reach.value for reach in module.Reach] == [(1.2, 0.0), (2.0, 0.02), (20.0, 0.2)]


def test_draws_of_an_example_are_those_of_its_seed_its_number_and_what_they_are_of():
    drawn = source_of(5, 7, 3).uniform()
    assert drawn == np.random.Generator(np.random.Philox(key=[23, 7])).uniform()
    assert source_of(5, 7).uniform() == np.random.Generator(np.random.Philox(key=[20, 7])).uniform()


def streams(seed, example, size):
    """Moves, jumps and the chance of an example."""
    return source_of(seed, example, 1).uniform(-1.0, 1.0, size), source_of(seed, example, 2).uniform(0.0, 1.0, size), \
        source_of(seed, example, 3).uniform()  # fmt: skip


def first_of(scenario, place):
    """Where the numbers of a field begin among all."""
    own = numbers_of(scenario)
    return sum(own[other].size for other in list(own)[: list(own).index(place)]), sum(values.size for values in own.values())


def test_a_number_moves_by_the_draw_that_is_its_own():
    place = ("accelerator", "price_usd")
    start, size = first_of(base(), place)
    moves, _, chance = streams(3, 2, size)
    found = draw(base(), [0, 2], 3)
    np.testing.assert_array_equal(found.numbers[place][0], numbers_of(base())[place])
    np.testing.assert_allclose(found.numbers[place][1, 0], numbers_of(base())[place][0] * 1.2 ** moves[start], rtol=1e-12)
    assert found.chance[1] == chance


def test_half_the_width_is_half_the_move_and_what_is_still_has_none():
    place = ("accelerator", "price_usd")
    start, size = first_of(base(), place)
    own, found = numbers_of(base()), draw(base(), [4], 3, width=0.5)
    np.testing.assert_allclose(found.numbers[place][0, 0], own[place][0] * 1.2 ** (0.5 * streams(3, 4, size)[0][start]), rtol=1e-12)
    still = draw(base(), [4], 3, still=[place])
    np.testing.assert_array_equal(still.numbers[place][0], own[place])
    assert still.numbers["accelerator", "peak_eflops"][0, 0] != own["accelerator", "peak_eflops"][0]


def test_jumps_are_as_frequent_as_the_width_says():
    """A fifth of hostile numbers jump; at half the width a tenth."""
    place = ("site", "average_pue")
    start, size = first_of(base(), place)
    least = declared(base())[place].ge
    for width in (1.0, 0.5):
        many = range(1, 60)
        found = draw(base(), many, 3, Reach.HOSTILE, width).numbers[place][:, 0]
        drawn = [streams(3, example, size) for example in many]
        jumped = np.asarray([jumps[start] < 0.2 * width for _, jumps, _ in drawn])
        np.testing.assert_array_equal(found == least, jumped)
        assert jumped.any()


def test_the_seed_is_nothing_and_the_reach_sane_unless_told():
    place = ("accelerator", "price_usd")
    for values in (draw(base(), [3]).numbers[place], draw(base(), [3], 0, Reach.SANE, 1.0, ()).numbers[place]):
        start, size = first_of(base(), place)
        np.testing.assert_allclose(values[0, 0], numbers_of(base())[place][0] * exp(log(1.2) * streams(0, 3, size)[0][start]), rtol=1e-12)


def test_dates_and_the_calendar_do_not_move():
    places = declared(two_sites())
    assert not any(table == "calendar" or field.endswith("at_s") for table, field in places)
    assert ("job", "deadline_s") in places
    assert ("site", "slip_s") in places


def test_what_is_there_in_time_hangs_on_times_and_spreads():
    times = lead_times(two_sites())
    assert {("accelerator", "install_s"), ("accelerator", "install_spread"), ("site", "slip_s")} <= times
    assert not {("accelerator", "price_usd"), ("site", "hall_starts_w_per_s")} & times


def test_other_numbers_are_put_where_they_belong():
    price = np.asarray([3.0, 5.0, 7.0])
    found = scenario_of(two_sites(), {("accelerator", "price_usd"): price, ("site", "average_pue"): np.asarray([1.3, 1.7])})
    np.testing.assert_array_equal(np.asarray(found.accelerator.price_usd), price)
    np.testing.assert_array_equal(np.asarray(found.site.average_pue), [1.3, 1.7])
    np.testing.assert_array_equal(np.asarray(found.site.peak_pue), np.asarray(two_sites().site.peak_pue))


class Quarter(np.random.Generator):
    """Draws that are always a quarter of the way between their ends."""

    def __init__(self):
        super().__init__(np.random.Philox(0))

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.full(size, low + 0.25 * (high - low))


RUN = 0.8125 * 0.05**0.75


def closed():
    """Two sites of which the second is not open."""
    return dataclasses.replace(two_sites(), site=dataclasses.replace(two_sites().site, open=(True, False)))


@pytest.mark.parametrize(("name", "shape", "drawn"), [
    ("chips_usd", (3, 2, 3), 0.4 * 0.5 / 3.0), ("hall_usd", (2, 2, 3), 0.4 * 0.3 / 2.0), ("source_usd", (3, 2, 3), 0.4 * 0.1 / 3.0),
    ("energy_share", (3, 2, 2), 0.25), ("ports_usd", (2, 3), 0.4 * 0.3), ("reserve_usd", (2,), 0.025), ("rented_count", (2, 3), 5000.0),
    ("hires_count", (3,), 0.0125), ("taken", (3,), 1.0), ("run_share", (1, 2, 4), RUN),
    ("experiment_share", (4,), 0.625 * 0.02**0.75),
])  # fmt: skip
def test_shares_of_an_allocation_leave_something_to_everybody(name, shape, drawn):
    found = module._drawn(closed(), Quarter())[name]
    expected = np.full(shape, drawn)
    if name in ("chips_usd", "hall_usd", "source_usd", "ports_usd"):
        expected[..., 1, :] = 0.0
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_runs_and_experiments_take_now_little_now_nearly_all_and_runs_never_more_than_a_site_has():
    drawn = [module._drawn(two_sites(), module.source_of(0, example)) for example in range(200)]
    for name, low in (("run_share", 0.08), ("experiment_share", 0.03)):
        most = np.asarray([one[name].max() for one in drawn])
        assert (most.min() < low, most.max() > 0.95, most.max() <= 1.0) == (True, True, True)


def test_two_models_share_what_runs():
    jobs = dataclasses.replace(two_sites().job, names=("a", "b"))
    found = module._drawn(dataclasses.replace(two_sites(), job=jobs), Quarter())["run_share"]
    np.testing.assert_allclose(found, np.full((2, 2, 4), RUN / 2.0), rtol=1e-14)


def test_a_catalog_without_members_is_no_fault():
    scenario = dataclasses.replace(two_sites(), **{
        table: dataclasses.replace(getattr(two_sites(), table), names=()) for table in ("accelerator", "hall", "source", "job")
    })  # fmt: skip
    found = module._drawn(scenario, Quarter())
    assert [found[name].shape[0] for name in ("chips_usd", "hall_usd", "source_usd", "run_share")] == [0, 0, 0, 0]


def test_dollars_are_of_the_size_of_the_largest_year_over_the_decisions_and_hires_of_the_staff():
    numbers = {
        ("envelope", "high_usd"): np.asarray([[5000.0, 7500.0], [900.0, 600.0]]),
        ("staff", "headcount_count"): np.asarray([40.0, 80.0]),
        ("job", "reach"): np.asarray([[[0.5, 0.0]], [[0.25, 1.0]]]),
    }
    found = module.allocations(two_sites(), numbers, [Quarter(), Quarter()])
    for name, drawn in (("chips_usd", 0.2 / 3.0), ("hall_usd", 0.06), ("source_usd", 0.04 / 3.0), ("ports_usd", 0.12)):
        for row, yearly in enumerate((2500.0, 300.0)):
            np.testing.assert_allclose(found[name][row], np.full(found[name].shape[1:], drawn * yearly), rtol=1e-13)
    np.testing.assert_allclose(found["reserve_usd"], [[62.5, 62.5], [7.5, 7.5]], rtol=1e-14)
    np.testing.assert_allclose(found["hires_count"], [[0.5] * 3, [1.0] * 3], rtol=1e-14)
    np.testing.assert_allclose(found["run_share"][:, 0, :, 0], [[RUN, 0.0], [RUN, RUN]], rtol=1e-14)
    np.testing.assert_allclose(found["rented_count"], np.full((2, 2, 3), 5000.0))


def test_an_allocation_of_its_fields():
    plan = {name: values[0] for name, values in draw(base(), [3]).plan.items()}
    found = module.allocation_of(plan)
    assert all(np.array_equal(getattr(found, name), values) for name, values in plan.items())
