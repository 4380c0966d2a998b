"""The chain from a run in progress to the release of its model, by a scenario's own simulation, and what else a scenario's ranges predict.

Nothing is bought: what is ordered after the as-of date is not there before the run is over, and no dollar moves this date. The run has its
home campus and whatever can be reached of others, experiments have the rest that the core leaves.
"""

import datetime
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.config.facts import DATE, base, beliefs
from capexmodel.config.figures import Given
from capexmodel.config.lead_times import leads
from capexmodel.errors import ConfigError
from capexmodel.model import timing
from capexmodel.model.allocation import Allocation
from capexmodel.model.express import express
from capexmodel.model.leaves import Leaf, leaves, write
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from capexmodel.planning.choice import nothing
from capexmodel.studies.belief import Beliefs, believed
from capexmodel.studies.calibration import AbstractChain
from capexmodel.studies.draws import draws

JOB = "avocado"
RELEASE = "avocado_date_s"
SITE, SITE_DAY = "prometheus", datetime.date(2026, 5, 15)
WAYS = {"standing_shell_s": "standing_shell", "rapid_s": "rapid"}
"""Ways of building of which a fact tells how long a first large part took."""


class ReleaseChain(AbstractChain):
    """When a model is out, from figures of a scenario by their path."""

    quantities: tuple[str, ...] = eqx.field(static=True)
    leaves: tuple[Leaf, ...] = eqx.field(static=True)
    paths: tuple[str, ...] = eqx.field(static=True)
    job: int = eqx.field(static=True)
    scenario: Scenario
    allocation: Allocation

    def predict(self, values: Mapping[str, Array]) -> Float[Array, "quantity"]:
        """The date, no number where it is not reached."""
        written = write(self.scenario, self.leaves, jnp.stack([values[path] for path in self.paths]))
        training = simulate(written, self.allocation).training
        return jnp.where(training.reached[self.job], training.date_s[self.job], jnp.nan)[None]


def release_beliefs() -> Beliefs:
    """What is uncertain of the chain."""
    return believed(beliefs(JOB))


def release_chain(scenario: Scenario) -> ReleaseChain:
    """The chain in a scenario.

    Raises: ConfigError where the scenario knows more than it could, or holds no such model.
    """
    if scenario.evidence.hindsight:
        raise ConfigError(f"{scenario.name}: rests on sources published after its as-of date ({', '.join(scenario.evidence.hindsight)})")
    if JOB not in scenario.job.names:
        raise ConfigError(f"{scenario.name}: has no job '{JOB}', expected one: it has {', '.join(scenario.job.names)}")
    known = {leaf.path: leaf for leaf in leaves(scenario)}
    paths = release_beliefs().names
    missing = [path for path in paths if path not in known]
    if missing:
        raise ConfigError(f"{scenario.name}: has no figure '{missing[0]}', of which something is believed")
    job = scenario.job.names.index(JOB)
    shapes = jax.eval_shape(lambda: express(scenario, nothing(scenario).orders))
    none = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    run = jnp.zeros_like(none.run_share).at[job].set((scenario.job.reach[job] > 0)[:, None].astype(float))
    whole = eqx.tree_at(lambda chosen: (chosen.run_share, chosen.experiment_share), none, (run, jnp.ones_like(none.experiment_share)))
    return ReleaseChain((RELEASE,), tuple(known[path] for path in paths), paths, job, scenario, whole)


def site_w(scenario: Scenario, size: int, seed: int) -> Float[np.ndarray, "draw"]:
    """IT power that a campus can hold on a day, drawn from the ranges of its halls, its power, its overhead and its slip."""
    ranged = scenario.evidence.figures.items()
    paths = tuple(path for path, figure in ranged if path.startswith(f"site.{SITE}.") and figure.low != figure.high and _holds(path))
    drawn = draws(scenario, size, seed, paths)
    day = jnp.asarray([base(SITE_DAY, DATE, datetime.date.fromisoformat(scenario.calendar.as_of))])
    place = scenario.site.names.index(SITE)

    @jax.jit
    def one(row: Float[Array, "leaf"]) -> Array:
        site = write(scenario, drawn.leaves, row).site
        late = site.slip_s[:, None]
        halls = timing.level(day, site.hall_at_s + late, site.hall_power_w)[place, 0]
        power = timing.level(day, site.site_at_s + late + site.power_slip_s[:, None], site.site_power_w)[place, 0]
        return jnp.minimum(halls, power / site.peak_pue[place])

    return np.asarray(jax.vmap(one)(drawn.rows(jnp.arange(size))))


def _holds(path: str) -> bool:
    """Whether a figure of a campus says what it can hold."""
    return any(word in path for word in ("hall_power", "site_power", "slip", "peak_pue"))


def outlook(size: int, seed: int) -> dict[str, Float[np.ndarray, "draw"]]:
    """What nothing more was learned of, as it was believed: figures of their own, and how long ways of building take.

    A first large part of a site is there once the last of its channels is: the hard latest, for a site is late as a whole.
    """
    named: dict[str, Given] = dict(beliefs("outlook"))
    channels = {way: leads(way) for way in WAYS.values()}
    for way in channels.values():
        named |= way
    known = believed(named)
    normal = jax.random.normal(jax.random.key(seed), (size, len(known.names)))
    rows = dict(zip(known.names, np.asarray(jax.vmap(known.figures)(normal)).T, strict=True))
    return {name: rows[name] for name in beliefs("outlook")} | {
        quantity: np.max(np.stack([rows[channel] for channel in channels[way]]), axis=0) for quantity, way in WAYS.items()
    }
