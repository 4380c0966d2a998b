"""How much of a long run's time makes progress: failures, checkpoints, restarts and spares, exactly, for any number of chips.

Failures come at random, also while a run restarts; each throws it back to its last checkpoint. The expectation of that renewal process is
used as it is, not its expansion for rare failures, so that it holds where a cluster of a million chips fails every few minutes. Smooth in
every number. Leaves out: failures that come in bursts, wear, checkpoints lost with the machine that held them, and silent corruption.

Source: Daly, A higher order estimate of the optimum checkpoint interval for restart dumps, Future Generation Computer Systems 22 (2006),
equations 13 and 20 to 22; Young, Communications of the ACM 17 (1974) (the first approximation).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import gammaincc
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar

_NEWTON_STEPS = 12
"""Of quadratic convergence from a start that is good to a few percent: enough for the last digit."""


class Reliability(eqx.Module):
    """What fails, how often, and what a failure costs. The rate of a cluster is that of its chips together and that of the run itself:
    small runs fail for other reasons than their chips."""

    chip_failures_per_s: Scalar = param("failures that stop a run, by chip and time", ge=0)
    run_failures_per_s: Scalar = param("failures that stop a run however few chips it has, by time", ge=0, default=0.0)
    checkpoint_s: Scalar = param("time that a run stands still to write a checkpoint", gt=0)
    restart_s: Scalar = param("time to notice a failure, replace what failed, load a checkpoint and come up to speed", ge=0)

    def failures_per_s(self, chips_count: Float[Array, "*run"]) -> Array:
        """Failures of a run of so many chips by time."""
        return chips_count * self.chip_failures_per_s + self.run_failures_per_s

    def interval_s(self, chips_count: Float[Array, "*run"]) -> Array:
        """Time of useful work between checkpoints that loses least."""
        return best_interval_s(self.failures_per_s(chips_count), self.checkpoint_s)

    def goodput(self, chips_count: Float[Array, "*run"]) -> Array:
        """Share of the time that makes progress, with checkpoints at their best interval and spares at hand."""
        return jnp.exp(self.log_goodput(chips_count))

    def log_goodput(self, chips_count: Float[Array, "*run"]) -> Array:
        """Its logarithm, for runs so large that hardly anything is left of their time."""
        rate = self.failures_per_s(chips_count)
        return log_share_useful(rate, best_interval_s(rate, self.checkpoint_s), self.checkpoint_s, self.restart_s)


class Reserve(eqx.Module):
    """Spare nodes of a run, and how long a broken one is away."""

    reliability: Reliability
    repair_s: Scalar = param("time until a node that failed is back among the spares", ge=0)
    node_chips_count: Scalar = param("chips that are taken out together with one that fails", gt=0)

    def broken_count(self, chips_count: Float[Array, "*run"]) -> Array:
        """Nodes that are being repaired, on average."""
        return chips_count * self.reliability.chip_failures_per_s * self.repair_s

    def availability(self, chips_count: Float[Array, "*run"], spare_nodes_count: Float[Array, "*run"]) -> Array:
        """Share of the time in which no more nodes are broken than there are spares, so that the run is whole.

        Source: nodes under repair of a large fleet are Poisson distributed (Palm 1938; queue M/G/infinity), and the sum of its
        probabilities up to s is the regularized incomplete gamma function Q(s + 1, mean), smooth also between whole s.
        """
        return gammaincc(spare_nodes_count + 1.0, self.broken_count(chips_count))

    def useful_share(self, chips_count: Float[Array, "*run"], spare_nodes_count: Float[Array, "*run"]) -> Array:
        """Share of the time of all chips, spares included, that makes progress. A run that is not whole stands still."""
        whole = self.availability(chips_count, spare_nodes_count) * self.reliability.goodput(chips_count)
        return whole * chips_count / (chips_count + spare_nodes_count * self.node_chips_count)


def share_useful(failures_per_s: Float[Array, "*run"], interval_s: Float[Array, "*run"], checkpoint_s: Array, restart_s: Array) -> Array:
    """Useful work over the expected time it takes: a r exp(-r R) / (exp(r (a + w)) - 1) for work a between checkpoints w, restarts R and
    failures r; a / (a + w) without failures.

    Source: Daly (2006), equation 13, per interval; its restart may itself fail.
    """
    return jnp.exp(log_share_useful(failures_per_s, interval_s, checkpoint_s, restart_s))


def log_share_useful(
    failures_per_s: Float[Array, "*run"], interval_s: Float[Array, "*run"], checkpoint_s: Array, restart_s: Array
) -> Array:
    """Logarithm of the useful share: a number, and with a slope, also where the share is too small to be one."""
    fails = failures_per_s > 0
    loss = jnp.where(fails, failures_per_s, 1.0) * jnp.where(fails, interval_s + checkpoint_s, 1.0)
    growth = jnp.where(fails, loss + jnp.log(-jnp.expm1(-loss) / loss), 0.0)
    return -failures_per_s * restart_s - jnp.log1p(checkpoint_s / interval_s) - growth


def best_interval_s(failures_per_s: Float[Array, "*run"], checkpoint_s: Array) -> Array:
    """The interval that makes `share_useful` largest: the root y = r a of (1 - y) exp(y + r w) = 1, whatever a restart costs.

    Newton's method on y + log(1 - y) + r w, from Young's interval brought below one. Infinite without failures.
    Source: the derivative of Daly (2006), equation 13; he gives its expansion (equations 20 to 22).
    """
    fails = failures_per_s > 0
    rate = jnp.where(fails, failures_per_s, 1.0)
    return jnp.where(fails, _worked(rate * checkpoint_s) / rate, jnp.inf)


@jax.custom_jvp
def _worked(written: Float[Array, "*run"]) -> Float[Array, "*run"]:
    """The root y of y + log(1 - y) + w = 0: failures expected in the best interval, given those while a checkpoint is written."""
    young = jnp.sqrt(2.0 * written)
    gone = young / (1.0 + young)
    for _ in range(_NEWTON_STEPS):
        left = 1.0 - gone
        gone = gone + (gone + jnp.log(left) + written) * left / gone
        gone = jnp.where(gone < 1.0, gone, 1.0 - 0.5 * left)
    return gone


@_worked.defjvp
def _moved(written: tuple[Array], move: tuple[Array]) -> tuple[Array, Array]:
    """The slope of the root, by the equation it solves."""
    gone = _worked(written[0])
    return gone, (1.0 - gone) / gone * move[0]
