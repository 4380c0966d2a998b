"""From what people write to a Scenario: read, merge, check, assemble."""

import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from capexmodel.config.assemble import build_table, figures
from capexmodel.config.calendar import read_calendar
from capexmodel.config.checks import check_provenance, check_scene, check_years, settle_training
from capexmodel.config.documents import Documents, gather
from capexmodel.config.doubts import find_doubts
from capexmodel.config.dump import config_hash
from capexmodel.config.entries import is_name
from capexmodel.config.faults import Faults, nearest, plain
from capexmodel.config.figures import Reader, read_date
from capexmodel.config.overrides import Override, change, read_overrides, settings_of
from capexmodel.config.provenance import readable
from capexmodel.config.schema import PRECISIONS, tables
from capexmodel.config.values import Scene
from capexmodel.errors import ConfigError
from capexmodel.model.calendar import Calendar
from capexmodel.model.evidence import Evidence
from capexmodel.model.scenario import Scenario


def load(name_or_path: str | Path, overrides: Sequence[str] = (), *, faults: Literal["first", "all"] = "first") -> Scenario:
    """Load a scenario: a shipped one by name, or a TOML file; `overrides` such as "envelope.high=125 B$" replace single figures.

    Nothing but the file, what it extends, the catalog and the list of sources is read; and, to tell what looks like a slip of a unit,
    the other shipped scenarios: `evidence.doubts` lists it, one line each. With faults="all" the error carries every fault.
    Raises: ConfigError, in one line: file, key, what is wrong, what was given and what was expected.
    """
    found = Faults()
    try:
        return _load(name_or_path, overrides, found)
    except ConfigError as error:
        lines = error.faults if faults == "all" else error.faults[:1]
        raise ConfigError(*lines) from None


def lint(name_or_path: str | Path) -> list[str]:
    """List everything that is wrong with a scenario file, one line each, at most twenty; empty when it can be used."""
    try:
        load(name_or_path, faults="all")
    except ConfigError as error:
        return error.faults
    return []


def _load(name_or_path: str | Path, overrides: Sequence[str], faults: Faults) -> Scenario:
    """Run the stages of loading; each stops if the next could not make sense of what it leaves."""
    documents = gather(name_or_path, faults)
    changes = read_overrides(overrides, faults)
    documents.layer.settings |= settings_of(changes, faults)
    as_of = _as_of(documents, faults)
    calendar = read_calendar(documents.layer.settings, as_of, documents.file, faults, documents.rank)
    scene = _scene(documents, as_of, calendar, changes, faults)
    hindsight = _flag(documents, "hindsight", faults)
    late = check_provenance(scene, as_of, hindsight)
    name, title = _names(documents, faults)
    doubts = find_doubts(scene)
    if calendar is not None:
        check_scene(scene, calendar)
    faults.hint((doubt.key, doubt.guess) for doubt in doubts)
    if calendar is None:
        faults.refuse()
    faults.stop()
    return _scenario(scene, calendar, name, title, late, tuple(doubt.line for doubt in doubts))


def _scene(documents: Documents, as_of: datetime.date, calendar: Calendar | None, changes: list[Override], faults: Faults) -> Scene:
    """Read every value and apply the overrides."""
    members = {table: tuple(documents.layer.members.get(table, [])) for table in tables()}
    scene = Scene(documents, Reader(as_of, documents.sources, faults), _precision(documents, faults), members)
    scene.read_entries()
    scene.choose_precision()
    change(scene, changes)
    settle_training(scene)
    if calendar is not None:
        check_years(scene, calendar)
    scene.check_complete()
    scene.check_names()
    return scene


def _scenario(scene: Scene, calendar: Calendar, name: str, title: str, late: tuple[str, ...], doubts: tuple[str, ...]) -> Scenario:
    """Assemble the arrays, then the evidence with the hash of it all."""
    there = [table for table in tables().values() if scene.holds(table)]
    built: dict[str, Any] = dict.fromkeys(tables()) | {t.name: build_table(t, scene.members, scene.values, calendar) for t in there}
    found = figures(scene.values, calendar)
    cited = {figure.source: scene.reader.sources[figure.source] for figure in found.values()}
    evidence = Evidence(MappingProxyType(found), MappingProxyType(cited), "", scene.documents.files, late, doubts)
    scenario = Scenario(name=name, title=title, evidence=evidence, calendar=calendar, **built)
    return dataclasses.replace(scenario, evidence=dataclasses.replace(evidence, config_hash=config_hash(scenario)))


def _as_of(documents: Documents, faults: Faults) -> datetime.date:
    """Read the as-of date, without which nothing else can be read."""
    entry = documents.layer.settings.get("as_of")
    if entry is None:
        faults.add(documents.file, "as_of", "is missing", None, "the date at which the plan is made, as 2026-02-02")
        faults.refuse()
    when = None if isinstance(entry.raw, datetime.datetime) else read_date(entry.raw)
    if when is None:
        faults.add(entry.file, "as_of", "is not a date", plain(entry.raw), "a date, as 2026-02-02")
        faults.refuse()
    return when.date()


def _precision(documents: Documents, faults: Faults) -> str | None:
    """Read the precision in which chips are compared."""
    entry = documents.layer.settings.get("precision")
    if entry is None:
        return None
    if entry.raw not in PRECISIONS:
        faults.add(
            entry.file, entry.path, "is not a known precision", plain(entry.raw), ", ".join(PRECISIONS), nearest(entry.raw, PRECISIONS)
        )
        return PRECISIONS[0]
    return entry.raw


def _flag(documents: Documents, word: str, faults: Faults) -> bool:
    """Read a top-level true or false; false when it is not there."""
    entry = documents.layer.settings.get(word)
    if entry is None:
        return False
    if not isinstance(entry.raw, bool):
        faults.add(entry.file, entry.path, "has the wrong type", plain(entry.raw), "true or false")
    return entry.raw is True


def _names(documents: Documents, faults: Faults) -> tuple[str, str]:
    """Read what the scenario is called."""
    name, title = (documents.layer.settings.get(word) for word in ("name", "title"))
    if name is None:
        faults.add(documents.file, "name", "is missing", None, "letters, digits and _ + -, at most 64")
        return "", ""
    if not is_name(name.raw):
        faults.add(name.file, "name", "is no name", plain(name.raw), "letters, digits and _ + -, at most 64")
        return "", ""
    if title is None:
        return name.raw, name.raw
    if not readable(title.raw, 200) or "\n" in title.raw:
        faults.add(title.file, "title", "is not a line of text", plain(title.raw), "at most 200 plain characters")
        return name.raw, ""
    return name.raw, title.raw
