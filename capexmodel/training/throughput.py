"""Throughput of a training run with its range: the equations, calibrated, and what they missed of runs like it."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.training.calibration import Prior, Runs, Unknowns, log_throughput, miss_of
from capexmodel.training.kriging import Kriged
from capexmodel.types import Scalar


class Forecast(eqx.Module):
    """Tokens by second and chip: expected (the median), the range that holds eight runs of ten, and what the equations alone say."""

    expected_count_per_s: Float[Array, "run"] = param("median of the tokens of one chip", gt=0)
    low_count_per_s: Float[Array, "run"] = param("value above which nine runs of ten lie", gt=0)
    high_count_per_s: Float[Array, "run"] = param("value below which nine runs of ten lie", gt=0)
    plain_count_per_s: Float[Array, "run"] = param("tokens of one chip by the equations alone", gt=0)


class Estimator(eqx.Module):
    """Calibrated equations and the misses of the runs they were calibrated on. `width_factor` widens ranges so that, of runs that were left
    out, they hold what they promise."""

    prior: Prior
    unknowns: Unknowns
    kriged: Kriged
    missed: Float[Array, "run"] = param("logarithm of the ratio of what was seen to what the equations say")
    width_factor: Scalar = param("half a range over the deviation that is expected, a factor", gt=0)

    @classmethod
    def of(cls, prior: Prior, unknowns: Unknowns, runs: Runs, seen: Float[Array, "run"], width_factor: Scalar) -> "Estimator":
        """From calibrated unknowns and the logarithms of throughput seen in the runs they were calibrated on."""
        missed = seen - log_throughput(prior, unknowns, runs)
        return cls(prior, unknowns, Kriged.of(miss_of(prior, unknowns), runs.places, missed), missed, width_factor)

    def predict(self, runs: Runs) -> Forecast:
        """Throughput of runs."""
        miss, spread = self.kriged.at(runs.places)
        return self._forecast(log_throughput(self.prior, self.unknowns, runs), miss, spread)

    def predict_known(self, runs: Runs) -> Forecast:
        """Throughput of the very runs it was calibrated on, each from the misses of all others. The unknowns have seen them all."""
        miss, spread = self.kriged.leaving_one_out(self.missed)
        return self._forecast(log_throughput(self.prior, self.unknowns, runs), miss, spread)

    def _forecast(self, plain: Array, miss: Array, spread: Array) -> Forecast:
        middle, half = plain + miss, self.width_factor * spread
        return Forecast(jnp.exp(middle), jnp.exp(middle - half), jnp.exp(middle + half), jnp.exp(plain))
