"""What a chip of a published build costs by the hour and by useful work, all in; and prices of systems by vintage on a day."""

import datetime
import functools

import equinox as eqx
import jax.numpy as jnp

from capexmodel.config.builds import EPOCH, Told, builds, given, tables
from capexmodel.finance.annuity import Money
from capexmodel.finance.chip_hour import Use, chip_usd_per_s, work_usd_per_eflop
from capexmodel.finance.vintage import Vintage
from capexmodel.units import scale

HOUR_S, YEAR_S = float(scale("hour")), float(scale("year"))


def use(it_life_s: float | None = None) -> tuple[Use, Money]:
    """How what was built is used and paid back, by the shipped figures; another life of systems if wanted."""
    told = {name: given(tables()["ownership"], name).value for name in tables()["ownership"]}
    numbers = (
        it_life_s or told["it_years"], told["facility_years"], told["energy_usd_per_kwh"], told["load_share"], told["average_ratio"],
        told["other_running_busd_per_year"] / float(scale("gw")), told["busy_share"],
    )  # fmt: skip
    return Use(*map(jnp.asarray, numbers)), Money(jnp.asarray(told["interest_share"]), jnp.asarray(YEAR_S))


def chip_hour_usd(told: Told, it_life_s: float | None = None) -> float:
    """What a chip of a build costs by the hour, whether it works or not."""
    return float(_chip_usd_per_s(told.build, *use(it_life_s))) * HOUR_S


_chip_usd_per_s = eqx.filter_jit(chip_usd_per_s)


def work_usd(told: Told, peak_eflops: float, it_life_s: float | None = None) -> float:
    """What an EFLOP of useful work costs on a chip of a build, at the shipped utilization of its dense peak."""
    reached = given(tables()["ownership"], "utilization").value
    used, money = use(it_life_s)
    return float(work_usd_per_eflop(told.build, used, money, jnp.asarray(peak_eflops), jnp.asarray(reached)))


@functools.cache
def vintages() -> tuple[Vintage, dict[str, tuple[float, float]]]:
    """The systems of the shipped builds as vintages, and by how much each price may be lower and higher."""
    told = builds()
    own = {name: given(tables()["vintage"], name).value for name in tables()["vintage"]}
    count = len(told)

    def each(value: float) -> jnp.ndarray:
        return jnp.full(count, value)

    price, days, decline = (
        jnp.stack([getattr(one.build, field) for one in told.values()]) for field in ("system_usd", "system_at_s", "decline_per_s")
    )
    made = Vintage(
        tuple(told), price, days, decline, each(own["memory_share"]), each(own["early_share"]), days, each(own["early_months"]),
        each(own["volume_exponent"]),
    )  # fmt: skip
    ends = {}
    for name, one in told.items():
        figure = one.figures["system_usd"]
        ends[name] = ((figure.low or figure.value) / figure.value, (figure.high or figure.value) / figure.value)
    return made, ends


def prices_usd(
    day: datetime.date, memory_ratio: float = 1.0, lots_ratio: float = 1.0, early: bool = False
) -> dict[str, tuple[float, float, float]]:
    """Low, middle and high price of each vintage's system on a day, for a buyer of some lots, early or not, at a price of memory over
    that of the day on which the system's was told."""
    made, ends = vintages()
    made = made if early else eqx.tree_at(lambda v: v.early_share, made, jnp.zeros_like(made.early_share))
    at_s = jnp.full(len(made.names), (day - EPOCH).days * float(scale("day")))
    found = made.system_usd(at_s, jnp.full(len(made.names), memory_ratio), jnp.full(len(made.names), lots_ratio))
    return {name: (float(usd) * ends[name][0], float(usd), float(usd) * ends[name][1]) for name, usd in zip(made.names, found, strict=True)}
