"""Utilization is measured or timed: which of the two a file asks for, and what is missing or of no use then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capexmodel import config
from capexmodel.config.locate import configs_dir
from capexmodel.errors import ConfigError

MEASURED = """
[utilization]
mfu = 0.4
scale_eflops = 16
scale_exponent = 0.02
chip_pflops = 2.5
"""
MINE = 'schema_version = 1\nname = "mine"\nas_of = 2026-02-02\nextends = "greenfield"\n'


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Put a scenario into a file."""

    def _write(text: str) -> Path:
        path = tmp_path / "case.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def refused(write, text: str) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(ConfigError) as caught:
        config.load(write(text))
    return str(caught.value)


def test_measured_utilization_takes_the_place_of_timing(write) -> None:
    """What a run would be timed by is forgotten with its figures, whether it came from the parent or the catalog."""
    timed, measured = config.load("greenfield"), config.load(write(MINE + MEASURED))
    assert timed.utilization is None
    assert len(timed.recipe.names) == 6
    assert (measured.chip, measured.shape, measured.efficiency, measured.recipe.names) == (None, None, None, ())
    assert not [path for path in measured.evidence.figures if path.split(".")[0] in ("chip", "shape", "efficiency", "recipe")]
    assert config.load(write(config.dump(measured))).evidence.config_hash == measured.evidence.config_hash
    assert config.load(write(config.dump(timed))).evidence.config_hash == timed.evidence.config_hash


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('chip = "GB300_bf16"\n', "", ["chip", "is missing", "a table [chip]", "[utilization]"]),
        ('shape = "dense_405b"\n', "", ["shape", "is missing"]),
        ('efficiency = "GB300_bf16_early_2026"\n', "", ["efficiency", "is missing"]),
        ('recipe = ["thousand", "sixteen_thousand",', 'recipe = ["sixteen_thousand", "thousand",',
         ["recipe.thousand.chips_count", "no larger than the size before", "got 1024", "above 16384"]),
        ("[site.prairie]", "[recipe.thousand]\ntensor_count = 64\npipeline_count = 32\n[site.prairie]",
         ["recipe.thousand.tensor_count", "larger than recipe.thousand.chips_count", "got 64 x 32", "at most 1024"]),
        ("[site.prairie]", "[recipe.thousand]\npipeline_count = 0.5\n[site.prairie]",
         ["recipe.thousand.pipeline_count", "at least 1", "got 0.5"]),
        ('precision = "bf16"', 'precision = "fp8"', ["chip.GB300_bf16.peak_pflops", "peak of none of the accelerators", "2.5 PFLOP/s"]),
    ],
)  # fmt: skip
def test_a_gap_or_a_contradiction_is_named(write, old: str, new: str, words: list[str]) -> None:
    """One line: the table or key, what is wrong, what was expected."""
    text = (configs_dir() / "scenarios" / "greenfield.toml").read_text(encoding="utf-8")
    assert old in text
    line = refused(write, text.replace(old, new))
    for word in words:
        assert word in line, (word, line)


def test_nothing_to_time_by_and_nothing_measured(write) -> None:
    """A file that says nothing of utilization hears of both ways."""
    text = (configs_dir() / "scenarios" / "one_period.toml").read_text(encoding="utf-8")
    at, end = text.index("[utilization]"), text.index("[reliability]")
    line = refused(write, text[:at] + text[end:])
    assert "utilization: is missing" in line
    assert "[shape], [chip], [efficiency] and members of [recipe]" in line


def test_the_speed_of_a_network_needs_steps_that_are_timed(write) -> None:
    """A bandwidth beside a measured utilization would change nothing."""
    fast = "[network.fat_tree_3_tier]\nchip_gb_per_s = 50\n"
    assert "network.fat_tree_3_tier.chip_gb_per_s: has no effect" in refused(write, MINE + MEASURED + fast)
    slower = config.load(write(MINE + fast))
    assert float(slower.network.chip_gb_per_s[0]) == 50.0
