"""Unknowns, and the search for the most probable ones, where the answer is known by hand."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training import calibration as room
from capexmodel.training.calibration import (
    FIELDS,
    SHARES,
    Kinds,
    Unknowns,
    calibrate,
    efficiency_of,
    from_scale,
    log_throughput,
    miss_of,
    spreads_of,
    surprise,
    to_scale,
)
from capexmodel.training.kriging import improbability
from tests.believed import believed, center, moved, scalar, spread, two_runs

SIZES = {"precision": 2, "chip_precision": 3, "chip": 4, "family": 5}
LEFT, RIGHT = 3, 7
"""Two unknowns that the stand-in for a surprise binds to each other."""


def kinds(*places: int) -> Kinds:
    """Precision, chip in a precision, chip and family of one run."""
    return jax.tree.map(lambda index: index[0], Kinds(*(jnp.asarray([place]) for place in places)))


def share(odds: float) -> float:
    """The share with so much log-odds."""
    return 1 / (1 + math.exp(-odds))


def common(name: str) -> float:
    """An unknown on its scale, moved from its center by what is common."""
    place = FIELDS.index(name)
    return center(place) + spread(place) * (0.05 * (place + 1) - 0.6)


def hill(unknowns: Unknowns, aims: jax.Array) -> jax.Array:
    """A surprise whose least is known: 2 (x - aim)^2 of all common unknowns, two of them bound, half a square of a quarter of the rest."""
    off = unknowns.common - aims
    rest = unknowns.product_by_family
    return 7.0 + 2.0 * jnp.sum(off * off) - off[LEFT] * off[RIGHT] + 0.125 * jnp.sum(rest * rest)


def aimed() -> jax.Array:
    """Where the hill's foot is."""
    return 0.1 * jnp.arange(1.0, len(FIELDS) + 1)


@pytest.fixture
def downhill(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hill stands in for the surprise."""
    monkeypatch.setattr(room, "surprise", lambda unknowns, given: hill(unknowns, aimed()))


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch, peak and share stand in for the equations of a step."""
    monkeypatch.setattr(
        room, "tokens_per_s_per_chip", lambda job, chip, efficiency: job.batch_count * chip.peak_eflops * efficiency.product_share
    )


def few(start: Unknowns) -> Unknowns:
    """The common unknowns and those of families alone, so that a search is short."""
    gone = ("miss", "product_by_precision", "product_by_chip", "attention_by_chip", "passes_by_family", "data_overlap_by_family")
    return eqx.tree_at(lambda some: [getattr(some, name) for name in gone], start, [None] * len(gone))


def nothing() -> Unknowns:
    """No deviation."""
    return Unknowns.none(SIZES, believed())


def test_shares_have_log_odds_and_all_else_a_logarithm() -> None:
    """0.2 of a share is minus log 4, of a time log 0.2, and back."""
    assert float(to_scale("memory_share", scalar(0.2))) == pytest.approx(-math.log(4.0), rel=1e-14)
    assert float(to_scale("launch_s", scalar(0.2))) == pytest.approx(math.log(0.2), rel=1e-14)
    assert float(from_scale("memory_share", scalar(-math.log(4.0)))) == pytest.approx(0.2, rel=1e-14)
    assert float(from_scale("launch_s", scalar(math.log(5.0)))) == pytest.approx(5.0, rel=1e-14)
    assert {name for name in FIELDS if name not in SHARES} == {name for name in FIELDS if not name.endswith("_share")}


def test_no_deviation_is_nothing_of_every_size() -> None:
    """As many as there are common unknowns, precisions, chips in a precision, chips and, three times, families."""
    found = nothing()
    parts = jax.tree.leaves(found)[-7:]
    assert [leaf.shape for leaf in parts] == [(len(FIELDS),), (2,), (3,), (4,), (5,), (5,), (5,)]
    assert all(float(jnp.max(jnp.abs(leaf))) == 0.0 for leaf in jax.tree.leaves(found))


def test_some_runs_in_the_order_asked_for() -> None:
    """The second, the first and the second again."""
    taken = two_runs().take(jnp.asarray([1, 0, 1]))
    assert len(two_runs()) == 2
    assert len(taken) == 3
    assert taken.jobs.batch_count.tolist() == [96.0, 64.0, 96.0]
    assert taken.kinds.chip.tolist() == [-1, 3, -1]


def test_a_run_is_moved_by_its_kinds() -> None:
    """The second precision, third chip in a precision, fourth chip and first family, each by its own spread."""
    found = efficiency_of(believed(), moved(), kinds(1, 2, 3, 0))
    wanted = {
        "product_share": share(common("product_share") - 0.3 * 0.33 + 0.5 * 0.63 - 0.9 * 0.2),
        "attention_share": share(common("attention_share") - 0.7 * 0.47),
        "passes_factor": math.exp(common("passes_factor") + 1.1 * 0.2),
        "data_overlap_share": share(common("data_overlap_share") + 1.3 * 0.5),
    }
    for name in FIELDS:
        plain = share(common(name)) if name in SHARES else math.exp(common(name))
        assert float(getattr(found, name)) == pytest.approx(wanted.get(name, plain), rel=1e-13), name


def test_kinds_without_runs_move_nothing() -> None:
    """What is common is left."""
    found = efficiency_of(believed(), moved(), kinds(-1, -1, -1, -1))
    for name in FIELDS:
        plain = share(common(name)) if name in SHARES else math.exp(common(name))
        assert float(getattr(found, name)) == pytest.approx(plain, rel=1e-13), name


def test_how_misses_are_shared_is_moved_by_factors() -> None:
    """Each by e to its move; the foreign share, of odds of one to three, by its log-odds."""
    found = miss_of(believed(), moved())
    np.testing.assert_allclose(found.group_spread, np.array([0.2, 0.3, 0.5, 0.7, 0.4]) * np.exp([0.1, -0.2, 0.3, -0.4, 0.5]), rtol=1e-13)
    np.testing.assert_allclose(found.trait_range, np.array([2.0, 0.5, 4.0]) * np.exp([0.15, -0.25, 0.35]), rtol=1e-13)
    assert float(found.trend_spread) == pytest.approx(0.6 * math.exp(0.6), rel=1e-13)
    assert float(found.own_trend_spread) == pytest.approx(0.8 * math.exp(-0.7), rel=1e-13)
    assert float(found.noise_spread) == pytest.approx(0.1 * math.exp(-0.9), rel=1e-13)
    assert float(found.foreign_share) == pytest.approx(share(0.8 - math.log(3.0)), rel=1e-13)


def test_throughput_is_that_of_each_run_by_its_kinds(plain: None) -> None:
    """Batch, peak and share of each run, as a logarithm: the second precision and first family, the first and the fourth."""
    lines = (common("product_share") - 0.3 * 0.33 + 0.5 * 0.63 - 0.9 * 0.2, common("product_share") + 0.3 * 0.21 - 0.5 * 0.52 + 0.9 * 0.1)
    wanted = [math.log(64 * 1e-3 * share(lines[0])), math.log(96 * 2.5e-3 * share(lines[1]))]
    np.testing.assert_allclose(log_throughput(believed(), moved(), two_runs()), wanted, rtol=1e-12)


def test_surprise_is_that_of_misses_and_of_deviations(plain: None) -> None:
    """Half the square of every deviation, and how improbable 0.7 and -0.4 are as misses."""
    seen = log_throughput(believed(), moved(), two_runs()) + jnp.asarray([0.7, -0.4])
    squares = sum(float(np.sum(np.square(leaf))) for leaf in jax.tree.leaves(moved()))
    wanted = float(improbability(miss_of(believed(), moved()), two_runs().places, jnp.asarray([0.7, -0.4]))) + 0.5 * squares
    assert float(surprise(moved(), (believed(), two_runs(), seen))) == pytest.approx(wanted, rel=1e-12)


def test_the_most_probable_values_are_found(downhill: None) -> None:
    """The foot of the hill, its level, no slope; and in few steps."""
    found, ended = calibrate(believed(), two_runs(), jnp.zeros(2), few(moved()))
    np.testing.assert_allclose(found.common, aimed(), atol=1e-4)
    np.testing.assert_allclose(found.product_by_family, np.zeros(5), atol=1e-3)
    assert float(ended["value"]) == pytest.approx(7.0, abs=1e-6)
    assert float(ended["slope"]) < 1e-3
    assert 3 < int(ended["steps"]) < 100


def test_a_search_that_is_cut_off_says_where_it_stands(downhill: None) -> None:
    """After one step: the value there, and of all slopes the steepest."""
    found, ended = calibrate(believed(), two_runs(), jnp.zeros(2), few(nothing()), most_steps=1)
    off = np.asarray(found.common) - np.asarray(aimed())
    slopes = 4 * off
    slopes[[LEFT, RIGHT]] -= off[[RIGHT, LEFT]]
    assert int(ended["steps"]) == 1
    assert float(ended["value"]) == pytest.approx(7 + 2 * np.sum(off**2) - off[LEFT] * off[RIGHT], rel=1e-12)
    assert float(ended["slope"]) == pytest.approx(np.max(np.abs(slopes)), rel=1e-12)
    assert float(ended["slope"]) > 1.0
    assert room.MOST_STEPS == 2000


def test_a_search_starts_where_it_is_told(downhill: None) -> None:
    """At the foot it is over at once."""
    start = eqx.tree_at(lambda some: (some.common, some.product_by_family), moved(), (aimed(), jnp.zeros(5)))
    found, ended = calibrate(believed(), two_runs(), jnp.zeros(2), few(start))
    np.testing.assert_allclose(found.common, aimed(), rtol=1e-12)
    assert int(ended["steps"]) < 4


def test_deviations_are_those_of_the_curvature(downhill: None) -> None:
    """A curvature of 4 is half a deviation; of 4 bound by -1, the root of 4/15; one of a quarter says nothing."""
    found = spreads_of(believed(), few(nothing()), two_runs(), jnp.zeros(2))
    wanted = np.full(len(FIELDS), 0.5)
    wanted[[LEFT, RIGHT]] = math.sqrt(4 / 15)
    np.testing.assert_allclose(found.common, wanted, rtol=1e-10)
    np.testing.assert_allclose(found.product_by_family, np.ones(5), rtol=1e-10)
