"""The shipped files of climates, cooling and heat as they stand, and a file that is not there."""

import pytest

from capexmodel.config import siting
from capexmodel.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "tables"),
    [("climate", {"climate"}), ("cooling", {"loop", "cooling", "reported"}), ("heat", {"network", "pump", "reported"})],
)
def test_a_file_is_read_whole(name, tables):
    assert set(siting.file(name)) == tables


def test_a_file_that_is_not_there_is_told_by_its_short_name():
    with pytest.raises(ConfigError, match=r"^energy/snow\.toml: there is no such file$"):
        siting.file("snow")


def test_what_is_shipped_is_within_its_bounds():
    assert {"lulea", "phoenix", "singapore"} <= set(siting.climates())
    assert siting.cooling().heat_share.shape == (3, 3)
    assert siting.heat_network("nordic").demand_w.shape == (12,)
    assert float(siting.heat_pump("large").pinch_celsius) == 4.0
