"""Sites by the hour from plain numbers, for tests: what draws, where power comes from, and how it was run."""

from typing import Any

import jax.numpy as jnp

from capexmodel.energy.portfolio import Battery, Capacity, Draw, Operation, Sources


def sources(available_share: Any, having: Any, energy: Any, carbon: Any, clean: Any) -> Sources:
    """Sources by kind: what having a watt costs by time, what a joule costs and lets into the air, and how clean it is."""
    rows = [jnp.asarray(numbers, float) for numbers in (having, energy, carbon, clean, available_share)]
    return Sources(tuple(f"source {place}" for place in range(len(having))), *rows)


def battery(power: float, store: float, charge: float = 1.0, discharge: float = 1.0) -> Battery:
    """What having a watt and room for a joule costs by time, and what is left of what goes in and comes out."""
    return Battery(*(jnp.asarray(number) for number in (power, store, charge, discharge)))


def draw(load_w: Any, day_share: Any, hour_s: float = 3600.0, unmet: float = 1000.0, carbon: float = 0.0) -> Draw:
    """What a site draws, with the prices of what is not met and of carbon."""
    return Draw(jnp.asarray(load_w, float), jnp.asarray(day_share, float), *(jnp.asarray(number) for number in (hour_s, unmet, carbon)))


def capacity(source_w: Any, battery_w: float = 0.0, battery_j: float = 0.0) -> Capacity:
    """What is there."""
    return Capacity(jnp.asarray(source_w, float), jnp.asarray(battery_w), jnp.asarray(battery_j))


def operation(there: Capacity, source_w: Any, running: Any = 0.0, carbon: Any = 0.0, **hours: Any) -> Operation:
    """How a site was run, so far as it is said: power of each source, and charge, discharge and unmet power by hour."""
    flows = jnp.asarray(source_w, float)
    none, each, number = jnp.zeros(flows.shape[1:]), jnp.zeros(flows.shape[0]), jnp.zeros(())
    said = {name: jnp.asarray(hours.get(name, none), float) for name in ("charge_w", "discharge_w", "unmet_w")}
    return Operation(
        capacity=there, running_usd_per_s=jnp.asarray(running), having_usd_per_s=number, source_w=flows, **said, stored_j=none,
        price_usd_per_j=none, worth_usd_per_w_per_s=each, allowed_usd_per_w_per_s=each, carbon_kg_per_s=jnp.asarray(carbon),
        clean_share=number, clean_usd_per_j=number, carbon_usd_per_kg=number, error=number, steps_count=jnp.asarray(0),
    )  # fmt: skip
