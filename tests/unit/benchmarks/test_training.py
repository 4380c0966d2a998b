"""The throughput benchmark scores, fits and refuses as it says, with or without its peer."""

import dataclasses

import numpy as np
import pytest

from benchmarks import training
from benchmarks.training import fitted, lacks, slices, taken
from capexmodel.config.rows import Row, shipped_rows


def rows(*chips: str) -> list[Row]:
    """A published run on each of some chips, dense and in 16 bits."""
    plain = [row for row in shipped_rows() if row.precision == "bf16" and not row.shape["experts_count"] and not lacks(row)]
    return [next(row for row in plain if row.sheet.name == chip) for chip in chips]


def altered(row: Row, **numbers: float) -> Row:
    """The same run with other numbers."""
    return dataclasses.replace(row, numbers=row.numbers | numbers)


def test_a_factor_is_that_of_other_runs_on_the_chip() -> None:
    some = rows("A100-80GB", "A100-80GB", "A100-80GB", "H100-SXM")
    found = fitted(some, np.array([1.0, 2.0, 4.0, 9.0]), np.array([0, 1, 2, 3]))
    assert found.tolist() == pytest.approx([3.0, 2.5, 1.5, 2.0])


def test_misses_are_told_by_slice() -> None:
    some = rows("A100-80GB", "H100-SXM")
    scored = slices(some, np.array([1.1, 0.7]) * [row.seen_per_s for row in some])
    assert set(scored) == {"all", "dense", "gpu"}
    assert scored["all"]["rows"] == 2
    assert [scored["gpu"][f"{what}_percent"] for what in ("median", "max")] == pytest.approx([20.0, 30.0])


def test_what_the_peer_has_no_word_for_is_named() -> None:
    (row,) = rows("H100-SXM")
    assert lacks(altered(row, context_count=2.0, partly_share=1.0)) == ("context groups", "recomputation of some layers")
    assert lacks(dataclasses.replace(row, shape=row.shape | {"head_count": row.shape["head_count"] + 1.0})) == ("width of heads",)
    assert taken(row)
    assert not taken(altered(row, batch_count=row.numbers["batch_count"] + 0.5))


def test_a_missing_peer_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(training.importlib, "import_module", gone)
    assert training.installed() is None


def test_goals_say_whether_they_hold() -> None:
    left = {name: dict.fromkeys(("median_percent", "p90_percent"), 5.5) for name in ("all", "dense", "moe")}
    speed = {"speed": {"equations_65536_in_blocks": {"over_llm_analysis": 200.0}}, "gradient": {"batch_512": {"over_value": 2.5}}}
    held = {name: one["holds"] for name, one in training._goals({"left_out": left}, speed).items()}
    assert [name for name, holds in held.items() if not holds] == [
        "left_out, dense: median percent at most",
        "equations in a batch over llm-analysis at least",
    ]
    alone = {"speed": {"equations_65536_in_blocks": {"over_llm_analysis": None}}, "gradient": {}}
    assert "equations in a batch over llm-analysis at least" not in training._goals({"left_out": left}, alone)
