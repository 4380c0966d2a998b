"""Traits of a job of which no two sizes are alike."""

import math

import numpy as np
import pytest

from capexmodel.training.traits import NAMES, traits
from tests.runs import changed, job
from tests.shapes import shaped

LOGARITHMS = {
    "sequence": 4096, "positions": 7 * 4096, "hidden": 640, "layers": 13, "chips": 330, "tensor": 2, "pipeline": 3, "context": 5,
    "chunks": 17, "expert": 19, "experts": 23, "batch": 2310, "passes": 1 + 2310 / (11 * 7),
}  # fmt: skip


def found(experts: float = 23.0) -> dict[str, float]:
    """Traits of the job by their names."""
    shape = shaped(layers=13, hidden=640, heads=32, kv_heads=8, head=128, ffn=14336, vocabulary=32000, experts=experts, chosen=2)
    cut = {"tensor": 2, "pipeline": 3, "context": 5, "data": 11, "chunk": 17, "expert": 19, "micro_batch": 7, "sharding": 2}
    step = job(batch=2310.0, shape=shape, recomputed_share=0.35, **cut)
    rows = np.asarray(traits(changed(step, release_years=-1.25)))
    assert rows.shape == (16,)
    return dict(zip(NAMES, rows.tolist(), strict=True))


def test_sizes_are_logarithms() -> None:
    """Each in its place."""
    assert {name: found()[name] for name in LOGARITHMS} == pytest.approx({name: math.log(size) for name, size in LOGARITHMS.items()})


def test_shares_stages_and_ages_are_as_they_are() -> None:
    """35 % computed again, the second of three stages of sharding, software of a year and a quarter before."""
    rest = {name: value for name, value in found().items() if name not in LOGARITHMS}
    assert rest == pytest.approx({"recomputed": 0.35, "sharding": 2 / 3, "release": -1.25})


@pytest.mark.parametrize("experts", [0.0, 1.0])
def test_no_expert_is_as_one(experts: float) -> None:
    """A dense model has the logarithm of one."""
    assert found(experts)["experts"] == 0.0


def test_traits_have_their_order() -> None:
    """As rows of published priors are written."""
    assert " ".join(NAMES) == (
        "sequence positions hidden layers chips passes tensor pipeline context chunks expert recomputed sharding experts release batch"
    )
