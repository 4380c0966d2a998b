"""Splines and what of a run is useful: against scipy's natural spline, and against lines and cubes by hand."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from capexmodel.training.goodput import Reliability
from capexmodel.training.useful import Spline, Useful, beside
from capexmodel.training.utilization import Utilization

KNOTS, VALUES = [0.5, 1.7, 2.4, 4.1], [3.0, -0.7, 2.2, 1.3]


def spline(knots=KNOTS, values=VALUES) -> Spline:
    """The spline through points."""
    return Spline.through(jnp.asarray(knots), jnp.asarray(values))


def natural() -> CubicSpline:
    """The same by scipy, to be read between its ends."""
    return CubicSpline(KNOTS, VALUES, bc_type="natural")


def test_between_its_ends_it_is_the_natural_cubic_spline():
    places = np.linspace(0.5, 4.1, 13)
    np.testing.assert_allclose(spline().at(jnp.asarray(places)), natural()(places), rtol=1e-11)


def test_beyond_its_ends_it_is_straight():
    first, last = natural()(0.5, 1), natural()(4.1, 1)
    np.testing.assert_allclose(spline().at(jnp.asarray([-0.8, 6.3])), [3.0 - 1.3 * first, 1.3 + 2.2 * last], rtol=1e-11)


def test_one_point_gives_a_level():
    level = spline([2.5], [0.7])
    np.testing.assert_array_equal(level.at(jnp.asarray([-3.0, 2.5, 9.0])), [0.7, 0.7, 0.7])
    assert (level.knots.shape, level.cubes.shape, level.line.shape) == ((1,), (1,), (2,))


def test_places_may_have_any_shape():
    places = jnp.asarray([[0.9, 1.9, 3.3], [5.0, 2.1, 0.1]])
    np.testing.assert_allclose(spline().at(places), np.asarray(spline().at(places.ravel())).reshape(2, 3), rtol=1e-14)
    assert float(spline().at(jnp.asarray(1.7))) == pytest.approx(-0.7, rel=1e-12)
    assert beside(jnp.asarray([1.0, 2.0, 3.0]), places).shape == (1, 1, 3)
    assert beside(jnp.asarray([1.0, 2.0, 3.0]), jnp.asarray(4.0)).shape == (3,)


@pytest.mark.parametrize("rise", [0.0, 1.3, -0.8, 3.5, -3.0])
def test_crests_are_where_its_slope_falls_through_nothing(rise):
    """Against the roots of scipy's slope, interval by interval."""
    where, there = (np.asarray(each) for each in spline().crests(rise))
    slope, roots = natural().derivative(), {}
    for root in slope.solve(-rise, extrapolate=False):
        if slope(root, 1) < 0:
            roots[int(np.searchsorted(KNOTS, root)) - 1] = root
    if slope(0.5) + rise < 0:
        roots.setdefault(0, 0.5)
        expected_there = {0} | set(roots)
    else:
        expected_there = set(roots)
    assert set(np.flatnonzero(there)) == expected_there
    for interval in range(3):
        assert where[interval] == pytest.approx(roots.get(interval, KNOTS[interval]), rel=1e-9)


def cubed(cubes: list[float], line: tuple[float, float], knots=(0.0, 2.0, 5.0)) -> Spline:
    """A spline by its weights."""
    return Spline(*(jnp.asarray(each) for each in (knots, cubes, line)))


def test_a_line_that_falls_has_its_crest_at_the_first_knot():
    where, there = cubed([0.0, 0.0, 0.0], (1.0, -0.5)).crests(0.2)
    np.testing.assert_array_equal(there, [True, False])
    np.testing.assert_array_equal(where, [0.0, 2.0])
    assert not np.asarray(cubed([0.0, 0.0, 0.0], (1.0, -0.2)).crests(0.2)[1]).any()
    assert not np.asarray(cubed([0.0, 0.0, 0.0], (1.0, -0.1)).crests(0.2)[1]).any()


def test_a_crest_is_where_a_cube_turns_a_rise_round():
    """1.5 + 0.75 of slope is gone once 3 x 0.25 t^2 is as much: at the root of three, before the second knot; the next cube may turn it
    again. With a cube from the second knot alone, at 2 + sqrt(2.25 / 1.2)."""
    where, there = cubed([-0.25, 0.25, 0.0], (1.0, 1.5)).crests(0.75)
    np.testing.assert_array_equal(there, [True, False])
    np.testing.assert_allclose(where, [math.sqrt(3.0), 2.0], rtol=1e-12)
    where, there = cubed([0.0, -0.4, 0.1], (1.0, 1.5)).crests(0.75)
    np.testing.assert_array_equal(there, [False, True])
    np.testing.assert_allclose(where, [0.0, 2.0 + math.sqrt(2.25 / 1.2)], rtol=1e-12)


def test_a_crest_beyond_its_interval_is_none_of_its_own():
    """A slope of 2.25 would be gone after 2.5 of the first 2; at the second knot it is 0.81, and falls by 1.44 from there."""
    where, there = cubed([-0.12, 0.12, 0.0], (1.0, 1.5)).crests(0.75)
    np.testing.assert_array_equal(there, [False, True])
    np.testing.assert_allclose(where, [0.0, 2.5625], rtol=1e-12)


SIZES, MFU = [10.0, 40.0, 200.0, 900.0], [0.5, 0.45, 0.4, 0.3]


def reliable(restart_s: float = 40.0) -> Reliability:
    """Large runs fail once in a few minutes, and take as long to come back."""
    return Reliability(*(jnp.asarray(each) for each in (6e-6, 1e-5, 3.0, restart_s)))


def useful(restart_s: float = 40.0, mfu=MFU) -> Useful:
    """By utilization at four sizes, of chips of 4."""
    return Useful.of(jnp.asarray(SIZES), jnp.asarray(mfu), jnp.asarray(4.0), reliable(restart_s))


def yields(restart_s: float, mfu=MFU) -> np.ndarray:
    """Logarithm of useful chips at each size: chips times utilization times goodput."""
    return np.log(np.asarray(SIZES) * np.asarray(mfu) * np.asarray(reliable(restart_s).goodput(jnp.asarray(SIZES))))


def test_the_share_goes_through_utilization_times_goodput():
    """The knots are logarithms of sizes; where each size yields more than those before, nothing is drawn nearer."""
    found = useful()
    assert (np.diff(yields(40.0)) > 0).all()
    np.testing.assert_allclose(found.share.at(jnp.log(jnp.asarray(SIZES))), yields(40.0) - np.log(SIZES), rtol=1e-11)
    np.testing.assert_allclose(found.share.knots, np.log(SIZES), rtol=1e-14)
    assert (float(found.smallest_count), float(found.chip_eflops), float(found.small_mfu)) == (10.0, 4.0, 0.5)


def test_where_larger_sizes_yield_less_the_fall_is_drawn_nearer():
    """A fall of f in the logarithm is drawn as f / (1 + f)."""
    mfu = [0.5, 0.45, 0.05, 0.3]
    log_yield = yields(40.0, mfu)
    fall = log_yield[1] - log_yield[2]
    assert fall > 0.3
    at = np.asarray(useful(mfu=mfu).share.at(jnp.log(jnp.asarray(SIZES)))) + np.log(SIZES)
    np.testing.assert_allclose(at, [log_yield[0], log_yield[1], log_yield[1] - fall / (1 + fall), log_yield[3]], rtol=1e-11)


def crest(found: Useful) -> tuple[float, float]:
    """Place and height of the first crest, by a scan."""
    places = np.linspace(math.log(10.0), math.log(200.0), 200001)
    heights = places + np.asarray(found.share.at(jnp.asarray(places)))
    return float(places[np.argmax(heights)]), float(heights.max())


def test_a_run_beyond_a_crest_yields_as_much_as_there_until_more_is_had():
    found = useful(mfu=[0.5, 0.45, 0.05, 0.3])
    where, height = crest(found)
    np.testing.assert_allclose(found.crest_at[1], where, rtol=1e-4)
    np.testing.assert_allclose(found.crest[1], height, rtol=1e-9)
    assert np.isneginf(np.asarray(found.crest)[[0, 2]]).all()
    for chips, expected in ((300.0, None), (200.0, height)):
        size = 0.5 * math.log(chips**2 + 100.0)
        seen = float(found.log_share_at(jnp.asarray(4.0 * chips))) + size
        plain = size + float(found.share.at(jnp.asarray(size)))
        assert seen == pytest.approx(expected if expected is not None else max(plain, height), rel=1e-9)
        assert seen >= plain


@pytest.mark.parametrize("chips", [0.0, 3.0, 10.0, 70.0, 2000.0])
def test_a_share_is_read_at_a_softened_size(chips):
    """The root of the squares of its chips and of the smallest size."""
    found = useful()
    size = 0.5 * math.log(chips**2 + 100.0)
    expected = float(found.share.at(jnp.asarray(size)))
    assert float(found.log_share_at(jnp.asarray(4.0 * chips))) == pytest.approx(expected, rel=1e-12)
    assert float(found.share_at(jnp.asarray(4.0 * chips))) == pytest.approx(math.exp(expected), rel=1e-12)
    assert float(found.useful_eflops(jnp.asarray(4.0 * chips))) == pytest.approx(4.0 * chips * math.exp(expected), rel=1e-12)


def test_no_more_than_all_of_a_run_is_useful():
    knots = jnp.asarray([0.0, 1.0])
    rising = Spline(knots, jnp.zeros(2), jnp.asarray([-1.0, 0.5]))
    found = Useful(rising, jnp.asarray([0.0]), jnp.asarray([-jnp.inf]), *(jnp.asarray(each) for each in (1.0, 1.0, 0.4)))
    np.testing.assert_array_equal(found.share_at(jnp.asarray([100.0, 1e4])), [1.0, 1.0])
    assert float(found.log_share_at(jnp.asarray(0.0))) == pytest.approx(-1.0, rel=1e-14)


def test_a_crest_counts_beyond_its_size_alone():
    """Level at a share of e^-1, but for a crest of ten times as much from 20 chips on."""
    flat = Spline(jnp.asarray([0.0, 1.0]), jnp.zeros(2), jnp.asarray([-1.0, 0.0]))
    rest = [jnp.asarray(each) for each in (math.log(20.0), math.log(30.0), 3.0, 0.5, 0.4)]
    found = Useful(flat, rest[0][None], rest[1][None], *rest[2:])
    sizes = np.sqrt(np.asarray([6.0, 15.0, 25.0, 400.0]) ** 2 + 9.0)
    expected = [math.exp(-1), math.exp(-1), 1.0, math.exp(-1)]
    np.testing.assert_allclose(found.share_at(0.5 * jnp.asarray([6.0, 15.0, 25.0, 400.0])), expected, rtol=1e-12)
    seen = found.share_at(0.5 * jnp.asarray([60.0]))
    assert float(seen[0]) == pytest.approx(30.0 / math.hypot(60.0, 3.0), rel=1e-12)
    assert sizes[1] < 20.0 < sizes[2]


def test_a_measured_utilization_is_looked_at_from_one_chip_to_sixteen_million():
    """Thirteen sizes, each four times the one before."""
    told = Utilization(*(jnp.asarray(each) for each in (0.45, 900.0, 0.05, 2.5)))
    calm = Reliability(*(jnp.asarray(each) for each in (0.0, 1e-6, 3.0, 40.0)))
    found = Useful.measured(told, calm)
    sizes = 4.0 ** np.arange(13)
    np.testing.assert_allclose(found.share.knots, np.log(sizes), rtol=1e-12, atol=1e-14)
    expected = np.log(0.45 * (1 + sizes * 2.5 / 900) ** -0.05 * float(calm.goodput(jnp.asarray(1.0))))
    np.testing.assert_allclose(found.share.at(found.share.knots), expected, rtol=1e-10)
    assert (float(found.smallest_count), float(found.chip_eflops)) == (1.0, 2.5)
    assert float(found.small_mfu) == pytest.approx(0.45 * (1 + 2.5 / 900) ** -0.05, rel=1e-14)


def test_slopes_are_finite_where_nothing_turns():
    """A straight spline has no root to take, and a level one none to divide by."""
    for rise, line in itertools.product((0.0, 1.0), (0.0, 0.3)):
        slope = jax.grad(lambda s, rise=rise: jnp.sum(s.crests(rise)[0]))(cubed([0.0, 0.0, 0.0], (1.0, line)))
        assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(slope))
