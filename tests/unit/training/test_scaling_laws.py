"""Scaling laws: the best recipes against scans, slopes, and what the laws' own authors read off them."""

import jax
import jax.numpy as jnp
import pytest

from capexmodel.training.scaling_laws import ParametricLoss, besiroglu, hoffmann, llama3_tokens_count, muennighoff, progress_factor

LAWS = (hoffmann, besiroglu, muennighoff)


@pytest.mark.parametrize("make", LAWS)
@pytest.mark.parametrize("work", [1e21, 3.8e25])
def test_no_other_split_of_work_is_better(make, work: float) -> None:
    """The closed form against a scan of model sizes at the same work; and the loss it reaches takes no less."""
    law, given = make(), jnp.asarray(work)
    best = law.best_for_work(given)
    sizes = best.parameters_count * jnp.exp(jnp.linspace(-1.0, 1.0, 2001))
    losses = law.loss(sizes, work / (6.0 * sizes))
    assert int(jnp.argmin(losses)) == pytest.approx(1000, abs=1)
    back = law.best_for_loss(law.loss(best.parameters_count, best.tokens_count))
    assert float(back.work_flop) == pytest.approx(work, rel=1e-9)
    assert float(back.parameters_count) == pytest.approx(float(best.parameters_count), rel=1e-9)


def test_a_loss_below_the_least_is_no_number() -> None:
    """Nothing reaches it: never a figure."""
    law = besiroglu()
    assert bool(jnp.isnan(law.best_for_loss(jnp.asarray(1.8)).work_flop))
    assert bool(jnp.isnan(law.best_for_use(jnp.asarray(1.8), jnp.asarray(1e13)).work_flop))


@pytest.mark.parametrize("served", [0.0, 1e12, 1e14])
def test_serving_wants_smaller_models(served: float) -> None:
    """Least work of training and serving against a scan; its slope in what is served is the forward work by token."""
    law = besiroglu()
    loss = law.loss(jnp.asarray(7e10), jnp.asarray(1.4e12))
    best = law.best_for_use(loss, jnp.asarray(served))
    plain = law.best_for_loss(loss)
    assert float(law.loss(best.parameters_count, best.tokens_count)) == pytest.approx(float(loss), rel=1e-9)

    def work(size: jax.Array) -> jax.Array:
        left = loss - law.least - law.parameter_factor * size**-law.parameter_exponent
        tokens = (law.token_factor / left) ** (1.0 / law.token_exponent)
        return jnp.where(left > 0, (6.0 * tokens + 2.0 * served) * size, jnp.inf)

    sizes = best.parameters_count * jnp.exp(jnp.linspace(-1.0, 1.0, 2001))
    assert float(best.work_flop) <= float(jnp.min(work(sizes))) * (1.0 + 1e-9)
    assert (float(best.parameters_count) < float(plain.parameters_count) * (1.0 - 1e-3)) is (served > 0)
    slope = jax.grad(lambda tokens: law.best_for_use(loss, tokens).work_flop)(jnp.asarray(served))
    assert float(slope) == pytest.approx(2.0 * float(best.parameters_count), rel=1e-6)


def test_repeated_tokens_are_worth_less_and_less() -> None:
    """No repetition loses nothing; the second epoch is nearly as good as new data, the hundredth is nothing."""
    law = muennighoff()
    size, unique = jnp.asarray(1e9), jnp.asarray(1e11)
    once = law.loss_of_repeated(size, unique, unique)
    assert float(once) == pytest.approx(float(law.loss(size, unique)))
    losses = [float(law.loss_of_repeated(size, epochs * unique, unique)) for epochs in (2.0, 4.0, 40.0, 100.0, 200.0)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] - float(law.loss(size, 2.0 * unique)) < 0.1 * (float(once) - losses[0])
    assert losses[3] - losses[4] < 0.05 * (float(once) - losses[0])
    fresh = ParametricLoss(*jax.tree.leaves(besiroglu()))
    assert float(fresh.loss_of_repeated(size, 4.0 * unique, unique)) == pytest.approx(float(fresh.loss(size, 4.0 * unique)))


def test_what_others_read_off_the_laws() -> None:
    """Chinchilla's work (5.76e23): about 18 tokens by parameter with the constants fitted again, 59 with the first ones (Besiroglu et al.
    2024, section 4: the paper's own advice, about 20, is consistent with the second fit only). Llama 3's own model."""
    work = jnp.asarray(5.76e23)
    ratios = [
        float(recipe.tokens_count / recipe.parameters_count) for recipe in (law().best_for_work(work) for law in (besiroglu, hoffmann))
    ]
    assert ratios == pytest.approx([18.4, 59.1], abs=0.1)
    assert float(llama3_tokens_count(jnp.asarray(3.8e25))) == pytest.approx(16.55e12)
    assert float(llama3_tokens_count(jnp.asarray(3.8e24))) == pytest.approx(16.55e12 / 10**0.537)


def test_progress_halves_work_by_doubling() -> None:
    """Two doublings are a quarter of the work."""
    assert float(progress_factor(jnp.asarray(16.0), jnp.asarray(8.0))) == pytest.approx(4.0)
