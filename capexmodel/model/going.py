"""A plan that is followed into another future: what was to stop on a planned day stops when it is done."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.compute import Compute
from capexmodel.model.curve import curve
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.training import Training


def kept_going(allocation: Allocation, edges_s: Float[Array, "edge"], planned: Training) -> Followed:
    """The same orders, with what runs and experiments have before their planned end also given to them after it: to a run as long as it is
    not done and as far as no later run has it.

    A plan is made for one future and gives a run nothing after its last day: in any future that is later by a day, it would never be done.
    Where nothing is late a run may end some days sooner, within the period of its end, for rates are interpolated.
    """
    edges, share = np.asarray(edges_s), np.asarray(allocation.run_share)
    late = np.zeros_like(share)
    for job, end_s in enumerate(np.asarray(planned.run_end_s)):
        last = max(int(np.searchsorted(edges, end_s)) - 2, 0)
        room = 1.0 - share.sum(axis=0)
        late[job, :, last + 1 :] = np.clip(share[job, :, last : last + 1] - share[job], 0.0, np.maximum(room, 0.0))[:, last + 1 :]
    trials, ends_s = np.array(allocation.experiment_share), np.asarray(planned.research_end_s)
    last = max(int(np.searchsorted(edges, np.max(ends_s, initial=0.0))) - 2, 0)
    trials[last + 1 :] = np.maximum(trials[last + 1 :], trials[last])
    return Followed(dataclasses.replace(allocation, experiment_share=jnp.asarray(trials)), jnp.asarray(late))


def as_planned(allocation: Allocation) -> Followed:
    """The same allocation, of which nothing goes on."""
    return Followed(allocation, jnp.zeros_like(allocation.run_share))


def go_on(scenario: Scenario, speed: Pace, compute: Compute, followed: Followed) -> tuple[Compute, Float[Array, "job site period"]]:
    """Let late runs go on, one job after the other: they come before experiments, and give back what they took once they are done.

    Hands back what everybody uses, and the compute that each run would have if it never were done, from which its end follows.
    """
    edges_s, useful = scenario.calendar.period_edges_s, speed.useful
    reach, remaining = scenario.job.reach * speed.site_share, scenario.job.remaining_eflop()
    left = jnp.maximum(jnp.sum(compute.usable_eflops, axis=0) - compute.core_eflops - jnp.sum(compute.run_eflops, axis=(0, 1)), 0.0)
    endless, used = [], []
    for job, planned in enumerate(compute.run_eflops):
        wanted = followed.late_share[job] * compute.usable_eflops
        asked = jnp.sum(wanted, axis=0)
        over = asked > left
        more = wanted * jnp.where(over, left / jnp.where(over, asked, 1.0), 1.0)[None]
        end_s, _ = curve(edges_s, useful.useful_eflops(reach[job] @ (planned + more))).first(remaining[job])
        going = jnp.clip((end_s - edges_s[:-1]) / jnp.diff(edges_s), 0.0, 1.0)
        left = jnp.maximum(left - jnp.sum(more, axis=0) * going, 0.0)
        endless.append(planned + more)
        used.append(planned + more * going[None])
    after = Compute(compute.usable_eflops, compute.core_eflops, jnp.stack(used), followed.plan.experiment_share * left)
    return after, jnp.stack(endless)
