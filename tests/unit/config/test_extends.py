"""A scenario that extends another: merged key by key, the child wins, members can be taken out."""

import numpy as np
import pytest

from capexmodel import config
from capexmodel.errors import ConfigError

HEAD = 'schema_version = 1\nname = "child"\nextends = "small"\n'


def test_a_child_without_changes_is_its_parent(write):
    child, parent = config.load(write(HEAD)), config.load("small")
    assert child.name == "child"
    assert child.title == parent.title
    assert child.evidence.figures == parent.evidence.figures
    assert child.evidence.files[:3] == ("sources.toml", "scenarios/small.toml", str(child.evidence.files[2]))
    assert child.evidence.config_hash != parent.evidence.config_hash  # another name


def test_the_child_wins_key_by_key_in_any_unit(write):
    text = HEAD + "[accelerator.OWN]\nprice_usd = 31000\n[envelope.FY2026]\nhigh_musd = 4500\n[grid]\ndecisions = 'half'\n"
    s = config.load(write(text))
    assert float(s.accelerator.price_usd[2]) == 31e3
    assert float(s.accelerator.it_power_w[2]) == 1e3
    np.testing.assert_array_equal(s.envelope.high_usd, [4.5e9, 5e9])
    assert len(s.calendar.decisions) == 4
    assert len(s.calendar.periods) == 11


def test_a_figure_is_replaced_whole_with_its_range_and_source(write):
    figure = config.load(write(HEAD + "[utilization]\nmfu = 0.5\n")).evidence.figures["utilization.mfu"]
    assert (figure.low, figure.high, figure.status, figure.source) == (None, None, "scenario", "user")


def test_a_member_can_be_added_and_taken_out_with_the_cells_that_name_it(write):
    tent = "[hall.tent]\nprice_musd_per_mw = 15\nbuild_months = 8\nbuild_spread = 0.2\n"
    text = HEAD + "[accelerator.NEW]\nabsent = true\n[job.second]\nabsent = true\n" + tent
    s = config.load(write(text))
    assert s.accelerator.names == ("OLD", "OWN")
    assert s.job.names == ("first",)
    assert s.hall.names == ("shell", "tent")
    np.testing.assert_array_equal(s.site.fleet_count[0], [50e3, 0.0])


def test_taking_out_a_member_that_others_need_names_who_needs_it(write):
    with pytest.raises(ConfigError, match=r"small\.toml: rental\.lease\.site: is not a member of \[site\], got \"leased\""):
        config.load(write(HEAD + "[site.leased]\nabsent = true\n"))


def test_a_grandchild_can_bring_a_member_back(write):
    write(HEAD + "[accelerator.NEW]\nabsent = true\n", "middle.toml")
    again = 'schema_version = 1\nextends = "middle.toml"\n[use]\naccelerator = ["OLD", "NEW"]\n'
    s = config.load(write(again))
    assert s.accelerator.names == ("OLD", "NEW", "OWN")
    assert float(s.accelerator.share[1, -1]) == 0.0


def test_a_path_is_taken_from_the_folder_of_the_file(write, tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    write(HEAD, "base.toml")
    path = write('schema_version = 1\nextends = "../base.toml"\n', "deep/leaf.toml")
    monkeypatch.chdir("/")
    assert config.load(path).name == "child"
    base = write(HEAD + "[site.north]\npeak_puee = 1.3\n", "base.toml")
    with pytest.raises(ConfigError) as error:
        config.load(path)
    named = str(error.value).partition(": site.north.peak_puee: is not a known key")[0]
    assert named == str(tmp_path / "deep" / ".." / "base.toml")
    assert base.samefile(named)


def test_a_peak_in_the_child_replaces_the_other_spelling_of_it(write):
    s = config.load(write(HEAD + "[accelerator.OWN]\npeak_bf16_pflops = 3\n[accelerator.OLD]\npeak_pflops = 4\n"))
    np.testing.assert_array_equal(s.accelerator.peak_eflops, [4e-3, 2.5e-3, 3e-3])


def test_precision_that_no_chip_heeds_is_refused(write):
    text = config.dump(config.load("small"))
    with pytest.raises(ConfigError, match="precision: has no effect"):
        config.load(write(text.replace("as_of", 'precision = "fp8"\nas_of', 1)))


def test_a_peak_missing_in_the_wanted_precision_is_named(changed):
    path = changed(("peak_eflops = 0.001", "peak_bf16_eflops = 0.001"), ('"bf16"', '"fp8"\nhindsight = true'))
    with pytest.raises(ConfigError, match=r"accelerator\.OWN\.peak_fp8_eflops: is missing"):
        config.load(path)


@pytest.mark.parametrize("names", [("a.toml",), ("a.toml", "b.toml"), ("a.toml", "b.toml", "c.toml")])
def test_circles_are_refused_naming_both_files(write, names):
    for name, parent in zip(names, (*names[1:], names[0]), strict=True):
        path = write(f'schema_version = 1\nextends = "{parent}"\n', name)
    path = path.parent / "a.toml"
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    text = str(caught.value)
    assert "goes in a circle" in text
    assert f'got "{names[0]}", which leads back to {path.parent / names[-1]}' in text
    assert text.startswith(f"{path.parent / names[-1]}: extends: ")
    assert "\n" not in text


def test_a_circle_is_told_with_the_ends_of_long_paths(write, tmp_path):
    folder = tmp_path / ("d" * 150) / ("e" * 150)
    folder.mkdir(parents=True)
    path = write('schema_version = 1\nextends = "a.toml"\n', folder / "a.toml")
    with pytest.raises(ConfigError) as error:
        config.load(path)
    shown = str(path)[-200:]
    assert str(error.value) == f'{shown}: extends: goes in a circle, got "a.toml", which leads back to {shown}'


def test_a_very_long_chain_is_refused(write):
    for number in range(20):
        path = write(f'schema_version = 1\nextends = "{number - 1}.toml"\n', f"{number}.toml")
    with pytest.raises(ConfigError, match="goes on too long"):
        config.load(path)
