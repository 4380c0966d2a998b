"""How clean the power of a site is: by the hour, over the year, and on paper; and what is thrown away.

Energy of an hour is taken to be mixed: what a battery takes in is as clean as the hour, what it gives back as clean as all it took in.
Leaves out: what is sold to the grid, and emissions of building.

Source: Xu et al., Princeton University, System-level impacts of 24/7 carbon-free electricity procurement (2021) (hourly score).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.energy.portfolio import Draw, Operation, Sources
from capexmodel.param import param
from capexmodel.types import Scalar


class Matching(eqx.Module):
    """Shares of what is drawn, and of what could be had."""

    hourly_share: Scalar = param("share of what is drawn that is met by clean energy in the same hour", ge=0, le=1)
    annual_share: Scalar = param("clean energy taken over what is drawn, over a year", ge=0)
    paper_share: Scalar = param("clean energy taken or thrown away over what is drawn, over a year: claimed where surplus counts", ge=0)
    thrown_share: Scalar = param("share of what sun and wind could give that is thrown away", ge=0, le=1)
    thrown_w: Scalar = param("power of sun and wind that is thrown away, on average")
    cycled_share: Scalar = param("energy that a battery gives back over what is drawn", ge=0)
    unmet_share: Scalar = param("share of what is drawn that is not met", ge=0)


def matching(sources: Sources, draw: Draw, found: Operation) -> Matching:
    """Judge how a site is run. Thrown away: what costs nothing to take, and is not taken."""
    lasting = draw.day_share[:, None] / draw.load_w.shape[1]
    drawn = jnp.sum(lasting * draw.load_w)
    clean = jnp.einsum("sdh,s->dh", found.source_w, sources.clean_share)
    taken = jnp.sum(found.source_w, axis=0)
    mix = clean / jnp.where(taken > 0, taken, 1.0)
    filled = jnp.sum(lasting * found.charge_w)
    kept = jnp.sum(lasting * mix * found.charge_w) / jnp.where(filled > 0, filled, 1.0)
    direct = draw.load_w - found.discharge_w - found.unmet_w
    free = (sources.energy_usd_per_j == 0) & (sources.carbon_kg_per_j == 0)
    could = sources.available_share * found.capacity.source_w[:, None, None]
    spare = jnp.where(free[:, None, None], could - found.source_w, 0.0)
    given = jnp.sum(lasting * jnp.sum(jnp.where(free[:, None, None], could, 0.0), axis=0))
    thrown = jnp.sum(lasting * jnp.sum(spare, axis=0))
    surplus = jnp.sum(lasting * jnp.einsum("sdh,s->dh", spare, sources.clean_share))
    annual = jnp.sum(lasting * clean)
    return Matching(
        hourly_share=jnp.sum(lasting * (mix * direct + kept * found.discharge_w)) / drawn,
        annual_share=annual / drawn,
        paper_share=(annual + surplus) / drawn,
        thrown_share=thrown / jnp.where(given > 0, given, 1.0),
        thrown_w=thrown,
        cycled_share=jnp.sum(lasting * found.discharge_w) / drawn,
        unmet_share=jnp.sum(lasting * found.unmet_w) / drawn,
    )


def source_share(draw: Draw, found: Operation) -> Float[Array, "source"]:
    """Energy of each source over what is drawn."""
    lasting = draw.day_share[:, None] / draw.load_w.shape[1]
    return jnp.einsum("sdh,dh->s", found.source_w, jnp.broadcast_to(lasting, draw.load_w.shape)) / jnp.sum(lasting * draw.load_w)
