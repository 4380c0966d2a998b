"""The chain from a company's capital expenditure to its fleet: what is uncertain of it, and what follows that facts speak of."""

import dataclasses
import datetime
import functools
from collections.abc import Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.config.facts import DATE, as_of, base, beliefs, spending
from capexmodel.config.figures import Given
from capexmodel.finance.vintage import Vintage
from capexmodel.model.past import Past
from capexmodel.param import param
from capexmodel.studies.belief import Beliefs, believed
from capexmodel.studies.calibration import AbstractChain

CHIPS = ("ampere", "hopper", "blackwell", "instinct")
REFERENCE = "hopper"
YEARS = ("2023", "2024", "2025")
PARTS = ("hopper_2024_count", "hopper_2025_count", "blackwell_2025_count", "instinct_2025_count")
"""Chips of one vintage at the end of a year that facts speak of."""
LATER = ("units_2025_count", "added_2025_w", "chip_2025_w", "first_vendor_2025_share")


class FleetChain(AbstractChain):
    """Fleets at the ends of years, from what is spent, and from figures that are certain; those that are not come with each draw."""

    quantities: tuple[str, ...] = eqx.field(static=True)
    years: tuple[str, ...] = eqx.field(static=True)
    past: Past
    ampere_share: Float[Array, "spell"] = param("share of the first vintage in what the first vendor is paid", ge=0, le=1)
    blackwell_share: Float[Array, "spell"] = param("share of its last vintage in what it is paid, before the last year", ge=0, le=1)
    ends_s: Float[Array, "year"] = param("ends of years", dates=True)

    def past_of(self, values: Mapping[str, Array]) -> Past:
        """What was spent, with uncertain figures put in."""
        prices = jnp.stack([values[f"{chip}.system_usd"] for chip in CHIPS])
        decline = jnp.full(len(CHIPS), values["decline_per_s"])
        vintage = eqx.tree_at(lambda each: (each.price_usd, each.decline_per_s), self.past.vintage, (prices, decline))
        found = {name: values[name] for name in ("server_share", "early_ai_share", "late_ai_share")}
        found |= {"mix_share": self._mix(values), "vintage": vintage, "port_usd": values["network_usd"], "install_s": values["install_s"]}
        found["it_power_w"] = self.past.it_power_w * values["power_ratio"]
        return dataclasses.replace(self.past, **found)

    def _mix(self, values: Mapping[str, Array]) -> Float[Array, "spell vintage"]:
        """Share of each vintage: of the first vendor's by year, less the second vendor's from its first deliveries on."""
        last, second = np.array(self._from(YEARS[-1])), np.array(self._from(YEARS[1]))
        newest = jnp.where(last, values["blackwell_share"], self.blackwell_share)
        other = jnp.where(second, values["second_vendor_share"], 0.0)
        parts = jnp.stack([self.ampere_share, 1.0 - self.ampere_share - newest, newest, jnp.zeros_like(newest)], axis=1)
        return parts * (1.0 - other)[:, None] + other[:, None] * jnp.eye(len(CHIPS))[-1][None]

    def _from(self, year: str) -> list[bool]:
        """Which spells lie in a year or later."""
        return [each >= year for each in self.years]

    def predict(self, values: Mapping[str, Array]) -> Float[Array, "quantity"]:
        """What facts speak of."""
        past = self.past_of(values)
        there = past.in_service_count(self.ends_s)
        equal, units = there @ past.peak_ratio, jnp.sum(there, axis=1)
        of = {chip: there[:, place] for place, chip in enumerate(CHIPS)}
        year = np.array(self._from(YEARS[-1]))
        paid = jnp.sum(jnp.where(year[:, None], past.paid_usd(), 0.0)[:, :-1]) * values["vendor_part_share"]
        found = {f"fleet_{year}_count": equal[place] for place, year in enumerate(YEARS)}
        found |= {name: of[name.split("_")[0]][YEARS.index(name.split("_")[1])] for name in PARTS}
        found["fleet_2023_count"] = (there[:, :-1] @ past.peak_ratio[:-1])[0]
        found["units_2025_count"] = units[-1]
        found["added_2025_w"] = (there[-1] - there[-2]) @ past.it_power_w
        found["chip_2025_w"] = there[-1] @ past.chip_w
        found["first_vendor_2025_share"] = paid / jnp.sum(jnp.where(year, past.spent_usd, 0.0))
        return jnp.stack([found[name] for name in self.quantities])


@functools.cache
def fleet_figures() -> dict[str, Given]:
    """Every figure of the chain, those of a chip under its name."""
    chips = {f"{chip}.{name}": figure for chip in CHIPS for name, figure in beliefs("chip", chip).items()}
    return beliefs("fleet") | chips


@functools.cache
def fleet_beliefs() -> Beliefs:
    """What is uncertain of the chain."""
    return believed(fleet_figures())


@functools.cache
def fleet_chain() -> FleetChain:
    """The chain at the figures as believed; the two vintages that came before the last year by what the market bought."""
    told, spent = {name: jnp.asarray(figure.value) for name, figure in fleet_figures().items()}, spending()
    years, count = tuple(quarter[:4] for quarter in spent), len(CHIPS)
    ampere = {"2022": told["first_ampere_share"], "2023": told["second_ampere_share"]}
    before = {"2024": told["early_blackwell_share"]}
    stacked = ("system_usd", "told_at_s", "peak_eflops", "it_power_w", "chip_w")
    of = {name: jnp.stack([told[f"{chip}.{name}"] for chip in CHIPS]) for name in stacked}
    none, once = jnp.zeros(count), jnp.ones(count)
    decline = jnp.full(count, told["decline_per_s"])
    vintage = Vintage(CHIPS, of["system_usd"], of["told_at_s"], decline, none, none, of["told_at_s"], once, none)
    peaks, plain = of["peak_eflops"], ("server_share", "early_ai_share", "late_ai_share", "install_spread", "life_spread")
    past = Past(
        vintage=vintage, spent_usd=jnp.asarray(list(spent.values())), spell_s=jnp.asarray(_edges(tuple(spent))),
        mix_share=jnp.zeros((len(spent), count)), port_usd=told["network_usd"], peak_ratio=peaks / peaks[CHIPS.index(REFERENCE)],
        it_power_w=of["it_power_w"], chip_w=of["chip_w"], install_s=told["install_s"], life_s=told["life_s"],
        **{name: told[name] for name in plain},
    )  # fmt: skip
    nothing = jnp.asarray(0.0)
    first, newest = (jnp.stack([table.get(year, nothing) for year in years]) for table in (ampere, before))
    ends = [base(datetime.date(int(year), 12, 31), DATE, as_of()) for year in YEARS]
    quantities = (*(f"fleet_{year}_count" for year in YEARS), *PARTS, *LATER)
    return FleetChain(quantities=quantities, years=years, past=past, ampere_share=first, blackwell_share=newest, ends_s=jnp.asarray(ends))


def _edges(quarters: tuple[str, ...]) -> list[float]:
    """First days of quarters, "2022Q1" and so on, and of the one after the last, as seconds from the as-of date."""
    places = [(int(quarter[:4]), int(quarter[-1]) - 1) for quarter in quarters]
    year, place = places[-1]
    places.append((year + place // 3, (place + 1) % 4))
    return [base(datetime.date(year, 3 * place + 1, 1), DATE, as_of()) for year, place in places]
