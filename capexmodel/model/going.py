"""A plan whose runs go on: what was to stop on a planned day stops when it is done."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model.allocation import Allocation
from capexmodel.model.training import Training


def kept_going(allocation: Allocation, edges_s: Float[Array, "edge"], planned: Training) -> Allocation:
    """The same orders, with what runs and experiments have before their planned end also given to them after it, as far as no later run has
    it.

    A plan is made for one future and gives a run nothing after its last day: in any future that is later by a day, it would never be done.
    Where nothing is late a run may end some days sooner, within the period of its end, for rates are interpolated.
    """
    edges, share = np.asarray(edges_s), np.array(allocation.run_share)
    for job, end_s in enumerate(np.asarray(planned.run_end_s)):
        last = max(int(np.searchsorted(edges, end_s)) - 2, 0)
        room = 1.0 - share.sum(axis=0) + share[job]
        share[job, :, last + 1 :] = np.maximum(share[job], np.minimum(share[job, :, last : last + 1], room))[:, last + 1 :]
    trials, ends_s = np.array(allocation.experiment_share), np.asarray(planned.research_end_s)
    last = max(int(np.searchsorted(edges, np.max(ends_s, initial=0.0))) - 2, 0)
    trials[last + 1 :] = np.maximum(trials[last + 1 :], trials[last])
    return dataclasses.replace(allocation, run_share=jnp.asarray(share), experiment_share=jnp.asarray(trials))
