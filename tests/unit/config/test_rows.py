"""Rows of published runs: both spellings, what is filled in, and every reason for which a row is refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.config.rows import SPELLINGS, Refused, Row, read_rows, shipped_rows
from capexmodel.config.training import WIDTHS, chips, families, family_of, models, release_years
from capexmodel.errors import ConfigError

GOOD = {
    "row_id": "a", "chip": "H100-SXM", "n_chips": "64", "chips_per_node": "8", "precision": "bf16", "model": "my-8B", "n_layers": "32",
    "hidden": "4096", "ffn": "14336", "heads": "32", "kv_heads": "8", "head_dim": "128", "vocab": "128256", "gated_ffn": "1",
    "seq_len": "8192", "global_batch_seqs": "128", "micro_batch": "1", "tp": "2", "pp": "1", "vpp": "1", "cp": "1", "dp": "32",
    "zero_stage": "1", "recompute": "none", "seq_parallel": "1", "software": "NeMo 25.04", "year": "2025",
    "tokens_per_s_per_chip": "9000", "target_quality": "A",
}  # fmt: skip


def written(folder: Path, *rows: dict[str, str]) -> Path:
    """A table of rows, as publishers write it."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def one(folder: Path, **changes: str) -> Row | Refused:
    """The good row with some cells changed."""
    return read_rows(written(folder, GOOD | changes))[0]


def test_a_row_is_understood(tmp_path: Path) -> None:
    """Every number lands in its field."""
    row = one(tmp_path)
    assert isinstance(row, Row)
    assert (row.row_id, row.sheet.name, row.family.name, row.seen_per_s, row.scored) == ("a", "H100-SXM", "nemo", 9000.0, True)
    assert row.numbers["tensor_count"] == 2
    assert row.shape["ffn_matrices_count"] == 3
    assert row.release_years == pytest.approx(3.5 / 12)
    assert row.assumed == ()


def test_both_spellings_say_the_same(tmp_path: Path) -> None:
    """The project's names of columns and publishers' are read alike."""
    theirs = one(tmp_path)
    ours = read_rows(written(tmp_path, {SPELLINGS.get(name, name): value for name, value in GOOD.items()}))[0]
    assert ours == theirs


def test_blanks_are_filled_in_and_guesses_are_noted(tmp_path: Path) -> None:
    """A known model needs no shape, a layout is what is left of the chips; a batch that is not told is guessed, and said so."""
    shape = dict.fromkeys(("n_layers", "hidden", "ffn", "heads", "kv_heads", "head_dim", "vocab", "gated_ffn"), "")
    row = one(tmp_path, **shape, model="DeepSeek-V3", dp="", micro_batch="", global_batch_seqs="", vpp="", pp="", tp="")
    assert isinstance(row, Row)
    assert row.shape["latent_count"] == 512
    assert row.numbers["data_count"] == 64
    assert row.assumed == ("batch_count", "micro_batch_count")


def test_only_measured_and_derived_rows_are_scored(tmp_path: Path) -> None:
    """Rows of doubtful quality, or with nothing seen, are predicted but not scored."""
    for change in ({"target_quality": "C"}, {"target_quality": "E"}, {"tokens_per_s_per_chip": ""}):
        row = one(tmp_path, **change)
        assert isinstance(row, Row)
        assert not row.scored


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hidden": "", "model": "my-9B"}, "shape: hidden_count is missing"),
        ({"hidden": "5000", "model": "Llama-3-8B", "ffn": ""}, "not the shape of Llama-3-8B"),
        ({"tp": "3", "dp": "", "n_chips": "3"}, "3 does not divide the 32 heads"),
        ({"chip": "H1000"}, "chip: is not known"),
        ({"chip": ""}, "chip: is not known, it is missing"),
        ({"chip": "h1oo-sxm"}, "did you mean"),
        ({"precision": "int3"}, "precision: is not known"),
        ({"precision": "fp8", "chip": "A100-80GB"}, "A100-80GB does not compute in fp8"),
        ({"seq_len": ""}, "sequence_count: is missing"),
        ({"n_chips": ""}, "chips_count: is missing"),
        ({"seq_len": "many"}, "sequence_count: is not a number"),
        ({"seq_len": "1e999"}, "sequence_count: is not finite"),
        ({"seq_len": "-4096"}, "sequence_count: is not above 0"),
        ({"heads": "0"}, "heads_count: is not above 0"),
        ({"pp": "1.5"}, "pipeline_count: is not a whole number"),
        ({"dp": "16"}, "layout: tensor x pipeline x context x data is 32, but there are 64 chips"),
        ({"kv_heads": "5"}, "kv_heads_count: 5 does not divide"),
        ({"zero_stage": "4"}, "sharding_count: is above 3"),
        ({"pp": "64", "dp": "", "tp": "1"}, "64 stages for 32 layers"),
        ({"recompute": "ful"}, "did you mean 'full'"),
        ({"gated_ffn": "2"}, "gated_ffn: is neither 0 nor 1"),
        ({"n_experts": "8"}, "8 experts, but 0 chosen"),
        ({"n_experts": "8", "topk": "2", "moe_ffn": "4096", "ep": "3"}, "3 does not divide the 8 experts"),
        ({"n_experts": "128", "topk": "2", "moe_ffn": "4096", "ep": "128"}, "more than the 64 chips"),
        ({"ep": "8"}, "experts are spread over 8 chips, but the model has none"),
        ({"topk": "2"}, "2 experts chosen of width 0, but experts_count is missing"),
        ({"n_experts": "8", "topk": "2", "moe_ffn": "4096", "dense_layers": "32"}, "32 of 32 layers leave none for experts"),
        ({"vpp": "4"}, "4 pieces are dealt to one stage alone"),
        ({"vpp": "16", "pp": "8", "dp": "4"}, "8 stages of 16 pieces for 32 layers"),
        ({"cp": "3", "tp": "1", "dp": "", "n_chips": "96"}, "3 does not divide a sequence of 8192"),
        ({"seq_parallel": "2"}, "sequence_share: is above 1"),
        ({"global_batch_seqs": "8"}, "8 sequences are too few for 32 copies of 1 sequences at once"),
        ({"micro_batch": "0.5"}, "micro_batch_count: is not a whole number"),
        ({"chips_per_node": "0"}, "domain_count: is not above 0"),
        ({"n_chips": "64.5", "dp": ""}, "chips_count: is not a whole number"),
        ({"tokens_per_s_per_chip": "0"}, "tokens_per_s: is not above 0"),
    ],
)
def test_a_row_that_cannot_be_run_is_refused_with_its_reason(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    """Each fault is named, and no number is given."""
    row = one(tmp_path, **change)
    assert isinstance(row, Refused)
    assert reason in row.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "has no column 'chip'"),
        (b"chip,n_chips,seq_len,seq_len\n", "has the column 'sequence_count' twice"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b'chip,n_chips,seq_len\n"', "is no CSV table"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """One line that names the file."""
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"rows\.csv") as caught:
        read_rows(path)
    assert reason in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_rows(tmp_path / "none.csv")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.text(max_size=12)), st.booleans())
def test_no_cell_makes_reading_fail(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, str], blank: bool) -> None:
    """Whatever stands in its cells, a row is understood or refused."""
    clean = {name: value.replace(",", "").replace('"', "").replace("\n", "").replace("\r", "") for name, value in changes.items()}
    path = written(tmp_path_factory.mktemp("cells"), ({} if blank else GOOD) | {"chip": "H100", "n_chips": "8", "seq_len": "1"} | clean)
    rows = read_rows(path)
    assert len(rows) == 1
    assert all(isinstance(row, Row) or "\n" not in row.reason for row in rows)


def test_what_is_shipped_can_be_run() -> None:
    """Every published run, and every chip and model they name, is understood."""
    rows = shipped_rows()
    assert len(rows) > 500
    assert all(row.scored for row in rows)
    assert {row.model for row in rows} <= models().keys()
    assert {row.family.name for row in rows} <= {family.name for family in families()}
    assert all(WIDTHS[row.precision] in row.sheet.peak_eflops for row in rows)


def test_chips_are_known_by_their_other_names() -> None:
    assert chips()["H100"] is chips()["H100-SXM"]
    assert chips()["Ironwood"].peak_eflops[8] == pytest.approx(4614e-6)


@pytest.mark.parametrize(
    ("software", "family", "years"),
    [
        ("Megatron-Bridge 26.06.01", "nemo", 1 + 5.5 / 12),
        ("torchtitan 2024-12 compile", "torchtitan", -1 + 11.5 / 12),
        ("Megatron-LM 2021", "megatron", -3.5),
        ("llm-foundry FSDP bf16 mp=PURE", "llm-foundry, pure", -1.0),
        ("MaxText GPU 2024.12 FSDP+DP", "maxtext, gpu", -1 + 11.5 / 12),
        ("Own-Stack 1.0", "own-stack", -1.0),
    ],
)
def test_software_says_its_family_and_its_age(software: str, family: str, years: float) -> None:
    assert family_of(software).name == family
    assert release_years(software, 2024) == pytest.approx(years)
