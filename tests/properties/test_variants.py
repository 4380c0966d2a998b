"""A small sample of the random variants of `python -m benchmarks variants`: each ends in a proven plan or an explained conflict."""

import numpy as np
import pytest

from benchmarks.variants import EXPLAINED, KEPT, PROVEN, shared_chart_of, trial, variant
from capexmodel.model.leaves import leaves
from capexmodel.param import params
from tests.draws import shipped

SAMPLE = {"one_period": range(20), "meta_2026": range(2)}
"""Seeds."""


@pytest.mark.long
@pytest.mark.parametrize("name", SAMPLE)
def test_a_variant_ends_in_a_plan_or_an_explanation(name):
    shared = shared_chart_of(shipped(name), SAMPLE[name])
    ended = [trial(shipped(name), seed, shared) for seed in SAMPLE[name]]
    assert [one for one in ended if one.outcome not in (PROVEN, EXPLAINED)] == []


@pytest.mark.parametrize("seed", range(20))
def test_a_variant_keeps_every_declared_bound(seed):
    base = shipped("meta_2026")
    drawn = variant(base, seed)
    for leaf in leaves(base):
        declared = params(getattr(base, leaf.table))[leaf.field]
        assert declared.complaint(float(leaf.read(drawn))) is None, leaf.path
    moved = [
        float(leaf.read(drawn)) != float(leaf.read(base)) for leaf in leaves(base) if float(leaf.read(base)) and leaf.table not in KEPT
    ]
    assert np.mean(moved) > 0.9
