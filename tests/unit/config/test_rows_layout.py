"""Rows of runs from their cells: what is filled in and how it is noted, limits to the number, and every refusal word by word."""

import pytest

from capexmodel.config import rows as room
from capexmodel.config import training
from capexmodel.config.rows import Refused, Row, understand
from capexmodel.config.training import ChipSheet, Family

OLD = ChipSheet("Old-1", {16: 5e-4}, {"domain_count": 8.0})
NEW = ChipSheet("New-2", {16: 1e-3, 8: 2e-3, 4: 4e-3}, {"domain_count": 72.0})
PLAIN = Family("plain", (), False)
SHAPE = {
    "layers_count": 4.0, "hidden_count": 64.0, "heads_count": 8.0, "kv_heads_count": 4.0, "head_count": 16.0, "ffn_count": 256.0,
    "vocabulary_count": 1000.0,
}  # fmt: skip
NOTHING = dict.fromkeys(
    (
        "positions_count", "query_rank_count", "latent_count", "rotated_count", "experts_count", "chosen_count", "expert_ffn_count",
        "shared_ffn_count", "dense_layers_count", "window_count", "windowed_share",
    ), 0.0,
)  # fmt: skip
TINY = SHAPE | NOTHING | {"embeddings_count": 1.0, "ffn_matrices_count": 3.0, "latent_count": 32.0, "rotated_count": 8.0}
CELLS = {"chip": "old-1", "chips_count": "16", "sequence_count": "96"} | {name: f"{number:g}" for name, number in SHAPE.items()}


@pytest.fixture(autouse=True)
def world(monkeypatch):
    """Two chips, one model and a family that takes the whole batch."""
    monkeypatch.setattr(room, "chips", lambda: {"Old-1": OLD, "OLD": OLD, "New-2": NEW})
    monkeypatch.setattr(room, "models", lambda: {"tiny-1B": TINY})
    monkeypatch.setattr(training, "families", lambda: (Family("whole", ("Whole",), True),))


def row(**changes):
    """A good row of 16 chips but for the changes."""
    return understand(3, CELLS | changes)


def numbers(**changes):
    """The numbers of a row that can be timed."""
    found = row(**changes)
    assert isinstance(found, Row), found
    return found.numbers


NUMBERS = {
    "tensor_count": 1.0, "pipeline_count": 1.0, "chunk_count": 1.0, "context_count": 1.0, "expert_count": 1.0, "chips_count": 16.0,
    "sequence_count": 96.0, "data_count": 16.0, "batch_count": 16.0, "micro_batch_count": 1.0, "sharding_count": 0.0,
    "sequence_share": 0.0, "recomputed_share": 0.0, "partly_share": 0.0, "core_share": 0.0,
}  # fmt: skip


def test_a_row_of_few_cells_is_filled_in():
    shape = SHAPE | NOTHING | {"embeddings_count": 2.0, "ffn_matrices_count": 3.0}
    assumed = ("batch_count", "micro_batch_count")
    assert row(software="") == Row(
        "row 3", NUMBERS, shape, OLD, "bf16", "4x64", Family("unknown", (), False), 0.0, None, False, assumed, CELLS
    )


def test_a_row_of_many_cells_says_all_of_itself():
    told = {
        "row_id": "mine", "chip": "NEW-2", "precision": "fp8", "model": "my-1B", "software": "Tool 2.0", "year": "2024.5",
        "tokens_per_s": "0.5", "target_quality": "b", "tensor_count": "4", "pipeline_count": "2", "context_count": "8",
        "chips_count": "128", "chunk_count": "3", "batch_count": "12", "micro_batch_count": "3", "sharding_count": "3",
        "sequence_share": "0.25", "domain_count": "64", "recompute": "Selective", "expert_count": "2", "experts_count": "8",
        "chosen_count": "8", "expert_ffn_count": "32", "shared_ffn_count": "16", "dense_layers_count": "3", "gated_ffn": "0", "note": "",
    }  # fmt: skip
    found = row(**told)
    assert found == Row(
        "mine",
        NUMBERS | {
            "tensor_count": 4.0, "pipeline_count": 2.0, "chunk_count": 3.0, "context_count": 8.0, "expert_count": 2.0,
            "chips_count": 128.0, "data_count": 2.0, "batch_count": 12.0, "micro_batch_count": 3.0, "sharding_count": 3.0,
            "sequence_share": 0.25, "domain_count": 64.0, "core_share": 1.0,
        },
        SHAPE | NOTHING | {
            "embeddings_count": 2.0, "ffn_matrices_count": 2.0, "experts_count": 8.0, "chosen_count": 8.0, "expert_ffn_count": 32.0,
            "shared_ffn_count": 16.0, "dense_layers_count": 3.0,
        },
        NEW, "fp8", "my-1B", Family("tool", (), False), -0.5, 0.5, True, (),
        CELLS | {name: cell for name, cell in told.items() if name != "note"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("precision", "chip", "kept"),
    [("", "OLD", "bf16"), ("bf16", "OLD", "bf16"), ("fp16", "OLD", "bf16"), ("mxfp8", "New-2", "mxfp8"), ("nvfp4", "New-2", "nvfp4")],
)
def test_sixteen_bits_are_one_precision(precision, chip, kept):
    assert row(precision=precision, chip=chip).precision == kept


@pytest.mark.parametrize(
    ("seen", "quality", "kept", "scored"),
    [
        ("0.5", "A", 0.5, True), ("1", "a", 1.0, True), ("9", "B", 9.0, True), ("9", "", 9.0, True), ("9", "C", 9.0, False),
        ("9", "AB", 9.0, False), ("", "A", None, False), ("", "", None, False), ("NaN", "A", None, False), ("none", "", None, False),
        ("NA", "", None, False), ("Null", "", None, False),
    ],
)  # fmt: skip
def test_a_row_is_scored_where_something_good_was_seen(seen, quality, kept, scored):
    found = row(tokens_per_s=seen, target_quality=quality)
    assert (found.seen_per_s, found.scored) == (kept, scored)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("none", (0, 0, 0)), ("full", (1, 0, 0)), ("selective", (0, 0, 1)), ("unknown", (0, 0, 0)), ("", (0, 0, 0)),
        ("minimal", (0, 1, 0)), ("custom", (0, 1, 0)), ("offload", (0, 1, 0)), ("FULL", (1, 0, 0)), ("Offload", (0, 1, 0)),
    ],
)  # fmt: skip
def test_what_is_computed_again_is_a_share_of_the_layers(word, parts):
    found = numbers(recompute=word)
    assert tuple(found[name] for name in ("recomputed_share", "partly_share", "core_share")) == parts


@pytest.mark.parametrize(
    ("changes", "copies", "batch", "micro", "assumed"),
    [
        ({}, 16, 16, 1, ("batch_count", "micro_batch_count")),
        ({"micro_batch_count": "3"}, 16, 48, 3, ("batch_count",)),
        ({"batch_count": "40"}, 16, 40, 1, ("micro_batch_count",)),
        ({"batch_count": "40.5", "micro_batch_count": "2"}, 16, 40.5, 2, ()),
        ({"tensor_count": "2", "pipeline_count": "4"}, 2, 2, 1, ("batch_count", "micro_batch_count")),
        ({"context_count": "2", "data_count": "8", "micro_batch_count": "2"}, 8, 16, 2, ("batch_count",)),
        ({"software": "Whole"}, 16, 16, 1, ("batch_count",)),
        ({"software": "Whole", "batch_count": "40"}, 16, 40, 2.5, ()),
        ({"software": "Whole", "batch_count": "40", "micro_batch_count": "0.5"}, 16, 40, 2.5, ()),
        ({"software": "Whole", "micro_batch_count": "0.5"}, 16, 8, 0.5, ("batch_count",)),
        ({"software": "Whole", "batch_count": "6", "tensor_count": "8", "context_count": "2"}, 1, 6, 6, ()),
    ],
)
def test_a_layout_is_what_is_left_of_the_chips_and_guesses_are_noted(changes, copies, batch, micro, assumed):
    found = row(**changes)
    assert isinstance(found, Row), found
    assert tuple(found.numbers[name] for name in ("data_count", "batch_count", "micro_batch_count")) == (copies, batch, micro)
    assert found.assumed == assumed
    assert "domain_count" not in found.numbers


@pytest.mark.parametrize("family", [PLAIN, Family("whole", (), True)])
def test_what_is_not_cut_has_no_copies(family):
    cut, assumed = {"tensor_count": 0.0, "chips_count": 16.0, "sequence_count": 96.0}, []
    found = room._layout(cut, "", family, assumed)
    assert (found["data_count"], found["batch_count"], found["micro_batch_count"]) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        (dict.fromkeys(SHAPE, ""), TINY),
        ({}, TINY),
        ({"head_count": "24"}, TINY),
        ({"hidden_count": "", "gated_ffn": "2"}, TINY),
        ({"head_count": "8"}, SHAPE | NOTHING | {"embeddings_count": 2.0, "ffn_matrices_count": 3.0, "head_count": 8.0}),
        ({"layers_count": "12"}, SHAPE | NOTHING | {"embeddings_count": 2.0, "ffn_matrices_count": 3.0, "layers_count": 12.0}),
        ({"ffn_count": "264", "gated_ffn": "1"}, SHAPE | NOTHING | {"embeddings_count": 2.0, "ffn_matrices_count": 3.0, "ffn_count": 264}),
    ],
)
def test_a_shape_is_that_of_the_name_where_nothing_in_the_row_is_against_it(changes, shape):
    found = row(model="tiny-1B", **changes)
    assert isinstance(found, Row), found
    assert (found.model, found.shape) == ("tiny-1B", shape)


def test_what_a_row_has_no_name_for_is_counted():
    assert [understand(number, {}).row_id for number in (1, 7)] == ["row 1", "row 7"]
    assert understand(7, {"row_id": "x"}) == Refused("x", "chip: is not known, it is missing, expected one of New-2, Old-1")
    assert row(row_id="x").row_id == "x"
