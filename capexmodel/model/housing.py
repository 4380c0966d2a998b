"""Which halls hold what, where halls of a site differ: the overhead of power when the most efficient are filled first, and racks too dense
for some of them.

Halls of a site are classes: those that are promised, with the site's own figures, and one for each kind that can be built. Needs of power
are exact and stay affine in orders, for the least that a load L draws from classes of overhead p and capacity H is the largest of the lines
p_j L - sum_k max(p_j - p_k, 0) H_k. Kinks: where a hall is full. What halls take is a step in the power of a rack: no slope.

Source: duality of linear programs, for filling halls by their overhead (Dantzig, Operations Research 5 (1957), continuous knapsack); Hall,
Journal of the London Mathematical Society 10 (1935), theorem 1, for racks and halls whose limits are nested.
"""

import functools

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.components.accelerator import Accelerator
from capexmodel.model.scenario import Scenario


class Housing(eqx.Module):
    """Halls of every site by class, the promised ones first, and what they hold."""

    hall_w: Float[Array, "class site edge"]
    overhead: Float[Array, "class site"]
    spared_w: Float[Array, "class site edge"]
    dense_w: Float[Array, "class site edge"]
    taking_w: Float[Array, "class site edge"]
    unfit_eflops: Float[Array, "site edge"]


def housing(
    scenario: Scenario, chips_count: Float[Array, "accelerator site edge"], built_w: Array, promised_w: Float[Array, "site edge"]
) -> Housing:
    """House the chips that stand in the halls that stand."""
    chip = scenario.accelerator
    hall_w, overhead = jnp.concatenate([promised_w[None], built_w]), overheads(scenario, scenario.site.peak_pue, scenario.hall.peak_pue)
    limit_w = _limits(scenario)
    wider = (limit_w[None] > limit_w[:, None]).astype(float)
    drawn_w = chips_count * chip.it_power_w[:, None, None]
    dense_w = jnp.sum(jnp.where(_denser(chip, limit_w)[..., None], drawn_w[None], 0.0), axis=1)
    taking_w = jnp.einsum("kse,cks->cse", hall_w, wider)
    return Housing(hall_w, overhead, spared_w(overhead, hall_w), dense_w, taking_w, _unfit(chip, chips_count, limit_w, dense_w, taking_w))


def overheads(scenario: Scenario, own: Float[Array, "site"], of_hall: Float[Array, "hall"]) -> Float[Array, "class site"]:
    """Facility over IT power by class: the site's own, and that of a kind of hall where it has one."""
    kinds = jnp.where(of_hall[:, None] > 0, of_hall[:, None], own[None])
    return jnp.concatenate([own[None], jnp.broadcast_to(kinds, (of_hall.size, own.size))])


def spared_w(overhead: Float[Array, "class site"], hall_w: Float[Array, "class site edge"]) -> Float[Array, "class site edge"]:
    """What halls of less overhead spare when they are full, seen from each class."""
    return jnp.einsum("cks,kse->cse", jnp.maximum(overhead[:, None] - overhead[None], 0.0), hall_w)


def _limits(scenario: Scenario) -> Float[Array, "class site"]:
    """Most power of a rack by class, boundless where none is stated."""
    own, kinds = scenario.site.rack_w, jnp.broadcast_to(scenario.hall.rack_w[:, None], (len(scenario.hall.names), len(scenario.site.names)))
    stated = jnp.concatenate([own[None], kinds])
    return jnp.where(stated > 0, stated, jnp.inf)


def _denser(chip: Accelerator, limit_w: Float[Array, "class site"]) -> Bool[Array, "class accelerator site"]:
    return chip.rack_w[None, :, None] > limit_w[:, None]


def _unfit(chip: Accelerator, chips_count: Array, limit_w: Array, dense_w: Array, taking_w: Array) -> Array:
    """Compute that stands in racks that no hall takes: of each chip the share that the scarcest class too small for it leaves over."""
    some = dense_w > 0
    share = jnp.where(some, jnp.minimum(taking_w / jnp.where(some, dense_w, 1.0), 1.0), 1.0)
    fits = [jnp.where(denser[..., None], left[None], 1.0) for denser, left in zip(_denser(chip, limit_w), share, strict=True)]
    housed = functools.reduce(jnp.minimum, fits)  # class by class: the whole of them at once is the largest array of a sweep
    return jnp.sum(chips_count * (1.0 - housed) * chip.peak_eflops[:, None, None], axis=0)


def told_apart(scenario: Scenario) -> Bool[Array, "hall site"]:
    """Where a kind of hall asks for a row of power of its own: it can stand there, and no class before it has its overhead."""
    overhead = overheads(scenario, scenario.site.peak_pue, scenario.hall.peak_pue)
    kinds, before = overhead[1:], jnp.tri(len(scenario.hall.names), len(scenario.hall.names) + 1, dtype=bool)
    same = jnp.any((kinds[:, None] == overhead[None]) & before[:, :, None], axis=1)
    return ~same & (scenario.site.hall_starts_w_per_s > 0)[None]


def too_dense(scenario: Scenario) -> Bool[Array, "class site"]:
    """Where some chip of the scenario draws more in a rack than a class of halls takes."""
    return jnp.any(_denser(scenario.accelerator, _limits(scenario)), axis=1)
