"""From a target loss to parameters, tokens and work: published laws of how loss falls with scale.

A law speaks of the loss of one family of models on one family of data, in nats by token of its own tokenizer: losses of two laws are not
to be compared, and no law says what a loss is good for. Everything is differentiable in the target and in the law's own constants.
Leaves out: laws of learning rates and batch sizes, and what is learned after pre-training.

Source: Hoffmann et al. 2022, arXiv 2203.15556 (the parametric loss); Besiroglu et al. 2024, arXiv 2404.10102 (its constants fitted again);
Muennighoff et al. 2023, arXiv 2305.16264 (repeated data); Grattafiori et al. 2024, arXiv 2407.21783, section 3.2.1 (Llama 3).
"""

import equinox as eqx
import jax.numpy as jnp
import optimistix
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar

_FROM_THE_EDGE = 1e-9
_WITHIN = 1e-12
_MOST_HALVINGS = 200


class Recipe(eqx.Module):
    """Parameters and tokens of one training run, and its work."""

    parameters_count: Float[Array, "*run"] = param("parameters of the model", gt=0)
    tokens_count: Float[Array, "*run"] = param("tokens it is trained on", gt=0)
    work_flop: Float[Array, "*run"] = param("work of the run, and of serving where that was asked for", gt=0)


def training_flop(parameters_count: Float[Array, "*run"], tokens_count: Float[Array, "*run"]) -> Array:
    """Work of training: 6 N D, forward and backward. Source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1."""
    return 6.0 * parameters_count * tokens_count


def serving_flop(parameters_count: Float[Array, "*run"], tokens_count: Float[Array, "*run"]) -> Array:
    """Work of serving: 2 N D, forward alone. Source: Kaplan et al. 2020, section 2.1."""
    return 2.0 * parameters_count * tokens_count


class ParametricLoss(eqx.Module):
    """Loss of a model of N parameters after D tokens: E + A / N^a + B / D^b.

    Source: Hoffmann et al. 2022, equation 10; where data are repeated or models are larger than their data, Muennighoff et al. 2023,
    equations 5 and 6.
    """

    least: Scalar = param("loss that no scale goes below, in nats for each token", gt=0)
    parameter_factor: Scalar = param("factor A of the parameters' term", gt=0)
    token_factor: Scalar = param("factor B of the tokens' term", gt=0)
    parameter_exponent: Scalar = param("exponent a of the parameters", gt=0, lt=1)
    token_exponent: Scalar = param("exponent b of the tokens", gt=0, lt=1)
    token_fading: Scalar = param("factor by which repeated tokens can multiply unique ones: infinite, they keep their worth", gt=0)
    parameter_fading: Scalar = param("factor by which surplus parameters can multiply those that unique tokens call for", gt=0)

    def loss(self, parameters_count: Float[Array, "*run"], tokens_count: Float[Array, "*run"]) -> Array:
        """Loss after tokens that are all different."""
        by_size = self.parameter_factor * parameters_count**-self.parameter_exponent
        return self.least + by_size + self.token_factor * tokens_count**-self.token_exponent

    def loss_of_repeated(
        self, parameters_count: Float[Array, "*run"], tokens_count: Float[Array, "*run"], unique_count: Float[Array, "*run"]
    ) -> Array:
        """Loss where only so many tokens are different and the rest repeat them.

        Source: Muennighoff et al. 2023, equations 5 and 6: worth of repetitions decays exponentially.
        """
        unique = jnp.minimum(unique_count, tokens_count)
        fitting = self.best_for_tokens(unique).parameters_count
        base = jnp.minimum(fitting, parameters_count)
        return self.loss(
            base + _faded(parameters_count - base, base, self.parameter_fading),
            unique + _faded(tokens_count - unique, unique, self.token_fading),
        )

    def _share(self) -> tuple[Array, Array]:
        """Exponents of work with which the best parameters and tokens grow."""
        total = self.parameter_exponent + self.token_exponent
        return self.token_exponent / total, self.parameter_exponent / total

    def _balance(self) -> Array:
        """The constant of the best split. Source: Hoffmann et al. 2022, equation 4."""
        ratio = (self.parameter_exponent * self.parameter_factor) / (self.token_exponent * self.token_factor)
        return ratio ** (1.0 / (self.parameter_exponent + self.token_exponent))

    def best_for_work(self, work_flop: Float[Array, "*run"]) -> Recipe:
        """The split of work between parameters and tokens with the least loss. Source: Hoffmann et al. 2022, equation 4."""
        pairs = work_flop / training_flop(jnp.ones_like(work_flop), jnp.ones_like(work_flop))
        by_size, by_tokens = self._share()
        return Recipe(self._balance() * pairs**by_size, pairs**by_tokens / self._balance(), work_flop)

    def best_for_tokens(self, tokens_count: Float[Array, "*run"]) -> Recipe:
        """The model that so many different tokens call for."""
        _, by_tokens = self._share()
        pairs = (tokens_count * self._balance()) ** (1.0 / by_tokens)
        parameters = pairs / tokens_count
        return Recipe(parameters, tokens_count, training_flop(parameters, tokens_count))

    def best_for_loss(self, loss: Float[Array, "*run"]) -> Recipe:
        """The least work that reaches a loss; not a number at or below the least loss. The two terms are in the ratio of the exponents."""
        above = jnp.where(loss > self.least, loss - self.least, jnp.nan)
        by_size, by_tokens = self._share()
        parameters = (self.parameter_factor / (above * by_size)) ** (1.0 / self.parameter_exponent)
        tokens = (self.token_factor / (above * by_tokens)) ** (1.0 / self.token_exponent)
        return Recipe(parameters, tokens, training_flop(parameters, tokens))

    def best_for_use(self, loss: Scalar, served_count: Scalar) -> Recipe:
        """The run that reaches a loss with the least work of training it and of serving so many tokens: smaller, trained on more tokens.
        Its `work_flop` is both. Not a number at or below the least loss.

        Source: Sardana and Frankle 2024, arXiv 2401.00448, section 2 (the problem), here solved by its one monotone condition.
        """
        reachable = loss > self.least
        aimed = jnp.where(reachable, loss, 2.0 * self.least)
        largest = jnp.log(self.best_for_loss(aimed).parameters_count)
        smallest = jnp.log(self.parameter_factor / (aimed - self.least)) / self.parameter_exponent
        ends = {"lower": smallest + _FROM_THE_EDGE, "upper": largest + _FROM_THE_EDGE}
        found = optimistix.root_find(
            _condition, optimistix.Bisection(rtol=_WITHIN, atol=_WITHIN), 0.5 * (smallest + largest), (self, aimed, served_count),
            options=ends, max_steps=_MOST_HALVINGS, throw=False,
        )  # fmt: skip
        parameters = jnp.where(reachable, jnp.exp(found.value), jnp.nan)
        tokens = _tokens_for(self, parameters, aimed)
        return Recipe(parameters, tokens, training_flop(parameters, tokens) + serving_flop(parameters, served_count))


def _tokens_for(law: ParametricLoss, parameters_count: Array, loss: Array) -> Array:
    """Tokens after which a model has a loss."""
    left = loss - law.least - law.parameter_factor * parameters_count**-law.parameter_exponent
    return (law.token_factor / left) ** (1.0 / law.token_exponent)


def _condition(logarithm: Array, given: tuple[ParametricLoss, Array, Array]) -> Array:
    """What a larger model spares in tokens over what it costs in training and serving, as a logarithm: falls with size, zero where best."""
    law, loss, served = given
    parameters = jnp.exp(logarithm)
    tokens = _tokens_for(law, parameters, loss)
    spared = law.parameter_exponent * law.parameter_factor * parameters**-law.parameter_exponent
    spared = spared / (law.token_exponent * law.token_factor * tokens**-law.token_exponent)
    return jnp.log(spared) - jnp.log1p(serving_flop(parameters, served) / training_flop(parameters, tokens))


def _faded(more: Array, base: Array, fading: Array) -> Array:
    """What more of the same is worth beside a base: fading x base x (1 - exp(-more / base / fading)).

    Source: Muennighoff et al. 2023, equation 5.
    """
    endless = jnp.isinf(fading)
    finite = jnp.where(endless, 1.0, fading)
    return jnp.where(endless, more, -finite * base * jnp.expm1(-more / (base * finite)))


def _law(least: float, parameters: tuple[float, float], tokens: tuple[float, float], fading: tuple[float, float]) -> ParametricLoss:
    """A law from its constants: factor and exponent of both terms, and how repeated tokens and surplus parameters fade."""
    numbers = (least, parameters[0], tokens[0], parameters[1], tokens[1], *fading)
    return ParametricLoss(*(jnp.asarray(number, float) for number in numbers))


def hoffmann() -> ParametricLoss:
    """Chinchilla's third approach, with the digits of its authors' source.

    Source: Hoffmann et al. 2022, approach 3; digits as given by Besiroglu et al. 2024, section 2 (secondary).
    """
    return _law(1.6934, (406.4, 0.3392), (410.7, 0.2849), (jnp.inf, jnp.inf))


def besiroglu() -> ParametricLoss:
    """The same form fitted again to the data of Chinchilla's figure.

    Source: Besiroglu et al. 2024, equation 3: E 1.8172 (0.03), A 482.01 (124.58), B 2085.43 (1293.23), exponents 0.3478 and 0.3658 (0.02).
    """
    return _law(1.8172, (482.01, 0.3478), (2085.43, 0.3658), (jnp.inf, jnp.inf))


def muennighoff() -> ParametricLoss:
    """Repeated data: worth of a repetition falls by 1/e about every fifteen epochs.

    Source: Muennighoff et al. 2023, section 6 and the authors' code: R_D* 15.387756, R_N* 5.309743, with A 521, B 1488, E 1.87 and both
    exponents 0.3527.
    """
    return _law(1.87, (521.0, 0.3527), (1488.0, 0.3527), (15.387756, 5.309743))


def llama3_tokens_count(work_flop: Float[Array, "*run"]) -> Array:
    """Tokens that Llama 3's own fit calls for: 16.55e12 at 3.8e25 FLOP, growing with the power 0.537 of work.

    The constants printed in the text are rounded and miss the paper's own model by a third; this is anchored on that model.
    Source: Grattafiori et al. 2024, section 3.2.1 and figure 3.
    """
    return 16.55e12 * (work_flop / 3.8e25) ** 0.537


def progress_factor(span_s: Float[Array, "*run"], doubling_s: Float[Array, "*run"]) -> Array:
    """By how much less work reaches the same loss after a span of progress in algorithms: 2 ** (span / doubling).

    What a doubling takes is an uncertain figure: 8 months, 95 % 5 to 14. Source: Ho et al. 2024, arXiv 2403.05812, abstract.
    """
    return jnp.exp2(span_s / doubling_s)
