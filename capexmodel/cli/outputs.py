"""No command writes where it reads, nor one result over another."""

import argparse
import contextlib
import os
from pathlib import Path

from capexmodel.errors import ConfigError

READ = ("scenario", "one", "two", "allocation", "result", "rows", "calibration", "builds", "energy")
"""Options that may name a file that is read."""
DRAWN = (".svg", ".png")
"""What names of figures end in."""
IN_PARTS = ("sweep", "uncertainty")
"""Commands whose `--out` is a folder of parts, and of nothing else."""


def keep_apart(options: argparse.Namespace) -> None:
    """See to it that `--json` replaces nothing that is read, and nothing that is written beside it. Raises: ConfigError when it would."""
    path, figures, parts = (getattr(options, name, None) for name in ("json", "figures", "out"))
    if path is None:
        return
    for name in READ:
        given = getattr(options, name, None)
        if given is not None and _real(path) is not None and _real(path) == _real(given) and os.path.isfile(given):
            raise ConfigError(f"--json: {path} is what is read: name another file")
    if figures is not None and path.suffix.lower() in DRAWN and _real(path.parent) == _real(figures):
        raise ConfigError(f"--json: {path} is called as a figure that may be drawn there: name a file that ends in .json")
    if parts is not None and options.command in IN_PARTS and _within(path, parts):
        raise ConfigError(f"--json: {path} lies in {parts}, which holds the parts of the sweep: name a file elsewhere")


def _within(path: Path, folder: Path) -> bool:
    inner, outer = _real(path), _real(folder)
    return inner is not None and outer is not None and inner.is_relative_to(outer)


def _real(path: str | Path) -> Path | None:
    """Where a path leads, or None for what no file can be called."""
    with contextlib.suppress(OSError, ValueError):
        return Path(os.path.realpath(path))
    return None
