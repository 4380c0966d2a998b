"""Limits on a whole plan, which a scenario states where somebody weighs one aim against another: present cost, power, carbon."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model import carbon, money
from capexmodel.model.fleet import BALANCES
from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Gist, View
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved


class TotalCost(AbstractCurved):
    """Present cost of all accounts together."""

    name: str = eqx.field(static=True, default="total_cost")
    unit: str = eqx.field(static=True, default="usd")
    axes: tuple[str, ...] = eqx.field(static=True, default=("end",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("preference.most_usd",)

    def slack(self, gist: Gist) -> Float[Array, "end"]:
        """Limit less cost."""
        return (gist.scenario.preference.most_usd - gist.present_usd())[None]

    def labels(self, scenario: Scenario) -> tuple[tuple[str, ...], ...]:
        """One end."""
        return (("high",),)


class TotalPower(AbstractAffine):
    """IT power of all sites together, at every instant."""

    name: str = eqx.field(static=True, default="total_power")
    unit: str = eqx.field(static=True, default="w")
    axes: tuple[str, ...] = eqx.field(static=True, default=("edge",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("preference.most_w",)

    def slack(self, view: View) -> Float[Array, "edge"]:
        """Limit less load."""
        return view.scenario.preference.most_w - power_w(view)


class TotalCarbon(AbstractAffine):
    """Carbon of all years together: of operation by location, and the share of what is embodied that the scenario counts."""

    name: str = eqx.field(static=True, default="total_carbon")
    unit: str = eqx.field(static=True, default="kg")
    axes: tuple[str, ...] = eqx.field(static=True, default=("end",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("preference.most_kg",)

    def slack(self, view: View) -> Float[Array, "end"]:
        """Limit less carbon."""
        return (view.scenario.preference.most_kg - carbon_kg(view))[None]

    def labels(self, scenario: Scenario) -> tuple[tuple[str, ...], ...]:
        """One end."""
        return (("high",),)


def power_w(view: View) -> Float[Array, "edge"]:
    """IT power of all sites."""
    return jnp.sum(view.stock.load(BALANCES[0]), axis=0)


def carbon_kg(view: View) -> Array:
    """Carbon that is counted, of all years."""
    return jnp.sum(carbon.counted_kg(view.scenario, money.footprint(view.scenario, view.orders, view.stock)))


def totals(scenario: Scenario) -> tuple[AbstractConstraint, ...]:
    """Those that a scenario states."""
    known = (TotalCost(), TotalPower(), TotalCarbon())
    wanted = scenario.preference
    stated = (wanted.most_usd, wanted.most_w, wanted.most_kg)
    return tuple(limit for limit, most in zip(known, stated, strict=True) if np.isfinite(np.asarray(most)))
