"""Random scenarios, each known by its index alone: every figure with a range is drawn from it, its ends being the 5th and 95th percentile.

Any row can be worked out by itself. Up to a dozen independent figures follow an additive recurrence, spread more evenly than random points;
more are drawn by a counter from the seed and the index, for in many dimensions some pairs of a recurrence would move together. Figures are
positive and skewed, shares, or plain, by what they are declared to be: the logarithm, the log-odds or the value itself follows two halves
of a normal distribution that meet at the median. Stages of a series move as one, and prices of chips together by a Gaussian copula.

Whether a site is late by an event of its own is drawn besides, independently by site and by a counter: its slip is then longer.

Source: Niederreiter, Random Number Generation and Quasi-Monte Carlo Methods (1992), section 3 (multiples of irrational numbers); Roberts,
The unreasonable effectiveness of quasirandom sequences (2018) (which numbers); Salmon et al., Parallel random numbers: as easy as 1, 2, 3
(2011) (numbers by a counter); Nelsen, An Introduction to Copulas (2006), section 2.3.
"""

import dataclasses
import hashlib
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri
from jaxtyping import Array, Bool, Float, Int

from capexmodel.errors import ModelError
from capexmodel.model.evidence import Figure
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.model.scenario import Scenario
from capexmodel.param import Param, params

TAIL_SCORE = 1.6448536269514722
"""Standard deviations from the median to the 5th and 95th percentile of a normal distribution."""
PLAIN, LOGARITHM, ODDS = range(3)
INSIDE = 1e-9
"""Share of the way to a declared bound at which a drawn number stops."""
MOST_EVEN = 12
"""Independent scores up to which points follow a recurrence."""
MANY = 4096
"""Points from which twins follow a recurrence: of Ishigami's function fewer gave errors twice as large as told."""
HALF = 1 << 32
"""What an index is divided by for the two words of a counter."""
TOGETHER = 0.5
"""Correlation of prices of chips. Source: Epoch AI, The rising costs of training frontier AI models (2024), appendix on uncertainty."""
TOGETHER_FIELD = ("accelerator", "price_usd")
"""Table and figure of what moves together."""
CHANCE = "late_probability"
"""Figure of a site that is no figure to draw, but the chance of an event."""
APART = 1 << 31
"""What the counter of events begins with, so that it shares no number with that of figures."""
ROUNDS = 100
"""Rounds of the fixed point that finds the root: it contracts at every one."""


@dataclasses.dataclass(frozen=True)
class Event:
    """A site that may be late: places of its slip and of its delay among the figures drawn (None: not drawn), the chance of it, and the
    delay as it stands."""

    site: str
    slip: int
    delay: int | None
    probability: float
    late_s: float


class Draws(eqx.Module):
    """Figures that are drawn, and how: median and half-widths on the scale on which they are normal, bounds, and what moves together; and
    the events that make sites late."""

    leaves: tuple[Leaf, ...] = eqx.field(static=True)
    size: int = eqx.field(static=True)
    seed: int = eqx.field(static=True)
    kind: tuple[int, ...] = eqx.field(static=True)
    median: Float[Array, "leaf"]
    down: Float[Array, "leaf"]
    up: Float[Array, "leaf"]
    lower: Float[Array, "leaf"]
    upper: Float[Array, "leaf"]
    mixing: Float[Array, "leaf group"]
    steps: Float[Array, "group"]
    shift: Float[Array, "group"]
    events: tuple[Event, ...] = eqx.field(static=True, default=())

    @property
    def values(self) -> np.ndarray:
        """No values of their own: each is drawn."""
        return np.zeros(0)

    def places(self, index: Int[Array, "row"]) -> Int[Array, "row none"]:
        """Nothing is summed up by value."""
        return jnp.zeros((index.size, 0), int)

    def shares(self, index: Int[Array, "row"]) -> Float[Array, "row group"]:
        """Shares of each scenario, evenly between nothing and one, independent of each other: what its figures are made of."""
        return (
            _even(index, self.steps, self.shift)
            if self.steps.size <= MOST_EVEN
            else _counted(jax.random.key(self.seed), index, self.steps.size)
        )

    def twins(self, index: Int[Array, "row"]) -> tuple[Float[Array, "row group"], Float[Array, "row group"]]:
        """Two sets of shares for each index, as points of twice as many dimensions: independent of each other, and so by a counter unless
        there are many points, for of few of a recurrence some pairs move together."""
        count = self.steps.size
        steps, shift = map(jnp.asarray, _sequence(2 * count, self.seed))
        even = 2 * count <= MOST_EVEN and self.size >= MANY
        whole = _even(index, steps, shift) if even else _counted(jax.random.key(self.seed), index, 2 * count)
        return whole[:, :count], whole[:, count:]

    def scores(self, index: Int[Array, "row"]) -> Float[Array, "row leaf"]:
        """Normal scores of each scenario's figures, correlated as they move together."""
        return self.scored(self.shares(index))

    def scored(self, share: Float[Array, "row group"]) -> Float[Array, "row leaf"]:
        """Normal scores of figures from shares."""
        return ndtri(jnp.clip(share, INSIDE, 1.0 - INSIDE)) @ self.mixing.T

    def rows(self, index: Int[Array, "row"]) -> Float[Array, "row leaf"]:
        """The figures of each scenario; the slip of a site is longer where it is late."""
        found, late = self.numbers(self.shares(index)), self.late(index)
        for place, event in enumerate(self.events):
            delay_s = event.late_s if event.delay is None else found[:, event.delay]
            found = found.at[:, event.slip].add(jnp.where(late[:, place], delay_s, 0.0))
        return found

    def late(self, index: Int[Array, "row"]) -> Bool[Array, "row event"]:
        """Which sites are late in each scenario."""
        share = _counted(jax.random.fold_in(jax.random.key(self.seed), APART), index, len(self.events))
        return share < jnp.asarray([event.probability for event in self.events], float)[None]

    def numbers(self, share: Float[Array, "row group"]) -> Float[Array, "row leaf"]:
        """Figures from shares, events left out."""
        score = self.scored(share)
        scaled = self.median[None] + score * jnp.where(score < 0, self.down[None], self.up[None])
        kinds = jnp.asarray(self.kind)[None]
        odds = 1.0 / (1.0 + jnp.exp(-scaled))
        found = jnp.where(kinds == LOGARITHM, jnp.exp(jnp.where(kinds == LOGARITHM, scaled, 0.0)), jnp.where(kinds == ODDS, odds, scaled))
        return jnp.clip(found, self.lower[None], self.upper[None])

    def series(self) -> tuple[tuple[int, ...], ...]:
        """Which figures move as one: each by itself, the stages of a series together. In order of their first."""
        return _alike([row.tobytes() for row in np.round(np.asarray(self.mixing), 9) + 0.0])

    def apart(self) -> tuple[tuple[int, ...], ...]:
        """Which shares belong together because some figure hangs on several of them; groups are independent of each other."""
        owner = list(range(self.steps.size))
        for row in np.asarray(self.mixing):
            held = {owner[place] for place in np.flatnonzero(row)}
            owner = [min(held) if one in held else one for one in owner]
        return _alike(owner)

    def recipe(self) -> dict[str, object]:
        """What it takes to make any row again."""
        arrays = (self.median, self.down, self.up, self.lower, self.upper, self.mixing, self.steps, self.shift)
        digest = hashlib.sha256(b"".join(np.asarray(array).tobytes() for array in arrays)).hexdigest()
        events = [dataclasses.asdict(event) for event in self.events]
        return {"drawn": [leaf.path for leaf in self.leaves], "seed": self.seed, "how": digest, "events": events}


def _alike(keys: list[Any]) -> tuple[tuple[int, ...], ...]:
    """Places that have the same key, in order of the first of each."""
    found: dict[Any, list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, []).append(place)
    return tuple(map(tuple, found.values()))


def _even(index: Int[Array, "row"], steps: Float[Array, "group"], shift: Float[Array, "group"]) -> Float[Array, "row group"]:
    """Shares by the additive recurrence."""
    return jnp.mod(index[:, None].astype(float) * steps[None] + shift[None], 1.0)


def _counted(key: Array, index: Int[Array, "row"], count: int) -> Float[Array, "row group"]:
    """Shares by a counter, from a key and both halves of the index."""
    high, low = jnp.divmod(index, HALF)

    def one(high: Array, low: Array) -> Array:
        own = jax.random.fold_in(jax.random.fold_in(key, high.astype(jnp.uint32)), low.astype(jnp.uint32))
        return jax.random.uniform(own, (count,), float)

    return jax.vmap(one)(high, low)


def draws(scenario: Scenario, size: int, seed: int = 0, paths: tuple[str, ...] | None = None, *, late: bool | None = None) -> Draws:
    """Draw every figure of a scenario that has a range, or those of some paths. `late` says whether sites may be late by an event of their
    own: if nothing is said, where all figures are drawn.

    Leaves out figures whose range is a point, and ranges of chances: a chance that is not known well is a chance all the same.
    Raises: ModelError where there is nothing to draw, or a figure asked for has no range.
    """
    events = _tardy(scenario) if late or (late is None and paths is None) else []
    known = {leaf.path: leaf for leaf in leaves(scenario)}
    figures = {path: figure for path, figure in scenario.evidence.figures.items() if path in known and _ranged(figure)}
    ranged = {path: figure for path, figure in figures.items() if known[path].field != CHANCE}
    for path in paths or ():
        if path not in ranged:
            raise ModelError(f"{path} has no range to draw from")
    drawn = {path for path in ranged if paths is None or path in paths}
    kept = [known[path] for path in sorted(drawn | {f"site.{site}.slip_s" for site in events})]
    if not kept:
        raise ModelError(
            f"no figure of {scenario.name} has a range to draw from"
            if paths is None
            else f"nothing to draw: no site of {scenario.name} may be late"
        )
    scales = [_scale(scenario, leaf, ranged[leaf.path] if leaf.path in drawn else None) for leaf in kept]
    kind, *numbers = zip(*scales, strict=True)
    mixing = _mixing(scenario, kept)
    steps, shift = _sequence(mixing.shape[1], seed)
    arrays = [jnp.asarray(np.array(part, float)) for part in (*numbers, mixing, steps, shift)]
    return Draws(tuple(kept), size, seed, tuple(kind), *arrays, events=tuple(_event(scenario, site, kept) for site in events))


def _tardy(scenario: Scenario) -> list[str]:
    """Sites that may be late by an event of their own."""
    chance, delay_s = np.asarray(scenario.site.late_probability), np.asarray(scenario.site.late_s)
    return [name for name, likely, long_s in zip(scenario.site.names, chance, delay_s, strict=True) if likely > 0 and long_s > 0]


def _event(scenario: Scenario, site: str, kept: list[Leaf]) -> Event:
    """The event of a site, and where its figures stand."""
    paths, at = [leaf.path for leaf in kept], scenario.site.names.index(site)
    slip, delay = (f"site.{site}.{field}" for field in ("slip_s", "late_s"))
    drawn = paths.index(delay) if delay in paths else None
    return Event(site, paths.index(slip), drawn, float(scenario.site.late_probability[at]), float(scenario.site.late_s[at]))


def _ranged(figure: Figure) -> bool:
    return figure.low is not None and figure.high is not None and figure.low != figure.high


def _scale(scenario: Scenario, leaf: Leaf, figure: Figure | None) -> tuple[int, float, float, float, float, float]:
    """On which scale a figure is normal, its median and half-widths there, and its bounds; without a figure it stands still."""
    if figure is None:
        return PLAIN, float(leaf.read(scenario)), 0.0, 0.0, -np.inf, np.inf
    declared: Param = params(getattr(scenario, leaf.table))[leaf.field]
    ends = np.array([figure.low, float(leaf.read(scenario)), figure.high], float)
    low_bound = max((b for b in (declared.gt, declared.ge) if b is not None), default=-np.inf)
    high_bound = min((b for b in (declared.lt, declared.le) if b is not None), default=np.inf)
    kind, scaled = PLAIN, ends
    if low_bound == 0 and high_bound == 1 and (ends > 0).all() and (ends < 1).all():
        kind, scaled = ODDS, np.log(ends / (1.0 - ends))
    elif low_bound >= 0 and (ends > 0).all() and not declared.dates:
        kind, scaled = LOGARITHM, np.log(ends)
    width, room = np.maximum(np.diff(scaled), 0.0) / TAIL_SCORE, INSIDE * (ends[2] - ends[0])
    return kind, float(scaled[1]), float(width[0]), float(width[1]), low_bound + room, high_bound - room


def _mixing(scenario: Scenario, kept: list[Leaf]) -> np.ndarray:
    """Scores of figures from independent ones: a series has one for all its stages, and prices of chips share a part."""
    series = [params(getattr(scenario, leaf.table))[leaf.field].at is not None for leaf in kept]
    groups = [(leaf.table, leaf.field, leaf.index[:1] if whole else leaf.index) for leaf, whole in zip(kept, series, strict=True)]
    names = list(dict.fromkeys(groups))
    together = np.array([name[:2] == TOGETHER_FIELD for name in names])
    correlation = np.where(together[:, None] & together[None], TOGETHER, 0.0)
    np.fill_diagonal(correlation, 1.0)
    return np.linalg.cholesky(correlation)[[names.index(group) for group in groups]]


def _sequence(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Irrational steps for so many scores, and a random shift. Source: powers of the root of x^(d+1) = x + 1."""
    root = 2.0
    for _ in range(ROUNDS):
        root = (1.0 + root) ** (1.0 / (count + 1.0))
    return root ** -np.arange(1.0, count + 1.0) % 1.0, np.random.default_rng(seed).random(count)
