"""An Allocation: everything chosen. Money by item, site and decision; shares of the fleet by period."""

import equinox as eqx
from jaxtyping import Array, Float


class Allocation(eqx.Module):
    """What a plan decides. Capital items are in dollars committed in each decision interval; compute is in shares, so that a fleet that
    turns out larger or smaller is used all the same; energy of sources in shares of the most they can give.
    """

    chips_usd: Float[Array, "accelerator site decision"]
    hall_usd: Float[Array, "hall site decision"]
    source_usd: Float[Array, "source site decision"]
    energy_share: Float[Array, "source site year"]
    ports_usd: Float[Array, "site decision"]
    reserve_usd: Float[Array, "year"]
    rented_count: Float[Array, "rental decision"]
    hires_count: Float[Array, "decision"]
    taken: Float[Array, "deal"]
    run_share: Float[Array, "job site period"]
    experiment_share: Float[Array, "period"]


class Followed(eqx.Module):
    """An allocation that is followed into futures it was not made for: `late_share` is what a run takes of a site after its planned end, as
    long as it is not done."""

    plan: Allocation
    late_share: Float[Array, "job site period"]


class Orders(eqx.Module):
    """The same choices in physical units: what the dollars buy, and the compute and energy that the shares come to."""

    chips_count: Float[Array, "accelerator site decision"]
    hall_w: Float[Array, "hall site decision"]
    source_w: Float[Array, "source site decision"]
    energy_j: Float[Array, "source site year"]
    ports_count: Float[Array, "site decision"]
    reserve_usd: Float[Array, "year"]
    rented_count: Float[Array, "rental decision"]
    hires_count: Float[Array, "decision"]
    taken: Float[Array, "deal"]
    run_eflops: Float[Array, "job site period"]
    experiment_eflops: Float[Array, "period"]
