"""Rows of runs that cannot be timed: each limit at its number and just beyond, each reason word by word; and tables as files."""

import datetime
from pathlib import Path

import pytest

from capexmodel.config import rows as room
from capexmodel.config import training
from capexmodel.config.rows import Refused, Row, read_rows, shipped_rows, understand
from capexmodel.config.training import ChipSheet, Family
from capexmodel.errors import ConfigError

OLD, NEW = ChipSheet("Old-1", {16: 5e-4}, {}), ChipSheet("New-2", {16: 1e-3, 8: 2e-3}, {})
CELLS = {
    "chip": "Old-1", "chips_count": "16", "sequence_count": "96", "layers_count": "4", "hidden_count": "64", "heads_count": "8",
    "kv_heads_count": "4", "head_count": "16", "ffn_count": "256", "vocabulary_count": "1000",
}  # fmt: skip
NEEDED = ("layers_count", "hidden_count", "heads_count", "kv_heads_count", "head_count", "ffn_count", "vocabulary_count")
EXPERTS = {"experts_count": "8", "chosen_count": "2", "expert_ffn_count": "32"}
KNOWN_CHIPS, WORDS = "expected one of New-2, Old-1", "expected none, full, selective, unknown, minimal, custom, offload"
BITS = "expected bf16, fp16, fp8, mxfp8, nvfp4, mxfp4"


@pytest.fixture(autouse=True)
def world(monkeypatch):
    """Two chips, one model and a family that takes the whole batch."""
    monkeypatch.setattr(room, "chips", lambda: {"Old-1": OLD, "New-2": NEW})
    shape = {name: float(CELLS[name]) for name in NEEDED} | {"rotated_count": 0.0, "experts_count": 0.0}
    monkeypatch.setattr(room, "models", lambda: {"tiny-1B": shape})
    monkeypatch.setattr(training, "families", lambda: (Family("whole", ("Whole",), True),))


@pytest.mark.parametrize(
    "changes",
    [
        {"pipeline_count": "4"},
        {"layers_count": "6", "pipeline_count": "4", "chunk_count": "2"},
        {"pipeline_count": "2", "chunk_count": "3"},
        {"tensor_count": "8"},
        {"kv_heads_count": "8"},
        {"kv_heads_count": "1"},
        {"sharding_count": "3"},
        {"sequence_share": "1"},
        {"context_count": "8"},
        {"data_count": "4", "tensor_count": "4", "batch_count": "3.999999996"},
        {"data_count": "4", "tensor_count": "4", "batch_count": "8", "micro_batch_count": "2"},
        {"dense_layers_count": "4"},
        {"chips_count": "128", "tensor_count": "4", "pipeline_count": "2", "context_count": "8", "data_count": "2"},
        EXPERTS,
        EXPERTS | {"chosen_count": "8", "expert_count": "8"},
        EXPERTS | {"dense_layers_count": "3", "expert_count": "2"},
        EXPERTS | {"experts_count": "32", "expert_count": "16"},
        {"domain_count": "1"},
        {"shared_ffn_count": "3.5"},
    ],
)
def test_a_row_may_be_at_its_limits(changes):
    assert isinstance(understand(1, CELLS | changes), Row)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"year": "soon"}, 'year: is not a number, got "soon"'),
        ({"tensor_count": "inf"}, 'tensor_count: is not finite, got "inf"'),
        ({"tensor_count": "-1e999"}, 'tensor_count: is not finite, got "-1e999"'),
        ({"tensor_count": "-nan"}, 'tensor_count: is not finite, got "-nan"'),
        ({"chip": ""}, f"chip: is not known, it is missing, {KNOWN_CHIPS}"),
        ({"chip": "q"}, f'chip: is not known, got "q", {KNOWN_CHIPS}'),
        ({"chip": "old1"}, f"chip: is not known, got \"old1\", {KNOWN_CHIPS}; did you mean 'Old-1'?"),
        ({"precision": "fp18"}, f"precision: is not known, got \"fp18\", {BITS}; did you mean 'fp8'?"),
        ({"precision": "q"}, f'precision: is not known, got "q", {BITS}'),
        ({"precision": "fp8"}, "precision: Old-1 does not compute in fp8"),
        ({"precision": "nvfp4", "chip": "New-2"}, "precision: New-2 does not compute in nvfp4"),
        *(({name: "", "model": "my-1B"}, f"shape: {name} is missing, and 'my-1B' is not a model whose shape is known") for name in NEEDED),
        (
            {"head_count": "", "vocabulary_count": "", "hidden_count": "65", "model": "tiny-1B"},
            "shape: head_count is missing, and the rest is not the shape of tiny-1B",
        ),
        ({"gated_ffn": "2"}, "gated_ffn: is neither 0 nor 1, got 2"),
        ({"gated_ffn": "0.5"}, "gated_ffn: is neither 0 nor 1, got 0.5"),
        ({"chips_count": ""}, "chips_count: is missing"),
        ({"sequence_count": "nan"}, "sequence_count: is missing"),
        ({"micro_batch_count": "1.5"}, "micro_batch_count: is not a whole number, got 1.5"),
        ({"recompute": "ful"}, f"recompute: is not known, got \"ful\", {WORDS}; did you mean 'full'?"),
        ({"recompute": "custm"}, f"recompute: is not known, got \"custm\", {WORDS}; did you mean 'custom'?"),
        ({"recompute": "q"}, f'recompute: is not known, got "q", {WORDS}'),
        *(({name: "0"}, f"{name}: is not above 0, got 0") for name in ("tensor_count", "pipeline_count", "context_count", "chunk_count")),
        *(({name: "0"}, f"{name}: is not above 0, got 0") for name in ("expert_count", "domain_count", "chips_count", "sequence_count")),
        *(({name: "0"}, f"{name}: is not above 0, got 0") for name in ("data_count", "batch_count", *NEEDED)),
        ({"micro_batch_count": "0", "batch_count": "16"}, "micro_batch_count: is not above 0, got 0"),
        ({"tensor_count": "0", "software": "Whole"}, "tensor_count: is not above 0, got 0"),
        ({"data_count": "0", "software": "Whole", "batch_count": "8"}, "data_count: is not above 0, got 0"),
        ({"sharding_count": "-1"}, "sharding_count: is not above 0, got -1"),
        ({"sequence_share": "-0.5"}, "sequence_share: is not above 0, got -0.5"),
        ({"hidden_count": "-64"}, "hidden_count: is not above 0, got -64"),
        ({"tensor_count": "1.5"}, "tensor_count: is not a whole number, got 1.5"),
        ({"sharding_count": "1.5"}, "sharding_count: is not a whole number, got 1.5"),
        ({"layers_count": "4.5"}, "layers_count: is not a whole number, got 4.5"),
        ({"data_count": "8"}, "layout: tensor x pipeline x context x data is 8, but there are 16 chips"),
        (
            {"tensor_count": "4", "pipeline_count": "2", "context_count": "2", "data_count": "2"},
            "layout: tensor x pipeline x context x data is 32, but there are 16 chips",
        ),
        ({"tensor_count": "16"}, "tensor_count: 16 does not divide the 8 heads"),
        ({"kv_heads_count": "3"}, "kv_heads_count: 3 does not divide the 8 heads"),
        ({"sharding_count": "4"}, "sharding_count: is above 3, got 4"),
        ({"chips_count": "5", "pipeline_count": "5"}, "pipeline_count: 5 stages for 4 layers"),
        ({"chunk_count": "2"}, "chunk_count: 2 pieces are dealt to one stage alone"),
        ({"layers_count": "5", "pipeline_count": "4", "chunk_count": "2"}, "chunk_count: 4 stages of 2 pieces for 5 layers"),
        ({"context_count": "16", "sequence_count": "24"}, "context_count: 16 does not divide a sequence of 24"),
        ({"sequence_share": "1.5"}, "sequence_share: is above 1, got 1.5"),
        (
            {"tensor_count": "4", "batch_count": "3.999999993"},
            "batch_count: 4 sequences are too few for 4 copies of 1 sequences at once",
        ),
        (
            {"tensor_count": "4", "batch_count": "7", "micro_batch_count": "2"},
            "batch_count: 7 sequences are too few for 4 copies of 2 sequences at once",
        ),
        ({"expert_count": "2"}, "expert_count: experts are spread over 2 chips, but the model has none"),
        ({"chosen_count": "2"}, "shape: 2 experts chosen of width 0, but experts_count is missing"),
        ({"expert_ffn_count": "32"}, "shape: 0 experts chosen of width 32, but experts_count is missing"),
        (EXPERTS | {"chosen_count": ""}, "shape: 8 experts, but 0 chosen of width 32"),
        (EXPERTS | {"chosen_count": "9"}, "shape: 8 experts, but 9 chosen of width 32"),
        (EXPERTS | {"expert_ffn_count": ""}, "shape: 8 experts, but 2 chosen of width 0"),
        (EXPERTS | {"dense_layers_count": "4"}, "dense_layers_count: 4 of 4 layers leave none for experts"),
        (EXPERTS | {"expert_count": "3"}, "expert_count: 3 does not divide the 8 experts"),
        (EXPERTS | {"experts_count": "32", "expert_count": "32"}, "expert_count: 32 is more than the 16 chips"),
        ({"tokens_per_s": "0"}, "tokens_per_s: is not above 0, got 0"),
        ({"tokens_per_s": "-3"}, "tokens_per_s: is not above 0, got -3"),
    ],
)
def test_why_a_row_cannot_be_timed_is_said(changes, reason):
    assert understand(4, CELLS | changes) == Refused("row 4", reason)


def test_cells_are_read_by_the_names_of_columns_of_lines_that_are_not_blank(write):
    lines = ["row_id, CHIP,n_chips , seq_len,,", " one,H100, 8,16,,", "two,,,,,", " , ,,,,", "", "three,A,1", "four,A,1,2,3,4,5"]
    path = write("\ufeff" + "\n".join(lines).replace("CHIP", "chip"), "own.csv")
    cells = [dict(zip(("row_id", "chip", "chips_count", "sequence_count", ""), line, strict=False)) for line in (
        ("one", "H100", "8", "16", ""), ("two", "", "", "", ""), ("three", "A", "1"), ("four", "A", "1", "2", "4"),
    )]  # fmt: skip
    assert room._cells(path) == cells


def test_rows_are_counted_from_one(write):
    path = write("chip,n_chips,seq_len,row_id\nq,1,1\n , \nq,1,1,mine\nq,1,1,\n", "own.csv")
    assert [one.row_id for one in read_rows(path)] == ["row 1", "mine", "row 3"]
    assert read_rows(write("chip,n_chips,seq_len\n", "none.csv")) == []


def test_a_file_may_be_as_large_as_is_said_and_no_larger(write, monkeypatch):
    path = write("chip,n_chips,seq_len\n", "own.csv")
    monkeypatch.setattr(room, "LARGEST_BYTES", 21)
    assert read_rows(path) == []
    monkeypatch.setattr(room, "LARGEST_BYTES", 20)
    with pytest.raises(ConfigError, match=r"is not a plain file of at most 20 bytes, expected a CSV table of runs$"):
        read_rows(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": is empty, expected a line of column names and a line for each run"),
        ("chp,foo\n", ":1: has no column 'chip'; is 'chp' meant?"),
        ("q\n", ":1: has no column 'chip'"),
        ("chip,seq_lens\n", ":1: has no column 'chips_count'"),
        ("seq_count,chip,n_chips\n", ":1: has no column 'sequence_count'; is 'seq_count' meant?"),
        ("chip,n_chips,seq_len,a, a\n", ":1: has the column 'a' twice"),
        ("chip,n_chips,seq_len,tp,tensor_count\n", ":1: has the column 'tensor_count' twice"),
        (b"chip\xff", ": is not UTF-8 text, got byte 0xff, expected a CSV table"),
        ('chip,n_chips,seq_len\n"', ": is no CSV table: unexpected end of data"),
    ],
)
def test_what_is_no_table_is_said(write, monkeypatch, text, said):
    monkeypatch.setattr(room, "called", lambda path: path.name)
    with pytest.raises(ConfigError) as error:
        read_rows(write(text, "own.csv"))
    assert str(error.value) == f"own.csv{said}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.csv", "there is no such file"),
        ("a\0b", "cannot be read: its name is not a path"),
        (".", "is not a plain file of at most 50000000 bytes, expected a CSV table of runs"),
        ("a" * 300, "cannot be read: File name too long"),
    ],
)
def test_what_is_no_file_is_said(tmp_path, monkeypatch, name, said):
    monkeypatch.setattr(room, "called", lambda path: "own.csv")
    with pytest.raises(ConfigError) as error:
        read_rows(Path(tmp_path / name))
    assert str(error.value) == f"own.csv: {said}"


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Rows that come with the package, each with the source it is from."""

    def _shipped(*rows):
        (tmp_path / "training").mkdir(exist_ok=True)
        names = ["row_id", "source", *CELLS]
        lines = [",".join([name, source, *(CELLS | changes).values()]) for name, source, changes in rows]
        (tmp_path / "training" / "runs.csv").write_text("\n".join([",".join(names), *lines]))
        told = {"early": "2025-06-29", "day": "2025-06-30", "late": "2025-07-01"}
        text = "\n".join(f'[sources.{name}]\ntitle = "t"\npublisher = "p"\ndate = {day}' for name, day in told.items())
        (tmp_path / "sources.toml").write_text(text)
        monkeypatch.setattr(room, "configs_dir", lambda: tmp_path)

    return _shipped


def test_published_runs_are_those_that_were_published_by_a_day(shipped):
    shipped(("a", "late", {}), ("b", "day", {}), ("c", "early", {}))
    assert [one.row_id for one in shipped_rows()] == ["a", "b", "c"]
    assert [one.row_id for one in shipped_rows(datetime.date(2025, 6, 30))] == ["b", "c"]
    assert [one.row_id for one in shipped_rows(datetime.date(2025, 6, 28))] == []


def test_a_published_run_that_cannot_be_timed_is_said(shipped):
    shipped(("a", "late", {}), ("b", "day", {"chip": "q"}), ("c", "day", {"chip": "r"}))
    with pytest.raises(ConfigError) as error:
        shipped_rows()
    assert str(error.value) == f'training/runs.csv: b: chip: is not known, got "q", {KNOWN_CHIPS}'
