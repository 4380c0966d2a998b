"""Where the shipped figures lie: beside the package in a source checkout, inside it in an installed wheel."""

from pathlib import Path

from capexmodel.errors import ConfigError


def configs_dir() -> Path:
    """Find the folder of shipped figures (sources, catalog, scenarios), wherever the package was installed from.

    A wheel carries it as `capexmodel/_configs`, which is asked first so that an installed package never reads a stranger's `configs`
    folder; a checkout, or an editable install of one, reads its own `configs` folder.

    Raises: ConfigError if neither place holds a `sources.toml`.
    """
    package = Path(__file__).resolve().parents[1]
    places = (package / "_configs", package.parent / "configs")
    for place in places:
        if (place / "sources.toml").is_file():
            return place
    raise ConfigError(f"the shipped figures are missing: no sources.toml in {places[0]} or {places[1]}; install capexmodel again")
