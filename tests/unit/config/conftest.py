"""A small world of its own for the tests of config: two sources, a catalog, and one scenario with every kind of key."""

import datetime
from pathlib import Path

import pytest

from capexmodel.config.documents import gather
from capexmodel.config.doubts import find_doubts
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Reader
from capexmodel.config.values import Scene

SMALL = (Path(__file__).parent / "small.toml").read_text()

SOURCES = """
[sources.early]
title = "Early report"
publisher = "A"
date = 2025-11-28
reference = "page 3"

[sources.late]
title = "Late report"
publisher = "B"
date = 2026-04-29
"""

CHIPS = """
[accelerator.OLD]
vendor = "maker"
peak_bf16_tflops = { value = 989, status = "reported", source = "early" }
peak_fp8_tflops = { value = 1979, status = "reported", source = "early" }
it_power_kw = { value = 1.3, low = 1.2, high = 1.5, status = "derived", source = "early" }
price_kusd = { value = 42, low = 30, high = 52, status = "derived", source = "early", note = "with host" }
load = { value = 0.75, status = "reported", source = "early" }
install_months = { value = 2, low = 1, high = 5, status = "estimated", source = "early" }
install_spread = { value = 0.5, status = "scenario", source = "early" }

[accelerator.NEW]
vendor = "maker"
peak_bf16_pflops = { value = 2.5, status = "reported", source = "early" }
peak_fp8_pflops = { value = 5, status = "reported", source = "late" }
it_power_kw = { value = 1.9, status = "derived", source = "early" }
price_kusd = { value = 54, low = 48, high = 75, status = "scenario", source = "early" }
load = { value = 0.75, status = "reported", source = "early" }
install_months = { value = 2, status = "estimated", source = "early" }
install_spread = { value = 0.5, status = "scenario", source = "early" }

[accelerator.FUTURE]
vendor = "maker"
peak_bf16_pflops = { value = 8, status = "reported", source = "late" }
it_power_kw = { value = 3, status = "derived", source = "early" }
price_kusd = { value = 100, status = "reported", source = "late" }
load = { value = 0.75, status = "reported", source = "early" }
install_months = { value = 2, status = "estimated", source = "early" }
install_spread = { value = 0.5, status = "scenario", source = "early" }
"""

OTHERS = """
[network.tree]
price_kusd = { value = 6.61, status = "derived", source = "early" }
install_months = { value = 6, status = "scenario", source = "early" }
install_spread = { value = 0.5, status = "scenario", source = "early" }

[staff.lab]
pay_musd_per_year = { value = 1.2, status = "scenario", source = "early" }
hiring_per_quarter = { value = 0.06, status = "scenario", source = "early" }
attrition_per_year = { value = 0.1, status = "scenario", source = "early" }
floor_count = { value = 2800, status = "scenario", source = "early" }
"""


@pytest.fixture(autouse=True)
def configs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Put the small world in the place of the shipped one, except for tests of the shipped files."""
    if "shipped" in request.module.__name__:
        return Path()
    folder = tmp_path_factory.mktemp("configs")
    for name, text in {"sources": SOURCES, "catalog/chips": CHIPS, "catalog/others": OTHERS, "scenarios/small": SMALL}.items():
        path = folder / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr("capexmodel.config.documents.configs_dir", lambda: folder)
    return folder


@pytest.fixture
def write(tmp_path: Path):
    """Write a file and give its path."""

    def _write(text: str | bytes, name: str = "case.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return _write


@pytest.fixture
def changed(write):
    """Write the small scenario with pieces of text replaced; each must be there."""

    def _changed(*pairs: tuple[str, str]) -> Path:
        text = SMALL
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new, 1)
        return write(text)

    return _changed


@pytest.fixture
def doubted(write):
    """What is doubted in a file that says something over the small scenario."""

    def _doubted(*lines: str, extends: str = "small"):
        head = f'schema_version = 1\nname = "mine"\nextends = "{extends}"'
        path, faults = write("\n".join([head, *lines, ""])), Faults()
        documents = gather(path, faults)
        scene = Scene(documents, Reader(datetime.date(2026, 2, 2), documents.sources, faults), None, {})
        scene.read_entries()
        assert faults.lines == []
        return find_doubts(scene)

    return _doubted


@pytest.fixture
def over(doubted, write):
    """What is doubted of one line that replaces another."""

    def _over(table: str, old: str, new: str) -> str | None:
        write(f'schema_version = 1\nname = "parent"\nextends = "small"\n[{table}]\n{old}\n', "parent.toml")
        found = doubted(f"[{table}]", new, extends="parent.toml")
        assert len(found) <= 1
        return f"{found[0].text}; {found[0].guess}" if found else None

    return _over
