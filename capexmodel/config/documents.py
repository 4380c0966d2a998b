"""The files behind a scenario: the file itself, those it extends, and the catalog it takes members from."""

import dataclasses
from pathlib import Path
from typing import Any

from capexmodel.config.entries import MOST_MEMBERS, OVERRIDE, Entry, Layer, Slot, is_name, layer_of, read_member
from capexmodel.config.faults import Faults, called, key, nearest, plain
from capexmodel.config.locate import configs_dir
from capexmodel.config.provenance import Sources, add_own_sources, read_sources, shipped_sources
from capexmodel.config.read import read_toml
from capexmodel.config.schema import VARIED, VERSION, tables, variants
from capexmodel.errors import ConfigError
from capexmodel.units import parse

MOST_EXTENDED = 16


@dataclasses.dataclass
class Documents:
    """What all files together say, child over parent over catalog, before any value is read.

    `own` names the files that are not shipped; `replaced` holds, for what they say anew, what was said before.
    """

    file: str
    layer: Layer
    sources: Sources
    files: tuple[str, ...]
    configs: Path = Path()
    own: frozenset[str] = frozenset()
    replaced: dict[Slot, Entry] = dataclasses.field(default_factory=dict)

    def rank(self, entry: Entry) -> int:
        """How late an entry was said: a change after every file, a file after those it extends, and before all what is shipped."""
        if entry.file == OVERRIDE:
            return len(self.files)
        return self.files.index(entry.file) if entry.file in self.own else -1

    def blamed(self, first: Entry, *others: Entry) -> Entry:
        """Of entries that contradict each other the one that was said last, which made it so; the first where several were."""
        return max([first, *others], key=self.rank)


def shipped() -> tuple[str, ...]:
    """List the scenarios that come with the package, by name."""
    return tuple(sorted(path.stem for path in (configs_dir() / "scenarios").glob("*.toml")))


def find(name: str | Path) -> tuple[Path, str]:
    """Find a scenario file by the name of a shipped one or by path, and what to call it in an error.

    Raises: ConfigError if there is none of that name.
    """
    text = str(name)
    if isinstance(name, Path) or text.endswith(".toml"):
        return Path(name), called(name)
    if text in shipped():
        return configs_dir() / "scenarios" / f"{text}.toml", f"scenarios/{text}.toml"
    faults = Faults()
    faults.add(
        plain(text)[1:-1],
        "",
        "no scenario has this name",
        plain(text),
        f"{', '.join(shipped())} or a file that ends in .toml",
        nearest(text, shipped()),
    )
    raise ConfigError(*faults.lines)


def gather(name: str | Path, faults: Faults) -> Documents:
    """Read every file a scenario rests on.

    Raises: ConfigError for a file that cannot be read, a circle of `extends`, or an unknown name.
    """
    configs = configs_dir()
    sources, layers, files = shipped_sources(configs), [], ["sources.toml"]
    chain = _chain(name)
    for _, shown, tree in chain:
        _check_version(tree, shown, faults)
        sources = add_own_sources(sources, read_sources(tree.get("sources", {}), shown, faults), shown, faults)
        layers.append(layer_of(tree, shown, faults))
        files.append(shown)
    merged = _merge(layers, faults)
    base, used = _from_catalog(configs, merged, faults)
    own = frozenset(shown for path, shown, _ in chain if path.parent != configs / "scenarios")
    return Documents(layers[-1].file, _over(base, merged), sources, tuple(files + used), configs, own, _replaced([base, *layers]))


def _replaced(layers: list[Layer]) -> dict[Slot, Entry]:
    """What was said last before each entry that says it anew."""
    latest: dict[Slot, Entry] = {}
    found: dict[Slot, Entry] = {}
    for layer in layers:
        found |= {slot: latest[slot] for slot in layer.entries if slot in latest}
        latest |= layer.entries
    return found


def shipped_layers(configs: Path) -> list[tuple[Layer, Sources]]:
    """Everything the shipped files say, used or not, and the sources it cites: the catalog, then each scenario by itself."""
    faults, catalog = Faults(), Layer("catalog")
    sources = shipped_sources(configs)
    for table, members in _catalog(configs, faults).items():
        for member, (file, body) in members.items():
            _take(table, member, body, file, catalog, faults)
    found = [(catalog, sources)]
    for path in sorted((configs / "scenarios").glob("*.toml")):
        shown = f"scenarios/{path.name}"
        tree = read_toml(path, shown)
        found.append((layer_of(tree, shown, faults), sources | read_sources(tree.get("sources", {}), shown, faults)))
    return found


def _chain(name: str | Path) -> list[tuple[Path, str, dict[str, Any]]]:
    """Read a file and those it extends: parents first."""
    path, shown = find(name)
    chain: list[tuple[Path, str, dict[str, Any]]] = []
    while True:
        for known, _, _ in chain:
            if known.resolve() == path.resolve():
                last, got = chain[-1][1], plain(chain[-1][2]["extends"])
                raise ConfigError(f"{last}: extends: goes in a circle, got {got}, which leads back to {last}")
        if len(chain) > MOST_EXTENDED:
            raise ConfigError(f"{shown}: extends: goes on too long, expected at most {MOST_EXTENDED} files")
        tree = read_toml(path, shown)
        chain.append((path, shown, tree))
        if "extends" not in tree:
            return chain[::-1]
        path, shown = _parent(tree["extends"], path, shown)


def _parent(extends: Any, path: Path, shown: str) -> tuple[Path, str]:
    """Find the file that another extends: a shipped name, or a path from that file's folder."""
    if not isinstance(extends, str) or not extends:
        raise ConfigError(
            f"{shown}: extends: is not a name, got {plain(extends)}, expected the name of a scenario or a path that ends in .toml"
        )
    if extends.endswith(".toml") and extends.isprintable():
        found = path.parent / extends
        if not _is_file(found):
            raise ConfigError(f"{shown}: extends: there is no such file, got {plain(extends)}, expected a path from the folder of {shown}")
        return found, called(found)
    if extends not in shipped():
        near = nearest(extends, shipped())
        hint = f"; did you mean '{near}'?" if near else ""
        expected = f"{', '.join(shipped())} or a path that ends in .toml"
        raise ConfigError(f"{shown}: extends: no scenario has this name, got {plain(extends)}, expected {expected}{hint}")
    return find(extends)


def _is_file(path: Path) -> bool:
    """Say whether a file is there; a name that cannot be one is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _check_version(tree: dict[str, Any], shown: str, faults: Faults) -> None:
    """Check that a file is written for this schema."""
    version = tree.get("schema_version")
    if "schema_version" not in tree:
        faults.add(shown, "schema_version", "is missing", None, str(VERSION))
    elif version != VERSION or isinstance(version, bool):
        faults.add(shown, "schema_version", "is not one this version of capexmodel reads", plain(version), str(VERSION))


def _merge(layers: list[Layer], faults: Faults) -> Layer:
    """Lay child over parent: entries and settings replaced key by key, members added in order, absent ones taken out."""
    merged = Layer(layers[-1].file)
    for layer in layers:
        merged.settings |= layer.settings
        for table, member in sorted(layer.absent):
            known = [*merged.members.get(table, []), *_used(merged, table)]
            if member not in known:
                faults.add(
                    layer.file, key(table, member, "absent"), "takes out what is not there", plain(member), None, nearest(member, known)
                )
            merged.entries = {slot: e for slot, e in merged.entries.items() if not _mentions(slot, table, member)}
            merged.members[table] = [name for name in merged.members.get(table, []) if name != member]
        for table, names in layer.members.items():
            known = merged.members.setdefault(table, [])
            known.extend(name for name in names if name not in known)
        back = {(table, name) for table in tables() for name in [*layer.members.get(table, []), *_used(layer, table)]}
        merged.absent = merged.absent - back | layer.absent
        merged.entries = _laid_over(merged.entries, layer.entries)
    return merged


def _used(layer: Layer, table: str) -> list[str]:
    """The members that a layer takes from the catalog."""
    entry = layer.settings.get(f"use.{table}")
    return [name for name in entry.raw if isinstance(name, str)] if entry and isinstance(entry.raw, list) else []


def _laid_over(under: dict[Slot, Entry], over: dict[Slot, Entry]) -> dict[Slot, Entry]:
    """Replace entries; a peak given as such replaces those by precision, and the other way round."""
    table, name = VARIED
    stem, unit = parse(name)
    by_precision = [f"{each}_{unit}" for each in variants(stem)]
    gone = {Slot(table, slot.member, each) for slot in over if (slot.table, slot.field) == VARIED for each in by_precision}
    gone |= {Slot(table, slot.member, name) for slot in over if slot.field in by_precision}
    return {slot: entry for slot, entry in under.items() if slot not in gone} | over


def _mentions(slot: Slot, table: str, member: str) -> bool:
    """Say whether an entry belongs to a member or is a cell for it."""
    field = tables()[slot.table].fields[slot.field]
    return (table, member) in ((slot.table, slot.member), (field.other, slot.cell))


def _over(base: Layer, merged: Layer) -> Layer:
    """Lay the scenario over what it takes from the catalog; members of the catalog come first."""
    members = {table: list(dict.fromkeys([*base.members.get(table, []), *merged.members.get(table, [])])) for table in tables()}
    return Layer(merged.file, _laid_over(base.entries, merged.entries), members, merged.absent, merged.settings)


def _from_catalog(configs: Path, merged: Layer, faults: Faults) -> tuple[Layer, list[str]]:
    """Take the members that [use] asks for out of the catalog."""
    asked = {path.removeprefix("use."): entry for path, entry in merged.settings.items() if path.startswith("use.")}
    base, used = Layer("catalog"), set()
    catalog = _catalog(configs, faults) if asked else {}
    for table, entry in asked.items():
        if table not in tables():
            faults.add(entry.file, entry.path, "is not a known table", plain(table), None, nearest(table, tables()))
            continue
        known = catalog.get(table, {})
        for member in _wanted(entry, tables()[table].axis is None, faults):
            if member not in known:
                expected = ", ".join(known) or "nothing: the catalog has no such table"
                faults.add(entry.file, entry.path, "is not in the catalog", plain(member), expected, nearest(member, known))
            elif (table, member) not in merged.absent:
                file, body = known[member]
                _take(table, member, body, file, base, faults)
                used.add(file)
    return base, sorted(used)


def _take(table: str, member: str, body: dict[str, Any], file: str, base: Layer, faults: Faults) -> None:
    """Place one entry of the catalog."""
    layer = Layer(file)
    single = tables()[table].axis is None
    read_member(tables()[table], "" if single else member, body, layer, (table, member), faults, strict=True)
    base.entries |= layer.entries
    if not single:
        base.members.setdefault(table, []).append(member)


def _wanted(entry: Entry, single: bool, faults: Faults) -> list[str]:
    """Read one line of [use]: a list of members, or one name for a table without members."""
    names = [entry.raw] if single else entry.raw
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        faults.add(
            entry.file, entry.path, "is not what can be used", plain(entry.raw), "one name in quotes" if single else "a list of names"
        )
        return []
    if len(names) > MOST_MEMBERS:
        faults.add(entry.file, entry.path, "has too many members", str(len(names)), f"at most {MOST_MEMBERS}")
        return []
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        faults.add(entry.file, entry.path, "names a member twice", plain(twice[0]), "each once")
    return list(dict.fromkeys(names))


def _catalog(configs: Path, faults: Faults) -> dict[str, dict[str, tuple[str, dict[str, Any]]]]:
    """Read every file of the catalog: table, member, and the file it stands in."""
    found: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {}
    for path in sorted((configs / "catalog").glob("*.toml")):
        shown = f"catalog/{path.name}"
        for table, members in read_toml(path, shown).items():
            if table not in tables() or not isinstance(members, dict):
                faults.add(shown, key(table), "is not a table of scenarios", plain(table), None, nearest(table, tables()))
                continue
            for member, body in members.items():
                if not is_name(member) or not isinstance(body, dict) or member in found.get(table, {}):
                    faults.add(shown, key(table, member), "is no new member", plain(member), f"a table [{table}.NAME], once in the catalog")
                else:
                    found.setdefault(table, {})[member] = (shown, body)
    return found
