"""What a plan is for. Objectives hold no numbers: weights, deadlines and demands are leaves of the scenario."""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Gist
from capexmodel.planning.scale import Sizes
from capexmodel.types import Scalar


class AbstractObjective(eqx.Module):
    """A number to be made small, what people call it, and which jobs it concerns."""

    name: eqx.AbstractVar[str]
    unit: eqx.AbstractVar[str]
    job: eqx.AbstractVar[str | None]

    @abc.abstractmethod
    def cost(self, gist: Gist) -> Scalar:
        """What is minimized, in `unit`; a gain counts as a negative cost."""

    def aim(self, gist: Gist) -> Scalar:
        """What people want to read, in `unit`: the cost without the preferences that settle ties."""
        return self.cost(gist)

    @abc.abstractmethod
    def size(self, sizes: Sizes) -> Scalar:
        """One natural unit of the cost."""

    def concerns(self, scenario: Scenario) -> tuple[bool, ...]:
        """Say of each job whether the aim needs it done.

        Raises: ModelError when the job is not in the scenario.
        """
        names = scenario.job.names
        if self.job is not None and self.job not in names:
            raise ModelError(f"no job of {scenario.name} is called '{self.job}': it has {', '.join(names)}")
        return tuple(self.job is None or name == self.job for name in names)

    def value(self, cost: float) -> float:
        """Turn the cost back into what people want to read."""
        return cost


class TimeToModel(AbstractObjective):
    """The date of one job, or the weighted mean date of the programme; with a small preference for the cheaper of equal plans."""

    job: str | None = eqx.field(static=True, default=None)
    name: str = eqx.field(static=True, default="time_to_model")
    unit: str = eqx.field(static=True, default="s")

    def weights(self, scenario: Scenario) -> Float[Array, "job"]:
        """Weight of each date, summing to one."""
        chosen = jnp.asarray(self.concerns(scenario))
        weight = jnp.where(chosen, scenario.job.weight if self.job is None else 1.0, 0.0)
        return weight / jnp.sum(weight)

    def aim(self, gist: Gist) -> Scalar:
        """Weighted date."""
        return self.weights(gist.scenario) @ gist.date_s

    def cost(self, gist: Gist) -> Scalar:
        """Weighted date plus the preference for cost."""
        return self.aim(gist) + gist.scenario.preference.cost_s_per_usd * gist.present_usd()

    def size(self, sizes: Sizes) -> Scalar:
        """A unit of time."""
        return sizes.s


class WorkByDate(AbstractObjective):
    """The most work one job can have done by its deadline, whatever its own demand. Concave: its optimum is global."""

    job: str | None = eqx.field(static=True)
    name: str = eqx.field(static=True, default="work_by_date")
    unit: str = eqx.field(static=True, default="eflop")

    def cost(self, gist: Gist) -> Scalar:
        """Work not done, counted negatively."""
        job = gist.scenario.job
        chosen = jnp.asarray(self.concerns(gist.scenario), float)
        return -(chosen @ gist.run_done_eflop(job.deadline_s))

    def size(self, sizes: Sizes) -> Scalar:
        """One natural unit of compute for one of time."""
        return sizes.eflops * sizes.s

    def value(self, cost: float) -> float:
        """The work itself."""
        return -cost


class PresentCost(AbstractObjective):
    """The least present cost, all accounts together, at which the jobs with a deadline meet it: the price of a target."""

    job: str | None = eqx.field(static=True, default=None)
    name: str = eqx.field(static=True, default="present_cost")
    unit: str = eqx.field(static=True, default="usd")

    def cost(self, gist: Gist) -> Scalar:
        """Present cost."""
        return gist.present_usd()

    def concerns(self, scenario: Scenario) -> tuple[bool, ...]:
        """Only jobs that have a deadline: without one a job would wait for ever.

        Raises: ModelError when the job has none, or when no job has.
        """
        chosen = tuple(a and b for a, b in zip(super().concerns(scenario), scenario.job.deadlined, strict=True))
        if not any(chosen):
            raise ModelError(f"the cost of a target needs a deadline: no job asked for has one in {scenario.name}")
        return chosen

    def size(self, sizes: Sizes) -> Scalar:
        """A unit of money."""
        return sizes.usd
