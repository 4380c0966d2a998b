"""A portfolio that is built over time: what is there year by year as ordered parts arrive, and what the power of each year costs.

All is ordered at the start and paid evenly until it is there; a part arrives evenly between two bounds around its lead time, and a year
sees the mean of what is there in it. What stands at the start stays, and is used less as cheaper or cleaner parts arrive. Leaves out:
prices that change over the years, growth of the load within one, and what wears out.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.energy.clean import matching, source_share
from capexmodel.energy.plants import Cells, Plants
from capexmodel.energy.portfolio import Battery, Capacity, Draw, Sources, operate
from capexmodel.param import param

_SHORTEST = 1e-9
"""Least lead time, over the whole span: what stands at once arrives within it."""


class BuildOut(eqx.Module):
    """A portfolio year by year."""

    source_w: Float[Array, "year source"] = param("power of each source that is there, mean of the year")
    battery_w: Float[Array, "year"] = param("power of the battery, mean of the year")
    capital_usd: Float[Array, "year"] = param("capital paid in a year")
    cost_usd_per_s: Float[Array, "year"] = param("cost of having what is there and of running it, what is not met left out")
    carbon_kg_per_s: Float[Array, "year"] = param("carbon left in the air, mean of the year")
    clean_share: Float[Array, "year"] = param("share of what is drawn that is met by clean energy in the same hour")
    unmet_share: Float[Array, "year"] = param("share of what is drawn that is not there")
    taken_share: Float[Array, "year source"] = param("energy of each source over what is drawn")


def mean_arrived(edges_s: Float[Array, "edge"], first_s: Float[Array, "part"], last_s: Float[Array, "part"]) -> Array:
    """Mean share of each part that is there in each interval, where parts arrive evenly from a first to a last instant.

    Source: the integral of a ramp, [max(t - a, 0)^2 - max(t - b, 0)^2] / (2 (b - a)), less itself at the interval's start.
    """
    after = jnp.maximum(edges_s[:, None] - first_s[None], 0.0) ** 2 - jnp.maximum(edges_s[:, None] - last_s[None], 0.0) ** 2
    passed = after / (2.0 * (last_s - first_s))[None]
    return jnp.diff(passed, axis=0) / jnp.diff(edges_s)[:, None]


def build_out(
    plants: Plants,
    cells: Cells,
    sources: Sources,
    battery: Battery,
    draw: Draw,
    target: Capacity,
    standing_w: Float[Array, "source"],
    edges_s: Float[Array, "edge"],
    spread_share: float,
) -> BuildOut:
    """Order what a target has beyond what stands, and run what is there at least cost in each interval.

    `spread_share` is how far a lead time reaches either way, as a share of it; above nothing.
    """
    build_s = jnp.maximum(jnp.append(plants.build_s, cells.build_s), _SHORTEST * edges_s[-1])
    arrived = mean_arrived(edges_s, build_s * (1.0 - spread_share), build_s * (1.0 + spread_share))
    ordered_w = jnp.maximum(target.source_w - standing_w, 0.0)
    there_w = standing_w[None] + ordered_w[None] * arrived[:, :-1]
    capital_usd = jnp.append(
        plants.capital_usd_per_w * ordered_w, cells.power_usd_per_w * target.battery_w + cells.store_usd_per_j * target.battery_j
    )
    paid = jnp.clip(edges_s[:, None] / build_s[None], 0.0, 1.0)

    def year(parts: tuple[Array, Array]) -> tuple[Array, ...]:
        capacity = Capacity(parts[0], target.battery_w * parts[1], target.battery_j * parts[1])
        found = operate(sources, battery, draw, capacity)
        score = matching(sources, draw, found)
        having = jnp.sum(sources.capacity_usd_per_w_per_s * capacity.source_w) + (
            battery.power_usd_per_w_per_s * capacity.battery_w + battery.store_usd_per_j_per_s * capacity.battery_j
        )
        drawn_w = jnp.sum(draw.day_share[:, None] * draw.load_w) / draw.load_w.shape[1]
        cost = having + found.running_usd_per_s - draw.unmet_usd_per_j * score.unmet_share * drawn_w
        return cost, found.carbon_kg_per_s, score.hourly_share, score.unmet_share, source_share(draw, found)

    cost, carbon, clean, unmet, taken = jax.lax.map(year, (there_w, arrived[:, -1]))
    return BuildOut(there_w, target.battery_w * arrived[:, -1], jnp.diff(paid, axis=0) @ capital_usd, cost, carbon, clean, unmet, taken)
