"""What is kept of many scenarios, from rows added up by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.studies import summary as room
from capexmodel.studies.summary import BINS, Bins, Summary, merged, summarize

AT = Bins(np.array([10.0, -2.0]), np.array([0.5, 0.25]))
VALUES = [[10.2, -1.9], [13.0, np.nan], [9.0, -2.5], [np.inf, -1.0], [11.1, -1.0]]
PLACES = [[0, 3], [1, 3], [0, 4], [1, 4], [2, 3]]


def summed(rows: list[int], live: list[bool] | None = None) -> Summary:
    """Some of the rows."""
    values, places = (np.array([table[row] for row in rows]) for table in (VALUES, PLACES))
    counts = np.ones(len(rows), bool) if live is None else np.array(live)
    return summarize(jnp.asarray(values), 100 + jnp.asarray(rows), jnp.asarray(places), jnp.asarray(counts), AT, 5)


def binned(found: np.ndarray) -> dict[int, int]:
    """Bins with something in them."""
    return {int(place): int(found[place]) for place in np.flatnonzero(found)}


def test_bins_reach_a_quarter_of_the_span_beyond_what_was_seen() -> None:
    """Infinite values are none; what does not vary gets a millionth of its size, or of one; what was never seen stands at nothing."""
    seen = np.array([[3.0, -7.0, 0.5, np.nan], [11.0, -7.0, 0.5, np.inf], [5.0, np.nan, 0.5, np.nan], [np.inf, -7.0, 0.5, np.nan]])
    found = Bins.around(seen)
    span = np.array([8.0, 7e-6, 1e-6, 1e-6])
    assert found.low == pytest.approx(np.array([3.0, -7.0, 0.5, 0.0]) - 0.25 * span, abs=1e-15)
    assert found.width == pytest.approx(np.array([1.5, 0.5, 0.5, 0.5]) * span / 4096, rel=1e-6)
    assert BINS == 4096


def test_rows_are_counted_summed_and_binned_where_they_have_a_number() -> None:
    """About the lower edges: 0.2, 3, -1 and 1.1 of the first; 0.1, -0.5, 1 and 1 of the second."""
    found = summed([0, 1, 2, 3, 4])
    assert found.count.tolist() == [4, 4]
    assert found.total == pytest.approx([3.3, 1.6])
    assert found.square == pytest.approx([0.04 + 9.0 + 1.0 + 1.21, 0.01 + 0.25 + 1.0 + 1.0])
    assert (found.low.tolist(), found.high.tolist()) == ([9.0, -2.5], [13.0, -1.0])
    assert (found.low_at.tolist(), found.high_at.tolist()) == ([102, 102], [101, 103])
    assert binned(found.bins[0]) == {0: 1, 1: 1, 3: 1, 7: 1}
    assert binned(found.bins[1]) == {0: 1, 1: 1, 5: 2}
    assert found.value_count.tolist() == [[2, 2], [1, 1], [1, 1], [3, 2], [1, 2]]
    assert found.value_total == pytest.approx(np.array([[-0.8, -0.4], [3.0, 1.0], [1.1, 1.0], [4.3, 1.1], [-1.0, 0.5]]))


def test_rows_that_do_not_live_count_nothing() -> None:
    found = summed([0, 1, 2, 4], [True, False, False, True])
    assert (found.count.tolist(), found.total.tolist()) == ([2, 2], pytest.approx([1.3, 1.1]))
    assert (found.low_at.tolist(), found.high_at.tolist()) == ([100, 100], [104, 104])
    assert found.value_count.tolist() == [[1, 1], [0, 0], [1, 1], [2, 2], [0, 0]]
    none = summed([1], [False])
    assert (none.low.tolist(), none.high.tolist()) == ([np.inf, np.inf], [-np.inf, -np.inf])
    assert binned(none.bins[0]) == {}


def test_what_lies_beyond_the_bins_falls_in_the_last() -> None:
    far = summarize(jnp.asarray([[1e9, 0.0]]), jnp.asarray([0]), jnp.zeros((1, 1), int), jnp.asarray([True]), AT, 1)
    last = summarize(jnp.asarray([[10.0 + 0.5 * 4096 - 0.1, 0.0]]), jnp.asarray([0]), jnp.zeros((1, 1), int), jnp.asarray([True]), AT, 1)
    assert (binned(far.bins[0]), binned(last.bins[0]), binned(far.bins[1])) == ({4097: 1}, {4096: 1}, {9: 1})


def test_parts_add_up_in_their_order() -> None:
    """Halves are the whole; of those that tie the earlier is told."""
    whole, parts = summed([0, 1, 2, 3, 4]), merged([summed([0, 1]), summed([2, 3, 4])])
    for name in Summary.__dataclass_fields__:
        assert np.asarray(getattr(parts, name)) == pytest.approx(np.asarray(getattr(whole, name))), name
    backward = summed([4]) + summed([3])
    assert (backward.high_at.tolist(), (summed([3]) + summed([4])).high_at.tolist()) == ([104, 104], [104, 103])
    assert (summed([0]) + summed([0, 2])).low_at.tolist() == [102, 102]


def test_means_and_deviations() -> None:
    """Of 10.2, 13, 9 and 11.1: mean 10.825; an output that nobody has is no number."""
    found = summed([0, 1, 2, 3, 4])
    assert found.mean(AT) == pytest.approx([10.825, -1.6])
    assert found.deviation(AT) == pytest.approx([np.std([10.2, 13.0, 9.0, 11.1]), np.std([-1.9, -2.5, -1.0, -1.0])])
    assert found.mean_by_value(AT)[3] == pytest.approx([10.0 + 4.3 / 3.0, -2.0 + 0.55])
    assert np.isnan(summed([1]).mean(AT)[1])
    assert np.isnan(summed([0]).mean_by_value(AT)[1]).all()
    same = summed([0, 0, 0])
    assert same.deviation(AT) == pytest.approx([0.0, 0.0], abs=1e-7)


def test_quantiles_are_good_to_a_bin_and_keep_within_the_extremes() -> None:
    """Of 9, 10.2, 11.1 and 13 in bins of half: the ends are held, what lies between is the middle of its bin."""
    found = summed([0, 1, 2, 3, 4])
    assert [found.quantile(AT, share)[0] for share in (0.0, 1.0)] == [pytest.approx(9.75, abs=0.3), 13.0]
    assert found.quantile(AT, 1.0 / 3.0)[0] == pytest.approx(10.25)
    assert found.quantile(AT, 2.0 / 3.0)[0] == pytest.approx(11.25)
    assert found.quantile(AT, 0.5)[0] == pytest.approx(10.0 + 0.5)
    assert found.quantile(AT, 1.0)[1] == -1.0
    assert np.isnan(summed([1]).quantile(AT, 0.5)[1])


def test_a_bin_with_many_is_taken_apart_evenly() -> None:
    """Five rows in one bin of half a unit: the first lies a tenth of the way, the last nine tenths; a lone end holds it."""
    bins = np.zeros((1, BINS + 2), int)
    bins[0, 3] = 5
    none = np.zeros((0, 1))
    found = Summary(np.array([5]), *(np.zeros(1),) * 2, np.array([11.02]), np.array([11.48]), *(np.zeros(1, int),) * 2, bins, none, none)
    at = Bins(np.array([10.0]), np.array([0.5]))
    got = [float(found.quantile(at, share)[0]) for share in (0.0, 0.25, 0.5, 1.0)]
    assert got == pytest.approx([11.05, 11.15, 11.25, 11.45])


def test_means_by_value_are_added_up_by_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six rows in pieces of two are six rows in one piece."""
    rng = np.random.default_rng(3)
    off, known = jnp.asarray(rng.normal(size=(6, 3))), jnp.asarray(rng.random((6, 3)) < 0.7)
    places = jnp.asarray([[0, 2], [1, 2], [0, 3], [1, 3], [1, 2], [0, 3]])
    whole = room._by_value(off, known, places, 4)
    monkeypatch.setattr(room, "PIECE", 2)
    held = (np.asarray(places)[:, :, None] == np.arange(4)).sum(axis=1)
    for found in (whole, room._by_value(off, known, places, 4)):
        assert np.asarray(found[0]) == pytest.approx(held.T @ np.asarray(known))
        assert np.asarray(found[1]) == pytest.approx(held.T @ np.asarray(off))
