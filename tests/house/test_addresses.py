"""Nothing in the project points at somebody's machine or at a package registry."""

import re

import pytest

from tests.house.reading import ROOT, assert_clean, project_files

# Written in pieces, so that this file does not name what it forbids.
HOSTS = ["py" + "pi.org", "python" + "hosted", "npm" + "js", "ana" + "conda.org", "files.pyth" + "on"]
PATHS = ["/wo" + "rk", "/tm" + "p", "/ro" + "ot", "/ho" + "me/", "/Us" + "ers/", "/mn" + "t", "C:" + "\\\\Users", r"\.\./sha" + "red"]
FORBIDDEN_HOST = re.compile("|".join(re.escape(host) for host in HOSTS))
FORBIDDEN_PATH = re.compile(r"(?<![\w.*-])(" + "|".join(PATHS) + r")(?!\w)")
ADDRESS = re.compile(r"https?://[^\s\"'<>)]+")


def addresses(text: str) -> list[str]:
    """Registry hosts anywhere, and paths of a machine outside of web addresses."""
    lines = list(enumerate(text.splitlines(), 1))
    hosts = [f"line {number}: {hit.group()}" for number, line in lines for hit in FORBIDDEN_HOST.finditer(line)]
    return hosts + [f"line {number}: {hit.group()}" for number, line in lines for hit in FORBIDDEN_PATH.finditer(ADDRESS.sub("", line))]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for file in project_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {fault}" for fault in addresses(text)]
    assert_clean(found)


@pytest.mark.parametrize("piece", HOSTS + ["'" + path.replace("\\\\", "\\").replace("\\.", ".") + "'" for path in PATHS])
def test_a_planted_address_is_found(piece: str) -> None:
    assert len(addresses(f"see {piece} for more\n")) == 1


def test_sources_of_figures_may_have_any_path() -> None:
    assert addresses("url = 'https://example.com" + "/ho" + "me/page'\nratio = total" + "/wo" + "rk_eflop\n") == []
