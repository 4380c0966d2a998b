"""What is believed meets its three numbers, rises with its score, and is smooth."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.figures import Given
from capexmodel.errors import ModelError
from capexmodel.studies.belief import believed
from capexmodel.studies.draws import TAIL_SCORE

FIGURES = {
    "skewed": Given(2.0, 1.0, 6.0), "even": Given(3.0, 1.0, 9.0), "left": Given(5.0, 1.0, 6.0), "share": Given(0.8, 0.3, 0.9),
    "plain": Given(0.0, -1.0, 3.0), "sure": Given(7.0),
}  # fmt: skip


def test_the_three_numbers_are_met_and_a_figure_without_range_is_not_believed() -> None:
    found = believed(FIGURES)
    assert found.names == ("skewed", "even", "left", "share", "plain")
    for score, end in ((-TAIL_SCORE, "low"), (0.0, "value"), (TAIL_SCORE, "high")):
        wanted = [getattr(FIGURES[name], end) for name in found.names]
        assert np.asarray(found.figures(jnp.full(5, score))) == pytest.approx(wanted, abs=1e-12)


def test_figures_rise_with_their_scores_and_have_slopes_on_both_sides_of_the_middle() -> None:
    """Where a distribution of two halves has a kink, both slopes are one."""
    found = believed(FIGURES)
    slope = jax.vmap(jax.jacfwd(found.figures))(jnp.stack([jnp.full(5, score) for score in (-4.0, -1e-7, 1e-7, 4.0)]))
    own = np.stack([np.diag(each) for each in np.asarray(slope)])
    assert (own > 0).all()
    assert own[1] == pytest.approx(own[2], rel=1e-5)


def test_a_share_stays_one() -> None:
    ends = np.asarray(believed({"share": FIGURES["share"]}).figures(jnp.asarray([12.0])))
    assert 0.9 < ends[0] <= 1.0


@pytest.mark.parametrize(("low", "value", "high"), [(1.0, 1.0, 2.0), (1.0, 3.0, 2.0), (1.0, 0.5, 2.0)])
def test_a_value_that_is_not_between_its_ends_is_refused(low: float, value: float, high: float) -> None:
    with pytest.raises(ModelError, match="does not lie between its ends"):
        believed({"price_usd": Given(value, low, high)})
