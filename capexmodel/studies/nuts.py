"""The independent check of a calibration: a Hamiltonian sampler that knows nothing of Laplace's approximation.

Source: Hoffman and Gelman, The No-U-Turn sampler (2014); as implemented by NumPyro.
"""

import jax
import numpy as np
from jaxtyping import Float

from capexmodel.errors import ConfigError
from capexmodel.studies.calibration import Bell, Question, surprise

WARMUP, DRAWS = 500, 1000
"""Steps in which the sampler tunes itself, and draws that it keeps."""


def nuts(
    question: Question, start: Bell, draws: int = DRAWS, warmup: int = WARMUP, seed: int = 0
) -> tuple[Float[np.ndarray, "draw figure"], int]:
    """Draws of the posterior's scores, from the most probable ones on, and how many steps diverged: none should.

    Raises: ConfigError where NumPyro is not installed.
    """
    try:
        from numpyro.infer import MCMC, NUTS
    except ImportError:
        raise ConfigError("the sampler needs NumPyro: pip install 'capexmodel[calibrate]'") from None
    kernel = NUTS(potential_fn=lambda score: surprise(score, question))
    chain = MCMC(kernel, num_warmup=warmup, num_samples=draws, progress_bar=False)
    chain.run(jax.random.key(seed), init_params=start.middle, extra_fields=("diverging",))
    return np.asarray(chain.get_samples()), int(np.sum(np.asarray(chain.get_extra_fields()["diverging"])))
