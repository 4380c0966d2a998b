"""Memory of a step against what was published, byte by byte."""

import pytest

from capexmodel.training.exchange import held_count
from capexmodel.training.memory import kept
from tests.runs import job


def test_sixteen_bytes_by_parameter() -> None:
    """Parameters and gradients in 2 bytes, the optimizer in 12: Rajbhandari et al. 2020, section 3.1; stages of sharding divide them."""
    met, _ = held_count(job(data=8))
    by_stage = {0: 16.0, 1: 4.0 + 12.0 / 8, 2: 2.0 + 14.0 / 8, 3: 16.0 / 8}
    for stage, each in by_stage.items():
        assert float(kept(job(data=8, sharding=stage)).lasting_gb) == pytest.approx(each * float(met) * 1e-9)


def test_activations_of_a_layer() -> None:
    """34 bytes by position and channel, split by tensor and sequence parallelism; 2 where layers are computed again.

    Source: Korthikanti et al. 2022, equations 2, 4 and 5, without stored scores.
    """
    stream = 4096 * 4096 * 1e-9 * 8
    assert float(kept(job()).activations_gb) == pytest.approx(34 * stream)
    assert float(kept(job(tensor=4)).activations_gb) == pytest.approx((10 + 24 / 4) * stream)
    assert float(kept(job(tensor=4, sequence_share=1.0)).activations_gb) == pytest.approx(34 / 4 * stream)
    assert float(kept(job(recomputed_share=1.0)).activations_gb) == pytest.approx(2 * stream)


def test_the_first_stage_holds_a_pass_for_each_stage() -> None:
    """As many passes are in flight as there are stages, if the batch has as many; dealt layers hold a little more."""
    plain = float(kept(job(pipeline=4)).activations_gb)
    assert plain == pytest.approx(float(kept(job()).activations_gb))
    assert float(kept(job(pipeline=4, chunk=2)).activations_gb) == pytest.approx(plain * (1 + 3 / 8))
    assert float(kept(job(pipeline=4, batch=1.0)).activations_gb) == pytest.approx(plain / 4)
