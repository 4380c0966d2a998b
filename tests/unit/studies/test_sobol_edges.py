"""Shares of variance, of points few enough to add up by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.studies import sobol as room
from capexmodel.studies.batch import Simulations
from capexmodel.studies.draws import Draws
from capexmodel.studies.outputs import Output
from capexmodel.studies.sobol import Sobol, indices, name_of, sobol
from capexmodel.studies.tornado import Moved
from tests.bare import bare

FIRST, SECOND = np.array([3.0, 7.0, 4.0, 9.0]), np.array([8.0, 5.0, 6.0, 10.0])
MIXED = np.array([[4.0, 6.5, 5.0, 8.0], [7.0, 5.5, 4.5, 9.5]])


def test_indices_by_hand() -> None:
    """First order: mean of second times (mixed less first); total: half the mean square of first less mixed; over the variance, all
    outputs being taken from the mean of all of them."""
    found = indices(FIRST, SECOND, MIXED)
    middle = np.mean([*FIRST, *SECOND, *MIXED.ravel()])
    variance = np.var([*FIRST, *SECOND])
    first = [np.mean((SECOND - middle) * (row - FIRST)) / variance for row in MIXED]
    total = [0.5 * np.mean((FIRST - row) ** 2) / variance for row in MIXED]
    assert (found.first, found.total) == (pytest.approx(first), pytest.approx(total))
    assert (found.variance, found.used) == (pytest.approx(variance), 4)


def test_errors_are_those_of_two_hundred_draws_of_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worked out again from points drawn with return."""
    found = indices(FIRST, SECOND, MIXED)
    middle = np.mean([*FIRST, *SECOND, *MIXED.ravel()])
    again = []
    for weights in np.random.default_rng(1).multinomial(4, np.full(4, 0.25), 200):
        places = np.repeat(np.arange(4), weights)
        one, two, mixed = FIRST[places], SECOND[places], MIXED[:, places]
        variance = max(float(np.var([*one, *two])), np.finfo(float).tiny)
        again.append([[np.mean((two - middle) * (row - one)), 0.5 * np.mean((one - row) ** 2)] / np.array(variance) for row in mixed])
    errors = np.std(np.array(again), axis=0, ddof=1)
    assert found.first_error == pytest.approx(errors[:, 0])
    assert found.total_error == pytest.approx(errors[:, 1])


def test_what_does_not_vary_has_no_shares() -> None:
    """A spread of a millionth of a millionth of the mean is rounding."""
    flat = np.full(3, 1e12)
    with pytest.raises(ModelError, match="does not vary"):
        indices(flat, flat + np.array([0.0, 1.0, 0.0]), flat[None])
    assert indices(flat, flat + np.array([0.0, 5.0, 0.0]), flat[None]).used == 3
    assert indices(-flat, -flat + np.array([0.0, 5.0, 0.0]), -flat[None]).used == 3


def whole(first: np.ndarray, mixed: np.ndarray | None = None) -> Sobol:
    """Two outputs, the second being what is told."""

    def two(values: np.ndarray) -> np.ndarray:
        return np.stack([np.zeros_like(values), values], axis=-1)

    points = np.resize(SECOND, first.size)
    groups = ((), ())
    swapped = np.resize(MIXED, (2, first.size)) if mixed is None else mixed
    return Sobol(bare(Scenario), (Output("a", ""), Output("b", "s")), groups, two(first), two(points), two(swapped), 3)


def test_points_that_are_not_reached_are_left_out_up_to_a_tenth() -> None:
    many = np.resize(FIRST, 20)
    some, few = many.copy(), many.copy()
    some[:2], few[:3] = np.nan, np.inf
    assert whole(some).indices("b").used == 18
    with pytest.raises(ModelError, match="b has no variance: 15% of the points"):
        whole(few).indices("b")
    mixed = np.resize(MIXED, (2, 20)).copy()
    mixed[1, 4] = np.nan
    found = whole(many, mixed).indices("b")
    keep = np.arange(20) != 4
    assert found.used == 19
    assert found.total == pytest.approx(indices(many[keep], np.resize(SECOND, 20)[keep], mixed[:, keep]).total)
    lost = whole(many)
    lost.second[6, 1] = np.nan
    assert lost.indices("b").used == 19


def test_a_sample_counts_every_scenario() -> None:
    assert whole(FIRST).size == 4 * 4


def moved(path: str) -> Moved:
    """A figure by its path."""
    return Moved(path, (), "reported", "", 0.0, 1.0, 3.0)


def test_a_group_is_named_by_what_its_figures_share() -> None:
    assert name_of((moved("a.x.price"),)) == "a.x.price"
    assert name_of((moved("a.x.price"), moved("a.y.price"), moved("a.x.price"))) == "a.*.price"


def test_groups_are_swapped_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three scores; the first two belong together, the third moves a series of two stages."""
    leaves = tuple(Leaf(f"t.{name}", "t", name, ()) for name in "abcd")
    mixing = jnp.asarray([[1.0, 0, 0], [0.6, 0.8, 0], [0, 0, 1.0], [0, 0, 1.0]])
    drawn = bare(Draws, leaves=leaves, mixing=mixing, size=3, seed=8, steps=jnp.ones(3))
    ones, others = 0.1 + 0.1 * jnp.arange(9.0).reshape(3, 3), 0.15 + 0.05 * jnp.arange(9.0).reshape(3, 3)
    object.__setattr__(drawn, "twins", lambda index: (ones[index], others[index]))
    object.__setattr__(drawn, "numbers", lambda shares: 10.0 * shares)
    engine = bare(Simulations, grid=drawn, outputs=(Output("x", "s"),), follow=lambda rows: rows @ np.array([[1.0], [100.0], [10000.0]]))
    monkeypatch.setattr(room, "moved_figure", lambda scenario, stages: moved("+".join(leaf.path for leaf in stages)))
    told: list[str] = []
    found = sobol(engine, bare(Scenario), told.append)
    one, other = 10.0 * np.asarray(ones), 10.0 * np.asarray(others)
    worth = np.array([1.0, 100.0, 10000.0])
    assert found.first[:, 0] == pytest.approx(one @ worth)
    assert found.second[:, 0] == pytest.approx(other @ worth)
    assert found.mixed[0, :, 0] == pytest.approx(np.column_stack([other[:, :2], one[:, 2:]]) @ worth)
    assert found.mixed[1, :, 0] == pytest.approx(np.column_stack([one[:, :2], other[:, 2:]]) @ worth)
    assert [[each.path for each in group] for group in found.groups] == [["t.a", "t.b"], ["t.c+t.d"]]
    assert told == ["variance of 2 groups of figures: 0 done", "variance of 2 groups of figures: 1 done"]
    assert (found.seed, found.size, SimpleNamespace(**vars(found)).outputs) == (8, 12, engine.outputs)
