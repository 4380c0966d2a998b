"""Chips, models, software and what is believed of them, from small files: each number in its place, and what is not said."""

import math

import pytest

from capexmodel.config import training as room
from capexmodel.config.training import WIDTHS, ChipSheet, Family, chips, families, family_of, models, prior, release_years
from capexmodel.errors import ConfigError
from capexmodel.training.calibration import FIELDS, SHARES
from capexmodel.training.traits import NAMES

CHIPS = """
[chip.OLD]
also = ["OLD-A", "OLD-B"]
peak_16bit_tflops = 500
memory_gb = 40
memory_gb_per_s = 1500
scaleup_gb_per_s = 300.5
scaleout_gb_per_s = 25
domain_count = 8
status = "reported"

[chip.NEW]
also = []
peak_16bit_tflops = 2500
peak_8bit_tflops = 5000
peak_4bit_tflops = 15000
memory_gb = 288
memory_gb_per_s = 8000
scaleup_gb_per_s = 900
scaleout_gb_per_s = 100
domain_count = 72

[chip.ODD]
also = ["HALF"]
peak_8bit_tflops = 4
memory_gb = 1
memory_gb_per_s = 2
scaleup_gb_per_s = 3
scaleout_gb_per_s = 5
domain_count = 6
"""
MODELS = """
[model."tiny-1B"]
layers = 4
hidden = 64
heads = 8
kv_heads = 2
head = 16
ffn = 256
ffn_matrices = 3
vocabulary = 1000
latent = 32
window = 128
windowed_share = 0.75
embeddings = 1
status = "reported"
source = "early"
"""
SOFTWARE = """
[[family]]
name = "pair"
words = ["Stack", "fp8"]

[[family]]
name = "stack"
words = ["Stack"]
whole_batch = true
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Three files of its own."""
    (tmp_path / "training").mkdir()
    for name, text in {"chips": CHIPS, "models": MODELS, "software": SOFTWARE}.items():
        (tmp_path / "training" / f"{name}.toml").write_text(text)
    monkeypatch.setattr(room, "configs_dir", lambda: tmp_path)
    cached = (room._tree, chips, models, families, prior)
    for one in cached:
        one.cache_clear()
    yield tmp_path
    for one in cached:
        one.cache_clear()


def test_widths_are_bits_of_a_number():
    assert WIDTHS == {"bf16": 16, "fp16": 16, "fp8": 8, "mxfp8": 8, "nvfp4": 4, "mxfp4": 4}


def test_chips_have_the_peaks_they_are_said_to_have_by_each_of_their_names():
    found = chips()
    links = {"memory_gb": 40.0, "memory_gb_per_s": 1500.0, "scaleup_gb_per_s": 300.5, "scaleout_gb_per_s": 25.0, "domain_count": 8.0}
    assert list(found) == ["OLD", "OLD-A", "OLD-B", "NEW", "ODD", "HALF"]
    assert found["OLD"] == ChipSheet("OLD", {16: 0.0005}, links)
    assert found["NEW"].peak_eflops == pytest.approx({16: 2.5e-3, 8: 5e-3, 4: 1.5e-2}, rel=1e-12)
    assert found["ODD"].peak_eflops == pytest.approx({8: 4e-6}, rel=1e-12)
    assert found["ODD"].sheet == {
        "memory_gb": 1.0, "memory_gb_per_s": 2.0, "scaleup_gb_per_s": 3.0, "scaleout_gb_per_s": 5.0, "domain_count": 6.0,
    }  # fmt: skip
    assert found["OLD-A"] is found["OLD-B"] is found["OLD"]
    assert found["HALF"] is found["ODD"]
    assert {type(number) for sheet in found.values() for number in (*sheet.sheet.values(), *sheet.peak_eflops.values())} == {float}


def test_a_shape_has_what_it_says_and_nothing_of_the_rest():
    assert models() == {
        "tiny-1B": {
            "layers_count": 4.0, "hidden_count": 64.0, "heads_count": 8.0, "kv_heads_count": 2.0, "head_count": 16.0, "ffn_count": 256.0,
            "ffn_matrices_count": 3.0, "vocabulary_count": 1000.0, "embeddings_count": 1.0, "positions_count": 0.0, "experts_count": 0.0,
            "chosen_count": 0.0, "expert_ffn_count": 0.0, "shared_ffn_count": 0.0, "dense_layers_count": 0.0, "query_rank_count": 0.0,
            "latent_count": 32.0, "rotated_count": 0.0, "window_count": 128.0, "windowed_share": 0.75,
        }
    }  # fmt: skip
    assert {type(number) for number in models()["tiny-1B"].values()} == {float}


def test_a_model_has_two_tables_where_nothing_else_is_said(folder):
    file = folder / "training" / "models.toml"
    file.write_text(file.read_text().replace("embeddings = 1\n", ""))
    assert models()["tiny-1B"]["embeddings_count"] == 2.0


def test_families_take_the_whole_batch_only_where_it_is_said():
    assert families() == (Family("pair", ("Stack", "fp8"), False), Family("stack", ("Stack",), True))


@pytest.mark.parametrize(
    ("software", "family"),
    [
        ("Stack 25.09 FP8", Family("pair", ("Stack", "fp8"), False)),
        ("fp8 on my-stack", Family("pair", ("Stack", "fp8"), False)),
        ("STACK 25.09", Family("stack", ("Stack",), True)),
        ("Other fp8 Tool", Family("other", (), False)),
        ("Alone", Family("alone", (), False)),
        ("", Family("unknown", (), False)),
        (" Late", Family("unknown", (), False)),
    ],
)
def test_software_belongs_to_the_first_family_all_of_whose_words_it_has(software, family):
    assert family_of(software) == family


@pytest.mark.parametrize(
    ("software", "year", "years"),
    [
        ("Stack 23.03", None, -1.7916666666666667),
        ("Stack 25.01", 2019.0, 0.041666666666666664),
        ("Stack 29.12.1", None, 4.958333333333333),
        ("25.10", None, 0.7916666666666666),
        ("Stack 2024-12", None, -0.041666666666666664),
        ("Stack 2026.02", 2019.0, 1.125),
        ("Stack 2027-06 of 24.03", None, -0.7916666666666666),
        ("Stack 2021", 2019.0, -3.5),
        ("Stack 2031", None, 6.5),
        ("Stack 24.13", 2019.0, -6.0),
        ("Stack 24.00", None, 0.0),
        ("Stack 2024-13", None, -0.5),
        ("Stack 1.2", None, 0.0),
        ("Stack 1.2", 2026.0, 1.0),
        ("Stack 1.2", 2024.5, -0.5),
        ("", None, 0.0),
    ],
)
def test_a_release_is_as_old_as_its_number_says(software, year, years):
    assert release_years(software, year) == pytest.approx(years, abs=1e-11)


def table(name, **numbers):
    """A table of a file."""
    return "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in numbers.items()), ""])


def test_what_is_believed_is_on_the_scale_of_each_unknown(folder):
    """Four fifths are ln 4 in log-odds, a quarter to nine tenths are ln 27 apart; from 2 to 8 it is ln 4."""
    shares = {name: table(f"efficiency.{name}", value=0.8, low=0.25, high=0.9) for name in SHARES}
    others = {name: table(f"efficiency.{name}", value=place + 2, low=2, high=8) for place, name in enumerate(FIELDS) if name not in shares}
    kinds = ("product_by_precision", "product_by_chip", "attention_by_chip", "product_by_family", "passes_by_family")
    spreads = [table(f"spread.{name}", value=place + 1) for place, name in enumerate((*kinds, "data_overlap_by_family"))]
    groups = ("family", "model", "chip", "model_chip", "family_chip", "all", "trend", "own_trend", "foreign", "noise")
    misses = [table(f"miss.{name}", value=0.25 * (place + 1)) for place, name in enumerate(groups)]
    ranges = [table(f"range.{name}", value=place + 0.5) for place, name in enumerate(NAMES)]
    (folder / "training" / "priors.toml").write_text("\n".join([*shares.values(), *others.values(), *spreads, *misses, *ranges]))
    found = prior()
    for place, name in enumerate(FIELDS):
        center, spread = float(getattr(found.center, name)), float(getattr(found.spread, name))
        assert center == pytest.approx(1.3862943611198906 if name in shares else math.log(place + 2), rel=1e-12), name
        assert spread == pytest.approx(1.001863269777 if name in shares else 0.421403563942, rel=1e-9), name  # ln 27, ln 4 over 3.2897
    told = [float(getattr(found.spreads, name)) for name in (*kinds, "data_overlap_by_family")]
    assert told == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert found.miss.group_spread.tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
    assert [float(one) for one in (found.miss.trend_spread, found.miss.own_trend_spread)] == [1.75, 2.0]
    assert [float(one) for one in (found.miss.foreign_share, found.miss.noise_spread)] == [2.25, 2.5]
    assert found.miss.trait_range.tolist() == [place + 0.5 for place in range(16)]


def test_a_file_that_is_not_there_is_named(folder):
    (folder / "training" / "chips.toml").unlink()
    with pytest.raises(ConfigError, match=r"^training/chips\.toml: there is no such file$"):
        chips()
