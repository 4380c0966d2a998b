"""Figures of carbon embodied in silicon: `configs/energy/embodied.toml`."""

import functools
from typing import Any

from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml

SHOWN = "energy/embodied.toml"


@functools.cache
def embodied() -> dict[str, Any]:
    """The shipped file as it stands."""
    return read_toml(configs_dir() / "energy" / "embodied.toml", SHOWN)
