"""The plugin of pytest: its options, what it tries, and what it says of a law that is broken."""

from types import SimpleNamespace

import pytest

from capexmodel.testing import LAWS, law, plugin
from capexmodel.testing.cases import Reach
from capexmodel.testing.check import Checked, Fared
from capexmodel.testing.law import nowhere
from capexmodel.testing.plugin import Trial
from capexmodel.testing.shrink import Smallest
from tests.bare import bare
from tests.draws import shipped


@law("X1", "planted", "all is well", 0.0125, "because")
def planted(bench, cases, before):
    return nowhere(cases)


@law("X2", "other", "all is well", 1.0, "because")
def other(bench, cases, before):
    return nowhere(cases)


def test_options_and_what_they_are_unless_told():
    added, group = {}, []
    options = SimpleNamespace(addoption=lambda name, **how: added.__setitem__(name, how))
    plugin.pytest_addoption(SimpleNamespace(getgroup=lambda *words: group.append(words) or options))
    told = {name: {key: value for key, value in how.items() if key not in ("help", "metavar")} for name, how in added.items()}
    assert group == [("capexmodel", "laws of capexmodel")]
    assert told == {
        "--capex-scenario": {"action": "append", "default": []},
        "--capex-level": {"default": "quick", "choices": ("quick", "standard", "deep", "soak")},
        "--capex-law": {"action": "append", "default": []},
    }


def test_a_test_that_asks_for_laws_gets_each_of_each_scenario_with_those_beside_it():
    given = []
    option = SimpleNamespace(capex_scenario=[], capex_level="deep", capex_law=["L2"])
    asked = SimpleNamespace(
        fixturenames=["capex_law"], config=SimpleNamespace(option=option), parametrize=lambda *args, ids: given.append((*args, ids))
    )
    plugin.pytest_generate_tests(asked)
    name, trials, ids = given[0]
    laws = tuple(one for one in LAWS if "L2" in one.id.split())
    assert name == plugin.FIXTURE == "capex_law"
    assert trials == [Trial("one_period", "deep", one, laws) for one in laws]
    assert ids == [f"one_period-{one.title}" for one in laws]


@pytest.fixture
def broken(monkeypatch):
    """Three of forty examples break the law, and the smallest has so many numbers moved."""
    asked = []
    fine = Fared(other, 40, 40, 0, 0.5, 3, ())
    bad = Fared(planted, 40, 40, 0, 7.65432, 9, (5, 9, 11))

    def checked(scenario, level, laws):
        asked.append((scenario, level, laws))
        return Checked(shipped("one_period"), 4, Reach.EDGE, (fine, bad), 1.0)

    def smallest(*args):
        asked.append(args)
        cells = [(SimpleNamespace(path=f"a.b{k}"), 3.0 + k, 2.0) for k in range(asked_cells[0])]
        return bare(Told, told=cells)

    asked_cells = [10]
    monkeypatch.setattr(plugin, "_checked", checked)
    monkeypatch.setattr(plugin, "smallest", smallest)
    return asked, asked_cells


class Told(Smallest):
    """A smallest example with numbers that are given."""

    def cells(self, base):
        return self.told


def test_a_law_that_held_passes(broken):
    Trial("mine.toml", "deep", other, (other, planted)).holds()
    assert broken[0] == [("mine.toml", "deep", (other, planted))]


def test_a_broken_law_tells_how_often_how_badly_and_at_most_eight_numbers(broken):
    with pytest.raises(AssertionError) as caught:
        Trial("mine.toml", "deep", planted, (other, planted)).holds()
    cells = ", ".join(f"a.b{k}: 2 -> {3 + k}" for k in range(8))
    assert str(caught.value) == (
        "X1 planted is broken by 3 of 40 examples: all is well; at worst by 7.65 tolerances of 0.0125. The smallest: " + cells
    )
    assert broken[0][1] == (shipped("one_period"), planted, 5, 4, Reach.EDGE)


def test_where_nothing_had_to_move_the_scenario_itself_is_told(broken):
    broken[1][0] = 0
    with pytest.raises(AssertionError, match=r"The smallest: the scenario itself$"):
        Trial("mine.toml", "deep", planted, (planted,)).holds()


def test_laws_are_tried_once_on_the_scenario_of_that_name(monkeypatch):
    asked = []
    monkeypatch.setattr(plugin, "load", lambda name: asked.append(name) or shipped("one_period"))
    monkeypatch.setattr(plugin, "check", lambda *args: asked.append(args) or bare(Checked))
    plugin._checked.cache_clear()
    assert plugin._checked("mine", "deep", (planted,)) is plugin._checked("mine", "deep", (planted,))
    assert asked == ["mine", (shipped("one_period"), (planted,), "deep")]
    plugin._checked.cache_clear()
