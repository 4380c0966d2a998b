"""The line search's rules, each end of each inequality, and its course over trials that are made up."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.filters import Filter, Trial
from capexmodel.solvers.line_search import Descent, Found, Step, first_finite, search
from capexmodel.solvers.scaled import Linearized


def descent(violation: float, value: float, slope: float, small: float = 1e-3, free: bool = False, pair: tuple = (50.0, -1e9)) -> Descent:
    """A start with its slope, and a filter of one pair."""
    filters = Filter(jnp.asarray([pair[0], np.inf]), jnp.asarray([pair[1], np.inf]), jnp.asarray(1, jnp.int32))
    return Descent(trial(violation, value), jnp.asarray(slope), filters, jnp.asarray(small), jnp.asarray(free))


def trial(violation: float, value: float) -> Trial:
    """A point's measures."""
    return Trial(jnp.asarray(violation), jnp.asarray(value))


@pytest.mark.parametrize(
    ("violation", "slope", "small", "least"),
    [
        (30.0, -0.02, 1e-3, 0.05 * 1e-5),
        (0.5, -3.0, 1e-3, 0.05 * 1e-8 * 0.5 / 3.0),
        (0.5, -3.0, 0.5, 0.05 * 1e-8 * 0.5 / 3.0),
        (1e-3, -3e7, 1e-3, 1e-12),
        (1e-4, -1e-3, 1e-3, 0.05 * 1e-8 * 1e-4 / 1e-3),
        (0.5, 3.0, 1e-3, 0.05 * 1e-5),
        (0.5, 0.0, 1e-3, 0.05 * 1e-5),
        (600.0, -4000.0, 1e-3, 0.05 * 1e-8 * 0.15),
        (600.0, -4000.0, 700.0, 0.05 * 1e-8 * 0.15),
        (1e-9, -1.5, 1e-3, 1e-12),
    ],
)
def test_a_search_is_given_up_at_a_share_of_what_could_still_be_accepted(
    violation: float, slope: float, small: float, least: float
) -> None:
    """A twentieth of the least of the margins; uphill a twentieth of the violation's; never below 1e-12."""
    assert float(descent(violation, 1.0, slope, small).smallest_length()) == pytest.approx(least, rel=1e-12, abs=0.0)


@pytest.mark.parametrize(("small", "power"), [(1e-3, -3.3 - 11.5), (0.9e-3, -12.0)])
def test_the_switching_rule_counts_where_the_violation_is_small(monkeypatch: pytest.MonkeyPatch, small: float, power: float) -> None:
    """(1e-3)^1.1 / 1e5^2.3 with powers of ten; it is the least of all only for violations up to the small one, which is included."""
    monkeypatch.setattr("capexmodel.solvers.line_search.SMALLEST_STEP", 1e-30)
    monkeypatch.setattr("capexmodel.solvers.line_search.VALUE_MARGIN", 1e-4)
    found = float(descent(1e-3, 1.0, -1e5, small).smallest_length())
    assert found == pytest.approx(0.05 * 10.0**power, rel=1e-12, abs=0.0)


def test_a_free_search_goes_on_to_the_smallest_step() -> None:
    """1e-12, whatever the slope."""
    assert float(descent(30.0, 1.0, -0.02, free=True).smallest_length()) == 1e-12


def judged(start: Descent, violation: float, value: float, length: float = 0.5) -> tuple[bool, bool]:
    """Whether a trial is accepted, and whether the filter grows."""
    accepted, grow = start.judge(trial(violation, value), jnp.asarray(length))
    return bool(accepted), bool(grow)


@pytest.mark.parametrize(
    ("violation", "value", "accepted"),
    [
        (2.0 * (1 - 0.9e-5), 9.0, False),
        (2.0 * (1 - 1.1e-5), 9.0, True),
        (2.5, 3.0 - 2.1e-8, True),
        (2.5, 3.0 - 1.9e-8, False),
        (60.0, 2.0, False),
        (np.nan, 2.0, False),
        (1.0, np.nan, False),
        (1.0, -np.inf, False),
        (1.0, 2.0, True),
    ],
)
def test_a_trial_must_lessen_violation_or_value_by_its_margin(violation: float, value: float, accepted: bool) -> None:
    """From violation 2 and value 3; the filter refuses 50 and more, and what is not finite is never accepted."""
    assert judged(descent(2.0, 3.0, -0.4), violation, value) == (accepted, True)


@pytest.mark.parametrize(
    ("value", "accepted"), [(3.0 - 2e-5 + 2e-14, True), (3.0 - 2e-5 + 5e-14, False), (3.0 - 1.9e-5, False), (2.9, True)]
)
def test_a_trial_of_small_violation_must_lessen_the_value_along_the_slope(value: float, accepted: bool) -> None:
    """A ten-thousandth of length * slope = 0.5 * 0.4, with room for rounding of 1e-14 of the value; then the filter does not grow."""
    assert judged(descent(1e-6, 3.0, -0.4), 0.5, value) == (accepted, not accepted)


@pytest.mark.parametrize(("value", "room"), [(400.0, 4e-12), (-400.0, 4e-12), (0.01, 1e-14)])
def test_the_room_for_rounding_is_by_the_size_of_the_value(value: float, room: float) -> None:
    """Both ways to lessen the value have it: 1e-14 of the value's size, or of one."""
    flat = descent(0.0, value, -1e-300, small=-1.0)
    assert judged(flat, 0.0, value + 0.9 * room)[0]
    assert judged(descent(1e-30, value, 0.0), 1.0, value + 0.7 * room)[0]
    assert not judged(descent(1e-30, value, 0.0), 1.0, value + 1.6 * room)[0]
    steep = descent(1e-12, value, -1e-3)
    assert judged(steep, 1.0, value - 0.5e-7 + 0.7 * room)[0]
    assert not judged(steep, 1.0, value - 0.5e-7 + 1.7 * room)[0]


@pytest.mark.parametrize(
    ("violation", "slope", "small", "decides"),
    [
        (1e-3, -0.4, 1e-3, True),
        (1e-3, -0.4, 0.9e-3, False),
        (1e-3, 0.4, 1e-3, False),
        (0.5**2 * 0.99, -(2.0 ** (-1.2 / 2.3)), 0.3, True),
        (0.5**2 * 1.01, -(2.0 ** (-1.2 / 2.3)), 0.3, False),
    ],
)
def test_the_value_decides_where_the_violation_is_small_and_the_slope_steep(
    violation: float, slope: float, small: float, decides: bool
) -> None:
    """length |slope|^2.3 > violation^1.1: with length 0.5 and |slope|^2.3 = 2^-1.2, up to 0.25^1.1 = 2^-2.2; less violation is then no
    help."""
    accepted, grow = judged(descent(violation, 3.0, slope, small), 0.5 * violation, 3.1)
    assert (accepted, grow) == (not decides, True)
    assert judged(descent(violation, 3.0, slope, small), 0.5 * violation, 2.0) == (True, not decides)


def test_no_violation_after_none_is_enough_uphill() -> None:
    """Zero is no more than its share of zero."""
    assert judged(descent(0.0, 3.0, 0.4), 0.0, 9.0) == (True, True)


def test_a_free_step_needs_only_finite_numbers() -> None:
    """No filter and no progress is asked, and the filter does not grow."""
    free = descent(2.0, 3.0, -0.4, free=True)
    assert judged(free, 80.0, 90.0) == (True, False)
    assert judged(free, np.inf, 1.0) == (False, False)
    assert judged(free, 1.0, np.nan) == (False, False)


def there(mark: float) -> Linearized:
    """What is found at a trial point, told by its objective."""
    row = jnp.zeros((1, 2))
    return Linearized(jnp.asarray(mark), jnp.zeros(1), jnp.zeros(1), jnp.zeros(2), row, row)


PLAIN, BETTER = 3.0, 7.0


def step(mark: float) -> Step:
    """A step told by its numbers."""
    return Step(jnp.full(2, mark), jnp.full(3, 10.0 * mark))


def searched(start: Descent, violation, largest: float = 0.8, corrected: float = BETTER) -> Found:
    """A search over trials whose violation is a function of length and step; their value is 9, what is there tells the trial."""

    def evaluate(length, along):
        return Trial(violation(length, along.x[0]), jnp.asarray(9.0)), there_at(length, along)

    def there_at(length, along):
        row = jnp.zeros((1, 2))
        return Linearized(100.0 * length + along.x[0], jnp.zeros(1), jnp.zeros(1), jnp.zeros(2), row, row)

    def correct(length, found):
        wrong = jnp.abs(found.objective - (100.0 * length + PLAIN)) > 1e-9
        return Step(jnp.where(wrong, jnp.nan, jnp.full(2, corrected)), jnp.full(3, 10.0 * corrected))

    return search(start, evaluate, correct, step(PLAIN), jnp.asarray(largest), there(-5.0))


def outcome(found: Found) -> tuple[float, float, float, float, bool, bool]:
    """Everything a search found, as plain numbers."""
    numbers = found.length, found.step.x[0], found.step.slack[2], found.there.objective
    return (*(round(float(number), 9) for number in numbers), bool(found.accepted), bool(found.grow))


def test_a_good_first_trial_is_taken_whole() -> None:
    """One trial at the largest length, along the plain step."""
    assert outcome(searched(descent(2.0, 3.0, -0.4), lambda length, mark: length)) == (0.8, 3.0, 30.0, 83.0, True, True)


def test_a_first_trial_that_lessens_the_value_alone_is_not_corrected() -> None:
    """Value 9 from 10, violation 4 from 2: taken as it is."""
    found = searched(descent(2.0, 10.0, -0.4), lambda length, mark: jnp.asarray(4.0))
    assert outcome(found) == (0.8, 3.0, 30.0, 83.0, True, True)


def test_a_trial_of_less_violation_that_is_refused_is_halved_without_a_correction() -> None:
    """From 2: 1.99999 at 0.8 and at 0.4 is no progress, at 0.2 the violation is 1."""
    found = searched(descent(2.0, 3.0, -0.4), lambda length, mark: jnp.where(length > 0.3, 1.99999, 1.0))
    assert outcome(found) == (0.2, 3.0, 30.0, 23.0, True, True)


def test_a_full_step_that_does_not_lessen_the_violation_is_corrected_once_at_the_same_length() -> None:
    """The corrected step is tried at the same length; equal violations count as not lessened."""
    found = searched(descent(2.0, 3.0, -0.4), lambda length, mark: jnp.where(mark == PLAIN, 2.0, 1.0))
    assert outcome(found) == (0.8, 7.0, 70.0, 87.0, True, True)


def test_the_plain_step_is_taken_up_again_where_the_corrected_one_fails() -> None:
    """The corrected one is worse at every length, the plain one good from 0.2 down; no second correction is made."""
    found = searched(descent(2.0, 3.0, -0.4), lambda length, mark: jnp.where((mark == PLAIN) & (length < 0.3), 1.0, 4.0))
    assert outcome(found) == (0.2, 3.0, 30.0, 23.0, True, True)


def test_a_free_search_is_never_corrected() -> None:
    """Not finite at 0.8: halved along the plain step; the filter does not grow."""
    found = searched(descent(2.0, 3.0, -0.4, free=True), lambda length, mark: jnp.where(length > 0.5, jnp.inf, 5.0))
    assert outcome(found) == (0.4, 3.0, 30.0, 43.0, True, False)


@pytest.mark.parametrize(("largest", "last"), [(0.8, 0.8 * 0.5**20), (1e-3, 1e-3 * 0.5**20)])
def test_a_search_ends_unaccepted_below_its_smallest_length(largest: float, last: float) -> None:
    """The smallest is 5e-7 of the largest, less than 2^-20 and more than 2^-21 of it."""
    found = searched(descent(2.0, 3.0, 0.4), lambda length, mark: jnp.asarray(4.0), largest)
    assert float(found.length) == pytest.approx(last, rel=1e-12)
    assert not bool(found.accepted)


def test_a_search_makes_its_first_trial_and_tries_its_correction_however_short_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a smallest length above the largest: one trial and one correction, or one trial alone."""
    monkeypatch.setattr("capexmodel.solvers.line_search.SMALLEST_STEP", 5.0)
    found = searched(descent(2.0, 3.0, -0.4), lambda length, mark: jnp.asarray(4.0))
    assert outcome(found) == (0.8, 3.0, 30.0, 87.0, False, True)
    found = searched(descent(2.0, 3.0, -0.4), lambda length, mark: jnp.asarray(1.99999999))
    assert outcome(found) == (0.8, 3.0, 30.0, 83.0, False, True)


def finite_from(violation, value, largest: float = 0.8) -> Found:
    """The first finite trial of a function of the length."""

    def evaluate(length, along):
        row = jnp.zeros((1, 2))
        found = Linearized(100.0 * length + along.x[0], jnp.zeros(1), jnp.zeros(1), jnp.zeros(2), row, row)
        return Trial(violation(length), value(length)), found

    return first_finite(evaluate, step(PLAIN), jnp.asarray(largest), there(-5.0))


def test_the_first_finite_trial_is_taken() -> None:
    """Violation and value must both be finite; a step that is finite at once is not shortened."""
    one, none_above = (lambda length: jnp.asarray(1.0)), (lambda most: lambda length: jnp.where(length > most, jnp.nan, 1.0))
    assert outcome(finite_from(one, one)) == (0.8, 3.0, 30.0, 83.0, True, False)
    assert outcome(finite_from(none_above(0.3), one)) == (0.2, 3.0, 30.0, 23.0, True, False)
    assert outcome(finite_from(one, none_above(0.5))) == (0.4, 3.0, 30.0, 43.0, True, False)


@pytest.mark.parametrize("largest", [1.0, 1e-4])
def test_the_search_for_a_finite_trial_ends_at_the_smallest_step(largest: float) -> None:
    """2^-39 of the largest is the last above 1e-12 of it."""
    found = finite_from(lambda length: jnp.asarray(jnp.nan), lambda length: jnp.asarray(1.0), largest)
    assert float(found.length) == pytest.approx(largest * 0.5**39, rel=1e-12)
    assert not bool(found.accepted)
