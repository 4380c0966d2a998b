"""What chips exchange, against volumes counted by hand."""

import functools

import pytest

from capexmodel.training.chip import Reached
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.exchange import context_s, copies_s, experts_s, held_count, stages_s, tensor_s
from tests.runs import chip, job, perfect


@functools.cache
def reached() -> tuple[Reached, Efficiency]:
    """What is reached of a chip by software that hides nothing, and that software."""
    names = ("tensor", "expert", "context", "pipeline", "data")
    software = perfect(**{f"{name}_overlap_share": 0.0 for name in names})
    return Reached.of(chip(), software), software


def test_tensor_groups_reduce_twice_a_layer() -> None:
    """Two all-reduces by ring: four times (t - 1) / t of the stream; beyond the domain over the slow links."""
    stream = 4096 * 4096 * 2e-9
    assert float(tensor_s(job(tensor=8), *reached())) == pytest.approx(4 * 7 / 8 * stream / 450)
    assert float(tensor_s(job(tensor=16), *reached())) == pytest.approx(4 * 15 / 16 * stream / 50)
    assert float(tensor_s(job(), *reached())) == 0.0


def test_keys_and_values_go_round() -> None:
    """Each chip sends its keys and values to all others of its group."""
    sent = 2 * (4096 / 4) * 8 * 128 * 2e-9
    assert float(context_s(job(context=4), *reached())) == pytest.approx(sent * 3 / 450)
    assert float(context_s(job(context=4, tensor=4), *reached())) == pytest.approx(sent / 4 * 3 / 50)


def test_tokens_go_to_their_experts_and_back() -> None:
    """Twice the routed tokens, less what stays; what is beyond the domain goes the slow way."""
    sent = 2 * 4096 * 2 * 4096 * 2e-9
    assert float(experts_s(job(True, expert=8, data=8), *reached())) == pytest.approx(sent * 7 / 8 / 450)
    mixed = 0.5 / 450 + 0.5 / 50
    assert float(experts_s(job(True, expert=16, data=16), *reached())) == pytest.approx(sent * 15 / 16 * mixed)


def test_stages_hand_over_forward_and_backward() -> None:
    """Twice the stream for each piece that layers are dealt in."""
    assert float(stages_s(job(pipeline=4, chunk=2), *reached())) == pytest.approx(2 * 2 * 4096 * 4096 * 2e-9 / 50)
    assert float(stages_s(job(), *reached())) == 0.0


def test_copies_reduce_gradients_once_or_gather_parameters_thrice() -> None:
    """Gradients in two bytes, scattered and gathered once; shared parameters thrice in each pass."""
    near = job(data=8, batch=64.0)
    met, _ = held_count(near)
    gradients = 2 * 7 / 8 * float(met) * 2e-9 / 450
    assert float(copies_s(near, *reached())) == pytest.approx(gradients, rel=1e-9)
    shared = job(data=8, sharding=3, batch=64.0)
    assert float(copies_s(shared, *reached())) == pytest.approx(1.5 * 8 * gradients, rel=1e-9)
    far = job(data=64, batch=64.0)
    assert float(copies_s(far, *reached())) == pytest.approx(2 * 63 / 64 * float(met) * 2e-9 * (1 / 400**4 + 1 / 450**4) ** 0.25, rel=1e-9)


def test_parameters_held_add_up() -> None:
    """All chips of a layout hold the parameters that are multiplied, once (tables lie at both ends of a pipeline)."""
    for experts in (False, True):
        run = job(experts, tensor=2, expert=2 if experts else 1)
        met, routed = held_count(run)
        router = 7 * 4096 * 16 if experts else 0
        whole = float(run.shape.parameters_count) - router - 32000 * 4096
        assert 2 * float(met) + 2 * float(routed) == pytest.approx(whole)
