"""What was published, to measure the model against: `configs/observations/targets.toml`."""

import dataclasses
import functools
from typing import Any

from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml


@dataclasses.dataclass(frozen=True)
class Target:
    """A published figure in a unit of its own, and how near it is to be met: by so much, by percent of it, or between its ends.

    `waits` says what a target still waits for that is not worked out yet; `build` names the build of a figure by gigawatt.
    """

    name: str
    what: str
    value: float
    unit: str
    status: str
    source: str
    low: float | None = None
    high: float | None = None
    tolerance: float | None = None
    tolerance_percent: float | None = None
    build: str = ""
    waits: str = ""

    def miss(self, ours: float) -> float:
        """How far a figure is off, over what it may be off: at most one where the target is met."""
        if self.low is not None and self.high is not None:
            middle, half = 0.5 * (self.low + self.high), 0.5 * (self.high - self.low)
            return abs(ours - middle) / half
        allowed = self.tolerance if self.tolerance_percent is None else 0.01 * self.tolerance_percent * abs(self.value)
        return abs(ours - self.value) / (allowed or 1.0)

    @property
    def allowed(self) -> str:
        """How near it is to be met, in words."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"{self.tolerance_percent:g} %" if self.tolerance_percent is not None else f"{self.tolerance or 1.0:g}"


@functools.cache
def targets() -> dict[str, Target]:
    """Every target, in the order of the file."""
    tree = read_toml(configs_dir() / "observations" / "targets.toml", "observations/targets.toml")
    return {name: _target(name, body) for name, body in tree["target"].items()}


def _target(name: str, body: dict[str, Any]) -> Target:
    numbers: dict[str, Any] = {key: float(body[key]) for key in ("value", "low", "high", "tolerance", "tolerance_percent") if key in body}
    words: dict[str, Any] = {key: str(body[key]) for key in ("what", "unit", "status", "source", "build", "waits") if key in body}
    return Target(name, **{"value": 0.0, "unit": ""} | numbers | words)
