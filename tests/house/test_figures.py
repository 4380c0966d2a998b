"""Law 3: every shipped figure has a source that exists, and a status."""

import csv
import tomllib
from collections.abc import Iterator

from tests.house.reading import ROOT, assert_clean

CONFIGS = ROOT / "configs"
STATUSES = {"reported", "derived", "estimated", "recalled", "scenario"}
# Choices of grid and taste, not figures about the world.
CHOICES = {"schema_version", "grid", "use", "preference"}


def unsourced(table: dict[str, object], known: set[str]) -> list[str]:
    """Figures without a known source or status, by the path of their key."""
    return [fault for key, value in table.items() if key not in CHOICES for fault in _unsourced(key, value, known)]


def _unsourced(path: str, value: object, known: set[str]) -> Iterator[str]:
    if isinstance(value, dict) and {"value", "low", "high"} & value.keys():
        if value.get("source") not in known:
            yield f"{path}: source {value.get('source')!r} is not in sources.toml"
        if value.get("status") not in STATUSES:
            yield f"{path}: status {value.get('status')!r}"
    elif isinstance(value, dict) and {"source", "status"} <= value.keys():  # one source for a whole record, as for a row of a table
        yield from _unsourced(path, {"value": 0, "source": value["source"], "status": value["status"]}, known)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _unsourced(f"{path}.{key}", inner, known)
    elif isinstance(value, list):
        for inner in value:
            yield from _unsourced(path, inner, known)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{path}: the bare number {value!r}"


def read(path: str) -> dict[str, dict[str, object]]:
    """Read a file of the shipped configs."""
    return tomllib.loads((CONFIGS / path).read_text(encoding="utf-8"))


def sources_of(table: dict[str, dict[str, object]]) -> set[str]:
    """Ids of the sources that a file declares."""
    return set(table.get("sources", {}))


def test_every_figure_has_a_source() -> None:
    known = sources_of(read("sources.toml"))
    found = []
    for file in sorted(CONFIGS.rglob("*.toml")):
        name = str(file.relative_to(CONFIGS))
        table = read(name)
        # A scenario that uses nothing of the catalog and cites nothing is an exercise: its round numbers claim nothing about the world.
        exercise = name.startswith("scenarios/") and "use" not in table and "extends" not in table
        if name != "sources.toml" and not exercise:
            found += [f"{name}: {fault}" for fault in unsourced(table, known | sources_of(table))]
    assert_clean(found)


def test_every_published_run_has_a_source() -> None:
    known = sources_of(read("sources.toml"))
    with (CONFIGS / "training" / "runs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 500
    assert {row["source"] for row in rows} <= known
    assert {row["status"] for row in rows} <= STATUSES


def test_every_source_says_what_it_is() -> None:
    listed = read("sources.toml")["sources"]
    assert len(listed) > 1
    for name, source in listed.items():
        assert isinstance(source, dict), name
        assert {"title", "publisher", "date"} <= source.keys(), name


def test_unsourced_figures_are_found() -> None:
    good = {"value": 1.0, "status": "reported", "source": "a"}
    assert unsourced({"schema_version": 1, "chip": {"x": {"price_usd": good}}}, {"a"}) == []
    assert len(unsourced({"chip": {"x": {"price_usd": good}}}, {"b"})) == 1
    assert len(unsourced({"chip": {"x": {"price_usd": good | {"status": "certain"}}}}, {"a"})) == 1
    assert len(unsourced({"chip": {"x": {"price_usd": {"value": 1.0}}}}, {"a"})) == 2
    assert unsourced({"model": {"x": {"layers": 3, "status": "reported", "source": "a"}}}, {"a"}) == []
    assert len(unsourced({"model": {"x": {"layers": 3, "status": "certain", "source": "b"}}}, {"a"})) == 2
    assert len(unsourced({"chip": {"x": {"price_usd": 3e4}}, "site": {"stages": [1, 2]}}, {"a"})) == 3
