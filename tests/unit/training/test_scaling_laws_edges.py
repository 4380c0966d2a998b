"""Laws of scale with constants that make every power a whole number, worked out by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.scaling_laws import (
    ParametricLoss,
    besiroglu,
    hoffmann,
    llama3_tokens_count,
    muennighoff,
    progress_factor,
    serving_flop,
    training_flop,
)


def scalar(number: float) -> jax.Array:
    """A number as an array."""
    return jnp.asarray(number, float)


def law(*fading: float, **changed: float) -> ParametricLoss:
    """E 1.5, A 40 with exponent 1/2, B 30 with exponent 1/4; nothing fades unless said so."""
    plain = {"least": 1.5, "parameter_factor": 40.0, "token_factor": 30.0, "parameter_exponent": 0.5, "token_exponent": 0.25}
    fades = fading or (math.inf, math.inf)
    numbers = plain | {"token_fading": fades[0], "parameter_fading": fades[1]} | changed
    return ParametricLoss(**{name: scalar(number) for name, number in numbers.items()})


BALANCE = (8 / 3) ** (4 / 3)
"""(a A / b B) to the 1 / (a + b): 20 over 7.5 to the 4/3."""


def test_training_takes_six_and_serving_two_by_parameter_and_token() -> None:
    """3 parameters, 5 tokens."""
    assert float(training_flop(scalar(3.0), scalar(5.0))) == 90.0
    assert float(serving_flop(scalar(3.0), scalar(5.0))) == 30.0


def test_loss_is_the_least_and_two_powers() -> None:
    """1.5 + 40 / sqrt(400) + 30 / 625 to the 1/4."""
    assert float(law().loss(scalar(400.0), scalar(625.0))) == pytest.approx(1.5 + 2.0 + 6.0, rel=1e-14)


def test_the_best_split_of_work() -> None:
    """Work of 6 x 4,096 pairs: parameters grow with the third root of pairs, 16, tokens with its square, 256."""
    found = law().best_for_work(scalar(6.0 * 4096))
    assert float(found.parameters_count) == pytest.approx(16 * BALANCE, rel=1e-13)
    assert float(found.tokens_count) == pytest.approx(256 / BALANCE, rel=1e-13)
    assert float(found.work_flop) == 6.0 * 4096


def test_the_model_that_tokens_call_for() -> None:
    """Where the best split has so many tokens, pairs are (tokens x balance) to the 3/2."""
    found = law().best_for_tokens(scalar(900.0))
    wanted = (900 * BALANCE) ** 1.5 / 900
    assert float(found.parameters_count) == pytest.approx(wanted, rel=1e-13)
    assert float(found.tokens_count) == 900.0
    assert float(found.work_flop) == pytest.approx(6 * wanted * 900, rel=1e-13)


def test_the_least_work_to_a_loss() -> None:
    """4.5 above the least: a third of it by size, two thirds by tokens, as exponents are; (40 / 1.5)^2 and (30 / 3)^4."""
    found = law().best_for_loss(scalar(6.0))
    assert float(found.parameters_count) == pytest.approx((40 / 1.5) ** 2, rel=1e-13)
    assert float(found.tokens_count) == pytest.approx(1e4, rel=1e-13)
    assert float(found.work_flop) == pytest.approx(6e4 * (40 / 1.5) ** 2, rel=1e-13)


@pytest.mark.parametrize("loss", [1.5, 1.4])
def test_nothing_reaches_the_least_loss(loss: float) -> None:
    """Not a number at the least loss, nor below."""
    for found in (law().best_for_loss(scalar(loss)), law().best_for_use(scalar(loss), scalar(50.0))):
        assert [math.isnan(float(leaf)) for leaf in jax.tree.leaves(found)] == [True, True, True]


@pytest.mark.parametrize(("size", "tokens"), [(144.0, 2401.0), (64.0, 256.0), (100.0, 6561.0)])
def test_the_least_work_of_training_and_serving(size: float, tokens: float) -> None:
    """A run is best for its loss where A's slope over B's is 1 + served / 3 tokens: so many served, and it is found again."""
    given, share = law(), (0.5 * 40 / math.sqrt(size)) / (0.25 * 30 / tokens**0.25)
    served = 3 * tokens * (share - 1.0)
    assert served > 0
    found = given.best_for_use(given.loss(scalar(size), scalar(tokens)), scalar(served))
    assert float(found.parameters_count) == pytest.approx(size, rel=1e-9)
    assert float(found.tokens_count) == pytest.approx(tokens, rel=1e-9)
    assert float(found.work_flop) == pytest.approx(6 * size * tokens + 2 * size * served, rel=1e-9)


def test_without_serving_use_is_training() -> None:
    """Nothing served: (40 / 1.5)^2 parameters and 10,000 tokens again."""
    found = law().best_for_use(scalar(6.0), scalar(0.0))
    assert float(found.parameters_count) == pytest.approx((40 / 1.5) ** 2, rel=1e-9)
    assert float(found.tokens_count) == pytest.approx(1e4, rel=1e-9)


def test_very_much_serving_shrinks_a_model_to_little_more_than_the_smallest() -> None:
    """With 1e30 tokens to serve nothing but size counts: (40 / 4.5)^2 parameters, which endless tokens would bring to the loss."""
    found = law().best_for_use(scalar(6.0), scalar(1e30))
    assert float(found.parameters_count) == pytest.approx((40 / 4.5) ** 2, rel=1e-4)
    assert float(found.parameters_count) > (40 / 4.5) ** 2
    assert float(law().loss(found.parameters_count, found.tokens_count)) == pytest.approx(6.0, rel=1e-9)


def test_parameters_may_be_counted_in_millions() -> None:
    """A is a thousandth then, and a run has a millionth of the parameters, also where the logarithm of these is negative."""
    found = law(parameter_factor=0.04).best_for_use(scalar(6.0), scalar(9e3))
    plain = law().best_for_use(scalar(6.0), scalar(9e3))
    assert float(found.parameters_count) == pytest.approx(1e-6 * float(plain.parameters_count), rel=1e-9)
    assert float(found.tokens_count) == pytest.approx(float(plain.tokens_count), rel=1e-9)


def worth(more: float, base: float, fading: float) -> float:
    """What more of the same is worth, fading from one."""
    return fading * base * (1 - math.exp(-more / (fading * base)))


def test_repeated_tokens_fade() -> None:
    """625 different tokens seen four times by a model that is not too large for them: 1,875 more are worth less."""
    called = (625 * BALANCE) ** 1.5 / 625
    assert called > 50
    found = law(2.5, 3.5).loss_of_repeated(scalar(50.0), scalar(2500.0), scalar(625.0))
    assert float(found) == pytest.approx(1.5 + 40 / math.sqrt(50) + 30 / (625 + worth(1875, 625, 2.5)) ** 0.25, rel=1e-13)


def test_surplus_parameters_fade() -> None:
    """More than tokens call for are worth less, as far as these are different."""
    called = (625 * BALANCE) ** 1.5 / 625
    size, tokens = called + worth(9 * called, called, 3.5), 625 + worth(1875, 625, 2.5)
    found = law(2.5, 3.5).loss_of_repeated(scalar(10 * called), scalar(2500.0), scalar(625.0))
    assert float(found) == pytest.approx(1.5 + 40 / math.sqrt(size) + 30 / tokens**0.25, rel=1e-13)


def test_more_different_tokens_than_are_seen_make_no_difference() -> None:
    """Of 5,000 that there are 625 are seen: none of them twice, and the model is called for by what is seen."""
    called = (625 * BALANCE) ** 1.5 / 625
    size = called + worth(2 * called, called, 3.5)
    found = law(2.5, 3.5).loss_of_repeated(scalar(3 * called), scalar(625.0), scalar(5000.0))
    assert float(found) == pytest.approx(1.5 + 40 / math.sqrt(size) + 6.0, rel=1e-13)


def test_what_does_not_fade_keeps_its_worth() -> None:
    """Tokens that fade with parameters that do not, and the other way round."""
    called = (625 * BALANCE) ** 1.5 / 625
    tokens, size = 625 + worth(1875, 625, 2.5), called + worth(2 * called, called, 3.5)
    given = (scalar(3 * called), scalar(2500.0), scalar(625.0))
    by_size, by_tokens = 40 / math.sqrt(3 * called), 30 / 2500**0.25
    assert float(law(2.5, math.inf).loss_of_repeated(*given)) == pytest.approx(1.5 + by_size + 30 / tokens**0.25, rel=1e-13)
    assert float(law(math.inf, 3.5).loss_of_repeated(*given)) == pytest.approx(1.5 + 40 / math.sqrt(size) + by_tokens, rel=1e-13)
    assert float(law().loss_of_repeated(*given)) == pytest.approx(1.5 + by_size + by_tokens, rel=1e-13)


def test_the_slope_is_a_number_where_nothing_fades() -> None:
    """By tokens: -1/4 x 30 x 2500 to the -5/4."""
    slope = jax.grad(lambda tokens: law().loss_of_repeated(scalar(50.0), tokens, scalar(625.0)))(scalar(2500.0))
    assert float(slope) == pytest.approx(-7.5 * 2500**-1.25, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (hoffmann, [1.6934, 406.4, 410.7, 0.3392, 0.2849, math.inf, math.inf]),
        (besiroglu, [1.8172, 482.01, 2085.43, 0.3478, 0.3658, math.inf, math.inf]),
        (muennighoff, [1.87, 521.0, 1488.0, 0.3527, 0.3527, 15.387756, 5.309743]),
    ],
)
def test_published_laws_have_their_published_constants(make, wanted: list[float]) -> None:
    """Least loss, factors of parameters and tokens, their exponents, and how tokens and parameters fade."""
    found = make()
    names = ("least", "parameter_factor", "token_factor", "parameter_exponent", "token_exponent", "token_fading", "parameter_fading")
    assert [float(getattr(found, name)) for name in names] == wanted


def test_tokens_of_llama_3() -> None:
    """16.55e12 at 3.8e25 FLOP; a thousand times the work, 1,000 to the 0.537 times the tokens."""
    np.testing.assert_allclose(llama3_tokens_count(jnp.asarray([3.8e25, 3.8e28])), [16.55e12, 16.55e12 * 1000**0.537], rtol=1e-12)


def test_progress_doubles() -> None:
    """Six over four is one and a half doublings."""
    assert float(progress_factor(scalar(6.0), scalar(4.0))) == pytest.approx(2**1.5, rel=1e-14)
