"""The filter of violations and values, entry by entry."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.filters import Filter, Trial, empty_filter, grown, permits


def trial(violation: float, value: float) -> Trial:
    """A point's measures."""
    return Trial(jnp.asarray(violation), jnp.asarray(value))


def yes(answer: bool = True):
    """A condition as the solver passes it."""
    return jnp.asarray(answer)


def test_an_empty_filter_holds_one_pair_that_only_forbids_large_violations() -> None:
    """48 places; the first forbids violations from 7 up, whatever the value, and all others forbid nothing."""
    empty = empty_filter(jnp.asarray(7.0))
    assert np.asarray(empty.violation).tolist() == [7.0] + [np.inf] * 47
    assert np.asarray(empty.value).tolist() == [-np.inf] + [np.inf] * 47
    assert int(empty.count) == 1
    assert empty.count.dtype == jnp.int32


def test_the_start_of_a_step_is_added_with_its_margins() -> None:
    """Violation less a hundred-thousandth of it, value less a hundred-millionth of the violation, in the next free place."""
    once = grown(empty_filter(jnp.asarray(7.0)), trial(3.0, -2.5), yes())
    twice = grown(once, trial(2.0, 4.5), yes())
    assert np.asarray(twice.violation[:4]).tolist() == [
        7.0,
        pytest.approx(3.0 - 3e-5, rel=1e-14),
        pytest.approx(2.0 - 2e-5, rel=1e-14),
        np.inf,
    ]
    assert np.asarray(twice.value[:4]).tolist() == [
        -np.inf,
        pytest.approx(-2.5 - 3e-8, rel=1e-14),
        pytest.approx(4.5 - 2e-8, rel=1e-14),
        np.inf,
    ]
    assert int(twice.count) == 3


def test_nothing_is_added_where_it_is_not_wanted() -> None:
    """Neither a pair nor a count."""
    empty = empty_filter(jnp.asarray(7.0))
    same = grown(empty, trial(3.0, -2.5), yes(False))
    assert np.array_equal(same.violation, empty.violation)
    assert np.array_equal(same.value, empty.value)
    assert int(same.count) == 1


@pytest.mark.parametrize(("count", "place"), [(47, 47), (48, 1), (49, 2), (95, 1), (142, 1)])
def test_a_full_filter_overwrites_its_oldest_pair_but_never_the_first(count: int, place: int) -> None:
    """47 places are written in turn, the first, of the largest violation, stays."""
    full = Filter(jnp.full(48, 9.0), jnp.full(48, 9.0), jnp.asarray(count, jnp.int32))
    after = grown(full, trial(3.0, -2.5), yes())
    assert np.flatnonzero(np.asarray(after.violation) != 9.0).tolist() == [place]
    assert np.flatnonzero(np.asarray(after.value) != 9.0).tolist() == [place]
    assert int(after.count) == count + 1


@pytest.mark.parametrize(
    ("violation", "value", "passes"),
    [(0.9, 9.0, True), (1.0, 9.0, False), (1.5, 4.5, True), (1.5, 5.0, False), (3.5, 1.5, True), (3.5, 4.5, False), (7.0, -99.0, False)],
)
def test_a_point_passes_if_it_betters_every_pair_in_violation_or_value(violation: float, value: float, passes: bool) -> None:
    """Pairs (1, 5) and (3, 2), and no violation from 7 up."""
    pairs = Filter(jnp.asarray([7.0, 1.0, 3.0]), jnp.asarray([-np.inf, 5.0, 2.0]), jnp.asarray(3, jnp.int32))
    assert bool(permits(pairs, trial(violation, value))) is passes
