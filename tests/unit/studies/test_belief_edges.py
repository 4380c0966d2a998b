"""What is believed of figures, on each scale, from ranges made up by hand."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.figures import Given
from capexmodel.errors import ModelError
from capexmodel.studies.belief import LOGARITHM, ODDS, PLAIN, Beliefs, believed

Z = 1.6448536269514722
RANGES = {"size": (3.0, 5.0, 12.0), "share": (0.2, 0.3, 0.7), "plain": (-3.0, 1.0, 9.0), "even": (-4.0, 1.0, 6.0), "zero": (0.0, 3.0, 4.0)}


def beliefs() -> Beliefs:
    """Five figures, and one without a range, which is none."""
    return believed({name: Given(value, low, high) for name, (low, value, high) in RANGES.items()} | {"sure": Given(7.0)})


@pytest.mark.parametrize(("score", "place"), [(-Z, 0), (0.0, 1), (Z, 2)])
def test_each_figure_meets_its_ends_and_its_value(score: float, place: int) -> None:
    found = beliefs().values(jnp.full(5, score))
    assert list(found) == list(RANGES)
    assert [float(value) for value in found.values()] == pytest.approx([ends[place] for ends in RANGES.values()], rel=1e-9)


def test_scales_are_by_the_ends() -> None:
    """Nothing or less is plain, less than one at the top is a share, all else a logarithm."""
    kinds = believed({"one": Given(0.5, 0.2, 1.0), "less": Given(0.5, 0.2, 0.999)}).kind
    assert (beliefs().kind, kinds) == ((LOGARITHM, ODDS, PLAIN, PLAIN, PLAIN), (LOGARITHM, ODDS))


def test_between_the_ends_it_is_tukeys_function() -> None:
    """Skewness ln(up / down) / z; width such that the upper end is met; a straight line where both sides are as long."""
    found = beliefs()
    skew = math.log(8.0 / 4.0) / Z
    width = 8.0 * skew / math.expm1(skew * Z)
    assert (float(found.skew[2]), float(found.width[2])) == (pytest.approx(skew), pytest.approx(width))
    assert (float(found.skew[3]), float(found.width[3])) == (0.0, pytest.approx(5.0 / Z))
    drawn = np.asarray(found.figures(jnp.full(5, 0.7)))
    assert drawn[2] == pytest.approx(1.0 + width * math.expm1(0.7 * skew) / skew)
    assert drawn[3] == pytest.approx(1.0 + 0.7 * 5.0 / Z)
    logs = [math.log(12.0 / 5.0), math.log(5.0 / 3.0)]
    bent = math.log(logs[0] / logs[1]) / Z
    assert drawn[0] == pytest.approx(5.0 * math.exp(logs[0] * math.expm1(0.7 * bent) / math.expm1(Z * bent)))


def test_a_hardly_bent_function_is_straight() -> None:
    """Below a millionth of skewness; just above it the function is hardly another."""
    straight, bent = (believed({"x": Given(0.0, -1.0, 1.0 + step)}) for step in (1.5e-6, 1.8e-6))
    assert (float(straight.width[0]), float(bent.width[0])) == (
        pytest.approx((1.0 + 1.5e-6) / Z, rel=1e-15),
        pytest.approx(1.0 / Z, rel=1e-5),
    )
    assert float(bent.width[0]) < (1.0 + 1.0e-6) / Z
    assert float(straight.figures(jnp.asarray([2.0]))[0]) == pytest.approx(2.0 * (1.0 + 1.5e-6) / Z, rel=1e-15)


@pytest.mark.parametrize(("low", "value", "high"), [(3.0, 3.0, 5.0), (3.0, 5.0, 5.0), (3.0, 2.0, 5.0), (3.0, 4.0, None)])
def test_a_value_that_does_not_lie_between_its_ends_is_refused(low: float, value: float, high: float | None) -> None:
    with pytest.raises(ModelError, match=f"x: {value:g} does not lie between its ends, {low} and {high}"):
        believed({"x": Given(value, low, high)})
