"""The plugin of pytest: laws become tests, those that break say with what, and a word for no law is refused."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from capexmodel.errors import ConfigError
from capexmodel.testing import LAWS, plugin
from capexmodel.testing.law import everywhere, law


def asked(fixtures, **options):
    """What a test would be given."""
    given = []
    defaults = {"capex_scenario": [], "capex_level": "quick", "capex_law": []}
    config = SimpleNamespace(option=SimpleNamespace(**defaults | options))
    metafunc = SimpleNamespace(fixturenames=fixtures, config=config, parametrize=lambda *args, ids: given.append((args, ids)))
    plugin.pytest_generate_tests(metafunc)
    return given


def test_every_law_of_every_scenario_is_a_test_of_its_own():
    ((name, trials), ids) = asked(["capex_law"], capex_scenario=["one_period", "greenfield"])[0]
    assert name == "capex_law"
    assert len(trials) == 2 * len(LAWS) == len(set(ids))
    assert asked(["tmp_path"]) == []


def test_only_those_asked_for():
    ((_, trials), _) = asked(["capex_law"], capex_law=["L32", "L10 price"])[0]
    assert [trial.law.title for trial in trials] == ["L10 price", "L31 L32 L33 plan: proven"]


@pytest.mark.parametrize("words", [["L99"], ["L1", "L99"], ["L32", "L10 prize"]])
def test_a_word_that_is_no_law_is_refused_also_beside_one_that_is(words):
    with pytest.raises(ConfigError, match=f"^--capex-law: no law '{words[-1]}'; did you mean 'L.*'"):
        asked(["capex_law"], capex_law=words)


def test_a_broken_law_tells_the_smallest_scenario():
    @law("X1", "cheap chips", "no chip costs more than it does", 1.0, "planted")
    def planted(bench, cases, before):
        return everywhere(cases.numbers["accelerator", "price_usd"] / 40_001.0)

    with pytest.raises(AssertionError, match=r"X1 cheap chips is broken by \d+ of 50 examples.*accelerator\.chip\.price_usd: 40000 ->"):
        plugin.Trial("one_period", "quick", planted, (planted,)).holds()


@pytest.mark.long
def test_pytest_runs_it(tmp_path):
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["capexmodel.testing.plugin"]\n')
    (tmp_path / "test_mine.py").write_text("def test_law(capex_law):\n    capex_law.holds()\n")
    words = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(tmp_path), "--capex-law", "L2", str(tmp_path)]
    ran = subprocess.run([sys.executable, "-m", "pytest", *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout
