"""Measures of a point while the search goes on."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.state import FREE, MONOTONE, RESTORE, choose, fresh_filter, measured, slack_violation, true_violation
from tests.unit.solvers.tiny import linearized, point, program


def violation() -> float:
    """Rows from their slacks, equalities from zero."""
    here = linearized()
    return float(np.abs(np.asarray(here.rows) - np.asarray(point().slack)[:7]).sum() + np.abs(np.asarray(here.equality)).sum())


def test_phases_are_numbered_in_turn() -> None:
    """Free, monotone, restoration."""
    assert [FREE, MONOTONE, RESTORE] == [0, 1, 2]


def test_one_of_two_trees_is_chosen_leaf_by_leaf() -> None:
    """What both hold is kept as it is."""
    same = jnp.asarray(5.0)
    yes, no = (jnp.asarray([1.5, 2.5]), same), (jnp.asarray([3.5, 4.5]), same)
    assert np.asarray(choose(jnp.asarray(True), yes, no)[0]).tolist() == [1.5, 2.5]
    assert np.asarray(choose(jnp.asarray(False), yes, no)[0]).tolist() == [3.5, 4.5]
    assert choose(jnp.asarray(False), yes, no)[1] is same


def test_the_violation_of_a_point_with_slacks_is_a_sum_of_distances() -> None:
    """Bounds have none: their slacks do not count."""
    assert float(slack_violation(program(), linearized(), point().slack)) == pytest.approx(violation(), rel=1e-13)


def test_a_point_is_measured_by_its_violation_and_its_barrier_value() -> None:
    """Objective less the barrier parameter times the logarithms of all slacks."""
    found = measured(program(), linearized(), point().slack, jnp.asarray(0.7))
    assert float(found.violation) == pytest.approx(violation(), rel=1e-13)
    expected = float(linearized().objective) - 0.7 * np.log(np.asarray(point().slack)).sum()
    assert float(found.value) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("rows", "equality", "worst"),
    [([0.5, -0.3, -0.8], [0.2, -0.6], 0.8), ([4.0, -0.3, 5.0], [0.2, -0.6], 0.6), ([4.0, 3.0, 5.0], [0.7, 0.1], 0.7)],
)
def test_the_true_violation_is_the_largest_of_any_row(rows: list[float], equality: list[float], worst: float) -> None:
    """Inequalities below zero, equalities on either side."""
    here = eqx.tree_at(lambda h: (h.rows, h.equality), linearized(), (jnp.asarray(rows), jnp.asarray(equality)))
    assert float(true_violation(here)) == worst


def test_where_rows_hold_or_are_not_there_nothing_is_violated() -> None:
    """Zero, not less."""
    here = eqx.tree_at(lambda h: (h.rows, h.equality), linearized(), (jnp.asarray([2.0, 3.0]), jnp.zeros(0)))
    assert float(true_violation(here)) == 0.0
    assert float(true_violation(eqx.tree_at(lambda h: h.rows, here, jnp.zeros(0)))) == 0.0


@pytest.mark.parametrize(("present", "largest"), [(3.0, 3e4), (0.2, 1e4)])
def test_a_fresh_filter_forbids_ten_thousand_times_the_present_violation(present: float, largest: float) -> None:
    """At least ten thousand."""
    fresh = fresh_filter(jnp.asarray(present))
    assert float(fresh.violation[0]) == largest
    assert float(fresh.violation[1]) == np.inf
