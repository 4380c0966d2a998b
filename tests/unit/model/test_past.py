"""A fleet from what was spent: every dollar buys, what is bought comes and goes, and closed forms of one spell."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.vintage import Vintage
from capexmodel.model.past import Past

DAY = 86400.0
YEAR = 365.25 * DAY
LEAD, LIFE = 60.0 * DAY, 5.0 * YEAR


def past(**changes: Any) -> Past:
    """Two spells of a year each: a thousand dollars, half of it on servers, all of these with chips of two vintages."""
    two, none = jnp.ones(2), jnp.zeros(2)
    vintage = Vintage(("old", "new"), 10.0 * two, none, none, none, none, none, two, none)
    plain = Past(
        spent_usd=jnp.asarray([1000.0, 1000.0]), spell_s=jnp.asarray([0.0, 1.0, 2.0]) * YEAR, server_share=jnp.asarray(0.5),
        early_ai_share=jnp.asarray(0.2), late_ai_share=jnp.asarray(0.8), mix_share=jnp.asarray([[1.0, 0.0], [0.25, 0.75]]), vintage=vintage,
        port_usd=jnp.asarray(2.0), install_s=jnp.asarray(LEAD), install_spread=jnp.asarray(0.5), life_s=jnp.asarray(LIFE),
        life_spread=jnp.asarray(0.1), peak_ratio=jnp.asarray([1.0, 3.0]), it_power_w=two, chip_w=two,
    )  # fmt: skip
    return dataclasses.replace(plain, **changes)


def test_what_is_paid_is_the_share_of_what_is_spent() -> None:
    """Half way in the log-odds between 0.2 and 0.8 is a half; both spells lie as far from it."""
    shares = np.asarray(past().ai_share())
    odds = np.log(shares / (1.0 - shares))
    assert odds == pytest.approx([-np.log(4.0) / 2.0, np.log(4.0) / 2.0])
    assert np.asarray(past().paid_usd()).sum(axis=1) == pytest.approx(500.0 * shares)


def test_chips_bought_cost_what_is_paid() -> None:
    """At ten dollars a system and two a port."""
    assert np.asarray(past().bought_count()) * 12.0 == pytest.approx(np.asarray(past().paid_usd()))


def test_all_that_is_bought_stands_and_then_goes() -> None:
    """Nothing before the first order, all of it between the last arrival and the first retirement, none at the end."""
    when = jnp.asarray([0.0, 2.0 * YEAR + 1.5 * LEAD, 20.0 * YEAR])
    there = np.asarray(past().in_service_count(when))
    assert there[0] == pytest.approx([0.0, 0.0])
    assert there[1] == pytest.approx(np.asarray(past().bought_count()).sum(axis=0))
    assert there[2] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_an_even_spell_is_late_by_its_mean_lead() -> None:
    """In the middle of an even stream, what stands is what was bought a lead ago, whatever the spread of leads."""
    even = past(spent_usd=jnp.asarray([1000.0, 0.0]), life_s=jnp.asarray(50.0 * YEAR))
    at = 0.5 * YEAR
    bought = float(jnp.sum(even.bought_count()))
    for spread in (0.2, 0.9):
        late = dataclasses.replace(even, install_spread=jnp.asarray(spread))
        assert float(jnp.sum(late.in_service_count(jnp.asarray([at])))) == pytest.approx(bought * (at - LEAD) / YEAR)


def test_a_longer_lead_and_a_dearer_chip_leave_less() -> None:
    """Slopes have the signs they must have, and agree with differences."""

    def count(lead: jax.Array, port: jax.Array) -> jax.Array:
        fleet = past(install_s=lead, port_usd=port)
        return jnp.sum(fleet.in_service_count(jnp.asarray([1.9 * YEAR])))

    point = (jnp.asarray(LEAD), jnp.asarray(2.0))
    slopes = jax.grad(count, argnums=(0, 1))(*point)
    assert float(slopes[0]) < 0.0
    assert float(slopes[1]) < 0.0
    step = 1e-4 * LEAD
    difference = (count(point[0] + step, point[1]) - count(point[0] - step, point[1])) / (2.0 * step)
    assert float(slopes[0]) == pytest.approx(float(difference), rel=1e-6)
