"""Rows that cannot be, of limits and counts made up by hand."""

from types import SimpleNamespace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.rows import Row
from capexmodel.studies import fitting as room
from capexmodel.studies.fitting import unfit_rows
from capexmodel.training.memory import kept
from tests import believed, runs
from tests.bare import bare


def row(seen: float | None = 250.0, memory: float = 80.0) -> Row:
    """A run on a chip of so many GB."""
    return bare(Row, seen_per_s=seen, sheet=SimpleNamespace(name="chip", sheet={"memory_gb": memory}))


@pytest.mark.parametrize(
    ("seen", "lasting", "whole", "most", "reason"),
    [
        (250.0, 88.0, 200.0, 250.0, None),
        (None, 88.0, 200.0, 1.0, None),
        (250.0, 88.1, 999.0, 1.0, "memory: parameters, gradients and optimizer take 88.1 GB a chip, but a chip has 80 GB"),
        (250.0, 88.0, 200.1, 1.0, "memory: a step takes 200.1 GB a chip with every layer computed again, but a chip has 80 GB"),
        (250.5, 88.0, 200.0, 250.4, "tokens_per_s: 250.5 is more than the 250.4 that the peak of a chip allows"),
        (250.0, float("nan"), 1.0, 999.0, "memory: parameters, gradients and optimizer take nan GB a chip, but a chip has 80 GB"),
        (250.0, 1.0, float("nan"), 999.0, "memory: a step takes nan GB a chip with every layer computed again, but a chip has 80 GB"),
    ],
)
def test_what_does_not_fit_or_is_too_fast_is_told(
    seen: float | None, lasting: float, whole: float, most: float, reason: str | None
) -> None:
    assert room._unfit(row(seen), lasting, whole, most) == reason


def test_what_must_be_kept_is_counted_with_every_layer_computed_again() -> None:
    """Whatever a run does: less than it keeps where it keeps all."""
    job = runs.job(recomputed_share=0.25)
    again = kept(eqx.tree_at(lambda one: one.layout.recomputed_share, job, jnp.asarray(1.0)))
    found = room._least(job)
    assert (float(found["lasting"]), float(found["whole"])) == (float(again.lasting_gb), float(again.total_gb))
    assert float(found["whole"]) < float(kept(job).total_gb)


def test_the_ceiling_is_the_peak_over_the_work_of_a_token() -> None:
    """Of causal attention, in FLOP by EFLOP/s."""
    two = believed.two_runs()
    work = [
        float(one.shape.training_flop(one.sequence_count, room.CAUSAL))
        for one in (runs.job(batch=64.0, data=4), runs.job(batch=96.0, tensor=2))
    ]
    assert room._ceiling(two) == pytest.approx(np.array([1e-3, 2.5e-3]) * 1e18 / np.array(work))


def test_each_row_has_its_own_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(seen, 80.0 + place) for place, seen in enumerate((250.0, 300.0))]
    monkeypatch.setattr(room, "names_of", lambda some: ("names", len(some)))
    monkeypatch.setattr(room, "runs_of", lambda some, names: SimpleNamespace(jobs=jnp.asarray([11.0, 13.0]), names=names))
    monkeypatch.setattr(room, "_least", lambda job: {"lasting": job, "whole": 3.0 * job})
    monkeypatch.setattr(room, "_ceiling", lambda some: np.array([17.0, 19.0]) if some.names == ("names", 2) else None)
    monkeypatch.setattr(room, "_unfit", lambda *given: str((given[0].seen_per_s, *given[1:])))
    assert unfit_rows(rows) == ["(250.0, 11.0, 33.0, 17.0)", "(300.0, 13.0, 39.0, 19.0)"]
    assert unfit_rows([]) == []
