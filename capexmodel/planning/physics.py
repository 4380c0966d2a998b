"""What holds in every problem: work takes compute, a model takes research, and compute is not used twice."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model import training
from capexmodel.planning.choice import Gist, View
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.mix import DrawnEnergy, SourceEnergy


class Work(AbstractCurved):
    """A run is over when its work is done."""

    name: str = eqx.field(static=True, default="work")
    unit: str = eqx.field(static=True, default="share")
    axes: tuple[str, ...] = eqx.field(static=True, default=("job",))

    def slack(self, gist: Gist) -> Float[Array, "job"]:
        """Work done by its end over the work that remained, less one."""
        remaining = gist.scenario.job.remaining_eflop()
        some = remaining > 0
        done = gist.run_done_eflop(gist.sums.end_s) / jnp.where(some, remaining, 1.0)
        return jnp.where(some, done - 1.0, 1.0)


class Readiness(AbstractCurved):
    """A model is ready when the research behind it is done."""

    name: str = eqx.field(static=True, default="readiness")
    unit: str = eqx.field(static=True, default="share")
    axes: tuple[str, ...] = eqx.field(static=True, default=("job",))

    def slack(self, gist: Gist) -> Float[Array, "job"]:
        """Research done by its end over the research demanded, less one."""
        demand = training.research_demand_eflop(gist.scenario)
        some = demand > 0
        done = gist.research_done_eflop(gist.sums.end_s) / jnp.where(some, demand, 1.0)
        return jnp.where(some, done - 1.0, 1.0)


class SiteCompute(AbstractAffine):
    """Runs at a site use no more compute than stands there."""

    name: str = eqx.field(static=True, default="site_compute")
    unit: str = eqx.field(static=True, default="eflops")
    axes: tuple[str, ...] = eqx.field(static=True, default=("site", "period"))

    def slack(self, view: View) -> Float[Array, "site period"]:
        """Compute less runs."""
        return view.installed_eflops() - jnp.sum(view.orders.run_eflops, axis=0)


class FleetCompute(AbstractAffine):
    """Runs, experiments and core together use no more compute than stands anywhere."""

    name: str = eqx.field(static=True, default="fleet_compute")
    unit: str = eqx.field(static=True, default="eflops")
    axes: tuple[str, ...] = eqx.field(static=True, default=("period",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it: compute cannot be used twice, but the core can be asked for less."""
        return ("core.share",)

    def slack(self, view: View) -> Float[Array, "period"]:
        """Fleet less core, runs and experiments."""
        used = jnp.sum(view.orders.run_eflops, axis=(0, 1)) + view.orders.experiment_eflops
        return jnp.sum(view.installed_eflops(), axis=0) - view.core_eflops() - used


PHYSICS: tuple[AbstractConstraint, ...] = (Work(), Readiness(), SiteCompute(), FleetCompute(), SourceEnergy(), DrawnEnergy())
"""What holds in every problem: work takes compute, compute is not used twice, and energy comes from somewhere."""
