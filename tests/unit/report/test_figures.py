"""Figures: whole files, the same every time, with names that cannot be read as formulas or markup."""

import dataclasses
import struct
import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import pytest

from capexmodel.errors import ModelError
from capexmodel.planning.plan import Plan
from capexmodel.report.figures import drawings, drawn, figures

NAMES = {"spend", "power", "work"}


@pytest.fixture(scope="module")
def files(small, outcome):
    """The contents of the files."""
    return drawings(small, outcome)


def test_every_figure_is_a_whole_svg_and_png(files):
    assert set(files) == {f"{name}.{kind}" for name in NAMES for kind in ("svg", "png")}
    for name, content in files.items():
        if name.endswith("svg"):
            assert ElementTree.fromstring(content).tag.endswith("}svg")
        else:
            width, height = struct.unpack(">II", content[16:24])
            assert content[:8] == b"\x89PNG\r\n\x1a\n"
            assert content.endswith(b"IEND\xaeB`\x82")
            assert min(width, height) > 600


def test_files_never_vary_whatever_the_process_is_set_to(files, small, outcome):
    with mpl.rc_context({"font.size": 30, "text.parse_math": True}):
        assert drawings(small, outcome) == files
        assert mpl.rcParams["font.size"] == 30
    assert b"<dc:date>" not in files["work.svg"]


def test_names_are_text_and_nothing_else(small, outcome):
    odd = dataclasses.replace(small, name=r"a$\frac{<b>&$_x", site=dataclasses.replace(small.site, names=("$e$<i>", "west")))
    for content in drawings(odd, outcome).values():
        assert content


def test_spending_is_drawn_dollar_for_dollar(small, outcome):
    capex = drawn(small, outcome)["spend"].axes[0]
    edges = [patch.get_data() for patch in capex.patches]
    area = sum(((data.values - data.baseline) * (data.edges[1:] - data.edges[:-1])).sum() for data in edges) / (365.25 / 4)
    assert area == pytest.approx(float(outcome.money.capex_usd.sum()) / 1e9, rel=1e-6)


def test_power_axes_say_which_site(small, outcome):
    axes = drawn(small, outcome)["power"].axes
    assert [ax.get_title(loc="left") for ax in axes] == ["all sites", "east", "west"]
    assert all(ax.get_ylim()[1] > 0 for ax in axes)


def test_work_ends_at_the_demand(small, outcome):
    (ax,) = drawn(small, outcome)["work"].axes
    tops = [max(line.get_ydata()) for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 10]
    assert tops[0] == pytest.approx(4e25)
    said = [text.get_text() for text in ax.texts]
    assert "second: not reached within the horizon" in said
    assert any(text.startswith("first is out on 2026-") for text in said)


def test_a_plan_that_was_not_found_cannot_be_drawn(plan):
    with pytest.raises(ModelError, match="nothing to draw"):
        figures(Plan(plan.problem, "INFEASIBLE_EXPLAINED", None, None, None, None))
