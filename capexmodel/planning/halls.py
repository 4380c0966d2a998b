"""Limits where halls of a site differ: power by the overhead of each kind, and racks too dense for some. They hold no numbers."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.model.housing import told_apart, too_dense
from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import View
from capexmodel.planning.constraint import AbstractAffine, axis_labels

PROMISED = "promised"
"""What the class of halls in place or promised is called beside the kinds that can be built."""


class MixedPower(AbstractAffine):
    """Power as seen from the overhead of each kind of hall that has one of its own: with `site_power_w` exactly what is drawn when the most
    efficient halls are filled first. It belongs to that limit, and is lifted with it.
    """

    name: str = eqx.field(static=True, default="mixed_power_w")
    unit: str = eqx.field(static=True, default="w")
    axes: tuple[str, ...] = eqx.field(static=True, default=("hall", "site", "edge"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("site.site_power_w",)

    def slack(self, view: View) -> Float[Array, "hall site edge"]:
        """Capacity less load; nothing that binds where a kind of hall says nothing new."""
        return _where(told_apart(view.scenario), view.stock.mixed_balance(), view.scenario)


class RackDensity(AbstractAffine):
    """Chips whose racks draw more than some halls take have room in halls that take more: promised ones, and those that are built.

    Together with `it_power_w` exactly what it takes to place every rack.
    """

    name: str = eqx.field(static=True, default="rack_density")
    unit: str = eqx.field(static=True, default="w")
    axes: tuple[str, ...] = eqx.field(static=True, default=("housing", "site", "edge"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("site.hall_power_w",)

    def labels(self, scenario: Scenario) -> tuple[tuple[str, ...], ...]:
        """Classes of halls by their limit, the promised ones first."""
        return ((PROMISED, *scenario.hall.names), scenario.site.names, axis_labels(scenario, "edge"))

    def slack(self, view: View) -> Float[Array, "class site edge"]:
        """IT load of halls that take denser racks, less that of such racks; nothing that binds where there are none."""
        held = view.stock.housing
        return _where(too_dense(view.scenario), held.taking_w - held.dense_w, view.scenario)


def _where(asked: Bool[Array, "kind site"], slack: Float[Array, "kind site edge"], scenario: Scenario) -> Array:
    """The slack where it is asked; else what it is, as a number that no choice moves, and never below the power of one chip."""
    one_w = jnp.mean(scenario.accelerator.it_power_w)
    still = jax.lax.stop_gradient(jnp.maximum(slack, one_w))
    return jnp.where(asked[..., None], slack, still)
