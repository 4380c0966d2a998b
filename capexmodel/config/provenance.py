"""Where figures come from: the list of sources, and the rule that a scenario may not know what was published after its as-of date."""

import datetime
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capexmodel.config.entries import is_name
from capexmodel.config.faults import Faults, key, nearest, plain
from capexmodel.config.read import read_toml

USER = "user"
SOURCE_KEYS = ("title", "publisher", "date", "reference")
Sources = dict[str, dict[str, str]]


def shipped_sources(configs: Path) -> Sources:
    """Read the shipped list of sources; again only when its file has changed.

    Raises: ConfigError where the list is faulty.
    """
    path = configs / "sources.toml"
    known = _listed(path, path.stat().st_mtime_ns)
    return {name: dict(source) for name, source in known.items()} | {USER: {"title": "given by the user"}}


@functools.lru_cache(maxsize=4)
def _listed(path: Path, _: int) -> Sources:
    """Read a list of sources as it was at a time."""
    faults = Faults()
    found = read_sources(read_toml(path, path.name).get("sources", {}), path.name, faults)
    faults.stop()
    return found


def read_sources(tree: Any, file: str, faults: Faults) -> Sources:
    """Check a table of sources: each has a title, a publisher, the date it was published and a reference."""
    found: Sources = {}
    if not isinstance(tree, dict):
        faults.add(file, "sources", "is not a table", plain(tree), "[sources.ID]")
        return found
    for name, body in tree.items():
        path = ("sources", name)
        if not is_name(name) or name == USER:
            faults.add(file, key(*path), "is no name for a source", plain(name), "letters, digits and _ + -, at most 64, and not 'user'")
        elif not isinstance(body, dict):
            faults.add(file, key(*path), "is not a table", plain(body), f"[sources.{name}]")
        else:
            found[name] = _source(body, file, path, faults)
    return found


def _source(body: dict[str, Any], file: str, path: tuple[str, ...], faults: Faults) -> dict[str, str]:
    """Check one source."""
    for word, value in body.items():
        if word not in SOURCE_KEYS:
            faults.add(file, key(*path, word), "is not a known key", plain(word), None, nearest(word, SOURCE_KEYS))
        elif word == "date" and (not isinstance(value, datetime.date) or isinstance(value, datetime.datetime)):
            faults.add(file, key(*path, word), "is not a date", plain(value), "the day it was published, as 2026-01-28")
        elif word != "date" and not readable(value):
            faults.add(file, key(*path, word), "is not a line of text", plain(value), "text without control characters")
    for word in ("title", "publisher", "date"):
        if word not in body:
            faults.add(file, key(*path, word), "is missing", None, "every source has a title, a publisher and a date")
    return {word: str(body[word]) for word in SOURCE_KEYS if isinstance(body.get(word), datetime.date if word == "date" else str)}


def add_own_sources(shipped: Sources, own: Sources, file: str, faults: Faults) -> Sources:
    """Join the sources a scenario file brings along. One that is already known must have the same date."""
    for name, source in own.items():
        known = shipped.get(name, {}).get("date")
        if known is not None and known != source.get("date"):
            faults.add(
                file, key("sources", name, "date"), "is a known source of another date", source.get("date"), f"{known}, or another name"
            )
    return shipped | {name: source for name, source in own.items() if name not in shipped}


def readable(text: object, longest: int = 2000) -> bool:
    """Say whether a value is text that can be shown as it is: no control characters, not too long."""
    return isinstance(text, str) and len(text) <= longest and all(c.isprintable() or c == "\n" for c in text)


def check_dates(
    cited: list[tuple[str, str, str]], sources: Mapping[str, Mapping[str, str]], as_of: datetime.date, hindsight: bool, faults: Faults
) -> tuple[str, ...]:
    """Refuse figures (file, key, source) from sources published after the as-of date, unless hindsight is wanted: then name them."""
    late: dict[str, None] = {}
    for file, path, source in cited:
        published = sources.get(source, {}).get("date")
        if published is None or datetime.date.fromisoformat(published) <= as_of:
            continue
        late[source] = None
        if not hindsight:
            faults.add(
                file,
                path,
                f"rests on source '{source}', published after the as-of date",
                published,
                f"at most {as_of}, or hindsight = true",
            )
    return tuple(late)
