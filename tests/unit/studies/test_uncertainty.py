"""Weights of figures and the worst share of scenarios, of draws made up by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from capexmodel.errors import ModelError
from capexmodel.model.leaves import Leaf
from capexmodel.studies import uncertainty as room
from capexmodel.studies.draws import Draws
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output
from capexmodel.studies.summary import BINS
from capexmodel.studies.swept import Sweep
from capexmodel.studies.uncertainty import tail_mean, weights
from tests.bare import bare

LEAVES = tuple(Leaf(f"t.{name}", "t", name, ()) for name in ("a", "b.1", "b.2", "still"))
SCORES = np.array([[0.3, -1.2], [1.1, 0.4], [-0.7, 0.9], [0.2, -0.5], [-1.6, 1.3], [0.8, 0.1], [-0.1, -0.9]])
LATE = np.array([[True, False], [False, False], [True, False], [False, False], [False, False], [True, False], [True, False]])
VALUES = np.array([5.0, 90.0, 1.0, 30.0, np.nan, 70.0, 20.0])


def found(values: np.ndarray = VALUES) -> Sweep:
    """Seven scenarios in parts of three; a series of two stages has one score, a figure that stands still none, one event never happens."""
    mixing = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.5, 0.5]])
    ranged = jnp.asarray([0.1, 0.0, 0.2, 0.0])
    drawn = bare(Draws, leaves=LEAVES, mixing=mixing, down=ranged, up=jnp.asarray([0.0, 0.3, 0.2, 0.0]), size=7)
    object.__setattr__(drawn, "scores", lambda index: (SCORES @ mixing.T)[np.asarray(index)])
    object.__setattr__(drawn, "late", lambda index: LATE[np.asarray(index)])
    object.__setattr__(drawn, "events", (SimpleNamespace(site="north"), SimpleNamespace(site="south")))
    padded = np.stack([np.zeros(9), np.pad(values, (0, 2), mode="edge")], axis=1)
    outputs = (Output("other", "s"), Output("mine", "s"))
    engine = SimpleNamespace(grid=drawn, part_rows=3, outputs=outputs, values=lambda start: (padded[start : start + 3], None))
    paths = [leaf.path for leaf in LEAVES] + [f"site.{name}.late_probability" for name in ("north", "south")]
    figures = {path: SimpleNamespace(status=f"of {path}") for path in paths}
    task = SimpleNamespace(scenario=SimpleNamespace(evidence=SimpleNamespace(figures=figures)))
    return bare(Sweep, engine=engine, task=task)


def test_a_weight_is_the_squared_correlation_with_the_rank() -> None:
    """Ranks of six known outcomes as normal scores: 5, 90, 1, 30, 70, 20 are the 2nd, 6th, 1st, 4th, 5th and 3rd."""
    rank = norm.ppf((np.array([2, 6, 1, 4, 5, 3]) - 0.5) / 6.0)
    keep = [0, 1, 2, 3, 5, 6]
    columns = {"t.a": SCORES[keep, 0], "t.b.1": SCORES[keep, 1], "site.north.late_probability": LATE[keep, 0].astype(float)}
    told = {path: np.corrcoef(column, rank)[0, 1] for path, column in columns.items()}
    some = weights(found(), "mine")
    assert [one.path for one in some] == sorted(told, key=lambda path: -(told[path] ** 2))
    assert {one.path: one.share for one in some} == {path: pytest.approx(r * r) for path, r in told.items()}
    assert {one.path: one.rises for one in some} == {path: bool(r > 0) for path, r in told.items()}
    assert {one.status for one in some} == {f"of {path}" for path in told}


def test_weights_are_of_the_first_scenarios_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOKED", 4)
    rank = norm.ppf((np.array([2, 4, 1, 3]) - 0.5) / 4.0)
    share = np.corrcoef(SCORES[:4, 0], rank)[0, 1] ** 2
    assert next(one for one in weights(found(), "mine") if one.path == "t.a").share == pytest.approx(share)


def test_an_outcome_that_hardly_anybody_has_or_that_does_not_vary_has_no_weights() -> None:
    few, many = np.array([5.0, 7.0, *[np.nan] * 5]), np.array([5.0, 7.0, 9.0, *[np.nan] * 4])
    for values in (few, np.full(7, 5.0)):
        with pytest.raises(ModelError, match="mine does not vary"):
            weights(found(values), "mine")
    assert weights(found(many), "mine")
    with pytest.raises(ModelError, match="of scenarios that were drawn"):
        weights(bare(Sweep, engine=SimpleNamespace(grid=bare(Grid))), "mine")


def tail(share: float, count: int = 10, high: float = 99.0) -> float:
    """Of ten scenarios in three bins of a half about 11.25, 11.75 and 12.25: five, three and two."""
    bins = np.zeros((2, BINS + 2), int)
    bins[1, 3], bins[1, 4], bins[1, 5] = 5, 3, 2
    summary = SimpleNamespace(bins=bins, count=np.array([0, count]), low=np.array([0.0, 11.3]), high=np.array([0.0, high]))
    at = SimpleNamespace(low=np.array([0.0, 10.0]), width=np.array([1.0, 0.5]))
    return tail_mean(bare(Sweep, summary=summary, at=at), 1, share)


def test_the_worst_share_is_taken_from_the_highest_bins() -> None:
    assert tail(0.2) == pytest.approx(12.25)
    assert tail(0.4) == pytest.approx((2 * 12.25 + 2 * 11.75) / 4.0)
    assert tail(0.1) == pytest.approx(12.25)
    assert tail(1.0) == pytest.approx((2 * 12.25 + 3 * 11.75 + 5 * 11.3) / 10.0)
    assert tail(0.2, high=12.0) == pytest.approx(12.0)
    assert np.isnan(tail(0.2, count=0))
