"""What must hold between halls, racks and sites: an overhead is no less than one, and every rack on offer has a hall that takes it."""

import math
from collections.abc import Iterator

from capexmodel.config.entries import Slot
from capexmodel.config.values import Scene
from capexmodel.units import show


def check_halls(scene: Scene) -> None:
    """Check halls of their own overhead, and the racks of chips that are on offer or in place."""
    for member in scene.members["hall"]:
        for field in ("peak_pue", "average_pue"):
            slot = Slot("hall", member, field)
            given = scene.values.figure(slot)
            if given and 0.0 < given.value < 1.0:
                entry = scene.written[slot]
                scene.reader.faults.add(
                    entry.file, entry.path, "is out of bounds", f"{given.value:g}", "at least 1, or 0: that of the site"
                )
    for member in scene.members["accelerator"]:
        _check_offered(scene, member)
        _check_placed(scene, member)


def _check_offered(scene: Scene, member: str) -> None:
    """A chip on offer fits some hall that stands, is promised, or can be built."""
    rack_w, homes = _rack_w(scene, member), dict(_homes(scene))
    offered = any(given.value > 0 for given in scene.values.givens(Slot("accelerator", member, "share")))
    if not offered or rack_w is None or not homes or rack_w <= max(homes.values()):
        return
    widest = max(homes, key=lambda home: homes[home])
    entry = scene.written[Slot("accelerator", member, "it_power_w")]
    scene.reader.faults.add(
        entry.file, f"accelerator.{member}", "is on offer in racks that no hall and no site takes", show(rack_w, "rack_w"),
        f"at most {show(homes[widest], 'rack_w')} a rack as in {widest}, or a kind of hall that takes more",
    )  # fmt: skip


def _check_placed(scene: Scene, member: str) -> None:
    """Chips in place stand in halls that take their racks: those of their site."""
    rack_w = _rack_w(scene, member)
    for site in scene.members["site"]:
        slot = Slot("site", site, "fleet_count", member)
        count, most = scene.values.figure(slot), scene.values.figure(Slot("site", site, "rack_w"))
        if rack_w and count and count.value > 0 and most and 0.0 < most.value < rack_w:
            entry = scene.written[slot]
            scene.reader.faults.add(
                entry.file, entry.path, "stands in racks that the halls there do not take", show(rack_w, "rack_w"),
                f"at most {show(most.value, 'rack_w')} a rack as in site.{site}.rack_w",
            )  # fmt: skip


def _rack_w(scene: Scene, member: str) -> float | None:
    """Power of a rack of a chip."""
    power, count = (scene.values.figure(Slot("accelerator", member, field)) for field in ("it_power_w", "rack_count"))
    return None if power is None else power.value * (count.value if count else 1.0)


def _homes(scene: Scene) -> Iterator[tuple[str, float]]:
    """Halls that stand, are promised or can be built: by the path of the figure, the most power of a rack."""
    starts = [scene.values.figure(Slot("site", site, "hall_starts_w_per_s")) for site in scene.members["site"]]
    kinds = scene.members["hall"] if any(given and given.value > 0 for given in starts) else ()
    sites = [s for s in scene.members["site"] if any(g.value > 0 for g in scene.values.givens(Slot("site", s, "hall_power_w")))]
    for table, members in (("hall", kinds), ("site", sites)):
        for member in members:
            most = scene.values.figure(Slot(table, member, "rack_w"))
            yield f"{table}.{member}.rack_w", most.value if most and most.value > 0 else math.inf
